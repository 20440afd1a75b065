package ikesa

import (
	"github.com/ikedecode/ikedecode/decode"
	"github.com/ikedecode/ikedecode/decode/ike"
	"github.com/ikedecode/ikedecode/decode/ikev1"
	"github.com/ikedecode/ikedecode/decode/ikev2"
)

// Read takes over the payloads of a message that is unencrypted, or decrypted, and what they say.
func (m *Message) Read(payloads []decode.Payload) {
	m.Payloads, m.Parts = payloads, nil
	if len(payloads) == 0 {
		return
	}
	m.Parts = make([]ike.Part, len(payloads))
	for i, p := range payloads {
		if m.Major() == int(ike.V2) {
			m.Parts[i] = ikev2.PartOf(p.Type, p.Body)
		} else {
			m.Parts[i] = ikev1.PartOf(p.Body)
		}
	}
	m.AssignRoles()
}

// AssignRoles says whom each identity names. It depends on which side is which, and that may turn out later.
func (m *Message) AssignRoles() {
	nets := 0
	for _, p := range m.Parts {
		id, ok := p.(*ike.IdentityPart)
		switch {
		case !ok:
		case m.Major() == int(ike.V2):
			if id.Role == ike.OfResponder && m.FromInitiator {
				id.Role = ike.AskedFor
			}
		case m.Message.Exchange == ikev1.ExchangeQuick:
			// The first one is of the traffic behind the side that starts the Quick Mode (RFC 2409, section 5.5).
			if id.Role = ike.OfInitiatorNet; nets > 0 {
				id.Role = ike.OfResponderNet
			}
			nets++
		case m.FromInitiator:
			id.Role = ike.OfInitiator
		default:
			id.Role = ike.OfResponder
		}
	}
}

// IsResponse reports whether a message of IKEv2 answers a request (RFC 7296, section 3.1). IKEv1 does not say it.
func (m *Message) IsResponse() bool { return m.Major() == 2 && m.Flags&ikev2.FlagResponse != 0 }

// Offer is what the SA payload of the message offers, or accepts; nil where it has none.
func (m *Message) Offer() *ike.Offer {
	o, _ := ike.First[*ike.Offer](m.Parts)
	return o
}

// Proposals are those of an offer, none where there is no offer.
func Proposals(o *ike.Offer) []ike.Proposal {
	if o == nil {
		return nil
	}
	return o.Proposals
}

// Notify is the first notification with a meaning, nil where there is none.
func (m *Message) Notify(meaning ike.Meaning) *ike.Notify {
	for i, p := range m.Parts {
		if n, ok := p.(*ike.Notify); ok && m.Payloads[i].Err == nil && n.Is(meaning) {
			return n
		}
	}
	return nil
}

// Identity is the first identity with a role, nil where there is none that parsed.
func (m *Message) Identity(role ike.IdentityRole) *ike.Identity {
	for i, p := range m.Parts {
		if id, ok := p.(*ike.IdentityPart); ok && m.Payloads[i].Err == nil && id.Role == role {
			return &id.Identity
		}
	}
	return nil
}

// Traffic are the traffic selectors in a message, of the side that starts the negotiation of the child and of the other one. In IKEv1
// they are identities; where there are none, the hosts of the IKE SA are meant, and ok is false.
func (m *Message) Traffic() (t Traffic, ok bool) {
	for _, p := range m.Parts {
		switch p := p.(type) {
		case *ike.SelectorsPart:
			if p.Side == ike.Initiator && t.Initiator == nil {
				t.Initiator = p.Selectors
			} else if p.Side == ike.Responder && t.Responder == nil {
				t.Responder = p.Selectors
			}
		case *ike.IdentityPart:
			switch p.Role {
			case ike.OfInitiatorNet:
				t.Initiator = ike.Selectors{p.Selector()}
			case ike.OfResponderNet:
				t.Responder = ike.Selectors{p.Selector()}
			}
		}
	}
	return t, t.Initiator != nil && t.Responder != nil
}
