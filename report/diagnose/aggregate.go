package diagnose

// aggregates finds SAs whose AGGFRAG payloads (RFC 9347) do not give all inner packets: a tunnel that loses packets inside is not healthy,
// however many ESP packets were decrypted.
func (d *diagnosis) aggregates() {
	var list []Finding
	for _, f := range d.flows() {
		a := f.Stats.Aggregate
		if a == nil || a.Incomplete+a.Malformed == 0 {
			continue
		}
		facts := BrokenAggregates{Flow: f.About, Payloads: a.Payloads, Packets: a.Packets, Incomplete: a.Incomplete, Malformed: a.Malformed,
			Lost: f.Stats.Lost, Cut: f.Stats.CutOpened}
		code, severity := CodeAggfragIncomplete, Warning
		if a.Malformed > 0 {
			code, severity = CodeAggfragMalformed, Problem
		}
		x := f.finding(code, severity, facts)
		x.Frames, x.Span = Frames(a.Frames...), false
		list = append(list, x)
	}
	d.addBounded(list)
}
