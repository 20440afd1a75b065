package v2

import (
	"slices"

	"github.com/ikedecode/ikedecode/keys/alg"
	"github.com/ikedecode/ikedecode/keys/ikesa"
)

// Solve finds the keys of an IKE SA, decrypts its messages and derives the keys of its children.
func (sv *Solver) Solve(sa *ikesa.SA) {
	s := &solver{Solver: sv, Secrets: sv.pool.For(sa), sa: sa}
	s.heirs = nil
	m := s.readMaterial()
	sa.Nonces = m.nonces
	best := s.findGeneration(m)
	if best == nil && s.supposed != nil {
		best = s.suppose(m)
	}
	if best == nil && !s.refuted.found() {
		s.unlike = s.unlikeICVs(m)
	}
	if best == nil && s.noVerify {
		best = s.unproven(m)
	}
	if best != nil {
		s.openAll()
		s.joinFragments()
		s.nextGenerations(m)
	}
	s.joinFragments()
	sa.Established = CameUp(sa)
	s.identities()
	s.checkNAT()
	s.checkAuth(m)
	s.children(m)
	s.gaps(m)
	s.noteResumable()
}

// suppose is findGeneration with what may be keys, which are those of the SA from then on if there is one.
func (s *solver) suppose(m *material) *ikesa.Generation {
	secrets, given, refuted := s.Secrets, s.given, s.refuted
	s.Secrets, s.given = s.supposed.For(s.sa), nil
	best := s.findGeneration(m)
	if best == nil {
		s.Secrets, s.given, s.refuted = secrets, given, refuted
	}
	s.supposing = best != nil
	return best
}

// findGeneration tries every policy with every candidate until one decrypts a message.
func (s *solver) findGeneration(m *material) *ikesa.Generation {
	ps := s.policies(m)
	if len(ps) > 0 && (m.chosen != nil || len(m.offered) > 0) { // else it is one of many to try
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
			slices.SortStableFunc(s.sa.Generations, func(a, b ikesa.Generation) int { return a.First - b.First })
			return &s.sa.Generations[0]
		}
	}
	return nil
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
