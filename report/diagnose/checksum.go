package diagnose

import "github.com/ikedecode/ikedecode/report/traffic"

// wrongChecksums finds TCP inside the tunnel that its receivers drop for its checksums: most often a network card was to fill them in, and the packet went
// into the tunnel before.
func (d *diagnosis) wrongChecksums() {
	var list []Finding
	for _, c := range d.watch.Sums.All() {
		if !d.droppedForSums(c.Flow) {
			continue
		}
		f := Finding{Code: CodeInnerChecksum, Severity: Warning, Grade: Wire, Frames: Frames(c.First, c.Last), Span: true,
			Facts: WrongChecksums{Flow: c.Flow, From: c.From, To: c.To, Src: c.Src, Dst: c.Dst, Wrong: c.Wrong, Of: c.Checked}}
		d.ofSender(&f, c.Flow)
		list = append(list, f)
	}
	d.addBounded(list)
}

// droppedForSums reports whether most TCP inside an SA has wrong checksums, and is not acknowledged all the same.
func (d *diagnosis) droppedForSums(of traffic.Flow) bool {
	const some = 3
	c := d.watch.Sums.Of(of)
	if c == nil || c.Wrong < some || 2*c.Wrong < c.Checked {
		return false
	}
	h := d.hearingOf(of)
	return h == nil || 2*h.c.TCP < c.Wrong
}
