package ip

import (
	"encoding/binary"
)

// sumAddrs is the sum of both addresses of a packet.
func sumAddrs(packet []byte) uint16 {
	if Version(packet) == 6 {
		return Sum(packet[8:40])
	}
	return Sum(packet[12:20])
}

// SetLength sets the length field of an IP packet that is n bytes long, and the header checksum of IPv4, whose header with options has
// base bytes. packet may be the header alone. What does not fit the field becomes 0, as a kernel leaves it in packets still to be
// segmented: readers take all bytes then, and nothing is lost.
func SetLength(packet []byte, base, n int) {
	if Version(packet) == 6 {
		binary.BigEndian.PutUint16(packet[4:], Length16(n-IPv6Len))
		return
	}
	// What the fields had is taken out of the sum, so that nothing has just been written to what it is over: that makes a processor wait.
	was, checksum, length := binary.BigEndian.Uint16(packet[2:]), binary.BigEndian.Uint16(packet[10:]), Length16(n)
	sum := fold(uint64(Sum(packet[:base])) + uint64(^was) + uint64(^checksum) + uint64(length))
	binary.BigEndian.PutUint16(packet[2:], length)
	binary.BigEndian.PutUint16(packet[10:], ^sum)
}

// Length16 is n as a length field of 16 bits has it: 0 if it does not fit.
func Length16(n int) uint16 {
	if n > 0xffff {
		return 0
	}
	return uint16(n)
}

// HasUDPChecksum reports whether the UDP datagram that an IP packet has from hdr on has a checksum. Over IPv4, it may have none.
func HasUDPChecksum(packet []byte, hdr int) bool {
	return packet[hdr+6]|packet[hdr+7] != 0 || Version(packet) == 6
}

// SetUDPLength sets length and checksum of the UDP datagram of n bytes that an IP packet has from hdr on. One without a checksum gets none: of it
// no more than the header has to be there.
func SetUDPLength(packet []byte, hdr, n int) {
	udp := packet[hdr:]
	binary.BigEndian.PutUint16(udp[4:], Length16(n))
	if HasUDPChecksum(packet, hdr) {
		udp[6], udp[7] = 0, 0
		putChecksum(udp[6:8], packet, ProtoUDP, udp, n)
	}
}

// SetChecksum sets the checksum of the TCP segment, UDP datagram, UDP-Lite datagram or ICMPv6 message that an IP packet has from hdr on
// right for its addresses. Of UDP over IPv4, 0 stays 0. What is too short for its own header or length stays as it is.
func SetChecksum(packet []byte, hdr int, proto uint8) {
	b := packet[hdr:]
	switch proto {
	case ProtoTCP:
		if len(b) >= TCPLen {
			putChecksum(b[16:18], packet, proto, b, len(b))
		}
	case ProtoUDP:
		u, ok := ParseUDP(b)
		none := u.Checksum == 0 && Version(packet) == 4
		if ok && u.Length >= UDPLen && u.Length <= len(b) && !none {
			putChecksum(b[6:8], packet, proto, b[:u.Length], u.Length)
		}
	case ProtoUDPLite:
		if len(b) < UDPLen {
			return
		}
		covered := int(binary.BigEndian.Uint16(b[4:])) // RFC 3828, section 3.1; 0: everything
		if covered == 0 {
			covered = len(b)
		}
		if covered >= UDPLen && covered <= len(b) {
			putChecksum(b[6:8], packet, proto, b[:covered], len(b))
		}
	case ProtoICMPv6:
		if len(b) >= 4 && Version(packet) == 6 {
			putChecksum(b[2:4], packet, proto, b, len(b))
		}
	}
}

// putChecksum puts the checksum over the pseudo-header with length n and covered into field, which is a part of covered. Where 0 says
// that there is none, 0xffff, the same sum, stands for it.
func putChecksum(field, packet []byte, proto uint8, covered []byte, n int) {
	field[0], field[1] = 0, 0
	c := ^fold(uint64(Sum(covered)) + uint64(proto) + uint64(n) + uint64(sumAddrs(packet)))
	if c == 0 && (proto == ProtoUDP || proto == ProtoUDPLite) {
		c = 0xffff
	}
	binary.BigEndian.PutUint16(field, c)
}
