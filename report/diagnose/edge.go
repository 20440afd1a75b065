package diagnose

import (
	"slices"
	"time"

	"github.com/ikedecode/ikedecode/keys/ikesa"
	"github.com/ikedecode/ikedecode/report/negotiation"
)

// A capture may be one of many files: what did not come before its end, or after its start, may lie in the next one or in the one before.

// patience is how long after its last message a capture may end before a missing answer is a fault.
const patience = 2 * time.Second

// atOnce is how soon the fragments of a message follow one another.
const atOnce = 50 * time.Millisecond

// edge makes a note of a silence that begins with a message, sent once, at the end of the capture. Where the message is the last packet of all
// nobody knows when the capture ended, unless keys were given of a tunnel that came up between the same hosts.
func (d *diagnosis) edge(sa *ikesa.SA, f *Finding) {
	if f.Severity == Noteworthy || f.Decided != "" || !isSilence(f) {
		return
	}
	var last *ikesa.Message
	for _, m := range sa.Messages {
		if slices.Contains(f.Frames, m.Frame) {
			last = m
		}
	}
	if last == nil || last.Sent() > 1 || d.Session.Last.Sub(last.Time) >= patience {
		return
	}
	if x, ok := f.Facts.(FailedExchange); ok && x.Kind == CreateUnanswered || d.goesOn(sa, f.Subject.Hosts()) {
		f.Severity, f.AtEdge = Noteworthy, true
	}
}

// goesOn reports whether the capture is known to be a part: it has packets after all messages of an IKE SA, fragments included, or its hosts
// have a tunnel that came up.
func (d *diagnosis) goesOn(sa *ikesa.SA, h negotiation.Hosts) bool {
	end := sa.End()
	for _, p := range sa.Parts() {
		if p.Time.After(end) {
			end = p.Time
		}
	}
	return d.Session.Last.After(end) || d.givenBetween(h)
}

// givenBetween reports whether keys of IPsec SAs between two hosts were given.
func (d *diagnosis) givenBetween(h negotiation.Hosts) bool {
	if d.keyed == nil {
		d.keyed = make(map[negotiation.Hosts]bool)
		if bag := d.Session.Bag; bag != nil {
			for i := range bag.SAs {
				d.keyed[negotiation.InOrder(bag.SAs[i].Src, bag.SAs[i].Dst)] = true
			}
		}
	}
	return d.keyed[h]
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
	h, named := f.Hosts()
	if f.Subject.IsSA() {
		h, named = f.Subject.Hosts(), true
	}
	known := named && d.givenBetween(h)
	begins := ok && first.Sub(d.Session.First) < atOnce && (known || first.After(d.Session.First))
	ends := ok2 && d.Session.Last.Sub(last) < atOnce && (known || d.Session.Last.After(last))
	if lacksFirst && begins || lacksLast && ends {
		f.Severity, f.AtEdge = Noteworthy, true
	}
}
