package page

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/ikedecode/ikedecode"
	"github.com/ikedecode/ikedecode/decode/ike"
	"github.com/ikedecode/ikedecode/decode/ikev2"
	"github.com/ikedecode/ikedecode/keys/ikesa"
	"github.com/ikedecode/ikedecode/report/negotiation"
	"github.com/ikedecode/ikedecode/report/traffic"
)

// The bounds of the topology.
const (
	maxPairs = 8   // drawings
	maxNets  = 5   // of one gateway, in its drawing
	maxPorts = 3   // pairs of ports of one link
	maxKept  = 200 // of anything while it is collected
)

// A pair is two gateways with what is between and behind them, as the capture shows it.
type pair struct {
	Left, Right gateway
	ports       [][2]uint16 // pairs of ports of IKE, the left one first
	carried     []string    // "ESP in UDP 4500", "AH"
	ike         int         // SAs
	packets     int         // of ESP and AH
}

// A gateway is one end of the tunnels.
type gateway struct {
	addr      netip.Addr
	Addr      string
	IDs       []string
	Nets      []string // that selectors name behind it
	asked     []string // that were asked for and refused
	BehindNAT bool
	Inside    bool // the capture was made between it and its NAT
	host      bool // selectors name the gateway itself
	wide      bool // a selector in Nets is of more than one address
}

type pairKey struct{ a, b netip.Addr }

// topology finds the pairs of gateways: those that speak IKE, and those between which ESP or AH runs.
func topology(s *ikedecode.Session, c *traffic.Rates) (list []*pair, more int) {
	at := make(map[pairKey]*pair)
	get := func(a, b netip.Addr) (p *pair, swapped bool) {
		if p := at[pairKey{a, b}]; p != nil {
			return p, false
		}
		if p := at[pairKey{b, a}]; p != nil {
			return p, true
		}
		if len(at) >= maxKept {
			more++
			return nil, false
		}
		p = &pair{Left: gateway{addr: a, Addr: a.String()}, Right: gateway{addr: b, Addr: b.String()}}
		at[pairKey{a, b}] = p
		list = append(list, p)
		return p, false
	}
	for _, sa := range s.SAs {
		if p, swapped := get(sa.InitiatorAddr.Addr(), sa.ResponderAddr.Addr()); p != nil {
			p.addIKE(sa, swapped)
		}
	}
	for _, x := range c.All() {
		if p, _ := get(x.Src.Addr(), x.Dst.Addr()); p != nil {
			p.addTraffic(x)
		}
	}
	if len(list) > maxPairs {
		more += len(list) - maxPairs
		list = list[:maxPairs]
	}
	return list, more
}

// addIKE takes an IKE SA in. swapped says that its initiator is on the right.
func (p *pair) addIKE(sa *ikesa.SA, swapped bool) {
	p.ike++
	i, r := &p.Left, &p.Right
	if swapped {
		i, r = r, i
	}
	nat := sa.NAT
	i.BehindNAT = i.BehindNAT || nat.BehindNATInitiator
	r.BehindNAT = r.BehindNAT || nat.BehindNATResponder
	i.Inside = i.Inside || nat.BehindNATInitiator && negotiation.CapturedInside(sa, ike.Initiator)
	r.Inside = r.Inside || nat.BehindNATResponder && negotiation.CapturedInside(sa, ike.Responder)
	i.identify(identityOf(sa.IDi))
	r.identify(identityOf(sa.IDr))
	for _, m := range sa.Messages {
		left, right := m.Src.Port(), m.Dst.Port()
		if m.FromInitiator == swapped {
			left, right = right, left
		}
		if ports := [2]uint16{left, right}; !slices.Contains(p.ports, ports) && len(p.ports) < maxKept {
			p.ports = append(p.ports, ports)
		}
	}
	for _, c := range sa.Children {
		from, to := i, r
		if !c.FromInitiator {
			from, to = r, i
		}
		if c.Complete || len(c.SAs) > 0 {
			if t, ok := c.Carries(); ok {
				from.serve(t.Initiator)
				to.serve(t.Responder)
			}
			continue
		}
		if t, ok := c.Carries(); ok {
			from.asked, to.asked = selected(from.asked, t.Initiator), selected(to.asked, t.Responder)
		}
	}
	for _, m := range sa.Messages {
		if m.Exchange.Child != nil || m.Flags&ikev2.FlagResponse != 0 {
			continue
		}
		from, to := i, r
		if !m.FromInitiator {
			from, to = r, i
		}
		if t, ok := m.Traffic(); ok && m.Major() == 2 {
			from.asked, to.asked = selected(from.asked, t.Initiator), selected(to.asked, t.Responder)
		}
	}
}

func identityOf(id *ike.Identity) string {
	if id == nil {
		return ""
	}
	return id.Value()
}

func (g *gateway) identify(id string) {
	if id = clean(id, 60); id != "" && id != g.Addr {
		g.IDs = addOnce(g.IDs, id)
	}
}

// serve adds what a selector says is behind a gateway.
func (g *gateway) serve(list ike.Selectors) {
	for _, s := range list {
		g.serveRange(s.String(), s.From, s.To, s.IsRange())
	}
}

// serveRange adds the addresses from one to another; known is false for a selector of something else.
func (g *gateway) serveRange(text string, from, to netip.Addr, known bool) {
	if known && from == to && from == g.addr {
		g.host = true
		return
	}
	g.Nets = addOnce(g.Nets, clean(text, 60))
	g.wide = g.wide || !known || from != to
}

// selected adds the texts of selectors to a list.
func selected(list []string, selectors ike.Selectors) []string {
	for _, s := range selectors {
		list = addOnce(list, clean(s.String(), 60))
	}
	return list
}

// addTraffic takes an SA of ESP or AH in.
func (p *pair) addTraffic(s *traffic.Series) {
	p.packets += s.Outer
	name := s.Protocol.String()
	switch {
	case s.Outer == 0 && s.Sum().Packets > 0:
		name += " inside"
	case s.TCP:
		name += " in TCP"
	case s.UDP:
		name += fmt.Sprintf(" in UDP %d", natPort(s.Src, s.Dst))
	}
	p.carried = addOnce(p.carried, name)
}

// natPort is the port of UDP encapsulation that is not a NAT's: 4500 where it is one of the two.
func natPort(src, dst netip.AddrPort) uint16 {
	const natt = 4500
	if src.Port() == natt {
		return natt
	}
	return dst.Port()
}

func addOnce(list []string, s string) []string {
	if slices.Contains(list, s) || len(list) >= maxKept {
		return list
	}
	return append(list, s)
}

// some are the first few of a list, and how many more there are.
func some(list []string, most int) []string {
	if len(list) <= most {
		return list
	}
	return append(list[:most:most], fmt.Sprintf("and %d more", len(list)-most))
}

// A drawing is a pair as a row of shapes with links between them.
type drawing struct {
	Title, Text string // Text says in words what is drawn
	Wide, Tall  svg    // for wide screens and paper, for narrow ones
}

// A shape is a thing in a drawing.
type shape struct {
	kind  string // "net", "asked", "gateway", "nat"
	lines []string
	hosts bool // of "net": single addresses
}

// A link is what connects a shape with the next one.
type link struct {
	kind  string // "lan", "path"
	lines []string
}

// draw makes the drawing of a pair.
func (p *pair) draw() drawing {
	shapes, links := p.chain()
	return drawing{Title: p.Left.Addr + " and " + p.Right.Addr, Text: p.words(), Wide: layWide(shapes, links), Tall: layTall(shapes, links)}
}

// chain are the shapes from left to right with the links between them.
func (p *pair) chain() (shapes []shape, links []link) {
	add := func(s shape, l link) {
		if len(shapes) > 0 {
			links = append(links, l)
		}
		shapes = append(shapes, s)
	}
	lan, path := link{kind: "lan"}, link{"path", p.linkLines()}
	if s := p.Left.behind(); len(s.lines) > 0 {
		add(s, lan)
	}
	add(shape{kind: "gateway", lines: p.Left.lines()}, lan)
	short := link{kind: "path"}
	if p.Left.BehindNAT {
		add(shape{kind: "nat", lines: p.Left.natLines()}, short)
	}
	if p.Right.BehindNAT {
		add(shape{kind: "nat", lines: p.Right.natLines()}, path)
		add(shape{kind: "gateway", lines: p.Right.lines()}, short)
	} else {
		add(shape{kind: "gateway", lines: p.Right.lines()}, path)
	}
	if s := p.Right.behind(); len(s.lines) > 0 {
		add(s, lan)
	}
	return shapes, links
}

// behind are the networks behind a gateway; where there are none, those that were asked for.
func (g *gateway) behind() shape {
	if len(g.Nets) == 0 && !g.host {
		return shape{kind: "asked", lines: some(g.asked, maxNets)}
	}
	return shape{kind: "net", lines: some(g.Nets, maxNets), hosts: !g.wide}
}

// lines are what stands in the box of a gateway. Its address on the wire is the NAT's where the capture is beyond that.
func (g *gateway) lines() []string {
	lines := []string{g.Addr}
	if g.BehindNAT && !g.Inside {
		lines = []string{"gateway behind NAT"}
	}
	lines = append(lines, some(g.IDs, 2)...)
	if g.host {
		lines = append(lines, "traffic of its own")
	}
	return lines
}

func (g *gateway) natLines() []string {
	if g.Inside {
		return []string{"NAT", "seen from inside"}
	}
	return []string{"NAT", g.Addr}
}

// linkLines are what runs between the gateways.
func (p *pair) linkLines() (lines []string) {
	return append(p.portLines("IKE %d – %d"), some(p.carried, 3)...)
}

// portLines are the first pairs of ports, each in a format, and how many more there are.
func (p *pair) portLines(format string) (lines []string) {
	for _, ports := range p.ports {
		lines = append(lines, fmt.Sprintf(format, ports[0], ports[1]))
	}
	return some(lines, maxPorts)
}

// words says what the drawing shows.
func (p *pair) words() string {
	var b strings.Builder
	for i, g := range []*gateway{&p.Left, &p.Right} {
		if i > 0 {
			b.WriteString("; the other end is ")
		}
		b.WriteString(g.Addr)
		if len(g.IDs) > 0 {
			b.WriteString(" (" + strings.Join(some(g.IDs, 2), ", ") + ")")
		}
		switch {
		case g.BehindNAT && g.Inside:
			b.WriteString(", behind a NAT, captured on its inside")
		case g.BehindNAT:
			b.WriteString(", which is the outside of a NAT with the gateway behind it")
		}
		switch {
		case len(g.Nets) > 0:
			b.WriteString(", for " + strings.Join(some(g.Nets, maxNets), ", "))
		case g.host:
			b.WriteString(", for itself")
		case len(g.asked) > 0:
			b.WriteString(", for which " + strings.Join(some(g.asked, maxNets), ", ") + " was asked for and not agreed upon")
		}
	}
	if len(p.ports) > 0 {
		b.WriteString(". IKE between ports " + strings.Join(p.portLines("%d and %d"), ", then "))
	}
	if len(p.carried) > 0 {
		fmt.Fprintf(&b, ". %s: %d packets", strings.Join(some(p.carried, 3), ", "), p.packets)
	}
	b.WriteString(".")
	return b.String()
}
