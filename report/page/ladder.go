package page

import (
	"fmt"
	"html"
	"strings"

	"github.com/ikedecode/ikedecode"
	"github.com/ikedecode/ikedecode/keys/ikesa"
	"github.com/ikedecode/ikedecode/report"
	"github.com/ikedecode/ikedecode/report/negotiation"
)

// The bounds of the ladder.
const (
	rowsPerPage    = 100
	maxRows        = 60_000
	maxData        = 11 << 20  // bytes of JSON
	maxStatic      = 1500_000  // bytes of payloads in the rows that Go writes
	maxTree        = 2000      // nodes of one message
	longestSummary = 240       // characters of the line of a message
	longestFacts   = 400       // characters of what it says
	minWithoutTree = 256 << 10 // bytes that are kept for rows when those for payloads are used up
)

// A ladder is all IKE messages in the order of their SAs and exchanges.
type ladder struct {
	SAs       []lanes
	Exchanges []exchange
	Rows      []row // in the order of the exchanges
	Left      int   // messages over the bound
	Undecoded int   // messages whose payloads are over the bound
	b         *builder
	byFrame   map[int]int  // row of a frame
	also      [][2]int     // frames and rows: fragments and repeats
	begun     map[int]bool // IKE SAs with rows
}

// begins reports whether an IKE SA has rows.
func (l *ladder) begins(sa int) bool { return l.begun[sa] }

// The lanes of an IKE SA are its two sides: the initiator's is on the left.
type lanes struct {
	ID              string
	Title           string // "IKE SA 38db…:bae2…, IKEv1"
	Sub             string // what became of it
	Left, Right     string
	LeftID, RightID string // identities
	Tunnel          int
}

// An exchange is the heading of some rows.
type exchange struct {
	SA      int
	Title   string // "Main Mode"
	Sub     string // "message ID 0xca5490c3"
	Outcome string
	Class   string // of the outcome: "good", "bad", "warn", ""
	Alone   bool   // it is one message, whose row says it all
}

// A row is one message.
type row struct {
	Exchange int
	Frame    int
	Time     string // seconds since the start of the capture: "0.012 s"
	ToLeft   bool   // from the responder to the initiator
	State    string // "clear", "opened", "partly", "closed"
	Label    string // its payloads
	Facts    string // what it says: what is offered, what is accepted
	Note     string // what is wrong or special: an error notification, how often it was sent
	Bad      bool   // Note is about something that is wrong
	Tree     []int  // nodes
}

// newLadder makes the ladder of a timeline. Its SAs are those of s, in the same order.
func newLadder(s *ikedecode.Session, n *naming) *ladder {
	l := &ladder{b: newBuilder(), byFrame: make(map[int]int), begun: make(map[int]bool)}
	for i := range n.timeline.SAs {
		l.addSA(&n.timeline.SAs[i], s.SAs[i], n.ike[i], n.ofIKE[i])
	}
	return l
}

func (l *ladder) addSA(t *report.TimelineSA, sa *ikesa.SA, id string, tunnel int) {
	raw := make(map[int][]*ikesa.Message)
	for _, m := range sa.Messages {
		raw[m.Frame] = append(raw[m.Frame], m)
	}
	side := lanes{ID: id, Title: fmt.Sprintf("IKE SA %s:%s, IKEv%d", t.Initiator, t.Responder, t.Version), Sub: subOf(t),
		Left: clean(t.InitiatorAddr, 80), Right: clean(t.ResponderAddr, 80), LeftID: identity(t.InitiatorID), RightID: identity(t.ResponderID), Tunnel: tunnel}
	l.SAs = append(l.SAs, side)
	for _, s := range []string{side.ID, side.Title, side.Sub, side.Left, side.Right, side.LeftID, side.RightID} {
		l.b.size += jsonLen(s) + 1
	}
	for i := range t.Exchanges {
		x := &t.Exchanges[i]
		if len(l.Rows)+len(x.Messages) > maxRows {
			l.Left += len(x.Messages)
			continue
		}
		l.begun[len(l.SAs)-1] = true
		l.Exchanges = append(l.Exchanges, newExchange(len(l.SAs)-1, x))
		e := &l.Exchanges[len(l.Exchanges)-1]
		for j := range x.Messages {
			if _, _, bad := sayings(x, j); bad && e.Class == "good" && x.Outcome.Code == negotiation.Done {
				e.Class = "bad" // it went through, and what it says is an error
			}
		}
		l.b.size += jsonLen(e.Title) + jsonLen(e.Sub) + jsonLen(e.Outcome) + 24
		for j := range x.Messages {
			m := &x.Messages[j]
			var own *ikesa.Message
			if list := raw[m.Frame]; len(list) > 0 {
				own = list[0]
				if len(list) > 1 {
					raw[m.Frame] = list[1:]
				}
			}
			l.addMessage(x, j, own)
		}
	}
}

// subOf says what became of an IKE SA, and what its peers agreed on.
func subOf(t *report.TimelineSA) string {
	var parts []string
	switch {
	case t.Established:
		parts = append(parts, "established")
	case t.Version == 1:
		parts = append(parts, "not established")
	}
	if t.DeletedFrame != 0 {
		parts = append(parts, fmt.Sprintf("deleted in frame %d", t.DeletedFrame))
	}
	if t.Policy != nil && t.Policy.Text != "" {
		parts = append(parts, t.Policy.Text)
	}
	return clean(strings.Join(parts, ", "), longestSummary)
}

func identity(id *report.Identity) string {
	if id == nil {
		return ""
	}
	return clean(id.Value, 80)
}

func newExchange(sa int, x *report.Exchange) exchange {
	e := exchange{SA: sa, Title: clean(x.Type, longestSummary), Outcome: clean(x.Outcome.Text, longestSummary), Class: outcomeClasses[x.Outcome.Code]}
	if x.Purpose != "" {
		e.Title += ": " + clean(x.Purpose, longestSummary)
	}
	if x.MessageID != "" {
		e.Sub = "message ID " + x.MessageID
	}
	e.Alone = x.IsNote()
	return e
}

var outcomeClasses = map[negotiation.Code]string{
	negotiation.Established: "good", negotiation.Done: "good", negotiation.Failed: "bad", negotiation.NoAnswer: "bad",
	negotiation.Incomplete: "warn", negotiation.Closed: "warn",
}

// addMessage adds the row of message j of an exchange. raw is the message behind it.
func (l *ladder) addMessage(x *report.Exchange, j int, raw *ikesa.Message) {
	i, m := len(l.Rows), &x.Messages[j]
	r := row{Exchange: len(l.Exchanges) - 1, Frame: m.Frame, Time: fmt.Sprintf("%.3f s", m.Offset), ToLeft: m.Sender == report.RoleResponder,
		State: string(m.State), Label: clean(m.Label(), longestSummary)}
	if x.IsNote() {
		r.Label = clean(x.Type+": "+x.Outcome.Text, longestSummary)
	}
	if m.State == report.StatePartly {
		r.State = "partly"
	}
	r.Facts, r.Note, r.Bad = sayings(x, j)
	l.b.left = maxTree
	switch {
	case l.b.size < maxData-minWithoutTree:
		r.Tree = l.b.message(m, raw)
		if l.b.left <= 0 {
			l.b.left = 1
			r.Tree = append(r.Tree, l.b.node("…", "this message has more than fits here", plainNode))
		}
	default:
		l.Undecoded++
		r.Tree = []int{l.b.node("not decoded here", "left out to limit the size of the page; ikedecode timeline shows it", plainNode)}
	}
	l.b.size += jsonLen(r.Label) + jsonLen(r.Facts) + jsonLen(r.Note) + 40 + 7*len(r.Tree)
	l.Rows = append(l.Rows, r)
	l.index(m, i)
}

// index notes in which frames a message came.
func (l *ladder) index(m *report.Message, i int) {
	if _, ok := l.byFrame[m.Frame]; !ok {
		l.byFrame[m.Frame] = i
	}
	frames := m.Frames
	for _, r := range m.Repeats {
		frames = append(frames[:len(frames):len(frames)], r.Frame)
	}
	for _, f := range frames {
		if _, ok := l.byFrame[f]; !ok && len(l.also) < maxRows {
			l.byFrame[f] = i
			l.also = append(l.also, [2]int{f, i})
		}
	}
}

// sayings are what message j of an exchange says, in short: facts, and apart from them what is wrong or special with it, and whether it is wrong.
func sayings(x *report.Exchange, j int) (facts, note string, bad bool) {
	m := &x.Messages[j]
	var plain, special []string
	for _, f := range x.Facts(j) {
		if f.Tone == report.TonePlain {
			plain = append(plain, f.Text)
			continue
		}
		special, bad = append(special, f.Text), bad || f.Tone == report.ToneBad
	}
	for i := range m.Payloads {
		n := m.Payloads[i].Notify
		bad = bad || n != nil && n.Error // its outcome says it
	}
	if m.Hash != nil && m.Hash.Result == "wrong" {
		special, bad = append(special, m.Hash.Name+" wrong"), true
	}
	if m.Moved != "" {
		special = append(special, m.Moved)
	}
	return clean(strings.Join(plain, "; "), longestFacts), clean(strings.Join(special, " · "), longestSummary), bad
}

// A ladderView is what the template shows of a part of the ladder.
type ladderView struct {
	Groups []group
	From   int // first row, from 1
	To     int
	Total  int
	Pages  int
}

// A group is an IKE SA with the exchanges of it that are on a page.
type group struct {
	lanes
	Exchanges []part
}

// A part is an exchange with the rows of it that are on a page.
type part struct {
	exchange
	Rows []rowView
}

// A rowView is a row with its tree, as the template writes it.
type rowView struct {
	row
	Index int
	Nodes []nodeView
}

// stateWords are what a row says of its state; of what was not encrypted nothing, and of what was not decrypted its label says so.
var stateWords = map[string]string{"opened": "decrypted", "partly": "partly decrypted"}

// Word is the state in a word.
func (r rowView) Word() string { return stateWords[r.State] }

// A nodeView is a node with those under it.
type nodeView struct {
	Label, Value, Class string
	Kids                []nodeView
}

// first is the part of the ladder that stands in the page as HTML. Trees are in it as far as their bound goes; the script makes
// the others out of the data.
func (l *ladder) first() ladderView {
	v := ladderView{From: 1, To: min(rowsPerPage, len(l.Rows)), Total: len(l.Rows), Pages: (len(l.Rows) + rowsPerPage - 1) / rowsPerPage}
	room := maxStatic
	last := -1
	for i := range l.Rows[:v.To] {
		r := &l.Rows[i]
		if r.Exchange != last {
			v.begin(l, r.Exchange, last)
			last = r.Exchange
		}
		view := rowView{row: *r, Index: i}
		if need := l.htmlLen(r.Tree); need <= room {
			room -= need
			view.Nodes = l.views(r.Tree)
		}
		v.last().Rows = append(v.last().Rows, view)
	}
	return v
}

// begin starts an exchange, and the SA that it belongs to where the one before belongs to another.
func (v *ladderView) begin(l *ladder, x, before int) {
	e := l.Exchanges[x]
	if before < 0 || l.Exchanges[before].SA != e.SA {
		v.Groups = append(v.Groups, group{lanes: l.SAs[e.SA]})
	}
	g := &v.Groups[len(v.Groups)-1]
	g.Exchanges = append(g.Exchanges, part{exchange: e})
}

// last is the exchange that rows are added to.
func (v *ladderView) last() *part {
	g := &v.Groups[len(v.Groups)-1]
	return &g.Exchanges[len(g.Exchanges)-1]
}

func (l *ladder) views(list []int) (out []nodeView) {
	for _, i := range list {
		n := &l.b.nodes[i]
		out = append(out, nodeView{l.b.strings[n.Label], l.b.strings[n.Value], nodeClasses[n.Class], l.views(n.Kids)})
	}
	return out
}

// htmlLen is how much room nodes take as HTML.
func (l *ladder) htmlLen(list []int) (n int) {
	const tags = 72
	for _, i := range list {
		x := &l.b.nodes[i]
		n += tags + len(html.EscapeString(l.b.strings[x.Label])) + len(html.EscapeString(l.b.strings[x.Value])) + l.htmlLen(x.Kids)
	}
	return n
}

// data is the ladder as the script reads it.
func (l *ladder) data() map[string]any {
	nodes := make([]any, len(l.b.nodes))
	for i, n := range l.b.nodes {
		x := []any{n.Label, n.Value, n.Class}
		for _, k := range n.Kids {
			x = append(x, k)
		}
		nodes[i] = x
	}
	exchanges := make([]any, len(l.Exchanges))
	for i, x := range l.Exchanges {
		exchanges[i] = []any{x.SA, x.Title, x.Sub, x.Outcome, x.Class, flag(x.Alone)}
	}
	sas := make([]any, len(l.SAs))
	for i, x := range l.SAs {
		sas[i] = []any{x.ID, x.Title, x.Sub, x.Left, x.Right, x.LeftID, x.RightID, x.Tunnel}
	}
	rows := make([]any, len(l.Rows))
	for i, r := range l.Rows {
		rows[i] = []any{r.Exchange, r.Frame, r.Time, flag(r.ToLeft), r.State, r.Label, r.Facts, r.Note, flag(r.Bad), r.Tree}
	}
	also := l.also
	if also == nil {
		also = [][2]int{}
	}
	return map[string]any{"perPage": rowsPerPage, "strings": l.b.strings, "nodes": nodes, "classes": nodeClasses, "states": stateWords, "sas": sas, "exchanges": exchanges, "rows": rows, "also": also}
}

func flag(b bool) int {
	if b {
		return 1
	}
	return 0
}
