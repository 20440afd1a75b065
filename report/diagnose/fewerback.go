package diagnose

import "time"

// fewerBack notes hosts that exchange packets of one length, not decrypted, one of them at intervals and the other one fewer: most likely these are echo
// requests, and some replies are missing.
func (d *diagnosis) fewerBack() {
	const (
		enough, fewest = 10, 3                  // packets of the one, missing of the other
		share          = 10                     // one in so many, missing, or of other lengths
		apart          = 100 * time.Millisecond // on average
	)
	var list []Finding
	for _, w := range d.watch.Duplex.Ways() {
		back := w.Back()
		if back == nil || w.Closed.Frame != w.Last.Frame || back.Closed.Frame != back.Last.Frame || d.AtSecondPlace(w.Src, w.Dst) {
			continue
		}
		length, sent := w.Usual()
		same, came := back.Usual()
		over := w.Last.Time.Sub(w.First)
		missing := sent - came
		switch {
		case length != same, sent < enough, came < fewest, missing < fewest, missing*share < sent, over < time.Duration(sent)*apart:
		case (w.Packets-sent)*share > w.Packets, (back.Packets-came)*share > back.Packets:
		case w.Now.Packets >= missing: // all at the end: the host fell silent
		default:
			severity := Noteworthy
			if 2*missing > sent { // of two hosts that are asked alike one may be silent
				severity = Warning
			}
			list = append(list, Finding{Code: CodeESPNotArriving, Severity: severity, Grade: Likely, Frames: Frames(w.Last.Frame),
				Facts: FewerBack{Src: w.Src, Dst: w.Dst, Sent: sent, Back: came, Over: over}})
		}
	}
	d.addBounded(list)
}
