package esp

import (
	"encoding/binary"
	"net/netip"
)

// IP protocol numbers that are looked at.
const (
	protoHopByHop = 0
	protoICMP     = 1
	protoIPv4     = 4
	protoTCP      = 6
	protoUDP      = 17
	protoIPv6     = 41
	protoRouting  = 43
	protoFragment = 44
	protoICMPv6   = 58
	protoNone     = 59
	protoDestOpts = 60
)

// An ipHeader is what is needed of an IPv4 header, or of an IPv6 header with the extension headers before AH or ESP.
type ipHeader struct {
	version    int
	src, dst   netip.Addr
	proto      uint8 // of what follows the headers
	field      int   // offset of the byte that says so
	end        int   // of the headers
	optionsEnd int   // of the IPv4 header, 40 for IPv6
	total      int   // length of the packet as it claims
	fragment   bool
}

// parseIP reads the headers at the front of b. It fails where they are not whole; total may be more than len(b).
func parseIP(b []byte) (h ipHeader, ok bool) {
	if len(b) < 20 {
		return h, false
	}
	switch b[0] >> 4 {
	case 4:
		return parseIPv4(b)
	case 6:
		return parseIPv6(b)
	}
	return h, false
}

func parseIPv4(b []byte) (h ipHeader, ok bool) {
	n := int(b[0]&0x0f) * 4
	if n < 20 || n > len(b) {
		return h, false
	}
	h = ipHeader{version: 4, proto: b[9], field: 9, end: n, optionsEnd: n}
	h.src, h.dst = netip.AddrFrom4([4]byte(b[12:16])), netip.AddrFrom4([4]byte(b[16:20]))
	h.total = int(binary.BigEndian.Uint16(b[2:]))
	if h.total == 0 {
		h.total = len(b) // segmentation offload, seen before the card filled it in
	}
	h.fragment = binary.BigEndian.Uint16(b[6:])&0x3fff != 0
	return h, h.total >= n
}

func parseIPv6(b []byte) (h ipHeader, ok bool) {
	if len(b) < 40 {
		return h, false
	}
	h = ipHeader{version: 6, proto: b[6], field: 6, end: 40, optionsEnd: 40}
	h.src, h.dst = netip.AddrFrom16([16]byte(b[8:24])), netip.AddrFrom16([16]byte(b[24:40]))
	h.total = 40 + int(binary.BigEndian.Uint16(b[4:]))
	if h.total == 40 && h.proto == protoHopByHop {
		h.total = len(b) // a jumbogram says its length in an option
	}
	for isExtension(h.proto) {
		if len(b) < h.end+8 {
			return h, false
		}
		if h.proto == protoFragment && binary.BigEndian.Uint16(b[h.end+2:])&^0x6 != 0 {
			h.fragment = true
			return h, true
		}
		n := 8
		if h.proto != protoFragment {
			n += int(b[h.end+1]) * 8
		}
		if len(b) < h.end+n {
			return h, false
		}
		h.proto, h.field, h.end = b[h.end], h.end, h.end+n
	}
	return h, h.total >= h.end
}

// isExtension reports whether an IPv6 extension header that may stand before ESP or AH has number p.
func isExtension(p uint8) bool {
	return p == protoHopByHop || p == protoRouting || p == protoFragment || p == protoDestOpts
}

// checksum is the ones' complement sum of b, complemented (RFC 1071): 0 over data that holds its right checksum.
func checksum(b []byte) uint16 {
	var sum uint32
	for ; len(b) >= 2; b = b[2:] {
		sum += uint32(b[0])<<8 | uint32(b[1])
	}
	if len(b) == 1 {
		sum += uint32(b[0]) << 8
	}
	for sum > 0xffff {
		sum = sum>>16 + sum&0xffff
	}
	return ^uint16(sum)
}

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
	h, ok := parseIP(pkt.IP[:pkt.HeaderLen])
	if !ok && h.version == 0 {
		return c
	}
	if h.end != pkt.HeaderLen {
		return c
	}
	c.header, c.field = pkt.IP[:h.end], h.field
	switch h.proto {
	case uint8(ESP), uint8(AH), uint8(IPComp):
		c.length = h.total - h.end
	case protoUDP:
		c.length = h.total - h.end - 8
	}
	return c
}

// innerCarrier is a packet out of a tunnel, whose header is h.
func innerCarrier(h *ipHeader, packet []byte) carrier {
	return carrier{src: h.src, dst: h.dst, header: packet[:h.end], field: h.field, length: h.total - h.end, inner: true}
}

// nested says what an inner packet carries that may be opened further: its protocol, and the bytes from its header on.
func (t *Table) nested(h *ipHeader, packet []byte) (proto Protocol, body []byte) {
	if h.fragment {
		return 0, nil
	}
	body = packet[h.end:]
	switch h.proto {
	case uint8(ESP), uint8(AH), uint8(IPComp):
		return Protocol(h.proto), body
	case protoUDP:
		return t.nestedUDP(body)
	}
	return 0, nil
}

// nestedUDP finds ESP in UDP (RFC 3948) inside a tunnel: a known SPI, on the port for it.
func (t *Table) nestedUDP(udp []byte) (proto Protocol, body []byte) {
	if len(udp) < 16 {
		return 0, nil
	}
	be := binary.BigEndian
	if be.Uint16(udp) != 4500 && be.Uint16(udp[2:]) != 4500 {
		return 0, nil
	}
	n := int(be.Uint16(udp[4:]))
	if n < 16 || n > len(udp) || len(t.loose[keyOf(ESP, be.Uint32(udp[8:]))]) == 0 {
		return 0, nil
	}
	return ESP, udp[8:n]
}

// rebuild makes the packet of c with proto and payload after its IP header, lengths and checksum set; nil if it gets too long.
func (c *carrier) rebuild(out []byte, proto uint8, payload []byte) []byte {
	n := len(c.header) + len(payload)
	if len(c.header) == 0 {
		return nil
	}
	v6 := c.header[0]>>4 == 6
	if v6 && n-40 > 0xffff || !v6 && n > 0xffff {
		return nil
	}
	out = append(append(out[:0], c.header...), payload...)
	setHeader(out[:len(c.header)], c.field, proto, n)
	if !v6 {
		binary.BigEndian.PutUint16(out[10:], 0)
		binary.BigEndian.PutUint16(out[10:], checksum(out[:len(c.header)]))
	}
	return out
}

// setHeader sets the length and the protocol field of an IP header for a packet of n bytes.
func setHeader(header []byte, field int, proto uint8, n int) {
	header[field] = proto
	if header[0]>>4 == 6 {
		binary.BigEndian.PutUint16(header[4:], uint16(n-40))
	} else {
		binary.BigEndian.PutUint16(header[2:], uint16(n))
	}
}
