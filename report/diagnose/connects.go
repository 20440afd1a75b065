package diagnose

import (
	"slices"

	"github.com/ikedecode/ikedecode/keys/ikesa"
	"github.com/ikedecode/ikedecode/report/negotiation"
)

// unopened finds peers to which no TCP connection on port 4500, for IKE and ESP (RFC 9329), could be opened.
func (d *diagnosis) unopened() {
	const often = 2 // SYNs: one alone may have its response after the end of the capture
	var list []Finding
	for _, c := range d.watch.Connects.All() {
		between := d.Family().Between(negotiation.InOrder(c.Src, c.Dst))
		up := slices.ContainsFunc(between, func(sa *ikesa.SA) bool { return sa.Established })
		if c.Open || up || c.Reset.Frame == 0 && c.SYNs < often {
			continue
		}
		f := Finding{Code: CodeNoResponse, Severity: Problem, Grade: Wire, Frames: Frames(c.First.Frame, max(c.Last.Frame, c.Reset.Frame)), Span: true,
			RFC: "RFC 9329, section 2", Facts: NotOpened{Src: c.Src, Dst: c.Dst, SYNs: c.SYNs, Reset: c.Reset.Frame}}
		if len(between) == 0 && d.Session.Counts.IKE+d.Session.Counts.ESP > 0 { // beside the tunnels of others: hosts of the Internet scan ports
			f.Severity = Noteworthy
		}
		list = append(list, f)
	}
	d.addBounded(list)
}
