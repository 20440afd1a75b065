package text

import (
	"strings"

	"github.com/ikedecode/ikedecode/report"
	"github.com/ikedecode/ikedecode/report/internal/columns"
)

// gap is the space between two columns.
const gap = 2

// narrowest is what no column is made narrower than.
const narrowest = 5

// A grid is a few records in columns, without a rule. Of a cell too wide for its column the rest stands below.
type grid [][]cell

// A cell is styled text, broken at spaces and between two spans.
type cell []span

func text(s string) cell { return cell{plain(s)} }

func (c cell) width() (n int) {
	for _, s := range c {
		n += columns.Width(report.Escape(s.text))
	}
	return n
}

// natural are the widths of the columns where nothing is broken.
func (g grid) natural() []int {
	var list []int
	for _, row := range g {
		for i, c := range row {
			if i == len(list) {
				list = append(list, 0)
			}
			list[i] = max(list[i], c.width())
		}
	}
	return list
}

// fit makes columns narrower, the widest first, until they fit into a width with gaps between them.
func fit(list []int, width int) {
	total := -gap
	for _, n := range list {
		total += n + gap
	}
	for ; total > width; total-- {
		widest := 0
		for i := range list {
			if list[i] > list[widest] {
				widest = i
			}
		}
		if list[widest] <= narrowest {
			return
		}
		list[widest]--
	}
}

// write writes the grid, indented.
func (g grid) write(p *Printer, indent int) {
	widths := g.natural()
	if p.width > 0 {
		fit(widths, p.width-indent)
	}
	for _, row := range g {
		p.row(indent, widths, row)
	}
}

// row writes cells beside each other, in as many lines as the highest needs.
func (p *Printer) row(indent int, widths []int, cells []cell) {
	lines := make([][]cell, len(cells))
	height := 1
	for i, c := range cells {
		lines[i] = c.lines(widths[i])
		height = max(height, len(lines[i]))
	}
	for n := range height {
		var spans cell
		pending := 0 // blanks in front of what comes next
		for i := range cells {
			used := 0
			if n < len(lines[i]) && len(lines[i][n]) > 0 {
				spans = append(append(spans, plain(strings.Repeat(" ", pending))), lines[i][n]...)
				pending, used = 0, lines[i][n].width()
			}
			pending += widths[i] + gap - used
		}
		p.line(indent, indent, spans...)
	}
}

// lines breaks a cell into lines of at most width columns.
func (c cell) lines(width int) (list []cell) {
	var line cell
	used, spaces := 0, 0
	for _, s := range c {
		for _, word := range split(report.Escape(s.text)) {
			trimmed := strings.TrimLeft(word, " ")
			spaces += len(word) - len(trimmed)
			if trimmed == "" {
				continue
			}
			n := columns.Width(trimmed)
			if used > 0 && used+spaces+n > width {
				list, line, used = append(list, line), nil, 0
			}
			if used == 0 {
				spaces = 0
			}
			word = strings.Repeat(" ", spaces) + trimmed
			used, spaces = used+spaces+n, 0
			for used > width {
				head, tail := columns.Cut(word, width)
				if tail == "" {
					break
				}
				list, line = append(list, append(line, styled(s.style, head))), nil
				word, used = tail, columns.Width(tail)
			}
			line = append(line, styled(s.style, word))
		}
	}
	return append(list, line)
}
