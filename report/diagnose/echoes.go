package diagnose

import (
	"time"

	"github.com/ikedecode/ikedecode/report/negotiation"
	"github.com/ikedecode/ikedecode/report/traffic"
)

// lostEchoes finds SAs in which echo requests get no reply between others that do, while no sequence number is missing: the packets are lost where the
// capture does not show it.
func (d *diagnosis) lostEchoes() {
	const few, share = 5, 10
	const soon = 100 * time.Millisecond // before the last answer, which one more may come after
	lossy := make(map[deadWay]bool)
	for _, f := range d.flows() {
		if missing(&f.Stats) > 0 {
			lossy[deadWay{f.About.Src, f.About.Dst}] = true
		}
	}
	var list []Finding
	for _, h := range d.hearings() {
		c := h.c
		facts := LostEchoes{Flow: traffic.OfSA(c.SA), Src: c.Src, Dst: c.Dst, Of: c.Asked}
		var at []int
		for _, s := range h.unread {
			if s.Ask == traffic.AskEcho && s.Size <= c.Largest && s.Last.Time.Add(soon).Before(c.Arrived.Time) && d.watch.Inside.Heard(s.Asked()) {
				facts.Lost++
				at = append(at, s.Frames[0])
			}
		}
		if facts.Lost < few || facts.Lost*share < facts.Of || lossy[deadWay{c.Src, c.Dst}] || lossy[deadWay{c.Dst, c.Src}] {
			continue
		}
		f := Finding{Code: CodeESPNotArriving, Severity: Warning, Grade: Likely, Frames: Frames(at...), Facts: facts}
		if ref := d.Child(negotiation.KeyOf(c.SA)); ref.SA != nil {
			f.Subject, f.From = subjectOf(ref.SA), SideOf(ref.Dir.FromInitiator == ref.Child.FromInitiator)
		}
		list = append(list, f)
	}
	d.addBounded(list)
}
