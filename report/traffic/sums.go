package traffic

import (
	"net/netip"

	"github.com/ikedecode/ikedecode"
	"github.com/ikedecode/ikedecode/internal/ip"
)

const (
	maxSummed = 1024 // packets of an SA whose checksums are looked at
	maxSums   = 2048 // SAs
)

// A SumCount is what the checksums of TCP inside an SA tell, but for TCP in transport mode, which NAT changes: the receiving host drops what has
// a wrong one (RFC 9293, section 3.1). It is made before encryption, and the ICV covers it: nothing between the gateways changes it.
type SumCount struct {
	Flow           Flow       // of the SA, which is not kept
	From, To       netip.Addr // the gateways
	Src, Dst       netip.Addr // of the first packet with a wrong one
	Checked, Wrong int
	First, Last    int // frames of those with a wrong one
}

// Sums counts wrong checksums, of the first packets of each SA.
type Sums struct {
	of    map[Flow]*SumCount
	order []*SumCount
}

// All are the SAs with TCP, in the order of their first packets.
func (w *Sums) All() []*SumCount { return w.order }

// Of is what is known of the SA of a flow; nil: nothing.
func (w *Sums) Of(f Flow) *SumCount { return w.of[f] }

func (w *Sums) item(it *ikedecode.Item, p *carriage) {
	d, o := it.Datagram, it.Opened
	if o == nil || o.SA == nil || o.Cut || d.Repeat || len(o.Layers) == 0 || !o.Layers[len(o.Layers)-1].Verified {
		return
	}
	h := &p.header
	if p.packet == nil || h.Proto != ip.ProtoTCP || h.Fragment || h.Short || !p.ok || p.proto != ip.ProtoTCP || ip.Claimed(p.packet) > len(p.packet) {
		return
	}
	c := w.count(OfSA(o.SA))
	if c == nil || c.Checked >= maxSummed {
		return
	}
	c.Checked++
	if ip.UpperChecksum(h.Src, h.Dst, p.proto, p.upper) == 0 {
		return
	}
	c.Last = d.Frame
	if c.Wrong++; c.Wrong == 1 {
		c.From, c.To, c.Src, c.Dst, c.First = d.Src.Addr(), d.Dst.Addr(), h.Src, h.Dst, c.Last
	}
}

// count is that of an SA; nil: there are too many.
func (w *Sums) count(of Flow) *SumCount {
	c := w.of[of]
	if c == nil && len(w.order) < maxSums {
		if w.of == nil {
			w.of = make(map[Flow]*SumCount)
		}
		c = &SumCount{Flow: of}
		w.of[of] = c
		w.order = append(w.order, c)
	}
	return c
}
