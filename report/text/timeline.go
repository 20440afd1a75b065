package text

import (
	"fmt"

	"github.com/ikedecode/ikedecode/report"
	"github.com/ikedecode/ikedecode/report/words"
)

// Timeline writes a timeline: a block for each exchange, a line for each message.
func Timeline(p *Printer, t *report.Timeline, v report.TimelineView) error {
	timelineHead(p, t, v)
	for i := range t.SAs {
		p.blank()
		timelineSA(p, &t.SAs[i], v)
	}
	return p.Err()
}

// timelineHead writes what there is to say of the capture as a whole.
func timelineHead(p *Printer, t *report.Timeline, v report.TimelineView) {
	p.line(0, 2, plain(t.Summary(v)))
	for _, n := range t.Notes {
		p.line(0, 2, styled(caution, "note: "), plain(n))
	}
	if t.Selection != nil {
		selection(p, t.Selection.Text(), t.Selection.Hint)
	}
}

// selection writes what a filter selected, and the hint where that is nothing.
func selection(p *Printer, text, hint string) {
	p.line(0, 2, plain(text))
	if hint != "" {
		p.line(0, 2, styled(caution, "hint: "), plain(hint))
	}
}

func timelineSA(p *Printer, s *report.TimelineSA, v report.TimelineView) {
	p.line(0, 2, styled(bold, s.Name()), plain(fmt.Sprintf(", IKEv%d, %s", s.Version, s.From(v))))
	fields(p, &s.IKESA)
	for _, n := range s.Notes {
		p.line(2, 4, styled(caution, "note: "), plain(n))
	}
	said, clock := s.Said(), s.Clock(v)
	for i := range s.Exchanges {
		p.blank()
		exchange(p, &s.Exchanges[i], v, clock, said)
	}
}

// field writes a named value, all values of an SA below each other.
func field(p *Printer, look style, name string, value ...span) {
	const indent, width = 2, 13
	p.line(indent, indent+width, append([]span{styled(look, fmt.Sprintf("%-*s", width, name))}, value...)...)
}

func fields(p *Printer, r *report.IKESA) {
	for _, f := range r.Fields() {
		field(p, toneStyles[f.Tone], f.Name, plain(f.Value))
	}
}

func exchange(p *Printer, x *report.Exchange, v report.TimelineView, clock *report.Clock, said map[string]bool) {
	p.line(2, 4, styled(bold, x.Title()), plain(", by the "+string(x.StartedBy)+": "), styled(toneStyles[x.Outcome.Tone()], x.Outcome.Text))
	if len(x.Outcome.Deleted) > 0 {
		p.line(4, 6, plain("deleted in "+words.Frames(x.Outcome.Deleted)))
	}
	if x.Child != nil {
		for _, r := range x.Child.Remarks(said) {
			p.line(4, 6, styled(toneStyles[r.Tone], r.Text))
		}
	}
	for i := range x.Messages {
		message(p, &x.Messages[i], v, clock)
		for _, r := range x.Details(i, v.Verbose, said) {
			remark(p, &r)
		}
	}
}

// remark writes a line below a message.
func remark(p *Printer, r *report.Remark) {
	indent, text := 12, r.Text
	if r.Nested {
		indent += 2
	}
	if r.Sheet != nil && r.Sheet.Taken {
		text += "; * is the chosen one"
	}
	p.line(indent, indent+2, styled(toneStyles[r.Tone], text))
	if r.Sheet != nil {
		writeSheet(p, r.Sheet, indent+2)
	}
}

func message(p *Printer, m *report.Message, v report.TimelineView, clock *report.Clock) {
	arrow := "I -> R"
	if m.Sender == report.RoleResponder {
		arrow = "R -> I"
	}
	at := fmt.Sprintf("%7d %s", m.Frame, timeColumns(m, v, clock))
	p.line(2, 2+len(at)+8, styled(dim, at), plain("  "+arrow+"  "+m.Summary()))
}

// timeColumns is when m was seen, with relative times the seconds since the message before in the exchange behind it.
func timeColumns(m *report.Message, v report.TimelineView, clock *report.Clock) string {
	switch {
	case v.Times == report.TimesAbsolute:
		return clock.Dated(m)
	case v.Times == report.TimesDelta:
		return fmt.Sprintf("%13s", clock.Text(m))
	case m.Delta != 0:
		return fmt.Sprintf("%13s %+12.6f", clock.Text(m), m.Delta)
	}
	return fmt.Sprintf("%13s %12s", clock.Text(m), "")
}
