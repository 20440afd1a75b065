package negotiation

import (
	"cmp"
	"net/netip"
	"slices"
	"time"

	"github.com/ikedecode/ikedecode"
	"github.com/ikedecode/ikedecode/esp"
	"github.com/ikedecode/ikedecode/keys/ikesa"
	"github.com/ikedecode/ikedecode/report/traffic"
)

// A Flow is an SA of ESP, AH or IPComp with packets.
type Flow struct {
	About traffic.Flow
	SA    *esp.SA
	Stats esp.Stats
	Child ChildRef
	Began time.Time // when it was negotiated; zero: not known
}

// A Twin is a source of an SA's keys that names other addresses: a log behind NAT names other ones than the capture has.
type Twin struct {
	Source   string
	Src, Dst netip.Addr
}

// groups are the SAs of a table, the candidates for one SA together.
type groups struct {
	list  [][]*esp.SA
	twins map[*esp.SA][]Twin
}

func newGroups(table *esp.Table) *groups {
	g := &groups{twins: make(map[*esp.SA][]Twin)}
	if table != nil {
		g.fold(GroupSAs(table.SAs()))
	}
	return g
}

// GroupSAs puts together the candidates for one SA, the best one first: verified, then most packets decrypted. What decrypted
// nothing goes with what did. SAs without SPI are left out where SAs were learned from them.
func GroupSAs(all []*esp.SA) (list [][]*esp.SA) {
	type key struct {
		ChildKey
		any      bool
		src, dst netip.Addr
	}
	at := make(map[key]int)
	for _, sa := range all {
		k := key{KeyOf(sa), sa.AnySPI, sa.Src, sa.Dst}
		i, ok := at[k]
		if !ok {
			i = len(list)
			at[k] = i
			list = append(list, nil)
		}
		list[i] = append(list[i], sa)
	}
	for _, g := range list {
		slices.SortStableFunc(g, func(a, b *esp.SA) int {
			sa, sb := a.Stats(), b.Stats()
			return cmp.Or(compareBool(sb.Proven, sa.Proven), cmp.Compare(sb.Opened, sa.Opened))
		})
	}
	return list
}

func compareBool(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return 1
	}
	return -1
}

// fold leaves out SAs without traffic that are known by other addresses, too. Of those with the same SPI and keys and one address in
// common the one that had the traffic stays, or else the first, with the others as its twins.
func (g *groups) fold(all [][]*esp.SA) {
	type key struct {
		ChildKey
		keys string
	}
	keyOf := func(sa *esp.SA) key { return key{KeyOf(sa), string(sa.CipherKey) + "|" + string(sa.MACKey)} }
	best := make(map[key]*esp.SA)
	for _, group := range all {
		k := keyOf(group[0])
		if b := best[k]; b == nil || group[0].Stats().Opened > b.Stats().Opened {
			best[k] = group[0]
		}
	}
	for _, group := range all {
		sa, twin := group[0], best[keyOf(group[0])]
		if sa == twin || len(group) > 1 || sa.AnySPI || sa.Stats().Packets > 0 || sa.Src != twin.Src && sa.Dst != twin.Dst {
			g.list = append(g.list, group)
			continue
		}
		for _, source := range sa.Sources {
			g.twins[twin] = append(g.twins[twin], Twin{source, sa.Src, sa.Dst})
		}
	}
}

// nullFlows finds what was found out about the encryption of a flow.
type nullFlows struct {
	flows map[nullFlowKey]*esp.NullFlow
	sas   map[*esp.SA]*esp.NullFlow
}

type nullFlowKey struct {
	src, dst netip.Addr
	spi      uint32
}

func newNullFlows(s *ikedecode.Session) *nullFlows {
	x := &nullFlows{make(map[nullFlowKey]*esp.NullFlow), make(map[*esp.SA]*esp.NullFlow)}
	flows := s.NullFlows()
	for i := range flows {
		f := &flows[i]
		x.flows[nullFlowKey{f.Src, f.Dst, f.SPI}] = f
		if f.SA != nil {
			x.sas[f.SA] = f
		}
		if f.Proof != nil && f.Proof.Cipher != nil && f.Proof.Cipher.Null() {
			x.sas[f.Proof] = f
		}
	}
	return x
}

// ClosedFlows are the flows that were not decrypted, without those of the second place of a capture from both sides of a NAT: they are the same
// packets.
func (r *Reading) ClosedFlows() []*ikedecode.UnknownSPI {
	if len(r.elsewhere()) == 0 {
		return r.Session.Unknown
	}
	return slices.DeleteFunc(slices.Clone(r.Session.Unknown), func(u *ikedecode.UnknownSPI) bool {
		return r.AtSecondPlace(u.Src, u.Dst)
	})
}

// Owner is the IKE SA that most likely negotiated a flow between two hosts that was not decrypted, by the frame of its first packet: of those
// that were not deleted before, the one with the last exchange that may have set it up; where none was captured, the youngest that was
// there before. nil: none can have.
func (r *Reading) Owner(hosts Hosts, first int) (owner *ikesa.SA) {
	last := 0
	var alive []*ikesa.SA
	for _, sa := range r.Family().met[hosts] {
		// IPsec SAs of IKEv1 outlive their IKE SA.
		if m := IKEDelete(sa); m == nil || m.Frame >= first || sa.Version == 1 {
			alive = append(alive, sa)
		}
	}
	for _, sa := range alive {
		for _, x := range sa.Exchanges {
			if !asksForChild(x) || !slices.ContainsFunc(x.Messages, func(m *ikesa.Message) bool { return m.State == ikesa.Closed }) {
				continue
			}
			if at := x.Messages[len(x.Messages)-1].Frame; at < first && at > last {
				owner, last = sa, at
			}
		}
	}
	if owner != nil {
		return owner
	}
	for _, sa := range alive {
		if at := sa.Messages[0].Frame; mayOwn(sa) && (at < first || !Begins(sa)) && at > last {
			owner, last = sa, at
		}
	}
	return owner
}

// mayOwn reports whether sa may have set up what is not known: not where all that it did is decrypted.
func mayOwn(sa *ikesa.SA) bool {
	return slices.ContainsFunc(sa.Messages, func(m *ikesa.Message) bool { return m.State == ikesa.Closed }) ||
		!slices.ContainsFunc(sa.Exchanges, func(x *ikesa.Exchange) bool { return asksForChild(x) && len(x.Messages) > 0 })
}
