package source

import (
	"encoding/csv"
	"strings"
)

// A table of SAs has the names of settings in its first row:
//
//	spi,src,dst,enc_key,auth_key                    commas, semicolons, tabs
//	0x3e9,192.0.2.1,192.0.2.2,60cb...,ee29...
//
//	| SPI   | Source    | Encryption key |          Markdown, databases
//	|-------|-----------|----------------|
//	| 0x3e9 | 192.0.2.1 | 60cb...        |
type namedTable struct {
	separator byte
	columns   []namedColumn
}

// A namedColumn is what the values of a column are; settingNone: nothing that counts.
type namedColumn struct {
	way  int
	what setting
}

// tableSeparators may stand between columns.
const tableSeparators = ",;\t|"

// namedColumns is the table that a line begins; nil: it is no row of names.
func namedColumns(text string) *namedTable {
	const fewest = 3
	for i := range len(tableSeparators) {
		t := &namedTable{separator: tableSeparators[i]}
		known, has := 0, [settings]bool{}
		for _, name := range t.cells(text) {
			way, what := namedSetting(name)
			t.columns = append(t.columns, namedColumn{way, what})
			if known += btoi(what != settingNone); len(name) < len("encryption algorithm of the SA") {
				has[what] = true
			}
		}
		if known >= fewest && has[settingSPI] && (has[settingEnc] || has[settingAuth]) {
			return t
		}
	}
	return nil
}

// cells are the cells of a row, without quotation marks and blanks around.
func (t *namedTable) cells(text string) (cells []string) {
	if strings.IndexByte(text, t.separator) < 0 {
		return nil
	}
	if t.separator == '|' {
		text = strings.TrimSuffix(strings.TrimPrefix(strings.TrimSpace(text), "|"), "|")
		cells = strings.Split(text, "|")
	} else {
		r := csv.NewReader(strings.NewReader(text))
		r.Comma, r.LazyQuotes, r.TrimLeadingSpace = rune(t.separator), true, t.separator != '\t'
		cells, _ = r.Read()
	}
	for i := range cells {
		cells[i] = strings.Trim(strings.TrimSpace(cells[i]), "\"'`")
	}
	return cells
}

// record is the record of a row; ok is false where a line is none.
func (t *namedTable) record(l line) (r namedRecord, ok bool) {
	cells := t.cells(l.text)
	if len(cells) == 0 || len(cells) > len(t.columns) {
		return r, false
	}
	r.num = l.num
	for i, value := range cells {
		if c := t.columns[i]; c.what != settingNone && !isNoValue(value) {
			r.values[c.way][c.what] = value
		}
	}
	return r, r.has(settingSPI)
}

// row takes a row of a table, or the one with its names.
func (p *namedSA) row(l line) bool {
	if text := strings.TrimSpace(l.text); p.table != nil && strings.Trim(text, "-+=:| \t") == "" {
		return true // a rule between rows, a blank line
	}
	if p.table != nil {
		r, ok := p.table.record(l)
		if ok {
			p.keep(r)
			return true
		}
		p.table = nil
	}
	if p.rest > 0 || isNamedKey.find(l.text)&1 == 0 {
		return false
	}
	p.table = namedColumns(l.text)
	return p.table != nil
}

// isNamedKey finds the name of a key.
var isNamedKey = newWordFinder(lineWordsOf([]format{{folded: namedKeyWords(), number: 1}}))
