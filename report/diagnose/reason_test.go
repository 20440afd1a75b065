package diagnose

import (
	"testing"

	"github.com/ikedecode/ikedecode/keys/logs"
)

func TestReasonCode(t *testing.T) {
	for _, c := range []struct {
		e     logs.Event
		child bool
		want  Code
	}{
		{logs.Event{Reason: logs.NoProposal}, false, CodePhase1NoProposal},
		{logs.Event{Reason: logs.NoProposal}, true, CodePhase2NoProposal},
		{logs.Event{Reason: logs.UserRefused}, false, CodeEAPFailed},
		{logs.Event{Reason: logs.UserRefused, XAUTH: true}, false, CodeXAUTHFailed},
		{logs.Event{Reason: logs.NoTraffic}, true, CodeTSMismatch},
		{logs.Event{}, false, ""},
	} {
		if got := ReasonCode(&c.e, c.child); got != c.want {
			t.Errorf("%v, child %v: %q, want %q", c.e.Reason, c.child, got, c.want)
		}
	}
}
