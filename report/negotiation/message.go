package negotiation

import (
	"slices"

	"github.com/ikedecode/ikedecode/decode"
	"github.com/ikedecode/ikedecode/decode/ike"
	"github.com/ikedecode/ikedecode/decode/ikev1"
	"github.com/ikedecode/ikedecode/decode/ikev2"
	"github.com/ikedecode/ikedecode/keys/ikesa"
)

// OneSided reports whether x has messages of one side alone.
func OneSided(x *ikesa.Exchange) bool {
	for _, m := range x.Messages {
		if m.FromInitiator != x.Messages[0].FromInitiator {
			return false
		}
	}
	return true
}

// TypeOf is the exchange type in the header of m.
func TypeOf(m *ikesa.Message) decode.ExchangeType { return m.Message.Exchange }

// StartedBy tells whether the initiator of the IKE SA started x. Where the first message is lost, the Quick Mode knows, and in IKEv2
// the response flag.
func StartedBy(x *ikesa.Exchange) bool {
	first := x.Messages[0]
	switch {
	case first.Major() == 2:
		return first.FromInitiator != first.IsResponse()
	case x.Child != nil:
		return x.Child.FromInitiator
	}
	return first.FromInitiator
}

// AnswerOf is the offer that the side which did not start x sent back, nil if its SA payload was not seen.
func AnswerOf(x *ikesa.Exchange) *ike.Offer {
	starter := x.Messages[0].Major() != 2 && StartedBy(x)
	for _, m := range x.Messages {
		if o := m.Offer(); o != nil && (m.IsResponse() || m.Major() != 2 && m.FromInitiator != starter) {
			return o
		}
	}
	return nil
}

// NotifiesOf are the Notify payloads of m.
func NotifiesOf(m *ikesa.Message) (list []*ikev2.Notify) {
	for _, p := range m.Payloads {
		if n, ok := p.Body.(*ikev2.Notify); ok && p.Err == nil {
			list = append(list, n)
		}
	}
	return list
}

// NotifyOf is the first Notify payload of a type in m, nil where there is none.
func NotifyOf(m *ikesa.Message, t ikev2.NotifyType) *ikev2.Notify {
	for _, n := range NotifiesOf(m) {
		if n.Type == t {
			return n
		}
	}
	return nil
}

// EndsIKESA reports whether an Informational ends the IKE SA: by deleting it or by an error; one not decrypted if nothing but
// more of them follows.
func EndsIKESA(m *ikesa.Message) bool {
	for _, p := range m.Payloads {
		switch b := p.Body.(type) {
		case *ikev1.Delete:
			return b.Protocol == ike.IKE
		case *ikev1.Notify:
			return b.Type.IsError()
		}
	}
	return m.State == ikesa.Closed
}

// EAPFollows reports whether m is a response of IKE_AUTH that begins EAP: the responder's AUTH payload in it ends nothing yet.
func EAPFollows(m *ikesa.Message) bool {
	e, ok := ike.First[*ike.EAP](m.Parts)
	return ok && e.Code == ike.EAPRequest
}

// IdentityOf is the identity that a side gave in sa; nil where it is not known.
func IdentityOf(sa *ikesa.SA, side ike.Side) *ike.Identity {
	if side == ike.Initiator {
		return sa.IDi
	}
	return sa.IDr
}

// MessageIDs are the lowest and the highest message ID of x: for IKE_AUTH with EAP there are several.
func MessageIDs(x *ikesa.Exchange) (low, high uint32) {
	low, high = x.MessageID, x.MessageID
	for _, m := range x.Messages {
		low, high = min(low, m.MessageID), max(high, m.MessageID)
	}
	return low, high
}

// LastStep is the last message of an exchange: in phase 1 of IKEv1 the last that is encrypted, if any is. One behind it that is not was sent again, and the
// capture lacks its first time; so was one without the responder's SPI behind one that has it.
func LastStep(x *ikesa.Exchange) *ikesa.Message {
	last := x.Messages[len(x.Messages)-1]
	for _, m := range slices.Backward(x.Messages) {
		if IsPhase1(x.Type) && m.Flags&ikev1.FlagEncryption != 0 {
			return m
		}
		if IsPhase1(x.Type) && last.Responder.IsZero() && !m.Responder.IsZero() {
			last = m
		}
	}
	return last
}
