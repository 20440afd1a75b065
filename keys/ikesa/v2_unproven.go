package ikesa

import (
	"slices"

	"github.com/ikedecode/ikedecode/keys/secret"
)

// unproven2 takes the first keys there are, under the algorithms that were negotiated: the user asked for it. Those that are bound to
// the SA come first; what another SA has proved to be its own is left out.
func (s *solver) unproven2(m *material2) *Generation {
	if m.chosen == nil && len(m.offered) == 0 {
		return nil
	}
	var best *Generation
	for _, p := range s.policies2(m) {
		if p.Cipher == nil || p.Unsupported != "" {
			continue
		}
		for _, g := range s.generations(p, m) {
			bound := slices.ContainsFunc(g.Used, func(x secret.Secret) bool { return !x.Where.Initiator.IsZero() })
			if !s.owned[g.pair()] && (best == nil || bound) {
				best, s.sa.Policy = g, p
			}
			if best != nil && bound {
				break
			}
		}
		if best != nil {
			break
		}
	}
	if best == nil {
		return nil
	}
	best.Unproven, best.proofs = true, nil
	for _, x := range best.Used {
		best.proofs = append(best.proofs, proofOf(x, Unproven, 0))
	}
	s.addGeneration(best)
	return &s.sa.Generations[0]
}

// own notes the keys that are proved to be this SA's.
func (s *solver) own() {
	if s.owned == nil {
		s.owned = make(map[keyPair]bool)
	}
	for _, g := range s.sa.Generations {
		s.owned[g.pair()] = true
	}
}

// A keyPair is SK_ei and SK_er.
type keyPair struct{ ei, er string }

func (g *Generation) pair() keyPair { return keyPair{string(g.EI), string(g.ER)} }
