package report

import (
	"encoding/json"
	"errors"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ikedecode/ikedecode/capture"
)

// edited is a copy of a session's capture with some change made to it.
func edited(t *testing.T, session string, change func([]*capture.Packet) []*capture.Packet) string {
	t.Helper()
	return editedFile(t, filepath.Join(pcaps, session, "wire.pcap"), change)
}

// editedFile is a copy of a capture with some change made to it.
func editedFile(t *testing.T, from string, change func([]*capture.Packet) []*capture.Packet) string {
	t.Helper()
	src, err := capture.Open([]string{from}, capture.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	r, err := src.Reader()
	if err != nil {
		t.Fatal(err)
	}
	var ps []*capture.Packet
	for {
		p, err := r.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		ps = append(ps, p)
	}
	path := filepath.Join(t.TempDir(), "edited.pcap")
	w, err := capture.Create(path, capture.WriterOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer w.Abort()
	for _, p := range change(ps) {
		if err := w.Write(p, p.Data, ""); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}

// fromA reports whether a frame is an ESP packet of gwa.
func fromA(p *capture.Packet) bool { return p.Data[23] == 50 && p.Data[29] == 1 }

// fromB reports whether a frame is an ESP packet of gwb.
func fromB(p *capture.Packet) bool { return p.Data[23] == 50 && p.Data[29] == 2 }

// later is a copy of a packet at another time.
func later(p *capture.Packet, d time.Duration) *capture.Packet {
	c := *p
	c.Time = p.Time.Add(d)
	return &c
}

// nth leaves out the packets that match, of those counted from 0 on which drop says so.
func nth(ps []*capture.Packet, match func(*capture.Packet) bool, drop func(i int) bool) []*capture.Packet {
	i := -1
	return slices.DeleteFunc(ps, func(p *capture.Packet) bool {
		if !match(p) {
			return false
		}
		i++
		return drop(i)
	})
}

func between(from, to int) func(int) bool { return func(i int) bool { return i >= from && i < to } }

// What was done to the traffic is found, and weighed.
func TestDiagnoseTraffic(t *testing.T) {
	const name = "v1-main-psk-multi-proposals" // 32 ESP packets from gwa, 13 back, then gwa's Delete
	type packets = []*capture.Packet
	for _, c := range []struct {
		name     string
		change   func(packets) packets
		code     string
		severity Severity
		text     string // in the finding
	}{
		{"as it was", func(ps packets) packets { return ps }, "", "", ""},
		{"one lost", func(ps packets) packets { return nth(ps, fromA, between(5, 6)) }, "esp-loss", SeverityNote, "1 of 32 packets missing by sequence number, 3.1%"},
		{"some lost", func(ps packets) packets { return nth(ps, fromA, between(5, 9)) }, "esp-loss", SeverityWarning, "4 of 32 packets missing by sequence number, 12.5%"},
		{"most lost", func(ps packets) packets { return nth(ps, fromA, between(5, 30)) }, "esp-loss", SeverityProblem, "25 of 32 packets missing by sequence number, 78.1%"},
		{"replayed", func(ps packets) packets {
			last := ps[len(ps)-1].Time
			for _, p := range ps[20:23] {
				if fromA(p) {
					ps = append(ps, later(p, last.Sub(p.Time)))
				}
			}
			return ps
		}, "esp-replay", SeverityWarning, "with a sequence number seen before"},
		{"captured twice, late", func(ps packets) packets {
			var all packets
			for _, p := range ps {
				all = append(all, p)
				if fromA(p) {
					all = append(all, later(p, 100*time.Millisecond))
				}
			}
			return all
		}, "esp-replay", SeverityNote, "32 packets captured twice, most likely at two places"},
		{"captured twice at once", func(ps packets) packets {
			var all packets
			for _, p := range ps {
				all = append(all, p)
				if fromA(p) {
					all = append(all, later(p, time.Microsecond))
				}
			}
			return all
		}, "", "", ""},
		{"reordered", func(ps packets) packets {
			i := slices.IndexFunc(ps, fromA)
			first := ps[i]
			j := i + 6
			copy(ps[i:], ps[i+1:j])
			ps[j-1] = first
			return ps
		}, "esp-reordering", SeverityNote, "1 packet out of order"},
		{"nothing back", func(ps packets) packets { return nth(ps, fromB, between(0, 99)) }, "esp-one-way", SeverityWarning, "none on ESP 0x"},
		{"nothing there", func(ps packets) packets { return nth(ps, fromA, between(0, 99)) }, "esp-one-way", SeverityWarning, "13 packets on ESP 0x"},
		{"hardly anything", func(ps packets) packets { return nth(nth(ps, fromB, between(0, 99)), fromA, between(2, 99)) }, "", "", ""},
		{"UDP alone", func(ps packets) packets { return nth(nth(ps, fromB, between(0, 99)), fromA, between(0, 13)) },
			"esp-one-way", SeverityNote, "19 packets on ESP 0x"},
		{"used after the Delete", func(ps packets) packets {
			last, i := ps[len(ps)-1], slices.IndexFunc(ps, fromB)
			p := ps[i]
			return append(slices.Delete(ps, i, i+1), later(p, last.Time.Sub(p.Time)+10*time.Second))
		}, "esp-after-delete", SeverityWarning, "was used 10.0 s after 192.0.2.1 deleted it"},
		{"on the way at the Delete", func(ps packets) packets {
			last, i := ps[len(ps)-1], slices.IndexFunc(ps, fromB)
			p := ps[i]
			return append(slices.Delete(ps, i, i+1), later(p, last.Time.Sub(p.Time)+time.Second))
		}, "", "", ""},
		{"used after the lifetime", func(ps packets) packets {
			var kept packets
			for _, p := range ps {
				if fromA(p) || fromB(p) || len(kept) < 9 { // without the Delete
					kept = append(kept, p)
				}
			}
			kept[len(kept)-1] = later(kept[len(kept)-1], 24*time.Hour)
			return kept
		}, "esp-after-delete", SeverityWarning, "after it expired, lifetime 4200 s"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, w := analyzed(t, edited(t, name, c.change), filepath.Join(pcaps, name, "gwa.log"))
			d := Diagnose(s, w)
			found := c.code == ""
			for _, f := range d.Findings {
				switch {
				case string(f.Code) == c.code && f.Severity == c.severity && strings.Contains(f.Text, c.text):
					found = true
					if f.Hint == "" && c.severity != SeverityNote || len(f.Frames) == 0 || f.IKE == "" {
						t.Errorf("finding without hint, frames or SA: %+v", f)
					}
				case strings.HasPrefix(string(f.Code), "esp-") && f.Code != "esp-replay" && f.Code != "esp-reordering":
					t.Errorf("found too: %+v", f)
				}
			}
			if !found {
				t.Errorf("no %s %s:\n%s", c.severity, c.code, textOf(t, d))
			}
			want := VerdictProblem
			switch {
			case c.name == "hardly anything", c.name == "UDP alone": // nothing comes back
				want = VerdictUnknown
			case c.severity == "", c.severity == SeverityNote:
				want = VerdictHealthy
			}
			if d.Verdict != want || d.Healthy != (want == VerdictHealthy) {
				t.Errorf("verdict %s, healthy %v, want %s", d.Verdict, d.Healthy, want)
			}
		})
	}
}

// The table of SAs and its JSON form tell what the sequence numbers tell, and stay within the page.
func TestSASequence(t *testing.T) {
	const name = "v1-main-psk-multi-proposals"
	path := edited(t, name, func(ps []*capture.Packet) []*capture.Packet {
		ps = nth(ps, fromA, func(i int) bool { return i == 3 || i == 7 || i == 8 })
		i := slices.IndexFunc(ps, fromA)
		first := ps[i]
		copy(ps[i:], ps[i+1:i+8])
		ps[i+7] = first
		return append(ps, later(first, time.Hour))
	})
	s, _ := analyzed(t, path, filepath.Join(pcaps, name, "gwa.log"))
	r := NewSAs(s)
	text := textOf(t, r)
	for _, want := range []string{"3 missing, 9.4%", "1 out of order, by up to ", "1 replayed", "inside: UDP 19, TCP "} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
	b, err := json.Marshal(r.SAs[0])
	if err != nil {
		t.Fatal(err)
	}
	var got TrafficSA
	if err := json.Unmarshal(b, &got); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(text, " gaps") {
		t.Errorf("jumps that were filled count as gaps in\n%s", text)
	}
	if got.Lost != 3 || got.Gaps < 2 || got.Replays != 1 || got.Repeats != 0 || got.Reordered != 1 || got.MaxReorder < 2 || len(got.Inner) != 3 {
		t.Errorf("JSON: %s", b)
	}
}

// Cut packets that opened in part are told apart from those that stay closed.
func TestCutTraffic(t *testing.T) {
	const name = "v1-main-psk-multi-proposals"
	path := edited(t, name, func(ps []*capture.Packet) []*capture.Packet {
		for _, p := range ps {
			if n := len(p.Data); (fromA(p) || fromB(p)) && n > 180 {
				p.Data = p.Data[:120]
			}
		}
		return ps
	})
	s, w := analyzed(t, path, filepath.Join(pcaps, name, "gwa.log"))
	if s.Counts.CutOpened == 0 {
		t.Fatalf("nothing opened in part: %+v", s.Counts)
	}
	d := Diagnose(s, w)
	if !slices.ContainsFunc(d.Findings, func(f Finding) bool {
		return f.Code == "snap-length" && strings.Contains(f.Text, "decrypted as far as captured")
	}) {
		t.Errorf("not said:\n%s", textOf(t, d))
	}
	text := textOf(t, NewSAs(s))
	if !strings.Contains(text, "truncated, partly decrypted") {
		t.Errorf("not in the table:\n%s", text)
	}
}

// SAs of AH that nobody gave a key for are no IPsec SAs with keys.
func TestBareAH(t *testing.T) {
	s, w := analyzed(t, filepath.Join(pcaps, "v1-ah-tunnel", "wire.pcap"))
	text := textOf(t, NewSAs(s))
	for _, want := range []string{"0 IPsec SAs with keys, 2 AH SAs decoded without a key", "no key", "not verified", "inside: UDP 19, TCP "} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
	for _, f := range Diagnose(s, w).Findings {
		if strings.HasPrefix(string(f.Code), "esp-") {
			t.Errorf("found: %+v", f)
		}
	}
}

// Nothing that stays closed is taken for a failure in a session that works.
func TestNoProblemWithoutKeys(t *testing.T) {
	for _, dir := range sessions(t, "v1-") {
		s, w := analyzed(t, filepath.Join(dir, "wire.pcap"))
		for _, f := range Diagnose(s, w).Findings {
			if f.Severity == SeverityProblem || strings.HasPrefix(string(f.Code), "esp-") {
				t.Errorf("%s: %s: %s", filepath.Base(dir), f.Code, f.Text)
			}
		}
	}
}
