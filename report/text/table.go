package text

import (
	"bytes"
	"strings"

	"github.com/olekukonko/tablewriter"
	"github.com/olekukonko/tablewriter/renderer"
	"github.com/olekukonko/tablewriter/tw"

	"github.com/ikedecode/ikedecode/report"
	"github.com/ikedecode/ikedecode/report/internal/columns"
	"github.com/ikedecode/ikedecode/report/words"
)

// A table is a table without borders, a rule under its head. A cell is a list of items: on a terminal a line each, or several
// where they are too wide for their column; elsewhere all of them in one line.
type table struct {
	head []string
	rows [][][]string
}

func newTable(head ...string) *table { return &table{head: head} }

// row adds a row. Of a long item a part is enough: every other row is as wide.
func (t *table) row(cells ...[]string) {
	for _, items := range cells {
		for i := range items {
			items[i] = report.Escape(words.Clip(items[i], words.Longest))
		}
	}
	t.rows = append(t.rows, cells)
}

// write renders the table.
func (t *table) write(p *Printer) {
	var b bytes.Buffer
	w := tablewriter.NewTable(&b,
		tablewriter.WithRenderer(renderer.NewBlueprint(tw.Rendition{
			Borders: tw.BorderNone,
			Symbols: tw.NewSymbols(tw.StyleASCII),
			Settings: tw.Settings{
				Separators: tw.Separators{BetweenColumns: tw.Off, BetweenRows: tw.Off},
				Lines:      tw.Lines{ShowHeaderLine: tw.On},
			},
		})),
		tablewriter.WithConfig(tablewriter.Config{
			Header: cellConfig(),
			Row:    cellConfig(),
		}),
	)
	w.Header(t.head)
	widths := t.widths(p)
	for _, r := range t.rows {
		cells := make([]string, len(r))
		for i, items := range r {
			if p.width == 0 {
				cells[i] = strings.Join(items, "; ")
				continue
			}
			var lines []string
			for _, item := range items {
				lines = append(lines, columns.Wrap(item, widths[i])...)
			}
			cells[i] = strings.Join(lines, "\n")
		}
		if err := w.Append(cells); err != nil {
			p.fail(err)
			return
		}
	}
	if err := w.Render(); err != nil {
		p.fail(err)
		return
	}
	for line := range strings.Lines(b.String()) {
		p.write(strings.TrimRight(line, " \n") + "\n")
	}
}

// widths are those of the columns on a terminal.
func (t *table) widths(p *Printer) []int {
	list := make([]int, len(t.head))
	for i, s := range t.head {
		list[i] = columns.Width(s)
	}
	for _, r := range t.rows {
		for i, items := range r {
			for _, item := range items {
				list[i] = max(list[i], columns.Width(item))
			}
		}
	}
	fit(list, p.width-gap) // a gap follows the last column, too
	return list
}

func cellConfig() tw.CellConfig {
	return tw.CellConfig{
		Alignment:  tw.CellAlignment{Global: tw.AlignLeft},
		Formatting: tw.CellFormatting{AutoFormat: tw.Off, AutoWrap: tw.WrapNone},
		Padding:    tw.CellPadding{Global: tw.Padding{Left: "", Right: strings.Repeat(" ", gap), Overwrite: true}},
	}
}
