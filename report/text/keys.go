package text

import (
	"fmt"
	"strings"

	"github.com/ikedecode/ikedecode/report"
	"github.com/ikedecode/ikedecode/report/internal/columns"
)

// mostTableRows bounds a table: of more rows the columns are aligned as lines, which takes less memory.
const mostTableRows = 2000

// mostUnread bounds the lines that are not understood.
const mostUnread = 20

// Keys writes what files of secrets hold, a line for each. No value is broken: they are there to be copied.
func Keys(p *Printer, k *report.Keys) error {
	for i := range k.Formats {
		p.line(0, 2, plain(k.Formats[i].Text()))
	}
	if k.Secrets.Len() > 0 {
		p.blank()
		if k.Shown || k.Secrets.Len() > mostTableRows {
			keyLines(p, k)
		} else {
			keyTable(p, k)
		}
	}
	if len(k.Unread) > 0 {
		p.blank()
		for _, u := range k.Unread[:min(mostUnread, len(k.Unread))] {
			p.line(0, 2, styled(caution, "not understood: "), plain(fmt.Sprintf("%s:%d: %s", u.File, u.Line, u.Text)))
		}
		if n := len(k.Unread) - mostUnread; n > 0 {
			p.line(0, 2, plain(fmt.Sprintf("and %d more", n)))
		}
	}
	for _, w := range k.Warnings {
		p.line(0, 2, styled(caution, "warning: "), plain(w))
	}
	return p.Err()
}

// keyHead are the columns: the last two but one with captures.
func keyHead(k *report.Keys) []string {
	if k.Captured {
		return []string{"secret", "for", "value", "used by", "proof", "from"}
	}
	return []string{"secret", "for", "value", "from"}
}

func keyCells(k *report.Keys, i int) [][]string {
	e := k.Secrets.At(i)
	row := [][]string{{e.Kind}, {e.Where}, {e.Value}}
	if k.Captured {
		used := e.SA
		if used == "" {
			used = "-"
		}
		row = append(row, []string{used}, e.UseText())
	}
	return append(row, []string{e.Origin})
}

func keyTable(p *Printer, k *report.Keys) {
	t := newTable(keyHead(k)...)
	for i := range k.Secrets.Len() {
		t.row(keyCells(k, i)...)
	}
	t.write(p)
}

// keyLines aligns all columns but those with values, which come last and are never broken.
func keyLines(p *Printer, k *report.Keys) {
	const value = 2
	cells := func(i int) (list []string, shown string) {
		for c, items := range keyCells(k, i) {
			if text := strings.Join(items, "; "); c == value {
				shown = text
			} else {
				list = append(list, report.Escape(text))
			}
		}
		return list, shown
	}
	var widths []int
	for i := range k.Secrets.Len() {
		list, _ := cells(i)
		for c, text := range list {
			if c == len(widths) {
				widths = append(widths, 0)
			}
			widths[c] = max(widths[c], columns.Width(text))
		}
	}
	for i := 0; i < k.Secrets.Len() && p.Err() == nil; i++ {
		list, shown := cells(i)
		var spans []span
		for c, text := range list {
			look := none
			if c == 0 {
				look = bold
			}
			spans = append(spans, styled(look, text+strings.Repeat(" ", widths[c]-columns.Width(text)+gap)))
		}
		p.line(0, 4, append(spans, span{text: shown, whole: true})...)
	}
}
