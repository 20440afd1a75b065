package report

import (
	"github.com/ikedecode/ikedecode/esp"
	"github.com/ikedecode/ikedecode/keys/ikesa"
	"github.com/ikedecode/ikedecode/report/diagnose"
	"github.com/ikedecode/ikedecode/report/negotiation"
)

// A closedWay is the ESP and AH packets from one host to another that stayed closed.
type closedWay struct {
	packets, first, last int // frames
}

// closedOneWay finds hosts between which ESP or AH goes in one direction alone, while their IKE goes in both: that shows without any
// key. Where the negotiation is known, oneWay tells more.
func (d *diagnosis) closedOneWay() {
	if d.Session.Table == nil {
		return
	}
	opened := make(map[deadWay]bool)
	for _, sa := range d.Session.Table.SAs() {
		if sa.Stats().Packets > 0 {
			opened[deadWay{sa.Src, sa.Dst}] = true
		}
	}
	closed, order := make(map[deadWay]*closedWay), []deadWay(nil)
	for _, u := range d.Session.Unknown {
		k := deadWay{u.Src, u.Dst}
		w := closed[k]
		if w == nil {
			w = &closedWay{first: u.First}
			closed[k], order = w, append(order, k)
		}
		if u.Protocol != esp.IPComp {
			w.packets += u.Packets
		}
		w.first, w.last = min(w.first, u.First), max(w.last, u.Last)
	}
	for _, k := range order {
		back := deadWay{k.dst, k.src}
		w := closed[k]
		if w.packets < oneWayAfter || opened[k] || opened[back] || closed[back] != nil {
			continue
		}
		sa := d.upWithoutChild(k)
		if sa == nil {
			continue
		}
		d.found = append(d.found, diagnose.Finding{Code: diagnose.CodeESPOneWay, Severity: SeverityWarning, Grade: diagnose.Wire, Subject: subjectOf(sa),
			Frames: frames(w.first, w.last), Span: true, Facts: diagnose.ClosedOneWay{Packets: w.packets, Src: k.src, Dst: k.dst}})
	}
}

// upWithoutChild is an IKE SA between the hosts of k that speaks in both directions and stayed closed, so that its Child SAs are not
// known; nil: there is none.
func (d *diagnosis) upWithoutChild(k deadWay) (up *ikesa.SA) {
	for _, sa := range d.Family().Between(negotiation.InOrder(k.src, k.dst)) {
		if len(sa.Children) > 0 {
			return nil
		}
		if closedFrom(sa, true) != 0 && closedFrom(sa, false) != 0 {
			up = sa
		}
	}
	return up
}
