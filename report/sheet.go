package report

import (
	"strings"
	"unicode/utf8"
)

func (c choice) String() string {
	text := Escape(c.text)
	if c.chosen {
		return "*" + text
	}
	return text
}

func (c cell) String() string {
	parts := make([]string, len(c))
	for i := range c {
		parts[i] = c[i].String()
	}
	return join(parts, ", ")
}

// width is the number of columns that the cells of a column take without breaking lines.
func (s *sheet) width(col int) int {
	w := utf8.RuneCountInString(s.head[col].String())
	for _, row := range s.rows {
		w = max(w, utf8.RuneCountInString(row.cells[col].String()))
	}
	return w
}

// widths fits the columns into a width, the widest made narrower first.
func (s *sheet) widths(width int) []int {
	const narrowest = 5
	list := make([]int, len(s.head))
	total := -cellGap
	for i := range s.head {
		list[i] = s.width(i)
		total += list[i] + cellGap
	}
	for ; total > width; total-- {
		widest := 0
		for i := range list {
			if list[i] > list[widest] {
				widest = i
			}
		}
		if list[widest] <= narrowest {
			break
		}
		list[widest]--
	}
	return list
}

// text writes the sheet, indented.
func (s *sheet) text(p *Printer, indent int) {
	widths := s.widths(Width - indent)
	s.row(p, indent, widths, Dim, s.head)
	for _, row := range s.rows {
		style := Plain
		if row.chosen {
			style = Good
		}
		s.row(p, indent, widths, style, row.cells)
	}
}

// row writes the cells beside each other, each in as many lines as it needs.
func (s *sheet) row(p *Printer, indent int, widths []int, style Style, cells []cell) {
	var columns [][][]span
	height := 1
	for i, c := range cells {
		columns = append(columns, c.lines(widths[i], style))
		height = max(height, len(columns[i]))
	}
	for n := range height {
		spans := []span{}
		pending := 0 // blanks in front of what comes next
		for i, lines := range columns {
			used := 0
			if n < len(lines) && len(lines[n]) > 0 {
				spans = append(spans, plain(strings.Repeat(" ", pending)))
				pending = 0
				for _, sp := range lines[n] {
					spans = append(spans, sp)
					used += utf8.RuneCountInString(sp.text)
				}
			}
			pending += widths[i] + cellGap - used
		}
		p.line(indent, indent, spans...)
	}
}

// lines breaks a cell into lines of at most width columns.
func (c cell) lines(width int, style Style) (list [][]span) {
	var line []span
	used := 0
	for i := range c {
		text, look := c[i].String(), style
		if c[i].chosen {
			look = Good
		}
		if i+1 < len(c) {
			text += ","
		}
		for _, word := range strings.Fields(text) {
			n := utf8.RuneCountInString(word)
			if used > 0 && used+1+n > width {
				list, line, used = append(list, line), nil, 0
			}
			if used > 0 {
				line, used = append(line, plain(" ")), used+1
			}
			for n > width {
				var head string
				head, word = splitAt(word, width)
				list = append(list, append(line, styled(look, head)))
				line, used, n = nil, 0, n-width
			}
			line, used = append(line, styled(look, word)), used+n
		}
	}
	return append(list, line)
}

// wrapText escapes a text and breaks it into lines of at most width columns.
func wrapText(text string, width int) (lines []string) {
	for _, spans := range single(text).lines(width, Plain) {
		line := ""
		for _, s := range spans {
			line += s.text
		}
		lines = append(lines, line)
	}
	return lines
}
