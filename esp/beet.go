package esp

import (
	"encoding/binary"

	"github.com/ikedecode/ikedecode/internal/ip"
)

// beet makes the inner packet of a BEET SA (draft-nikander-esp-beet-mode-09): what transport mode carried, behind a header with
// the inner addresses and the outer TTL, DSCP and flow label. It is nil where the SA does not name the addresses.
func (w *walk) beet(sa *SA) []byte {
	if !sa.BEET || sa.Inner == nil {
		return nil
	}
	src, dst := sa.Inner.Src, sa.Inner.Dst
	if !src.IsValid() || !dst.IsValid() || src.Is4() != dst.Is4() || len(w.c.header) < 20 {
		return nil
	}
	next, options, data, ok := beetOptions(w.next, w.data)
	if !ok {
		return nil
	}
	tos, ttl := ip.TrafficClass(w.c.header), ip.HopLimit(w.c.header)
	c := carrier{field: 6}
	if src.Is4() {
		h := append(w.s.header[:0], 0x40|byte(20+len(options))/4, tos, 0, 0, 0, 0, 0, 0, ttl, next, 0, 0)
		if ip.Version(w.c.header) == 4 {
			copy(h[4:8], w.c.header[4:8]) // identification and flags
		}
		h = append(append(h, src.AsSlice()...), dst.AsSlice()...)
		w.s.header, c.field = append(h, options...), 9
	} else {
		h := binary.BigEndian.AppendUint32(w.s.header[:0], 6<<28|uint32(tos)<<20|ip.FlowLabel(w.c.header))
		h = append(h, 0, 0, next, ttl)
		w.s.header = append(append(h, src.AsSlice()...), dst.AsSlice()...)
	}
	c.header = w.s.header
	return c.rebuild(w.s.out, next, data)
}

// beetOptions takes the pseudo-header off, if there is one: next header, length in 8 bytes less one, pad length, a reserved
// byte, then the options.
func beetOptions(next uint8, data []byte) (after uint8, options, rest []byte, ok bool) {
	if next != ip.ProtoBEET {
		return next, nil, data, true
	}
	if len(data) < 8 {
		return 0, nil, nil, false
	}
	n := int(data[1])*8 + 8
	end := n - int(data[2])
	if n > len(data) || end < 4 || end > 44 || end%4 != 0 {
		return 0, nil, nil, false
	}
	return data[0], data[4:end], data[n:], true
}
