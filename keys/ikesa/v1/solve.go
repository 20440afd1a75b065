package v1

import (
	"bytes"
	"slices"

	"github.com/ikedecode/ikedecode/decode"
	"github.com/ikedecode/ikedecode/decode/ikev1"
	"github.com/ikedecode/ikedecode/keys/ikesa"
)

// Solve finds the keys of an IKE SA, decrypts its messages and derives the keys of its Quick Modes.
func (sv *Solver) Solve(sa *ikesa.SA) {
	s := &solver{Solver: sv, Secrets: sv.pool.For(sa), sa: sa}
	best := s.bestOpening()
	if best == nil && s.supposed != nil {
		best = s.suppose()
	}
	if best == nil && s.noVerify {
		best = s.unproven()
	}
	if best != nil {
		s.adopt(best)
	} else if ps := s.policies(); len(ps) == 1 {
		s.sa.Policy = ps[0]
	}
	s.identities()
	s.newGroups()
	s.checkNAT()
	s.established()
	s.children()
	s.gaps()
}

// suppose is bestOpening with what may be keys, which are those of the SA from then on if there is one.
func (s *solver) suppose() *opening {
	given := s.Secrets
	s.Secrets = s.supposed.For(s.sa)
	best := s.bestOpening()
	if best == nil {
		s.Secrets = given
	}
	s.supposing = best != nil
	return best
}

// bestOpening tries every policy with every candidate and returns the one with the best proof, or nil. A look at the
// first messages rejects nearly all candidates; where none is left, the first messages may be the damaged ones.
func (s *solver) bestOpening() *opening {
	for _, look := range []int{3, 24} {
		if o := s.bestWithin(look); o != nil {
			return o
		}
	}
	return nil
}

func (s *solver) bestWithin(look int) *opening {
	mats := []ikesa.Phase1{s.sa.Phase1()}
	if !s.sa.RolesKnown {
		mats = append(mats, mats[0].Swapped())
	}
	var best *opening
	for _, p := range s.policies() {
		if p.Hash == nil || p.Cipher == nil || p.Cipher.NewBlock == nil {
			continue
		}
		for i, m := range mats {
			for _, k := range s.keysets(p, m) {
				o := s.open(p, m, k, i == 1, look)
				if o == nil || (best != nil && !o.betterThan(best)) {
					continue
				}
				if best = o; o.complete() {
					return o
				}
			}
		}
	}
	return best
}

// unproven decrypts with the first candidate there is, whatever comes out: the user asked for it.
func (s *solver) unproven() *opening {
	mat := s.sa.Phase1()
	for _, p := range s.policies() {
		if p.Hash == nil || p.Cipher == nil || p.Cipher.NewBlock == nil {
			continue
		}
		for _, k := range s.keysets(p, mat) {
			if o := s.newOpening(p, mat, k, false); o != nil {
				o.force()
				return o
			}
		}
	}
	return nil
}

// adopt takes the result of an opening over into the SA.
func (s *solver) adopt(o *opening) {
	sa := s.sa
	if o.swap {
		sa.Flip()
		for _, m := range sa.Messages {
			m.AssignRoles()
		}
	}
	sa.Policy, sa.Keys, sa.Proofs = o.p, o.k.keys, o.proofs()
	for _, r := range o.results {
		r.adopt()
	}
	sa.IVs = o.chain()
	o.checkSignatures()
}

// identities reads the ID payloads of phase 1.
func (s *solver) identities() {
	for _, m := range s.sa.Messages {
		if !m.IsPhase1() || m.State == ikesa.Closed || m.State == ikesa.Partly {
			continue
		}
		p, ok := decode.Find(m.Payloads, ikev1.PayloadID)
		if !ok {
			continue
		}
		id, ok := p.Body.(*ikev1.ID)
		if !ok || p.Err != nil {
			continue
		}
		s.learn(p.Data())
		value := id.Identity()
		if m.FromInitiator {
			s.sa.IDi = &value
		} else {
			s.sa.IDr = &value
		}
	}
}

// learn keeps the body of an ID payload for the IKE SAs to come.
func (sv *Solver) learn(body []byte) {
	const alike, most = 64, 4096 // how far back one is looked for, and how many are kept
	n := len(sv.ids)
	if slices.ContainsFunc(sv.ids[max(0, n-alike):], func(b []byte) bool { return bytes.Equal(b, body) }) {
		return
	}
	if n >= most {
		sv.ids = slices.Clone(sv.ids[n/2:])
	}
	sv.ids = append(sv.ids, body)
}

// established decides whether phase 1 came to its end: its last message was seen, or anything that needs it.
func (s *solver) established() {
	for _, m := range s.sa.Messages {
		switch m.Message.Exchange {
		case ikev1.ExchangeQuick, ikev1.ExchangeTransaction, ikev1.ExchangeNewGroup:
			s.sa.Established = true
			return
		case ikev1.ExchangeMain:
			// Message 6: the responder's second one after the DH values, protected by the keys.
			last := m.State != ikesa.Clear && !m.FromInitiator
			plain := m.State == ikesa.Clear && hasAuth(m) && !m.FromInitiator
			if last || plain {
				s.sa.Established = true
				return
			}
		case ikev1.ExchangeAggressive:
			_, sa := decode.Find(m.Payloads, ikev1.PayloadSA)
			sa = sa || m.Message.NextPayload == ikev1.PayloadSA // truncated
			if m.FromInitiator && !sa {
				s.sa.Established = true
				return
			}
		}
	}
}

func hasAuth(m *ikesa.Message) bool {
	_, h := decode.Find(m.Payloads, ikev1.PayloadHash)
	_, g := decode.Find(m.Payloads, ikev1.PayloadSig)
	return h || g
}
