package v1

import (
	"github.com/ikedecode/ikedecode/decode/ike"
	"github.com/ikedecode/ikedecode/decode/ikev1"
	"github.com/ikedecode/ikedecode/keys/alg"
	"github.com/ikedecode/ikedecode/keys/ikesa"
)

// maxNewGroups bounds the groups that New Group Mode may define.
const maxNewGroups = 256

// newGroups learns the groups that New Group Mode defines (RFC 2409, section 5.6), for what is negotiated with them later.
func (s *solver) newGroups() {
	for _, m := range s.sa.Messages {
		if m.Message.Exchange != ikev1.ExchangeNewGroup || m.State == ikesa.Closed {
			continue
		}
		for _, p := range ikesa.Proposals(m.Offer()) {
			for i := range p.Suites {
				s.learnGroup(&p.Suites[i])
			}
		}
	}
}

func (sv *Solver) learnGroup(s *ike.Suite) {
	t, ok := s.Find(ike.KeyExchange)
	g := groupByValues(s)
	if !ok || g == nil || len(sv.groups) >= maxNewGroups {
		return
	}
	if sv.groups == nil {
		sv.groups = make(map[uint16]*alg.Group)
	}
	sv.groups[t.ID] = g
}

// group finds a group by its number: one that is known, or one that New Group Mode has defined.
func (sv *Solver) group(id uint16) *alg.Group {
	if g := alg.GroupByID(id); g != nil {
		return g
	}
	return sv.groups[id]
}

// groupByValues makes the group whose prime and generator a suite of phase 1 gives; nil where it gives none.
func groupByValues(s *ike.Suite) *alg.Group {
	value := func(typ uint16) []byte {
		for _, a := range s.Other {
			if a.Type == typ {
				return a.Value
			}
		}
		return nil
	}
	prime, generator := value(ikev1.Phase1GroupPrime), value(ikev1.Phase1GroupGenOne)
	if prime == nil || generator == nil {
		return nil
	}
	return alg.ModPGroup(prime, generator)
}
