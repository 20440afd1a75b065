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
)

// A linkHeader is where in a frame the IP packet and the fields that depend on it are. Offsets count from the frame's
// first byte.
type linkHeader struct {
	ip     int // the IP packet; -1 if there is none
	field  protoField
	proto  int // of the field
	labels int // MPLS labels start here and end at ip; 0: none
	pppoe  int // PPPoE's length field; 0: none
	tlv    int // an NFLOG attribute header that spans the IP packet; 0: none

	bare     bool // what is before the IP packet is not written again: its place is a bare one
	unread   bool // there is no IP packet because the frame carries what is not read
	panicked bool // its decoder did
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

func parseRaw(b []byte) linkHeader { return linkHeader{}.at(b, 0) }

// EtherTypes that are looked into.
const (
	etherIPv4   = 0x0800
	etherIPv6   = 0x86dd
	etherVLAN   = 0x8100
	etherQinQ   = 0x88a8
	etherQinQ91 = 0x9100
	etherQinQ92 = 0x9200
	etherMPLS   = 0x8847
	etherMPLSMc = 0x8848
	etherPPPoE  = 0x8864 // session stage
)

const etherHeaderLen = 14

func parseEthernet(b []byte) linkHeader {
	if len(b) < etherHeaderLen {
		return noIP
	}
	if binary.BigEndian.Uint16(b[12:]) < 0x600 {
		return parseLLC(b, etherHeaderLen)
	}
	return parseEtherType(b, 12)
}

// parseLLC looks for SNAP with an EtherType at off (RFC 1042).
func parseLLC(b []byte, off int) linkHeader {
	if len(b) < off+8 || b[off] != 0xaa || b[off+1] != 0xaa || b[off+2] != 3 || b[off+3]|b[off+4]|b[off+5] != 0 {
		return noIP
	}
	return parseEtherType(b, off+6)
}

// maxTags bounds the VLAN tags and MPLS labels that are followed.
const maxTags = 16

// parseEtherType follows the EtherType at b[off:] through VLAN tags.
func parseEtherType(b []byte, off int) linkHeader {
	for range maxTags {
		if len(b) < off+2 {
			return noIP
		}
		switch binary.BigEndian.Uint16(b[off:]) {
		case etherIPv4, etherIPv6:
			return linkHeader{field: fieldEther, proto: off}.at(b, off+2)
		case etherVLAN, etherQinQ, etherQinQ91, etherQinQ92:
			off += 4
		case etherMPLS, etherMPLSMc:
			return parseMPLS(b, off+2, linkHeader{field: fieldEther, proto: off})
		case etherPPPoE:
			return parsePPPoE(b, off+2)
		default:
			return noIP
		}
	}
	return noIP
}

// parseMPLS skips a label stack (RFC 3032). Nothing says what is below it; here it is IP or not looked at.
func parseMPLS(b []byte, off int, h linkHeader) linkHeader {
	h.labels = off
	for range maxTags {
		if len(b) < off+4 {
			return noIP
		}
		bottom := b[off+2]&1 != 0
		off += 4
		if bottom {
			return h.at(b, off)
		}
	}
	return noIP
}

// parsePPPoE reads a PPPoE session header (RFC 2516) at off.
func parsePPPoE(b []byte, off int) linkHeader {
	if len(b) < off+8 || b[off] != 0x11 || b[off+1] != 0 {
		return noIP
	}
	h := parsePPP(b, off+6)
	h.pppoe = off + 4
	return h
}

// PPP protocol numbers.
const (
	pppIPv4 = 0x0021
	pppIPv6 = 0x0057
	pppMPLS = 0x0281
)

// parsePPPLink reads PPP with or without address and control field, or Cisco HDLC, which LINKTYPE_PPP_HDLC allows too.
func parsePPPLink(b []byte) linkHeader {
	switch {
	case len(b) < 2:
		return noIP
	case b[0] == 0xff && b[1] == 3:
		return parsePPP(b, 2)
	case (b[0] == 0x0f || b[0] == 0x8f) && b[1] == 0:
		return parseEtherType(b, 2)
	}
	return parsePPP(b, 0)
}

// parsePPP reads the protocol field at off.
func parsePPP(b []byte, off int) linkHeader {
	if len(b) < off+2 {
		return noIP
	}
	h := linkHeader{field: fieldPPP, proto: off}
	proto, size := binary.BigEndian.Uint16(b[off:]), 2
	if b[off]&1 != 0 { // an odd first byte is the last one
		h.field, proto, size = fieldPPPShort, uint16(b[off]), 1
	}
	switch proto {
	case pppIPv4, pppIPv6:
		return h.at(b, off+size)
	case pppMPLS:
		return parseMPLS(b, off+size, h)
	}
	return noIP
}

// parseNull reads the address family of NULL and LOOP.
func parseNull(b []byte) linkHeader {
	return family(b).at(b, 4)
}

// parseRawBSD tells the two meanings of 12 apart: no IP packet starts with the zero byte of a family in network order.
func parseRawBSD(b []byte) linkHeader {
	if ip.Version(b) != 0 {
		return parseRaw(b)
	}
	return parseNull(b)
}

// parseEnc reads the header of OpenBSD's enc(4): family in host order, SPI, flags.
func parseEnc(b []byte) linkHeader {
	return family(b).at(b, 12)
}

// family reads the IP address family that b starts with. Its byte order is that of the machine that captured; the value,
// small in either, tells.
func family(b []byte) linkHeader {
	switch {
	case len(b) < 4:
		return noIP
	case isIPFamily(binary.LittleEndian.Uint32(b)):
		return linkHeader{field: fieldFamilyLE}
	case isIPFamily(binary.BigEndian.Uint32(b)):
		return linkHeader{field: fieldFamilyBE}
	}
	return noIP
}

// Address families: IPv4 everywhere, IPv6 on NetBSD and OpenBSD, FreeBSD, Darwin, Linux.
const (
	familyIPv4       = 2
	familyIPv6BSD    = 24
	familyIPv6Free   = 28
	familyIPv6Darwin = 30
	familyIPv6Linux  = 10
)

func isIPFamily(f uint32) bool {
	switch f {
	case familyIPv4, familyIPv6BSD, familyIPv6Free, familyIPv6Darwin, familyIPv6Linux:
		return true
	}
	return false
}

func parseSLL2(b []byte) linkHeader {
	if len(b) < 20 {
		return noIP
	}
	switch binary.BigEndian.Uint16(b) {
	case etherIPv4, etherIPv6:
		return linkHeader{field: fieldEther, proto: 0}.at(b, 20)
	case etherVLAN, etherQinQ, etherQinQ91, etherQinQ92: // the tag follows the header
		return parseEtherType(b, 22)
	case etherMPLS, etherMPLSMc:
		return parseMPLS(b, 20, linkHeader{field: fieldEther, proto: 0})
	case etherPPPoE:
		return parsePPPoE(b, 20)
	}
	return noIP
}

// nflogPayload is the attribute that holds the packet.
const nflogPayload = 9

// parseNFLOG walks the attributes of a netfilter log packet for its payload. Their numbers are in the byte order of the
// machine that captured; little-endian is the only one met today, big-endian is told by a length that cannot be.
func parseNFLOG(b []byte) linkHeader {
	if len(b) < 8 || b[1] != 0 {
		return noIP
	}
	for off := 4; off+4 <= len(b); {
		size, typ := int(binary.LittleEndian.Uint16(b[off:])), binary.LittleEndian.Uint16(b[off+2:])
		if size < 4 {
			return noIP
		}
		if typ&0x7fff == nflogPayload {
			return linkHeader{field: fieldFamily8, proto: 0, tlv: off}.at(b, off+4)
		}
		off += (size + 3) &^ 3
	}
	return noIP
}
