package report

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ikedecode/ikedecode/esp"
	"github.com/ikedecode/ikedecode/report/traffic"
	"github.com/ikedecode/ikedecode/report/words"
)

// ESP without encryption is reported with its evidence: without keys, and with those that prove it.
func TestNullReports(t *testing.T) {
	const name = "v1-main-psk-3des-md5-espnull"
	s, _ := analyzed(t, filepath.Join(pcaps, name, "wire.pcap"))
	checkNullJSON(t, NewSAs(s), false)

	s, w := analyzed(t, filepath.Join(pcaps, name, "wire.pcap"), filepath.Join(pcaps, name, "gwb.xfrm"))
	checkNullJSON(t, NewSAs(s), true)
	if text := textOf(t, Diagnose(s, w)); strings.Contains(text, "null-encryption") {
		t.Errorf("said to be opened without keys:\n%s", text)
	}
}

func checkNullJSON(t *testing.T, r *SAs, proved bool) {
	t.Helper()
	var b bytes.Buffer
	if err := json.NewEncoder(&b).Encode(r); err != nil {
		t.Fatal(err)
	}
	var got struct {
		SAs []struct {
			NullOnly bool `json:"found_without_keys"`
			Null     *struct {
				Verdict string `json:"verdict"`
				ICVBits int    `json:"icv_bits"`
				Bits    int    `json:"bits"`
				Mode    string `json:"mode"`
				Proved  bool   `json:"proved"`
			} `json:"null_detection"`
		} `json:"sas"`
	}
	if err := json.Unmarshal(b.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	if len(got.SAs) != 2 {
		t.Fatalf("%d SAs", len(got.SAs))
	}
	for _, sa := range got.SAs {
		n := sa.Null
		if n == nil || n.Verdict != "NULL" || n.ICVBits != 96 || n.Bits < 1000 || n.Mode != "tunnel" || n.Proved != proved || sa.NullOnly == proved {
			t.Errorf("%+v, %+v", sa, n)
		}
	}
}

// A flow that stays closed says whether it is encrypted.
func TestNullClosed(t *testing.T) {
	s, _ := analyzed(t, filepath.Join(pcaps, "v1-two-children", "wire.pcap"))
	r := NewSAs(s)
	if len(r.Unknown) != 4 {
		t.Fatalf("%d flows", len(r.Unknown))
	}
	for _, u := range r.Unknown {
		if u.Null == nil || u.Null.Verdict == esp.NullEncrypted || u.Packets > 3 && u.Null.Verdict != esp.Encrypted || u.Null.ICVBits != nil {
			t.Errorf("%s: %+v", u.SPI, u.Null)
		}
	}
}

// NULL encryption that was found is exported where a format can say it; AES-GMAC without its key cannot be.
func TestNullExport(t *testing.T) {
	for name, want := range map[string]int{"esp-null-noauth": 2, "esp-gmac-null": 0} {
		path := filepath.Join("..", "..", "shared", "captures", name, "wire.pcap")
		if _, err := os.Stat(path); err != nil {
			t.Skipf("shared captures are missing: %v", err)
		}
		s, _ := analyzed(t, path)
		m := Collect(s, &traffic.Flows{}, false)
		if len(m.Bag.SAs) != want || len(m.Left) != 1-want/2 {
			t.Errorf("%s: %d SAs, left out: %q", name, len(m.Bag.SAs), m.Left)
		}
	}
}

// No reader has to know what bits of evidence are: JSON has them.
func TestUndecidedText(t *testing.T) {
	for want, d := range map[string]NullDetection{
		"too few packets to tell whether they are encrypted":                          {Verdict: esp.Undecided, NullCounts: esp.NullCounts{Fits: 1, Misfits: 2}},
		"its content is encrypted: 0 of 24 packets look like NULL encryption":         {Verdict: esp.Encrypted, NullCounts: esp.NullCounts{Misfits: 24}},
		"its content looks like NULL encryption: 24 of 24 packets match, 20 paddings": {Verdict: esp.NullEncrypted, NullCounts: esp.NullCounts{Fits: 24, Paddings: 20}},
	} {
		if got := words.ClosedNull(d.Verdict, &d.NullCounts); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

// Captures that go on from one another say together what the whole says.
func TestNullPlus(t *testing.T) {
	icv := 96
	null := &NullDetection{Verdict: esp.NullEncrypted, Bits: 600, ICVBits: &icv, Mode: "tunnel", NullCounts: esp.NullCounts{Fits: 24, Lengths: 24}}
	few := &NullDetection{Verdict: esp.Undecided, Bits: -20, NullCounts: esp.NullCounts{Misfits: 2}}
	secret := &NullDetection{Verdict: esp.Encrypted, Bits: -110, NullCounts: esp.NullCounts{Misfits: 24}}
	for _, c := range []struct {
		name     string
		parts    []*NullDetection
		verdict  esp.NullVerdict
		bits     int
		icv      bool
		reopened int
	}{
		{"nothing", []*NullDetection{nil, null, nil}, esp.NullEncrypted, 600, true, 0},
		{"twice NULL", []*NullDetection{null, null}, esp.NullEncrypted, 1200, true, 0},
		{"NULL, then a few", []*NullDetection{null, few}, esp.NullEncrypted, 580, true, 0},
		{"a few, then NULL", []*NullDetection{few, null}, esp.NullEncrypted, 580, true, 0},
		{"a few each", []*NullDetection{few, few}, esp.Encrypted, -40, false, 0},
		{"NULL, then encrypted: the SPI was used again", []*NullDetection{null, secret}, esp.Encrypted, 490, false, 1},
	} {
		var sum *NullDetection
		for _, p := range c.parts {
			sum = sum.plus(p)
		}
		if sum.Verdict != c.verdict || sum.Bits != c.bits || (sum.ICVBits != nil) != c.icv || sum.Reopened != c.reopened {
			t.Errorf("%s: %+v", c.name, sum)
		}
	}
	if null.Bits != 600 || null.Fits != 24 {
		t.Errorf("what was added up has changed: %+v", null)
	}
}
