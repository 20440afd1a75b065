package report

import (
	"encoding/binary"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ikedecode/ikedecode/capture"
	"github.com/ikedecode/ikedecode/internal/ip"
	"github.com/ikedecode/ikedecode/report/diagnose"
)

// espAt is where ESP begins in a frame of Ethernet and IPv4; 0: it has none.
func espAt(p *capture.Packet) int {
	const ethernet = 14
	if len(p.Data) < ethernet+ip.IPv4Len || p.Data[ethernet]>>4 != 4 {
		return 0
	}
	next := ethernet + 4*int(p.Data[ethernet]&15)
	switch p.Data[ethernet+9] {
	case ip.ProtoESP:
		return next
	case ip.ProtoUDP:
		if at := next + ip.UDPLen; len(p.Data) > at+4 && binary.BigEndian.Uint16(p.Data[next:]) == capture.PortNATT && binary.BigEndian.Uint32(p.Data[at:]) != 0 {
			return at
		}
	}
	return 0
}

// eachESP changes each n-th ESP packet of a capture.
func eachESP(n int, change func(esp []byte)) func([]*capture.Packet) []*capture.Packet {
	return func(ps []*capture.Packet) []*capture.Packet {
		count := 0
		for _, p := range ps {
			if at := espAt(p); at > 0 {
				if count++; count%n == 0 {
					change(p.Data[at:])
				}
			}
		}
		return ps
	}
}

// copiedLater has each packet that is chosen once more, so much later.
func copiedLater(later time.Duration, chosen func(i int, p *capture.Packet) bool) func([]*capture.Packet) []*capture.Packet {
	return func(ps []*capture.Packet) (out []*capture.Packet) {
		for i, p := range ps {
			out = append(out, p)
			if chosen(i, p) {
				c := *p
				c.Time, c.Data = p.Time.Add(later), slices.Clone(p.Data)
				out = append(out, &c)
			}
		}
		slices.SortStableFunc(out, func(a, b *capture.Packet) int { return a.Time.Compare(b.Time) })
		return out
	}
}

func from(first int) func([]*capture.Packet) []*capture.Packet {
	return func(ps []*capture.Packet) []*capture.Packet { return ps[first-1:] }
}

// responseFirst is the first request of a capture and its response, again and again, without the first of the requests.
func responseFirst(ps []*capture.Packet) (out []*capture.Packet) {
	for i := range 4 {
		for k, p := range ps[:2] {
			c := *p
			c.Time = p.Time.Add(time.Duration(i) * 4 * time.Second)
			if i > 0 || k > 0 {
				out = append(out, &c)
			}
		}
	}
	return out
}

// What is altered, duplicated, replayed or not captured leads to nothing false.
func TestDiagnoseAltered(t *testing.T) {
	flip := func(at int, bit byte) func([]byte) { return func(esp []byte) { esp[at] ^= bit } }
	all := func(int, *capture.Packet) bool { return true }
	for name, c := range map[string]struct {
		dir, log string
		change   func([]*capture.Packet) []*capture.Packet
		found    []diagnose.Code // is found
		never    []diagnose.Code
		first    bool // the first finding is that of the capture as it was
	}{
		"high bit of numbers, no keys": {"v2-psk-aes128-sha256", "", eachESP(7, flip(5, 4)), nil, []diagnose.Code{"esp-counter-restart"}, true},
		"low bit of numbers, no keys":  {"v2-psk-aes128-sha256", "", eachESP(7, flip(7, 16)), nil, []diagnose.Code{"esp-counter-restart"}, false},
		"high bit of numbers": {"v2-psk-aes128-sha256", "gwa.log", eachESP(7, flip(5, 4)), []diagnose.Code{"icv-failures"},
			[]diagnose.Code{"esp-counter-restart", "esp-loss"}, false},
		"SPI, no keys": {"v2-psk-aes128-sha256", "", eachESP(7, flip(2, 8)), []diagnose.Code{"spi-altered"}, []diagnose.Code{"esp-loss"}, false},
		"SPI": {"v2-psk-aes128-sha256", "gwa.log", eachESP(7, flip(2, 8)), []diagnose.Code{"spi-altered"},
			[]diagnose.Code{"esp-loss", "unknown-spi"}, false},
		"ESP replayed": {"v2-psk-aes128-sha256", "gwa.log", copiedLater(time.Hour, func(i int, p *capture.Packet) bool { return espAt(p) > 0 && i%4 == 0 }),
			[]diagnose.Code{"esp-replay"}, []diagnose.Code{"esp-after-delete"}, false},
		"answers replayed":                         {"diag-v2-nat-expired", "", copiedLater(time.Hour, func(i int, _ *capture.Packet) bool { return i < 10 }), nil, nil, true},
		"session replayed":                         {"diag-v2-eap", "", copiedLater(time.Hour, all), nil, []diagnose.Code{"phase2-refused"}, true},
		"duplicated, Delete":                       {"diag-v2-cert-expired", "", copiedLater(30*time.Millisecond, all), nil, []diagnose.Code{"phase2-refused"}, true},
		"from the last message of a Quick Mode on": {"diag-deleted", "", from(9), nil, []diagnose.Code{"phase2-refused"}, false},
		"one direction": {"v2-ss5-rekey", "gwa.log.gz", func(ps []*capture.Packet) []*capture.Packet {
			return slices.DeleteFunc(ps, func(p *capture.Packet) bool { return p.Data[14+15] != 1 }) // of 192.0.2.1 alone
		}, []diagnose.Code{"one-way-ike"}, []diagnose.Code{"esp-one-way"}, false},
		"a response first": {"diag-v2-redirect", "", responseFirst, nil, []diagnose.Code{"one-way-ike"}, false},
	} {
		t.Run(name, func(t *testing.T) {
			wire := filepath.Join(pcaps, c.dir, "wire.pcap")
			var secrets []string
			if c.log != "" {
				secrets = append(secrets, filepath.Join(pcaps, c.dir, c.log))
			}
			d := Diagnose(analyzed(t, editedFile(t, wire, c.change), secrets...))
			has := make(map[diagnose.Code]bool)
			for _, f := range d.Findings {
				has[f.Code] = true
				if slices.Contains(c.never, f.Code) && f.Severity != SeverityNote {
					t.Errorf("%s [%s]", f.Text, f.Code)
				}
			}
			for _, code := range c.found {
				if !has[code] {
					t.Errorf("no %s", code)
				}
			}
			if whole := Diagnose(analyzed(t, wire, secrets...)); c.first && (whole.Verdict != d.Verdict || whole.Findings[0].Code != d.Findings[0].Code) {
				t.Errorf("%v: %s; as it was %v: %s", d.Verdict, d.Findings[0].Text, whole.Verdict, whole.Findings[0].Text)
			}
		})
	}
}

// That the last packet of three has a wrong ICV does not show that the sender changed keys.
func TestOneWrongICV(t *testing.T) {
	dir := filepath.Join(pcaps, "diag-port-silent")
	path := editedFile(t, filepath.Join(dir, "wire.pcap"), func(ps []*capture.Packet) []*capture.Packet {
		var last *capture.Packet
		for _, p := range ps {
			if espAt(p) > 0 && p.Data[ethernet+15] == 2 { // of 192.0.2.2
				last = p
			}
		}
		last.Data[len(last.Data)-1] ^= 1
		return ps
	})
	list := withCode(Diagnose(analyzed(t, path, filepath.Join(dir, "gwa.log.gz"))), "icv-failures")
	if len(list) != 1 || !strings.Contains(list[0].Text, "1 of 3 packets") || strings.Contains(list[0].Text, "changed keys") {
		t.Errorf("%+v", list)
	}
}

// Keys that were derived from secrets of other exchanges, for one with PFS whose own secret is not given, are no wrong keys that somebody gave.
func TestGuessedKeys(t *testing.T) {
	dir := filepath.Join(pcaps, "v1-racoon-dh-private")
	log, err := os.ReadFile(filepath.Join(dir, "gwa.log"))
	if err != nil {
		t.Fatal(err)
	}
	half := filepath.Join(t.TempDir(), "gwa.log")
	if err := os.WriteFile(half, log[:len(log)/2], 0o600); err != nil {
		t.Fatal(err)
	}
	var codes []diagnose.Code
	for _, f := range Diagnose(analyzed(t, filepath.Join(dir, "wire.pcap"), half)).Findings {
		codes = append(codes, f.Code)
	}
	if !slices.Contains(codes, "need-pfs-secret") || slices.Contains(codes, "wrong-esp-key") {
		t.Errorf("%v", codes)
	}
}

// Without the first messages nobody knows how the peers authenticate.
func TestUnknownMethod(t *testing.T) {
	path := editedFile(t, filepath.Join(pcaps, "fail-psk-mismatch", "wire.pcap"), from(5))
	if f := Diagnose(analyzed(t, path)).Findings[0]; f.Code != "auth-failed" || !strings.Contains(f.Text, "cannot tell: its pre-shared key, certificate or identity") {
		t.Errorf("%s [%s]", f.Text, f.Code)
	}
}
