package ikedecode

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"io"
	"sync"

	"github.com/ikedecode/ikedecode/capture"
	"github.com/ikedecode/ikedecode/decode/exchange"
	"github.com/ikedecode/ikedecode/esp"
	"github.com/ikedecode/ikedecode/keys/ikesa/solve"
	"github.com/ikedecode/ikedecode/keys/secret"
)

// progressEvery is the number of packets between two calls of Progress.
const progressEvery = 4096

// Analyze runs the first pass: it reads the IKE messages, derives all keys and fills the SA table. bag may be nil.
func Analyze(ctx context.Context, src *capture.Source, bag *secret.Bag, opt Options) (*Session, error) {
	if bag == nil {
		bag = &secret.Bag{}
	}
	s := &Session{Source: src, Bag: bag, Table: esp.NewTable(), opt: opt}
	s.Table.NoVerify = opt.NoVerify
	salts := s.startSalts(ctx)
	room := opt.room(bag)
	solver := solve.New(bag, solve.Options{NoVerify: opt.NoVerify, Salts: salts})
	archive := exchange.NewArchive(src.Scratch())
	tracker := exchange.NewTracker(room.tracker(opt.Exchange, archive))
	s.startNull()
	s.ims = newIMSTracker(bag)
	s.guesser = esp.NewGuesser(bag.Guesses)
	first := &firstPass{Session: s, tracker: tracker, split: s.splitter()}
	if opt.Samples > 0 {
		s.samples, s.Carriers = newSampler(opt.Samples, room.samples), &capture.Carriers{}
	}
	if s.samples == nil && opt.Watch == nil {
		first.split.Skip = func(proto uint8, payload []byte) bool {
			first.skipped = s.boring(proto, payload)
			return first.skipped
		}
	}
	if err := s.packets(ctx, 1, first.packet); err != nil {
		return nil, err
	}
	first.end()
	s.endNull()
	if err := s.solve(ctx, tracker, solver, archive, room); err != nil {
		return nil, err
	}
	s.endIMS()
	if err := s.endGuesses(salts); err != nil {
		return nil, err
	}
	if err := s.addGiven(salts); err != nil {
		return nil, err
	}
	s.messages = newMessageIndex(s.SAs)
	return s, nil
}

// A firstPass gathers the IKE messages of a capture, and what tells unencrypted ESP, salts and IMS from other traffic.
type firstPass struct {
	*Session
	tracker *exchange.Tracker
	split   *capture.Splitter
	skipped bool // the packet, for it is boring
	unread  int  // packets so far that nothing was read of
	ds      []capture.Datagram
}

func (f *firstPass) packet(p *capture.Packet) {
	f.skipped = false
	if p.Number > 0 {
		f.span(p.Time)
	}
	f.ds = f.split.AppendSplit(f.ds[:0], p)
	f.anyClear = f.anyClear || len(f.ds) == 0 && !f.skipped // a fragment or segment that waits
	if f.opt.Watch != nil {
		n := f.split.UnreadCount()
		f.opt.Watch(p, f.ds, n > f.unread)
		f.unread = n
	}
	for i := range f.ds {
		f.samples.take(p, &f.ds[i], f.Carriers)
	}
	for _, d := range f.ds {
		switch d.Kind {
		case capture.Other:
			f.anyClear = f.anyClear || d.IP != nil
			f.ims.other(&d)
		case capture.IKE:
			d.Payload = bytes.Clone(d.Payload) // the tracker keeps it
			// What is no message at all is counted in the second pass.
			_ = f.tracker.Add(&d)
		case capture.ESP:
			f.observeNull(&d)
			f.observeSalt(&d)
			f.observeGuess(&d)
			f.ims.esp(&d)
		}
	}
}

// end takes what was still waiting for more.
func (f *firstPass) end() {
	for _, d := range f.split.Flush() {
		f.samples.take(nil, &d, nil)
		if d.Kind == capture.IKE {
			_ = f.tracker.Add(&d)
		}
	}
	if f.samples != nil {
		f.samples.split, f.anyClear = f.split, false // what repeats a packet is of no interest
	}
}

// boring reports whether a packet has nothing for the first pass: ESP and AH whose SPI has been looked at enough.
func (s *Session) boring(proto uint8, payload []byte) bool {
	switch proto {
	case uint8(esp.AH):
		return true
	case uint8(esp.ESP):
		return !s.wantsNull(payload) && !s.finder.Wants(payload) && !s.guesser.Wants(payload) && !s.ims.wants(payload)
	}
	return false
}

// packets reads all packets, some batches ahead. A packet is valid during the call only.
func (s *Session) packets(ctx context.Context, pass int, fn func(*capture.Packet)) error {
	r, err := s.Source.Reader()
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	context.AfterFunc(ctx, r.Interrupt)
	free, full := make(chan *capture.Batch, 3), make(chan *capture.Batch, 3)
	for range cap(free) {
		free <- new(capture.Batch)
	}
	var wg sync.WaitGroup
	defer wg.Wait()
	defer cancel()
	var end error
	wg.Go(func() {
		defer close(full)
		end = readAhead(ctx, r, free, full)
	})
	n := 0
	for b := range full {
		if err := s.tick(ctx, pass, n, len(b.Packets)); err != nil {
			return err
		}
		for i := range b.Packets {
			fn(&b.Packets[i])
		}
		n += len(b.Packets)
		free <- b
	}
	return end
}

// readAhead fills batches until the end of the capture.
func readAhead(ctx context.Context, r *capture.Reader, free, full chan *capture.Batch) error {
	for {
		var b *capture.Batch
		select {
		case b = <-free:
		case <-ctx.Done():
			return ctx.Err()
		}
		switch err := r.ReadBatch(b); {
		case errors.Is(err, io.EOF):
			return ctx.Err()
		case err != nil:
			return cmp.Or(ctx.Err(), err)
		}
		full <- b
	}
}

// tick, called before packets n to n+some of a pass, tells the progress now and then and looks whether the run was stopped.
func (s *Session) tick(ctx context.Context, pass, n, some int) error {
	if s.opt.Progress != nil && n/progressEvery != (n+some)/progressEvery {
		s.opt.Progress(pass, n)
	}
	return ctx.Err()
}
