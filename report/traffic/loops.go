package traffic

import (
	"hash/crc64"
	"net/netip"

	"github.com/ikedecode/ikedecode"
	"github.com/ikedecode/ikedecode/capture"
	"github.com/ikedecode/ikedecode/esp"
	"github.com/ikedecode/ikedecode/internal/ip"
)

const (
	maxLoops   = 256     // kept
	maxRouted  = 1 << 12 // packets that are remembered, a power of two
	leastLoop  = 4       // times that a tunnel carries a packet, with fewer hops left each time
	routedHead = 64      // bytes of an inner packet that it is told by
)

var routedTable = crc64.MakeTable(crc64.ECMA)

// A Loop is packets for one host that a tunnel carried again and again, each time with fewer hops left.
type Loop struct {
	SA       *esp.SA    // that carried the first of them first
	From, To netip.Addr // its ends
	Src, Dst netip.Addr // of the first of them
	Packets  int        // how many went round
	Times    int        // how often the tunnel carried one, at the most
	Back     bool       // To sent them back to From, through the tunnel
	First    esp.Point
	Last     esp.Point
}

// Loops finds packets that go round. The same packet comes again with fewer hops left where routers send it in a circle, and nowhere else: a
// host that sends it again fills in all hops.
type Loops struct {
	routed []routed
	at     map[loopKey]*Loop
	order  []*Loop
}

type loopKey struct{ from, to, dst netip.Addr }

// A routed is an inner packet with the hops that it had left when it was seen last.
type routed struct {
	sum   uint64
	hops  uint8
	times int
	first esp.Point
	sa    *esp.SA
	from  netip.Addr
	back  bool
	loop  *Loop
}

// All are the loops, in the order of the first ones.
func (w *Loops) All() []*Loop { return w.order }

func (w *Loops) item(it *ikedecode.Item) {
	d, o := it.Datagram, it.Opened
	if o == nil || o.SA == nil || o.Cut || d.Repeat || o.Notes&esp.NoteDuplicate != 0 {
		return
	}
	packet := innermost(o)
	h, ok := ip.Parse(packet)
	if !ok {
		return
	}
	if w.routed == nil {
		w.routed, w.at = make([]routed, maxRouted), make(map[loopKey]*Loop)
	}
	hops, sum := ip.HopLimit(packet), routedSum(d, &h, packet)
	p := &w.routed[sum%maxRouted]
	now := esp.Point{Frame: d.Frame, Time: d.Time}
	if p.sum != sum || p.times == 0 || hops >= p.hops {
		*p = routed{sum: sum, hops: hops, times: 1, first: now, sa: o.SA, from: d.Src.Addr()}
		return
	}
	p.hops = hops
	p.times++
	p.back = p.back || d.Src.Addr() != p.from
	if p.times >= leastLoop {
		w.loop(p, d, &h, now)
	}
}

// loop counts one more time that the tunnel carried a packet.
func (w *Loops) loop(p *routed, d *capture.Datagram, h *ip.Header, now esp.Point) {
	if p.loop == nil {
		to := d.Dst.Addr()
		if to == p.from {
			to = d.Src.Addr()
		}
		k := loopKey{p.from, to, h.Dst}
		if p.loop = w.at[k]; p.loop == nil {
			if len(w.order) >= maxLoops {
				return
			}
			p.loop = &Loop{SA: p.sa, From: p.from, To: to, Src: h.Src, Dst: h.Dst, First: p.first}
			w.at[k] = p.loop
			w.order = append(w.order, p.loop)
		}
		p.loop.Packets++
	}
	l := p.loop
	l.Times, l.Last, l.Back = max(l.Times, p.times), now, l.Back || p.back
}

// routedSum is a checksum of an inner packet and of the two hosts that its outer packet goes between, whichever way: all but what a router changes.
func routedSum(d *capture.Datagram, h *ip.Header, packet []byte) uint64 {
	var head [routedHead + 32]byte
	n := copy(head[:routedHead], packet)
	if h.Version == 4 {
		head[8], head[10], head[11] = 0, 0, 0
	} else {
		head[7] = 0
	}
	a, b := d.Src.Addr(), d.Dst.Addr()
	if b.Less(a) {
		a, b = b, a
	}
	ends := [2][16]byte{a.As16(), b.As16()}
	n += copy(head[n:], ends[0][:])
	n += copy(head[n:], ends[1][:])
	return crc64.Checksum(head[:n], routedTable)
}
