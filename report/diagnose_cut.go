package report

import "github.com/ikedecode/ikedecode/report/diagnose"

// cutMessages finds IKE messages that the snap length cut: what they say, and so what they came to, is lost.
func (d *diagnosis) cutMessages() {
	n, all := 0, 0
	var at []int
	for _, s := range d.stories {
		for _, m := range s.SA.Messages {
			all++
			if m.Cut {
				n++
				at = append(at, m.Frame)
			}
		}
	}
	if n == 0 {
		return
	}
	at = frames(at...)
	f := diagnose.Finding{Code: diagnose.CodeSnapLength, Severity: SeverityProblem, Grade: diagnose.Wire, Frames: at, Facts: diagnose.CutMessages{Cut: n, All: all}}
	const few = 8
	if len(at) > few {
		f.Frames, f.Span = []int{at[0], at[len(at)-1]}, true
	}
	d.found = append(d.found, f)
}
