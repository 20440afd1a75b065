package diagnose

import (
	"github.com/ikedecode/ikedecode/report/negotiation"
	"github.com/ikedecode/ikedecode/report/traffic"
)

// routingLoops finds packets that go round through a tunnel until no hop is left: they arrive nowhere, however healthy the tunnel is.
func (d *diagnosis) routingLoops() {
	var list []Finding
	for _, l := range d.watch.Loops.All() {
		f := Finding{Code: CodeRoutingLoop, Severity: Warning, Grade: Wire, Frames: Frames(l.First, l.Last), Span: true,
			Facts: RoutingLoop{Flow: traffic.OfSA(l.SA), From: l.From, To: l.To, Src: l.Src, Dst: l.Dst, Packets: l.Packets, Times: l.Times, Back: l.Back}}
		if ref := d.Child(negotiation.KeyOf(l.SA)); ref.SA != nil {
			f.Subject, f.From = subjectOf(ref.SA), SideOf(l.To == ref.SA.InitiatorAddr.Addr())
		}
		list = append(list, f)
	}
	d.addBounded(list)
}
