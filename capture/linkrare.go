package capture

import (
	"encoding/binary"
)

// Link types that are seldom met, each with a header of a few bytes before one that is read elsewhere.

// Network layer protocol identifiers (RFC 2427, section 3).
const (
	nlpidSNAP  = 0x80
	nlpidIPv6  = 0x8e
	nlpidIPv4  = 0xcc
	nlpidPPP   = 0xcf // RFC 1973
	unnumbered = 3    // control field of what has no number
)

// parseFrameRelay reads an address of two to four bytes and, as RFC 2427 has it, control field, padding and protocol identifier; or as
// Cisco does, an EtherType.
func parseFrameRelay(b []byte, off int) linkHeader {
	end := off
	for end < len(b) && b[end]&1 == 0 && end < off+4 { // the last byte has the bit set
		end++
	}
	end++
	if end < off+2 || len(b) < end+2 {
		return noIP
	}
	if b[end] != unnumbered {
		return parseEtherType(b, end)
	}
	if end++; b[end] == 0 {
		end++
	}
	if len(b) < end+1 {
		return noIP
	}
	switch b[end] {
	case nlpidIPv4, nlpidIPv6:
		return linkHeader{field: fieldNLPID, proto: end}.at(b, end+1)
	case nlpidSNAP:
		return parseSNAP(b, end+1, 0)
	case nlpidPPP:
		return parsePPP(b, end+1)
	}
	return noIP
}

// parsePPPD reads PPP of Linux's pppd, whose address byte is the direction.
func parsePPPD(b []byte, off int) linkHeader {
	if len(b) >= off+2 && b[off+1] == unnumbered {
		return parsePPP(b, off+2)
	}
	return parsePPPLink(b, off+1)
}

// parseIPoIB reads IP over InfiniBand: a global route header of 40 bytes, then EtherType and two reserved bytes (RFC 4391, section 6).
func parseIPoIB(b []byte, off int) linkHeader {
	const route, header = 40, 4
	if len(b) < off+route+header {
		return noIP
	}
	return parseTyped(b, off+route, off+route+header)
}

// parseCLIP reads classical IP over ATM of Linux: with LLC, or bare.
func parseCLIP(b []byte, off int) linkHeader {
	if ipVersionAt(b, off) != 0 {
		return parseRaw(b, off)
	}
	return parseLLC(b, off)
}

// parseSymantec reads the header of Symantec's firewall.
func parseSymantec(b []byte, off int) linkHeader {
	if len(b) < off+44 {
		return noIP
	}
	return parseTyped(b, off+6, off+44)
}

// parsePFLog reads the header of OpenBSD's packet filter log: length, which goes up to a multiple of four, and address family.
func parsePFLog(b []byte, off int) linkHeader {
	if len(b) < off+4 || !isIPFamily(uint32(b[off+1])) {
		return noIP
	}
	return linkHeader{field: fieldFamily8, proto: off + 1}.at(b, off+(int(b[off])+3)&^3)
}

// parseIPNET reads the header of Solaris's ipnet, which has the length of the packet.
func parseIPNET(b []byte, off int) linkHeader {
	if len(b) < off+24 || b[off+1] != familyIPv4 && b[off+1] != familyIPv6Solaris {
		return noIP
	}
	return linkHeader{bare: true}.at(b, off+24)
}

// parsePKTAP reads Apple's header, in the byte order of its machines: its length, whether a packet follows, and the link type of that.
func parsePKTAP(b []byte, off int) linkHeader {
	const fixed, aPacket = 108, 1
	if len(b) < off+fixed {
		return notRead(NoEncapsulation)
	}
	size, link := binary.LittleEndian.Uint32(b[off:]), binary.LittleEndian.Uint32(b[off+8:])
	if size < fixed || size > maxHeaders || binary.LittleEndian.Uint32(b[off+4:]) != aPacket || link > 0xffff {
		return notRead(NoEncapsulation)
	}
	return parseInner(LinkType(link), b, off+int(size))
}

// parsePPI reads the per-packet information header of CACE: its length and the link type of what follows.
func parsePPI(b []byte, off int) linkHeader {
	const fixed = 8
	if len(b) < off+fixed || binary.LittleEndian.Uint16(b[off+2:]) < fixed {
		return noIP
	}
	return parseInner(LinkType(min(binary.LittleEndian.Uint32(b[off+4:]), 0xffff)), b, off+int(binary.LittleEndian.Uint16(b[off+2:])))
}

// parseAVS reads AbsoluteValue Systems' header of wireless frames, which holds its length.
func parseAVS(b []byte, off int) linkHeader {
	if len(b) < off+8 {
		return noIP
	}
	return parseInner(LinkIEEE80211, b, off+int(min(binary.BigEndian.Uint32(b[off+4:]), maxHeaders+1)))
}

// parseUpperPDU reads what Wireshark exported: tags, one of which names the protocol.
func parseUpperPDU(b []byte, off int) linkHeader {
	const end, name = 0, 12
	var proto string
	for len(b) >= off+4 && off <= maxHeaders {
		tag, size := binary.BigEndian.Uint16(b[off:]), int(binary.BigEndian.Uint16(b[off+2:]))
		if off += 4; len(b) < off+size {
			break
		}
		switch {
		case tag == name:
			for proto = string(b[off : off+size]); len(proto) > 0 && proto[len(proto)-1] == 0; {
				proto = proto[:len(proto)-1]
			}
		case tag != end:
		case proto == "ip" || proto == "ipv6":
			return linkHeader{bare: true}.at(b, off)
		case proto == "eth" || proto == "eth_withoutfcs" || proto == "eth_maybefcs":
			return parseEthernet(b, off)
		}
		if tag == end {
			break
		}
		off += size
	}
	return notRead(NoEncapsulation)
}

// Flags of Juniper's header.
const (
	juniperNoL2     = 0x02 // the link-layer header was taken off
	juniperExtended = 0x80
)

// parseJuniper makes a parser of what Juniper's routers capture: magic number, flags, extensions with their length, and then a frame.
func parseJuniper(parse func(b []byte, off int) linkHeader) func(b []byte, off int) linkHeader {
	return func(b []byte, off int) linkHeader {
		if len(b) < off+6 || string(b[off:off+3]) != "MGC" {
			return notRead(NoEncapsulation)
		}
		flags := b[off+3]
		off += 4
		if flags&juniperExtended != 0 {
			off += 2 + int(binary.BigEndian.Uint16(b[off:]))
		}
		if flags&juniperNoL2 != 0 {
			return linkHeader{bare: true}.at(b, off+4)
		}
		return parse(b, off)
	}
}

// parseTZSP reads a TaZmen Sniffer header: version, kind, link type, and tags up to one that ends them. Kinds that carry nothing are none of
// the two.
func parseTZSP(b []byte, off int) linkHeader {
	const received, transmit, padding, end = 0, 1, 0, 1
	if len(b) < off+4 || b[off] != 1 || b[off+1] != received && b[off+1] != transmit {
		return noIP
	}
	link := binary.BigEndian.Uint16(b[off+2:])
	for off += 4; off < len(b) && b[off] != end; {
		if b[off] == padding {
			off++
			continue
		}
		if off+1 >= len(b) {
			return noIP
		}
		off += 2 + int(b[off+1])
	}
	off++
	switch link {
	case 1:
		return parseInner(LinkEthernet, b, off)
	case 18:
		return parseInner(LinkIEEE80211, b, off)
	case 119:
		return parseInner(LinkPrism, b, off)
	case 127:
		return parseInner(LinkAVS, b, off)
	}
	return notRead(TZSP)
}
