package page

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/ikedecode/ikedecode/report"
)

// The bounds of what the filter finds a tunnel by.
const (
	maxFindText = 4000    // characters of one tunnel
	maxFindData = 1 << 20 // bytes of JSON of all
)

// A naming knows which tunnel each thing is of, and the fragments of the SAs.
type naming struct {
	timeline  *report.Timeline
	sas       *report.SAs
	diagnosis *report.Diagnosis
	tunnels   []report.Tunnel
	order     []int    // of the tunnels in the index, the worst first
	captures  []string // of each tunnel; nil where there is one capture only

	ids                    ids
	ike                    []string // fragments of IKE SAs
	ofIKE, ofSA, ofUnknown []int    // the tunnel of each
	ofFinding              [][]int  // likewise
	links                  []string // where each tunnel is shown
}

func newNaming(read *report.Reading, in *Input) *naming {
	n := &naming{timeline: read.Timeline(), sas: read.SAs(), diagnosis: in.Diagnosis, ids: make(ids)}
	if n.diagnosis == nil {
		n.diagnosis = read.Diagnose(in.Watch)
	}
	n.tunnels = read.Tunnels(n.timeline, n.sas, n.diagnosis, in.Series)
	n.ofIKE, n.ofSA, n.ofUnknown = make([]int, len(n.sas.IKE)), make([]int, len(n.sas.SAs)), make([]int, len(n.sas.Unknown))
	n.ofFinding = make([][]int, len(n.diagnosis.Findings))
	for i := range n.sas.IKE {
		n.ike = append(n.ike, n.ids.ike(n.sas.IKE[i].Initiator, n.sas.IKE[i].Responder))
	}
	for i := range n.tunnels {
		t := &n.tunnels[i]
		for _, k := range t.IKE {
			n.ofIKE[k] = i
		}
		for _, k := range t.SAs {
			n.ofSA[k] = i
		}
		for _, k := range t.Unknown {
			n.ofUnknown[k] = i
		}
		for _, k := range t.Findings {
			n.ofFinding[k] = append(n.ofFinding[k], i)
		}
		n.order = append(n.order, i)
	}
	slices.SortStableFunc(n.order, func(a, b int) int { return cmp.Compare(classRank[n.judge(a).class], classRank[n.judge(b).class]) })
	n.nameCaptures(in)
	return n
}

// nameCaptures notes which capture each tunnel begins in.
func (n *naming) nameCaptures(in *Input) {
	if in.Files == nil || len(in.Captures) < 2 {
		return
	}
	names := captureNames(in.Captures)
	n.captures = make([]string, len(n.tunnels))
	for i := range n.tunnels {
		if file, ok := in.Files.Of(n.tunnels[i].FirstFrame); ok && file < len(names) {
			n.captures[i] = names[file]
		}
	}
}

// classRank orders classes, the worst first.
var classRank = map[string]int{"bad": 0, "warn": 1, "plain": 2, "good": 3}

// A judgement is a verdict as the page shows it.
type judgement struct {
	class string // "bad", "warn", "plain", "good"
	word  string
	lead  report.Severity // of the finding that says it
}

// weakWord is for a tunnel that works, with something weak.
const weakWord = "Healthy, but weak"

// judge puts a verdict into a word. worst is the gravest severity of the findings, "" where there are none.
func judge(v report.Verdict, worst report.Severity) judgement {
	switch healthy := v == report.VerdictHealthy; {
	case worst == report.SeverityProblem:
		return judgement{"bad", "Problem", worst}
	case healthy && worst == report.SeverityWarning: // of a weakness, or the tunnel would not be called healthy
		return judgement{"warn", weakWord, worst}
	case worst == report.SeverityWarning && v == report.VerdictUnknown:
		return judgement{"warn", "Unknown", worst}
	case worst == report.SeverityWarning:
		return judgement{"warn", "Warning", worst}
	case healthy:
		return judgement{"good", "Healthy", report.SeverityNote}
	case v == report.VerdictProblem: // which is among those that are left out
		return judgement{"bad", "Problem", report.SeverityNote}
	}
	return judgement{"plain", "Unknown", report.SeverityNote}
}

// judge is the judgement of tunnel i.
func (n *naming) judge(i int) judgement {
	worst := report.Severity("")
	if f := n.gravest(i); f != nil {
		worst = f.Severity
	}
	return judge(n.tunnels[i].Verdict, worst)
}

// gravest is the first of the gravest findings about tunnel i; nil: there is none.
func (n *naming) gravest(i int) (f *report.Finding) {
	for _, k := range n.tunnels[i].Findings {
		if o := &n.diagnosis.Findings[k]; f == nil || o.Severity.Rank() < f.Severity.Rank() {
			f = o
		}
	}
	return f
}

// link finds where each tunnel is shown: in the ladder, or by its traffic, or in the table of IKE SAs.
func (n *naming) link(l *ladder, list []*direction) {
	n.links = make([]string, len(n.tunnels))
	for _, d := range list {
		if n.links[d.tunnel] == "" {
			n.links[d.tunnel] = "#" + d.ID
		}
	}
	for i := range n.tunnels {
		if x := &n.tunnels[i]; len(x.IKE) > 0 && (l.begins(x.IKE[0]) || n.links[i] == "") {
			n.links[i] = "#" + n.ike[x.IKE[0]]
		}
	}
}

// index lists the tunnels, the worst first.
func (n *naming) index() *table {
	t := &table{ID: "tunnels", Caption: "Tunnels", Badge: 1, Head: []string{"Tunnel", "Verdict", "What was found", "IKE messages", "ESP and AH packets"}}
	if n.captures != nil {
		t.Head = append(t.Head, "Capture")
	}
	for _, i := range n.order {
		x, j := &n.tunnels[i], n.judge(i)
		r := tableRow{Class: j.class, Tunnel: i, Link: n.links[i], Cells: []string{n.peers(i), j.word, n.says(i, j), "–", "–"}}
		if len(x.IKE) > 0 {
			r.Cells[3] = opened(x.Messages, x.MessagesOpened, x.MessagesClosed)
		}
		if x.Packets > 0 {
			r.Cells[4] = opened(x.Packets, x.PacketsOpened, x.Packets-x.PacketsOpened)
		}
		if n.captures != nil {
			r.Cells = append(r.Cells, n.captures[i])
		}
		t.add(r)
	}
	return t
}

// peers names the two sides of tunnel i.
func (n *naming) peers(i int) string {
	return n.tunnels[i].Initiator + " → " + n.tunnels[i].Responder
}

// identities are those of the two sides of a tunnel, as far as they are known and no addresses.
func identities(t *report.Tunnel) string {
	var list []string
	if id := t.InitiatorID; id != nil && id.Value != report.HostOf(t.Initiator) {
		list = append(list, clean(id.Value, 60))
	}
	if id := t.ResponderID; id != nil && id.Value != report.HostOf(t.Responder) {
		list = append(list, clean(id.Value, 60))
	}
	return strings.Join(list, ", ")
}

// between are the tunnels between two hosts.
func (n *naming) between(a, b string) (list []int) {
	for i := range n.tunnels {
		x, y := report.HostOf(n.tunnels[i].Initiator), report.HostOf(n.tunnels[i].Responder)
		if x == a && y == b || x == b && y == a {
			list = append(list, i)
		}
	}
	return list
}

// says is why tunnel i is judged as it is.
func (n *naming) says(i int, j judgement) string {
	t, text := &n.tunnels[i], ""
	switch {
	case j.lead != report.SeverityNote:
		text = sentence(n.gravest(i).Text)
	case j.class == "bad":
		text = "The finding is one of those that are left out."
	case t.Version != 0 && !t.Established && t.Packets == 0 && j.class == "good": // only a redirect may come to that
		text = "It was redirected, and the initiator went on with the other gateway."
	case t.Version != 0 && !t.Established:
		text = "The IKE SA was not established."
	case t.Children == 0 && t.Packets == 0:
		text = "No Child SA and no ESP or AH packet was seen."
	case t.Packets == 0:
		text = plural(t.Children, childNoun(t.Version)) + ", no ESP or AH packet."
	case t.Version == 0:
		text = "The negotiation is not in the capture."
	default:
		text = fmt.Sprintf("IKEv%d, %s", t.Version, plural(t.Children, childNoun(t.Version)))
		if who := identities(t); who != "" {
			text += "; " + who
		}
	}
	if t.Attempts() > 1 {
		text = plural(t.Attempts(), "attempt") + ": " + text
	}
	return text
}

func childNoun(version int) string {
	if version == 1 {
		return "IPsec SA pair"
	}
	return "Child SA"
}

// where names tunnel i for what is about it: by its peers, and by its capture where there are several.
func (n *naming) where(i int) string {
	if n.captures != nil && n.captures[i] != "" {
		return n.peers(i) + ", " + n.captures[i]
	}
	return n.peers(i)
}

// summaryWords are the words of judgements behind a count.
var summaryWords = map[string]string{"Problem": "with a problem", "Warning": "with a warning", weakWord: "healthy, but weak", "Healthy": "healthy", "Unknown": "unknown"}

// summary counts the tunnels by what is said of them: "38 tunnels: 7 with a problem, 31 healthy".
func (n *naming) summary() string {
	counts := make(map[string]int)
	var words []string
	for _, i := range n.order {
		w := summaryWords[n.judge(i).word]
		if counts[w]++; counts[w] == 1 {
			words = append(words, w)
		}
	}
	for i, w := range words {
		words[i] = number(counts[w]) + " " + w
	}
	return plural(len(n.tunnels), "tunnel") + ": " + strings.Join(words, ", ")
}

// findText is what the filter finds each tunnel by: its peers, SPIs, captures and findings, in lower case.
func (n *naming) findText(list []*direction) []string {
	spis := make([][]string, len(n.tunnels))
	for _, d := range list {
		spis[d.tunnel] = append(spis[d.tunnel], d.Title, d.src, d.dst)
	}
	all, room := make([]string, len(n.tunnels)), maxFindData
	for i := range n.tunnels {
		t, j := &n.tunnels[i], n.judge(i)
		parts := []string{n.where(i), j.word, n.says(i, j), identities(t)}
		for _, k := range t.IKE {
			sa := &n.sas.IKE[k]
			parts = append(parts, sa.Initiator+":"+sa.Responder, sa.InitiatorAddr, sa.ResponderAddr)
		}
		parts = append(parts, spis[i]...)
		for _, k := range t.Findings {
			parts = append(parts, string(n.diagnosis.Findings[k].Code))
		}
		text := strings.ToLower(clean(strings.Join(parts, " "), maxFindText))
		if room -= jsonLen(text) + 1; room < 0 {
			break
		}
		all[i] = text
	}
	return all
}

// messageCounts are how many messages there are, and what became of those that were encrypted.
type messageCounts struct{ all, opened, closed int }

// add counts the messages of an IKE SA.
func (c *messageCounts) add(sa *report.TimelineSA) {
	for i := range sa.Exchanges {
		for k := range sa.Exchanges[i].Messages {
			c.all++
			switch sa.Exchanges[i].Messages[k].State {
			case report.StateOpened, report.StatePartly:
				c.opened++
			case report.StateClosed:
				c.closed++
			}
		}
	}
}
