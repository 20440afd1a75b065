package traffic

import (
	"net/netip"

	"github.com/ikedecode/ikedecode"
	"github.com/ikedecode/ikedecode/esp"
	"github.com/ikedecode/ikedecode/internal/ip"
)

// maxInnerPairs bounds the pairs of hosts inside all SAs.
const maxInnerPairs = 1 << 13

// A Pair is the packets from one host to another inside an SA in tunnel mode, but for ICMP errors, which routers on the way send as well.
type Pair struct {
	SA          *esp.SA
	Src, Dst    netip.Addr
	Packets     int
	First, Last esp.Point
}

// Pairs are who speaks to whom inside the SAs.
type Pairs struct {
	of    map[*esp.SA]*saPairs
	order []*Pair
}

// saPairs are those of an SA.
type saPairs struct {
	at   map[[2]netip.Addr]*Pair
	last *Pair // most packets follow one of their pair
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
	p := w.pair(o.SA, h.Src, h.Dst)
	if p == nil {
		return
	}
	p.Packets++
	p.Last = esp.Point{Frame: d.Frame, Time: d.Time}
	if p.Packets == 1 {
		p.First = p.Last
	}
}

// pair is that of two hosts inside an SA; nil: there are too many.
func (w *Pairs) pair(sa *esp.SA, src, dst netip.Addr) *Pair {
	x := w.of[sa]
	if x != nil && x.last != nil && x.last.Src == src && x.last.Dst == dst {
		return x.last
	}
	if x == nil {
		if len(w.order) >= maxInnerPairs {
			return nil
		}
		if w.of == nil {
			w.of = make(map[*esp.SA]*saPairs)
		}
		x = &saPairs{at: make(map[[2]netip.Addr]*Pair)}
		w.of[sa] = x
	}
	p := x.at[[2]netip.Addr{src, dst}]
	if p == nil {
		if len(w.order) >= maxInnerPairs {
			return nil
		}
		p = &Pair{SA: sa, Src: src, Dst: dst}
		x.at[[2]netip.Addr{src, dst}] = p
		w.order = append(w.order, p)
	}
	x.last = p
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
