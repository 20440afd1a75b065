package capture

import "encoding/binary"

// sum16 adds b to a one's complement sum (RFC 1071).
func sum16(sum uint32, b []byte) uint32 {
	for len(b) >= 2 {
		sum += uint32(binary.BigEndian.Uint16(b))
		if sum >= 1<<31 {
			sum = sum>>16 + sum&0xffff
		}
		b = b[2:]
	}
	if len(b) == 1 {
		sum += uint32(b[0]) << 8
	}
	return sum
}

// fold makes a checksum of a sum.
func fold(sum uint32) uint16 {
	for sum > 0xffff {
		sum = sum>>16 + sum&0xffff
	}
	return ^uint16(sum)
}

// setIPLength sets the length field of an IP packet to its length, and the header checksum of IPv4, whose header has hdr
// bytes. What does not fit the field becomes 0, as a kernel leaves it in packets still to be segmented: readers take the
// rest of the frame then, and nothing is lost.
func setIPLength(ip []byte, hdr int) {
	if ip[0]>>4 == 6 {
		binary.BigEndian.PutUint16(ip[4:], length16(len(ip)-ipv6HeaderLen))
		return
	}
	binary.BigEndian.PutUint16(ip[2:], length16(len(ip)))
	ip[10], ip[11] = 0, 0
	binary.BigEndian.PutUint16(ip[10:], fold(sum16(0, ip[:hdr])))
}

func length16(n int) uint16 {
	if n > 0xffff {
		return 0
	}
	return uint16(n)
}

// pseudoSum is the sum over the pseudo header of a protocol on top of an IP packet, for n bytes of it (RFC 9293, section 3.1;
// RFC 8200, section 8.1).
func pseudoSum(ip []byte, proto uint8, n int) uint32 {
	sum := uint32(proto) + uint32(n)
	if ip[0]>>4 == 6 {
		return sum16(sum, ip[8:40])
	}
	return sum16(sum, ip[12:20])
}

// udpChecksum is the checksum of the UDP datagram in an IP packet at hdr, its checksum field taken as it is (RFC 768).
func udpChecksum(ip []byte, hdr int) uint16 {
	return noZero(fold(sum16(pseudoSum(ip, protoUDP, len(ip)-hdr), ip[hdr:])))
}

// noZero is a checksum for protocols in which 0 says that there is none: 0xffff is the same sum.
func noZero(c uint16) uint16 {
	if c == 0 {
		return 0xffff
	}
	return c
}

// setChecksum sets the checksum of the TCP segment, UDP datagram, UDP-Lite datagram or ICMPv6 message in an IP packet at hdr
// right for its addresses. Of UDP over IPv4, 0 stays 0. What is too short for its own header or length stays as it is.
func setChecksum(ip []byte, hdr int, proto uint8) {
	b := ip[hdr:]
	switch proto {
	case protoTCP:
		if len(b) >= tcpHeaderLen {
			putChecksum(b[16:18], ip, proto, b, len(b))
		}
	case protoUDP:
		if len(b) < udpHeaderLen {
			return
		}
		n := int(binary.BigEndian.Uint16(b[4:]))
		none := b[6] == 0 && b[7] == 0 && ip[0]>>4 == 4
		if n >= udpHeaderLen && n <= len(b) && !none {
			putChecksum(b[6:8], ip, proto, b[:n], n)
		}
	case protoUDPLite:
		if len(b) < udpHeaderLen {
			return
		}
		covered := int(binary.BigEndian.Uint16(b[4:])) // RFC 3828, section 3.1; 0: everything
		if covered == 0 {
			covered = len(b)
		}
		if covered >= udpHeaderLen && covered <= len(b) {
			putChecksum(b[6:8], ip, proto, b[:covered], len(b))
		}
	case protoICMPv6:
		if len(b) >= 4 && ip[0]>>4 == 6 {
			putChecksum(b[2:4], ip, proto, b, len(b))
		}
	}
}

// putChecksum puts the checksum over the pseudo header with length n and covered into field, which is a part of covered.
func putChecksum(field, ip []byte, proto uint8, covered []byte, n int) {
	field[0], field[1] = 0, 0
	c := fold(sum16(pseudoSum(ip, proto, n), covered))
	if proto == protoUDP || proto == protoUDPLite {
		c = noZero(c)
	}
	binary.BigEndian.PutUint16(field, c)
}
