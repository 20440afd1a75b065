package text

import (
	"github.com/ikedecode/ikedecode/report"
)

// writeSheet writes proposals side by side, in several parts where they are too wide, what was chosen marked.
func writeSheet(p *Printer, s *report.Sheet, indent int) {
	for i, part := range sheetParts(sheetGrid(s), p.width-indent, p.width > 0) {
		if i > 0 {
			p.blank()
		}
		part.write(p, indent)
	}
}

func sheetGrid(s *report.Sheet) grid {
	g := grid{sheetRow(s.Head, dim)}
	for _, r := range s.Rows {
		look := none
		if r.Chosen {
			look = good
		}
		g = append(g, sheetRow(r.Cells, look))
	}
	return g
}

func sheetRow(cells []report.Cell, look style) (row []cell) {
	for _, choices := range cells {
		var c cell
		for i, one := range choices {
			s := styled(look, report.Escape(one.Text))
			if one.Chosen {
				s = styled(good, "*"+s.text)
			}
			if i+1 < len(choices) {
				s.text += ", "
			}
			c = append(c, s)
		}
		row = append(row, c)
	}
	return row
}

// sheetParts cuts a grid of more columns than fit side by side into several, the first column repeated.
func sheetParts(g grid, width int, bounded bool) (list []grid) {
	const narrow = 24 // a column with a list is not made narrower than this
	widths := g.natural()
	if !bounded || len(widths) < 2 {
		return []grid{g}
	}
	for from := 1; from < len(widths); {
		used, to := widths[0]+gap, from
		for to < len(widths) {
			w := min(widths[to], narrow) + gap
			if to > from && used+w > width {
				break
			}
			used += w
			to++
		}
		var part grid
		for _, row := range g {
			part = append(part, append(row[:1:1], row[from:to]...))
		}
		list = append(list, part)
		from = to
	}
	return list
}
