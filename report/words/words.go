// Package words has the sentences: what a finding says to people, one template a code. Facts come in, typed; nothing is decided
// here that is not about wording.
package words

import (
	"fmt"

	"github.com/ikedecode/ikedecode/report/diagnose"
)

// A Text is a finding in words.
type Text struct {
	Headline string   // one sentence
	Details  []string // its evidence, a line each
	Hint     string   // what to do; may be empty
}

// A template puts the facts of one code into words.
type template func(f *diagnose.Finding) Text

// Of is a finding in words.
func Of(f *diagnose.Finding) Text {
	var t Text
	switch facts := f.Facts.(type) {
	case diagnose.More:
		return Text{Headline: "the same of " + Count(facts.IKESAs, "more IKE SA")}
	case diagnose.MoreFlows:
		return Text{Headline: fmt.Sprintf("the same on %d more SAs", facts.Flows)}
	default:
		if make := templates[f.Code]; make != nil {
			t = make(f)
		}
	}
	for _, l := range f.Logs {
		t.Details = append(t.Details, l.At+": "+l.Text)
	}
	if s := f.Later; s != nil {
		t.Details = append(t.Details, fmt.Sprintf("a later attempt went through: %s, from frame %d on", IKESA(s.Version, s.SPIs), s.Frame))
	}
	if f.Code.Info().Class == diagnose.Weakness && f.Severity == diagnose.Noteworthy {
		t.Hint = "" // the tunnel has other worries
	}
	return t
}
