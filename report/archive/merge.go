package archive

import (
	"cmp"
	"slices"
	"time"

	"github.com/ikedecode/ikedecode/report"
)

// A Sum is what the tasks of an archive came to.
type Sum struct {
	Tasks    int // that are done
	Missing  []string
	Unread   []string // files of which nothing can be read
	Packets  int
	Counts   report.Decrypt // of all, but for Closed, which is the flows of SAs.Unknown
	SAs      *report.SAs
	Complete bool             // all are done, and everything was decrypted
	Warnings []report.Problem // of the tasks, in their order
	Flows    []SumFlow        // inside the SAs, those of one SA together as they began, in the order of the SAs
	// Approximate are SAs whose packets came in too much disorder for their sequence numbers to be kept: what is said of those is that of a part.
	Approximate int
	// Mixed are SAs whose packets are in files that overlap in time, and the order of those packets is not known.
	Mixed int
	// ByFile are SAs and flows whose frames are those of their files, since the order of the files' packets is not known. Unnumbered says that no pass over
	// all files, as they are now, has numbered them; Changed, that one had, of other files: the frames of what was negotiated are those of then.
	ByFile     int
	Unnumbered bool
	Changed    bool
}

// A SumFlow is a flow inside an SA.
type SumFlow struct {
	SA int // in Sum.SAs.SAs
	Inner
}

// maxSumFlows bounds the flows of an archive that are told apart; the others are added up for each SA.
const maxSumFlows = 1 << 20

// A saKey tells SAs apart, in all marks: by their keys, where they are known, and by their addresses, which change.
type saKey struct{ protocol, spi, print, src, dst string }

func keyOf(t *report.TrafficSA, print string) saKey {
	return saKey{t.Protocol, t.SPI, print, t.Src, t.Dst}
}

// anywhere is the key without addresses.
func (k saKey) anywhere() saKey { return saKey{protocol: k.protocol, spi: k.spi, print: k.print} }

// A merger adds marks up.
type merger struct {
	sum     *Sum
	order   *order
	waiting int // IKE fragments
	start   time.Time
	at      map[saKey]int // in sum.SAs.SAs
	vague   map[saKey]int // likewise, without addresses: those that were negotiated
	parts   map[int]*parts
	more    map[int]bool
	whole   map[saKey]*Unknown // what the manifest has of flows that are not decrypted
	// The first so many of sum.SAs.SAs are of the manifest; seen says that who made it saw all packets of the mark that is added.
	known   int
	seen    bool
	unknown map[saKey]int
	flows   map[flowKey]int // in sum.Flows
}

// A flowKey is an SA, by its number, and a flow inside it, without what is counted.
type flowKey struct {
	sa   int
	flow Inner
}

// Merge adds up marks, in the order of Marks. m, which may be nil, tells which tasks there are, and of the SAs that were negotiated.
func Merge(marks []*Mark, m *Manifest) *Sum {
	s := &Sum{Tasks: len(marks), SAs: &report.SAs{IKE: []report.IKESA{}, SAs: []report.TrafficSA{}, Unknown: []report.UnknownSA{}}, Complete: true}
	g := &merger{sum: s, order: orderOf(m), at: map[saKey]int{}, vague: map[saKey]int{}, parts: map[int]*parts{}, more: map[int]bool{},
		whole: map[saKey]*Unknown{}, unknown: map[saKey]int{}, flows: map[flowKey]int{}}
	s.Unnumbered = !g.order.passed
	if m != nil {
		g.tasks(marks, m)
		s.Changed = m.Numbered > 0 && !g.order.passed
		if m.SAs != nil {
			g.negotiated(m)
		}
	}
	for _, mark := range marks {
		g.mark(mark)
	}
	g.end()
	return s
}

// tasks finds those that are not done.
func (g *merger) tasks(marks []*Mark, m *Manifest) {
	done := make(map[string]bool)
	for _, mark := range marks {
		done[mark.Name] = true
	}
	for _, t := range m.Tasks() {
		if !done[t.Name()] {
			g.sum.Missing = append(g.sum.Missing, t.Name())
		}
	}
	slices.Sort(g.sum.Missing)
	for _, f := range m.Files {
		if f.Unread() {
			g.sum.Unread, g.sum.Complete = append(g.sum.Unread, f.Name), false
		}
	}
}

// negotiated takes what the IKE messages say.
func (g *merger) negotiated(m *Manifest) {
	r := g.sum.SAs
	r.IKE, r.Encapsulations = slices.Clone(m.SAs.IKE), slices.Clone(m.SAs.Encapsulations)
	for i, t := range m.SAs.SAs {
		r.SAs = append(r.SAs, t)
		print := ""
		if i < len(m.Prints) {
			print = m.Prints[i]
		}
		key := keyOf(&t, print)
		g.at[key] = i
		if _, ok := g.vague[key.anywhere()]; !ok {
			g.vague[key.anywhere()] = i
		}
	}
	g.known = len(r.SAs)
	for i := range m.Unknown {
		u := &m.Unknown[i]
		g.whole[saKey{protocol: u.Protocol, spi: u.SPI, src: u.Src, dst: u.Dst}] = u
	}
}

func (g *merger) mark(m *Mark) {
	s := g.sum
	s.Complete = s.Complete && (m.Complete || m.Waiting > 0)
	g.waiting += m.Waiting - m.Before
	if g.start.IsZero() || m.First.Before(g.start) {
		g.start = m.First
	}
	if d := m.Decrypt; d != nil {
		c := &s.Counts
		c.Packets += d.Packets
		c.Written += d.Written
		c.IKE, c.IKEOpened, c.IKEClosed = c.IKE+d.IKE, c.IKEOpened+d.IKEOpened+m.Opened, c.IKEClosed+d.IKEClosed-m.Before
		c.ESP, c.Opened = c.ESP+d.ESP, c.Opened+d.Opened
		c.Aggregated, c.Unpacked = c.Aggregated+d.Aggregated, c.Unpacked+d.Unpacked
		c.DecoderPanics += d.DecoderPanics
		for _, u := range d.Unread {
			g.unread(u)
		}
	}
	number := g.order.number(m)
	g.seen = g.order.covers(m)
	for i := range m.SAs {
		g.sa(&m.SAs[i], m, number)
	}
	for i := range m.Unknown {
		g.flow(&m.Unknown[i], m.Name, number)
	}
	s.SAs.UnknownMore += m.UnknownMore
	s.Warnings = append(s.Warnings, m.Warnings...)
}

func (g *merger) unread(u report.Unread) {
	list := &g.sum.Counts.Unread
	i := slices.IndexFunc(*list, func(x report.Unread) bool { return x.Link == u.Link && x.Encapsulation == u.Encapsulation })
	if i < 0 {
		*list = append(*list, u)
		return
	}
	(*list)[i].Packets += u.Packets
}

func (g *merger) sa(sa *SA, m *Mark, number func(int) (int, bool)) {
	r := g.sum.SAs
	t := sa.TrafficSA
	t.Place(m.Name, number)
	key := keyOf(&t, sa.Print)
	i, ok := g.at[key]
	if !ok {
		i, ok = g.vague[key.anywhere()]
	}
	if unknown := (saKey{protocol: t.Protocol, spi: t.SPI}); !ok { // which of several keys it has, traffic alone tells
		if i, ok = g.vague[unknown]; ok {
			delete(g.vague, unknown)
		}
	}
	if g.seen && ok && i < g.known {
		t.Null = nil // the manifest has what all packets say together
	}
	after := true
	if ok {
		after = r.SAs[i].Add(&t)
	} else {
		i = len(r.SAs)
		t.Inner = slices.Clip(t.Inner)
		r.SAs = append(r.SAs, t)
	}
	g.at[key] = i
	if g.parts[i] == nil {
		g.parts[i] = new(parts)
	}
	g.parts[i].add(part{sa, seriesOf(m.File), number}, after)
	g.more[i] = g.more[i] || sa.More > 0
	for j := range sa.Inner {
		g.inner(i, &sa.Inner[j])
	}
}

// inner adds what a mark has of a flow inside an SA.
func (g *merger) inner(sa int, f *Inner) {
	s := g.sum
	key := flowKey{sa, Inner{Src: f.Src, Dst: f.Dst, Protocol: f.Protocol, SrcPort: f.SrcPort, DstPort: f.DstPort, Other: f.Other}}
	i, ok := g.flows[key]
	if !ok && len(s.Flows) >= maxSumFlows {
		key.flow = Inner{Other: true}
		i, ok = g.flows[key]
	}
	if !ok {
		i = len(s.Flows)
		s.Flows = append(s.Flows, SumFlow{sa, key.flow})
		s.Flows[i].First = f.First
		g.flows[key] = i
	}
	x := &s.Flows[i]
	x.Packets += f.Packets
	x.Bytes += f.Bytes
	if f.First.Before(x.First) {
		x.First = f.First
	}
	if f.Last.After(x.Last) {
		x.Last = f.Last
	}
}

func (g *merger) flow(u *report.UnknownSA, file string, number func(int) (int, bool)) {
	r := g.sum.SAs
	placed := *u
	placed.Place(file, number)
	key := saKey{protocol: u.Protocol, spi: u.SPI, src: u.Src, dst: u.Dst}
	i, ok := g.unknown[key]
	if !ok {
		i = len(r.Unknown)
		flow := *u
		flow.Packets = 0
		r.Unknown = append(r.Unknown, flow)
		g.unknown[key] = i
	}
	if whole := g.whole[key]; whole != nil {
		placed.Null, r.Unknown[i].Null, r.Unknown[i].Negotiated = nil, whole.Null, whole.Negotiated
	}
	r.Unknown[i].Add(&placed)
}

func (g *merger) end() {
	s := g.sum
	for i := range s.SAs.SAs {
		t := &s.SAs.SAs[i]
		if p := g.parts[i]; p != nil && !p.empty() {
			st, exact := p.sequence()
			t.SetSequence(&st)
			if !exact {
				s.Mixed++
			}
		}
		if t.FirstFile+t.LastFile != "" {
			s.ByFile++
		}
		if g.more[i] {
			s.Approximate++
		}
		t.SetOrigin(g.start)
	}
	for i := range s.SAs.Unknown {
		u := &s.SAs.Unknown[i]
		if u.FirstFile+u.LastFile != "" {
			s.ByFile++
		}
		u.FirstOffset, u.LastOffset = u.First.Sub(g.start).Seconds(), u.Last.Sub(g.start).Seconds()
	}
	slices.SortStableFunc(s.Flows, func(a, b SumFlow) int { return cmp.Compare(a.SA, b.SA) })
	s.Packets = s.Counts.Packets
	s.Complete = s.Complete && g.waiting <= 0 && len(s.Missing) == 0
}
