package capture

import (
	"encoding/binary"
	"slices"

	"github.com/ikedecode/ikedecode/internal/ip"
)

// An Encapsulation is a way of carrying whole IP packets, or frames with them, that does not encrypt them: what mirrors, clouds and
// providers put around packets.
type Encapsulation uint8

// The encapsulations. Those without a reader here are for link headers, and for packets that are not read.
const (
	NoEncapsulation Encapsulation = iota
	IPinIP
	IPv4in6
	IPv6in4
	IPv6in6
	GRE
	NVGRE
	PPTP
	EoIP
	WCCP
	ERSPAN1
	ERSPAN2
	ERSPAN3
	VXLAN
	VXLANGPE
	GENEVE
	GTPU
	GTP0
	L2TP2
	L2TP3
	EtherIP
	EthernetInIP
	Teredo
	TZSP
	CAPWAP
	LISP
	GUE
	MPLSinIP
	MPLSinUDP
	IPinUDP
	OtherTunnel
	MinimalIP
	WESP
	PPP
	NSH
	MACsec
	encapsulations // how many there are
)

var encapsulationNames = [encapsulations]string{
	IPinIP: "IP in IP", IPv4in6: "4in6", IPv6in4: "6in4", IPv6in6: "IPv6 in IPv6", GRE: "GRE", NVGRE: "NVGRE", PPTP: "PPTP", EoIP: "EoIP",
	WCCP: "WCCP", ERSPAN1: "ERSPAN I", ERSPAN2: "ERSPAN II", ERSPAN3: "ERSPAN III", VXLAN: "VXLAN", VXLANGPE: "VXLAN-GPE", GENEVE: "GENEVE",
	GTPU: "GTP-U", GTP0: "GTP version 0", L2TP2: "L2TPv2", L2TP3: "L2TPv3", EtherIP: "EtherIP", EthernetInIP: "Ethernet in IP",
	Teredo: "Teredo", TZSP: "TZSP", CAPWAP: "CAPWAP", LISP: "LISP", GUE: "GUE", MPLSinIP: "MPLS in IP", MPLSinUDP: "MPLS in UDP",
	IPinUDP: "IP in UDP", OtherTunnel: "IP in another IP protocol", MinimalIP: "minimal encapsulation", WESP: "WESP", PPP: "PPP", NSH: "NSH",
	MACsec: "MACsec",
}

// String is its name.
func (e Encapsulation) String() string {
	if e < encapsulations {
		return encapsulationNames[e]
	}
	return "unknown encapsulation"
}

// A tunnel reads what an encapsulation puts between an IP packet and the one inside. Its header starts at off of the carrying packet b,
// which had size bytes on the wire. What is no such header, or carries no IP, is noIP.
type tunnel struct {
	in   Encapsulation
	read func(b []byte, off, size int) linkHeader
}

// byProtocol are the tunnels with a number as IP protocol. IP itself is read by its caller.
var byProtocol = [256]tunnel{
	ip.ProtoGRE:      {GRE, readGRE},
	ip.ProtoBEET:     {IPinIP, unsized(parseIntact)}, // assigned to IPIP of KA9Q
	ip.ProtoEtherIP:  {EtherIP, readEtherIP},
	ip.ProtoL2TP:     {L2TP3, readL2TP3},
	ip.ProtoMPLS:     {MPLSinIP, unsized(parseLabels)},
	ip.ProtoEthernet: {EthernetInIP, unsized(parseEthernet)},
	protoMinimal:     {MinimalIP, unsized(func([]byte, int) linkHeader { return notRead(MinimalIP) })},
	protoWESP:        {WESP, unsized(func([]byte, int) linkHeader { return notRead(WESP) })},
}

const (
	protoMinimal = 55  // RFC 2004
	protoWESP    = 141 // RFC 5840: ESP behind a header that says how to read it
)

// byPort are those with a port of UDP, which the receiver has, or for some of them either side.
var byPort = map[uint16]tunnel{
	1701:  {L2TP2, readL2TP},
	2152:  {GTPU, readGTPU},
	3386:  {GTP0, readGTP0},
	3544:  {Teredo, readTeredo},
	4341:  {LISP, unsized(after(8, parseIntact))},
	4754:  {GRE, readGRE}, // RFC 8086
	4789:  {VXLAN, readVXLAN},
	4790:  {VXLANGPE, readVXLAN},
	5247:  {CAPWAP, readCAPWAP},
	6080:  {GUE, readGUE},
	6081:  {GENEVE, readGENEVE},
	6635:  {MPLSinUDP, unsized(parseLabels)},
	8472:  {VXLAN, readVXLAN}, // Linux, unless told otherwise
	37008: {TZSP, unsized(parseTZSP)},
}

// eitherPort are the ports that a sender has, too.
var eitherPort = []uint16{1701, 3544, 5247}

// unsized is a tunnel that is read as a frame is.
func unsized(parse func(b []byte, off int) linkHeader) func(b []byte, off, size int) linkHeader {
	return func(b []byte, off, _ int) linkHeader { return parse(b, off) }
}

// mayCarry reports whether a packet is of a protocol that carries others. It is asked of every packet.
func (pk *ipPacket) mayCarry() bool {
	if pk.Fragment {
		return false
	}
	switch pk.Proto {
	case ip.ProtoESP, ip.ProtoTCP, ip.ProtoAH, ip.ProtoICMP, ip.ProtoICMPv6, ip.ProtoIPComp, ip.ProtoIGMP, ip.ProtoOSPF, ip.ProtoEIGRP,
		ip.ProtoPIM, ip.ProtoVRRP, ip.ProtoSCTP, ip.ProtoDCCP, ip.ProtoRSVP, ip.ProtoNoNext, ip.ProtoHIP, ip.ProtoMobility, ip.ProtoShim6,
		ip.ProtoUDPLite, ip.ProtoAGGFRAG:
		return false
	case ip.ProtoUDP:
		if len(pk.b) < pk.Len+ip.UDPLen {
			return false
		}
		src, dst := ip.Ports(pk.b[pk.Len:])
		return src != PortNATT && dst != PortNATT && src != PortIKE && dst != PortIKE
	}
	return true
}

// inside is where in pk the packet is that it carries.
func (pk *ipPacket) inside() linkHeader {
	switch t := byProtocol[pk.Proto]; {
	case pk.Proto == ip.ProtoIPv4 || pk.Proto == ip.ProtoIPv6:
		return pk.insideIP()
	case pk.Proto == ip.ProtoUDP:
		return pk.insideUDP()
	case t.read != nil:
		return t.open(pk.b, pk.Len, pk.Total)
	}
	return found(pk.b, seek(pk.b, pk.Len, pk.Total, maxTrailer), OtherTunnel)
}

// open reads the header and says what it is, if the reader did not.
func (t tunnel) open(b []byte, off, size int) linkHeader {
	h := t.read(b, off, size)
	if h.in == NoEncapsulation && (h.ip >= 0 || h.unread) {
		h.in = t.in
	}
	return h
}

func (pk *ipPacket) insideIP() linkHeader {
	in := [2][2]Encapsulation{{IPinIP, IPv6in4}, {IPv4in6, IPv6in6}}[pk.Version/6][min(pk.Proto/ip.ProtoIPv6, 1)]
	h := linkHeader{field: fieldIPProto, proto: pk.ProtoAt}.at(pk.b, pk.Len)
	switch {
	case h.ip >= 0:
		h.in = in
	case len(pk.b) > pk.Len:
		h = notRead(in)
	}
	return h
}

func (pk *ipPacket) insideUDP() linkHeader {
	u, _ := ip.ParseUDP(pk.b[pk.Len:])
	b, off, size := pk.b, pk.Len+ip.UDPLen, pk.Total
	if u.Length >= ip.UDPLen {
		size = min(size, pk.Len+u.Length)
		b = b[:min(len(b), size)]
	}
	for i, port := range [2]uint16{u.Dst, u.Src} {
		if t, ok := byPort[port]; ok && (i == 0 || slices.Contains(eitherPort, port)) {
			if h := t.open(b, off, size); h.ip >= 0 || h.unread {
				return h
			}
		}
	}
	return found(b, seek(b, off, size, maxTrailer), IPinUDP)
}

// found is for a packet that was found without a header that names it.
func found(b []byte, at int, in Encapsulation) linkHeader {
	if at < 0 {
		return noIP
	}
	h := linkHeader{bare: true}.at(b, at)
	h.in = in
	return h
}

// intact reports whether b starts with a packet beyond reasonable doubt, as far as there is one: of IPv4 by the header's checksum, of
// IPv6 by its length. Padding may follow.
func intact(b []byte) bool {
	return fits(b, len(b), maxTrailer) || ip.Version(b) == 4 && fits(b, 1<<16, 1<<16)
}

// maxTrailer is the most that follows an IP packet in a frame: padding, checksums. One of IPv6 is too long for padding.
const (
	maxTrailer  = 64
	maxTrailer6 = 4
)

// fits reports whether b is an IP packet that ends at most trailer bytes before size, in which b is.
func fits(b []byte, size, trailer int) bool {
	var h ip.Header
	if !h.Read(b) || h.Short || h.Open || h.Total < h.Len || h.Total > size || h.Total < size-trailer {
		return false
	}
	if h.Version == 4 {
		return h.Intact(b)
	}
	return h.Total >= size-maxTrailer6 && plausible6(&h, b)
}

// plausible6 looks at what IPv6 has instead of a checksum: addresses in use, a protocol that is common, and a hop limit.
func plausible6(h *ip.Header, b []byte) bool {
	inUse := func(first byte) bool { return first>>5 == 1 || first&0xfe == 0xfc || first == 0xfe }
	switch h.Proto {
	case ip.ProtoESP, ip.ProtoAH, ip.ProtoUDP, ip.ProtoTCP, ip.ProtoICMPv6, ip.ProtoIPComp, ip.ProtoFragment, ip.ProtoIPv4, ip.ProtoIPv6,
		ip.ProtoGRE, ip.ProtoOSPF, ip.ProtoSCTP:
		return b[7] > 0 && inUse(b[8]) && (inUse(b[24]) || b[24] == 0xff)
	}
	return false
}

// maxSeek is the most that a header without a reader has before the packet inside.
const maxSeek = 64

// seek looks for an IP packet that starts at off or some bytes behind and ends with b, whose length on the wire is size; -1 if there is none.
func seek(b []byte, off, size, trailer int) int {
	for i := off; i <= off+maxSeek && i+ip.IPv4Len <= len(b); i += 2 {
		if v := b[i] >> 4; (v == 4 || v == 6) && fits(b[i:], size-i, trailer) {
			return i
		}
	}
	return -1
}

// seekIP is seek as the reader of a frame.
func seekIP(b []byte, off int) linkHeader {
	if h := found(b, seek(b, off, len(b), maxTrailer), NoEncapsulation); h.ip >= 0 {
		return h
	}
	return notRead(NoEncapsulation)
}

// parseIntact is parseRaw where little says that IP is there.
func parseIntact(b []byte, off int) linkHeader {
	if off > len(b) || !intact(b[off:]) {
		return noIP
	}
	return parseRaw(b, off)
}

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
	const checksum, routing, key, sequence, version, acknowledged = 0x8000, 0x4000, 0x2000, 0x1000, 7, 0x80
	flags, typ := binary.BigEndian.Uint16(b[off:]), binary.BigEndian.Uint16(b[off+2:])
	n, sum := 4, 0
	for _, bit := range []uint16{checksum, key, sequence} {
		if flags&bit != 0 {
			n += 4
		}
	}
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
	case flags&version != 0 || flags&routing != 0:
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
	const control, length, sequence, offset, reserved, version = 0x8000, 0x4000, 0x0800, 0x0200, 0x34f0, 15
	flags := binary.BigEndian.Uint16(b[off:])
	switch {
	case flags&(control|reserved) != 0:
		return noIP
	case flags&version == 3:
		h := readL2TP3(b, off+4, size)
		if h.ip >= 0 {
			h.in = L2TP3
		}
		return h
	case flags&version != 2:
		return noIP
	}
	n, at := off+6, 0
	if flags&length != 0 {
		n, at = n+2, off+2
	}
	if flags&sequence != 0 {
		n += 4
	}
	if flags&offset != 0 {
		if len(b) < n+2 {
			return noIP
		}
		n += 2 + int(binary.BigEndian.Uint16(b[n:]))
	}
	h := parsePPPLink(b, n)
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
