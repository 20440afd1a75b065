package esp

import (
	"encoding/binary"
	"fmt"

	"github.com/ikedecode/ikedecode/internal/ip"
)

// AGGFRAG (RFC 9347) packs inner packets into ESP payloads as bytes into a stream: several into one payload, one over several, with
// padding in between, so that neither their number nor their size shows.

const (
	aggfragHeader    = 4  // sub-type, reserved, BlockOffset (RFC 9347, section 6.1.1)
	aggfragCongested = 24 // with congestion control (section 6.1.2)
)

// The failures of an AGGFRAG payload.
var (
	errAggfragShort   = fmt.Errorf("%w: AGGFRAG payload shorter than its header", ErrMalformed)
	errAggfragSubtype = fmt.Errorf("%w: unknown sub-type of AGGFRAG payload", ErrMalformed)
	errAggfragBlock   = fmt.Errorf("%w: AGGFRAG data block is neither IPv4, IPv6 nor padding", ErrMalformed)
	errAggfragLength  = fmt.Errorf("%w: AGGFRAG data block with an impossible length", ErrMalformed)
	errAggfragOffset  = fmt.Errorf("%w: AGGFRAG BlockOffset differs from the length of the inner packet", ErrMalformed)
	errAggfragEnd     = fmt.Errorf("%w: AGGFRAG payload starts a new inner packet where the previous one should continue", ErrMalformed)
)

// An Aggregate is what an AGGFRAG payload held (RFC 9347).
type Aggregate struct {
	Packets    []AggregatePacket // that it completed, in the order in which they were sent
	Congestion bool              // it has the header with congestion control
	Partial    bool              // it holds bytes of inner packets that it does not complete
	Duplicate  bool              // it came before: what it held came out then
	Err        error             // why not all of it can be read
}

// An AggregatePacket is an inner packet out of an AGGFRAG payload.
type AggregatePacket struct {
	IP     []byte  // of the innermost tunnel, as Opened.IP is
	Frames []int   // that carried parts of it; nil: all of it was in this one
	Layers []Layer // of ESP, AH or IPComp inside it that were decrypted
	Inner  error   // as Opened.Inner is
}

// PaddingOnly reports whether the payload held nothing of an inner packet: it was sent so that the rate tells nothing.
func (a *Aggregate) PaddingOnly() bool {
	return len(a.Packets) == 0 && !a.Partial && !a.Duplicate && a.Err == nil
}

// An aggfragPayload is an AGGFRAG payload taken apart.
type aggfragPayload struct {
	congestion bool
	offset     int      // bytes that belong to the block before; may be more than the payload has
	lead       []byte   // those of them that are here
	whole      [][]byte // blocks that begin and end here, but for padding
	tail       []byte   // the front of a block that goes on in the next payload
	size       int      // bytes of all blocks
	err        error
}

// parseAggfrag reads an AGGFRAG payload (RFC 9347, section 6.1). What comes before an error is there.
func parseAggfrag(b []byte) (p aggfragPayload) {
	n := aggfragHeader
	switch {
	case len(b) < n:
		p.err = errAggfragShort
		return p
	case b[0] == 1:
		n, p.congestion = aggfragCongested, true
	case b[0] != 0:
		p.err = errAggfragSubtype
		return p
	}
	if len(b) < n {
		p.err = errAggfragShort
		return p
	}
	p.offset = int(binary.BigEndian.Uint16(b[2:]))
	b = b[n:]
	p.size = len(b)
	p.lead = b[:min(p.offset, len(b))]
	for b = b[len(p.lead):]; len(b) > 0 && b[0]>>4 != 0; {
		n, err := blockLength(b)
		if err != nil {
			p.err = err
			return p
		}
		if n == 0 || n > len(b) {
			p.tail = b
			return p
		}
		p.whole = append(p.whole, b[:n:n])
		b = b[n:]
	}
	return p
}

// padding reports whether the payload holds nothing of a block: all padding, or no block at all.
func (p *aggfragPayload) padding() bool {
	return p.err == nil && p.offset == 0 && len(p.whole) == 0 && len(p.tail) == 0
}

// blockLength is the length of the data block that b starts with, as its IP header has it (RFC 9347, section 6.1.3); 0 where b ends
// before it says so.
func blockLength(b []byte) (int, error) {
	if len(b) == 0 {
		return 0, nil
	}
	switch ip.Version(b) {
	case 4:
		if len(b) < 4 {
			return 0, nil
		}
		if n := int(binary.BigEndian.Uint16(b[2:])); n >= ip.IPv4Len {
			return n, nil
		}
		return 0, errAggfragLength
	case 6:
		if len(b) < 6 {
			return 0, nil
		}
		return ip.IPv6Len + int(binary.BigEndian.Uint16(b[4:])), nil
	}
	return 0, errAggfragBlock
}

// aggregate takes the AGGFRAG payload in hand apart, and decrypts what its packets hold.
func (w *walk) aggregate() {
	l := w.last()
	a := &Aggregate{}
	w.agg, w.c.opened = a, false
	if l.SA == nil {
		a.fill(nil, w.data, w.pkt, 0)
	} else {
		l.SA.aggregate(w.t, a, w.data, w.pkt, l)
	}
	w.dummy = a.PaddingOnly()
	for i := range a.Packets {
		w.inside(&a.Packets[i])
	}
}

// inside decrypts the ESP, AH or IPComp that a packet out of an AGGFRAG payload holds, as far as it can.
func (w *walk) inside(p *AggregatePacket) {
	h, ok := ip.ParseWhole(p.IP)
	if !ok {
		return
	}
	proto, body := w.t.nested(&h, p.IP)
	if body == nil {
		return
	}
	if w.s.level >= maxDepth {
		p.Inner = errDepth
		return
	}
	if w.s.inner == nil {
		w.s.inner = &Scratch{level: w.s.level + 1}
	}
	o, err := w.t.Open(&Packet{
		Proto: proto, Src: h.Src, Dst: h.Dst, IP: p.IP, Payload: body, HeaderLen: h.Len, UDP: h.Proto == ip.ProtoUDP, Frame: w.pkt.Frame, Time: w.pkt.Time,
	}, w.s.inner)
	if err != nil {
		p.Inner = err
		return
	}
	p.Layers, p.Inner = append([]Layer(nil), o.Layers...), o.Inner
	switch {
	case o.IP != nil:
		p.IP = clone(o.IP)
	case !o.Dummy:
		c := innerCarrier(&h, p.IP)
		if rebuilt := c.rebuild(nil, o.NextHeader, o.Payload); rebuilt != nil {
			p.IP = rebuilt
		}
	}
}
