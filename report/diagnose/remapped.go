package diagnose

import (
	"cmp"
	"maps"
	"net/netip"
	"slices"
	"time"

	"github.com/ikedecode/ikedecode/decode/ikev2"
	"github.com/ikedecode/ikedecode/esp"
	"github.com/ikedecode/ikedecode/keys/ikesa"
	"github.com/ikedecode/ikedecode/report/negotiation"
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
	first, closed := make(map[mapping]Finding), d.closedByNAT()
	for k, way := range d.watch.Ports.Ways() {
		for i := 1; i < len(way); i++ {
			before, after := &way[i-1], &way[i]
			if before.Src == after.Src || before.Last.Frame > after.First.Frame {
				continue
			}
			m, f := mapping{k.Src, k.Dst, before.Src, after.Src}, d.mappingChanged(k, before, after, closed)
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

func (d *diagnosis) mappingChanged(k traffic.Flow, before, after *traffic.Mapping, closed map[netip.AddrPort][]traffic.ICMPError) Finding {
	const (
		quiet   = 15 * time.Second
		several = 3 // packets: one or two are on the way when the port changes
	)
	facts := Remapped{Host: k.Src, Peer: k.Dst, Before: before.Src, After: after.Src, NoKeepalives: d.watch.Ports.Keepalives(k.Src) == 0}
	if idle := after.First.Time.Sub(before.Last.Time); idle > quiet {
		facts.Idle = idle
	}
	facts.Old, facts.New = d.sentTo(k.Dst, k.Src, before.Src, after.First), d.sentTo(k.Dst, k.Src, after.Src, after.First)
	facts.Update, facts.OrUpdate = d.updateFrom(k, before, after)
	f := Finding{Code: CodeNATMappingChanged, Severity: Noteworthy, Grade: Wire, Frames: Frames(before.Last.Frame, facts.Update, facts.OrUpdate, after.First.Frame), Facts: facts}
	var rejected []int
	for _, e := range closed[netip.AddrPortFrom(k.Src, before.Src)] {
		if e.Src.Addr() == k.Dst && e.Frame > before.Last.Frame {
			rejected = append(rejected, e.Frame)
		}
	}
	if len(rejected) >= several {
		f.Severity, facts.Rejected = Warning, len(rejected)
		f.Frames, f.Facts = Frames(append(f.Frames, rejected...)...), facts
	}
	if facts.Old && !facts.New {
		f.Severity = Problem
	}
	return f
}

// closedByNAT are the errors with which hosts say that ports of their own are closed, by those ports: a NAT that has forgotten a mapping does.
func (d *diagnosis) closedByNAT() map[netip.AddrPort][]traffic.ICMPError {
	closed := make(map[netip.AddrPort][]traffic.ICMPError)
	for _, e := range d.watch.ICMP.Errors {
		if e.UDP() && e.Reason.Kind == traffic.ICMPNoPort && e.From == e.Dst.Addr() {
			closed[e.Dst] = append(closed[e.Dst], e)
		}
	}
	return closed
}

// updateFrom are the frames of a request of the host of an SA, from its new port between the last ESP from the old one and the first from the new one: one with
// UPDATE_SA_ADDRESSES, and one that is not decrypted and more than a liveness check. A NAT gives a host that has moved behind it a new port as well.
func (d *diagnosis) updateFrom(k traffic.Flow, before, after *traffic.Mapping) (update, perhaps int) {
	const liveness = 112 // bytes that a request without payloads has at most
	sa := d.lastBetween(k.Src, k.Dst, after.First.Time)
	if sa == nil || sa.Version != 2 {
		return 0, 0
	}
	for _, m := range sa.Messages {
		if m.Src != netip.AddrPortFrom(k.Src, after.Src) || m.IsResponse() || !m.Time.After(before.Last.Time) || m.Time.After(after.First.Time) {
			continue
		}
		switch {
		case negotiation.NotifyOf(m, ikev2.NotifyUpdateSAAddresses) != nil:
			return m.Frame, 0
		case m.State == ikesa.Closed && len(m.Raw) > liveness && perhaps == 0:
			perhaps = m.Frame
		}
	}
	return 0, perhaps
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
