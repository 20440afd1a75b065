package capture

import (
	"encoding/binary"
	"slices"

	"github.com/ikedecode/ikedecode/internal/ip"
)

// Readers of the headers of encapsulations, one for each row of byProtocol and byPort.

// parseLabels reads MPLS labels that nothing before them names.
func parseLabels(b []byte, off int) linkHeader {
	h := parseMPLS(b, off, linkHeader{})
	h.labels = 0 // they stay
	return h
}

// Protocol types of GRE that are no EtherType, or have a header of their own.
const (
	grePPP     = 0x880b
	greEoIP    = 0x6400
	greWCCP    = 0x883e
	greERSPAN  = 0x88be
	greERSPAN3 = 0x22eb
)

// readGRE reads a GRE header (RFC 2784, RFC 2890), and those of version 1 (RFC 2637; EoIP).
func readGRE(b []byte, off, _ int) linkHeader {
	if len(b) < off+8 {
		return noIP
	}
	const checksum, key, sequence, version, acknowledged = ip.GREChecksum, ip.GREKey, ip.GRESequence, 7, 0x80
	g, known := ip.ParseGRE(b[off:])
	flags, typ, n, sum := g.Flags, g.Protocol, g.Len, 0
	switch {
	case flags&version == 1 && typ == grePPP:
		if flags&acknowledged != 0 {
			n += 4
		}
		if flags&sequence == 0 {
			return noIP // an acknowledgement alone
		}
		h := parsePPPLink(b, off+n)
		h.in, h.length, h.counts = PPTP, off+4, off+n
		return h
	case flags&version == 1 && typ == greEoIP:
		h := parseEthernet(b, off+8)
		h.in, h.length, h.counts = EoIP, off+4, off+8
		return h
	case !known || flags&ip.GRERouting != 0:
		return notRead(GRE)
	case flags&checksum != 0:
		sum = off + 4
	}
	h := greContent(b, off, n, typ, flags&(checksum|key|sequence) == key, flags&sequence != 0)
	h.sum, h.gre = sum, off
	return h
}

// greContent reads what is n bytes behind a GRE header.
func greContent(b []byte, off, n int, typ uint16, keyed, numbered bool) linkHeader {
	at := off + n
	switch typ {
	case etherBridge:
		h := parseEthernet(b, at)
		if h.in = GRE; keyed {
			h.in = NVGRE // RFC 7637, section 3.2
		}
		return h
	case greERSPAN, greERSPAN3:
		return parseERSPAN(b, at, numbered)
	case grePPP:
		return parsePPPLink(b, at)
	case greWCCP:
		if ipVersionAt(b, at) == 0 {
			at += 4
		}
		h := linkHeader{}.at(b, at)
		h.in = WCCP
		return h
	}
	h := parseTyped(b, off+2, at)
	if h.ip < 0 && !h.unread && !carriesNoIP(typ) {
		return notRead(GRE)
	}
	return h
}

// carriesNoIP knows the protocol types that networks use beside IP: keepalives, ISO, CDP, NHRP, ARP, LLDP, and frames without IP.
func carriesNoIP(typ uint16) bool {
	switch typ {
	case 0, 0x00fe, 0x2000, 0x2001, 0x0806, 0x8035, 0x88cc, 0x9000:
		return true
	case etherVLAN, etherQinQ, etherMPLS, etherMPLSMc, etherPPPoE, etherBridge:
		return true
	}
	return false
}

// parseERSPAN reads the header of a mirrored frame: none without a sequence number (type I), 8 bytes (type II), or 12 and perhaps 8 more
// (type III, draft-foschiano-erspan).
func parseERSPAN(b []byte, off int, numbered bool) linkHeader {
	h, in := noIP, ERSPAN1
	switch {
	case len(b) < off+12:
	case !numbered && b[off]>>4 != 2:
		h = parseEthernet(b, off)
	case b[off]>>4 == 1:
		h, in = parseEthernet(b, off+8), ERSPAN2
	case b[off]>>4 == 2:
		const more, frameType, bareIP = 1, 0x7c, 2
		n := 12
		if b[off+11]&more != 0 {
			n += 8
		}
		if in = ERSPAN3; b[off+10]&frameType>>2 == bareIP {
			h = linkHeader{}.at(b, off+n)
		} else {
			h = parseEthernet(b, off+n)
		}
	default:
		h = notRead(ERSPAN2)
	}
	if h.in == NoEncapsulation {
		h.in = in
	}
	return h
}

// readEtherIP reads RFC 3378, whose version some systems write in the other half of the byte.
func readEtherIP(b []byte, off, _ int) linkHeader {
	if len(b) < off+2 || b[off]>>4 != 3 && b[off]&15 != 3 {
		return noIP
	}
	return parseEthernet(b, off+2)
}

// readL2TP reads version 2 (RFC 2661, section 3.1), which carries PPP, and version 3 over UDP (RFC 3931, section 4.1.2.1).
func readL2TP(b []byte, off, size int) linkHeader {
	if len(b) < off+8 {
		return noIP
	}
	const control, reserved, version = 0x8000, 0x34f0, 15
	if flags := binary.BigEndian.Uint16(b[off:]); flags&version == 3 && flags&(control|reserved) == 0 {
		h := readL2TP3(b, off+4, size)
		if h.ip >= 0 {
			h.in = L2TP3
		}
		return h
	}
	m, ok := ip.ParseL2TP(b[off:])
	if !ok || m.Control {
		return noIP
	}
	at := 0
	if m.HasLength {
		at = off + 2
	}
	h := parsePPPLink(b, off+m.Len)
	h.in, h.length, h.counts = L2TP2, at, off
	return h
}

// readL2TP3 reads a session's packet (RFC 3931, section 4.1.1): nothing in it says how long its cookie is, whether a sublayer follows, and
// what it carries. Session 0 is for control messages.
func readL2TP3(b []byte, off, size int) linkHeader {
	if len(b) < off+4 || binary.BigEndian.Uint32(b[off:]) == 0 {
		return noIP
	}
	off += 4
	other := false
	for at := off; at <= off+12; at += 4 { // cookie of 0, 4 or 8 bytes, sublayer of 4
		if h := parseEthernet(b, at); h.ip >= 0 && intact(b[h.ip:]) {
			return h
		}
		other = other || len(b) >= at+etherHeaderLen && isOtherFrame(b[at:])
	}
	switch h := found(b, seek(b, off, size, maxTrailer), L2TP3); {
	case h.ip >= 0:
		return h
	case other:
		return noIP
	}
	return notRead(L2TP3)
}

// isOtherFrame knows the frames without IP that every network has: ARP, LLDP, and what bridges say to each other.
func isOtherFrame(b []byte) bool {
	typ := binary.BigEndian.Uint16(b[addressesLen:])
	return typ == 0x0806 || typ == 0x88cc || b[0] == 1 && b[1] == 0x80 && b[2] == 0xc2
}

// readVXLAN reads RFC 7348, and the generic one (draft-ietf-nvo3-vxlan-gpe), which names what it carries.
func readVXLAN(b []byte, off, _ int) linkHeader {
	const hasID, hasNext, version = 0x08, 0x04, 0x30
	if len(b) < off+8 || b[off]&hasID == 0 || b[off]&version != 0 || b[off+7] != 0 {
		return noIP
	}
	if b[off]&hasNext == 0 {
		return parseEthernet(b, off+8)
	}
	h := parseNext(b, off+3, off+8)
	if b[off+3] == nextNSH {
		h = parseNSH(b, off+8)
	}
	h.in = VXLANGPE
	return h
}

// readGENEVE reads RFC 8926, section 3.4.
func readGENEVE(b []byte, off, _ int) linkHeader {
	const version, words, critical = 0xc0, 0x3f, 0x40 // what controls, or is reserved, is not set
	if len(b) < off+8 || b[off]&version != 0 || b[off+1]&^critical != 0 || b[off+7] != 0 {
		return noIP
	}
	h := parseTyped(b, off+2, off+8+4*int(b[off]&words))
	if h.ip < 0 && !carriesNoIP(binary.BigEndian.Uint16(b[off+2:])) {
		return notRead(GENEVE)
	}
	return h
}

// readGTPU reads the user plane of mobile networks (3GPP TS 29.281, section 5): what is no user's packet is signalling.
func readGTPU(b []byte, off, size int) linkHeader {
	const version, user, more, extended = 0x30, 255, 0x07, 0x04
	if len(b) < off+8 || b[off]&^more != version || b[off+1] != user || int(binary.BigEndian.Uint16(b[off+2:])) > size-off-8 {
		return noIP
	}
	at := off + 8
	if b[off]&more != 0 {
		at += 4
	}
	for next := off + 11; b[off]&extended != 0; {
		if len(b) <= at || b[next] == 0 {
			break
		}
		n := 4 * int(b[at])
		if n == 0 {
			return notRead(GTPU)
		}
		at += n
		next = at - 1
		if len(b) <= next {
			return notRead(GTPU)
		}
	}
	return gtpContent(b, at, GTPU, off+2, off+8)
}

// readGTP0 reads version 0 (3GPP TS 29.060 of release 98).
func readGTP0(b []byte, off, size int) linkHeader {
	const header, user = 20, 255
	if len(b) < off+header || b[off]&0xee != 0x0e || b[off+1] != user || int(binary.BigEndian.Uint16(b[off+2:])) > size-off-header {
		return noIP
	}
	return gtpContent(b, off+header, GTP0, off+2, off+header)
}

// gtpContent reads a user's packet: IP, or a frame.
func gtpContent(b []byte, at int, in Encapsulation, length, counts int) linkHeader {
	h := linkHeader{}.at(b, at)
	if frame := parseEthernet(b, at); h.ip < 0 || frame.ip >= 0 && intact(b[frame.ip:]) && !intact(b[at:]) {
		h = frame
	}
	if h.ip < 0 {
		return notRead(in)
	}
	h.in, h.length, h.counts = in, length, counts
	return h
}

// readTeredo reads RFC 4380, section 5.1.1: an authentication and an origin may be before the packet.
func readTeredo(b []byte, off, size int) linkHeader {
	const origin, authentication = 0, 1
	for range 2 {
		if len(b) < off+4 || b[off] != 0 {
			break
		}
		switch b[off+1] {
		case origin:
			off += 8
		case authentication:
			off += 13 + int(b[off+2]) + int(b[off+3])
		}
	}
	if len(b) < off || !fits(b[off:], size-off, 0) || ip.Version(b[off:]) != 6 {
		return noIP
	}
	return linkHeader{ip: off}
}

// readCAPWAP reads the data of a wireless controller (RFC 5415, section 4.3): encrypted, a fragment, a frame of Ethernet or one of 802.11.
func readCAPWAP(b []byte, off, _ int) linkHeader {
	const encrypted, native, fragment, keepalive = 1 << 24, 0x01, 0x80, 0x08
	switch {
	case len(b) < off+8:
		return noIP
	case binary.BigEndian.Uint32(b[off:]) == encrypted:
		return notRead(CAPWAP)
	case b[off] != 0 || b[off+3]&keepalive != 0:
		return noIP
	case b[off+3]&fragment != 0:
		return notRead(CAPWAP)
	}
	at := off + 4*int(b[off+1]>>3)
	if b[off+2]&native == 0 {
		return parseEthernet(b, at)
	}
	h := parseInner(LinkIEEE80211, b, at)
	if h.ip < 0 && len(b) > at+1 { // some controllers swap the bytes of the frame control field
		front := slices.Clone(b[at:min(len(b), at+wirelessFront)])
		front[0], front[1] = front[1], front[0]
		if again := parseInner(LinkIEEE80211, front, 0); again.ip >= 0 {
			return found(b, at+again.ip, CAPWAP)
		}
	}
	return h
}

// readGUE reads generic UDP encapsulation (draft-ietf-intarea-gue): of version 1, bare IP.
func readGUE(b []byte, off, size int) linkHeader {
	const control, words = 0x20, 0x1f
	if len(b) < off+4 {
		return noIP
	}
	if b[off]>>6 == 1 {
		return linkHeader{}.at(b, off)
	}
	at := off + 4 + 4*int(b[off]&words)
	switch proto := b[off+1]; {
	case b[off]>>6 != 0 || b[off]&control != 0:
		return noIP
	case proto == ip.ProtoIPv4 || proto == ip.ProtoIPv6:
		return linkHeader{field: fieldIPProto, proto: off + 1}.at(b, at)
	case proto == ip.ProtoESP || proto == ip.ProtoAH:
		return notRead(GUE)
	case byProtocol[proto].read != nil:
		return byProtocol[proto].open(b, at, size)
	}
	return noIP
}
