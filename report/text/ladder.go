package text

import (
	"fmt"
	"strings"

	"github.com/ikedecode/ikedecode/report"
	"github.com/ikedecode/ikedecode/report/internal/columns"
	"github.com/ikedecode/ikedecode/report/words"
)

// A ladder writes an IKE SA as arrows between two lines, the initiator's on the left and the responder's on the right. All
// of it is ASCII but for what packets say, so that it looks the same on every terminal.
type ladder struct {
	p          *Printer
	clock      *report.Clock
	dated      bool // the clock tells the time of the day
	width      int
	frameWidth int
	timeWidth  int
	left       int    // columns in front of the initiator's line
	date       string // of the message before
}

// ladderWidth is the width of a ladder that is not for a terminal.
const ladderWidth = 100

// Ladder writes a timeline as ladders. Where lines are not broken, those too long for the ladder stick out of it.
func Ladder(p *Printer, t *report.Timeline, v report.TimelineView) error {
	timelineHead(p, t, v)
	for i := range t.SAs {
		p.blank()
		ladderSA(p, &t.SAs[i], v)
	}
	return p.Err()
}

func ladderSA(p *Printer, s *report.TimelineSA, v report.TimelineView) {
	p.line(0, 2, styled(bold, s.Name()), plain(fmt.Sprintf(", IKEv%d, %s", s.Version, s.From(v))))
	for _, r := range s.Overview() {
		p.line(2, 4, styled(toneStyles[r.Tone], r.Text))
	}
	p.blank()
	steps := s.Steps()
	l := newLadder(p, s.Clock(v), v, steps)
	l.peers(strings.Join(report.PeerTexts(s.InitiatorAddr, s.InitiatorID), ", "), strings.Join(report.PeerTexts(s.ResponderAddr, s.ResponderID), ", "))
	for i, st := range steps {
		l.newDay(st.Message, i == 0)
		switch {
		case !st.Opens:
		case st.Exchange.IsNote() && i > 0 && steps[i-1].Exchange.IsNote():
		case st.Exchange.IsNote():
			l.between(plain(""))
		default:
			l.heading(st)
		}
		l.message(st)
	}
	l.between(plain(""))
}

func newLadder(p *Printer, clock *report.Clock, v report.TimelineView, steps []report.Step) *ladder {
	l := &ladder{p: p, clock: clock, dated: v.Times == report.TimesAbsolute, width: p.width, frameWidth: len("  frame"), timeWidth: len("100000.123456")}
	if l.width == 0 {
		l.width = ladderWidth
	}
	for _, st := range steps {
		l.frameWidth = max(l.frameWidth, len(fmt.Sprint(st.Message.Frame)))
		l.timeWidth = max(l.timeWidth, len(clock.Text(st.Message)))
	}
	l.left = l.frameWidth + 1 + l.timeWidth + 2
	return l
}

// front is what stands in front of the initiator's line.
func (l *ladder) front(frame, time string) string {
	return fmt.Sprintf("%*s %*s  ", l.frameWidth, frame, l.timeWidth, time)
}

// inner is the number of columns between the two lines.
func (l *ladder) inner() int { return l.width - l.left - 2 }

// holds reports whether a text stands between the two lines as one line, with so many columns beside it.
func (l *ladder) holds(s string, beside int) bool {
	return l.p.width == 0 || columns.Width(report.Escape(s))+beside <= l.inner()
}

// wrap breaks a text into lines of at most width columns, but not where no line is broken.
func (l *ladder) wrap(s string, width int) []string {
	if s = report.Escape(s); l.p.width == 0 {
		return []string{s}
	}
	return columns.Wrap(s, max(width, narrowest))
}

// peers names both peers, each above its line.
func (l *ladder) peers(initiator, responder string) {
	width := l.width - l.left
	head := l.front("frame", "time")
	left, right := l.wrap(initiator, width*2/3), l.wrap(responder, width*2/3)
	if columns.Width(left[0])+2+columns.Width(right[0]) <= width && len(left) == 1 && len(right) == 1 {
		room := width - columns.Width(left[0]) - columns.Width(right[0])
		l.p.line(0, 0, styled(dim, head), styled(bold, left[0]), plain(strings.Repeat(" ", max(0, room))), styled(bold, right[0]))
		return
	}
	for _, line := range left {
		l.p.line(0, 0, styled(dim, head), styled(bold, line))
		head = strings.Repeat(" ", l.left)
	}
	for i, line := range right {
		mark := " "
		if i == 0 {
			mark = "|"
		}
		room := width - 1 - columns.Width(line)
		l.p.line(0, 0, plain(strings.Repeat(" ", l.left)+mark+strings.Repeat(" ", max(0, room))), styled(bold, line))
	}
}

// newDay says that the date is another one, where times are those of the day.
func (l *ladder) newDay(m *report.Message, first bool) {
	if date := m.Time.Format("2006-01-02"); l.dated && date != l.date {
		l.date = date
		if !first {
			l.between(styled(dim, " "+date+" UTC"))
		}
	}
}

// between writes text between the two lines; it must fit.
func (l *ladder) between(spans ...span) { l.row("", spans...) }

// row writes what stands in front of the lines, and what between them.
func (l *ladder) row(front string, spans ...span) {
	used := 0
	all := []span{styled(dim, fmt.Sprintf("%*s", l.left, front)), plain("|")}
	for _, s := range spans {
		used += columns.Width(s.text)
		all = append(all, s)
	}
	l.p.line(0, l.left, append(all, plain(strings.Repeat(" ", max(0, l.inner()-used))+"|"))...)
}

// heading names an exchange and says how it ended.
func (l *ladder) heading(st report.Step) {
	x := st.Exchange
	l.between(plain(""))
	title := x.Title()
	if st.Resumed {
		l.wrapped(bold, title+", continued", 1)
		return
	}
	outcome := x.Outcome.Text
	if len(x.Outcome.Deleted) > 0 {
		outcome += ", deleted in " + words.Frames(x.Outcome.Deleted)
	}
	if l.holds(title+": "+outcome, 2) {
		l.between(plain(" "), styled(bold, report.Escape(title)+": "), styled(toneStyles[x.Outcome.Tone()], report.Escape(outcome)))
		return
	}
	l.wrapped(bold, title+":", 1)
	l.wrapped(toneStyles[x.Outcome.Tone()], outcome, 3)
}

// wrapped writes text between the lines, indented, in as many lines as it takes.
func (l *ladder) wrapped(look style, text string, indent int) {
	for i, line := range l.wrap(text, l.inner()-indent-3) {
		in := indent
		if i > 0 {
			in += 2
		}
		l.between(plain(strings.Repeat(" ", in)), styled(look, line))
	}
}

// message writes an arrow, and below it what the message says. Of an exchange that is one message the arrow says it all.
func (l *ladder) message(st report.Step) {
	m, x := st.Message, st.Exchange
	if m.Moved != "" {
		l.wrapped(caution, "~ "+m.Moved, 1)
	}
	label, facts := m.Label(), x.Facts(st.Index)
	if x.IsNote() {
		label = x.Type + ": " + x.Outcome.Text
	}
	if !l.holds(label, 8) {
		facts = append([]report.Remark{{Text: label}}, facts...)
		label = ""
	}
	front := l.front(fmt.Sprint(m.Frame), l.clock.Text(m))
	l.row(front, arrow(l.inner(), report.Escape(label), m.Sender == report.RoleResponder, m.State == report.StateClosed, x.IsLost(st.Index))...)
	l.facts(facts)
}

// facts writes short facts in few lines, broken between two of them where that is possible.
func (l *ladder) facts(facts []report.Remark) {
	const indent = 5
	line := ""
	flush := func() {
		if line != "" {
			l.wrapped(none, line, indent)
		}
		line = ""
	}
	for _, f := range facts {
		switch {
		case f.Tone != report.TonePlain:
			flush()
			l.wrapped(toneStyles[f.Tone], f.Text, indent)
		case line == "":
			line = f.Text
		case columns.Width(report.Escape(line+"; "+f.Text)) > l.inner()-indent-4: // the ; behind it, whether lines are broken or not
			line += ";"
			flush()
			line = f.Text
		default:
			line += "; " + f.Text
		}
	}
	flush()
}

// arrow is an arrow with a label, width columns long: of dots for what was not decrypted, ending in an x where nobody answers.
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
	rest := max(width-columns.Width(label)-3, 1)
	if toLeft {
		return []span{plain(head + shaft), plain(label), plain(strings.Repeat(shaft, rest+1))}
	}
	return []span{plain(shaft + shaft), plain(label), plain(strings.Repeat(shaft, rest) + head)}
}
