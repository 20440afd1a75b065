package source

import (
	"strings"

	"github.com/ikedecode/ikedecode/decode/ike"
	"github.com/ikedecode/ikedecode/keys/logs"
)

// What iked of Fireware says, with its own address and the peer's before each message:
//
//	iked (192.0.2.2<->192.0.2.1) Peer proposes phase one encryption 3DES, expecting AES
type watchGuardEvents struct{ *daemonLog }

func newWatchGuardEvents(p *daemonLog) grammar { return &watchGuardEvents{p} }

var (
	watchGuardHosts = pattern(`\(([0-9a-fA-F.:]+)<->([0-9a-fA-F.:]+)\)\s*(.*)$`)
	watchGuardStems = withOpenSSL([]stem{
		{then: "Mismatched ID settings at peer ", reason: logs.IdentityMismatch},
		{start: "Peer proposes phase ", only: ", expecting ", reason: logs.NoProposal},
		{start: "Sending NO_PROPOSAL_CHOSEN message to ", reason: logs.NoProposal, late: true},
	})
)

func (g *watchGuardEvents) take(e entry) {
	m := watchGuardHosts.FindStringSubmatch(e.text)
	if m == nil {
		return
	}
	t := &talk{local: logs.Peer{Addr: addrPort(m[1], "0")}, remote: logs.Peer{Addr: addrPort(m[2], "0")}}
	e.text = m[3]
	switch {
	case g.refused(watchGuardStems, e, e.text, t) != nil:
	case strings.HasPrefix(e.text, "Received No Proposal Chosen message from "):
		g.peerError(e, t, ike.V1, "NO_PROPOSAL_CHOSEN")
	case strings.HasPrefix(e.text, "Drop negotiation to peer ") && strings.Contains(e.text, "retry timeout"):
		g.event(e, logs.GaveUp, t)
	}
}
