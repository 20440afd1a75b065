package ikedecode

import (
	"bytes"
	"context"
	"errors"
	"slices"

	"github.com/ikedecode/ikedecode/capture"
	"github.com/ikedecode/ikedecode/decode"
	"github.com/ikedecode/ikedecode/decode/ikev1"
	"github.com/ikedecode/ikedecode/esp"
	"github.com/ikedecode/ikedecode/keys/ikesa"
)

// Run runs the second pass: every packet is opened with all SAs known. fn, which may be nil, gets each packet in order; a
// Frame is valid during the call only. After Run the counts, the statistics of the SAs in Table and the proved keys of the
// children are complete.
func (s *Session) Run(ctx context.Context, fn func(*Frame) error) error {
	return s.RunRender(ctx, nil, fn)
}

// RunRender is Run with work that can be done for each packet on its own: render is called once for each Frame, by several
// goroutines and in no order, before fn gets it. What Items of the Frame point to is then valid in render only; it leaves
// what fn needs in Frame.Out.
func (s *Session) RunRender(ctx context.Context, render func(*Frame), fn func(*Frame) error) error {
	split := capture.NewSplitter(s.opt.Split)
	split.KnownSPI = s.Table.Known
	s.Counts, s.Unknown, s.unknown = Counts{}, nil, make(map[unknownKey]*UnknownSPI)
	s.copies, s.copyFrames = newCopies(), make(map[int]bool)
	r, err := s.Source.Reader()
	if err != nil {
		return err
	}
	p := &pipeline{s: s, reader: r, split: split, render: render, keep: render == nil && fn != nil}
	if err := p.run(ctx, func(f *Frame) error {
		s.account(f)
		if fn == nil {
			return nil
		}
		return fn(f)
	}); err != nil {
		return err
	}
	// What TCP streams held back behind a lost segment is counted; there is no packet left that it could stand for.
	var scratch esp.Scratch
	for _, d := range split.Flush() {
		it := Item{Datagram: &d, esp: espPacket(&d, new(esp.Packet))}
		s.open(&it, &scratch)
		s.count(&it)
	}
	s.Incomplete = slices.DeleteFunc(split.Incomplete(), func(i capture.Incomplete) bool {
		// Fragments that came out of a tunnel are no loss of the outer network.
		return !slices.ContainsFunc(i.Frames, func(n int) bool { return !s.copyFrames[n] })
	})
	s.Cuts = s.Source.Cuts()
	s.settle()
	return nil
}

// open finds the message in a datagram, or opens its packet. Several goroutines do so at once: it changes nothing but it.
func (s *Session) open(it *Item, scratch *esp.Scratch) {
	switch it.Datagram.Kind {
	case capture.IKE:
		s.ike(it)
	case capture.ESP, capture.AH, capture.IPComp:
		it.opened, it.Err = s.Table.Open(it.esp, scratch)
		if it.Err != nil {
			return
		}
		it.Opened = &it.opened
		if s.anyClear && len(it.opened.IP) > 0 {
			it.inner, it.hasInner = s.copies.sum(it.opened.IP)
		}
	}
}

// account counts a packet. It is called in the order of the capture.
func (s *Session) account(f *Frame) {
	p := f.Packet
	s.Counts.Packets++
	for i := range f.Items {
		s.count(&f.Items[i])
	}
	s.clearCopy(p, f)
}

// count counts a datagram by what became of it.
func (s *Session) count(it *Item) {
	c := &s.Counts
	if it.Datagram.Repeat {
		c.Mirrored++
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

// clearCopy looks whether a packet in the clear is one that was opened before. It looks at the packet as it is in the frame:
// inner fragments come out of the tunnel one by one.
func (s *Session) clearCopy(p *capture.Packet, f *Frame) {
	for _, it := range f.Items {
		if it.Datagram.Kind != capture.Other {
			return
		}
	}
	if len(f.Items) > 1 || !s.anyClear {
		return
	}
	if f.ClearCopy = s.copies.seen(capture.IP(p), p.Number, p.Time); f.ClearCopy != 0 {
		s.Counts.ClearCopy++
		s.copyFrames[p.Number] = true
	}
}

// ike finds the message that a datagram holds.
func (s *Session) ike(it *Item) {
	d := it.Datagram
	for _, m := range s.byFrame[d.Frame] {
		if bytes.HasPrefix(d.Payload, m.Raw) || (m.Fragments > 0 && m.Frame == d.Frame) {
			it.IKE, it.Repeat = m, m.Frame != d.Frame
			break
		}
	}
	it.Fragment = s.fragment(it)
	if it.IKE != nil && it.IKE.State == ikesa.Closed || it.Fragment != nil && it.Fragment.Whole == 0 {
		it.Err = ErrClosed
	}
}

func (s *Session) countIKE(it *Item) {
	s.Counts.IKE++
	switch {
	case it.Fragment != nil && it.Fragment.Whole == 0: // what is in it cannot be read, even where the fragment itself is decrypted
		s.Counts.IKEClosed++
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

// ErrClosed says that an IKE message is encrypted and no key opens it; the message's Why tells more.
var ErrClosed = errors.New("no key opens the message")

// espPacket makes p what package esp takes of d; nil if d is of no concern to it.
func espPacket(d *capture.Datagram, p *esp.Packet) *esp.Packet {
	var proto esp.Protocol
	switch d.Kind {
	case capture.ESP:
		proto = esp.ESP
	case capture.AH:
		proto = esp.AH
	case capture.IPComp:
		proto = esp.IPComp
	default:
		return nil
	}
	*p = esp.Packet{
		Proto: proto, Src: d.Src.Addr(), Dst: d.Dst.Addr(), IP: d.IP, Payload: d.Payload,
		HeaderLen: d.HeaderLen, UDP: d.UDP || d.TCP, Cut: d.Cut, Repeat: d.Repeat, Frame: d.Frame, Time: d.Time,
	}
	return p
}

// countESP counts an ESP, AH or IPComp packet.
func (s *Session) countESP(it *Item) {
	d, o := it.Datagram, it.Opened
	s.Counts.ESP++
	if o == nil {
		s.closed(d, it.esp, it.Err)
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
	if it.hasInner && s.copies.opened(it.inner, d.Frame, d.Time) {
		s.Counts.ClearCopy++
	}
}

type unknownKey struct {
	proto    esp.Protocol
	src, dst string
	spi      uint32
}

// maxUnknown bounds the flows that are listed: a hostile capture can name as many as it has packets.
const maxUnknown = 10_000

// closed counts a packet that stayed closed, by its flow.
func (s *Session) closed(d *capture.Datagram, p *esp.Packet, err error) {
	switch {
	case errors.Is(err, esp.ErrNoSA):
		s.Counts.NoSA++
	case errors.Is(err, esp.ErrICV):
		s.Counts.BadICV++
	default:
		s.Counts.Malformed++
	}
	if d.Cut {
		s.Counts.CutESP++
	}
	spi := spiOf(p)
	k := unknownKey{p.Proto, p.Src.String(), p.Dst.String(), spi}
	u := s.unknown[k]
	if u == nil {
		if len(s.unknown) >= maxUnknown {
			s.UnknownMore++
			return
		}
		u = &UnknownSPI{Protocol: p.Proto, Src: p.Src, Dst: p.Dst, SPI: spi, UDP: d.UDP, First: d.Frame, Err: err}
		s.unknown[k] = u
		s.Unknown = append(s.Unknown, u)
	}
	u.Packets++
	u.Last = d.Frame
	u.Sequence.packet(p)
}

// spiOf reads the SPI, or the CPI, of a packet; 0 where it is cut off.
func spiOf(p *esp.Packet) uint32 {
	b := p.Payload
	switch p.Proto {
	case esp.AH:
		if len(b) < 8 {
			return 0
		}
		b = b[4:]
	case esp.IPComp:
		if len(b) < 4 {
			return 0
		}
		return uint32(b[2])<<8 | uint32(b[3])
	}
	if len(b) < 4 {
		return 0
	}
	return uint32(b[0])<<24 | uint32(b[1])<<16 | uint32(b[2])<<8 | uint32(b[3])
}

// settle keeps, of the candidates for the keys of a child, the one that the traffic has proved, and drops the gaps that
// another source of keys has filled.
func (s *Session) settle() {
	for _, c := range s.negotiated {
		if !c.sa.Proven() || c.dir.Proved {
			continue
		}
		d := c.dir
		d.Proved = true
		if c.n < len(d.From) {
			from := d.From[c.n]
			c.child.GXY, c.child.More = from.GXY, from.More
			c.ike.ProveD(from.D, c.sa.Stats().First.Frame)
			d.From = []ikesa.Derivation{from}
		}
		d.Candidates = []esp.Params{d.Candidates[c.n]}
	}
	t := s.newTraffic()
	for _, sa := range s.SAs {
		sa.CloseGaps(t.opens)
		sa.TellPFS(t.shut)
	}
}

// Complete reports whether everything that could have been opened was: no message or packet stayed closed for want of a
// key, and no file was cut short.
func (s *Session) Complete() bool {
	c := s.Counts
	return c.IKEClosed == 0 && c.NoSA+c.BadICV+c.Malformed == 0 && len(s.Cuts) == 0
}
