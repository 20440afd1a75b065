package report

import (
	"sync"

	"github.com/ikedecode/ikedecode"
	"github.com/ikedecode/ikedecode/report/negotiation"
)

// A Reading is what more than one report takes from a session. Whoever needs several reports makes them from one Reading.
type Reading struct {
	*negotiation.Reading
	ike func() []IKESA // what both the timeline and the SAs say of the IKE SAs, in their order
}

// Read readies the reports of s, after Run.
func Read(s *ikedecode.Session) *Reading { return newReading(negotiation.Read(s)) }

func newReading(n *negotiation.Reading) *Reading {
	return &Reading{n, sync.OnceValue(func() []IKESA { return newIKESAs(n) })}
}

// newIKESAs are the IKE SAs, each with the one that it rekeys.
func newIKESAs(n *negotiation.Reading) []IKESA {
	list := make([]IKESA, len(n.Session.SAs))
	for i, sa := range n.Session.SAs {
		list[i] = newIKESA(sa)
		list[i].noteRekey(sa, n.Family())
	}
	return list
}
