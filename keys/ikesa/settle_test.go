package ikesa

import (
	"testing"

	"github.com/ikedecode/ikedecode/decode/exchange"
	"github.com/ikedecode/ikedecode/decode/ikev1"
	"github.com/ikedecode/ikedecode/keys/secret"
)

// Gaps are compared by value: what closes for one child closes for another one that lacks the same, and for no other.
func TestCloseGaps(t *testing.T) {
	gap := func(mid uint32) *Gap {
		return &Gap{Code: GapPFS, Cause: CausePFS, Version: 1, Exchange: ikev1.ExchangeQuick, MessageID: mid, Needs: SetOf(secret.DHPrivate)}
	}
	same, too, other := &Child{Gap: gap(7)}, &Child{Gap: gap(7)}, &Child{Gap: gap(8)}
	sa := &SA{Conversation: &exchange.Conversation{Version: 1}, Children: []*Child{same, too, other}}
	sa.AddChildGaps()
	sa.CloseGaps(func(c *Child) bool { return c == same })
	if len(sa.Gaps) != 1 || sa.Gaps[0] != *gap(8) || same.Gap != nil || too.Gap == nil {
		t.Errorf("gaps %v", sa.Gaps)
	}
}

// An ICV of the traffic proves what was undecided, and nothing that was proved before.
func TestProveD(t *testing.T) {
	sa := &SA{Conversation: &exchange.Conversation{Version: 1}, Proofs: []Proof{{Of: secret.PSK, By: ByHash, Frame: 5}, {Of: secret.SKEYIDd, By: Undecided}}}
	sa.ProveD([]byte{1}, 9)
	if sa.Proofs[0] != (Proof{Of: secret.PSK, By: ByHash, Frame: 5}) || sa.Proofs[1] != (Proof{Of: secret.SKEYIDd, By: ByTraffic, Frame: 9}) {
		t.Errorf("proofs %+v", sa.Proofs)
	}
}
