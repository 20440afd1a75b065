package archive

import (
	"cmp"
	"slices"

	"github.com/ikedecode/ikedecode/esp"
)

// parts are the sequence numbers of an SA in several files.
type parts struct {
	runs      []esp.Run
	mixed     bool // some came at the same time: files of several sensors
	replays   int  // in a file alone
	reordered int
}

// add adds those of the next file; after says that all of its packets came after those before.
func (p *parts) add(sa *SA, after bool) {
	p.runs = append(p.runs, sa.Runs...)
	p.mixed = p.mixed || !after
	p.replays += sa.Replays
	p.reordered += sa.Reordered
}

// sequence is what the sequence numbers tell. Where the order of the packets is not known it is what their numbers alone tell: which of them are missing.
// What another sensor captured, too, is a Repeat, and what came out of order, or again, is what each file has of that.
func (p *parts) sequence() esp.Stats {
	if !p.mixed {
		return esp.SequenceOf(p.runs)
	}
	sorted := slices.SortedStableFunc(slices.Values(p.runs), func(a, b esp.Run) int { return cmp.Compare(a.First, b.First) })
	var once []esp.Run // each number in one of them
	total, next := uint64(0), uint64(0)
	for _, r := range sorted {
		total += r.N
		from, to := max(r.First, next), r.First+r.N
		if from >= to {
			continue
		}
		once = append(once, esp.Run{First: from, N: to - from})
		next = to
	}
	st := esp.SequenceOf(once)
	for _, r := range once {
		total -= r.N
	}
	st.Duplicates = int(total)
	st.Replays = min(p.replays, st.Duplicates)
	st.Repeats = st.Duplicates - st.Replays
	st.Reordered = p.reordered
	return st
}
