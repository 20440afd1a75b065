package esp

import "net/netip"

// trimPadding takes the ESP trailer off a plaintext: padding, pad length, next header (RFC 4303, sections 2.4 to 2.6). regular
// says that the padding is 1, 2, 3, …, as the RFC has it unless the cipher wants another; some stacks pad with zeros or at random.
func trimPadding(pt []byte) (data []byte, next uint8, regular bool, err error) {
	n := len(pt) - 2
	if n < 0 {
		return nil, 0, false, errShort
	}
	pad := int(pt[n])
	if pad > n {
		return nil, 0, false, errPadLength
	}
	regular = true
	for i, b := range pt[n-pad : n] {
		regular = regular && int(b) == i+1
	}
	return pt[: n-pad : n-pad], pt[n+1], regular, nil
}

// Grades of plausibility.
const (
	implausible = iota
	possible    // nothing speaks against it
	convincing  // lengths or checksums inside fit, as chance would not have it
)

// plausible judges plaintext where no ICV proves it; src and dst are the addresses of the packet that carried it.
func plausible(next uint8, data []byte, src, dst netip.Addr) int {
	switch next {
	case protoIPv4, protoIPv6:
		h, ok := parseIP(data)
		if !ok || h.total > len(data) || (h.version == 6) != (next == protoIPv6) {
			return implausible
		}
		if h.version == 4 && checksum(data[:h.optionsEnd]) != 0 {
			return implausible
		}
		return convincing
	case protoNone:
		return possible
	case protoTCP:
		return gradeTCP(data, src, dst)
	case protoUDP:
		if len(data) < 8 || int(data[4])<<8|int(data[5]) != len(data) {
			return implausible
		}
		return convincing
	case protoICMP:
		if len(data) < 8 || checksum(data) != 0 {
			return implausible
		}
		return convincing
	}
	if next == protoICMPv6 && pseudoChecksum(next, data, src, dst) == 0 {
		return convincing
	}
	if carried(next) && len(data) > 0 {
		return possible
	}
	return implausible
}

func gradeTCP(data []byte, src, dst netip.Addr) int {
	if len(data) < 20 || data[12]&0x0f > 1 {
		return implausible
	}
	if n := int(data[12]>>4) * 4; n < 20 || n > len(data) {
		return implausible
	}
	if pseudoChecksum(protoTCP, data, src, dst) == 0 {
		return convincing
	}
	return possible // NAT outside leaves the inner checksum wrong in transport mode (RFC 3948, section 3.1.2)
}

// pseudoChecksum is the checksum over data and its pseudo-header (RFC 9293, section 3.1; RFC 8200, section 8.1).
func pseudoChecksum(proto uint8, data []byte, src, dst netip.Addr) uint16 {
	sum := uint32(proto) + uint32(len(data)&0xffff) + uint32(len(data)>>16) + addrSum(src) + addrSum(dst)
	sum += uint32(^checksum(data))
	for sum > 0xffff {
		sum = sum>>16 + sum&0xffff
	}
	return ^uint16(sum)
}

func addrSum(a netip.Addr) uint32 {
	if a.Is4() {
		b := a.As4()
		return uint32(^checksum(b[:]))
	}
	b := a.As16()
	return uint32(^checksum(b[:]))
}

// carried are the protocols that transport mode is used for, beside those that plausible looks into.
func carried(next uint8) bool {
	switch next {
	case 2, 33, 46, 47, 58, 88, 89, 94, 97, 103, 108, 112, 115, 132, 136, 137, 50, 51, 0, 43, 44, 60:
		return true
	}
	return false
}
