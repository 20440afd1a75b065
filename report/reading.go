package report

import (
	"sync"
	"time"

	"github.com/ikedecode/ikedecode"
	"github.com/ikedecode/ikedecode/esp"
	"github.com/ikedecode/ikedecode/keys/ikesa"
	"github.com/ikedecode/ikedecode/report/negotiation"
)

// A Reading is a session after Run with what more than one report takes from it. Each part is found when it is first asked for, and
// only once, so that whoever wants several reports makes them from one Reading.
type Reading struct {
	session  *ikedecode.Session
	stories  func() []*negotiation.Story // of the IKE SAs, in their order
	ike      func() []IKESA              // what both the timeline and the SAs say of them, likewise
	certs    func() *negotiation.Certificates
	children func() map[negotiation.ChildKey]negotiation.ChildRef
	null     func() *nullIndex
	groups   func() [][]*esp.SA       // as groupSAs puts them together, without twins
	times    func() map[int]time.Time // of all IKE messages by frame
	family   func() *negotiation.Family

	elsewhere map[*esp.SA][]string // sources of the twins that groups leaves out, as foldTwins says
}

// Read readies the reports of s, after Run.
func Read(s *ikedecode.Session) *Reading {
	r := &Reading{
		session:  s,
		certs:    sync.OnceValue(func() *negotiation.Certificates { return negotiation.NewCertificates(s.SAs) }),
		children: sync.OnceValue(func() map[negotiation.ChildKey]negotiation.ChildRef { return negotiation.Children(s) }),
		null:     sync.OnceValue(func() *nullIndex { return newNullIndex(s) }),
		times:    sync.OnceValue(func() map[int]time.Time { return negotiation.MessageTimes(s.SAs) }),
		family:   sync.OnceValue(func() *negotiation.Family { return negotiation.NewFamily(s.SAs) }),
	}
	r.stories = sync.OnceValue(func() []*negotiation.Story { return negotiation.Follow(s, r.children()) })
	r.ike = sync.OnceValue(func() []IKESA { return newIKESAs(s.SAs, r.family()) })
	r.groups = sync.OnceValue(func() [][]*esp.SA {
		if s.Table == nil {
			return nil
		}
		var kept [][]*esp.SA
		kept, r.elsewhere = foldTwins(groupSAs(s.Table.SAs()))
		return kept
	})
	return r
}

// newIKESAs are the IKE SAs, each with the one that it rekeys.
func newIKESAs(sas []*ikesa.SA, family *negotiation.Family) []IKESA {
	list := make([]IKESA, len(sas))
	for i, sa := range sas {
		list[i] = newIKESA(sa)
		list[i].noteRekey(sa, family)
	}
	return list
}

// GroupedSAs are the SAs of the table, the candidates for one SA together, in the order of SAs.SAs.
func (r *Reading) GroupedSAs() [][]*esp.SA { return r.groups() }
