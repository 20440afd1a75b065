package capture

import (
	"encoding/binary"
)

// PPP protocol numbers.
const (
	pppIPv4       = 0x0021
	pppMultilink  = 0x003d // RFC 1990
	pppEncrypted  = 0x0053 // RFC 1968
	pppIPv6       = 0x0057
	pppCompressed = 0x00fd // RFC 1962, and MPPE
	pppMPLS       = 0x0281
)

// parsePPPoE reads a PPPoE session header (RFC 2516).
func parsePPPoE(b []byte, off int) linkHeader {
	if len(b) < off+8 || b[off] != 0x11 || b[off+1] != 0 {
		return noIP
	}
	h := parsePPP(b, off+6)
	h.pppoe = off + 4
	return h
}

// parsePPPLink reads PPP with or without address and control field, or Cisco HDLC, which LINKTYPE_PPP_HDLC allows too.
func parsePPPLink(b []byte, off int) linkHeader {
	switch {
	case len(b) < off+2:
		return noIP
	case b[off] == 0xff && b[off+1] == 3:
		return parsePPP(b, off+2)
	case (b[off] == 0x0f || b[off] == 0x8f) && b[off+1] == 0:
		return parseEtherType(b, off+2)
	}
	return parsePPP(b, off)
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
	case pppCompressed, pppMultilink, pppEncrypted:
		return notRead(PPP)
	}
	return noIP
}
