package ikedecode

import (
	"errors"
	"time"

	"github.com/ikedecode/ikedecode/capture"
	"github.com/ikedecode/ikedecode/decode"
	"github.com/ikedecode/ikedecode/decode/ikev1"
	"github.com/ikedecode/ikedecode/esp"
	"github.com/ikedecode/ikedecode/internal/ip"
	"github.com/ikedecode/ikedecode/keys/ikesa"
)

// account counts a packet. It is called in the order of the capture.
func (s *Session) account(f *Frame) {
	p := f.Packet
	s.Counts.Packets++
	if s.onePass && p.Number > 0 {
		s.span(p.Time)
	}
	for i := range f.Items {
		s.count(&f.Items[i])
		switch f.Items[i].Datagram.Kind {
		case capture.IKE, capture.ESP, capture.AH, capture.IPComp:
			s.Carriers.Add(p, f.Items[i].Datagram)
		}
	}
	s.clearCopy(p, f)
}

// count counts a datagram by what became of it.
func (s *Session) count(it *Item) {
	c := &s.Counts
	if it.Datagram.Repeat {
		c.Mirrored++
		switch {
		case it.Datagram.Kind == capture.Other:
			c.Forwarded++
		case it.Datagram.Elsewhere:
			c.Elsewhere++
		}
	}
	switch it.Datagram.Kind {
	case capture.IKE:
		s.countIKE(it)
	case capture.ESP, capture.AH, capture.IPComp:
		s.countESP(it)
	case capture.Keepalive:
		c.Keepalives++
	}
}

// clearCopy looks whether an unencrypted packet is one that was decrypted before. It looks at the packet as it is in the frame:
// inner fragments come out of the tunnel one by one. Where that carries another one, either may be the one that was decrypted: a tunnel
// inside ESP, or a mirror's.
func (s *Session) clearCopy(p *capture.Packet, f *Frame) {
	if !s.anyClear || len(f.Items) > 1 || len(f.Items) == 1 && f.Items[0].Datagram.Kind != capture.Other {
		return
	}
	outer, inner := capture.IP(p)
	f.ClearCopy = s.copies.seen(outer, p.Number, p.Time)
	if f.ClearCopy == 0 && len(inner) < len(outer) {
		f.ClearCopy = s.copies.seen(inner, p.Number, p.Time)
	}
	if f.ClearCopy != 0 {
		s.Counts.ClearCopy++
		if len(s.copyFrames) < maxCopyFrames {
			s.copyFrames[p.Number] = true
		}
	}
}

// maxCopyFrames bounds the frames that are remembered as copies: fragments that stay incomplete are compared with them.
const maxCopyFrames = 1 << 20

func (s *Session) countIKE(it *Item) {
	s.Counts.IKE++
	if it.Fragment != nil && it.Fragment.Waiting {
		return // counted at the end
	}
	s.countMessage(it)
}

// countMessage counts an IKE message by what became of it.
func (s *Session) countMessage(it *Item) {
	switch {
	case it.Fragment != nil && !it.Fragment.Complete: // what is in it cannot be read, even where the fragment itself is decrypted
		s.Counts.IKEClosed++
		s.Counts.IKEParts++
	case it.IKE == nil && it.Datagram.Cut && len(it.Datagram.Payload) < decode.HeaderLen:
		s.Counts.IKEClosed++
		s.Counts.IKECut++
	case it.IKE == nil:
		if h, err := decode.ParseHeader(it.Datagram.Payload); err != nil || h.NextPayload != ikev1.PayloadFragment {
			s.Counts.IKEBad++
		}
	case it.IKE.State == ikesa.Closed:
		s.Counts.IKEClosed++
	case it.IKE.State != ikesa.Clear:
		s.Counts.IKEOpened++
	}
}

// countESP counts an ESP, AH or IPComp packet.
func (s *Session) countESP(it *Item) {
	d, o := it.Datagram, it.Opened
	s.Counts.ESP++
	if o == nil {
		s.closed(it)
		return
	}
	s.Counts.Opened++
	if o.Dummy {
		s.Counts.Dummy++
	}
	if !o.Verified {
		s.Counts.Unverified++
	}
	if o.Cut {
		s.Counts.CutOpened++
	}
	if o.Aggregate != nil {
		s.countAggregate(it)
		return
	}
	s.closedInside(it)
	if it.hasInner {
		if it.ClearCopy = s.copies.opened(it.inner, d.Frame, d.Time); it.ClearCopy != 0 {
			s.Counts.ClearCopy++
		}
	}
}

// countAggregate counts the inner packets of an AGGFRAG payload.
func (s *Session) countAggregate(it *Item) {
	d, a := it.Datagram, it.Opened.Aggregate
	s.Counts.Aggregated++
	s.Counts.Unpacked += len(a.Packets)
	for i := range a.Packets {
		p := &a.Packets[i]
		if p.Inner != nil {
			s.closedIn(it, &esp.Packet{}, p.IP, p.Inner)
		}
	}
	if it.unpacked == nil {
		return
	}
	for i, sum := range it.unpacked.sums {
		if it.unpacked.copies[i] = s.copies.opened(sum, d.Frame, d.Time); it.unpacked.copies[i] != 0 {
			s.Counts.ClearCopy++
		}
	}
}

// maxUnknown bounds the flows that are listed: a hostile capture can name as many as it has packets.
const maxUnknown = 10_000

// closed counts a packet that was not decrypted, by its flow.
func (s *Session) closed(it *Item) {
	d, p, err := it.Datagram, it.esp, it.Err
	switch {
	case errors.Is(err, esp.ErrNoSA), errors.Is(err, esp.ErrSalt):
		s.Counts.NoSA++
	case errors.Is(err, esp.ErrICV):
		s.Counts.BadICV++
	case errors.Is(err, esp.ErrCipherKey):
		s.Counts.BadContent++
	default:
		s.Counts.Malformed++
	}
	if d.Cut {
		s.Counts.CutESP++
	}
	s.unknownFlow(it, p, err, false)
}

// closedInside counts the ESP or AH packet inside a packet of AH, ESP or IPComp that was decrypted, where it stayed encrypted.
func (s *Session) closedInside(it *Item) {
	o := it.Opened
	if o.Inner == nil || o.Cut {
		return
	}
	last := &o.Layers[len(o.Layers)-1]
	s.closedIn(it, &esp.Packet{Proto: esp.Protocol(o.NextHeader), Src: last.Src, Dst: last.Dst, Payload: o.Payload}, o.IP, o.Inner)
}

// closedIn counts an ESP or AH packet that stayed encrypted inside another one: p, or what the inner packet carries.
func (s *Session) closedIn(it *Item, p *esp.Packet, packet []byte, why error) {
	if h, ok := ip.Parse(packet); ok {
		next, body, ok := h.Upper(packet)
		if !ok || h.Fragment {
			return
		}
		p.Proto, p.Src, p.Dst, p.Payload = esp.Protocol(next), h.Src, h.Dst, body
	}
	if p.Proto == esp.ESP || p.Proto == esp.AH {
		s.Counts.InnerNoSA++
		s.unknownFlow(it, p, why, true)
	}
}

// unknownFlow adds a packet to its flow.
func (s *Session) unknownFlow(it *Item, p *esp.Packet, err error, inside bool) {
	d, spi := it.Datagram, spiOf(p)
	k := unknownKey{p.Proto, p.Src.String(), p.Dst.String(), spi}
	u := s.unknown[k]
	if u == nil {
		if len(s.unknown) >= maxUnknown {
			s.UnknownMore++
			return
		}
		u = &UnknownSPI{Protocol: p.Proto, Src: p.Src, Dst: p.Dst, SPI: spi, UDP: d.UDP && !inside, Inside: inside, First: d.Frame, Start: d.Time, Err: err}
		if !inside {
			u.sa = it.opened.SA
		}
		s.unknown[k] = u
		s.Unknown = append(s.Unknown, u)
	}
	u.Packets++
	if d.Repeat {
		u.Repeats++
	}
	u.Last, u.End = d.Frame, d.Time
	u.Sequence.packet(p)
}

// MostLate is by how much the time of a packet may be before that of an earlier one without a clock that was set: several queues of a network
// card, or files that were merged without sorting, deliver out of order.
const MostLate = time.Second

// span takes the time of a packet in.
func (s *Session) span(t time.Time) {
	if t.After(s.Last) && !s.First.IsZero() { // so it is with nearly all
		s.Last = t
		return
	}
	if late := s.Last.Sub(t); !s.Last.IsZero() && late <= MostLate {
		s.Late = max(s.Late, late)
	}
	if s.First.IsZero() || t.Before(s.First) {
		s.First = t
	}
	if t.After(s.Last) {
		s.Last = t
	}
}

// Twice is how many packets a mirror port, or a network that duplicates, shows twice: none where IKE and IPsec are not among them.
func (c *Counts) Twice() int {
	if c.Mirrored == c.Forwarded {
		return 0
	}
	return c.Mirrored
}
