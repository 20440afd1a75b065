package report

import (
	"net/netip"
	"path/filepath"
	"slices"
	"testing"

	"github.com/ikedecode/ikedecode/capture"
)

// filtered copies a capture with the frames that keep wants.
func filtered(t *testing.T, from string, keep func(*capture.Packet, []capture.Datagram) bool) string {
	t.Helper()
	split := capture.NewSplitter(capture.SplitOptions{})
	return editedFile(t, from, func(ps []*capture.Packet) []*capture.Packet {
		return slices.DeleteFunc(ps, func(p *capture.Packet) bool { return !keep(p, split.Split(p)) })
	})
}

// What the capture lost is not taken for what the peers did wrong.
func TestDiagnoseLoss(t *testing.T) {
	const session = "v1-main-psk-aes128-sha1"
	initiator := netip.MustParseAddr("192.0.2.1")
	without := func(frames ...int) func(*capture.Packet, []capture.Datagram) bool {
		return func(p *capture.Packet, _ []capture.Datagram) bool { return !slices.Contains(frames, p.Number) }
	}
	fromInitiator := func(_ *capture.Packet, ds []capture.Datagram) bool {
		return len(ds) == 1 && ds[0].Src.Addr() == initiator
	}
	for _, c := range []struct {
		name string
		keep func(*capture.Packet, []capture.Datagram) bool
		keys bool
		want string // a code that must be there
	}{
		{"Main Mode 5 lost", without(5), true, "healthy"},
		{"started at Main Mode 3", without(1, 2), true, "started-late"},
		{"Quick Mode 1 lost", without(7), true, ""},
		{"Quick Mode 2 lost", without(8), true, "healthy"}, // the log has the keys of ESP, too
		{"Quick Mode 2 lost, no key", without(8), false, "no-key"},
		{"one direction", fromInitiator, true, "one-way-ike"},
		{"one direction, no key", fromInitiator, false, "one-way-ike"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var keys []string
			if c.keys {
				keys = append(keys, filepath.Join(pcaps, session, "gwa.log"))
			}
			s, w := analyzed(t, filtered(t, filepath.Join(pcaps, session, "wire.pcap"), c.keep), keys...)
			d := Diagnose(s, w)
			found := c.want == ""
			for _, f := range d.Findings {
				found = found || string(f.Code) == c.want
				if f.Severity == SeverityProblem {
					t.Errorf("a problem is found: %s %s", f.Code, f.Text)
				}
			}
			if !found {
				t.Errorf("no %s:\n%s", c.want, textOf(t, d))
			}
		})
	}
}
