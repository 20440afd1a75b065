package report

import (
	"slices"
	"testing"

	"github.com/ikedecode/ikedecode"
	"github.com/ikedecode/ikedecode/esp"
	"github.com/ikedecode/ikedecode/keys/ikesa"
	"github.com/ikedecode/ikedecode/report/diagnose"
	"github.com/ikedecode/ikedecode/report/negotiation"
	"github.com/ikedecode/ikedecode/report/traffic"
)

// A ruling is what single rules find in a made-up session.
type ruling struct {
	*negotiation.Reading
	watch *traffic.Watch
	found []diagnose.Finding
}

func diagnosisOf(sas ...*ikesa.SA) *ruling {
	return &ruling{Reading: negotiation.Read(&ikedecode.Session{SAs: sas, Table: esp.NewTable()}), watch: &traffic.Watch{}}
}

// apply adds what a rule finds.
func (r *ruling) apply(t *testing.T, name string) {
	t.Helper()
	i := slices.IndexFunc(diagnose.Rules, func(r diagnose.Rule) bool { return r.Name == name })
	if i < 0 {
		t.Fatalf("there is no rule %s", name)
	}
	r.found = append(r.found, diagnose.Rules[i].Find(r.Reading, r.watch)...)
}

// results are the findings of the rules that were applied, resolved and in words.
func (r *ruling) results() (list []Finding) {
	for _, f := range diagnose.Resolve(r.found) {
		list = append(list, newFinding(&f))
	}
	return list
}
