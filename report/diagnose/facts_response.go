package diagnose

import (
	"net/netip"

	"github.com/ikedecode/ikedecode/decode"
	"github.com/ikedecode/ikedecode/report/negotiation"
)

// NoAnswer is a first message that nobody answers.
type NoAnswer struct {
	Src, Dst   netip.AddrPort
	Outcome    *negotiation.Outcome
	Aggressive bool // it begins Aggressive Mode
}

// ErrorNotify is an error notification of a side, From, that ends no exchange that was seen.
type ErrorNotify struct{ Notify decode.Body }

// Challenge is a request for a COOKIE (RFC 7296, section 2.6).
type Challenge struct{}

func (NoAnswer) isFacts()    {}
func (ErrorNotify) isFacts() {}
func (Challenge) isFacts()   {}
