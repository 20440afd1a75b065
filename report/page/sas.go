package page

import (
	"cmp"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/ikedecode/ikedecode/keys/ikesa"
	"github.com/ikedecode/ikedecode/report"
	"github.com/ikedecode/ikedecode/report/negotiation"
	"github.com/ikedecode/ikedecode/report/traffic"
)

// maxPlots bounds the plots: the cards with the most packets have them.
const maxPlots = 48

// mostOpen is how many cards stand open: of more each is folded.
const mostOpen = 2

// A card is the directions of one Child SA, or of what looks like one: with IPComp beside ESP there are four of them.
type card struct {
	Title      string
	Peers      string
	Badge      string
	Class      string // of the badge
	Packets    string
	Facts      []fact // of all directions
	Directions []*direction
	Tunnel     int
	Open       bool
}

// A direction is one ESP, AH or IPComp SA, or a flow that was not decrypted.
type direction struct {
	ID    string // "esp-0xc0ffee01"
	Title string
	Route string
	Badge string
	Class string // of the badge
	Facts []fact
	Plot  *plot

	src, dst    string
	child       *ikesa.Child // that it is of; nil: not known
	tunnel      int
	packets     int
	inside      bool // it is never the outermost layer
	first, last int
	deleted     []int // frames of Delete payloads that name it
	series      *traffic.Series
}

// ikeTable lists the IKE SAs.
func (n *naming) ikeTable(l *ladder) *table {
	t := &table{ID: "ike", Caption: "IKE SAs", Badge: -1, Head: []string{"IKE SA", "Initiator → responder", "Algorithms", "State", "Messages", "Keys"}}
	for i := range n.sas.IKE {
		sa := &n.sas.IKE[i]
		algorithms, state := "", "not established"
		if sa.Policy != nil {
			algorithms = cmp.Or(sa.Policy.Text, sa.Policy.Unsupported)
		}
		if sa.Established {
			state = "established"
		}
		if sa.DeletedFrame != 0 {
			state += fmt.Sprintf(", deleted in frame %d", sa.DeletedFrame)
		}
		if sa.NAT != "" {
			state += "; " + sa.NAT
		}
		if sa.RekeyedFrom != "" {
			state += "; replaced " + sa.RekeyedFrom
		}
		var c messageCounts
		c.add(&n.timeline.SAs[i])
		r := tableRow{Tunnel: n.ofIKE[i], Cells: []string{fmt.Sprintf("IKEv%d %s:%s", sa.Version, sa.Initiator, sa.Responder),
			withID(sa.InitiatorAddr, sa.InitiatorID) + " → " + withID(sa.ResponderAddr, sa.ResponderID), algorithms, state, opened(c.all, c.opened, c.closed), keysText(sa)}}
		if l.begins(i) {
			r.Link = "#" + n.ike[i]
		} else {
			r.ID = n.ike[i]
		}
		t.add(r)
	}
	return t
}

func withID(addr string, id *report.Identity) string {
	if id == nil || id.Value == addr {
		return addr
	}
	return addr + " (" + clean(id.Value, 80) + ")"
}

// keysText says which keys are known and what verifies them, or why none are.
func keysText(sa *report.IKESA) string {
	if len(sa.Keys) == 0 {
		for _, g := range sa.Gaps {
			return g.Text
		}
		return "none"
	}
	var kinds []string
	for _, p := range sa.Proofs {
		kinds = addOnce(kinds, p.Kind)
	}
	text := strings.Join(sa.Keys, ", ")
	if len(kinds) > 0 {
		text += "; by " + strings.Join(kinds, ", ")
	}
	return text
}

// directions are the SAs with traffic and the closed flows, in the order of their first frame.
func (n *naming) directions(read *report.Reading, c *traffic.Rates) (list []*direction) {
	s, known := read.Session, make(map[[3]string]bool)
	for i, group := range read.Groups() {
		t := &n.sas.SAs[i]
		if t.Packets == 0 {
			continue
		}
		known[[3]string{t.Protocol, t.SPI, t.Dst}] = true
		d := newDirection(t, c.Of(group))
		d.child, d.tunnel, d.inside = read.Child(negotiation.KeyOf(group[0])).Child, n.ofSA[i], t.Opened > 0 && c.Opened(group) == 0
		list = append(list, d)
	}
	for i, u := range s.Unknown {
		t := &n.sas.Unknown[i]
		if known[[3]string{t.Protocol, t.SPI, t.Dst}] {
			continue // packets of an SA that failed: they are counted with it
		}
		d := closedDirection(t, c.OfClosed(traffic.OfClosed(u)))
		d.child, d.tunnel, d.inside = read.Child(negotiation.ChildKey{Protocol: u.Protocol, SPI: u.SPI}).Child, n.ofUnknown[i], u.Inside
		list = append(list, d)
	}
	slices.SortStableFunc(list, func(a, b *direction) int { return cmp.Compare(a.first, b.first) })
	for _, d := range list {
		protocol, spi, _ := strings.Cut(d.Title, " ")
		d.ID = n.ids.sa(protocol, spi)
	}
	return list
}

// cards put directions together. Only some have plots; the others are in the table alone.
func cards(list []*direction, origin time.Time) []*card {
	var all []*card
	for _, group := range pairUp(list) {
		all = append(all, newCard(group))
	}
	order := slices.Clone(all)
	slices.SortStableFunc(order, func(a, b *card) int { return cmp.Compare(b.packets(), a.packets()) })
	plots := 0
	for _, c := range order {
		if plots += len(c.Directions); plots > maxPlots {
			break
		}
		c.draw(origin)
	}
	all = slices.DeleteFunc(all, func(c *card) bool { return c.Directions[0].Plot == nil })
	for _, c := range all {
		c.Open = len(all) <= mostOpen
	}
	return all
}

// pairUp puts the directions of a Child SA together; without one those of two hosts that have one each.
func pairUp(list []*direction) (groups [][]*direction) {
	type key struct {
		child              *ikesa.Child
		protocol, src, dst string
	}
	keyOf := func(d *direction, back bool) key {
		protocol, _, _ := strings.Cut(d.Title, " ")
		switch {
		case d.child != nil:
			return key{child: d.child}
		case back:
			return key{nil, protocol, d.dst, d.src}
		}
		return key{nil, protocol, d.src, d.dst}
	}
	count, at := make(map[key]int), make(map[key]int)
	for _, d := range list {
		count[keyOf(d, false)]++
	}
	for _, d := range list {
		k, back := keyOf(d, false), keyOf(d, true)
		alone := d.child == nil && (count[k] > 1 || count[back] != 1)
		i, ok := at[back]
		if alone || !ok {
			i = len(groups)
			groups = append(groups, nil)
			at[k] = i
		}
		groups[i] = append(groups[i], d)
	}
	return groups
}

func newCard(group []*direction) *card {
	c := &card{Directions: group, Tunnel: group[0].tunnel, Badge: group[0].Badge, Class: group[0].Class}
	var spis []string
	for _, d := range group {
		spis = append(spis, d.Title)
		if classRank[d.Class] < classRank[c.Class] {
			c.Badge, c.Class = d.Badge, d.Class
		}
	}
	c.Title, c.Peers = strings.Join(spis, ", "), group[0].Route
	if len(group) > 1 {
		c.Peers = group[0].src + " ↔ " + group[0].dst
		c.share()
	}
	c.Packets = plural(c.packets(), "packet")
	return c
}

// share makes what is true of all directions a fact of the card.
func (c *card) share() {
	first := c.Directions[0]
	for _, f := range slices.Clone(first.Facts) {
		same := func(o fact) bool { return o.Name == f.Name && o.Value == f.Value && o.Bad == f.Bad && f.Links == nil }
		if slices.ContainsFunc(c.Directions, func(d *direction) bool { return !slices.ContainsFunc(d.Facts, same) }) {
			continue
		}
		c.Facts = append(c.Facts, f)
		for _, d := range c.Directions {
			d.Facts = slices.DeleteFunc(d.Facts, same)
		}
	}
}

// packets counts those of all directions, each once whatever is inside it.
func (c *card) packets() int {
	all, outer := 0, 0
	for _, d := range c.Directions {
		if all += d.packets; !d.inside {
			outer += d.packets
		}
	}
	return cmp.Or(outer, all)
}

// draw makes the plots of the card, all of one scale.
func (c *card) draw(origin time.Time) {
	var scale plotScale
	for _, d := range c.Directions {
		scale.add(d.series, origin)
	}
	for _, d := range c.Directions {
		d.Plot = newPlot(d.Title, d.series, origin, scale)
	}
}

func newDirection(t *report.TrafficSA, series *traffic.Series) *direction {
	c := &direction{Title: t.Protocol + " " + t.SPI, Route: t.Src + " → " + t.Dst, src: t.Src, dst: t.Dst, packets: t.Packets,
		first: t.FirstFrame, last: t.LastFrame, deleted: t.Deleted, series: series}
	switch {
	case t.Opened == 0:
		c.Badge, c.Class = "not decrypted", "warn"
	case t.ICVFailures > 0:
		c.Badge, c.Class = "ICV failures", "bad"
	case t.Proved && t.Opened == t.Packets:
		c.Badge, c.Class = "decrypted, verified by "+t.Proof, "good"
	case t.Proved:
		c.Badge, c.Class = "partly decrypted", "warn"
	default:
		c.Badge, c.Class = "decrypted, not verified", "warn"
	}
	c.add("Encryption", t.Encryption)
	c.add("Integrity", t.Integrity)
	mode := t.Mode
	if t.ESN {
		mode = strings.TrimPrefix(mode+", extended sequence numbers", ", ")
	}
	if t.IPTFSMode != "" {
		mode = strings.TrimPrefix(mode+", "+t.IPTFSMode, ", ")
	}
	c.add("Mode", mode)
	c.add("Traffic selectors", strings.ReplaceAll(t.Selectors, " <-> ", " ↔ "))
	c.add("PFS", t.PFS)
	c.add("Rekeyed from", t.RekeyedFrom)
	if t.Queue != nil {
		c.add("Child SAs at once", t.Queue.Text())
	}
	if t.IKE != "" {
		c.add("Negotiated by", "IKE SA "+t.IKE)
	}
	c.add("Keys from", sources(t.Sources))
	c.add("Salt", t.SaltText())
	c.add("Packets", opened(t.Packets, t.Opened, t.Packets-t.Opened)+"; "+grouping(t.Bytes)+" bytes")
	c.add("Sequence numbers", sequence(t))
	c.bad("Missing", t.Lost)
	c.bad("ICV failures", uint64(t.ICVFailures))
	c.bad("Wrong encryption key", uint64(t.Undeciphered))
	c.bad("Replayed", uint64(t.Replays))
	c.bad("Malformed", uint64(t.Malformed))
	if t.Reordered > 0 {
		c.add("Out of order", fmt.Sprintf("%s, by up to %s", number(t.Reordered), grouping(int64(min(t.MaxReorder, 1<<62)))))
	}
	c.add("IP-TFS", t.IPTFS.String())
	c.add("Carries", inner(t))
	c.frames()
	return c
}

// sources names the key sources of an SA, files without their folders: the page is for others.
func sources(list []string) string {
	var names []string
	for _, s := range list {
		names = addOnce(names, filepath.Base(s))
	}
	return strings.Join(some(names, 4), "; ")
}

func closedDirection(u *report.UnknownSA, series *traffic.Series) *direction {
	c := &direction{Title: u.Protocol + " " + u.SPI, Route: u.Src + " → " + u.Dst, src: u.Src, dst: u.Dst, Badge: "not decrypted", Class: "warn",
		packets: u.Packets, first: u.FirstFrame, last: u.LastFrame, series: series}
	c.add("Why", u.Reason)
	c.add("Negotiated by", u.Negotiated)
	c.add("Packets", number(u.Packets))
	if u.Null != nil {
		c.add("Content", u.Null.Verdict.String()+": "+u.Null.Facts())
	}
	c.frames()
	return c
}

func (c *direction) add(name, text string) {
	if text != "" {
		c.Facts = append(c.Facts, fact{Name: name, Value: clean(text, 400)})
	}
}

func (c *direction) bad(name string, n uint64) {
	if n > 0 {
		c.Facts = append(c.Facts, fact{Name: name, Value: grouping(int64(min(n, 1<<62))), Bad: true})
	}
}

func (c *direction) frames() {
	c.add("Frames", fmt.Sprintf("%d to %d", c.first, c.last))
}

func sequence(t *report.TrafficSA) string {
	if t.Opened == 0 || t.MaxSeq == 0 {
		return ""
	}
	return fmt.Sprintf("%d to %d", t.MinSeq, t.MaxSeq)
}

// inner lists what an SA carried, the most frequent first.
func inner(t *report.TrafficSA) string {
	const most = 5
	list := t.MostCarried()
	var parts []string
	for i, in := range list {
		if i == most {
			parts = append(parts, plural(len(list)-most, "other kind"))
			break
		}
		parts = append(parts, fmt.Sprintf("%s %s", in.Name, number(in.Packets)))
	}
	return strings.Join(parts, ", ")
}

// saTable lists all SAs and closed flows, a line each.
func saTable(list []*direction) *table {
	t := &table{ID: "esp", Caption: "IPsec SAs: ESP, AH and IPComp", Badge: 2, Head: []string{"SA", "From → to", "State", "Packets", "Missing", "ICV failures", "Frames"}}
	for _, d := range list {
		lost, failures := "–", "–"
		if d.series != nil {
			sum := d.series.Sum()
			if d.Class == "good" || d.Class == "bad" || sum.Lost > 0 {
				lost = grouping(sum.Lost)
			}
			failures = number(sum.ICVFailures)
		}
		packets := number(d.packets)
		if d.inside {
			packets += " inside others"
		}
		r := tableRow{Class: d.Class, Tunnel: d.tunnel, Cells: []string{d.Title, d.Route, d.Badge, packets, lost, failures, fmt.Sprintf("%d to %d", d.first, d.last)}}
		if d.Plot != nil {
			r.Link = "#" + d.ID
		} else {
			r.ID = d.ID
		}
		t.add(r)
	}
	return t
}
