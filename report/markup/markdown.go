package markup

import (
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/ikedecode/ikedecode/report"
	"github.com/ikedecode/ikedecode/report/words"
)

// Markdown writes a timeline in GitHub's Markdown: headings, and a table of the messages of each exchange.
func Markdown(w io.Writer, t *report.Timeline, v report.TimelineView) error {
	d := &markdown{writer{w: w}}
	d.line("# IKE timeline")
	d.paragraph(t.Summary(v))
	for _, n := range t.Notes {
		d.paragraph("note: " + n)
	}
	if t.Selection != nil {
		d.paragraph(t.Selection.Text())
		if t.Selection.Hint != "" {
			d.paragraph("hint: " + t.Selection.Hint)
		}
	}
	for i := range t.SAs {
		d.sa(&t.SAs[i], v)
	}
	return d.out.err
}

// A markdown writes blocks of Markdown.
type markdown struct{ out writer }

// line writes what is Markdown already.
func (d *markdown) line(text string) { d.out.write(text + "\n") }

func (d *markdown) paragraph(text string) { d.line("\n" + markdownText(text)) }

// table writes a table; cells are Markdown already.
func (d *markdown) table(head []string, rows [][]string) {
	d.line("\n| " + strings.Join(head, " | ") + " |")
	d.line("|" + strings.Repeat("---|", len(head)))
	for _, row := range rows {
		d.line("| " + strings.Join(row, " | ") + " |")
	}
}

func (d *markdown) sa(s *report.TimelineSA, v report.TimelineView) {
	d.line("\n## " + markdownText(s.Name()) + fmt.Sprintf(", IKEv%d", s.Version))
	var rows [][]string
	for _, f := range s.Fields() {
		rows = append(rows, []string{markdownText(f.Name), markdownText(f.Value)})
	}
	for _, n := range s.Notes {
		rows = append(rows, []string{"note", markdownText(n)})
	}
	d.table([]string{"", ""}, rows)
	said, clock := s.Said(), s.Clock(v)
	for i := range s.Exchanges {
		d.exchange(&s.Exchanges[i], v, clock, said)
	}
}

func (d *markdown) exchange(x *report.Exchange, v report.TimelineView, clock *report.Clock, said map[string]bool) {
	d.line("\n### " + markdownText(x.Title()+": "+x.Outcome.Text))
	about := "Started by the " + string(x.StartedBy)
	if len(x.Outcome.Deleted) > 0 {
		about += ", deleted in " + words.Frames(x.Outcome.Deleted)
	}
	d.paragraph(about + ".")
	if x.Child != nil {
		d.line("")
		for _, r := range x.Child.Remarks(said) {
			d.line("- " + markdownText(r.Text))
		}
	}
	var rows [][]string
	sheets := make(map[int][]*report.Sheet) // by message
	for i := range x.Messages {
		m := &x.Messages[i]
		var notes []string
		for _, one := range x.Details(i, v.Verbose, said) {
			if one.Sheet != nil {
				one.Text += " (below)"
				sheets[i] = append(sheets[i], one.Sheet)
			}
			notes = append(notes, markdownText(one.Text))
		}
		direction := "I → R"
		if m.Sender == report.RoleResponder {
			direction = "R → I"
		}
		rows = append(rows, []string{fmt.Sprint(m.Frame), clock.Dated(m), direction, markdownText(m.Summary()), strings.Join(notes, "<br>")})
	}
	d.table([]string{"frame", "time", "", "payloads", "details"}, rows)
	for i := range x.Messages {
		for _, s := range sheets[i] {
			d.sheet(s, x.Messages[i].Frame)
		}
	}
}

// sheet writes proposals side by side, what was chosen in bold.
func (d *markdown) sheet(s *report.Sheet, frame int) {
	caption := fmt.Sprintf("Frame %d, %s", frame, s.Caption)
	if s.Taken {
		caption += "; the chosen one is bold"
	}
	d.paragraph(caption)
	var rows [][]string
	for _, row := range s.Rows {
		rows = append(rows, markdownCells(row.Cells, row.Chosen))
	}
	d.table(markdownCells(s.Head, false), rows)
}

func markdownCells(cells []report.Cell, bold bool) (list []string) {
	for _, c := range cells {
		var parts []string
		for _, one := range c {
			text := markdownText(one.Text)
			if (bold || one.Chosen) && one.Text != "" {
				text = "**" + text + "**"
			}
			parts = append(parts, text)
		}
		list = append(list, strings.Join(parts, ", "))
	}
	return list
}

// markdownText escapes a text so that it is nothing but text, inside a table cell too: it has no line breaks, and no
// character of it is taken for markup, HTML, a link, a formula or the end of a cell. GitHub calls users by name and links
// issues wherever text looks like it: an empty comment keeps it from that.
func markdownText(s string) string {
	var b strings.Builder
	escaped := report.Escape(s)
	for i, r := range escaped {
		before, after := escaped[max(0, i-3):i], escaped[i+utf8.RuneLen(r):]
		switch {
		case r == '<':
			b.WriteString("&lt;")
		case r == '>':
			b.WriteString("&gt;")
		case r == '_' && endsAlphanumeric(before) && after != "" && isAlphanumeric(rune(after[0])): // inside a word it is just that
			b.WriteRune(r)
		case strings.ContainsRune("\\`*_[]|~#&@$", r), r == ':' && strings.HasPrefix(after, "//"),
			r == '.' && strings.EqualFold(before, "www"):
			b.WriteByte('\\')
			b.WriteRune(r)
		default:
			b.WriteRune(r)
		}
		if (r == '@' || r == '#') && !endsAlphanumeric(before) {
			b.WriteString("<!-- -->")
		}
	}
	return b.String()
}

func endsAlphanumeric(s string) bool { return s != "" && isAlphanumeric(rune(s[len(s)-1])) }
