package diagnose

import (
	"slices"

	"github.com/ikedecode/ikedecode/decode/ike"
	"github.com/ikedecode/ikedecode/keys/ikesa"
	"github.com/ikedecode/ikedecode/keys/logs"
	"github.com/ikedecode/ikedecode/report/negotiation"
)

// What the kernels of the two sides counted over a Child SA, as their daemons write it where it ends: charon and pluto do, also at their usual levels, and
// a FortiGate now and then. It tells what a capture of IKE alone leaves out, and on which side packets are lost.

// A Tally is what the log of one side says that a Child SA carried.
type Tally struct {
	SA      *ikesa.SA
	Side    Side // that counted
	In, Out uint64
	SPIs    [2]ike.ChildSPI // of what came in, of what went out; zero where the log does not say
	Log     LogLine
}

// tallies are what logs say of the Child SAs with some SPIs, in the order of the SPIs and of the logs.
func (d *diagnosis) tallies(spis []ike.ChildSPI) (list []Tally) {
	const most = 8 // of one SPI
	if d.tallied == nil {
		d.tallied = make(map[ike.ChildSPI][]Tally)
		for _, sa := range d.Session.SAs {
			for _, e := range d.logbook().events[sa] {
				for _, spi := range e.Children {
					if t, ok := tallyOf(sa, e); ok && len(d.tallied[spi]) < most {
						d.tallied[spi] = append(d.tallied[spi], t)
					}
				}
			}
		}
	}
	for _, spi := range spis {
		for _, t := range d.tallied[spi] {
			if !slices.Contains(list, t) {
				list = append(list, t)
			}
		}
	}
	return list
}

func tallyOf(sa *ikesa.SA, e *entry) (Tally, bool) {
	if e.Kind != logs.Carried || e.grade != Log || e.side == NoSide {
		return Tally{}, false
	}
	t := Tally{SA: sa, Side: e.side, In: e.In, Out: e.Out, Log: LogLine{At: e.Where(), Text: e.Text}}
	copy(t.SPIs[:], e.Children)
	return t, true
}

// receiver is what the log of the side that packets on an SPI are for counted of them; ok: there is one.
func (d *diagnosis) receiver(spi uint32) (Tally, bool) {
	for _, t := range d.tallies([]ike.ChildSPI{ike.ChildSPI(spi)}) {
		if t.SPIs[0] == ike.ChildSPI(spi) {
			return t, true
		}
	}
	return Tally{}, false
}

// received is what the receiver of packets on several SPIs counted of them in all.
func (d *diagnosis) received(spis []uint32) (all Tally, ok bool) {
	for _, spi := range spis {
		if t, is := d.receiver(spi); is {
			t.In, t.Out = t.In+all.In, t.Out+all.Out
			all, ok = t, true
		}
	}
	return all, ok
}

// explain adds to packets that nothing came back for what the log of their receiver counted.
func (d *diagnosis) explain(f *Finding) {
	facts, ok := f.Facts.(OneWay)
	if !ok || facts.Unseen > 0 {
		return
	}
	if t, ok := d.receiver(facts.Flow.SPI); ok {
		facts.Why = whyOf(t)
		f.Facts = facts
		f.counted(t.Log, facts.Why)
	}
}

// counted makes a finding about packets that nothing came back for one that a log proves.
func (f *Finding) counted(at LogLine, why WayWhy) {
	f.Grade, f.Logs = Log, append(f.Logs, at)
	if why == NotReceived {
		f.Code, f.Severity = CodeESPNotArriving, Problem
	}
}

// whyOf is what a side that no packets of came did with those that it was sent.
func whyOf(t Tally) WayWhy {
	switch {
	case t.In == 0:
		return NotReceived
	case t.Out == 0:
		return NotSentBack
	}
	return SentBack
}

// uncounted finds packets that their receiver counted none of, as its log says.
func (d *diagnosis) uncounted() {
	x := d.newWays(d.flows())
	for _, w := range x.inOrder() {
		t, ok := d.receiver(w.SPI)
		back := x.byKey[negotiation.ChildKey{Protocol: w.Protocol, SPI: uint32(t.SPIs[1])}]
		if !ok || t.In > 0 || w.packets < oneWayAfter || t.Out == 0 && back != nil && back.packets > 0 { // it was not counted
			continue
		}
		if d.alreadyLost(w, t) {
			continue
		}
		d.found = append(d.found, Finding{Code: CodeESPNotArriving, Severity: Problem, Grade: Log, Subject: subjectOf(t.SA), From: t.Side.Other(), Frames: Frames(w.first, w.last), Span: true,
			Facts: OneWay{Flow: w.Flow, Packets: w.packets, Why: NotReceived}, Logs: []LogLine{t.Log}})
	}
}

// alreadyLost reports whether it was found that the packets of w do not arrive, which their receiver's log proves now. What was but likely is dropped.
func (d *diagnosis) alreadyLost(w *way, t Tally) (found bool) {
	d.found = slices.DeleteFunc(d.found, func(f Finding) bool {
		facts, ok := f.Facts.(NotArriving)
		return ok && facts.Flow.SPI == w.SPI && facts.Unheard > 0
	})
	for i := range d.found {
		f := &d.found[i]
		switch facts := f.Facts.(type) {
		case OneWay:
			found = found || facts.Flow.SPI == w.SPI
		case ClosedOneWay:
			found = found || facts.Why == NotReceived && facts.Src == w.Src && facts.Dst == w.Dst
		case NotArriving:
			if facts.Flow.SPI == w.SPI {
				f.counted(t.Log, NotReceived)
				found = true
			}
		}
	}
	return found
}

// talliesOf are those of a Child SA that was negotiated.
func (d *diagnosis) talliesOf(c *ikesa.Child) []Tally {
	var spis []ike.ChildSPI
	for _, dir := range c.SAs {
		spis = append(spis, ike.ChildSPI(dir.SPI))
	}
	return d.tallies(spis)
}

// A childTally is a Child SA, and what logs tell of it.
type childTally struct {
	sa   *ikesa.SA
	list []Tally // empty: logs say nothing
	way  countedWay
}

// countedBetween is the last Child SA between two hosts that carried packets, as logs say; where none did, one that carried nothing.
func (d *diagnosis) countedBetween(h negotiation.Hosts) (last childTally) {
	for _, sa := range d.Family().Between(h) {
		for _, e := range d.logbook().events[sa] {
			t, ok := tallyOf(sa, e)
			if !ok {
				continue
			}
			list := d.tallies(e.Children)
			if len(list) == 0 { // the log does not say of which one
				list = []Tally{t}
			}
			if way := wayOf(list); way != countedNone || last.way == countedNone {
				last = childTally{sa, list, way}
			}
		}
	}
	return last
}

// A countedWay is how far what logs count over a Child SA is what a tunnel that works carries.
type countedWay uint8

const (
	countedNone countedWay = iota // nothing, or no log tells
	countedOne                    // some, one way
	countedBoth                   // both sides received something, or the one whose log is known received and sent
)

func wayOf(list []Tally) countedWay {
	var in, out, told [2]bool // of the initiator, the responder
	for _, t := range list {
		i := 0
		if t.Side == Responder {
			i = 1
		}
		told[i], in[i], out[i] = true, in[i] || t.In > 0, out[i] || t.Out > 0
	}
	arrives := func(at int) bool { return in[at] || !told[at] && out[1-at] }
	switch {
	case arrives(0) && arrives(1):
		return countedBoth
	case in[0] || in[1] || out[0] || out[1]:
		return countedOne
	}
	return countedNone
}

// oneWayCounted is for hosts whose Child SA carried packets one way alone, as their logs say, where the capture has none.
func oneWayCounted(c childTally) Finding {
	facts := CountedOneWay{}
	for _, t := range c.list {
		switch {
		case t.In > 0 && t.Out == 0: // its own doing
			facts.From, facts.Why = t.Side.Other(), NotSentBack
		case t.In == 0 && t.Out > 0 && facts.Why == WayUnknown:
			facts.From = t.Side
		}
	}
	for _, t := range c.list {
		sent := func(o Tally) bool { return o.Side != t.Side && o.Out > 0 }
		if t.In == 0 && slices.ContainsFunc(c.list, sent) {
			facts.From, facts.Why = t.Side.Other(), NotReceived
		}
	}
	f := Finding{Code: CodeESPOneWay, Severity: Warning, Subject: subjectOf(c.sa), From: facts.From, Frames: Frames(c.sa.Messages[0].Frame), Facts: facts}
	for _, t := range c.list {
		f.counted(t.Log, facts.Why)
	}
	return f
}
