package diagnose

import (
	"cmp"
	"maps"
	"net/netip"
	"slices"
	"time"

	"github.com/ikedecode/ikedecode/esp"
	"github.com/ikedecode/ikedecode/report/traffic"
)

// Rules about NATs that forget what port they gave to whom.

// A mapping is a change of ports; several SAs of the same hosts show it.
type mapping struct {
	src, dst      netip.Addr
	before, after uint16
}

// mappings finds hosts whose packets come from another port all at once, because the NAT in front of them has forgotten the
// old one, and peers that go on sending to the old one.
func (d *diagnosis) mappings() {
	first := make(map[mapping]Finding)
	for k, way := range d.watch.Ports.Ways() {
		for i := 1; i < len(way); i++ {
			before, after := &way[i-1], &way[i]
			if before.Src == after.Src || before.Last.Frame > after.First.Frame {
				continue
			}
			m, f := mapping{k.Src, k.Dst, before.Src, after.Src}, d.mappingChanged(k, before, after)
			if had, ok := first[m]; !ok || f.Frames[0] < had.Frames[0] {
				first[m] = f
			}
		}
	}
	list := slices.Collect(maps.Values(first))
	slices.SortFunc(list, func(a, b Finding) int {
		return cmp.Or(a.Frames[0]-b.Frames[0], compareRemapped(a.Facts, b.Facts))
	})
	d.addBounded(list)
}

func (d *diagnosis) mappingChanged(k traffic.Flow, before, after *traffic.Mapping) Finding {
	const quiet = 15 * time.Second
	facts := Remapped{Host: k.Src, Peer: k.Dst, Before: before.Src, After: after.Src, NoKeepalives: d.watch.Ports.Keepalives(k.Src) == 0}
	if idle := after.First.Time.Sub(before.Last.Time); idle > quiet {
		facts.Idle = idle
	}
	facts.Old, facts.New = d.sentTo(k.Dst, k.Src, before.Src, after.First), d.sentTo(k.Dst, k.Src, after.Src, after.First)
	f := Finding{Code: CodeNATMappingChanged, Severity: Noteworthy, Grade: Wire, Frames: Frames(before.Last.Frame, after.First.Frame), Facts: facts}
	if facts.Old && !facts.New {
		f.Severity = Problem
	}
	return f
}

// compareRemapped orders changes of one moment by host and port.
func compareRemapped(a, b Facts) int {
	x, _ := a.(Remapped)
	y, _ := b.(Remapped)
	return cmp.Or(x.Host.Compare(y.Host), x.Peer.Compare(y.Peer), cmp.Compare(x.After, y.After), cmp.Compare(x.Before, y.Before))
}

// sentTo reports whether ESP went from src to a port of dst after p, what was on the path then left out.
func (d *diagnosis) sentTo(src, dst netip.Addr, port uint16, p esp.Point) bool {
	const onTheWay = 500 * time.Millisecond
	for k, way := range d.watch.Ports.Ways() {
		if k.Src == src && k.Dst == dst && slices.ContainsFunc(way, func(m traffic.Mapping) bool {
			return m.Dst == port && m.Last.Time.Sub(p.Time) > onTheWay
		}) {
			return true
		}
	}
	return false
}
