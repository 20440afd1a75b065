package negotiation

import (
	"github.com/ikedecode/ikedecode/decode/ike"
	"github.com/ikedecode/ikedecode/keys/ikesa"
)

// Networks are source and destination of what a direction of a child is for; the zero value where that is the hosts themselves.
// fromInitiator tells that it is the one from the host that started the child.
func Networks(c *ikesa.Child, fromInitiator bool) (from, to ike.SelectorsKey) {
	if t, ok := c.Carries(); ok {
		from, to = t.Initiator.Key(), t.Responder.Key()
	}
	if !fromInitiator {
		from, to = to, from
	}
	return from, to
}
