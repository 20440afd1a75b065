package diagnose

import "github.com/ikedecode/ikedecode/report/negotiation"

// perResource names Child SAs that are there at once with the same traffic selectors, so that nobody takes them for rekeyings.
func (d *diagnosis) perResource() {
	for _, q := range d.AllQueues() {
		f := Finding{Code: CodePerResourceSAs, Severity: Noteworthy, Grade: Wire, Subject: subjectOf(q.SA), Frames: Frames(q.Frames...),
			Facts: queueFacts(q), Cause: q.First}
		if !q.Sure() {
			f.Grade = Likely
		}
		d.add(f)
	}
}

func queueFacts(q *negotiation.Queues) Queues { return Queues{q.Count, q.Traffic, q.Told} }
