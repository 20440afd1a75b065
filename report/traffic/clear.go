package traffic

import (
	"net/netip"

	"github.com/ikedecode/ikedecode"
	"github.com/ikedecode/ikedecode/capture"
	"github.com/ikedecode/ikedecode/esp"
	"github.com/ikedecode/ikedecode/internal/ip"
)

const (
	maxClear       = 4096 // pairs of hosts
	maxClearFrames = 16   // of a pair
)

// Clear follows the packets with nothing of IPsec, by source and destination. What was decrypted and is there again in the clear, as on a
// gateway, is left out.
type Clear struct {
	Packets int // all of them

	hosts map[[2]netip.Addr]*ClearPackets
	order []*ClearPackets
}

// ClearPackets are those from one host to another.
type ClearPackets struct {
	Src, Dst netip.Addr
	Protocol uint8       // of the first one
	Packets  []esp.Point // the first of them
}

// Hosts are all pairs of source and destination, in the order of their first packets.
func (w *Clear) Hosts() []*ClearPackets { return w.order }

func (w *Clear) datagram(f *ikedecode.Frame, d *capture.Datagram) {
	w.Packets++
	h, ok := ip.Parse(d.IP)
	if !ok || f.ClearCopy != 0 || d.Repeat || h.Dst.IsMulticast() || !h.Dst.IsGlobalUnicast() {
		return
	}
	k := [2]netip.Addr{h.Src, h.Dst}
	c := w.hosts[k]
	if c == nil {
		if len(w.hosts) >= maxClear {
			return
		}
		if w.hosts == nil {
			w.hosts = make(map[[2]netip.Addr]*ClearPackets)
		}
		c = &ClearPackets{Src: h.Src, Dst: h.Dst, Protocol: h.Proto}
		w.hosts[k] = c
		w.order = append(w.order, c)
	}
	if len(c.Packets) < maxClearFrames {
		c.Packets = append(c.Packets, esp.Point{Frame: d.Frame, Time: d.Time})
	}
}
