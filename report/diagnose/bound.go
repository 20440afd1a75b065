package diagnose

import (
	"cmp"
	"slices"
)

// Bounds for captures with many IKE SAs: frames of one finding, and findings of one code about an IKE SA each.
const (
	MaxFoldedFrames = 256
	MaxNotesPerCode = 20
	MaxPerCode      = 500
)

// bound leaves out what goes over the bounds, and says how much that is.
func bound(list []Finding) []Finding {
	counts, left := make(map[Code]int), make(map[Code]Finding)
	out := list[:0]
	for _, f := range list {
		if f.Subject.IsSA() {
			most := MaxPerCode
			if f.Severity == Noteworthy {
				most = MaxNotesPerCode
			}
			if counts[f.Code]++; counts[f.Code] > most {
				left[f.Code] = more(left[f.Code], f)
				continue
			}
		}
		out = append(out, f)
	}
	for _, i := range Codes {
		if f, ok := left[i.Code]; ok {
			out = append(out, f)
		}
	}
	return out
}

// more is m, which stands for the findings of a code that are left out, with another one.
func more(m, f Finding) Finding {
	x, ok := m.Facts.(More)
	if x.IKESAs++; !ok || f.Severity.Rank() < x.Worst.Rank() {
		x.Worst = f.Severity
	}
	return Finding{Code: f.Code, Severity: Noteworthy, Facts: x, Also: append(append(m.Also, f.Subject), f.Also...)}
}

// maxPerFlow bounds the findings of one code about a flow each.
const maxPerFlow = 20

// Bounded are findings about flows: of each code the worst ones, and how many more there are.
func Bounded(list []Finding) (out []Finding) {
	slices.SortStableFunc(list, func(a, b Finding) int { return cmp.Compare(a.Severity.Rank(), b.Severity.Rank()) })
	counts, more := make(map[Code]int), []Finding(nil)
	for _, f := range list {
		if counts[f.Code]++; counts[f.Code] <= maxPerFlow {
			out = append(out, f)
		} else if counts[f.Code] == maxPerFlow+1 {
			more = append(more, Finding{Code: f.Code, Severity: f.Severity})
		}
	}
	for _, f := range more {
		f.Facts = MoreFlows{counts[f.Code] - maxPerFlow}
		out = append(out, f)
	}
	return out
}
