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

// udpChecksum is the checksum of the UDP datagram in an IP packet at hdr, its checksum field taken as it is (RFC 768).
func udpChecksum(ip []byte, hdr int) uint16 {
	sum := uint32(protoUDP) + uint32(len(ip)-hdr)
	if ip[0]>>4 == 6 {
		sum = sum16(sum, ip[8:40])
	} else {
		sum = sum16(sum, ip[12:20])
	}
	if c := fold(sum16(sum, ip[hdr:])); c != 0 {
		return c
	}
	return 0xffff // 0 says that there is none
}
