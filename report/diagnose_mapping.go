package report

import (
	"cmp"
	"encoding/binary"
	"maps"
	"net/netip"
	"slices"
	"time"

	"github.com/ikedecode/ikedecode/capture"
	"github.com/ikedecode/ikedecode/esp"
	"github.com/ikedecode/ikedecode/report/diagnose"
)

// Rules about NATs that forget what port they gave to whom.

// A natWatch notes, during the second pass, from where and to where ESP in UDP goes. The zero value is ready.
type natWatch struct {
	ways       map[natKey]*natWay
	keepalives map[netip.Addr]int // by sender
}

// A natKey is one SA between two hosts: several hosts behind one NAT have one address.
type natKey struct {
	src, dst netip.Addr
	spi      uint32
}

// A natWay is the ports of one direction, in the order in which they came.
type natWay struct {
	steps []natStep
}

// A natStep is a pair of ports that was used for some time.
type natStep struct {
	sport, dport uint16
	first, last  esp.Point
	packets      int
}

const (
	maxNATWays  = 4096
	maxNATSteps = 16
)

// datagram takes a datagram in UDP in.
func (w *natWatch) datagram(d *capture.Datagram) {
	if !d.UDP || d.Repeat || d.Kind != capture.ESP && d.Kind != capture.Keepalive {
		return
	}
	if w.ways == nil {
		w.ways, w.keepalives = make(map[natKey]*natWay), make(map[netip.Addr]int)
	}
	if d.Kind == capture.Keepalive {
		if len(w.keepalives) < maxNATWays {
			w.keepalives[d.Src.Addr()]++
		}
		return
	}
	if len(d.Payload) < 4 {
		return
	}
	k := natKey{d.Src.Addr(), d.Dst.Addr(), binary.BigEndian.Uint32(d.Payload)}
	way := w.ways[k]
	if way == nil {
		if len(w.ways) >= maxNATWays {
			return
		}
		way = &natWay{}
		w.ways[k] = way
	}
	way.step(d)
}

func (w *natWay) step(d *capture.Datagram) {
	p := esp.Point{Frame: d.Frame, Time: d.Time}
	for i := range w.steps {
		if s := &w.steps[i]; s.sport == d.Src.Port() && s.dport == d.Dst.Port() {
			s.last = p
			s.packets++
			return
		}
	}
	if len(w.steps) < maxNATSteps {
		w.steps = append(w.steps, natStep{d.Src.Port(), d.Dst.Port(), p, p, 1})
	}
}

// A mapping is a change of ports; several SAs of the same hosts show it.
type mapping struct {
	src, dst      netip.Addr
	before, after uint16
}

// mappings finds hosts whose packets come from another port all at once, because the NAT in front of them has forgotten the
// old one, and peers that go on sending to the old one.
func (d *diagnosis) mappings() {
	first := make(map[mapping]diagnose.Finding)
	for k, way := range d.watch.nat.ways {
		for i := 1; i < len(way.steps); i++ {
			before, after := &way.steps[i-1], &way.steps[i]
			if before.sport == after.sport || before.last.Frame > after.first.Frame {
				continue
			}
			m, f := mapping{k.src, k.dst, before.sport, after.sport}, d.mappingChanged(k, before, after)
			if had, ok := first[m]; !ok || f.Frames[0] < had.Frames[0] {
				first[m] = f
			}
		}
	}
	list := slices.Collect(maps.Values(first))
	slices.SortFunc(list, func(a, b diagnose.Finding) int {
		return cmp.Or(a.Frames[0]-b.Frames[0], compareRemapped(a.Facts, b.Facts))
	})
	d.addBounded(list)
}

func (d *diagnosis) mappingChanged(k natKey, before, after *natStep) diagnose.Finding {
	const quiet = 15 * time.Second
	facts := diagnose.Remapped{Host: k.src, Peer: k.dst, Before: before.sport, After: after.sport, NoKeepalives: d.watch.nat.keepalives[k.src] == 0}
	if idle := after.first.Time.Sub(before.last.Time); idle > quiet {
		facts.Idle = idle
	}
	facts.Old, facts.New = d.sentTo(k.dst, k.src, before.sport, after.first), d.sentTo(k.dst, k.src, after.sport, after.first)
	f := diagnose.Finding{Code: diagnose.CodeNATMappingChanged, Severity: SeverityNote, Grade: diagnose.Wire, Frames: frames(before.last.Frame, after.first.Frame), Facts: facts}
	if facts.Old && !facts.New {
		f.Severity = SeverityProblem
	}
	return f
}

// compareRemapped orders changes of one moment by host and port.
func compareRemapped(a, b diagnose.Facts) int {
	x, _ := a.(diagnose.Remapped)
	y, _ := b.(diagnose.Remapped)
	return cmp.Or(x.Host.Compare(y.Host), x.Peer.Compare(y.Peer), cmp.Compare(x.After, y.After), cmp.Compare(x.Before, y.Before))
}

// sentTo reports whether ESP went from src to a port of dst after p, what was on the way then left out.
func (d *diagnosis) sentTo(src, dst netip.Addr, port uint16, p esp.Point) bool {
	const onTheWay = 500 * time.Millisecond
	for k, way := range d.watch.nat.ways {
		if k.src == src && k.dst == dst && slices.ContainsFunc(way.steps, func(s natStep) bool {
			return s.dport == port && s.last.Time.Sub(p.Time) > onTheWay
		}) {
			return true
		}
	}
	return false
}
