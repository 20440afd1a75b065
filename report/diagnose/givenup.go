package diagnose

import (
	"slices"
	"time"

	"github.com/ikedecode/ikedecode/keys/ikesa"
	"github.com/ikedecode/ikedecode/keys/logs"
	"github.com/ikedecode/ikedecode/report/negotiation"
)

// gaveUpWithin is how long after the end of the capture what a log says is still about it: a program sends for some minutes before it gives up.
const gaveUpWithin = 10 * time.Minute

// givenUp finds established IKE SAs that a side gave up, as its log says, for want of a response to a request that the capture does not have: the capture
// ends before it, or was made where the request did not come.
func (d *diagnosis) givenUp() {
	for _, s := range d.Stories() {
		if negotiation.IKEDelete(s.SA) != nil {
			continue
		}
		told := d.logbook().events[s.SA]
		for _, e := range slices.Backward(told) {
			if e.Kind != logs.GaveUp || e.grade != Log || e.side == NoSide || !cameUpBefore(told, e) {
				continue
			}
			after, ok := e.Time.Since(d.Session.Last)
			offset, known := d.logbook().offsets[e.File]
			if after -= offset; !known {
				after = logs.LessZone(after)
			}
			if !ok || !known && after < d.Session.First.Sub(d.Session.Last) || after > gaveUpWithin {
				continue
			}
			if d.faulty(s.SA) || d.cutOffAfter(s.SA, e.side) {
				break
			}
			last := s.SA.Messages[len(s.SA.Messages)-1]
			heard, alone := negotiation.OnlyOneSide(s.SA)
			d.add(Finding{Code: CodeDPDTimeout, Severity: Problem, Grade: Log, Subject: subjectOf(s.SA), From: e.side, Frames: Frames(last.Frame), Decided: e.Where(),
				Facts: GaveUp{Sent: e.Count, Later: after > 0, Unsure: !known && after <= 0, Alone: alone && heard != e.side}, Logs: []LogLine{{At: e.Where(), Text: e.Text}}})
			break
		}
	}
}

// cameUpBefore reports whether the log of an event says before it that the tunnel came up.
func cameUpBefore(told []*entry, e *entry) bool {
	return slices.ContainsFunc(told, func(o *entry) bool {
		return o.File == e.File && o.Line < e.Line && (o.Kind == logs.Up || o.Kind == logs.ChildUp)
	})
}

// faulty reports whether a rule has found out that an IKE SA failed, or that something of it had no response.
func (d *diagnosis) faulty(sa *ikesa.SA) bool {
	return slices.ContainsFunc(d.found, func(f Finding) bool {
		info := f.Code.Info()
		return f.Subject == subjectOf(sa) && f.Severity != Noteworthy && (info.Class == Fault || info.Silence)
	})
}
