package report

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// A ladder writes an IKE SA as arrows between two lines, the initiator's on the left and the responder's on the right. All
// of it is ASCII but for what packets say, so that it looks the same on every terminal.
type ladder struct {
	p          *Printer
	times      *timeColumn
	frameWidth int
	timeWidth  int
	left       int    // columns in front of the initiator's line
	date       string // of the message before
}

// ladder writes the timeline as ladders.
func (t *Timeline) ladder(p *Printer, v TimelineView) error {
	t.headText(p, v)
	for i := range t.SAs {
		p.blank()
		t.SAs[i].ladder(p, v)
	}
	return p.Err()
}

func (s *TimelineSA) ladder(p *Printer, v TimelineView) {
	p.line(0, 2, styled(Bold, s.name()), plain(", "+s.from(v)))
	for _, d := range s.overview() {
		p.line(2, 4, styled(d.style, d.text))
	}
	p.blank()
	steps := s.steps()
	l := newLadder(p, newTimeColumn(v.Times, s), steps)
	l.peers(join(peerTexts(s.InitiatorAddr, s.InitiatorID), ", "), join(peerTexts(s.ResponderAddr, s.ResponderID), ", "))
	for i, st := range steps {
		l.newDay(st.message, i == 0)
		switch {
		case !opens(steps, i):
		case st.exchange.isNote() && i > 0 && steps[i-1].exchange.isNote():
		case st.exchange.isNote():
			l.between(plain(""))
		default:
			l.heading(st)
		}
		l.message(st)
	}
	l.between(plain(""))
}

func newLadder(p *Printer, times *timeColumn, steps []step) *ladder {
	l := &ladder{p: p, times: times, frameWidth: len("  frame"), timeWidth: len("100000.123456")}
	for _, st := range steps {
		l.frameWidth = max(l.frameWidth, len(fmt.Sprint(st.message.Frame)))
		l.timeWidth = max(l.timeWidth, len(times.text(st.message)))
	}
	l.left = l.frameWidth + 1 + l.timeWidth + 2
	return l
}

// front is what stands in front of the initiator's line.
func (l *ladder) front(frame, time string) string {
	return fmt.Sprintf("%*s %*s  ", l.frameWidth, frame, l.timeWidth, time)
}

// inner is the number of columns between the two lines.
func (l *ladder) inner() int { return Width - l.left - 2 }

// peers names both sides, each above its line.
func (l *ladder) peers(initiator, responder string) {
	width := Width - l.left
	head := l.front("frame", "time")
	left, right := wrapText(initiator, width*2/3), wrapText(responder, width*2/3)
	if utf8.RuneCountInString(left[0])+2+utf8.RuneCountInString(right[0]) <= width && len(left) == 1 && len(right) == 1 {
		gap := width - utf8.RuneCountInString(left[0]) - utf8.RuneCountInString(right[0])
		l.p.line(0, 0, styled(Dim, head), styled(Bold, left[0]), plain(strings.Repeat(" ", gap)), styled(Bold, right[0]))
		return
	}
	for _, line := range left {
		l.p.line(0, 0, styled(Dim, head), styled(Bold, line))
		head = strings.Repeat(" ", l.left)
	}
	for i, line := range right {
		mark := " "
		if i == 0 {
			mark = "|"
		}
		gap := width - 1 - utf8.RuneCountInString(line)
		l.p.line(0, 0, plain(strings.Repeat(" ", l.left)+mark+strings.Repeat(" ", gap)), styled(Bold, line))
	}
}

// newDay says that the date is another one, where times are those of the day.
func (l *ladder) newDay(m *Message, first bool) {
	if date := m.Time.Format("2006-01-02"); l.times.mode == TimesAbsolute && date != l.date {
		l.date = date
		if !first {
			l.between(styled(Dim, " "+date+" UTC"))
		}
	}
}

// between writes text between the two lines; it must fit.
func (l *ladder) between(spans ...span) { l.row("", spans...) }

// row writes what stands in front of the lines, and what between them.
func (l *ladder) row(front string, spans ...span) {
	used := 0
	all := []span{styled(Dim, fmt.Sprintf("%*s", l.left, front)), plain("|")}
	for _, s := range spans {
		used += utf8.RuneCountInString(s.text)
		all = append(all, s)
	}
	l.p.line(0, l.left, append(all, plain(strings.Repeat(" ", max(0, l.inner()-used))+"|"))...)
}

// heading names an exchange and says how it ended.
func (l *ladder) heading(st step) {
	x := st.exchange
	l.between(plain(""))
	title := x.title()
	if st.resumed {
		l.wrapped(Bold, title+", continued", 1)
		return
	}
	outcome := x.Outcome.Text
	if len(x.Outcome.Deleted) > 0 {
		outcome += ", deleted in " + frameList(x.Outcome.Deleted)
	}
	if n := utf8.RuneCountInString(Escape(title + ": " + outcome)); n+2 <= l.inner() {
		l.between(plain(" "), styled(Bold, Escape(title)+": "), styled(x.Outcome.style(), Escape(outcome)))
		return
	}
	l.wrapped(Bold, title+":", 1)
	l.wrapped(x.Outcome.style(), outcome, 3)
}

// wrapped writes text between the lines, indented, in as many lines as it takes.
func (l *ladder) wrapped(style Style, text string, indent int) {
	for i, line := range wrapText(text, l.inner()-indent-3) {
		in := indent
		if i > 0 {
			in += 2
		}
		l.between(plain(strings.Repeat(" ", in)), styled(style, line))
	}
}

// message writes an arrow, and below it what the message says. Of an exchange that is one message the arrow says it all.
func (l *ladder) message(st step) {
	m, x := st.message, st.exchange
	if m.Moved != "" {
		l.wrapped(Caution, "~ "+m.Moved, 1)
	}
	label, facts := Escape(m.label()), x.facts(st.index)
	if x.isNote() {
		label = Escape(x.Type + ": " + x.Outcome.Text)
	}
	if utf8.RuneCountInString(label) > l.inner()-8 {
		facts = append([]detail{{text: label}}, facts...)
		label = ""
	}
	front := l.front(fmt.Sprint(m.Frame), l.times.text(m))
	l.row(front, arrow(l.inner(), label, m.Sender == "responder", m.State == "closed", x.isLost(st.index))...)
	l.facts(facts)
}

// facts writes short facts in few lines, broken between two of them where that is possible.
func (l *ladder) facts(facts []detail) {
	const indent = 5
	line := ""
	flush := func() {
		if line != "" {
			l.wrapped(Plain, line, indent)
		}
		line = ""
	}
	for _, f := range facts {
		switch {
		case f.style != Plain:
			flush()
			l.wrapped(f.style, f.text, indent)
		case line == "":
			line = f.text
		case utf8.RuneCountInString(Escape(line+"; "+f.text)) > l.inner()-indent-4: // the ; behind it
			line += ";"
			flush()
			line = f.text
		default:
			line += "; " + f.text
		}
	}
	flush()
}

// arrow is an arrow with a label, width columns long: of dots for what stayed closed, ending in an x where nobody answers.
func arrow(width int, label string, toLeft, closed, lost bool) []span {
	shaft, head := "-", ">"
	if closed {
		shaft = "."
	}
	if toLeft {
		head = "<"
	}
	if lost {
		head = "x"
	}
	if label != "" {
		label = " " + label + " "
	}
	rest := width - utf8.RuneCountInString(label) - 3
	if toLeft {
		return []span{plain(head + shaft), plain(label), plain(strings.Repeat(shaft, rest+1))}
	}
	return []span{plain(shaft + shaft), plain(label), plain(strings.Repeat(shaft, rest) + head)}
}
