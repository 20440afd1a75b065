package page

import (
	"cmp"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/ikedecode/ikedecode"
	"github.com/ikedecode/ikedecode/esp"
	"github.com/ikedecode/ikedecode/report"
	"github.com/ikedecode/ikedecode/report/traffic"
)

// maxCards bounds the SAs that are shown with a plot: those with the most packets.
const maxCards = 48

// A card is one ESP, AH or IPComp SA, or a flow that was not decrypted.
type card struct {
	ID    string // "sa-1"
	Title string
	Route string
	Badge string
	Class string // of the badge
	Facts []fact
	Plot  *plot

	packets     int
	first, last int
	deleted     []int // frames of Delete payloads that name it
	series      *traffic.Series
}

// A fact is a name with a value.
type fact struct {
	Name, Value string
	Links       []frameLink // instead of Value
	Bad         bool
}

// ikeTable lists the IKE SAs.
func ikeTable(sas *report.SAs) *table {
	t := &table{ID: "ike", Caption: "IKE SAs", Head: []string{"IKE SA", "Initiator → responder", "Algorithms", "State", "Messages", "Keys"}}
	for i := range sas.IKE {
		sa := &sas.IKE[i]
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
		messages := fmt.Sprint(sa.Messages)
		if sa.Opened > 0 {
			messages += fmt.Sprintf(", %d decrypted", sa.Opened)
		}
		if sa.Closed > 0 {
			messages += fmt.Sprintf(", %d not decrypted", sa.Closed)
		}
		t.add("", fmt.Sprintf("IKEv%d %s:%s", sa.Version, sa.Initiator, sa.Responder), withID(sa.InitiatorAddr, sa.InitiatorID)+" → "+withID(sa.ResponderAddr, sa.ResponderID),
			algorithms, state, messages, keysText(sa))
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

// cards are the SAs with traffic and the closed flows, in the order of their first frame. Only maxCards have a plot; of the
// others the table tells.
func cards(read *report.Reading, s *ikedecode.Session, sas *report.SAs, c *traffic.Rates, origin time.Time) (list []*card) {
	groups, known := read.Groups(), make(map[string]bool)
	for i := range sas.SAs {
		var group []*esp.SA
		if i < len(groups) {
			group = groups[i]
		}
		if sas.SAs[i].Packets > 0 {
			known[sas.SAs[i].Protocol+" "+sas.SAs[i].SPI] = true
			list = append(list, saCard(&sas.SAs[i], c.Of(group)))
		}
	}
	for i := range sas.Unknown {
		if known[sas.Unknown[i].Protocol+" "+sas.Unknown[i].SPI] {
			continue // packets of an SA that failed: they are counted with it
		}
		var series *traffic.Series
		if i < len(s.Unknown) {
			u := s.Unknown[i]
			series = c.OfClosed(traffic.OfClosed(u))
		}
		list = append(list, closedCard(&sas.Unknown[i], series))
	}
	slices.SortStableFunc(list, func(a, b *card) int { return cmp.Compare(a.first, b.first) })
	chosen := slices.Clone(list)
	slices.SortStableFunc(chosen, func(a, b *card) int { return cmp.Compare(b.packets, a.packets) })
	for i, x := range chosen {
		if i < maxCards {
			x.Plot = newPlot(x.Title, x.series, origin)
		}
	}
	for i, x := range list {
		x.ID = fmt.Sprintf("sa-%d", i+1)
	}
	return list
}

func saCard(t *report.TrafficSA, series *traffic.Series) *card {
	c := &card{Title: t.Protocol + " " + t.SPI, Route: t.Src + " → " + t.Dst, packets: t.Packets, first: t.FirstFrame, last: t.LastFrame,
		deleted: t.Deleted, series: series}
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
	c.add("Mode", mode)
	c.add("Traffic selectors", strings.ReplaceAll(t.Selectors, " <-> ", " ↔ "))
	c.add("PFS", t.PFS)
	c.add("Rekeyed from", t.RekeyedFrom)
	if t.IKE != "" {
		c.add("Negotiated by", "IKE SA "+t.IKE)
	}
	c.add("Keys from", sources(t.Sources))
	c.add("Salt", t.SaltText())
	c.add("Packets", fmt.Sprintf("%s, %s decrypted, %s bytes", grouping(int64(t.Packets)), grouping(int64(t.Opened)), grouping(t.Bytes)))
	c.add("Sequence numbers", sequence(t))
	c.bad("Missing", t.Lost)
	c.bad("ICV failures", uint64(t.ICVFailures))
	c.bad("Wrong encryption key", uint64(t.Undeciphered))
	c.bad("Replayed", uint64(t.Replays))
	c.bad("Malformed", uint64(t.Malformed))
	if t.Reordered > 0 {
		c.add("Out of order", fmt.Sprintf("%d, by up to %d", t.Reordered, t.MaxReorder))
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

func closedCard(u *report.UnknownSA, series *traffic.Series) *card {
	c := &card{Title: u.Protocol + " " + u.SPI, Route: u.Src + " → " + u.Dst, Badge: "not decrypted", Class: "warn",
		packets: u.Packets, first: u.FirstFrame, last: u.LastFrame, series: series}
	c.add("Why", u.Reason)
	c.add("Negotiated by", u.Negotiated)
	c.add("Packets", grouping(int64(u.Packets)))
	if u.Null != nil {
		c.add("Content", u.Null.Verdict+": "+u.Null.Facts)
	}
	c.frames()
	return c
}

func (c *card) add(name, text string) {
	if text != "" {
		c.Facts = append(c.Facts, fact{Name: name, Value: clean(text, 400)})
	}
}

func (c *card) bad(name string, n uint64) {
	if n > 0 {
		c.Facts = append(c.Facts, fact{Name: name, Value: grouping(int64(min(n, 1<<62))), Bad: true})
	}
}

func (c *card) frames() {
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
	list := slices.Clone(t.Inner)
	slices.SortStableFunc(list, func(a, b report.InnerTraffic) int { return cmp.Compare(b.Packets, a.Packets) })
	var parts []string
	for i, in := range list {
		if i == most {
			parts = append(parts, fmt.Sprintf("%d other kinds", len(list)-most))
			break
		}
		parts = append(parts, fmt.Sprintf("%s %d", in.Name, in.Packets))
	}
	return strings.Join(parts, ", ")
}

// saTable lists all SAs and closed flows, a line each.
func saTable(list []*card) *table {
	t := &table{ID: "esp", Caption: "IPsec SAs: ESP, AH and IPComp", Head: []string{"SA", "From → to", "State", "Packets", "Missing", "ICV failures", "Frames"}}
	for _, c := range list {
		link, lost, failures := "", "–", "–"
		if c.Plot != nil {
			link = "#" + c.ID
		}
		if c.series != nil {
			sum := c.series.Sum()
			if c.Class == "good" || c.Class == "bad" || sum.Lost > 0 {
				lost = grouping(sum.Lost)
			}
			failures = grouping(int64(sum.ICVFailures))
		}
		t.add(link, c.Title, c.Route, c.Badge, grouping(int64(c.packets)), lost, failures, fmt.Sprintf("%d to %d", c.first, c.last))
	}
	return t
}
