package words

import (
	"testing"

	"github.com/ikedecode/ikedecode/decode/ikev1"
	"github.com/ikedecode/ikedecode/report/diagnose"
)

// Every code has its words, and only codes have.
func TestEveryCodeHasWords(t *testing.T) {
	codes := make(map[diagnose.Code]bool)
	for _, c := range diagnose.Codes {
		codes[c.Code] = true
		if templates[c.Code] == nil {
			t.Errorf("%s has no template", c.Code)
		}
	}
	for code := range templates {
		if !codes[code] {
			t.Errorf("there is a template for %s, which is no code", code)
		}
	}
}

// Facts of another sort than the template wants are no panic.
func TestOtherFacts(t *testing.T) {
	for code := range templates {
		for _, facts := range []diagnose.Facts{nil, diagnose.More{IKESAs: 2}, diagnose.Challenge{}, diagnose.MoreFlows{Flows: 3}} {
			Of(&diagnose.Finding{Code: code, Severity: diagnose.Problem, Facts: facts})
		}
	}
	if got := Of(&diagnose.Finding{Code: diagnose.CodeNoResponse, Facts: diagnose.More{IKESAs: 2}}).Headline; got != "seen on 2 more IKE SAs" {
		t.Errorf("%q", got)
	}
}

// What logs and later attempts say stands behind the evidence; a weakness beside a problem gives no advice.
func TestBehindTheEvidence(t *testing.T) {
	got := Of(&diagnose.Finding{Code: diagnose.CodeErrorNotify, From: diagnose.Responder, Facts: diagnose.ErrorNotify{Notify: &ikev1.Notify{Type: ikev1.NotifyNoProposalChosen}},
		Logs:  []diagnose.LogLine{{At: "gwb.log:489", Text: "no matching proposal found"}},
		Later: &diagnose.Success{Version: 2, Frame: 7}})
	if len(got.Details) != 2 || got.Details[0] != `gwb.log:489: "no matching proposal found"` || got.Headline != "the responder sent NO-PROPOSAL-CHOSEN" {
		t.Errorf("%+v", got)
	}
	weak := diagnose.Finding{Code: diagnose.CodeAggressiveModePSK, Severity: diagnose.Warning, Facts: diagnose.AggressivePSK{}}
	if Of(&weak).Hint == "" {
		t.Error("a warning gives advice")
	}
	if weak.Severity = diagnose.Noteworthy; Of(&weak).Hint != "" {
		t.Error("a note gives none")
	}
}
