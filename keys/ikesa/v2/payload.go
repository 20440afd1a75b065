package v2

import (
	"github.com/ikedecode/ikedecode/decode"
	"github.com/ikedecode/ikedecode/decode/ike"
	"github.com/ikedecode/ikedecode/decode/ikev2"
	"github.com/ikedecode/ikedecode/keys/ikesa"
)

// isInit reports whether a message belongs to the exchange that sets an IKE SA up.
func isInit(m *ikesa.Message) bool {
	return m.Message.Exchange == ikev2.ExchangeSAInit || m.Message.Exchange == ikev2.ExchangeSessionResume
}

// offer is what the SA payload of a message offers, or accepts; nil where it has none, or one that does not parse.
func offer(m *ikesa.Message) *ike.Offer {
	if p, ok := decode.Find(m.Payloads, ikev2.PayloadSA); !ok || p.Err != nil {
		return nil
	}
	return m.Offer()
}

func findKE(ps []decode.Payload) *ikev2.KE {
	p, ok := decode.Find(ps, ikev2.PayloadKE)
	if !ok || p.Err != nil {
		return nil
	}
	k, _ := p.Body.(*ikev2.KE)
	return k
}

func keOf(m *ikesa.Message) *ikev2.KE {
	if m == nil {
		return nil
	}
	return findKE(m.Payloads)
}

func nonce(m *ikesa.Message) []byte {
	p, ok := decode.Find(m.Payloads, ikev2.PayloadNonce)
	if !ok || p.Err != nil {
		return nil
	}
	return p.Data()
}

func hasNotify(m *ikesa.Message, typ ikev2.NotifyType) bool {
	for _, p := range m.Payloads {
		if n, ok := p.Body.(*ikev2.Notify); ok && n.Type == typ {
			return true
		}
	}
	return false
}

// hasError reports whether a message has a notify of an error (RFC 7296, section 3.10.1).
func hasError(m *ikesa.Message) bool {
	for _, p := range m.Payloads {
		if n, ok := p.Body.(*ikev2.Notify); ok && n.Type.IsError() {
			return true
		}
	}
	return false
}

// notifyData is what a notify of a message holds; nil where there is none.
func notifyData(m *ikesa.Message, typ ikev2.NotifyType) []byte {
	if m == nil {
		return nil
	}
	for _, p := range m.Payloads {
		if n, ok := p.Body.(*ikev2.Notify); ok && n.Type == typ {
			return n.Data
		}
	}
	return nil
}

// before are the payloads in front of the one of type t.
func before(ps []decode.Payload, t decode.PayloadType) []decode.Payload {
	for i, p := range ps {
		if p.Type == t {
			return ps[:i:i]
		}
	}
	return nil
}

func sideOf(initiator bool) int {
	if initiator {
		return 0
	}
	return 1
}

func fragment(m *ikesa.Message) *ikev2.SKF {
	p, ok := decode.Find(m.Message.Payloads, ikev2.PayloadSKF)
	if !ok {
		return nil
	}
	f, _ := p.Body.(*ikev2.SKF)
	return f
}

// byInitiator reports whether an exchange of IKEv2 was begun by the initiator of the IKE SA.
func byInitiator(x *ikesa.Exchange) bool {
	m := x.Messages[0]
	return m.FromInitiator != m.IsResponse()
}

// withKE are the request and the response of an exchange, those that have the KE payloads.
func withKE(x *ikesa.Exchange) (request, response *ikesa.Message) {
	for _, m := range x.Messages {
		switch {
		case keOf(m) == nil:
		case m.IsResponse():
			response = m
		default:
			request = m
		}
	}
	return request, response
}
