package ip

import "encoding/binary"

// Ports are the source and the destination port at the front of a TCP, UDP, UDP-Lite, SCTP or DCCP header, of which b has at least
// four bytes.
func Ports(b []byte) (src, dst uint16) {
	return binary.BigEndian.Uint16(b), binary.BigEndian.Uint16(b[2:])
}

// HasPorts reports whether the header of a protocol begins with ports.
func HasPorts(proto uint8) bool {
	return proto == ProtoTCP || proto == ProtoUDP || proto == ProtoDCCP || proto == ProtoSCTP || proto == ProtoUDPLite
}

// A UDP is a UDP header (RFC 768).
type UDP struct {
	Src, Dst uint16
	Length   int // of header and data as it claims; 0 where that is more than the field can say (RFC 2675, section 4)
	Checksum uint16
}

// ParseUDP reads the header at the front of b. It reports false where it is not whole.
func ParseUDP(b []byte) (u UDP, ok bool) {
	if len(b) < UDPLen {
		return u, false
	}
	u.Src, u.Dst = Ports(b)
	u.Length, u.Checksum = int(binary.BigEndian.Uint16(b[4:])), binary.BigEndian.Uint16(b[6:])
	return u, true
}

// Flags of TCP.
const (
	FIN = 1 << iota
	SYN
	RST
	PSH
	ACK
)

// A TCP is a TCP header (RFC 9293, section 3.1).
type TCP struct {
	Src, Dst uint16
	Seq, Ack uint32
	Len      int   // of the header with its options
	Reserved uint8 // the four bits behind the header's length
	Flags    uint8
}

// ParseTCP reads the header at the front of b. It reports false where it is not whole, options included.
func ParseTCP(b []byte) (t TCP, ok bool) {
	if len(b) < TCPLen {
		return t, false
	}
	n := int(b[12]>>4) * 4
	if n < TCPLen || n > len(b) {
		return t, false
	}
	t = TCP{Seq: binary.BigEndian.Uint32(b[4:]), Ack: binary.BigEndian.Uint32(b[8:]), Len: n, Reserved: b[12] & 15, Flags: b[13]}
	t.Src, t.Dst = Ports(b)
	return t, true
}

// SACK are the blocks that were received behind a hole, of which the header t at the front of b tells (RFC 2018, section 3), and how many there are.
func (t TCP) SACK(b []byte) (blocks [4][2]uint32, n int) {
	const end, nop, sack = 0, 1, 5
	for o := b[TCPLen:t.Len]; len(o) > 0 && o[0] != end; {
		if o[0] == nop {
			o = o[1:]
			continue
		}
		if len(o) < 2 || o[1] < 2 || int(o[1]) > len(o) {
			break
		}
		if o[0] == sack {
			for x := o[2:o[1]]; len(x) >= 8 && n < len(blocks); x = x[8:] {
				left, right := binary.BigEndian.Uint32(x), binary.BigEndian.Uint32(x[4:])
				if int32(left-t.Ack) > 0 && int32(right-left) > 0 { // a block below tells of a duplicate (RFC 2883)
					blocks[n] = [2]uint32{left, right}
					n++
				}
			}
		}
		o = o[o[1]:]
	}
	return blocks, n
}

// Types of ICMP (RFC 792) and ICMPv6 (RFC 4443).
const (
	ICMPEchoReply      = 0
	ICMPUnreachable    = 3
	ICMPSourceQuench   = 4
	ICMPRedirect       = 5
	ICMPEcho           = 8
	ICMPTimeExceeded   = 11
	ICMPParameter      = 12
	ICMPTimestamp      = 13
	ICMPTimestampReply = 14

	ICMPv6Unreachable = 1
	ICMPv6TooBig      = 2
	ICMPv6Parameter   = 4
	ICMPv6Echo        = 128
	ICMPv6EchoReply   = 129
)

// An ICMP is the header of an ICMP or ICMPv6 message.
type ICMP struct {
	Type, Code uint8
	Word       uint32 // the four bytes behind the checksum, whose meaning is the type's
}

// ParseICMP reads the header at the front of b. It reports false where it is not whole.
func ParseICMP(b []byte) (m ICMP, ok bool) {
	if len(b) < ICMPLen {
		return m, false
	}
	return ICMP{b[0], b[1], binary.BigEndian.Uint32(b[4:])}, true
}

// Echo are identifier and sequence number of an echo request or reply.
func (m *ICMP) Echo() (id, seq uint16) { return uint16(m.Word >> 16), uint16(m.Word) }

// IsError reports whether the message, of ICMP over IPv4 or of ICMPv6 over version 6, is an error about a packet, which it quotes:
// destination unreachable, source quench, time exceeded, parameter problem (RFC 792); types 1 to 4 (RFC 4443, section 2.1). A redirect
// quotes one too, and is no error.
func (m *ICMP) IsError(version int) bool {
	if version == 6 {
		return m.Type >= ICMPv6Unreachable && m.Type <= ICMPv6Parameter
	}
	switch m.Type {
	case ICMPUnreachable, ICMPSourceQuench, ICMPTimeExceeded, ICMPParameter:
		return true
	}
	return false
}

// Quoted reads the headers of the packet that an error message b is about, and returns what there is of that packet. The length in
// them is not relied on: there are systems that quote it in their own byte order, or less the header.
func Quoted(b []byte) (h Header, packet []byte, ok bool) {
	if len(b) < ICMPLen {
		return h, nil, false
	}
	packet = b[ICMPLen:]
	h, ok = Parse(packet)
	if h.Version == 4 {
		h.Proto, h.Total, h.Short = packet[h.ProtoAt], max(h.Total, len(packet)), false
	}
	return h, packet, ok
}

// NextHopMTU is the MTU that the message names as an error about a packet that was too big (RFC 1191, section 4; RFC 4443, section
// 3.2), 0 if it names none. It is at most 65,535.
func (m *ICMP) NextHopMTU(version int) int {
	if version == 6 {
		return int(min(m.Word, 65535))
	}
	return int(m.Word & 0xffff)
}
