package ip

import (
	"encoding/binary"
	"math/bits"
	"net/netip"
)

// Sum is the ones' complement sum of b (RFC 1071), 0xffff over data that holds its correct checksum. It takes eight bytes at a time
// (section 2 of the RFC).
func Sum(b []byte) uint16 {
	var sum, carry uint64
	for ; len(b) >= 8; b = b[8:] {
		sum, carry = bits.Add64(sum, binary.BigEndian.Uint64(b), carry)
	}
	if len(b) >= 4 {
		sum, carry = bits.Add64(sum, uint64(binary.BigEndian.Uint32(b)), carry)
		b = b[4:]
	}
	if len(b) >= 2 {
		sum, carry = bits.Add64(sum, uint64(binary.BigEndian.Uint16(b)), carry)
		b = b[2:]
	}
	if len(b) == 1 { // as if a zero followed
		sum, carry = bits.Add64(sum, uint64(b[0])<<8, carry)
	}
	sum, carry = bits.Add64(sum, 0, carry)
	sum += carry
	return fold(sum>>32 + sum&0xffffffff)
}

func fold(sum uint64) uint16 {
	for sum > 0xffff {
		sum = sum>>16 + sum&0xffff
	}
	return uint16(sum)
}

// Checksum is the Internet checksum of b: 0 over data that holds its correct one.
func Checksum(b []byte) uint16 { return ^Sum(b) }

// UpperChecksum is the checksum of TCP, UDP or ICMPv6 over b and the pseudo-header of its packet (RFC 9293, section 3.1; RFC 8200,
// section 8.1): 0 over data that holds its correct one.
func UpperChecksum(src, dst netip.Addr, proto uint8, b []byte) uint16 {
	return ^fold(uint64(Sum(b)) + uint64(proto) + uint64(len(b)) + uint64(sumAddr(src)) + uint64(sumAddr(dst)))
}

// sumAddr is the sum of the words of an address.
func sumAddr(a netip.Addr) uint16 {
	if a.Is4() {
		b := a.As4()
		return Sum(b[:])
	}
	b := a.As16()
	return Sum(b[:])
}
