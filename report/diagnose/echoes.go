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
	const many = 5                      // segments of TCP that would be lost, too, if all packets were
	lossy, tcp := d.lossyWays(), d.tcpBetween()
	var list []Finding
	for _, h := range d.hearings() {
		c := h.c
		facts := LostEchoes{Flow: traffic.OfSA(c.SA), Src: c.Src, Dst: c.Dst, Of: c.Asked}
		var at []int
		var lost []*traffic.Segment
		for _, s := range h.unread {
			if s.Ask == traffic.AskEcho && s.Size <= c.Largest && s.Last.Time.Add(soon).Before(c.Arrived.Time) && d.watch.Inside.Heard(s.Asked()) {
				facts.Lost++
				at, lost = append(at, s.Frames[0]), append(lost, s)
			}
		}
		if facts.Lost < few || facts.Lost*share < facts.Of || lossy[deadWay{c.Src, c.Dst}] || lossy[deadWay{c.Dst, c.Src}] {
			continue
		}
		facts.Size = oneSize(lost, c)
		if t := tcp[negotiation.InOrder(c.Src, c.Dst)]; t.resent == 0 && t.acknowledged*facts.Lost >= many*facts.Of {
			facts.TCP = t.acknowledged
		}
		f := Finding{Code: CodeESPNotArriving, Severity: Warning, Grade: Likely, Frames: Frames(at...), Facts: facts}
		d.ofSender(&f, traffic.OfSA(c.SA))
		list = append(list, f)
	}
	d.addBounded(list)
}

// oneSize is the size of packets, where all have the same and nothing of it was answered; else 0.
func oneSize(list []*traffic.Segment, c *traffic.Content) int {
	for _, s := range list {
		if s.Size != list[0].Size || c.Answers(s.Size) {
			return 0
		}
	}
	return list[0].Size
}

// A tcpCount counts segments of TCP that were acknowledged, and those of them that were retransmitted.
type tcpCount struct{ acknowledged, resent int }

// tcpBetween are the segments in both directions between gateways.
func (d *diagnosis) tcpBetween() map[negotiation.Hosts]tcpCount {
	all := make(map[negotiation.Hosts]tcpCount)
	for _, c := range d.watch.Inside.Contents() {
		k := negotiation.InOrder(c.Src, c.Dst)
		n := all[k]
		all[k] = tcpCount{n.acknowledged + c.TCP, n.resent + c.Resent}
	}
	return all
}

// resentInside finds SAs in which TCP retransmits many segments, which are acknowledged then, while no sequence number is missing: they are lost behind the place
// of the capture, or their acknowledgements before it.
func (d *diagnosis) resentInside() {
	const few, share, enough = 5, 20, 30 // retransmitted, one in so many; segments, for one outage makes a few be retransmitted
	lossy := d.lossyWays()
	var list []Finding
	for _, c := range d.watch.Inside.Contents() {
		if c.TCP < enough || c.Resent < few || c.Resent*share < c.TCP || lossy[deadWay{c.Src, c.Dst}] || lossy[deadWay{c.Dst, c.Src}] {
			continue
		}
		st := c.SA.Stats()
		f := Finding{Code: CodeESPNotArriving, Severity: Warning, Grade: Likely, Frames: Frames(st.First.Frame, st.Last.Frame), Span: true,
			Facts: ResentInside{Flow: traffic.OfSA(c.SA), Src: c.Src, Dst: c.Dst, Resent: c.Resent, Of: c.TCP}}
		d.ofSender(&f, traffic.OfSA(c.SA))
		list = append(list, f)
	}
	d.addBounded(list)
}

// lossyWays are from where to where sequence numbers are missing.
func (d *diagnosis) lossyWays() map[deadWay]bool {
	lossy := make(map[deadWay]bool)
	for _, f := range d.flows() {
		if missing(&f.Stats) > 0 {
			lossy[deadWay{f.About.Src, f.About.Dst}] = true
		}
	}
	return lossy
}
