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

// InitAlone is an IKE_SA_INIT after whose answer no IKE_AUTH comes.
type InitAlone struct {
	Answer       int  // frame
	NAT          bool // between the peers: IKE_AUTH goes to UDP 4500
	Inside       bool // likewise, and the capture was made between the initiator and its NAT
	Certificates bool // the responder requests certificates, which make IKE_AUTH large
	Fragments    bool // both peers can send IKE fragments
	ESP          int  // frame of the first ESP or AH packet after it, which shows that IKE_AUTH went through; 0: none
}

// cause is x without frames.
func (x InitAlone) cause() InitAlone {
	x.Answer, x.ESP = 0, min(x.ESP, 1)
	return x
}

// Redirection is a responder, From, that sends the initiator to another gateway (RFC 5685).
type Redirection struct {
	Gateway  string // address or name
	Exchange decode.ExchangeType
	Asked    bool    // the initiator said REDIRECT_SUPPORTED
	Next     Subject // the IKE SA with that gateway; zero: not in the capture
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
