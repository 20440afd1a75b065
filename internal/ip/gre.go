package ip

import "encoding/binary"

// Flags of GRE (RFC 2784, section 2; RFC 2890, section 2; RFC 1701 for routing).
const (
	GREChecksum = 0x8000
	GRERouting  = 0x4000
	GREKey      = 0x2000
	GRESequence = 0x1000
	greVersion  = 7
)

// A GRE is the header of version 0.
type GRE struct {
	Flags    uint16
	Protocol uint16 // EtherType of the content
	Len      int    // bytes; it may be more than there are
}

// ParseGRE reads the header that b starts with; ok is false where it is of another version, or of fewer than four bytes.
func ParseGRE(b []byte) (h GRE, ok bool) {
	if len(b) < 4 {
		return h, false
	}
	h = GRE{binary.BigEndian.Uint16(b), binary.BigEndian.Uint16(b[2:]), 4}
	for _, bit := range [...]uint16{GREChecksum, GREKey, GRESequence} {
		if h.Flags&bit != 0 {
			h.Len += 4
		}
	}
	return h, h.Flags&greVersion == 0
}
