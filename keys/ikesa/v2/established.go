package v2

import (
	"github.com/ikedecode/ikedecode/decode"
	"github.com/ikedecode/ikedecode/decode/ike"
	"github.com/ikedecode/ikedecode/decode/ikev2"
	"github.com/ikedecode/ikedecode/keys/ikesa"
)

// CameUp reports whether the capture shows that an IKEv2 SA came up. The responder's last AUTH payload says so, which is the one
// that begins no EAP and that no other authentication follows; so does any exchange that needs the SA, as every message of a
// rekeyed one is. AUTHENTICATION_FAILED says that it did not: in the response, or in a request of the initiator's own, which
// rejects the responder (RFC 7296, section 2.21.2).
func CameUp(sa *ikesa.SA) bool {
	more := make(map[uint32]bool) // message IDs of IKE_AUTH after which there are others
	for _, m := range sa.Messages {
		if m.Message.Exchange == ikev2.ExchangeAuth && (hasNotify(m, ikev2.NotifyAnotherAuthFollows) || eapGoesOn(m)) {
			more[m.MessageID] = true
		}
	}
	up := false
	for _, m := range sa.Messages {
		switch m.Message.Exchange {
		case ikev2.ExchangeAuth:
			_, auth := decode.Find(m.Payloads, ikev2.PayloadAuth)
			up = up || auth && m.IsResponse() && !more[m.MessageID]
		case ikev2.ExchangeCreateChild, ikev2.ExchangeInformational, ikev2.ExchangeFollowupKE:
			up = up || m.State != ikesa.Clear
		default:
			continue
		}
		if hasNotify(m, ikev2.NotifyAuthenticationFailed) {
			return false
		}
	}
	return up
}

// eapGoesOn reports whether a message has an EAP request, to which a response follows.
func eapGoesOn(m *ikesa.Message) bool {
	p, ok := decode.Find(m.Payloads, ikev2.PayloadEAP)
	if !ok {
		return false
	}
	e, ok := p.Body.(*ikev2.EAP)
	return ok && e.Code == ike.EAPRequest
}
