package capture

import (
	"encoding/binary"

	"github.com/ikedecode/ikedecode/internal/ip"
)

// A protoField is a way that a link header names IP's version.
type protoField uint8

const (
	fieldNone     protoField = iota // not at all: the packet tells
	fieldEther                      // EtherType
	fieldPPP                        // PPP protocol, two bytes
	fieldPPPShort                   // PPP protocol, compressed to one byte (RFC 1661, 6.5)
	fieldFamilyLE                   // address family, four bytes
	fieldFamilyBE
	fieldFamily8 // address family, one byte
	fieldIPProto // IP protocol, one byte
	fieldNext    // next protocol of VXLAN-GPE and NSH, one byte
	fieldNLPID   // network layer protocol identifier, one byte (RFC 2427)
)

// A linkHeader is where in a frame, or in an IP packet that carries another one, the IP packet inside and the fields that depend on it
// are. Offsets count from the first byte of the frame or carrying packet.
type linkHeader struct {
	ip     int // the IP packet; -1 if there is none
	field  protoField
	proto  int // of the field
	labels int // MPLS labels start here and end at ip; 0: none
	pppoe  int // PPPoE's length field; 0: none
	tlv    int // an NFLOG attribute header that spans the IP packet; 0: none
	length int // a tunnel's length field, two bytes; 0: none
	counts int // where what it counts starts
	sum    int // GRE's checksum; 0: none
	gre    int // where what it covers starts

	in       Encapsulation // what carries the IP packet, or what is not read
	bare     bool          // what is before the IP packet is not written again: its place is a bare one
	swapped  bool          // the attribute header is in network order
	unread   bool          // there is no IP packet because the frame carries what is not read
	panicked bool          // its decoder did
}

var noIP = linkHeader{ip: -1}

// plainEthernet reports whether a frame is Ethernet with IPv4 and nothing between: so are most.
func plainEthernet(link LinkType, b []byte) bool {
	return link == LinkEthernet && len(b) > etherHeaderLen && b[12] == etherIPv4>>8 && b[13] == etherIPv4&0xff && b[14]>>4 == 4
}

// ipVersionAt is the version of the IP packet at b[off:]; 0 if none can be there.
func ipVersionAt(b []byte, off int) int {
	if off < 0 || off >= len(b) {
		return 0
	}
	return ip.Version(b[off:])
}

// at is h with the IP packet at b[ip:], if one can be there.
func (h linkHeader) at(b []byte, ip int) linkHeader {
	if h.ip < 0 || ipVersionAt(b, ip) == 0 {
		return noIP
	}
	h.ip = ip
	return h
}

// notRead is for what may hold an IP packet and is not looked into.
func notRead(in Encapsulation) linkHeader { return linkHeader{ip: -1, in: in, unread: true} }

func parseRaw(b []byte, off int) linkHeader { return linkHeader{}.at(b, off) }

// EtherTypes that are looked into.
const (
	etherIPv4       = 0x0800
	etherIPv6       = 0x86dd
	etherVLAN       = 0x8100
	etherQinQ       = 0x88a8
	etherQinQ91     = 0x9100
	etherQinQ92     = 0x9200
	etherMPLS       = 0x8847
	etherMPLSMc     = 0x8848
	etherPPPoE      = 0x8864 // session stage
	etherBridge     = 0x6558 // a whole frame
	etherTRILL      = 0x22f3
	etherMACsec     = 0x88e5
	etherPBB        = 0x88e7
	etherFabricPath = 0x8903
	etherCiscoMeta  = 0x8909
	etherVNTag      = 0x8926
	etherHSR        = 0x892f
	etherNSH        = 0x894f
)

const (
	etherHeaderLen = 14
	addressesLen   = 12    // of a frame
	minEtherType   = 0x600 // below it is a length
)

func parseEthernet(b []byte, off int) linkHeader {
	if off > maxHeaders || len(b) < off+etherHeaderLen {
		return noIP
	}
	switch typ := binary.BigEndian.Uint16(b[off+addressesLen:]); {
	case typ == etherIPv4: // most are
		return linkHeader{field: fieldEther, proto: off + addressesLen}.at(b, off+etherHeaderLen)
	case typ < minEtherType:
		return parseLLC(b, off+etherHeaderLen)
	}
	return parseEtherType(b, off+addressesLen)
}

// parseLLC looks for SNAP at off (RFC 1042).
func parseLLC(b []byte, off int) linkHeader {
	if len(b) < off+8 || b[off] != 0xaa || b[off+1] != 0xaa || b[off+2] != 3 {
		return noIP
	}
	return parseSNAP(b, off+3, 2)
}

// parseSNAP reads what names the protocol: an EtherType, or a whole frame with a checksum at its end or without one, behind some padding (RFC
// 2684, section 5.2; RFC 2427, section 4.2).
func parseSNAP(b []byte, off, padding int) linkHeader {
	const ethernet, bridged = 0, 0x0080c2
	if len(b) < off+5 {
		return noIP
	}
	switch id := binary.BigEndian.Uint16(b[off+3:]); binary.BigEndian.Uint32(b[off:]) >> 8 {
	case ethernet:
		return parseEtherType(b, off+3)
	case bridged:
		if id == 1 || id == 7 {
			return parseEthernet(b, off+5+padding)
		}
	}
	return noIP
}

// maxTags bounds the VLAN tags, MPLS labels and headers of switches that are followed, maxHeaders where the last frame inside a frame may
// start.
const (
	maxTags    = 16
	maxHeaders = 512
)

// parseEtherType follows the EtherType at b[off:] through tags and through the headers that switches put before frames.
func parseEtherType(b []byte, off int) linkHeader {
	bare := false
	for range maxTags {
		if len(b) < off+2 {
			return noIP
		}
		typ := binary.BigEndian.Uint16(b[off:])
		n, ok := tagLen(typ, b[off+2:])
		switch {
		case typ == etherMACsec && n == 0:
			return notRead(MACsec)
		case typ == etherMACsec:
			bare = true // a checksum of frame and tag follows
		case !ok:
			h := parseTyped(b, off, off+2)
			h.bare = h.bare || bare
			return h
		}
		off += n
	}
	return noIP
}

// tagLen is how many bytes are from an EtherType to the next one, for those whose header is followed by one: of the same frame, or of a
// frame inside. after is what stands behind the EtherType; what is beyond its end is met by who looks there. A MACsec header before
// encrypted data has 0.
func tagLen(typ uint16, after []byte) (n int, ok bool) {
	at := func(i int) int {
		if i < len(after) {
			return int(after[i])
		}
		return 0
	}
	switch typ {
	case etherVLAN, etherQinQ, etherQinQ91, etherQinQ92:
		return 4, true
	case etherVNTag, etherHSR:
		return 6, true
	case etherCiscoMeta: // version, length in words, options
		return 4 + 4*at(1), true
	case etherPBB: // IEEE 802.1Q, 9.7: the service's identifier, and a frame
		return 2 + 4 + addressesLen, true
	case etherFabricPath:
		return 4 + addressesLen, true
	case etherTRILL: // RFC 6325, section 3; the length of its options is in words
		return 2 + 6 + 4*((at(0)&7)<<2|at(1)>>6) + addressesLen, true
	case etherMACsec: // IEEE 802.1AE, 9.3
		n = 8
		if at(0)&0x20 != 0 {
			n += 8
		}
		if at(0)&0x0c != 0 {
			n = 0
		}
		return n, true
	}
	return 0, false
}

// parseTyped reads what is at off, of the EtherType at proto. Where that is not known an IP packet that is found all the same shows what it
// carries.
func parseTyped(b []byte, proto, off int) linkHeader {
	h := linkHeader{field: fieldEther, proto: proto}
	switch binary.BigEndian.Uint16(b[proto:]) {
	case etherIPv4, etherIPv6:
		return h.at(b, off)
	case etherVLAN, etherQinQ, etherQinQ91, etherQinQ92: // the tag is here, the EtherType behind it
		return parseEtherType(b, off+2)
	case etherMPLS, etherMPLSMc:
		return parseMPLS(b, off, h)
	case etherPPPoE:
		return parsePPPoE(b, off)
	case etherBridge:
		return parseEthernet(b, off)
	case etherNSH:
		return parseNSH(b, off)
	}
	return found(b, seek(b, off, len(b), maxTrailer), NoEncapsulation)
}

// parseMPLS skips a label stack (RFC 3032). Nothing says what is below it: IP, or a frame with or without a control word before it
// (RFC 4448).
func parseMPLS(b []byte, off int, h linkHeader) linkHeader {
	h.labels = off
	for range maxTags {
		if len(b) < off+4 {
			return noIP
		}
		bottom := b[off+2]&1 != 0
		off += 4
		if !bottom {
			continue
		}
		if len(b) > off && b[off]>>4 == 0 {
			return parseEthernet(b, off+4)
		}
		if frame := parseEthernet(b, off); frame.ip >= 0 && intact(b[frame.ip:]) && !intact(b[off:]) {
			return frame
		}
		return h.at(b, off)
	}
	return noIP
}

// Next protocols of NSH (RFC 8300, section 2.2) and VXLAN-GPE.
const (
	nextIPv4     = 1
	nextIPv6     = 2
	nextEthernet = 3
	nextNSH      = 4
	nextMPLS     = 5
)

// parseNSH reads a network service header.
func parseNSH(b []byte, off int) linkHeader {
	if len(b) < off+4 {
		return noIP
	}
	return parseNext(b, off+3, off+4*int(b[off+1]&0x3f))
}

// parseNext reads what is at off, of the next protocol at proto. A second service header is not read.
func parseNext(b []byte, proto, off int) linkHeader {
	h := linkHeader{field: fieldNext, proto: proto}
	switch b[proto] {
	case nextIPv4, nextIPv6:
		return h.at(b, off)
	case nextEthernet:
		return parseEthernet(b, off)
	case nextMPLS:
		return parseMPLS(b, off, h)
	}
	return notRead(NSH)
}

// parseNull reads the address family of NULL and LOOP.
func parseNull(b []byte, off int) linkHeader {
	return family(b, off).at(b, off+4)
}

// parseRawBSD tells the two meanings of 12 apart: no IP packet starts with the zero byte of a family in network order.
func parseRawBSD(b []byte, off int) linkHeader {
	if ipVersionAt(b, off) != 0 {
		return parseRaw(b, off)
	}
	return parseNull(b, off)
}

// parseEnc reads the header of OpenBSD's enc(4): family in host order, SPI, flags.
func parseEnc(b []byte, off int) linkHeader {
	return family(b, off).at(b, off+12)
}

// family reads the IP address family at off. Its byte order is that of the machine that captured; the value, small in either, tells.
func family(b []byte, off int) linkHeader {
	switch {
	case len(b) < off+4:
		return noIP
	case isIPFamily(binary.LittleEndian.Uint32(b[off:])):
		return linkHeader{field: fieldFamilyLE, proto: off}
	case isIPFamily(binary.BigEndian.Uint32(b[off:])):
		return linkHeader{field: fieldFamilyBE, proto: off}
	}
	return noIP
}

// Address families: IPv4 everywhere, IPv6 on NetBSD and OpenBSD, FreeBSD, Darwin, Linux, Solaris.
const (
	familyIPv4        = 2
	familyIPv6BSD     = 24
	familyIPv6Free    = 28
	familyIPv6Darwin  = 30
	familyIPv6Linux   = 10
	familyIPv6Solaris = 26
)

func isIPFamily(f uint32) bool {
	switch f {
	case familyIPv4, familyIPv6BSD, familyIPv6Free, familyIPv6Darwin, familyIPv6Linux:
		return true
	}
	return false
}

func parseSLL2(b []byte, off int) linkHeader {
	if len(b) < off+20 {
		return noIP
	}
	return parseTyped(b, off, off+20)
}

// nflogPayload is the attribute that holds the packet.
const nflogPayload = 9

// parseNFLOG walks the attributes of a netfilter log packet for its payload. Their numbers are in the byte order of the machine that
// captured: the length of the first one, of 8 bytes as a rule, tells.
func parseNFLOG(b []byte, off int) linkHeader {
	start := off
	if off += 4; len(b) < off+4 || b[start+1] != 0 {
		return noIP
	}
	h, order := linkHeader{field: fieldFamily8, proto: start}, binary.ByteOrder(binary.LittleEndian)
	if h.swapped = b[off] == 0; h.swapped {
		order = binary.BigEndian
	}
	for off+4 <= len(b) {
		size, typ := int(order.Uint16(b[off:])), order.Uint16(b[off+2:])
		if size < 4 {
			return noIP
		}
		if typ&0x7fff == nflogPayload {
			h.tlv = off
			return h.at(b, off+4)
		}
		off += (size + 3) &^ 3
	}
	return noIP
}
