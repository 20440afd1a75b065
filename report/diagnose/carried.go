package diagnose

import (
	"slices"

	"github.com/ikedecode/ikedecode/decode/ike"
	"github.com/ikedecode/ikedecode/keys/ikesa"
	"github.com/ikedecode/ikedecode/keys/logs"
	"github.com/ikedecode/ikedecode/report/negotiation"
)

// What the kernels of the two sides counted over a Child SA, as their daemons write it where it ends: charon and pluto do, also at their usual levels, and
// a FortiGate now and then. It tells what a capture of IKE alone leaves out, and on which side packets are lost. That nothing was sent is no evidence: where a
// Child SA is rekeyed, charon removes the SA that it sends on before it asks the kernel, and writes 0; and neither is nothing both ways.

// A tally is what the log of one side says that a Child SA carried.
type tally struct {
	SA      *ikesa.SA
	Side    Side // that counted
	In, Out uint64
	SPIs    [2]ike.ChildSPI // of what came in, of what went out; zero where the log does not say
	Log     LogLine
}

// tallies are what logs say of the Child SAs with some SPIs, in the order of the SPIs and of the logs.
func (d *diagnosis) tallies(spis []ike.ChildSPI) (list []tally) {
	const most = 8 // of one SPI
	if d.tallied == nil {
		d.tallied = make(map[ike.ChildSPI][]tally)
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

func tallyOf(sa *ikesa.SA, e *entry) (tally, bool) {
	if e.Kind != logs.Carried || e.grade != Log || e.side == NoSide {
		return tally{}, false
	}
	t := tally{SA: sa, Side: e.side, In: e.In, Out: e.Out, Log: LogLine{At: e.Where(), Text: e.Text}}
	copy(t.SPIs[:], e.Children)
	return t, true
}

// receiver is what the log of the side that packets on an SPI are for counted of them; ok: there is one.
func (d *diagnosis) receiver(spi uint32) (tally, bool) {
	for _, t := range d.tallies([]ike.ChildSPI{ike.ChildSPI(spi)}) {
		if t.SPIs[0] == ike.ChildSPI(spi) {
			return t, true
		}
	}
	return tally{}, false
}

// received is what the receiver of packets on several SPIs counted of them in all.
func (d *diagnosis) received(spis []uint32) (all tally, ok bool) {
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
	if t, ok := d.receiver(facts.Flow.SPI); ok && whyOf(t) != WayUnknown {
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
func whyOf(t tally) WayWhy {
	switch {
	case t.In > 0 && t.Out > 0:
		return SentBack
	case t.In > 0:
		return Received
	case t.Out > 0:
		return NotReceived
	}
	return WayUnknown
}

// uncounted finds packets that their receiver counted none of, as its log says.
func (d *diagnosis) uncounted() {
	x := d.newWays(d.flows())
	for _, w := range x.inOrder() {
		t, ok := d.receiver(w.SPI)
		if !ok || whyOf(t) != NotReceived || w.packets < oneWayAfter {
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
func (d *diagnosis) alreadyLost(w *way, t tally) (found bool) {
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

// carriedByLog reports whether a Child SA that was negotiated carried anything, as a log says.
func (d *diagnosis) carriedByLog(c *ikesa.Child) bool {
	var spis []ike.ChildSPI
	for _, dir := range c.SAs {
		spis = append(spis, ike.ChildSPI(dir.SPI))
	}
	return slices.ContainsFunc(d.tallies(spis), func(t tally) bool { return t.In > 0 || t.Out > 0 })
}

// A hostTally is what logs tell of all Child SAs between two hosts.
type hostTally struct {
	sa   *ikesa.SA // the last one of those that they tell of; nil: they say nothing
	logs []LogLine
	told [2]bool // the log of the initiator, or the responder, of that IKE SA has counts
	in   [2]bool // that host received something, in all
	out  [2]bool // it sent something
}

// countedBetween adds up what logs say of the Child SAs between two hosts: one may carry what goes one way, and another what comes back.
func (d *diagnosis) countedBetween(h negotiation.Hosts) (all hostTally) {
	const most = 4 // lines
	for _, sa := range slices.Backward(d.Family().Between(h)) {
		for _, e := range d.logbook().events[sa] {
			t, ok := tallyOf(sa, e)
			if !ok {
				continue
			}
			all.add(t)
			if len(all.logs) < most {
				all.logs = append(all.logs, t.Log)
			}
		}
	}
	return all
}

// workedByLog reports whether the Child SAs between two hosts carried packets both ways, as logs say.
func (d *diagnosis) workedByLog(h negotiation.Hosts) bool {
	all := d.countedBetween(h)
	return all.bothWays()
}

func (x *hostTally) add(t tally) {
	if x.sa == nil {
		x.sa = t.SA
	}
	if t.SA.InitiatorAddr.Addr() != x.sa.InitiatorAddr.Addr() { // its peer began that one
		t.Side = t.Side.Other()
	}
	i := 0
	if t.Side == Responder {
		i = 1
	}
	x.told[i], x.in[i], x.out[i] = true, x.in[i] || t.In > 0, x.out[i] || t.Out > 0
}

// bothWays reports whether both sides received something, or the one whose log is known received and sent.
func (x *hostTally) bothWays() bool {
	arrives := func(at int) bool { return x.in[at] || !x.told[at] && x.out[1-at] }
	return arrives(0) && arrives(1)
}

// oneWay is who sent packets of which the peer received none, or that nothing came back for; ok: the counts tell.
func (x *hostTally) oneWay() (facts CountedOneWay, ok bool) {
	sides := [2]Side{Initiator, Responder}
	for i := range sides {
		if !x.told[i] || x.in[i] || !x.out[i] {
			continue
		}
		if x.out[1-i] {
			return CountedOneWay{From: sides[1-i], Why: NotReceived}, true
		}
		facts, ok = CountedOneWay{From: sides[i]}, true
	}
	return facts, ok
}

// oneWayCounted is for hosts whose Child SAs carried packets one way alone, as their logs say, where the capture has none.
func oneWayCounted(x *hostTally, facts CountedOneWay) Finding {
	f := Finding{Code: CodeESPOneWay, Severity: Warning, Subject: subjectOf(x.sa), From: facts.From, Frames: Frames(x.sa.Messages[0].Frame), Facts: facts}
	for _, at := range x.logs {
		f.counted(at, facts.Why)
	}
	return f
}
