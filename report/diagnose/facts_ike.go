package diagnose

import (
	"net/netip"

	"github.com/ikedecode/ikedecode/decode"
)

// Facts about IKE messages and the answers to them.

// A DeadEnd is a message that was sent and did not arrive, or is ignored: its receiver goes on resending what it answers.
type DeadEnd struct {
	Exchange      decode.ExchangeType
	Asked, Answer int // frames
	Again         int // how often Asked was sent again after Answer
	// From and To are those of Answer, AskedAt the address that Asked went to.
	From, To, AskedAt netip.AddrPort
	Large             int // bytes of Answer, where they are many; else 0
}

func (DeadEnd) isFacts() {}
