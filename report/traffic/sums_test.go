package traffic

import (
	"testing"

	"github.com/ikedecode/ikedecode"
	"github.com/ikedecode/ikedecode/capture"
	"github.com/ikedecode/ikedecode/esp"
	"github.com/ikedecode/ikedecode/internal/ip"
)

// A wrong checksum of TCP counts where the whole segment is there and the ICV was correct.
func TestSums(t *testing.T) {
	sa := &esp.SA{Params: &esp.Params{}}
	right := []byte{0x45, 0, 0, 41, 0, 1, 0, 0, 64, 6, 0, 0, 10, 1, 0, 10, 10, 2, 0, 10, 0x13, 0x88, 0x13, 0x89, 0, 0, 0, 1, 0, 0, 0, 0, 0x50, 2, 0, 9, 0, 0, 0, 0, 7}
	h, _ := ip.Parse(right)
	sum := ip.UpperChecksum(h.Src, h.Dst, ip.ProtoTCP, right[20:])
	right[36], right[37] = byte(sum>>8), byte(sum)
	changed := func(at int, by byte) []byte {
		p := append([]byte(nil), right...)
		p[at] ^= by
		return p
	}
	for _, x := range []struct {
		name           string
		packet         []byte
		verified       bool
		checked, wrong int
	}{
		{"right", right, true, 1, 0}, {"TFC padding", append(right[:41:41], 0, 0, 0), true, 1, 0}, {"wrong", changed(40, 1), true, 1, 1}, {"no ICV", changed(40, 1), false, 0, 0},
		{"cut", changed(40, 1)[:40], true, 0, 0}, {"fragment", changed(6, 0x20), true, 0, 0}, {"UDP", changed(9, 6^17), true, 0, 0}, {"a hop fewer", changed(8, 1), true, 1, 0},
	} {
		var w Sums
		w.take(&ikedecode.Item{Datagram: &capture.Datagram{Kind: capture.ESP}, Opened: &esp.Opened{SA: sa, IP: x.packet, Layers: []esp.Layer{{SA: sa, Verified: x.verified}}}})
		var got SumCount
		if c := w.Of(OfSA(sa)); c != nil {
			got = *c
		}
		if got.Checked != x.checked || got.Wrong != x.wrong {
			t.Errorf("%s: %d of %d wrong, want %d of %d", x.name, got.Wrong, got.Checked, x.wrong, x.checked)
		}
	}
}
