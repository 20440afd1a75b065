package exchange

import (
	"slices"
	"time"

	"github.com/ikedecode/ikedecode/decode"
	"github.com/ikedecode/ikedecode/decode/ikev1"
	"github.com/ikedecode/ikedecode/decode/ikev2"
)

// Two taps, or two queues of a card, may give a response before its request: so much before, and with so few other messages between.
const (
	earlyWithin   = 50 * time.Millisecond
	earlyMessages = 8
)

// place is where m belongs among the messages, of which i have an earlier time: in front of its own response, if that was captured a little before it.
func (c *Conversation) place(m *Message, i int) int {
	at := i
	for j := i - 1; j >= max(0, i-earlyMessages) && m.Time.Sub(c.Messages[j].Time) <= earlyWithin; j-- {
		if r := c.Messages[j]; r.Src.Addr() == m.Dst.Addr() && r.Dst.Addr() == m.Src.Addr() && r.Frame < m.Frame && c.answers(r, m) {
			at = j
		}
	}
	return at
}

// answers reports whether r, from the peer, can only have been sent after m.
func (c *Conversation) answers(r, m *Message) bool {
	if m.Major() == 1 {
		return opens1(m) || c.RolesKnown && c.fromInitiator(m) && step(m) != "" && step(m) == step(r)
	}
	const response = ikev2.FlagResponse
	return r.Flags&response != 0 && m.Flags&response == 0 && r.Exchange == m.Exchange && r.MessageID == m.MessageID &&
		r.Flags&ikev2.FlagInitiator != m.Flags&ikev2.FlagInitiator && !asksAgain(r)
}

// asksAgain reports whether a response to IKE_SA_INIT asks for the same request with something else: that has its message ID, too (RFC 7296, sections 1.2
// and 2.6).
func asksAgain(r *Message) bool {
	return slices.ContainsFunc(r.Payloads, func(p decode.Payload) bool {
		n, ok := p.Body.(*ikev2.Notify)
		return ok && (n.Type == ikev2.NotifyCookie || n.Type == ikev2.NotifyInvalidKE)
	})
}

// opens1 reports whether m is the first message of Main or Aggressive Mode, before which the responder knows no cookie (RFC 2408, section 2.5.3).
func opens1(m *Message) bool {
	return m.Responder.IsZero() && m.MessageID == 0 && (m.Exchange == ikev1.ExchangeMain || m.Exchange == ikev1.ExchangeAggressive || m.Exchange == ikev1.ExchangeBase)
}

// step is what a pair of messages of Main Mode does (RFC 2409, section 5); "" for any other message.
func step(m *Message) string {
	if m.MessageID != 0 || m.Exchange != ikev1.ExchangeMain {
		return ""
	}
	if m.Flags&ikev1.FlagEncryption != 0 {
		return "authentication"
	}
	if _, ok := decode.Find(m.Payloads, ikev1.PayloadKE); ok {
		return "key exchange"
	}
	return ""
}
