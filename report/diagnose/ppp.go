package diagnose

import "github.com/ikedecode/ikedecode/report/traffic"

// pppRejections finds users whom PPP inside L2TP rejected: IPsec works, and nobody gets in.
func (d *diagnosis) pppRejections() {
	var list []Finding
	for _, r := range d.watch.Inside.Rejections() {
		if r.Count == 0 {
			continue
		}
		f := Finding{Code: CodePPPFailed, Severity: Problem, Grade: Keys, Frames: Frames(r.First.Frame, r.Last.Frame),
			Facts: PPPRejected{Flow: traffic.OfSA(r.SA), From: r.From, To: r.To, Protocol: r.Protocol, Count: r.Count, Accepted: r.Accepted}}
		if r.Accepted {
			f.Severity = Noteworthy
		}
		d.ofSender(&f, traffic.OfSA(r.SA))
		list = append(list, f)
	}
	d.addBounded(list)
}
