package v2

import (
	"bytes"
	"slices"

	"github.com/ikedecode/ikedecode/decode"
	"github.com/ikedecode/ikedecode/decode/ikev2"
	"github.com/ikedecode/ikedecode/keys"
	"github.com/ikedecode/ikedecode/keys/alg"
	"github.com/ikedecode/ikedecode/keys/ikesa"
	"github.com/ikedecode/ikedecode/keys/ikesa/internal/candidate"
	"github.com/ikedecode/ikedecode/keys/secret"
)

// proves reports whether a candidate decrypts the encrypted messages. Their ICV is the proof, but it says nothing of a cipher
// that was not seen to be chosen; and where no key for it is known, the payload chains must be enough.
func (s *solver) proves(p ikesa.Policy, g *ikesa.Generation, chosen bool) bool {
	s.refute(p, g)
	n, bits, verified := 0, 0, false
	var first *ikesa.Message
	judged := false
	for _, m := range s.sa.Messages {
		if m.State == ikesa.Clear || n == look {
			continue
		}
		n++
		o, ok := s.openSK(p, g, m)
		if !ok {
			continue
		}
		b, whole := chainBits(m, o)
		if whole && b == 0 && !(o.Verified && (chosen || p.Cipher.AEAD)) {
			continue
		}
		if first == nil {
			first = m
		}
		bits, verified, judged = bits+b, verified || o.Verified, judged || whole
		if o.Verified && (chosen || p.Cipher.AEAD || whole) || bits >= candidate.EnoughBits {
			break
		}
	}
	if first == nil || !verified && bits < candidate.EnoughBits {
		return false
	}
	g.First = first.Frame
	by := ikesa.ByICV
	if !verified {
		by = ikesa.ByChain
	}
	forget(g)
	g.Proofs = slices.Grow(g.Proofs, len(g.Used))
	for _, x := range g.Used {
		proof := ikesa.ProofOf(x, by, first.Frame)
		switch x.Kind {
		case secret.SKei:
			proof.Salt = g.Salts[0]
		case secret.SKer:
			proof.Salt = g.Salts[1]
		}
		g.Proofs = append(g.Proofs, proof)
	}
	return true
}

// chainBits is what the payloads inside an SK payload verify, in bits: 0 where they are no payloads. Of a fragment nothing can
// be said, whole is false then.
func chainBits(m *ikesa.Message, o keys.Opened) (bits int, whole bool) {
	if _, ok := decode.Find(m.Message.Payloads, ikev2.PayloadSK); !ok {
		return 0, false
	}
	end, ok := ikev2.Grammar.WalkChain(o.First, o.Payloads)
	if !ok || end != len(o.Payloads) {
		return 0, true
	}
	// The padding length matches; the next payload's type, reserved bits, and a length that leads there, of each payload.
	return 8 + 12*ikev2.Grammar.CountPayloads(o.First, o.Payloads), true
}

// openAll decrypts what the generations open.
func (s *solver) openAll() {
	for _, m := range s.sa.Messages {
		if m.State != ikesa.Closed {
			continue
		}
		for i := range s.sa.Generations {
			g := &s.sa.Generations[i]
			plain, ok := s.openSK(s.sa.Policy, g, m)
			if bits, whole := chainBits(m, plain); !ok || !g.Unproven && !plain.Verified && whole && bits == 0 {
				continue
			}
			s.take(m, plain, i)
			break
		}
		if m.State == ikesa.Closed && m.Why == nil {
			m.Why = &ikesa.Gap{Code: ikesa.GapWrongKey, Cause: ikesa.CauseOtherKey, Version: 2}
		}
	}
}

// openSK decrypts the SK payload, or the fragment, of a message.
func (s *solver) openSK(p ikesa.Policy, g *ikesa.Generation, m *ikesa.Message) (keys.Opened, bool) {
	if g.Refuted[sideOf(m.FromInitiator)] {
		return keys.Opened{}, false
	}
	x, err := s.trySK(p, g, m)
	return x, err == nil
}

// trySK is openSK with the reason why it does not.
func (s *solver) trySK(p ikesa.Policy, g *ikesa.Generation, m *ikesa.Message) (keys.Opened, error) {
	encr, integ := g.ER, g.AR
	if m.FromInitiator {
		encr, integ = g.EI, g.AI
	}
	if len(encr) != p.KeyLen {
		return keys.Opened{}, alg.ErrKeyLength
	}
	last := &s.openers[sideOf(m.FromInitiator)]
	if !last.opens(p, g, encr, integ) {
		o, err := keys.NewSKOpener(p.Cipher, p.Integ, encr, integ)
		if g.Unproven {
			o, err = keys.NewUncheckedSKOpener(p.Cipher, p.Integ, encr)
		}
		*last = lastOpener{p.Cipher, p.Integ, encr, integ, g.Unproven, o, err}
	}
	if last.err != nil {
		return keys.Opened{}, last.err
	}
	return last.opener.OpenSK(m.Raw)
}

// opens reports whether the opener is the one for a direction of g.
func (o *lastOpener) opens(p ikesa.Policy, g *ikesa.Generation, encr, integ []byte) bool {
	return o.cipher != nil && o.cipher == p.Cipher && o.mac == p.Integ && o.unchecked == g.Unproven && bytes.Equal(o.encr, encr) && bytes.Equal(o.integ, integ)
}

// take writes a decrypted SK payload into its message.
func (s *solver) take(m *ikesa.Message, o keys.Opened, generation int) {
	m.State, m.Plain, m.Generation, m.First = ikesa.Opened, o.Payloads, generation, o.First
	if _, ok := decode.Find(m.Message.Payloads, ikev2.PayloadSK); ok {
		inner, _, err := ikev2.Grammar.ParsePayloads(o.First, o.Payloads)
		m.PayErr = err
		m.Read(slices.Insert(inner, 0, before(m.Message.Payloads, ikev2.PayloadSK)...))
	}
}

func (s *solver) anyClosed() bool {
	return slices.ContainsFunc(s.sa.Messages, func(m *ikesa.Message) bool { return m.State == ikesa.Closed })
}
