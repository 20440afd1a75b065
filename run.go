package ikedecode

import (
	"context"
	"errors"
	"slices"

	"github.com/ikedecode/ikedecode/capture"
	"github.com/ikedecode/ikedecode/decode"
	"github.com/ikedecode/ikedecode/esp"
	"github.com/ikedecode/ikedecode/keys/ikesa"
)

// Run runs the second pass: every packet is decrypted with all SAs known. fn, which may be nil, gets each packet in order; a
// Frame is valid during the call only. After Run the counts, the statistics of the SAs in Table and the verified keys of the
// children are complete.
func (s *Session) Run(ctx context.Context, fn func(*Frame) error) error {
	return s.RunRender(ctx, nil, fn)
}

// RunRender is Run with work that can be done for each packet on its own: render is called once for each Frame, by several
// goroutines and in no order, before fn gets it. What Items of the Frame point to is then valid in render only; it leaves
// what fn needs in Frame.Out.
func (s *Session) RunRender(ctx context.Context, render func(*Frame), fn func(*Frame) error) error {
	split := s.splitter()
	split.KnownSPI = s.Table.Known
	s.begin()
	r, err := s.Source.Reader()
	if err != nil {
		return err
	}
	before := s.Source.HasBefore()
	p := &pipeline{s: s, reader: r, split: split, render: render, keep: fn != nil && (render == nil || s.keepOpened), before: before, late: s.Late}
	if err := p.run(ctx, func(f *Frame) error {
		if before && f.Packet.Number > 0 {
			before = false
			s.beginCounts()
		}
		s.account(f)
		if fn == nil || f.Packet.Number <= 0 {
			return nil
		}
		return fn(f)
	}); err != nil {
		return err
	}
	if before { // there were no others
		s.beginCounts()
		s.Table.Restart()
	}
	// What TCP streams held back behind a lost segment is counted; there is no packet left that it could stand for.
	var scratch esp.Scratch
	rest := split.Flush()
	if s.onePass && len(rest) > 0 {
		return ErrTwoPasses
	}
	for _, d := range rest {
		it := Item{Datagram: &d, esp: espPacket(&d, new(esp.Packet))}
		s.open(&it, &scratch)
		s.count(&it)
	}
	s.end(split)
	return nil
}

// KeepOpened makes what Items point to valid in fn of RunRender as well, as it is in that of Run.
func (s *Session) KeepOpened() { s.keepOpened = true }

// OnIdle sets what RunRender calls whenever fn has had every packet that has been read, in the same goroutine. An error ends the run.
func (s *Session) OnIdle(f func() error) { s.idle = f }

// begin readies what the pass that decrypts counts.
func (s *Session) begin() {
	s.copies, s.copyFrames = newCopies(), make(map[int]bool)
	s.beginCounts()
}

// beginCounts makes what is counted nothing.
func (s *Session) beginCounts() {
	s.Counts, s.Unknown, s.UnknownMore, s.unknown = Counts{}, nil, 0, make(map[unknownKey]*UnknownSPI)
	s.Carriers = &capture.Carriers{}
}

// end completes the session after the last packet.
func (s *Session) end(split *capture.Splitter) {
	s.Incomplete = slices.DeleteFunc(split.Incomplete(), func(i capture.Incomplete) bool {
		// Fragments that came out of a tunnel are no loss of the outer network.
		return !slices.ContainsFunc(i.Frames, func(n int) bool { return n > 0 && !s.copyFrames[n] })
	})
	s.FirstFragments = len(s.Incomplete) > 0 && !split.LaterFragments()
	s.Cuts = s.Source.Cuts()
	s.Unread, s.Carried, s.DecoderPanics = split.Unread(), split.Carried(), split.DecoderPanics()
	s.settle()
}

// settle keeps, of the candidates for the keys of a child, the one that the traffic has verified, and drops the gaps that
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
	for _, u := range s.Unknown {
		u.blame()
	}
	t := s.newTraffic()
	decrypted := s.decryptedIKE()
	for _, sa := range s.SAs {
		sa.CloseGaps(t.opens)
		sa.Disown(func(initiator decode.SPI) bool { return decrypted[initiator] })
		sa.TellPFS(t.shut)
	}
}

// decryptedIKE are the IKE SAs of which a message was decrypted, by the SPI of their initiator.
func (s *Session) decryptedIKE() map[decode.SPI]bool {
	all := make(map[decode.SPI]bool)
	for _, sa := range s.SAs {
		if slices.ContainsFunc(sa.Messages, func(m *ikesa.Message) bool { return m.State == ikesa.Opened }) {
			all[sa.Initiator] = true
		}
	}
	return all
}

// blame makes the reason why a flow is not decrypted that which all its packets together show.
func (u *UnknownSPI) blame() {
	if u.sa == nil || errors.Is(u.Err, esp.ErrNoSA) || errors.Is(u.Err, esp.ErrCut) {
		return
	}
	if fault, _ := u.sa.KeyFault(); fault != esp.NoKeyFault && !u.sa.Proven() {
		u.Err = fault.Err()
	}
}

// NotShown is how many IKE SAs and IPsec SAs have no room in memory: they are decrypted, but SAs and Table.Used do not have them.
func (s *Session) NotShown() (ike, ipsec int) {
	ipsec, _ = s.Table.Unlisted()
	return s.Evicted, ipsec
}

// Complete reports whether everything that could have been decrypted was: no message or packet remained encrypted for want of a
// key, no packet for want of a reader of its headers, and no file was truncated.
func (s *Session) Complete() bool {
	c := s.Counts
	return s.Lost == 0 && c.IKEClosed == 0 && c.NoSA+c.BadICV+c.BadContent+c.Malformed+c.InnerNoSA == 0 && len(s.Cuts) == 0 && !s.overlooks()
}

// overlooks reports whether packets were not looked into that may be of IPsec: those of a link type or encapsulation that is not read. In
// a wireless network others' frames are encrypted: they count where nothing of IPsec was seen.
func (s *Session) overlooks() bool {
	return slices.ContainsFunc(s.Unread, func(u capture.Unread) bool {
		return u.In != capture.NoEncapsulation || !u.Link.Wireless() || s.Counts.IKE+s.Counts.ESP == 0
	})
}
