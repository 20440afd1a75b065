package traffic

import (
	"slices"
	"time"

	"github.com/ikedecode/ikedecode"
	"github.com/ikedecode/ikedecode/capture"
	"github.com/ikedecode/ikedecode/esp"
	"github.com/ikedecode/ikedecode/internal/ip"
)

// maxInnerFlows bounds the flows that InnerFlows tells apart, of all SAs.
const maxInnerFlows = 10_000

// InnerFlows counts what was inside the packets of each SA that is in a list by addresses, protocol and ports.
type InnerFlows struct {
	of    map[*esp.SA][]*InnerFlow
	at    map[innerKey]*InnerFlow
	key   innerKey
	last  *InnerFlow // of key: most packets follow one of their flow
	count int
}

// An InnerFlow is packets of one Connection: the addresses of the packet inside, and where TCP, UDP and so on have them, not in fragments, its ports. In
// transport mode they are those of the outer packet. An SA inside another one is a flow of ESP or AH.
type InnerFlow struct {
	Connection
	Other       bool // all that there was no room for, of any Connection
	Packets     int
	Bytes       int64 // of the innermost packets
	First, Last time.Time
}

type innerKey struct {
	sa    *esp.SA
	other bool
	Connection
}

// Of are the flows inside an SA, in the order of their first packets, and behind them Other.
func (w *InnerFlows) Of(sa *esp.SA) []*InnerFlow { return w.of[sa] }

// Frame takes the packets of a frame in.
func (w *InnerFlows) Frame(f *ikedecode.Frame) {
	for i := range f.Items {
		it := &f.Items[i]
		o := it.Opened
		if o == nil || o.Dummy {
			continue
		}
		if o.Aggregate == nil {
			w.packet(it.Datagram, o.Layers, o.IP, o)
			continue
		}
		for j := range o.Aggregate.Packets {
			p, layers := &o.Aggregate.Packets[j], o.Layers
			if len(p.Layers) > 0 {
				layers = slices.Concat(layers, p.Layers)
			}
			w.packet(it.Datagram, layers, p.IP, nil)
		}
	}
}

// packet counts an innermost packet for each SA that carried it. o has it where it is in transport mode, and packet is nil.
func (w *InnerFlows) packet(d *capture.Datagram, layers []esp.Layer, packet []byte, o *esp.Opened) {
	innermost, size := Connection{}, len(packet)
	switch {
	case packet != nil:
		innermost = connectionOf(packet)
	case o != nil:
		innermost, size = Connection{Src: d.Src.Addr(), Dst: d.Dst.Addr(), Protocol: o.NextHeader}, len(o.Payload)
		innermost.ports(o.Payload)
	}
	for i := range layers {
		l := &layers[i]
		if l.SA == nil || l.SA.Passing() {
			continue
		}
		c := innermost
		for j := i + 1; j < len(layers); j++ {
			if in := &layers[j]; in.Protocol != esp.IPComp && (in.Src != l.Src || in.Dst != l.Dst) {
				c = Connection{Src: in.Src, Dst: in.Dst, Protocol: uint8(in.Protocol)}
				break
			}
		}
		w.add(l.SA, c, size, d.Time)
	}
}

// connectionOf is that of an IP packet.
func connectionOf(packet []byte) (c Connection) {
	h, ok := ip.Parse(packet)
	if !ok {
		return c
	}
	c.Src, c.Dst, c.Protocol = h.Src, h.Dst, h.Proto
	if proto, l4, ok := h.Upper(packet); ok && !h.Fragment {
		c.Protocol = proto
		c.ports(l4)
	}
	return c
}

// ports takes the ports of what has any in its first four bytes.
func (c *Connection) ports(l4 []byte) {
	if ip.HasPorts(c.Protocol) && len(l4) >= 4 {
		c.SrcPort, c.DstPort = ip.Ports(l4)
	}
}

func (w *InnerFlows) add(sa *esp.SA, c Connection, size int, at time.Time) {
	f := w.flow(innerKey{sa: sa, Connection: c})
	if f.Packets == 0 {
		f.First = at
	}
	f.Last = at
	f.Packets++
	f.Bytes += int64(size)
}

// flow is the flow of a key, or where there is no room for it the Other one of its SA.
func (w *InnerFlows) flow(k innerKey) *InnerFlow {
	if w.last != nil && k == w.key {
		return w.last
	}
	if w.at == nil {
		w.of, w.at = make(map[*esp.SA][]*InnerFlow), make(map[innerKey]*InnerFlow)
	}
	f := w.at[k]
	if f == nil && w.count >= maxInnerFlows {
		k = innerKey{sa: k.sa, other: true}
		f = w.at[k]
	}
	if f == nil {
		f = &InnerFlow{Connection: k.Connection, Other: k.other}
		w.count++
		w.at[k], w.of[k.sa] = f, append(w.of[k.sa], f)
	}
	w.key, w.last = k, f
	return f
}
