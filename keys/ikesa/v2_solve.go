package ikesa

import (
	"bytes"
	"slices"

	"github.com/ikedecode/ikedecode/decode"
	"github.com/ikedecode/ikedecode/decode/ikev2"
	"github.com/ikedecode/ikedecode/keys"
	"github.com/ikedecode/ikedecode/keys/alg"
)

// solve2 finds the keys of an IKEv2 SA, opens its messages and derives the keys of its children.
func (s *solver) solve2() {
	m := s.material2()
	s.sa.nonces = m.nonces
	best := s.findGeneration(m)
	if best == nil && s.NoVerify {
		best = s.unproven2(m)
	}
	if best != nil {
		s.openAll()
		s.joinFragments()
		s.nextGenerations(m)
	}
	s.joinFragments()
	s.sa.Established = s.sa.CameUp()
	s.identities2()
	s.checkNAT2()
	s.checkAuth2(m)
	s.children2(m)
	s.gaps2(m)
	s.noteResumable()
}

// findGeneration tries every policy with every candidate until one opens a message.
func (s *solver) findGeneration(m *material2) *Generation {
	ps := s.policies2(m)
	if len(ps) > 0 {
		s.sa.Policy = ps[0]
	}
	for _, p := range ps {
		if p.Cipher == nil {
			continue
		}
		for _, g := range s.generations(p, m) {
			if !s.proves(p, g, m.chosen != nil) {
				continue
			}
			s.sa.Policy = p
			s.prfKnown = s.prfKnown || m.chosen != nil || g.SKEYSEED != nil
			s.addGeneration(g)
		}
		if len(s.sa.Generations) > 0 {
			s.own()
			s.settlePRF()
			slices.SortStableFunc(s.sa.Generations, func(a, b Generation) int { return a.first - b.first })
			return &s.sa.Generations[0]
		}
	}
	return nil
}

// addGeneration keeps a proved set of keys. What two sources say of one set is put together.
func (s *solver) addGeneration(g *Generation) {
	s.sa.Proofs = append(s.sa.Proofs, g.proofs...)
	for i := range s.sa.Generations {
		if h := &s.sa.Generations[i]; h.join(g) || s.joinPPK(h, g) {
			return
		}
	}
	s.sa.Generations = append(s.sa.Generations, *g)
}

// join takes over what o knows more of the same keys; false where they are others.
func (g *Generation) join(o *Generation) bool {
	same := func(a, b []byte) bool { return a != nil && bytes.Equal(a, b) }
	differ := func(a, b []byte) bool { return a != nil && b != nil && !bytes.Equal(a, b) }
	if !same(g.EI, o.EI) && !same(g.ER, o.ER) || differ(g.EI, o.EI) || differ(g.ER, o.ER) || differ(g.D, o.D) ||
		differ(g.AI, o.AI) || differ(g.AR, o.AR) {
		return false
	}
	for _, f := range []struct{ dst, src *[]byte }{
		{&g.SKEYSEED, &o.SKEYSEED}, {&g.D, &o.D}, {&g.AI, &o.AI}, {&g.AR, &o.AR}, {&g.EI, &o.EI}, {&g.ER, &o.ER},
		{&g.PI, &o.PI}, {&g.PR, &o.PR}, {&g.GXY, &o.GXY},
	} {
		if *f.dst == nil {
			*f.dst = *f.src
		}
	}
	g.Used, g.proofs = append(g.Used, o.Used...), append(g.proofs, o.proofs...)
	if g.root == nil {
		g.root = o.root
	}
	g.first = min(g.first, o.first)
	return true
}

// settlePRF takes the PRF that the length of SK_d allows, where nothing else tells it and only one does.
func (s *solver) settlePRF() {
	if s.prfKnown {
		return
	}
	s.sa.Policy.PRF = alg.PRF{}
	for _, g := range s.sa.Generations {
		if ps := s.prfs(g.D); len(ps) == 1 {
			s.sa.Policy.PRF, s.prfKnown = ps[0], true
		}
	}
}

// prfs are the PRFs that the SA may use: the one that is known, else all whose keys are as long as SK_d.
func (s *solver) prfs(d []byte) []alg.PRF {
	if s.prfKnown {
		return []alg.PRF{s.sa.Policy.PRF}
	}
	return slices.DeleteFunc(alg.PRFs(), func(p alg.PRF) bool { return p.IKEv2 == 0 || p.KeyLen() != len(d) })
}

// proves reports whether a candidate opens the encrypted messages. Their ICV is the proof, but it says nothing of a cipher
// that was not seen to be chosen; and where no key for it is known, the payload chains must be enough.
func (s *solver) proves(p Policy, g *Generation, chosen bool) bool {
	const look = 32
	n, bits, verified := 0, 0, false
	var first *Message
	judged := false
	for _, m := range s.sa.Messages {
		if m.State == Clear || n == look {
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
		if o.Verified && (chosen || p.Cipher.AEAD || whole) || bits >= enoughBits {
			break
		}
	}
	if first == nil || !verified && bits < enoughBits {
		return false
	}
	g.first = first.Frame
	by := ByICV
	if !verified {
		by = ByChain
	}
	for _, x := range g.Used {
		g.proofs = append(g.proofs, proofOf(x, by, first.Frame))
	}
	return true
}

// chainBits is what the payloads inside an SK payload prove, in bits: 0 where they are no payloads. Of a fragment nothing can
// be said, whole is false then.
func chainBits(m *Message, o keys.Opened) (bits int, whole bool) {
	if _, ok := decode.Find(m.Message.Payloads, ikev2.PayloadSK); !ok {
		return 0, false
	}
	end, ok := ikev2.Grammar.WalkChain(o.First, o.Payloads)
	if !ok || end != len(o.Payloads) {
		return 0, true
	}
	// The padding length fits; the next payload's type, reserved bits, and a length that leads there, of each payload.
	return 8 + 12*ikev2.Grammar.CountPayloads(o.First, o.Payloads), true
}

// openAll opens what the generations open.
func (s *solver) openAll() {
	for _, m := range s.sa.Messages {
		if m.State != Closed {
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
		if m.State == Closed {
			m.Why = &Gap{Code: GapWrongKey, Cause: CauseOtherKey, Version: 2}
		}
	}
}

// openSK opens the SK payload, or the fragment, of a message.
func (s *solver) openSK(p Policy, g *Generation, m *Message) (keys.Opened, bool) {
	encr, integ := g.ER, g.AR
	if m.FromInitiator {
		encr, integ = g.EI, g.AI
	}
	if len(encr) != p.KeyLen {
		return keys.Opened{}, false
	}
	o, err := keys.NewSKOpener(p.Cipher, p.Integ, encr, integ)
	if g.Unproven {
		o, err = keys.NewUncheckedSKOpener(p.Cipher, p.Integ, encr)
	}
	if err != nil {
		return keys.Opened{}, false
	}
	x, err := o.OpenSK(m.Raw)
	return x, err == nil
}

// take writes a decrypted SK payload into its message.
func (s *solver) take(m *Message, o keys.Opened, generation int) {
	m.State, m.Plain, m.Generation, m.First = Opened, o.Payloads, generation, o.First
	if _, ok := decode.Find(m.Message.Payloads, ikev2.PayloadSK); ok {
		inner, _, err := ikev2.Grammar.ParsePayloads(o.First, o.Payloads)
		m.PayErr = err
		m.Read(slices.Concat(before(m.Message.Payloads, ikev2.PayloadSK), inner))
	}
}

// before are the payloads in front of the one of type t.
func before(ps []decode.Payload, t decode.PayloadType) []decode.Payload {
	for i, p := range ps {
		if p.Type == t {
			return slices.Clone(ps[:i])
		}
	}
	return nil
}

func (s *solver) anyClosed() bool {
	return slices.ContainsFunc(s.sa.Messages, func(m *Message) bool { return m.State == Closed })
}
