package ikedecode

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"slices"

	"github.com/ikedecode/ikedecode/capture"
	"github.com/ikedecode/ikedecode/decode/exchange"
	"github.com/ikedecode/ikedecode/esp"
	"github.com/ikedecode/ikedecode/keys/alg"
	"github.com/ikedecode/ikedecode/keys/ikesa"
	"github.com/ikedecode/ikedecode/keys/ikesa/solve"
	"github.com/ikedecode/ikedecode/keys/secret"
	"github.com/ikedecode/ikedecode/keys/source"
)

// A LiveOptions says what RunLive does beside decrypting.
type LiveOptions struct {
	// Keys, if set, returns secrets that have come to be known since it was asked last; nil: none. It is asked before anything is given up for
	// want of a key, and must not wait.
	Keys func() *secret.Bag
	// Message, if set, is called for each IKE message, with its IKE SA as it is known then: the messages that make its keys, the last ones,
	// and those of the same exchange.
	Message func(*ikesa.SA, *ikesa.Message)
	// Late, if set, is called at the end for each IKE fragment whose message was not complete when it came, with what is counted of it only then.
	Late func(frame int, c Counts)
}

// NewLive is a session for RunLive, of a source that capture.OpenLive has opened. bag may be nil.
func NewLive(src *capture.Source, bag *secret.Bag, opt Options) *Session {
	if bag == nil {
		bag = &secret.Bag{}
	}
	s := &Session{Source: src, Bag: bag, Table: esp.NewTable(), opt: opt}
	s.Table.NoVerify = opt.NoVerify
	return s
}

// A live is one pass over packets as they come: IKE messages are decrypted with those before them, ESP with the keys that are known by then.
// What it keeps is bounded.
type live struct {
	s       *Session
	opt     LiveOptions
	solver  *solve.Solver
	tracker *exchange.Tracker
	split   *capture.Splitter
	salts   *alg.SaltSearch
	lacking []esp.Params              // SAs of the bag whose keys lack their salt
	added   int                       // SAs of the bag that are in the table, or lacking
	agreed  map[*IMSRegistration]bool // whose keys are in the table
	waiting []int                     // frames of IKE fragments whose message was not whole when they came
	blocks  int                       // secrets blocks of the capture that were read
	packets []esp.Packet              // of the datagrams of a frame
	scratch esp.Scratch
	kept    keeper
}

// ErrLate says that packets came before their key was known.
var ErrLate = errors.New("their key became known later")

// Bounds of what a live session keeps: a capture without an end must not fill the memory.
const (
	liveWaiting  = 20_000 // fragments
	liveMessages = 1024   // of one conversation
)

// RunLive reads a capture in one pass, each packet as soon as it comes, and gives it to render and fn as RunRender does, both in the caller's
// goroutine. It ends with the source; ctx ends it before that. What is known by then is in the session as after Analyze and Run, but that
// what came before its key was counted as not decrypted.
func (s *Session) RunLive(ctx context.Context, opt LiveOptions, render func(*Frame), fn func(*Frame) error) error {
	room := s.opt.room(s.Bag)
	if s.Table.MaxSAs, s.Table.MaxPassing = room.sas(room.conversations, 0), room.passing; s.opt.Exchange == (exchange.Options{}) {
		s.opt.Exchange.Forget = liveMessages
	}
	l := &live{s: s, opt: opt, tracker: exchange.NewTracker(room.tracker(s.opt.Exchange, nil)), split: s.splitter(),
		salts: &alg.SaltSearch{Context: ctx}, agreed: make(map[*IMSRegistration]bool)}
	l.solver = solve.New(s.Bag, solve.Options{NoVerify: s.opt.NoVerify, Salts: l.salts})
	l.tracker.OnEvict = func(c *exchange.Conversation) {
		if len(c.Messages) > 0 && len(s.evicted) < room.keyrings {
			s.evicted = append(s.evicted, l.solver.Solve(c).Keyring())
		}
	}
	l.split.KnownSPI = s.Table.Known
	s.startNull()
	s.ims = newIMSTracker(s.Bag)
	s.guesser = esp.NewGuesser(s.Bag.Guesses)
	s.begin()
	l.newKeys()
	s.live = l
	if err := l.run(ctx, render, fn); err != nil {
		return err
	}
	l.end()
	s.live = nil
	return nil
}

// Snapshot makes the session, during RunLive and in the goroutine of that, as it would be if the capture ended here, until do returns. Its cost
// grows with all that is kept.
func (s *Session) Snapshot(do func()) {
	if s.live != nil {
		s.live.solveAll()
		s.settle()
	}
	do()
	if s.live != nil {
		s.SAs, s.negotiated, s.messages = nil, nil, messageIndex{}
	}
}

func (l *live) run(ctx context.Context, render func(*Frame), fn func(*Frame) error) error {
	s := l.s
	r, err := s.Source.Reader()
	if err != nil {
		return err
	}
	defer r.Close()
	var p capture.Packet
	var ds []capture.Datagram
	var f Frame
	for n := 0; ; n++ {
		switch err := r.Read(&p); {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		}
		if err := s.tick(ctx, 1, n, 1); err != nil {
			return err
		}
		s.span(p.Time)
		l.kept.reset()
		ds = l.split.AppendSplit(ds[:0], &p)
		f = Frame{Packet: &p, Items: f.Items[:0], Out: f.Out[:0], Records: f.Records[:0]}
		f.Items, l.packets = slices.Grow(f.Items, len(ds)), slices.Grow(l.packets[:0], len(ds))[:len(ds)]
		for i := range ds {
			f.Items = append(f.Items, Item{Datagram: &ds[i]})
		}
		for i := range f.Items {
			l.item(&f.Items[i], &l.packets[i], len(f.Items) > 1)
		}
		if render != nil {
			render(&f)
		}
		s.account(&f)
		if fn == nil {
			continue
		}
		if err := fn(&f); err != nil {
			return err
		}
	}
}

// item decrypts a datagram, if it can be by now.
func (l *live) item(it *Item, p *esp.Packet, several bool) {
	s, d := l.s, it.Datagram
	switch d.Kind {
	case capture.Other:
		s.anyClear = s.anyClear || d.IP != nil
		s.ims.other(d)
	case capture.IKE:
		d.Payload = bytes.Clone(d.Payload) // the tracker keeps it
		l.message(it)
	default:
		if it.esp = espPacket(d, p); it.esp != nil {
			l.packet(d, it.esp)
		}
		s.open(it, &l.scratch)
		if it.Opened != nil && several {
			l.kept.keep(&it.opened)
		}
	}
}

// packet gets the keys for a packet that may have become known.
func (l *live) packet(d *capture.Datagram, p *esp.Packet) {
	if spi := spiOf(p); p.Proto == esp.IPComp || !l.s.Table.Has(p.Proto, spi) {
		l.poll()
	}
	l.salt(p)
	l.guess(p)
	l.registration(d)
}

// registration gets the keys of the security agreement of a phone that a packet belongs to.
func (l *live) registration(d *capture.Datagram) {
	s := l.s
	if d.Kind != capture.ESP || !s.ims.wants(d.Payload) {
		return
	}
	s.ims.esp(d)
	for _, r := range s.ims.of(binary.BigEndian.Uint32(d.Payload), d.Dst.Addr()) {
		if l.agreed[r] {
			continue
		}
		for _, p := range s.ims.results(r) {
			_, _ = s.Table.Add(p) // what nothing can use is told at the end
		}
		l.agreed[r] = r.found != nil
	}
}

// poll takes new secrets in, and reports whether there are any.
func (l *live) poll() bool {
	s := l.s
	blocks, _ := s.Source.Secrets()
	for ; l.blocks < len(blocks); l.blocks++ {
		if b := blocks[l.blocks]; b.OfIPsec() {
			s.Bag.Merge(&secret.Bag{SAs: source.ReadBlock(b)})
		}
	}
	had := len(s.Bag.Secrets)
	if l.opt.Keys != nil {
		if b := l.opt.Keys(); b != nil {
			s.Bag.Merge(b)
		}
	}
	for _, x := range s.Bag.Secrets[had:] {
		s.ims.know(x)
	}
	return l.newKeys() || len(s.Bag.Secrets) > had
}

// newKeys puts the SAs of the bag into the table that are not there yet.
func (l *live) newKeys() bool {
	s := l.s
	from := l.added
	l.added = len(s.Bag.SAs)
	if from == l.added {
		return false
	}
	lacking := len(l.lacking)
	list := slices.Clone(s.Bag.SAs[from:])
	errs := s.Table.AddGiven(list, func(p *esp.Params) bool {
		if p.NoSalt {
			l.lacking = append(l.lacking, *p)
		}
		return p.NoSalt
	})
	for _, err := range errs {
		s.Problems = append(s.Problems, err.Error())
	}
	if len(l.lacking) > lacking {
		s.finder = esp.NewSaltFinder(l.lacking)
	}
	return true
}

// salt looks whether a packet gives the salt that a key lacks.
func (l *live) salt(p *esp.Packet) {
	s := l.s
	if p.Proto != esp.ESP || !s.finder.Wants(p.Payload) {
		return
	}
	s.finder.Observe(p)
	l.lacking = slices.DeleteFunc(l.lacking, func(q esp.Params) bool {
		if !q.AnySPI && q.SPI != spiOf(p) || s.finder.Complete(&q, l.salts) != nil || q.NoSalt {
			return false
		}
		if _, err := s.Table.Add(q); err != nil {
			s.Problems = append(s.Problems, err.Error())
		}
		return true
	})
}

// guess looks whether a packet proves keys among the guesses.
func (l *live) guess(p *esp.Packet) {
	s := l.s
	if p.Proto != esp.ESP || !s.guesser.Wants(p.Payload) {
		return
	}
	s.guesser.Observe(p)
	if found := s.guesser.SolveOf(spiOf(p), l.salts); found != nil {
		s.Bag.Merge(&secret.Bag{SAs: []esp.Params{*found}})
		l.newKeys()
	}
}

// message decrypts an IKE message with those before it.
func (l *live) message(it *Item) {
	s := l.s
	l.poll()
	c, m, err := l.tracker.Take(it.Datagram)
	if err == nil && c != nil {
		sa := l.solve(c, m)
		s.SAs = append(s.SAs[:0], sa)
		s.messages = newMessageIndex(s.SAs)
	}
	s.ike(it)
	if f := it.Fragment; f != nil && !f.Complete && len(l.waiting) < liveWaiting {
		f.Waiting, it.Err = true, nil
		l.waiting = append(l.waiting, it.Datagram.Frame)
	}
	if it.IKE != nil && !it.Repeat && l.opt.Message != nil {
		l.opt.Message(s.SAs[0], it.IKE)
	}
	s.SAs, s.messages = s.SAs[:0], messageIndex{}
}

// solve solves what is needed of a conversation to decrypt m, and adds the keys of its children.
func (l *live) solve(c *exchange.Conversation, m *exchange.Message) *ikesa.SA {
	sa := l.solver.Solve(c.Around(m))
	for _, child := range sa.Children {
		for i := range child.SAs {
			for _, p := range child.SAs[i].Candidates {
				_, _ = l.s.Table.Add(p) // what nothing can use is told at the end
			}
		}
	}
	return sa
}

// end completes the session after the last packet.
func (l *live) end() {
	s := l.s
	for _, d := range l.split.Flush() {
		it := Item{Datagram: &d}
		l.item(&it, new(esp.Packet), false)
		s.count(&it)
	}
	l.poll()
	s.endIMS()
	l.solveAll()
	l.countWaiting()
	for _, u := range s.Unknown {
		if !u.Inside && errors.Is(u.Err, esp.ErrNoSA) && s.Table.Has(u.Protocol, u.SPI) {
			u.Err = ErrLate
		}
	}
	s.end(l.split)
}

// countWaiting counts the fragments that waited for others, by what has become of them.
func (l *live) countWaiting() {
	s := l.s
	for _, frame := range l.waiting {
		list := s.messages.fragments[frame]
		if len(list) == 0 {
			continue
		}
		d := capture.Datagram{Kind: capture.IKE, Frame: frame, Payload: list[0].Message.Raw}
		it, before := Item{Datagram: &d}, s.Counts
		s.ike(&it)
		s.countMessage(&it)
		if l.opt.Late != nil {
			l.opt.Late(frame, s.Counts.Since(before))
		}
	}
	l.waiting = nil
}

// solveAll solves all IKE SAs with what is known.
func (l *live) solveAll() {
	s := l.s
	s.Evicted = l.tracker.Evicted()
	s.Lost = s.Evicted
	s.SAs, s.negotiated = nil, nil
	for _, c := range l.tracker.Conversations() {
		sa := l.solver.Solve(c)
		s.SAs = append(s.SAs, sa)
		s.addChildren(sa)
	}
	s.messages = newMessageIndex(s.SAs)
}
