package esp

// Restart makes all that the SAs have counted nothing again. What is known of them stays: that keys are proven, high halves of sequence numbers, parts of
// inner packets that wait. It is for packets that are read for what they say of later ones alone.
func (t *Table) Restart() {
	for _, sa := range t.Used() {
		sa.mu.Lock()
		if s := sa.traffic; s != nil {
			*s = traffic{proven: s.proven, plausible: s.plausible, doubt: s.doubt, agg: s.agg}
			if s.agg != nil {
				s.agg.stats = AggregateStats{}
			}
		}
		sa.mu.Unlock()
	}
}
