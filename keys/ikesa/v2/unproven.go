package v2

import (
	"slices"

	"github.com/ikedecode/ikedecode/keys/ikesa"
	"github.com/ikedecode/ikedecode/keys/secret"
)

// unproven takes the first keys there are, under the algorithms that were negotiated: the user asked for it. Those that decrypt messages
// to payloads come first, then those that are bound to the SA; what another SA has verified to be its own is left out.
func (s *solver) unproven(m *material) *ikesa.Generation {
	if m.chosen == nil && len(m.offered) == 0 {
		return nil
	}
	var best *ikesa.Generation
	if s.unlike.found() {
		best, s.sa.Policy = s.unlike.generation, s.unlike.policy
	}
	for _, p := range s.policies(m) {
		if p.Cipher == nil || p.Unsupported != "" || s.unlike.found() {
			continue
		}
		for _, g := range s.generations(p, m) {
			bound := slices.ContainsFunc(g.Used, func(x secret.Secret) bool { return !x.Where.Initiator.IsZero() })
			if !s.owned[pairOf(g)] && (best == nil || bound) {
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
	best.Unproven, best.Proofs, best.Refuted = true, nil, [2]bool{}
	for _, x := range best.Used {
		best.Proofs = append(best.Proofs, ikesa.ProofOf(x, ikesa.Unproven, 0))
	}
	s.addGeneration(best)
	return &s.sa.Generations[0]
}
