package report

import (
	"encoding/binary"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/ikedecode/ikedecode/capture"
)

// shorter cuts the last bytes off the ESP packets of a sender, and off their IP packets.
func shorter(from string, n int) func([]*capture.Packet) []*capture.Packet {
	return byPacket(func(p *capture.Packet, d *capture.Datagram) []byte {
		if d.Kind != capture.ESP || d.Src.Addr().String() != from {
			return p.Data
		}
		size := int(binary.BigEndian.Uint16(p.Data[ethernet+2:])) - n
		binary.BigEndian.PutUint16(p.Data[ethernet+2:], uint16(size))
		p.OrigLen = ethernet + size
		return p.Data[:p.OrigLen]
	})
}

// An ICV that one peer alone cuts to 96 bits: each drops what the other one sends.
func TestICVLengthMismatch(t *testing.T) {
	const session = "v2-psk-aes128-sha256"
	onlyFrom := func(host string) func([]*capture.Packet) []*capture.Packet {
		return func(ps []*capture.Packet) []*capture.Packet {
			return byPacket(func(p *capture.Packet, d *capture.Datagram) []byte {
				if d.Kind == capture.ESP && d.Src.Addr().String() != host {
					return nil
				}
				return p.Data
			})(shorter(host, 4)(ps))
		}
	}
	for _, c := range []struct {
		name, keys string
		change     func([]*capture.Packet) []*capture.Packet
		severity   Severity // "": there is none
		text       string
	}{
		{"with keys", "gwa.log", shorter("192.0.2.2", 4), SeverityProblem, "192.0.2.2 sends ICVs of 96 bits and 192.0.2.1 ICVs of 128 bits: each drops what the other sends"},
		{"with keys of the kernel", "gwa.xfrm", shorter("192.0.2.1", 4), SeverityProblem, "192.0.2.1 sends ICVs of 96 bits and 192.0.2.2 ICVs of 128 bits"},
		{"one way", "gwa.log", onlyFrom("192.0.2.1"), SeverityWarning, "most likely 192.0.2.2 drops what 192.0.2.1 sends"},
		{"without keys", "", shorter("192.0.2.1", 4), SeverityWarning, "most likely 192.0.2.1 sends ICVs of 96 bits and 192.0.2.2 ICVs of 128 bits"},
		{"both, without keys", "", func(ps []*capture.Packet) []*capture.Packet {
			return shorter("192.0.2.1", 4)(shorter("192.0.2.2", 4)(ps))
		}, "", ""},
		{"both", "gwa.log", func(ps []*capture.Packet) []*capture.Packet {
			return shorter("192.0.2.1", 4)(shorter("192.0.2.2", 4)(ps))
		}, "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			var keys []string
			if c.keys != "" {
				keys = append(keys, filepath.Join(pcaps, session, c.keys))
			}
			s, w := analyzed(t, edited(t, session, c.change), keys...)
			d := Diagnose(s, w)
			text, list := textOf(t, d), withCode(d, "icv-length-mismatch")
			switch {
			case c.severity == "" && len(list) > 0, c.severity != "" && (len(list) != 1 || list[0].Severity != c.severity || list[0].Hint == ""):
				t.Errorf("want %q, got\n%s", c.severity, text)
			case !strings.Contains(text, c.text), c.severity != "" && (d.Healthy || d.Findings[0].Code != "icv-length-mismatch"):
				t.Errorf("want %q first, got\n%s", c.text, text)
			}
		})
	}
}

// A kernel that has another length than the packets that it gets drops them; in a list that a person wrote the length may be wrong.
func TestICVLengthOfKernel(t *testing.T) {
	const session, text = "v2-psk-aes128-sha256", "most likely 192.0.2.2 drops what 192.0.2.1 sends: its ICVs have 128 bits, and the kernel's SA table says 96"
	table, err := os.ReadFile(filepath.Join(pcaps, session, "gwb.xfrm"))
	if err != nil {
		t.Fatal(err)
	}
	old := regexp.MustCompile(`(?m)(auth-trunc .*) 128$`).ReplaceAllString(string(table), "$1 96")
	dropped := func(ps []*capture.Packet) []*capture.Packet {
		return byPacket(func(p *capture.Packet, d *capture.Datagram) []byte {
			if d.Kind == capture.ESP && d.Src.Addr().String() == "192.0.2.2" {
				return nil
			}
			return p.Data
		})(ps)
	}
	same := func(ps []*capture.Packet) []*capture.Packet { return ps }
	for _, c := range []struct {
		name, keys string
		change     func([]*capture.Packet) []*capture.Packet
		found      bool
	}{
		{"a kernel that cuts to 96 bits", old, dropped, true},
		{"one that does not", string(table), dropped, false},
		{"traffic both ways", old, same, false},
	} {
		keys := filepath.Join(t.TempDir(), "gwb.xfrm")
		if err := os.WriteFile(keys, []byte(c.keys), 0o600); err != nil {
			t.Fatal(err)
		}
		s, w := analyzed(t, edited(t, session, c.change), keys)
		d := Diagnose(s, w)
		if found := strings.Contains(textOf(t, d), text); found != c.found || found && d.Findings[0].Code != "icv-length-mismatch" {
			t.Errorf("%s: %s", c.name, textOf(t, d))
		}
	}
}
