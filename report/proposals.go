package report

import (
	"fmt"
	"slices"
	"strings"
)

// A Choice is one thing that was offered; Chosen: the peer accepted it.
type Choice struct {
	Text   string
	Chosen bool
}

// A Cell is what a place in a table of proposals offers.
type Cell []Choice

func single(text string) Cell { return Cell{{Text: text}} }

// A Sheet is a table of proposals side by side: of IKEv1 a row for each transform, of IKEv2, where every proposal has lists
// of transforms by type, a column for each proposal.
type Sheet struct {
	Caption string
	Taken   bool // something of it is chosen
	Head    []Cell
	Rows    []SheetRow
}

// A SheetRow is a row of a Sheet; Chosen: all of it was taken.
type SheetRow struct {
	Chosen bool
	Cells  []Cell
}

// longestCell is how much of one value in a table of proposals is shown.
const longestCell = 120

// manyTransforms is the number of rows from which those that differ in one attribute only share a line.
const manyTransforms = 8

// proposalSheet puts the proposals of an SA payload side by side; nil where one line for each of them says it all.
func (r *Payload) proposalSheet(verbose bool) *Sheet {
	if !r.hasChoice() {
		return nil
	}
	build := sheet1
	if r.Version == 2 {
		build = sheet2
	}
	s := build(r.Proposals, verbose)
	s.Caption = captionOf(r.Proposals)
	s.Taken = slices.ContainsFunc(r.Proposals, func(q Proposal) bool { return q.taken() })
	return s
}

// hasChoice reports whether the peer can choose: among proposals, or among transforms of one.
func (r *Payload) hasChoice() bool {
	numbers := make(map[uint8]bool)
	for i := range r.Proposals {
		q := &r.Proposals[i]
		numbers[q.Number] = true
		seen := make(map[string]bool)
		for _, t := range q.Transforms {
			if seen[t.Kind] {
				return true
			}
			seen[t.Kind] = true
		}
	}
	return len(numbers) > 1
}

// line is a proposal in one line: "proposal 1: ESP 0xcee8563d, ENCR AES-GCM-16-256, ESN no".
func (q *Proposal) line() string {
	number := fmt.Sprintf("proposal %d", q.Number)
	if len(q.Transforms) == 1 && q.Transforms[0].Kind == "" && q.Transforms[0].Number > 1 {
		number += fmt.Sprintf(", transform %d", q.Transforms[0].Number)
	}
	parts := []string{join(slices.DeleteFunc([]string{number + ":", q.Protocol, q.SPI}, func(s string) bool { return s == "" }), " ")}
	return join(append(parts, q.transforms()...), ", ")
}

// transforms are the transforms, each with its type.
func (q *Proposal) transforms() (list []string) {
	for _, t := range q.Transforms {
		list = append(list, strings.TrimSpace(t.Kind+" "+t.Text))
	}
	return list
}

// taken reports whether the peer took the proposal, or a transform of it.
func (q *Proposal) taken() bool {
	return q.Chosen || slices.ContainsFunc(q.Transforms, func(t Transform) bool { return t.Chosen })
}

// columnOrder are all columns of IKEv1 in their order; those that nothing stands in are left out.
var columnOrder = []string{
	"protocol", "SPI", "encryption", "transform", "hash", "integrity", "auth", "group", "mode", "PFS", "ESN", "PRF", "lifetime", "other",
}

// An offer1 is a transform of IKEv1 with its proposal.
type offer1 struct {
	label  string // "3", or "1.3" where there are several proposals
	last   string // label of the last one that shares its line
	chosen bool
	values map[string][]string // by column
}

// sheet1 has a row for each transform.
func sheet1(proposals []Proposal, verbose bool) *Sheet {
	offers := offers1(proposals)
	if len(offers) > manyTransforms && !verbose {
		offers = mergeOffers(offers)
	}
	var columns []string
	for _, name := range columnOrder {
		if slices.ContainsFunc(offers, func(o offer1) bool { return len(o.values[name]) > 0 }) && !isObvious(name, proposals) {
			columns = append(columns, name)
		}
	}
	s := &Sheet{Head: []Cell{single(""), single("no.")}}
	for _, name := range columns {
		s.Head = append(s.Head, single(name))
	}
	for _, o := range offers {
		mark, label := "", o.label
		if o.chosen {
			mark = "*"
		}
		if o.last != o.label {
			label += "-" + o.last
		}
		row := SheetRow{o.chosen, []Cell{single(mark), single(label)}}
		for _, name := range columns {
			row.Cells = append(row.Cells, families(plainChoices(o.values[name]), verbose))
		}
		s.Rows = append(s.Rows, row)
	}
	return s
}

func plainChoices(values []string) (list []Choice) {
	for _, v := range values {
		list = append(list, Choice{Text: clip(v, longestCell)})
	}
	return list
}

func offers1(proposals []Proposal) (list []offer1) {
	for i := range proposals {
		q := &proposals[i]
		for _, t := range q.Transforms {
			o := offer1{label: fmt.Sprint(t.Number), chosen: t.Chosen, values: map[string][]string{"protocol": {q.Protocol}}}
			if len(proposals) > 1 {
				o.label = fmt.Sprintf("%d.%d", q.Number, t.Number)
			}
			o.last = o.label
			if q.SPI != "" {
				o.values["SPI"] = []string{q.SPI}
			}
			for _, a := range t.Attributes {
				o.values[a.Name] = append(o.values[a.Name], a.Value)
			}
			list = append(list, o)
		}
	}
	return list
}

// isObvious reports whether the column says the same of all proposals, so that the caption can say it.
func isObvious(name string, proposals []Proposal) bool {
	switch first := &proposals[0]; name {
	case "protocol":
		return !slices.ContainsFunc(proposals, func(q Proposal) bool { return q.Protocol != first.Protocol })
	case "SPI":
		return isObvious("protocol", proposals) &&
			!slices.ContainsFunc(proposals, func(q Proposal) bool { return q.SPI != first.SPI })
	}
	return false
}

// captionOf is what stands above the proposals: "proposals: ESP 0xc0ffee01" where they have that in common.
func captionOf(proposals []Proposal) string {
	s := "proposals"
	if isObvious("protocol", proposals) {
		s += ": " + proposals[0].Protocol
	}
	if isObvious("SPI", proposals) && proposals[0].SPI != "" {
		s += " " + proposals[0].SPI
	}
	return s
}

// mergeOffers puts neighbours that differ in one attribute only into one row, so that nothing is lost: their values stand
// in the order of the offers. What was chosen keeps a row of its own.
func mergeOffers(offers []offer1) (list []offer1) {
	column := ""
	for _, o := range offers {
		if n := len(list); n > 0 && !o.chosen && !list[n-1].chosen {
			into := &list[n-1]
			if d := difference(into, &o, column); d != "" && (column == "" || d == column) {
				if column == "" {
					into.values = cloneValues(into.values)
				}
				column = d
				into.values[d] = append(into.values[d], o.values[d]...)
				into.last = o.last
				continue
			}
		}
		list, column = append(list, o), ""
	}
	return list
}

func cloneValues(values map[string][]string) map[string][]string {
	c := make(map[string][]string, len(values))
	for name, v := range values {
		c[name] = slices.Clone(v)
	}
	return c
}

// difference is the one column in which a and b differ and each has a single value of its own, "" where there is no such
// one. In the column merged, a has several values by now.
func difference(a, b *offer1, merged string) (name string) {
	for _, col := range columnOrder {
		va, vb := a.values[col], b.values[col]
		if col != merged && slices.Equal(va, vb) {
			continue
		}
		if name != "" || len(va) == 0 || len(vb) != 1 || (col != merged && len(va) != 1) {
			return ""
		}
		name = col
	}
	return name
}

// sheet2 has a column for each proposal and a row for each type of transform.
func sheet2(proposals []Proposal, verbose bool) *Sheet {
	s := &Sheet{Head: []Cell{single("")}}
	var kinds []string
	for i := range proposals {
		q := &proposals[i]
		title := fmt.Sprintf("%d %s", q.Number, q.Protocol)
		if q.SPI != "" && !isObvious("SPI", proposals) {
			title += " " + q.SPI
		}
		s.Head = append(s.Head, Cell{{title, q.Chosen}})
		for _, t := range q.Transforms {
			if !slices.Contains(kinds, t.Kind) {
				kinds = append(kinds, t.Kind)
			}
		}
	}
	for _, kind := range kinds {
		row := SheetRow{Cells: []Cell{single(kind)}}
		for i := range proposals {
			row.Cells = append(row.Cells, families(proposals[i].ofKind(kind), verbose))
		}
		s.Rows = append(s.Rows, row)
	}
	return s
}

// ofKind are the transforms of one type.
func (q *Proposal) ofKind(kind string) (list []Choice) {
	for _, t := range q.Transforms {
		if t.Kind == kind {
			list = append(list, Choice{clip(t.Text, longestCell), t.Chosen})
		}
	}
	if list == nil {
		list = []Choice{{Text: "-"}}
	}
	return list
}

// families writes neighbours that differ in their last number only as one: "AES-CBC-128", "AES-CBC-256" make
// "AES-CBC-128/256". What was chosen stands alone.
func families(list []Choice, verbose bool) (c Cell) {
	family := ""
	for _, one := range list {
		stem, number := cutNumber(one.Text)
		if n := len(c); n > 0 && stem != "" && stem == family && !one.Chosen && !c[n-1].Chosen && !verbose {
			c[n-1].Text += "/" + number
			continue
		}
		c, family = append(c, one), stem
	}
	return c
}

// cutNumber cuts the number at the end of a name off: "AES-CBC-", "128". The stem is empty where there is none.
func cutNumber(name string) (stem, number string) {
	i := strings.LastIndexByte(name, '-')
	if i < 0 || i+1 == len(name) || strings.Trim(name[i+1:], "0123456789") != "" {
		return "", ""
	}
	return name[:i+1], name[i+1:]
}
