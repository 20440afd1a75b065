package words

import (
	"net/netip"
	"testing"
	"time"

	"github.com/ikedecode/ikedecode/decode/ike"
	"github.com/ikedecode/ikedecode/decode/ikev1"
	"github.com/ikedecode/ikedecode/report/diagnose"
	"github.com/ikedecode/ikedecode/report/negotiation"
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

// An unanswered message that was sent once says so, and not a second time that nothing came back.
func TestNoResponseOnce(t *testing.T) {
	silence := negotiation.Silence{Side: ike.Responder, Frame: 7, Times: 1}
	f := diagnose.Finding{Code: diagnose.CodeNoResponse, Severity: diagnose.Problem, Facts: diagnose.NoAnswer{
		Src: netip.MustParseAddrPort("192.0.2.1:500"), Dst: netip.MustParseAddrPort("192.0.2.2:500"),
		Outcome: &negotiation.Outcome{Code: negotiation.NoAnswer, Silence: &silence}}}
	if got := Of(&f); len(got.Details) != 1 || got.Details[0] != "192.0.2.1 did not retransmit frame 7" {
		t.Errorf("%q", got.Details)
	}
	silence.Times, silence.Over = 3, 4200*time.Millisecond
	if got := Of(&f); len(got.Details) != 1 || got.Details[0] != "no response from the responder to frame 7, retransmitted twice in 4.2 s" {
		t.Errorf("%q", got.Details)
	}
}
