package ikesa

import (
	"github.com/ikedecode/ikedecode/decode"
	"github.com/ikedecode/ikedecode/decode/ikev1"
)

// A Phase1 is what phase 1 shows unencrypted: bodies of payloads, nil where the capture lacks them.
type Phase1 struct {
	NI, NR, GXI, GXR, SAI []byte
	FrameI, FrameR        int         // of the KE payloads
	Nonces                [2]*Message // that have NI and NR
}

// Swapped exchanges the roles: for captures that begin after the messages that tell them.
func (m Phase1) Swapped() Phase1 {
	m.NI, m.NR, m.GXI, m.GXR, m.FrameI, m.FrameR = m.NR, m.NI, m.GXR, m.GXI, m.FrameR, m.FrameI
	m.Nonces[0], m.Nonces[1] = m.Nonces[1], m.Nonces[0]
	return m
}

// Phase1 collects what phase 1 shows unencrypted.
func (sa *SA) Phase1() Phase1 {
	var m Phase1
	set := func(dst *[]byte, p decode.Payload, ok bool) bool {
		if ok && *dst == nil && p.Err == nil {
			*dst = p.Data()
			return true
		}
		return false
	}
	for _, msg := range sa.Messages {
		if !msg.IsPhase1() || msg.State != Clear {
			continue
		}
		ke, hasKE := decode.Find(msg.Payloads, ikev1.PayloadKE)
		nonce, hasNonce := decode.Find(msg.Payloads, ikev1.PayloadNonce)
		if msg.FromInitiator {
			if set(&m.GXI, ke, hasKE) {
				m.FrameI = msg.Frame
			}
			if set(&m.NI, nonce, hasNonce) {
				m.Nonces[0] = msg
			}
			offer, hasSA := decode.Find(msg.Payloads, ikev1.PayloadSA)
			set(&m.SAI, offer, hasSA)
			continue
		}
		if set(&m.GXR, ke, hasKE) {
			m.FrameR = msg.Frame
		}
		if set(&m.NR, nonce, hasNonce) {
			m.Nonces[1] = msg
		}
	}
	return m
}

// IsPhase1 reports whether m belongs to phase 1: an exchange that sets an IKE SA up.
func (m *Message) IsPhase1() bool {
	switch m.Message.Exchange {
	case ikev1.ExchangeMain, ikev1.ExchangeAggressive, ikev1.ExchangeBase, ikev1.ExchangeAuthOnly:
		return m.Major() == 1 && m.MessageID == 0
	}
	return false
}
