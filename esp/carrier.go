package esp

import (
	"net/netip"

	"github.com/ikedecode/ikedecode/internal/ip"
)

// A carrier is the IP packet that an ESP, AH or IPComp header stands in.
type carrier struct {
	src, dst netip.Addr
	header   []byte // IP header with extension headers; nil where there is none (ESP in TCP)
	field    int    // offset in header of the byte that names what follows it
	length   int    // of what follows header as it claims; 0: not known
	inner    bool   // came out of a tunnel
	opened   bool   // a layer in it was decrypted
}

// outerCarrier describes the packet that was captured.
func outerCarrier(pkt *Packet) carrier {
	c := carrier{src: normalAddr(pkt.Src), dst: normalAddr(pkt.Dst)}
	if pkt.HeaderLen <= 0 || pkt.HeaderLen > len(pkt.IP) {
		return c
	}
	h, ok := ip.Parse(pkt.IP[:pkt.HeaderLen])
	if !ok || h.Len != pkt.HeaderLen {
		return c
	}
	c.header, c.field = pkt.IP[:h.Len], h.ProtoAt
	switch h.Proto {
	case uint8(ESP), uint8(AH), uint8(IPComp):
		c.length = h.Total - h.Len
	case ip.ProtoUDP:
		c.length = h.Total - h.Len - ip.UDPLen
	}
	return c
}

// innerCarrier is a packet out of a tunnel, whose header is h.
func innerCarrier(h *ip.Header, packet []byte) carrier {
	return carrier{src: h.Src, dst: h.Dst, header: packet[:h.Len], field: h.ProtoAt, length: h.Total - h.Len, inner: true}
}

// rebuild makes the packet of c with proto and payload after its IP header, lengths and checksum set; nil if it gets too long.
func (c *carrier) rebuild(out []byte, proto uint8, payload []byte) []byte {
	n := len(c.header) + len(payload)
	if len(c.header) == 0 {
		return nil
	}
	v6 := ip.Version(c.header) == 6
	if v6 && n-ip.IPv6Len > 0xffff || !v6 && n > 0xffff {
		return nil
	}
	out = append(append(out[:0], c.header...), payload...)
	out[c.field] = proto
	ip.SetLength(out, len(c.header), n)
	return out
}
