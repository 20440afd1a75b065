package traffic

import (
	"net/netip"

	"github.com/ikedecode/ikedecode/capture"
	"github.com/ikedecode/ikedecode/esp"
	"github.com/ikedecode/ikedecode/internal/ip"
)

const maxConnects = 256 // pairs of hosts

// Connects follows how TCP connections to port 4500, for IKE and ESP over TCP (RFC 9329), are opened.
type Connects struct {
	hosts map[[2]netip.Addr]*Connect
	order []*Connect
}

// A Connect is what became of the connections that a host tries to open to another one.
type Connect struct {
	Src, Dst    netip.Addr
	SYNs        int
	First, Last esp.Point // of them
	Reset       esp.Point // the last RST in place of a SYN/ACK; frame 0: none
	Open        bool      // a SYN/ACK came
}

// All are the pairs of hosts, in the order of their first SYNs.
func (w *Connects) All() []*Connect { return w.order }

// datagram takes a packet in that carries nothing of IPsec.
func (w *Connects) datagram(d *capture.Datagram) {
	h, ok := ip.Parse(d.IP)
	if !ok || h.Proto != ip.ProtoTCP || d.Repeat || h.Len > len(d.IP) {
		return
	}
	t, ok := ip.ParseTCP(d.IP[h.Len:])
	if !ok {
		return
	}
	now := esp.Point{Frame: d.Frame, Time: d.Time}
	switch syn := t.Flags&(ip.SYN|ip.ACK|ip.RST) == ip.SYN; {
	case syn && t.Dst == capture.PortNATT:
		if c := w.between(h.Src, h.Dst); c != nil {
			if c.SYNs++; c.SYNs == 1 {
				c.First = now
			}
			c.Last = now
		}
	case t.Src == capture.PortNATT:
		c := w.hosts[[2]netip.Addr{h.Dst, h.Src}]
		switch {
		case c == nil:
		case t.Flags&ip.RST != 0 && !c.Open:
			c.Reset = now
		case t.Flags&ip.SYN != 0:
			c.Open = true
		}
	}
}

// between is the pair of who opens connections and to whom; nil: there are too many.
func (w *Connects) between(src, dst netip.Addr) *Connect {
	k := [2]netip.Addr{src, dst}
	c := w.hosts[k]
	if c != nil || len(w.order) >= maxConnects {
		return c
	}
	if w.hosts == nil {
		w.hosts = make(map[[2]netip.Addr]*Connect)
	}
	c = &Connect{Src: src, Dst: dst}
	w.hosts[k], w.order = c, append(w.order, c)
	return c
}
