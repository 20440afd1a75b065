package esp

import (
	"encoding/binary"
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
	opened   bool   // a layer in it was opened
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

// nested says what an inner packet carries that may be opened further: its protocol, and the bytes from its header on.
func (t *Table) nested(h *ip.Header, packet []byte) (proto Protocol, body []byte) {
	if h.Fragment {
		return 0, nil
	}
	body = packet[h.Len:]
	switch h.Proto {
	case uint8(ESP), uint8(AH), uint8(IPComp):
		return Protocol(h.Proto), body
	case ip.ProtoUDP:
		return t.nestedUDP(body)
	}
	return 0, nil
}

// nestedUDP finds ESP in UDP (RFC 3948) inside a tunnel: a known SPI, on the port for it.
func (t *Table) nestedUDP(udp []byte) (proto Protocol, body []byte) {
	const natt = 4500
	h, ok := ip.ParseUDP(udp)
	if !ok || h.Src != natt && h.Dst != natt || h.Length < ip.UDPLen+espHeader || h.Length > len(udp) {
		return 0, nil
	}
	body = udp[ip.UDPLen:h.Length]
	if len(t.loose[keyOf(ESP, binary.BigEndian.Uint32(body))]) == 0 {
		return 0, nil
	}
	return ESP, body
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
