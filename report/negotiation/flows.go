package negotiation

import (
	"cmp"
	"net/netip"
	"slices"
	"time"

	"github.com/ikedecode/ikedecode"
	"github.com/ikedecode/ikedecode/esp"
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
	several := sharedSPIs(all)
	at := make(map[key]int)
	for n, sa := range all {
		if !several[KeyOf(sa)] {
			list = append(list, all[n:n+1:n+1]) // as most are
			continue
		}
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
		if len(g) == 1 {
			continue
		}
		slices.SortStableFunc(g, func(a, b *esp.SA) int {
			sa, sb := a.Stats(), b.Stats()
			return cmp.Or(compareBool(sb.Proven, sa.Proven), cmp.Compare(sb.Opened, sa.Opened))
		})
	}
	return list
}

// sharedSPIs are the SPIs of more than one SA.
func sharedSPIs(all []*esp.SA) map[ChildKey]bool {
	keys := make([]ChildKey, len(all))
	for i, sa := range all {
		keys[i] = KeyOf(sa)
	}
	slices.SortFunc(keys, func(a, b ChildKey) int { return cmp.Or(cmp.Compare(a.Protocol, b.Protocol), cmp.Compare(a.SPI, b.SPI)) })
	shared := make(map[ChildKey]bool)
	for i := 1; i < len(keys); i++ {
		if keys[i] == keys[i-1] {
			shared[keys[i]] = true
		}
	}
	return shared
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
		for _, source := range sa.Sources() {
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
