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
	at    map[pairKey]*Pair
	order []*Pair
	key   pairKey
	last  *Pair // of key: most packets follow one of their pair
}

type pairKey struct {
	sa       *esp.SA
	src, dst netip.Addr
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
	if k := (pairKey{o.SA, h.Src, h.Dst}); w.last == nil || k != w.key {
		if w.key, w.last = k, w.pair(k); w.last == nil {
			return
		}
	}
	p := w.last
	p.Packets++
	p.Last = esp.Point{Frame: d.Frame, Time: d.Time}
	if p.Packets == 1 {
		p.First = p.Last
	}
}

// pair is that of a key; nil: there are too many.
func (w *Pairs) pair(k pairKey) *Pair {
	p := w.at[k]
	if p == nil && len(w.order) < maxInnerPairs {
		if w.at == nil {
			w.at = make(map[pairKey]*Pair)
		}
		p = &Pair{SA: k.sa, Src: k.src, Dst: k.dst}
		w.at[k] = p
		w.order = append(w.order, p)
	}
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
