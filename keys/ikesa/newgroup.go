package ikesa

import (
	"math"

	"github.com/ikedecode/ikedecode/decode"
	"github.com/ikedecode/ikedecode/decode/ikev1"
	"github.com/ikedecode/ikedecode/keys/alg"
)

// maxNewGroups bounds the groups that New Group Mode may define.
const maxNewGroups = 256

// newGroups learns the groups that New Group Mode defines (RFC 2409, section 5.6), for what is negotiated with them later.
func (s *solver) newGroups() {
	for _, m := range s.sa.Messages {
		if m.Message.Exchange != ikev1.ExchangeNewGroup || m.State == Closed {
			continue
		}
		p, ok := decode.Find(m.Payloads, ikev1.PayloadSA)
		if !ok {
			continue
		}
		sa, ok := p.Body.(*ikev1.SA)
		if !ok {
			continue
		}
		for _, pr := range sa.Proposals {
			for i := range pr.Transforms {
				s.learnGroup(&pr.Transforms[i])
			}
		}
	}
}

func (sv *Solver) learnGroup(t *ikev1.Transform) {
	id, ok := attr(t, attrGroup)
	g := groupByValues(t)
	if !ok || g == nil || id > math.MaxUint16 || len(sv.groups) >= maxNewGroups {
		return
	}
	if sv.groups == nil {
		sv.groups = make(map[uint16]*alg.Group)
	}
	sv.groups[uint16(id)] = g
}

// group finds a group by its number: one that is known, or one that New Group Mode has defined.
func (sv *Solver) group(id uint16) *alg.Group {
	if g := alg.GroupByID(id); g != nil {
		return g
	}
	return sv.groups[id]
}

// groupByValues makes the group whose prime and generator a transform gives; nil where it gives none.
func groupByValues(t *ikev1.Transform) *alg.Group {
	prime, ok := t.Attr(attrPrime)
	if !ok {
		return nil
	}
	gen, ok := t.Attr(attrGenerator)
	if !ok {
		return nil
	}
	return alg.ModPGroup(prime.Value, gen.Value)
}
