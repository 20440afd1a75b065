package report

import (
	"encoding/binary"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/ikedecode/ikedecode/capture"
)

// TestFragmentsByPort: a capture filter by port lets the first IP fragment of a datagram through, and no other. Whose message was answered sent all of it.
func TestFragmentsByPort(t *testing.T) {
	later := func(p *capture.Packet) bool { // of IPv4 in Ethernet
		const etherType, offset = 12, 14 + 6
		return binary.BigEndian.Uint16(p.Data[etherType:]) == 0x0800 && binary.BigEndian.Uint16(p.Data[offset:])&0x1fff != 0
	}
	byPort := func(ps []*capture.Packet) []*capture.Packet { return slices.DeleteFunc(ps, later) }
	lastAlone := func(ps []*capture.Packet) []*capture.Packet { // one of several later fragments is there
		n := 0
		return slices.DeleteFunc(ps, func(p *capture.Packet) bool {
			if later(p) {
				n++
			}
			return later(p) && n > 1
		})
	}
	const filter, answered = "the capture has first fragments alone: a capture filter by port leaves the others out, or the path drops them", "received it, because it responded: only the capture lacks it"
	for _, tt := range []struct {
		session   string
		change    func([]*capture.Packet) []*capture.Packet
		want, not string
	}{
		{"diag-v2-fragments-dropped", byPort, filter, answered},
		{"diag-v2-fragments-dropped", byPort, `hint: capture with a filter by address, "host 192.0.2.2", not by port`, answered},
		{"diag-v2-fragments-dropped", lastAlone, "", filter},
		{"diag-v2-followup-fragments", byPort, "192.0.2.2 " + answered, "IKE fragmentation on both peers, and"},
	} {
		path := editedFile(t, filepath.Join(pcaps, tt.session, "wire.pcap"), tt.change)
		text := textOf(t, Diagnose(analyzed(t, path)))
		if !strings.Contains(text, tt.want) || strings.Contains(text, tt.not) {
			t.Errorf("%s: want %q, not %q:\n%s", tt.session, tt.want, tt.not, text)
		}
	}
}
