package report

import (
	"slices"

	"github.com/ikedecode/ikedecode/esp"
	"github.com/ikedecode/ikedecode/report/traffic"
)

// SAs makes the report of the SAs that the filter selects, after Run: those with packets in the time that is asked for, and the
// IKE SAs that they belong to.
func (sc *Scope) SAs() *SAs {
	all := sc.reading().SAs()
	if !sc.filter.Active() {
		return all
	}
	sel := &SASelection{Selected: sc.filter.selected()}
	r := &SAs{IKE: []IKESA{}, SAs: []TrafficSA{}, Unknown: []UnknownSA{}, UnknownMore: all.UnknownMore, Selection: sel}
	r.SAs = sc.traffic(all.SAs, sel)
	r.Unknown = sc.unknown(all.Unknown, sel)
	r.IKE = sc.ikeSAs(all.IKE, r.SAs)
	sel.LeftOutSAs = len(all.IKE) - len(r.IKE)
	if sel.empty = len(r.IKE)+len(r.SAs)+len(r.Unknown) == 0; sel.empty {
		sel.Hint = sc.filter.hint(sc.timeline.SAs, flowsThereAre(all))
	}
	return r
}

// traffic selects SAs of ESP, AH and IPComp. all has one for each group of the table, in its order.
func (sc *Scope) traffic(all []TrafficSA, sel *SASelection) []TrafficSA {
	list := []TrafficSA{}
	for i, group := range sc.reading().Groups() {
		keep := slices.ContainsFunc(group, func(sa *esp.SA) bool { return sc.opened[sa] })
		if all[i].Packets == 0 {
			keep = keep || sc.fitsIdle(group[0])
		}
		switch {
		case keep:
			list = append(list, all[i])
		case all[i].Shown():
			sel.LeftOutFlows++
		}
	}
	return list
}

// unknown selects flows that were not decrypted.
func (sc *Scope) unknown(all []UnknownSA, sel *SASelection) []UnknownSA {
	list := []UnknownSA{}
	for i, u := range sc.session.Unknown {
		if sc.flows[unmapped(traffic.OfClosed(u))] {
			list = append(list, all[i])
		} else {
			sel.LeftOutFlows++
		}
	}
	return list
}

// ikeSAs selects the IKE SAs with an exchange in the selection, and those whose traffic is in it.
func (sc *Scope) ikeSAs(all []IKESA, traffic []TrafficSA) []IKESA {
	list := []IKESA{}
	for i, sa := range sc.session.SAs {
		uses := func(t TrafficSA) bool { return t.IKE == cookies(sa) }
		if len(sc.keep[i]) > 0 || slices.ContainsFunc(traffic, uses) {
			list = append(list, all[i])
		}
	}
	return list
}

// flowsThereAre are the first flows of a capture by protocol, SPI and hosts, so that the next filter matches.
func flowsThereAre(all *SAs) (names []string) {
	for i := range all.SAs {
		if t := &all.SAs[i]; t.Shown() {
			names = append(names, t.Protocol+" "+t.SPI+", "+t.Src+" > "+t.Dst)
		}
	}
	for i := range all.Unknown {
		u := &all.Unknown[i]
		names = append(names, u.Protocol+" "+u.SPI+", "+u.Src+" > "+u.Dst)
	}
	return names
}

// Complete reports whether all of the selection could be decrypted.
func (sc *Scope) Complete(r *SAs) bool {
	return sc.closed == 0 && !slices.ContainsFunc(r.IKE, func(s IKESA) bool { return s.Closed > 0 || len(s.Gaps) > 0 })
}
