package solve

import (
	"bytes"
	"testing"

	"github.com/ikedecode/ikedecode/decode"
	"github.com/ikedecode/ikedecode/decode/ikev2"
	"github.com/ikedecode/ikedecode/keys/alg"
	"github.com/ikedecode/ikedecode/keys/ikesa"
	"github.com/ikedecode/ikedecode/keys/secret"
)

// FuzzSolve damages one message of a negotiation: nothing may panic, and what opens must be what was sent or be marked.
func FuzzSolve(f *testing.F) {
	p := newPeer(&testing.T{}, alg.HashByID(2), alg.CipherByPhase1(7), 128, alg.GroupByID(1), 1)
	p.phase1()
	p.quickMode(0x1234, true, alg.GroupByID(1))
	bag := bagOf(dhSecret(p), psk(p), secret.Secret{Kind: secret.SKEYIDd, Value: p.keys.D}, secret.Secret{Kind: secret.EncKey, Value: p.ka})
	for i := range p.out {
		f.Add(uint8(i), p.out[i].Payload)
		f.Add(uint8(i), asIKEv2(p.out[i].Payload))
	}
	f.Fuzz(func(t *testing.T, at uint8, b []byte) {
		list := damaged(p.out, int(at), b)
		for _, noVerify := range []bool{false, true} {
			for _, c := range list {
				sa := New(bag, Options{NoVerify: noVerify}).Solve(c)
				for _, m := range sa.Messages {
					if m.State == ikesa.Opened && m.Unknown != 0 || m.State != ikesa.Clear && m.Encrypted == nil && !mayBeSK(m) {
						t.Errorf("frame %d: %v with %d unknown bytes", m.Frame, m.State, m.Unknown)
					}
					if len(m.Plain) > len(m.Raw)-decode.HeaderLen {
						t.Errorf("frame %d: %d bytes from %d", m.Frame, len(m.Plain), len(m.Raw))
					}
				}
			}
		}
	})
}

// mayBeSK reports whether a message of IKEv2 has an encrypted payload, or is too short to tell.
func mayBeSK(m *ikesa.Message) bool {
	_, sk := decode.Find(m.Message.Payloads, ikev2.PayloadSK)
	_, skf := decode.Find(m.Message.Payloads, ikev2.PayloadSKF)
	return m.Major() == 2 && (sk || skf || int64(len(m.Raw)) < int64(m.Length))
}

// asIKEv2 returns a copy of an IKEv1 message whose header claims to be one of IKEv2 with an SK payload first, as a flipped bit or two make it.
func asIKEv2(b []byte) []byte {
	b = bytes.Clone(b)
	b[16], b[17] = byte(ikev2.PayloadSK), 0x20
	return b
}
