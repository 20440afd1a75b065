package markup

import (
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/ikedecode/ikedecode/report"
	"github.com/ikedecode/ikedecode/report/internal/columns"
	"github.com/ikedecode/ikedecode/report/words"
)

// MermaidLimit is the number of characters up to which mermaid shows a diagram unless it is told otherwise (maxTextSize).
const MermaidLimit = 50000

// Mermaid writes a timeline as a sequence diagram of mermaid: a participant for each peer, an arrow for each message, a
// frame for each exchange.
func Mermaid(w io.Writer, t *report.Timeline, v report.TimelineView) error {
	d := &diagram{out: writer{w: w}}
	d.line(0, "sequenceDiagram")
	d.participants(t)
	d.over(1, d.everybody(), t.Summary(v))
	for _, n := range t.Notes {
		d.over(1, d.everybody(), "note: "+n)
	}
	if t.Selection != nil {
		d.over(1, d.everybody(), t.Selection.Text())
	}
	for i := range t.SAs {
		d.sa(&t.SAs[i], v)
	}
	return d.out.err
}

// A diagram writes the lines of a sequence diagram.
type diagram struct {
	out   writer
	names map[string]string // of participants, by peer
	order []string          // names
}

// line writes what is mermaid's own text.
func (d *diagram) line(depth int, text string) {
	d.out.write(strings.Repeat("    ", depth) + text + "\n")
}

// over writes a note over some participants, each text in lines of its own.
func (d *diagram) over(depth int, who string, texts ...string) {
	d.line(depth, "Note over "+who+": "+mermaidLines(texts))
}

// everybody names the outermost participants, or the one that is there.
func (d *diagram) everybody() string {
	if len(d.order) == 1 {
		return d.order[0]
	}
	return d.order[0] + "," + d.order[len(d.order)-1]
}

// participants declares the peers, in order of their first message. A diagram without any has one, for mermaid shows
// nothing else.
func (d *diagram) participants(t *report.Timeline) {
	d.names = make(map[string]string)
	for i := range t.SAs {
		s := &t.SAs[i]
		initiator, responder := peersOf(s)
		d.participant(initiator, report.PeerTexts(report.HostOf(s.InitiatorAddr), s.InitiatorID))
		d.participant(responder, report.PeerTexts(report.HostOf(s.ResponderAddr), s.ResponderID))
	}
	if len(d.order) == 0 {
		d.participant("", []string{"capture"})
	}
}

func (d *diagram) participant(key string, texts []string) {
	if d.names[key] != "" {
		return
	}
	name := fmt.Sprintf("p%d", len(d.order)+1)
	d.names[key], d.order = name, append(d.order, name)
	d.line(1, "participant "+name+" as "+mermaidLines(texts))
}

// peersOf tells participants apart: by address, and where both have the same one by their role.
func peersOf(s *report.TimelineSA) (initiator, responder string) {
	initiator, responder = report.HostOf(s.InitiatorAddr), report.HostOf(s.ResponderAddr)
	if initiator == responder {
		return initiator + " initiator", responder + " responder"
	}
	return initiator, responder
}

func (d *diagram) sa(s *report.TimelineSA, v report.TimelineView) {
	i, r := peersOf(s)
	i, r = d.names[i], d.names[r]
	texts := []string{fmt.Sprintf("%s, IKEv%d", s.Name(), s.Version)}
	for _, o := range s.Overview() {
		texts = append(texts, o.Text)
	}
	d.over(1, i+","+r, texts...)
	clock := s.Clock(v)
	steps := s.Steps()
	for k, st := range steps {
		if st.Opens {
			if k > 0 {
				d.line(1, "end")
			}
			d.exchange(st, i+","+r)
		}
		from, to := i, r
		if st.Message.Sender == report.RoleResponder {
			from, to = r, i
		}
		d.message(st, clock, from, to)
	}
	if len(steps) > 0 {
		d.line(1, "end")
	}
}

// exchange opens the frame of an exchange.
func (d *diagram) exchange(st report.Step, who string) {
	x := st.Exchange
	d.line(1, "rect "+mermaidColor(x.Outcome.Tone()))
	if st.Resumed {
		d.over(2, who, x.Title()+", continued")
		return
	}
	texts := []string{x.Title() + ": " + x.Outcome.Text}
	if len(x.Outcome.Deleted) > 0 {
		texts = append(texts, "deleted in "+words.Frames(x.Outcome.Deleted))
	}
	d.over(2, who, texts...)
}

// mermaidColor is a colour that lets dark and light backgrounds through.
func mermaidColor(tone report.Tone) string {
	switch tone {
	case report.ToneGood:
		return "rgba(0, 160, 80, 0.1)"
	case report.ToneBad:
		return "rgba(220, 40, 40, 0.15)"
	}
	return "rgba(220, 160, 0, 0.12)"
}

// message writes an arrow: dotted for a message that was not decrypted, with a cross for one that nobody answered.
func (d *diagram) message(st report.Step, clock *report.Clock, from, to string) {
	m, arrow := st.Message, "->>"
	switch {
	case st.Exchange.IsLost(st.Index) && m.State == report.StateClosed:
		arrow = "--x"
	case st.Exchange.IsLost(st.Index):
		arrow = "-x"
	case m.State == report.StateClosed:
		arrow = "-->>"
	}
	if m.Moved != "" {
		d.over(2, from+","+to, m.Moved)
	}
	texts := []string{fmt.Sprintf("frame %d, %s", m.Frame, clock.Dated(m)), m.Label()}
	for _, f := range st.Exchange.Facts(st.Index) {
		texts = append(texts, f.Text)
	}
	d.line(2, from+arrow+to+": "+mermaidLines(texts))
}

// mermaidLines joins texts by line breaks, each broken where it is long.
func mermaidLines(texts []string) string {
	const width = 64
	var lines []string
	for _, text := range texts {
		for _, line := range columns.Wrap(report.Escape(words.Clip(text, words.Longest)), width) {
			lines = append(lines, mermaidText(line))
		}
	}
	return strings.Join(lines, "<br/>")
}

// mermaidText writes what is not a letter, a digit or harmless as a character code (#35; for #), which mermaid shows as the
// character: strangers write identities and vendor IDs, and in a diagram they shall neither end a statement nor be markup.
func mermaidText(s string) string {
	var b strings.Builder
	for _, r := range report.Escape(s) {
		switch {
		case r < utf8.RuneSelf && (isAlphanumeric(r) || strings.ContainsRune(" .,:-_/()[]+=*|!?'", r)):
			b.WriteRune(r)
		default:
			fmt.Fprintf(&b, "#%d;", r)
		}
	}
	return b.String()
}

func isAlphanumeric(r rune) bool {
	return r >= '0' && r <= '9' || r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z'
}
