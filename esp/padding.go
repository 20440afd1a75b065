package esp

import (
	"net/netip"

	"github.com/ikedecode/ikedecode/internal/ip"
)

// trimPadding takes the ESP trailer off a plaintext: padding, pad length, next header (RFC 4303, sections 2.4 to 2.6). regular
// says that the padding is 1, 2, 3, …, as the RFC has it unless the cipher expects another; some stacks pad with zeros or at random.
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

// plausible judges plaintext where no ICV verifies it; src and dst are the addresses of the packet that carried it.
func plausible(next uint8, data []byte, src, dst netip.Addr) int {
	switch next {
	case ip.ProtoIPv4, ip.ProtoIPv6:
		h, ok := ip.ParseWhole(data)
		if !ok || h.Total > len(data) || (h.Version == 6) != (next == ip.ProtoIPv6) {
			return implausible
		}
		if !h.Intact(data) {
			return implausible
		}
		return convincing
	case ip.ProtoNoNext:
		return possible
	case ip.ProtoTCP:
		return gradeTCP(data, src, dst)
	case ip.ProtoUDP:
		if u, ok := ip.ParseUDP(data); !ok || u.Length != len(data) {
			return implausible
		}
		return convincing
	case ip.ProtoAGGFRAG:
		return gradeAggfrag(data)
	case ip.ProtoICMP:
		if len(data) < ip.ICMPLen || ip.Checksum(data) != 0 {
			return implausible
		}
		return convincing
	}
	if next == ip.ProtoICMPv6 && ip.UpperChecksum(src, dst, next, data) == 0 {
		return convincing
	}
	if carried(next) && len(data) > 0 {
		return possible
	}
	return implausible
}

// gradeAggfrag looks for whole inner packets whose headers have correct checksums.
func gradeAggfrag(data []byte) int {
	p := parseAggfrag(data)
	if p.err != nil {
		return implausible
	}
	for _, b := range p.whole {
		switch h, ok := ip.ParseWhole(b); {
		case !ok || !h.Intact(b):
			return implausible
		case h.Version == 4:
			return convincing
		}
	}
	return possible
}

func gradeTCP(data []byte, src, dst netip.Addr) int {
	if h, ok := ip.ParseTCP(data); !ok || h.Reserved > 1 {
		return implausible
	}
	if ip.UpperChecksum(src, dst, ip.ProtoTCP, data) == 0 {
		return convincing
	}
	return possible // NAT outside leaves the inner checksum wrong in transport mode (RFC 3948, section 3.1.2)
}

// carried are the protocols that transport mode is used for, beside those that plausible looks into.
func carried(next uint8) bool {
	switch next {
	case ip.ProtoHopByHop, ip.ProtoIGMP, ip.ProtoDCCP, ip.ProtoRouting, ip.ProtoFragment, ip.ProtoRSVP, ip.ProtoGRE, ip.ProtoESP, ip.ProtoAH,
		ip.ProtoICMPv6, ip.ProtoDestOpts, ip.ProtoEIGRP, ip.ProtoOSPF, ip.ProtoBEET, ip.ProtoEtherIP, ip.ProtoPIM, ip.ProtoIPComp,
		ip.ProtoVRRP, ip.ProtoL2TP, ip.ProtoSCTP, ip.ProtoUDPLite, ip.ProtoMPLS:
		return true
	}
	return false
}
