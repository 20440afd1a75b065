package report

import "github.com/ikedecode/ikedecode/report/diagnose"

// results are the findings of the rules that were called, resolved and in words.
func (d *diagnosis) results() (list []Finding) {
	for _, f := range diagnose.Resolve(d.found) {
		list = append(list, newFinding(&f))
	}
	return list
}
