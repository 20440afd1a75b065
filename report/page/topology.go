package page

import (
	"fmt"
	"slices"
	"strings"

	"github.com/ikedecode/ikedecode/decode/ike"
	"github.com/ikedecode/ikedecode/report/negotiation"
	"github.com/ikedecode/ikedecode/report/traffic"
)

// The bounds of the topology.
const (
	maxPairs = 8 // drawings
	maxNets  = 5 // of one gateway, in its drawing
	maxPorts = 3 // pairs of ports of one link
)

// A pair is two gateways with what is between and behind them, as the capture shows it.
type pair struct {
	Left, Right gateway
	ports       [][2]uint16 // pairs of ports of IKE, the left one first
	carried     []string    // "ESP in UDP 4500", "AH"
	packets     int         // of ESP and AH
}

// A gateway is one end of the tunnels.
type gateway struct {
	Addr      string
	IDs       []string
	Nets      []string // that selectors name behind it
	asked     []string // that were asked for and rejected
	BehindNAT bool
	Inside    bool // the capture was made between it and its NAT
	host      bool // selectors name the gateway itself
	wide      bool // a selector in Nets is of more than one address
}

// topology makes drawings of the first pairs of gateways, and counts the others.
func topology(n *negotiation.Reading, c *traffic.Rates) (list []*pair, more int) {
	pairs, more := n.Topology(c)
	for i, p := range pairs {
		if i == maxPairs {
			more += len(pairs) - maxPairs
			break
		}
		list = append(list, newPair(p))
	}
	return list, more
}

// newPair puts the facts of a pair into words.
func newPair(p *negotiation.Pair) *pair {
	r := &pair{Left: newGateway(&p.Left), Right: newGateway(&p.Right), ports: p.Ports, packets: p.Packets}
	for _, c := range p.Carried {
		name := c.Protocol.String()
		switch {
		case c.Inside:
			name += " inside"
		case c.TCP:
			name += " in TCP"
		case c.UDP != 0:
			name += fmt.Sprintf(" in UDP %d", c.UDP)
		}
		r.carried = append(r.carried, name)
	}
	return r
}

func newGateway(g *negotiation.Gateway) gateway {
	r := gateway{Addr: g.Addr.String(), Nets: selected(g.Nets), asked: selected(g.Asked), BehindNAT: g.BehindNAT, Inside: g.Inside, host: g.Host}
	for _, id := range g.IDs {
		if text := clean(id.Value(), 60); text != "" && text != r.Addr {
			r.IDs = addOnce(r.IDs, text)
		}
	}
	r.wide = slices.ContainsFunc(g.Nets, func(s ike.Selector) bool { return !s.IsRange() || s.From != s.To })
	return r
}

// selected are the texts of selectors.
func selected(selectors ike.Selectors) (list []string) {
	for _, s := range selectors {
		list = addOnce(list, clean(s.String(), 60))
	}
	return list
}

func addOnce(list []string, s string) []string {
	if slices.Contains(list, s) {
		return list
	}
	return append(list, s)
}

// some are the first few of a list, and how many more there are.
func some(list []string, most int) []string {
	if len(list) <= most {
		return list
	}
	return append(list[:most:most], fmt.Sprintf("and %s more", number(len(list)-most)))
}

// A drawing is a pair as a row of shapes with links between them.
type drawing struct {
	Title, Text string // Text says in words what is drawn
	Wide, Tall  svg    // for wide screens and paper, for narrow ones
	InAll       string // the tunnels between its gateways, for the filter
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
		lines = append(lines, "its own traffic")
	}
	return lines
}

func (g *gateway) natLines() []string {
	if g.Inside {
		return []string{"NAT", "captured inside"}
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
			b.WriteString("; its peer is ")
		}
		b.WriteString(g.Addr)
		if len(g.IDs) > 0 {
			b.WriteString(" (" + strings.Join(some(g.IDs, 2), ", ") + ")")
		}
		switch {
		case g.BehindNAT && g.Inside:
			b.WriteString(", behind NAT, captured inside")
		case g.BehindNAT:
			b.WriteString(", the outside of a NAT with the gateway behind it")
		}
		switch {
		case len(g.Nets) > 0:
			b.WriteString(", for " + strings.Join(some(g.Nets, maxNets), ", "))
		case g.host:
			b.WriteString(", for itself")
		case len(g.asked) > 0:
			b.WriteString(", for which " + strings.Join(some(g.asked, maxNets), ", ") + " was requested and not accepted")
		}
	}
	if len(p.ports) > 0 {
		b.WriteString(". IKE between ports " + strings.Join(p.portLines("%d and %d"), ", then "))
	}
	if len(p.carried) > 0 {
		fmt.Fprintf(&b, ". %s: %s", strings.Join(some(p.carried, 3), ", "), plural(p.packets, "packet"))
	}
	b.WriteString(".")
	return b.String()
}
