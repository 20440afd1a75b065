package report

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// markdown writes the timeline in GitHub's Markdown: headings, and a table of the messages of each exchange.
func (t *Timeline) markdown(p *Printer, v TimelineView) error {
	d := &markdown{p: p}
	d.line("# IKE timeline")
	d.paragraph(t.summary(v))
	for _, n := range t.Notes {
		d.paragraph("note: " + n)
	}
	if t.Selection != nil {
		d.paragraph(t.Selection.text())
		if t.Selection.Hint != "" {
			d.paragraph("hint: " + t.Selection.Hint)
		}
	}
	for i := range t.SAs {
		d.sa(&t.SAs[i], v)
	}
	return p.Err()
}

// A markdown writes blocks of Markdown.
type markdown struct{ p *Printer }

// line writes what is Markdown already.
func (d *markdown) line(text string) { d.p.write(text + "\n") }

func (d *markdown) paragraph(text string) { d.line("\n" + markdownText(text)) }

// table writes a table; cells are Markdown already.
func (d *markdown) table(head []string, rows [][]string) {
	d.line("\n| " + join(head, " | ") + " |")
	d.line("|" + strings.Repeat("---|", len(head)))
	for _, row := range rows {
		d.line("| " + join(row, " | ") + " |")
	}
}

func (d *markdown) sa(s *TimelineSA, v TimelineView) {
	d.line("\n## " + markdownText(s.name()))
	var rows [][]string
	s.eachField(func(_ Style, name, value string) {
		rows = append(rows, []string{markdownText(name), markdownText(value)})
	})
	for _, n := range s.Notes {
		rows = append(rows, []string{"note", markdownText(n)})
	}
	d.table([]string{"", ""}, rows)
	said := s.said()
	times := newTimeColumn(v.Times, s)
	for i := range s.Exchanges {
		d.exchange(&s.Exchanges[i], v, times, said)
	}
}

func (d *markdown) exchange(x *Exchange, v TimelineView, times *timeColumn, said map[string]bool) {
	d.line("\n### " + markdownText(x.title()+": "+x.Outcome.Text))
	about := "Started by the " + x.StartedBy
	if len(x.Outcome.Deleted) > 0 {
		about += ", deleted in " + frameList(x.Outcome.Deleted)
	}
	d.paragraph(about + ".")
	if x.Child != nil {
		d.line("")
		x.Child.each(said, func(_ Style, text string) { d.line("- " + markdownText(text)) })
	}
	var rows [][]string
	sheets := make(map[int][]*sheet) // by message
	for i := range x.Messages {
		m := &x.Messages[i]
		var notes []string
		for _, one := range x.details(i, v.Verbose, said) {
			if one.sheet != nil {
				one.text += " (below)"
				sheets[i] = append(sheets[i], one.sheet)
			}
			notes = append(notes, markdownText(clip(one.text, longest)))
		}
		direction := "I → R"
		if m.Sender == "responder" {
			direction = "R → I"
		}
		rows = append(rows, []string{fmt.Sprint(m.Frame), times.dated(m), direction, markdownText(m.contents()), join(notes, "<br>")})
	}
	d.table([]string{"frame", "time", "", "payloads", "details"}, rows)
	for i := range x.Messages {
		for _, s := range sheets[i] {
			d.sheet(s, x.Messages[i].Frame)
		}
	}
}

// sheet writes proposals side by side, what was chosen in bold.
func (d *markdown) sheet(s *sheet, frame int) {
	caption := fmt.Sprintf("Frame %d, %s", frame, s.caption)
	if s.taken {
		caption += "; what is chosen is bold"
	}
	d.paragraph(caption)
	var rows [][]string
	for _, row := range s.rows {
		rows = append(rows, markdownCells(row.cells, row.chosen))
	}
	d.table(markdownCells(s.head, false), rows)
}

func markdownCells(cells []cell, bold bool) (list []string) {
	for _, c := range cells {
		var parts []string
		for _, one := range c {
			text := markdownText(one.text)
			if (bold || one.chosen) && one.text != "" {
				text = "**" + text + "**"
			}
			parts = append(parts, text)
		}
		list = append(list, join(parts, ", "))
	}
	return list
}

// markdownText escapes a text so that it is nothing but text, inside a table cell too: it has no line breaks, and no
// character of it is taken for markup, HTML, a link, a formula or the end of a cell. GitHub calls users by name and links
// issues wherever text looks like it: an empty comment keeps it from that.
func markdownText(s string) string {
	var b strings.Builder
	escaped := Escape(s)
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
