package diagnose

import (
	"slices"
	"time"

	"github.com/ikedecode/ikedecode/decode"
	"github.com/ikedecode/ikedecode/decode/ikev1"
	"github.com/ikedecode/ikedecode/decode/ikev2"
	"github.com/ikedecode/ikedecode/keys/ikesa"
	"github.com/ikedecode/ikedecode/keys/logs"
	"github.com/ikedecode/ikedecode/report/negotiation"
)

// What the logs that were given tell, bound to the negotiations of the capture. A log holds many negotiations, of which the capture may
// have none; whose log it is, and in which role that host is, is found out for each of them.

// A logbook has the events of all logs by the IKE SAs that they are about.
type logbook struct {
	events map[*ikesa.SA][]*entry
	loose  []*loose // refusals that fit no IKE SA
	// offsets are how far the clocks of logs are ahead of the capture's, by file, where that is known.
	offsets map[string]time.Duration
}

// An entry is an event that is about an IKE SA of the capture.
type entry struct {
	*logs.Event
	side  Side            // that writes the log; NoSide where it may be either, for nothing but the time binds it
	x     *ikesa.Exchange // as the IKE SA's story has it; nil: not known
	grade Grade           // Log, or Likely where nothing but the time binds it
	// elsewhere tells that it is about an exchange that the capture lacks: of before it begins, or after it ends.
	elsewhere bool
}

// A loose event is about no negotiation of the capture, as far as it shows.
type loose struct {
	*logs.Event
	offset time.Duration // of the clock of its log; known tells
	known  bool
}

// logbook is that of all logs given.
func (d *diagnosis) logbook() *logbook {
	if d.book != nil {
		return d.book
	}
	d.book = &logbook{events: make(map[*ikesa.SA][]*entry)}
	if d.Session.Bag == nil || len(d.Session.Bag.Events) == 0 {
		return d.book
	}
	b := newBinder(d)
	talks := talksOf(d.Session.Bag.Events)
	b.bindStrong(talks)
	b.bindWeak(talks)
	d.book.offsets = b.offsets
	for _, t := range talks {
		d.book.enter(b, t)
	}
	return d.book
}

// hasLogOf reports whether a log of a side of an IKE SA was given, which tells of it.
func (d *diagnosis) hasLogOf(sa *ikesa.SA, side Side) bool {
	return slices.ContainsFunc(d.logbook().events[sa], func(e *entry) bool { return e.side == side && e.grade == Log })
}

// story is what is told of an IKE SA; nil for one that is not of the capture.
func (d *diagnosis) story(sa *ikesa.SA) *negotiation.Story {
	if d.bySA == nil {
		d.bySA = make(map[*ikesa.SA]*negotiation.Story)
		for _, s := range d.Stories() {
			d.bySA[s.SA] = s
		}
	}
	return d.bySA[sa]
}

// enter puts the events of a talk into the book.
func (l *logbook) enter(b *binder, t *talk) {
	if t.sa == nil {
		for _, e := range t.events {
			if e.Kind == logs.Refused {
				offset, known := b.offsets[e.File]
				l.loose = append(l.loose, &loose{Event: e, offset: offset, known: known})
			}
		}
		return
	}
	blocks, captured := make(map[*ikesa.Message]*ikesa.Exchange), make(map[exchangeName]bool)
	for _, m := range t.sa.Messages {
		captured[exchangeName{negotiation.TypeOf(m), m.MessageID}] = true
	}
	if s := b.d.story(t.sa); s != nil {
		for _, x := range s.Exchanges() {
			for _, m := range x.Messages {
				blocks[m] = x
			}
		}
	}
	list := make([]*entry, len(t.events))
	for i, e := range t.events {
		list[i] = &entry{Event: e, side: t.side, grade: t.grade}
		if e.Unsure {
			list[i].grade = Likely
		}
		if m := messageOf(e, t.sa, t.side); m != nil && t.side != NoSide {
			list[i].x = blocks[m]
		}
		list[i].elsewhere = list[i].x == nil && namesOther(e, captured)
	}
	fill(list)
	l.events[t.sa] = append(l.events[t.sa], list...)
}

// fill gives events the exchange of those before them, of the same thread, else of the first after them.
func fill(list []*entry) {
	for i, e := range list {
		if i > 0 && e.x == nil && !e.elsewhere && list[i-1].Thread == e.Thread {
			e.x = list[i-1].x
		}
	}
	for i := len(list) - 2; i >= 0; i-- {
		cameUp := list[i].Kind == logs.Up || list[i].Kind == logs.ChildUp // which ended its exchange
		if list[i].x == nil && !list[i].elsewhere && !cameUp && list[i+1].Thread == list[i].Thread {
			list[i].x = list[i+1].x
		}
	}
}

// An exchangeName is what a log and a capture call an exchange.
type exchangeName struct {
	kind decode.ExchangeType
	id   uint32
}

// namesOther reports whether an event names the Quick Mode or the CREATE_CHILD_SA exchange that it is about, and that is none of those in the capture. What
// ends IKE_AUTH says why the whole of it failed, and an Informational of IKEv1 has a message ID of its own, whatever it is about.
func namesOther(e *logs.Event, captured map[exchangeName]bool) bool {
	named := exchangeName{decode.ExchangeType(e.Message.Exchange), e.Message.ID}
	switch {
	case named.kind == ikev1.ExchangeQuick && named.id != 0, named.kind == ikev2.ExchangeCreateChild && !e.Message.NoID:
		return !captured[named]
	}
	return false
}
