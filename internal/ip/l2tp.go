package ip

import "encoding/binary"

// An L2TP is the header of a message of version 2 (RFC 2661, section 3.1).
type L2TP struct {
	Control   bool
	HasLength bool   // in the third and fourth byte
	Ns, Nr    uint16 // of a control message
	Len       int    // bytes
}

// ParseL2TP reads the header that b starts with; ok is false where it is of another version, or not whole.
func ParseL2TP(b []byte) (h L2TP, ok bool) {
	const control, length, sequence, offset, reserved, version = 0x8000, 0x4000, 0x0800, 0x0200, 0x34f0, 15
	if len(b) < 2 {
		return h, false
	}
	flags := binary.BigEndian.Uint16(b)
	if flags&version != 2 || flags&reserved != 0 {
		return h, false
	}
	h.Control, h.HasLength, h.Len = flags&control != 0, flags&length != 0, 6
	if h.HasLength {
		h.Len += 2
	}
	at := h.Len
	if flags&sequence != 0 {
		h.Len += 4
	}
	if flags&offset != 0 {
		if len(b) < h.Len+2 {
			return h, false
		}
		h.Len += 2 + int(binary.BigEndian.Uint16(b[h.Len:]))
	}
	if len(b) < h.Len || h.Control && flags&sequence == 0 {
		return h, false
	}
	if h.Control {
		h.Ns, h.Nr = binary.BigEndian.Uint16(b[at:]), binary.BigEndian.Uint16(b[at+2:])
	}
	return h, true
}
