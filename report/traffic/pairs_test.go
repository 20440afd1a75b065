package traffic

import (
	"net/netip"
	"testing"

	"github.com/ikedecode/ikedecode"
	"github.com/ikedecode/ikedecode/capture"
	"github.com/ikedecode/ikedecode/esp"
)

// Pairs are counted for each SA; ICMP errors, which routers send, and packets that repeat others are not.
func TestPairs(t *testing.T) {
	a, b := &esp.SA{Params: &esp.Params{SPI: 1}}, &esp.SA{Params: &esp.Params{SPI: 2}}
	packet := func(src, dst, proto, typ byte) []byte {
		return []byte{0x45, 0, 0, 28, 0, 1, 0, 0, 64, proto, 0, 0, 10, src, 0, 10, 10, dst, 0, 10, typ, 1, 0, 0, 0, 0, 0, 0}
	}
	var w Pairs
	for i, x := range []struct {
		sa     *esp.SA
		ip     []byte
		repeat bool
	}{{a, packet(1, 2, 17, 0), false}, {a, packet(1, 2, 1, 8), false}, {b, packet(2, 1, 1, 0), false}, {b, packet(9, 1, 1, 3), false}, {a, packet(1, 2, 17, 0), true}, {a, packet(1, 7, 17, 0), false}} {
		w.item(&ikedecode.Item{Datagram: &capture.Datagram{Kind: capture.ESP, Frame: i + 1, Repeat: x.repeat},
			Opened: &esp.Opened{SA: x.sa, IP: x.ip, Layers: []esp.Layer{{SA: x.sa}}}})
	}
	want := []Pair{{OfSA(a), netip.MustParseAddr("10.1.0.10"), netip.MustParseAddr("10.2.0.10"), 2, 1, 2},
		{OfSA(b), netip.MustParseAddr("10.2.0.10"), netip.MustParseAddr("10.1.0.10"), 1, 3, 3},
		{OfSA(a), netip.MustParseAddr("10.1.0.10"), netip.MustParseAddr("10.7.0.10"), 1, 6, 6}}
	got := w.All()
	if len(got) != len(want) {
		t.Fatalf("%d pairs, want %d", len(got), len(want))
	}
	for i := range want {
		if *got[i] != want[i] {
			t.Errorf("%+v, want %+v", *got[i], want[i])
		}
	}
}
