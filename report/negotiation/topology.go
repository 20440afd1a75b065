package negotiation

import (
	"net/netip"
	"slices"

	"github.com/ikedecode/ikedecode/capture"
	"github.com/ikedecode/ikedecode/decode/ike"
	"github.com/ikedecode/ikedecode/esp"
	"github.com/ikedecode/ikedecode/keys/ikesa"
	"github.com/ikedecode/ikedecode/report/traffic"
)

// maxKept bounds the pairs of a topology, and each list of one.
const maxKept = 200

// A Pair is two gateways with what is between and behind them, as the capture shows it.
type Pair struct {
	Left, Right Gateway
	Ports       [][2]uint16 // pairs of ports of IKE, the left one first
	Carried     []Carriage
	Packets     int // of ESP and AH
}

// A Gateway is one end of the tunnels.
type Gateway struct {
	Addr      netip.Addr
	IDs       []*ike.Identity
	Nets      ike.Selectors // what is agreed on to be behind it
	Asked     ike.Selectors // what was asked for and rejected
	Host      bool          // the gateway itself is agreed on, too
	BehindNAT bool
	Inside    bool // the capture was made between it and its NAT
}

// A Carriage is how the packets of a protocol go between two gateways.
type Carriage struct {
	Protocol esp.Protocol
	Inside   bool   // only inside other packets
	TCP      bool   // in TCP
	UDP      uint16 // in UDP, the port that is not a NAT's; 0: not in UDP
}

// Topology finds the pairs of gateways: those that speak IKE, and those between which ESP or AH runs. More counts what goes over the
// bound.
func (r *Reading) Topology(rates *traffic.Rates) (list []*Pair, more int) {
	at := make(map[Hosts]*Pair)
	get := func(a, b netip.Addr) (p *Pair, swapped bool) {
		a, b = r.FirstPlace(a, b)
		if p := at[InOrder(a, b)]; p != nil {
			return p, p.Left.Addr != a
		}
		if len(at) >= maxKept {
			more++
			return nil, false
		}
		p = &Pair{Left: Gateway{Addr: a}, Right: Gateway{Addr: b}}
		at[InOrder(a, b)] = p
		list = append(list, p)
		return p, false
	}
	for _, sa := range r.Session.SAs {
		if p, swapped := get(sa.InitiatorAddr.Addr(), sa.ResponderAddr.Addr()); p != nil {
			p.addIKE(sa, swapped)
		}
	}
	for _, x := range rates.All() {
		if p, _ := get(x.Src.Addr(), x.Dst.Addr()); p != nil {
			p.addTraffic(x)
		}
	}
	return list, more
}

// addIKE takes an IKE SA in. swapped says that its initiator is on the right.
func (p *Pair) addIKE(sa *ikesa.SA, swapped bool) {
	i, r := &p.Left, &p.Right
	if swapped {
		i, r = r, i
	}
	if !BothMayBeForced(NATSides(sa)) {
		i.BehindNAT = i.BehindNAT || sa.NAT.BehindNATInitiator
		r.BehindNAT = r.BehindNAT || sa.NAT.BehindNATResponder
	}
	i.Inside = i.Inside || sa.NAT.BehindNATInitiator && CapturedInside(sa, ike.Initiator)
	r.Inside = r.Inside || sa.NAT.BehindNATResponder && CapturedInside(sa, ike.Responder)
	i.identify(sa.IDi)
	r.identify(sa.IDr)
	for _, m := range sa.Messages {
		ports := [2]uint16{m.Src.Port(), m.Dst.Port()}
		if m.FromInitiator == swapped {
			ports[0], ports[1] = ports[1], ports[0]
		}
		p.Ports = addOnce(p.Ports, ports)
	}
	for _, c := range sa.Children {
		from, to := i, r
		if !c.FromInitiator {
			from, to = r, i
		}
		switch t, ok := c.Carries(); {
		case !ok:
		case c.Complete || len(c.SAs) > 0:
			from.serve(t.Initiator)
			to.serve(t.Responder)
		default:
			from.ask(t.Initiator)
			to.ask(t.Responder)
		}
	}
	for _, m := range sa.Messages {
		if m.Exchange.Child != nil || m.IsResponse() || m.Major() != 2 {
			continue
		}
		from, to := i, r
		if !m.FromInitiator {
			from, to = r, i
		}
		if t, ok := m.Traffic(); ok {
			from.ask(t.Initiator)
			to.ask(t.Responder)
		}
	}
}

func (g *Gateway) identify(id *ike.Identity) {
	if id != nil && len(g.IDs) < maxKept && !slices.ContainsFunc(g.IDs, func(o *ike.Identity) bool { return o.Equal(*id) }) {
		g.IDs = append(g.IDs, id)
	}
}

// serve adds what a selector says is behind a gateway.
func (g *Gateway) serve(list ike.Selectors) {
	for _, s := range list {
		if s.IsRange() && s.From == s.To && s.From == g.Addr {
			g.Host = true
		} else {
			g.Nets = addSelector(g.Nets, s)
		}
	}
}

func (g *Gateway) ask(list ike.Selectors) {
	for _, s := range list {
		g.Asked = addSelector(g.Asked, s)
	}
}

// addTraffic takes an SA of ESP or AH in.
func (p *Pair) addTraffic(s *traffic.Series) {
	p.Packets += s.Outer
	c := Carriage{Protocol: s.Protocol, Inside: s.Outer == 0 && s.Sum().Packets > 0}
	switch {
	case c.Inside:
	case s.TCP:
		c.TCP = true
	case s.UDP:
		if c.UDP = s.Dst.Port(); s.Src.Port() == capture.PortNATT {
			c.UDP = capture.PortNATT
		}
	}
	p.Carried = addOnce(p.Carried, c)
}

func addOnce[T comparable](list []T, v T) []T {
	if slices.Contains(list, v) || len(list) >= maxKept {
		return list
	}
	return append(list, v)
}

func addSelector(list ike.Selectors, s ike.Selector) ike.Selectors {
	same := func(o ike.Selector) bool { return o.Key() == s.Key() }
	if len(list) >= maxKept || slices.ContainsFunc(list, same) {
		return list
	}
	return append(list, s)
}
