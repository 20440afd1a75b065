package report

import "fmt"

// cutMessages finds IKE messages that the snap length cut: what they say, and so what they came to, is lost.
func (d *diagnosis) cutMessages() {
	n, all := 0, 0
	var at []int
	for _, s := range d.stories {
		for _, m := range s.sa.Messages {
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
	f := Finding{Code: "snap-length", Severity: SeverityProblem, Frames: at, Hint: "capture whole packets: tcpdump -s 0",
		Text: fmt.Sprintf("%d of %s are cut by the snap length: their content is lost, and nothing follows from what seems to be missing", n, count(all, "IKE message"))}
	const few = 8
	if len(at) > few {
		f.Frames, f.span = []int{at[0], at[len(at)-1]}, true
	}
	d.add(f)
}
