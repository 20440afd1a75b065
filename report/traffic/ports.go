package traffic

import (
	"iter"
	"net/netip"

	"github.com/ikedecode/ikedecode"
	"github.com/ikedecode/ikedecode/capture"
	"github.com/ikedecode/ikedecode/esp"
)

const (
	maxWays     = 4096 // SAs, and senders of keepalives
	maxMappings = 16   // of an SA
)

// Ports notes between which ports ESP in UDP goes: those of a host behind a NAT change when the NAT forgets them.
type Ports struct {
	ways       map[Flow][]Mapping
	order      []Flow
	plain      map[Flow]esp.Point // the last change from ESP in UDP to plain ESP, of one SA
	keepalives map[netip.Addr]int // by sender
}

// A Mapping is a pair of ports that an SA used for some time.
type Mapping struct {
	Src, Dst    uint16
	First, Last esp.Point
}

// Ways are the SAs with ESP in UDP, in order of their first packets, each with the pairs of ports in the order in which they came.
func (w *Ports) Ways() iter.Seq2[Flow, []Mapping] {
	return func(yield func(Flow, []Mapping) bool) {
		for _, f := range w.order {
			if !yield(f, w.ways[f]) {
				return
			}
		}
	}
}

// Plain is where the ESP of an SA was sent without UDP for the first time since it had come in UDP last.
func (w *Ports) Plain(f Flow) (p esp.Point, ok bool) {
	p, ok = w.plain[f]
	return p, ok
}

// Keepalives is how many NAT-T keepalives a host sent.
func (w *Ports) Keepalives(host netip.Addr) int { return w.keepalives[host] }

func (w *Ports) item(it *ikedecode.Item) {
	d := it.Datagram
	if d.Repeat {
		return
	}
	if !d.UDP {
		if d.Kind == capture.ESP && len(w.ways) > 0 {
			w.bare(it)
		}
		return
	}
	switch d.Kind {
	case capture.Keepalive:
		if w.keepalives == nil {
			w.keepalives = make(map[netip.Addr]int)
		}
		if len(w.keepalives) < maxWays {
			w.keepalives[d.Src.Addr()]++
		}
	case capture.ESP:
		if f, ok := FlowOf(it); ok && f.SPI != 0 {
			w.packet(f, d)
		}
	}
}

// bare notes an ESP packet without UDP in an SA that had it.
func (w *Ports) bare(it *ikedecode.Item) {
	f, ok := FlowOf(it)
	if _, noted := w.plain[f]; !ok || noted || w.ways[f] == nil {
		return
	}
	if w.plain == nil {
		w.plain = make(map[Flow]esp.Point)
	}
	w.plain[f] = esp.Point{Frame: it.Datagram.Frame, Time: it.Datagram.Time}
}

func (w *Ports) packet(f Flow, d *capture.Datagram) {
	delete(w.plain, f)
	way, had := w.ways[f]
	if !had {
		if len(w.ways) >= maxWays {
			return
		}
		if w.ways == nil {
			w.ways = make(map[Flow][]Mapping)
		}
		w.order = append(w.order, f)
	}
	p := esp.Point{Frame: d.Frame, Time: d.Time}
	for i := range way {
		if m := &way[i]; m.Src == d.Src.Port() && m.Dst == d.Dst.Port() {
			m.Last = p
			return
		}
	}
	if len(way) < maxMappings {
		w.ways[f] = append(way, Mapping{d.Src.Port(), d.Dst.Port(), p, p})
	}
}
