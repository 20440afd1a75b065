package v2

import (
	"github.com/ikedecode/ikedecode/decode/ike"
	"github.com/ikedecode/ikedecode/decode/ikev2"
	"github.com/ikedecode/ikedecode/keys/ikesa"
)

// makesChild reports whether the exchange, as far as it can be read, negotiated a child. A response that says why it did not
// is no lost one; neither is one that was not decrypted.
func (c *childExchange) makesChild() bool {
	switch {
	case c.response != nil:
		return len(c.chosen) > 0 && c.chosen[0].Protocol != ike.IKE
	case c.request != nil:
		return !c.refused && len(c.offered) > 0 && c.offered[0].Protocol != ike.IKE
	}
	return false
}

// childExchanges are IKE_AUTH, whose messages may be several where EAP is used, and each CREATE_CHILD_SA.
func (s *solver) childExchanges() []childExchange {
	var out []childExchange
	var auth childExchange
	for _, x := range s.sa.Exchanges {
		switch x.Type {
		case ikev2.ExchangeAuth:
			auth.read(x)
		case ikev2.ExchangeCreateChild:
			var c childExchange
			c.read(x)
			out = append(out, c)
		}
	}
	return append([]childExchange{auth}, out...)
}

// read takes the messages with SA payloads out of an exchange.
func (c *childExchange) read(x *ikesa.Exchange) {
	for _, m := range x.Messages {
		answer := m.Flags&ikev2.FlagResponse != 0
		sa := offer(m)
		switch {
		case sa == nil:
			c.refused = c.refused || answer && (m.State == ikesa.Closed || hasError(m) || hasNotify(m, ikev2.NotifyRedirect))
		case answer:
			c.response, c.chosen, c.x = m, sa.Proposals, x
		case c.request == nil:
			c.request, c.offered, c.x = m, sa.Proposals, x
		}
	}
}

// rekeys reports whether the exchange sets up a new IKE SA in place of this one.
func (c *childExchange) rekeys() (rekeyOf, bool) {
	if c.request == nil || c.response == nil || len(c.chosen) == 0 || c.chosen[0].Protocol != ike.IKE || len(c.chosen[0].SPI) != 8 {
		return rekeyOf{}, false
	}
	r := rekeyOf{c: c}
	copy(r.spis.R[:], c.chosen[0].SPI)
	for _, p := range c.offered {
		if len(p.SPI) == 8 && (p.Number == c.chosen[0].Number || r.spis.I.IsZero()) {
			copy(r.spis.I[:], p.SPI)
		}
	}
	return r, !r.spis.I.IsZero()
}

type rekeyOf struct {
	c    *childExchange
	spis ikesa.SPIPair
}
