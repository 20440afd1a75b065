package diagnose

import (
	"slices"
)

// A match is the nearest that an offer comes to what the peer is known for.
type match struct {
	offer, known *stance
	rows         []Compared
	differing    []string // names of traits
}

// nearestStance finds the pair with the fewest differences. initiator tells that the offer is the initiator's of the IKE SA.
func nearestStance(offered, known []stance, initiator bool) (best match, ok bool) {
	for i := range offered {
		for k := range known {
			m := compareStances(&offered[i], &known[k], initiator)
			if !ok || len(m.differing) < len(best.differing) {
				best, ok = m, true
			}
		}
	}
	return best, ok
}

func compareStances(offer, known *stance, initiator bool) match {
	m := match{offer: offer, known: known}
	add := func(name, a, b string, differs bool) {
		if !initiator {
			a, b = b, a
		}
		m.rows = append(m.rows, Compared{Name: name, Initiator: a, Responder: b, Differs: differs})
	}
	for _, t := range slices.Concat(offer.traits, additional(known, offer)) {
		other, ok := traitOf(known, t.name)
		if !ok {
			if other = without(t, known); other == nil {
				continue
			}
		}
		differs := !slices.ContainsFunc(t.values, func(v value) bool { return slices.ContainsFunc(other, v.same) })
		if differs {
			m.differing = append(m.differing, t.name)
		}
		if differs || t.name != traitProtocols {
			add(t.name, valuesText(t.values), valuesText(other), differs)
		}
	}
	if a, b := offer.life.String(), known.life.String(); a != "" && b != "" {
		differs := a != b && len(m.differing) == 0
		add(traitLife, a, b, differs)
	}
	return m
}

// isAdditional reports whether a trait is an additional key exchange (RFC 9370), which a proposal without it does not name.
func (t *trait) isAdditional() bool { return t.values[0].algorithm.Kind.IsAdditional() }

// additional are the traits that are additional key exchanges of known and that an offer does without, each as none.
func additional(known, offer *stance) (list []trait) {
	for _, t := range known.traits {
		if _, ok := traitOf(offer, t.name); ok {
			continue
		}
		if none := without(t, offer); none != nil {
			list = append(list, trait{t.name, none})
		}
	}
	return list
}

// without is what a stance has for an additional key exchange that it does not name: none, where it names what key exchange it has, else nil.
func without(t trait, s *stance) []value {
	named := func(o trait) bool { return o.name == traitGroup || o.name == traitPFS }
	if !t.isAdditional() || !slices.ContainsFunc(s.traits, named) {
		return nil
	}
	return []value{{}}
}

func traitOf(s *stance, name string) ([]value, bool) {
	for _, t := range s.traits {
		if t.name == name {
			return t.values, true
		}
	}
	return nil, false
}

// lives are the lifetimes of both, "" for both where one has none.
func (m *match) lives() (offer, known string) {
	if m.offer == nil {
		return "", ""
	}
	offer, known = m.offer.life.String(), m.known.life.String()
	if offer == "" || known == "" {
		return "", ""
	}
	return offer, known
}
