package traffic

import (
	"net/netip"
	"slices"
	"time"

	"github.com/ikedecode/ikedecode"
	"github.com/ikedecode/ikedecode/capture"
	"github.com/ikedecode/ikedecode/esp"
	"github.com/ikedecode/ikedecode/internal/ip"
)

const (
	maxClear       = 4096 // pairs of hosts
	maxClearFrames = 16   // of a pair
)

// Clear follows the packets with nothing of IPsec, by source, destination and protocol. What was decrypted and is there again in the clear, as on a
// gateway, is left out.
type Clear struct {
	Packets int // all of them

	hosts map[clearKey]*ClearPackets
	order []*ClearPackets
}

// A clearKey is what ClearPackets have in common.
type clearKey struct {
	src, dst netip.Addr
	protocol uint8
}

// ClearPackets are those from one host to another, of one protocol.
type ClearPackets struct {
	Src, Dst netip.Addr
	Protocol uint8
	Packets  []esp.Point // the first of them, but for copies
	Copies   int         // that ESP or AH carries as well
	Before   int         // of them: those that came before their packet of ESP or AH
	// CopiedFirst and Copied are when the first and the last one of the others came; zero: none did.
	CopiedFirst, Copied time.Time
}

// Hosts are all of them, by source, destination and protocol, in the order of their first packets.
func (w *Clear) Hosts() []*ClearPackets { return w.order }

func (w *Clear) datagram(f *ikedecode.Frame, d *capture.Datagram) {
	w.Packets++
	h, ok := ip.Parse(d.IP)
	if !ok || d.Repeat {
		return
	}
	switch c := w.between(&h); {
	case c == nil:
	case f.ClearCopy != 0:
		c.Copies++
		if c.Copied = d.Time; c.CopiedFirst.IsZero() {
			c.CopiedFirst = d.Time
		}
	case len(c.Packets) < maxClearFrames:
		c.Packets = append(c.Packets, esp.Point{Frame: d.Frame, Time: d.Time})
	}
}

// carried takes in that a packet in the clear, of a frame that came before, was one that is in ESP. later tells whether it was sent after that,
// and is to come.
func (w *Clear) carried(it *ikedecode.Item, later func(frame, of int) bool) {
	if it.Opened == nil {
		return
	}
	copied := func(packet []byte, frame int) {
		if frame != 0 && !later(frame, it.Datagram.Frame) {
			w.copied(packet, frame)
		}
	}
	copied(it.Opened.IP, it.ClearCopy)
	if a := it.Opened.Aggregate; a != nil {
		for i := range a.Packets {
			copied(a.Packets[i].IP, it.ClearCopyOf(i))
		}
	}
}

// copied takes in that a frame has an inner packet.
func (w *Clear) copied(packet []byte, frame int) {
	h, ok := ip.Parse(packet)
	if !ok {
		return
	}
	if c := w.between(&h); c != nil {
		c.Copies++
		c.Before++
		c.Packets = slices.DeleteFunc(c.Packets, func(p esp.Point) bool { return p.Frame == frame })
	}
}

// between is what is known of the hosts of a packet; nil: nothing is to be.
func (w *Clear) between(h *ip.Header) *ClearPackets {
	k := clearKey{h.Src, h.Dst, h.Proto}
	c := w.hosts[k]
	if c != nil || !h.Dst.IsGlobalUnicast() || len(w.hosts) >= maxClear {
		return c
	}
	if w.hosts == nil {
		w.hosts = make(map[clearKey]*ClearPackets)
	}
	c = &ClearPackets{Src: h.Src, Dst: h.Dst, Protocol: h.Proto}
	w.hosts[k] = c
	w.order = append(w.order, c)
	return c
}
