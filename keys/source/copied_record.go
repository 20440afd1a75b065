package source

import (
	"encoding/csv"
	"slices"
	"strings"
)

// A record takes the text out of a line in which a logger or an export wrapped it; false: the line has no part of the text.
type record func(line string) (text string, ok bool)

// recordsOf are the ways in which the lines of a file may hold the text, by its first ones; whole is set where there are no more.
func recordsOf(sample []line, whole bool) (list []record) {
	list = programRecords(sample, whole)
	if r := eventRecord(sample); r != nil {
		list = append(list, r)
	}
	if hasJSONStrings(sample) {
		list = append(list, jsonString)
	}
	if isLogfmt(sample) {
		list = append(list, logfmtMessage)
	}
	if isYAMLList(sample) {
		list = append(list, yamlItem)
	}
	if isStringList(sample) {
		list = append(list, stringList)
	}
	if hasNamedMessages(sample) {
		list = append(list, namedMessage)
	}
	if column := quotedColumn(sample); column >= 0 {
		list = append(list, quotedText(column))
	}
	if column := csvColumn(sample); column >= 0 {
		list = append(list, func(line string) (string, bool) {
			cells := csvCells(line)
			switch {
			case len(cells) == 0:
				return "", false
			case column < len(cells) && (column > 0 || line[0] == '"'):
				return cells[column], true
			}
			return strings.TrimSuffix(cells[0], `"`), true // the rest of a cell with several lines
		})
	}
	return list
}

// reJSONString is a line of JSON that is printed with line breaks: a string, as the value of a name or in a list.
var reJSONString = pattern(`^\s*(?:"([^"\\]{1,60})"\s*:\s*)?"((?:[^"\\]|\\.)*)"\s*,?\s*$`)

// jsonString takes the message, or the element of a list, out of such a line.
func jsonString(line string) (string, bool) {
	m := reJSONString.FindStringSubmatch(line)
	if m == nil || m[1] != "" && !slices.Contains(messageNames, m[1]) {
		return "", false
	}
	return strings.TrimSuffix(unescapeJSON(m[2]), "\n"), true
}

// hasJSONStrings reports whether some text is JSON that is printed with line breaks.
func hasJSONStrings(sample []line) bool {
	if len(sample) == 0 {
		return false
	}
	front := strings.TrimSpace(sample[0].text)
	opens := front == "[" || strings.HasPrefix(front, "{") || strings.HasSuffix(front, " {") || strings.HasSuffix(front, " [")
	const few = 3
	strung, quotes := 0, 0
	for _, l := range sample {
		if strings.IndexByte(l.text, '"') < 0 {
			continue
		}
		quotes++
		if _, ok := jsonString(l.text); ok {
			strung++
		}
	}
	return strung > 0 && (opens || strung >= few && strung*2 > quotes)
}

// reLogfmt is the message in a line of names and values, as the logger of Go's programs writes it for people.
var reLogfmt = pattern(`\b(?:msg|message)=(?:"((?:[^"\\]|\\.)*)"|(\S*))`)

func logfmtMessage(line string) (string, bool) {
	m := reLogfmt.FindStringSubmatch(line)
	if m == nil {
		return "", false
	}
	if m[2] != "" {
		return m[2], true
	}
	return strings.TrimSuffix(unescapeJSON(m[1]), "\n"), true
}

func isLogfmt(sample []line) bool {
	text := make([]string, len(sample))
	for i, l := range sample {
		text[i] = l.text
	}
	return nearlyAll(text, func(s string) (string, bool) {
		named := strings.HasPrefix(s, "time=") || strings.HasPrefix(s, "level=") || strings.HasPrefix(s, "ts=")
		return s, named && reLogfmt.MatchString(s)
	})
}

// csvCells splits a line of a table (RFC 4180) whose cells hold no line breaks; nil: it is none.
func csvCells(line string) []string {
	r := csv.NewReader(strings.NewReader(line))
	r.LazyQuotes = true // the text of a log has some
	cells, err := r.Read()
	if err != nil {
		return nil
	}
	return cells
}

// areColumnNames reports whether a line has the names of the columns of a table, and nothing else.
func areColumnNames(line string) bool {
	cells := csvCells(line)
	return len(cells) > 1 && !slices.ContainsFunc(cells, func(c string) bool { return !reColumnName.MatchString(c) })
}

// csvColumn is the column with the text in an export of a log as a table: the longest of those that are not of the same length in each row, as times are;
// -1: it is no table of several columns.
func csvColumn(sample []line) int {
	var sizes, first []int
	var varies []bool
	rows, others := 0, 0
	packed := func(i int) bool { return i >= 0 && i+1 < len(sample) && sample[i].num == sample[i+1].num }
	for i, l := range sample {
		if strings.TrimSpace(l.text) == "" || packed(i) || packed(i-1) { // a cell of several lines
			continue
		}
		cells := csvCells(l.text)
		if rows++; rows == 1 {
			if len(cells) < 2 {
				return -1
			}
			sizes, first, varies = make([]int, len(cells)), make([]int, len(cells)), make([]bool, len(cells))
		}
		if len(cells) != len(sizes) {
			others++
			continue
		}
		for i, c := range cells {
			if rows == 2 { // the first may be the names of the columns
				first[i] = len(c)
			}
			sizes[i] += len(c)
			varies[i] = varies[i] || rows > 2 && len(c) != first[i]
		}
	}
	if rows < 2 || others > max(1, rows/10) {
		return -1
	}
	column := len(sizes) - 1
	for i := range sizes {
		if varies[i] && (!varies[column] || sizes[i] > sizes[column]) {
			column = i
		}
	}
	return column
}
