package ikesa

import (
	"slices"

	"github.com/ikedecode/ikedecode/decode"
	"github.com/ikedecode/ikedecode/decode/exchange"
	"github.com/ikedecode/ikedecode/decode/ikev2"
)

// New takes the messages of a conversation, of which the encrypted ones are not decrypted so far.
func New(c *exchange.Conversation) *SA {
	sa := &SA{Conversation: c, Messages: make([]*Message, 0, len(c.Messages))}
	for _, x := range c.Exchanges() {
		sa.addExchange(x)
	}
	sa.sortMessages()
	return sa
}

// addExchange wraps an exchange and its messages.
func (sa *SA) addExchange(x *exchange.Exchange) {
	w := &Exchange{Exchange: x, Messages: make([]*Message, 0, len(x.Messages))}
	for _, m := range x.Messages {
		om := &Message{Message: m, Exchange: w}
		om.Read(m.Message.Payloads)
		if m.Encrypted != nil || encrypted2(m.Message) {
			om.State = Closed
		}
		w.Messages = append(w.Messages, om)
		sa.Messages = append(sa.Messages, om)
	}
	sa.Exchanges = append(sa.Exchanges, w)
}

// encrypted2 reports whether a message of IKEv2 has an encrypted payload, whole or in a fragment, or one that is truncated: then the
// parser stopped before it.
func encrypted2(m *decode.Message) bool {
	if m.Major() != 2 {
		return false
	}
	_, sk := decode.Find(m.Payloads, ikev2.PayloadSK)
	_, skf := decode.Find(m.Payloads, ikev2.PayloadSKF)
	next := m.NextPayload
	if n := len(m.Payloads); n > 0 {
		next = m.Payloads[n-1].Next
	}
	stopped := int64(len(m.Raw)) < int64(m.Length) && (next == ikev2.PayloadSK || next == ikev2.PayloadSKF)
	return sk || skf || stopped
}

// sortMessages restores the order of the conversation, which grouping by exchange has lost.
func (sa *SA) sortMessages() {
	if slices.EqualFunc(sa.Messages, sa.Conversation.Messages, func(a *Message, b *exchange.Message) bool { return a.Message == b }) {
		return
	}
	at := make(map[*exchange.Message]*Message, len(sa.Messages))
	for _, m := range sa.Messages {
		at[m.Message] = m
	}
	for i, m := range sa.Conversation.Messages {
		sa.Messages[i] = at[m]
	}
}
