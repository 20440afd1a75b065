package traffic

import (
	"fmt"
	"net/netip"
	"testing"

	"github.com/ikedecode/ikedecode"
	"github.com/ikedecode/ikedecode/capture"
	"github.com/ikedecode/ikedecode/esp"
)

// A packet goes round where a tunnel carries it again and again with fewer hops left each time. A host that sends it again fills in all hops, who
// traces a route adds one each time, a hub passes it from one tunnel to another, and two paths of different length take turns.
func TestLoops(t *testing.T) {
	a, b, c := netip.MustParseAddrPort("192.0.2.1:0"), netip.MustParseAddrPort("192.0.2.2:0"), netip.MustParseAddrPort("192.0.2.3:0")
	type hop struct {
		src, dst netip.AddrPort
		ttl, id  byte
	}
	v4 := func(h hop) []byte {
		return []byte{0x45, 0, 0, 28, 0, h.id, 0, 0, h.ttl, 17, 255 - h.ttl, 7, 10, 3, 0, 10, 10, 1, 0, 10, 0x13, 0x88, 0x13, 0x89, 0, 8, 0, 0}
	}
	v6 := func(h hop) []byte {
		return append(append([]byte{0x60, 0, 0, 0, 0, 8, 17, h.ttl}, make([]byte, 32)...), 0x13, 0x88, 0x13, 0x89, 0, 8, 0, h.id)
	}
	for _, x := range []struct {
		name string
		hops []hop
		want string // packets, times, sent back through the tunnel
	}{
		{"round, back outside the tunnel", []hop{{b, a, 9, 1}, {b, a, 7, 1}, {b, a, 5, 1}, {b, a, 3, 1}, {b, a, 1, 1}}, "[1 5 false 192.0.2.2 192.0.2.1]"},
		{"back through the tunnel, two packets", []hop{{a, b, 9, 1}, {a, b, 9, 2}, {b, a, 8, 1}, {b, a, 8, 2}, {a, b, 7, 1}, {a, b, 7, 2}, {b, a, 6, 1}, {b, a, 6, 2}}, "[2 4 true 192.0.2.1 192.0.2.2]"},
		{"sent again", []hop{{a, b, 9, 1}, {a, b, 9, 1}, {a, b, 9, 1}, {a, b, 9, 1}, {a, b, 9, 1}}, ""},
		{"traced", []hop{{a, b, 1, 1}, {a, b, 2, 1}, {a, b, 3, 1}, {a, b, 4, 1}, {a, b, 5, 1}}, ""},
		{"hub", []hop{{a, b, 9, 1}, {b, c, 8, 1}, {a, b, 9, 2}, {b, c, 8, 2}, {a, b, 9, 3}, {b, c, 8, 3}}, ""},
		{"two paths", []hop{{a, b, 9, 1}, {a, b, 8, 1}, {a, b, 9, 1}, {a, b, 8, 1}, {a, b, 9, 1}, {a, b, 8, 1}}, ""},
		{"other packets", []hop{{a, b, 9, 1}, {a, b, 8, 2}, {a, b, 7, 3}, {a, b, 6, 4}, {a, b, 5, 5}}, ""},
	} {
		for _, packet := range []func(hop) []byte{v4, v6} {
			sa := &esp.SA{Params: &esp.Params{}}
			var w Loops
			for _, h := range x.hops {
				w.take(&ikedecode.Item{Datagram: &capture.Datagram{Kind: capture.ESP, Src: h.src, Dst: h.dst}, Opened: &esp.Opened{SA: sa, IP: packet(h)}})
			}
			got := ""
			for _, l := range w.All() {
				got += fmt.Sprint([]any{l.Packets, l.Times, l.Back, l.From, l.To})
			}
			if got != x.want {
				t.Errorf("%s: %s, want %s", x.name, got, x.want)
			}
		}
	}
}
