package report

import (
	"slices"
	"testing"

	"github.com/ikedecode/ikedecode/keys/secret"
)

// What reports say is decided by what they know, not by how it reads: names of files, algorithms and peers are anyone's.
func TestWordsDecideNothing(t *testing.T) {
	c := &Child{Algorithms: []string{"ESP transform 250 PFS, 3600 s"}, PFS: "MODP-2048"}
	if got, want := remarkTexts(c.Remarks(nil)), "chosen: ESP transform 250 PFS, 3600 s, PFS MODP-2048\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	r := &IKESA{Version: 2, Proofs: []Proof{
		{Secret: "SK_ei (logs:new/gwa.log:12)", Kind: "ICV", name: "SK_ei", origin: secret.Origin{File: "logs:new/gwa.log", Line: 12}},
		{Secret: "SK_er (logs:new/gwa.log:13)", Kind: "ICV", name: "SK_er", origin: secret.Origin{File: "logs:new/gwa.log", Line: 13}},
		{Secret: "SK_er (logs:old/gwb.log:13)", Kind: "ICV", name: "SK_er", origin: secret.Origin{File: "logs:old/gwb.log", Line: 13}},
	}}
	if got, want := r.proofTexts(), []string{"SK_ei, SK_er (gwa.log) by ICV", "SK_er (gwb.log) by ICV"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	x := &Exchange{Type: "Transaction", Outcome: Outcome{Code: OutcomeDone, Text: "Mode Config assigned delete ESP 0xc0ffee01"},
		Messages: []Message{{Sender: "initiator", Payloads: []Payload{{Type: "D", Text: "ESP 0xc0ffee01", Delete: &Delete{}}}}}}
	if got, want := remarkTexts(x.Facts(0)), "delete ESP 0xc0ffee01\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
