package traffic

import (
	"hash/crc32"
	"math"
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

var routedTable = crc32.MakeTable(crc32.Castagnoli)

// A Loop is packets for one host that a tunnel carried again and again, each time with fewer hops left.
type Loop struct {
	SA       *esp.SA    // that carried one
	From, To netip.Addr // its ends
	Src, Dst netip.Addr // of the first of them
	Packets  int        // how many went round
	Times    int        // how often the tunnel carried one, at the most
	Back     bool       // To sent them back to From, through the tunnel
	First    int        // frame
	Last     int        // likewise
}

// Loops finds packets that go round. The same packet comes again with fewer hops left where routers send it in a circle, and nowhere else: a
// host that sends it again fills in all hops.
type Loops struct {
	routed []routed
	at     map[loopKey]*Loop
	order  []*Loop
	head   [routedHead + 32]byte // of the packet that is looked at
}

type loopKey struct{ from, to, dst netip.Addr }

// A routed is an inner packet when it was seen last. There is one for each packet: it has no pointers.
type routed struct {
	sum     uint32 // see Loops.sum
	first   uint32 // frame
	hops    uint8  // that it had left
	times   uint8
	forward bool // its first outer packet went to the higher address
	back    bool // another one went the other way
}

// All are the loops, in the order of the first ones.
func (w *Loops) All() []*Loop { return w.order }

func (w *Loops) item(it *ikedecode.Item, c *carriage) {
	d, o := it.Datagram, it.Opened
	if o == nil || o.SA == nil || c.packet == nil || o.Cut || d.Repeat || o.Notes&esp.NoteDuplicate != 0 {
		return
	}
	if w.routed == nil {
		w.routed, w.at = make([]routed, maxRouted), make(map[loopKey]*Loop)
	}
	hops, sum, forward := ip.HopLimit(c.packet), w.sum(d, c), d.Src.Addr().Less(d.Dst.Addr())
	p := &w.routed[sum%maxRouted]
	if p.sum != sum || p.times == 0 || hops >= p.hops {
		*p = routed{sum: sum, first: uint32(d.Frame), hops: hops, times: 1, forward: forward}
		return
	}
	p.hops = hops
	p.times += uint8(min(1, math.MaxUint8-p.times))
	p.back = p.back || forward != p.forward
	if p.times >= leastLoop {
		w.loop(p, d, o.SA, &c.header)
	}
}

// loop counts one more time that the tunnel carried a packet.
func (w *Loops) loop(p *routed, d *capture.Datagram, sa *esp.SA, h *ip.Header) {
	from, to := d.Src.Addr(), d.Dst.Addr()
	if from.Less(to) != p.forward {
		from, to = to, from
	}
	k := loopKey{from, to, h.Dst}
	l := w.at[k]
	if l == nil {
		if len(w.order) >= maxLoops {
			return
		}
		l = &Loop{SA: sa, From: from, To: to, Src: h.Src, Dst: h.Dst, First: int(p.first)}
		w.at[k] = l
		w.order = append(w.order, l)
	}
	if p.times == leastLoop {
		l.Packets++
	}
	l.Times, l.Last, l.Back = max(l.Times, int(p.times)), d.Frame, l.Back || p.back
}

// sum is a checksum of an inner packet and of the two hosts that its outer packet goes between, whichever way: all but what a router changes.
func (w *Loops) sum(d *capture.Datagram, c *carriage) uint32 {
	head := &w.head
	n := copy(head[:routedHead], c.packet)
	if c.header.Version == 4 {
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
	return crc32.Checksum(head[:n], routedTable)
}
