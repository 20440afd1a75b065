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
	STT
	encapsulations // how many there are
)

var encapsulationNames = [encapsulations]string{
	IPinIP: "IP in IP", IPv4in6: "4in6", IPv6in4: "6in4", IPv6in6: "IPv6 in IPv6", GRE: "GRE", NVGRE: "NVGRE", PPTP: "PPTP", EoIP: "EoIP",
	WCCP: "WCCP", ERSPAN1: "ERSPAN I", ERSPAN2: "ERSPAN II", ERSPAN3: "ERSPAN III", VXLAN: "VXLAN", VXLANGPE: "VXLAN-GPE", GENEVE: "GENEVE",
	GTPU: "GTP-U", GTP0: "GTP version 0", L2TP2: "L2TPv2", L2TP3: "L2TPv3", EtherIP: "EtherIP", EthernetInIP: "Ethernet in IP",
	Teredo: "Teredo", TZSP: "TZSP", CAPWAP: "CAPWAP", LISP: "LISP", GUE: "GUE", MPLSinIP: "MPLS in IP", MPLSinUDP: "MPLS in UDP",
	IPinUDP: "IP in UDP", OtherTunnel: "IP in another IP protocol", MinimalIP: "minimal encapsulation", WESP: "WESP", PPP: "PPP", NSH: "NSH",
	MACsec: "MACsec", STT: "STT",
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
}

const protoMinimal = 55 // RFC 2004

const portVXLAN = 4789 // RFC 7348

// byPort are those with a port of UDP, which the receiver has, or for some of them either side.
var byPort = map[uint16]tunnel{
	1701:      {L2TP2, readL2TP},
	2152:      {GTPU, readGTPU},
	3386:      {GTP0, readGTP0},
	3544:      {Teredo, readTeredo},
	4341:      {LISP, unsized(after(8, parseIntact))},
	4754:      {GRE, readGRE}, // RFC 8086
	portVXLAN: {VXLAN, readVXLAN},
	4790:      {VXLANGPE, readVXLAN},
	5247:      {CAPWAP, readCAPWAP},
	6080:      {GUE, readGUE},
	6081:      {GENEVE, readGENEVE},
	6635:      {MPLSinUDP, unsized(parseLabels)},
	8472:      {VXLAN, readVXLAN}, // Linux, unless told otherwise
	37008:     {TZSP, unsized(parseTZSP)},
}

// ports are the tunnels of byPort, and at which place among them, from 1, that of a port is: most have none, and a packet asks twice.
var ports, atPort = func() (list []portTunnel, at [1 << 16]uint8) {
	for port, t := range byPort {
		list = append(list, portTunnel{t, slices.Contains(eitherPort, port)})
		at[port] = uint8(len(list))
	}
	return list, at
}()

type portTunnel struct {
	tunnel
	either bool
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
	case ip.ProtoTCP:
		return len(pk.b) >= pk.Len+ip.TCPLen && binary.BigEndian.Uint16(pk.b[pk.Len+2:]) == portSTT
	case ip.ProtoESP, ip.ProtoAH, ip.ProtoICMP, ip.ProtoICMPv6, ip.ProtoIPComp, ip.ProtoIGMP, ip.ProtoOSPF, ip.ProtoEIGRP,
		ip.ProtoPIM, ip.ProtoVRRP, ip.ProtoSCTP, ip.ProtoDCCP, ip.ProtoRSVP, ip.ProtoNoNext, ip.ProtoHIP, ip.ProtoMobility, ip.ProtoShim6,
		ip.ProtoUDPLite, ip.ProtoAGGFRAG, protoWESP:
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
	case pk.Proto == ip.ProtoTCP:
		return pk.insideTCP()
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
		at := atPort[port]
		if at == 0 {
			continue
		}
		if t := &ports[at-1]; i == 0 || t.either {
			if h := t.open(b, off, size); h.ip >= 0 || h.unread {
				return h
			}
		}
	}
	return found(b, seek(b, off, size, maxTrailer), IPinUDP)
}

// portSTT is the port of the stateless transport tunnel (draft-davie-stt), which only looks like TCP: its sequence number has the length of
// the frame inside, with the header of the tunnel, and where in it the segment starts.
const portSTT = 7471

// insideTCP knows a frame in STT, which is not read, by its first segment.
func (pk *ipPacket) insideTCP() linkHeader {
	const header, version = 18, 0
	h, ok := ip.ParseTCP(pk.b[pk.Len:])
	at := pk.Len + h.Len
	if !ok || len(pk.b) < at+header || pk.b[at] != version || h.Seq&0xffff != 0 || int(h.Seq>>16) < pk.Total-at ||
		parseEthernet(pk.b, at+header).ip < 0 {
		return noIP
	}
	return notRead(STT)
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
