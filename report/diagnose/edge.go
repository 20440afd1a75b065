package diagnose

import (
	"net/netip"
	"slices"
	"time"

	"github.com/ikedecode/ikedecode/keys/ikesa"
	"github.com/ikedecode/ikedecode/keys/logs"
	"github.com/ikedecode/ikedecode/report/negotiation"
)

// A capture may be one of many files: what did not come before its end, or after its start, may lie in the next one or in the one before.

// How long the capture must go on to show that there was no response: after a message that was sent once, since the first retransmission comes after up
// to 4 s, and after the first retransmission.
const (
	patience = 5 * time.Second
	again    = time.Second
)

// atOnce is how soon the fragments of a message follow one another.
const atOnce = 50 * time.Millisecond

// edge makes a note of a silence that begins so near the end of the capture that nobody knows how long it is. Where the message is the last packet of
// all nobody knows when the capture ended, unless keys were given of a tunnel of one of the hosts that came up; the finding says so, and is a warning if
// nothing else was wrong.
func (d *diagnosis) edge(sa *ikesa.SA, f *Finding) {
	if f.Severity == Noteworthy || f.Decided != "" || !isSilence(f) {
		return
	}
	last := unanswered(sa, f)
	if last == nil || d.outlasts(last) || d.gaveUpByLog(sa) || waitedByLog(f) {
		return
	}
	if m := negotiation.IKEDelete(sa); m != nil && m.FromInitiator != last.FromInitiator && m.Frame > last.Frame {
		return // the peer will send no response any more
	}
	if x, ok := f.Facts.(FailedExchange); ok && x.Kind == CreateUnanswered || d.goesOn(sa, f.Subject.Hosts()) {
		f.Severity, f.AtEdge = Noteworthy, true
	} else if len(last.Repeats) == 0 && d.Session.Last.Sub(last.Time) < atOnce {
		f.AtLast = true
		if _, rejected := f.Facts.(WrongGroup); !rejected {
			f.Severity = Warning
		}
	}
}

// oneDirection makes a note of a silence after a message that was sent once, where the capture has one direction alone of what the hosts say: it would not
// have the response.
func (d *diagnosis) oneDirection(sa *ikesa.SA, f *Finding) {
	if f.Severity != Problem || f.Decided != "" || !isSilence(f) {
		return
	}
	if m := unanswered(sa, f); m != nil && m.Sent() == 1 && d.oneSidedCapture(sa.InitiatorAddr.Addr(), sa.ResponderAddr.Addr()) {
		f.Severity = Noteworthy
	}
}

// gaveUpByLog reports whether a log says that a side of an IKE SA gave up for want of a response.
func (d *diagnosis) gaveUpByLog(sa *ikesa.SA) bool {
	return slices.ContainsFunc(d.logbook().events[sa], func(e *entry) bool { return e.Kind == logs.GaveUp })
}

// waitedByLog reports whether a log says of the message that a finding misses a response to that it was sent again, and got none.
func waitedByLog(f *Finding) bool {
	switch x := f.Facts.(type) {
	case FailedExchange:
		return x.Heard.Again
	case InitAlone:
		return x.Again
	}
	return false
}

// unanswered is the message after which a finding says that nothing came; nil: it is not known.
func unanswered(sa *ikesa.SA, f *Finding) (last *ikesa.Message) {
	frames := f.Frames
	if x, ok := f.Facts.(FailedExchange); ok && x.Outcome != nil && x.Outcome.Silence != nil {
		frames = []int{x.Outcome.Silence.Frame}
	}
	_, retry := f.Facts.(WrongGroup) // what the side that was told the group sent then
	for _, m := range sa.Messages {
		if slices.Contains(frames, m.Frame) || retry && last != nil && negotiation.TypeOf(m) == negotiation.TypeOf(last) {
			last = m
		}
	}
	return last
}

// outlasts reports whether the capture goes on long enough after a message for a response to be missing. It may have been lost, and was then sent again.
func (d *diagnosis) outlasts(m *ikesa.Message) bool {
	for _, r := range m.Repeats {
		if !r.Mirror {
			return d.Session.Last.Sub(r.Time) >= again
		}
	}
	return d.Session.Last.Sub(m.Time) >= patience
}

// goesOn reports whether the capture is known to be a part: it has packets after all messages of an IKE SA, fragments and retransmissions included, or one
// of its hosts has a tunnel that came up.
func (d *diagnosis) goesOn(sa *ikesa.SA, h negotiation.Hosts) bool {
	end := sa.End()
	for _, m := range sa.Messages {
		for _, r := range m.Repeats {
			end = later(end, r.Time)
		}
	}
	for _, p := range sa.Parts() {
		end = later(end, p.Time)
	}
	return d.Session.Last.After(end) || d.givenTo(h)
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// givenTo reports whether keys of IPsec SAs of one of two hosts were given. The log of a gateway behind NAT, or of its peer, has another address for the
// other one.
func (d *diagnosis) givenTo(h negotiation.Hosts) bool {
	d.readKeyed()
	return d.keyedHosts[h[0]] || d.keyedHosts[h[1]]
}

// givenBetween reports whether keys of IPsec SAs between two hosts were given.
func (d *diagnosis) givenBetween(h negotiation.Hosts) bool {
	d.readKeyed()
	return d.keyed[h]
}

// readKeyed notes whose keys the bag has, once.
func (d *diagnosis) readKeyed() {
	if d.keyed != nil {
		return
	}
	d.keyed, d.keyedHosts = make(map[negotiation.Hosts]bool), make(map[netip.Addr]bool)
	if bag := d.Session.Bag; bag != nil {
		for i := range bag.SAs {
			src, dst := bag.SAs[i].Src, bag.SAs[i].Dst
			d.keyed[negotiation.InOrder(src, dst)] = true
			d.keyedHosts[src], d.keyedHosts[dst] = src.IsValid(), dst.IsValid()
		}
	}
}

// isSilence reports whether a finding says no more than that nothing came after a message.
func isSilence(f *Finding) bool {
	switch x := f.Facts.(type) {
	case FailedExchange:
		return x.Outcome != nil && x.Outcome.Code == negotiation.NoAnswer
	case WrongGroup:
		return !x.Later
	}
	return f.Code.Info().Silence
}

// edgeOfFragments makes a note of fragments at an end of the capture whose first or last one is missing: it may be in another file.
func (d *diagnosis) edgeOfFragments(f *Finding) {
	lacksFirst, lacksLast := false, false
	switch x := f.Facts.(type) {
	case OpenMessage:
		lacksFirst, lacksLast = !slices.Contains(x.Numbers, 1), x.Total == 0 || !slices.Contains(x.Numbers, x.Total)
	case OpenPacket:
		lacksFirst, lacksLast = !x.First, x.Want == 0
	}
	if f.Severity == Noteworthy || len(f.Frames) == 0 {
		return
	}
	first, ok := d.watch.Times.Of(f.Frames[0])
	last, ok2 := d.watch.Times.Of(f.Frames[len(f.Frames)-1])
	if ok && ok2 && last.Sub(first) >= again {
		return // it was sent more than once, and was lost each time
	}
	h, named := f.Hosts()
	if f.Subject.IsSA() {
		h, named = f.Subject.Hosts(), true
	}
	known := named && (d.givenBetween(h) || ok2 && d.carriesBoth(h, last)) // the tunnel is up
	begins := ok && first.Sub(d.Session.First) < atOnce && (known || first.After(d.Session.First))
	ends := ok2 && d.Session.Last.Sub(last) < atOnce
	if lacksFirst && begins || lacksLast && ends && (known || d.Session.Last.After(last)) {
		f.Severity, f.AtEdge = Noteworthy, true
	} else if lacksLast && ends {
		f.Severity, f.AtLast = Warning, true
	}
}
