package traffic

import (
	"net/netip"

	"github.com/ikedecode/ikedecode"
	"github.com/ikedecode/ikedecode/esp"
	"github.com/ikedecode/ikedecode/internal/ip"
)

// maxInnerPairs bounds the pairs of hosts inside all SAs.
const maxInnerPairs = 1 << 11

// A Pair is the packets from one host to another inside an SA in tunnel mode, but for ICMP errors, which routers on the way send as well.
type Pair struct {
	Flow        Flow // of the SA, which is not kept: there may be more than there is memory for
	Src, Dst    netip.Addr
	Packets     int
	First, Last int // frames
}

// Pairs are who speaks to whom inside the SAs.
type Pairs struct {
	of    map[Flow]saPairs
	order []*Pair
}

// saPairs are those of an SA. Many have one alone, and there may be many SAs.
type saPairs struct {
	last *Pair // most packets follow one of their pair
	all  map[[2]netip.Addr]*Pair
}

// All are the pairs, in the order of their first packets.
func (w *Pairs) All() []*Pair { return w.order }

func (w *Pairs) item(it *ikedecode.Item) {
	d, o := it.Datagram, it.Opened
	if o == nil || o.IP == nil || d.Repeat || o.Notes&esp.NoteDuplicate != 0 || len(o.Layers) != 1 || o.Layers[0].SA == nil || o.SA == nil || o.SA.Protocol == esp.IPComp {
		return
	}
	var h ip.Header
	if !h.Read(o.IP) || isICMPError(&h, o.IP) {
		return
	}
	p := w.pair(OfSA(o.SA), h.Src, h.Dst)
	if p == nil {
		return
	}
	p.Packets++
	p.Last = d.Frame
	if p.Packets == 1 {
		p.First = p.Last
	}
}

// pair is that of two hosts inside an SA; nil: there are too many.
func (w *Pairs) pair(of Flow, src, dst netip.Addr) *Pair {
	x, ok := w.of[of]
	if ok && x.last.Src == src && x.last.Dst == dst {
		return x.last
	}
	k := [2]netip.Addr{src, dst}
	p := x.all[k]
	if p == nil {
		if len(w.order) >= maxInnerPairs {
			return nil
		}
		p = &Pair{Flow: of, Src: src, Dst: dst}
		w.order = append(w.order, p)
		switch {
		case ok && x.all == nil:
			x.all = map[[2]netip.Addr]*Pair{{x.last.Src, x.last.Dst}: x.last, k: p}
		case ok:
			x.all[k] = p
		case w.of == nil:
			w.of = make(map[Flow]saPairs)
		}
	}
	x.last = p
	w.of[of] = x
	return p
}

func isICMPError(h *ip.Header, packet []byte) bool {
	if h.Proto != ip.ProtoICMP && h.Proto != ip.ProtoICMPv6 {
		return false
	}
	_, l4, ok := h.Upper(packet)
	if !ok {
		return false
	}
	m, ok := ip.ParseICMP(l4)
	return ok && m.IsError(h.Version)
}
