package diagnose

import (
	"net/netip"

	"github.com/ikedecode/ikedecode/decode"
	"github.com/ikedecode/ikedecode/report/negotiation"
)

// NoAnswer is a first message that got no response.
type NoAnswer struct {
	Src, Dst   netip.AddrPort
	Outcome    *negotiation.Outcome
	Aggressive bool // it begins Aggressive Mode
}

// ErrorNotify is an error notification of a side, From, that ends no exchange that was seen.
type ErrorNotify struct{ Notify decode.Body }

// Challenge is a request for a COOKIE (RFC 7296, section 2.6).
type Challenge struct{}

// Facts about IKE messages and the response to them.

// A DeadEnd is a message that was sent and did not arrive, or is ignored: its receiver goes on retransmitting what it answers.
type DeadEnd struct {
	Exchange      decode.ExchangeType
	Asked, Answer int // frames
	Again         int // how often Asked was retransmitted after Answer
	// From and To are those of Answer, AskedAt the address that Asked went to.
	From, To, AskedAt netip.AddrPort
	Large             int // bytes of Answer, where they are many; else 0
}
