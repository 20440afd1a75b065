package traffic

import (
	"cmp"
	"encoding/binary"
	"maps"
	"net/netip"
	"slices"

	"github.com/ikedecode/ikedecode/esp"
	"github.com/ikedecode/ikedecode/internal/ip"
)

// A Refusal is the ICMP errors of one kind, inside an SA, about packets that the tunnel had carried the other way.
type Refusal struct {
	SA             *esp.SA    // that carried them
	From, Src, Dst netip.Addr // who sent them; of the packets that they are about
	Protocol       uint8      // of those packets
	Reason         *ICMPReason
	Port           uint16 // that the first of those packets was for; 0: none
	ToPort         int    // errors about packets for it
	Count          int
	First, Last    esp.Point

	outer [2]netip.Addr
}

type refusalKey struct {
	sa             *esp.SA
	from, src, dst netip.Addr
	proto          uint8
	reason         *ICMPReason
}

// Refusals are the ICMP errors inside the tunnels, in the order of the first ones.
func (w *Inside) Refusals() []*Refusal { return w.refusals }

// A Reset is the connections that a port of TCP refused: RST in place of SYN/ACK (RFC 9293, section 3.10.7.1).
type Reset struct {
	SA          *esp.SA // that carried the first RST
	Port        netip.AddrPort
	Src         netip.Addr // that the first one is for
	Count       int
	Open        bool // it took another connection later
	First, Last esp.Point
}

// Resets are the ports inside the tunnels that refused connections, in the order of the first ones.
func (w *Inside) Resets() []*Reset {
	return slices.SortedFunc(maps.Values(w.resets), func(a, b *Reset) int {
		return cmp.Or(cmp.Compare(a.First.Frame, b.First.Frame), a.Port.Compare(b.Port))
	})
}

// reset takes the RST in that answers a SYN.
func (w *Inside) reset(seg *Segment) {
	port := netip.AddrPortFrom(seg.Src, seg.SrcPort)
	r := w.resets[port]
	if r == nil {
		if len(w.resets) >= maxRefusals {
			return
		}
		if w.resets == nil {
			w.resets = make(map[netip.AddrPort]*Reset)
		}
		r = &Reset{SA: seg.sa, Port: port, Src: seg.Dst, First: seg.First}
		w.resets[port] = r
	}
	r.Count++
	r.Last = seg.First
}

// Answers reports whether anything that was sent against the direction of r got an answer of a host.
func (w *Inside) Answers(r *Refusal) bool {
	for _, c := range w.order {
		if c.Src == r.outer[1] && c.Dst == r.outer[0] && c.Answered > 0 {
			return true
		}
	}
	return false
}

// refuse takes an ICMP error in. The packet that it is about arrived behind the tunnel: nothing more is waited for.
func (w *Inside) refuse(in innerL4, seg *Segment) {
	e, ok := ParseICMP(in.l4)
	if !ok {
		return
	}
	k := refusalKey{seg.sa, in.src, e.Src.Addr(), e.Dst.Addr(), e.Protocol, e.Reason}
	r := w.refused[k]
	if r == nil && len(w.refusals) < maxRefusals {
		if w.refused == nil {
			w.refused = make(map[refusalKey]*Refusal)
		}
		r = &Refusal{SA: seg.sa, From: k.from, Src: k.src, Dst: k.dst, Protocol: k.proto, Reason: e.Reason, Port: e.Dst.Port(), First: seg.First, outer: seg.from}
		w.refused[k] = r
		w.refusals = append(w.refusals, r)
	}
	if r != nil {
		r.Count++
		if r.Port != 0 && e.Dst.Port() == r.Port {
			r.ToPort++
		}
		r.Last = seg.First
	}
	if k, seq, ok := quotedSegment(in.l4); ok {
		if delete(w.flows[k], seq); k.Protocol == ip.ProtoUDP && w.flows[k] != nil {
			w.forget(k)
		}
	}
}

// quotedSegment is the segment of TCP, the echo request, or the request of a service that an ICMP error is about, by its direction and sequence number.
func quotedSegment(icmp []byte) (k Connection, seq uint32, ok bool) {
	h, packet, ok := ip.Quoted(icmp)
	if !ok {
		return k, 0, false
	}
	proto, l4, ok := h.Upper(packet)
	for range maxCarried {
		in, is := carried(proto, l4)
		var inner ip.Header
		if !ok || !is || !inner.Read(in) {
			break
		}
		h = inner
		proto, l4, ok = h.Upper(in)
	}
	if !ok || len(l4) < ip.ICMPLen { // as much as RFC 792 has a router quote at the least
		return k, 0, false
	}
	k = Connection{Src: h.Src, Dst: h.Dst, Protocol: proto}
	switch proto {
	case ip.ProtoTCP:
		k.SrcPort, k.DstPort = ip.Ports(l4)
		return k, binary.BigEndian.Uint32(l4[4:]), true
	case ip.ProtoUDP:
		k.SrcPort, k.DstPort = ip.Ports(l4)
		seq, ok = quotedRequest(l4)
		return k, seq, ok
	case ip.ProtoICMP, ip.ProtoICMPv6:
		m, ok := ip.ParseICMP(l4)
		id, number := m.Echo()
		k.SrcPort, k.DstPort = id, id
		return k, uint32(number), ok
	}
	return k, 0, false
}
