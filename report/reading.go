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

// Gaps are what was not decrypted in IKE SA number i of the session, in words.
func (x *Reading) Gaps(i int) []Gap { return gapsOf(x.Reading, i) }

func gapsOf(n *negotiation.Reading, i int) (list []Gap) {
	if len(n.Session.SAs[i].Gaps) == 0 {
		return nil // as of most of many: their stories need not be told for that
	}
	for _, g := range n.Stories()[i].Gaps() {
		list = append(list, newGap(g))
	}
	return list
}

// newIKESAs are the IKE SAs, each with the one that it rekeys.
func newIKESAs(n *negotiation.Reading) []IKESA {
	list := make([]IKESA, len(n.Session.SAs))
	for i, sa := range n.Session.SAs {
		list[i] = newIKESA(sa)
		if !list[i].first.IsZero() {
			list[i].Offset = offset(n.Session, list[i].first)
		}
		list[i].Gaps = gapsOf(n, i)
		list[i].noteRekey(sa, n.Family())
	}
	return list
}
