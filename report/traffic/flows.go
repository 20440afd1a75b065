package traffic

import (
	"net/netip"

	"github.com/ikedecode/ikedecode"
	"github.com/ikedecode/ikedecode/esp"
)

const maxRoutes = 1 << 16 // of all SAs

// Flows notes between which addresses the packets of each SA that is in a list go as captured: NAT makes them differ from those of the negotiation.
type Flows struct {
	seen map[saRoute]bool
	list map[*esp.SA][]Route
}

// A Route is the addresses between which an SA goes, and of TCP the ports.
type Route struct {
	Src, Dst     netip.Addr
	Encapsulated bool      // in UDP or TCP
	TCP          esp.Ports // zero: not in TCP
}

type saRoute struct {
	sa *esp.SA
	Route
}

// Of are the routes of an SA, in order of their first packets.
func (w *Flows) Of(sa *esp.SA) []Route { return w.list[sa] }

// Frame takes one packet in.
func (w *Flows) Frame(f *ikedecode.Frame) {
	for _, it := range f.Items {
		if it.Opened == nil {
			continue
		}
		for i := range it.Opened.Layers {
			if l := &it.Opened.Layers[i]; l.SA != nil && !l.SA.Passing() {
				r := Route{Src: l.Src, Dst: l.Dst}
				if d := it.Datagram; i == 0 {
					if r.Encapsulated = d.UDP || d.TCP; d.TCP {
						r.TCP = esp.Ports{Src: d.Src.Port(), Dst: d.Dst.Port()}
					}
				}
				w.add(saRoute{l.SA, r})
			}
		}
	}
}

func (w *Flows) add(k saRoute) {
	if w.seen == nil {
		w.seen, w.list = make(map[saRoute]bool), make(map[*esp.SA][]Route)
	}
	if !w.seen[k] && len(w.seen) < maxRoutes {
		w.seen[k] = true
		w.list[k.sa] = append(w.list[k.sa], k.Route)
	}
}
