package source

import "strings"

// Spreadsheets and pages split the lines of a text at its blanks, a cell for each word.
//
//	<tr><td>src</td><td>192.0.2.1</td><td>dst</td><td>192.0.2.2</td></tr>
//	src,192.0.2.1,dst,192.0.2.2

// cellMarks may stand between the cells of a line.
var cellMarks = []string{"\t", "|", ",", ";"}

// wordsOfCells is a line whose cells hold a word each, with blanks between; false: it is none.
func wordsOfCells(s, mark string) (string, bool) {
	if !strings.Contains(s, mark) {
		return s, false
	}
	var words []string
	for cell := range strings.SplitSeq(strings.Trim(s, " \t|"), mark) {
		cell = strings.TrimSpace(cell)
		if len(cell) > 1 && cell[0] == '"' && cell[len(cell)-1] == '"' {
			cell = strings.ReplaceAll(cell[1:len(cell)-1], `""`, `"`)
		}
		if strings.ContainsAny(cell, " \t") {
			return s, false
		}
		if cell != "" {
			words = append(words, cell)
		}
	}
	return strings.Join(words, " "), len(words) > 1
}

// markOfWords is what stands between the cells of nearly all lines with more than one word; "": not each word is a cell.
func (v *view) markOfWords(sample []line) string {
	for _, mark := range cellMarks {
		several, cells := 0, 0
		for _, l := range sample {
			text, _ := v.undo(l.text)
			for part := range strings.SplitSeq(text, "\n") {
				part = strings.Trim(part, " \t|")
				if !strings.ContainsAny(part, " \t|,;") {
					continue
				}
				several++
				if _, ok := wordsOfCells(part, mark); ok {
					cells++
				}
			}
		}
		if cells > 1 && 10*cells >= 9*several {
			return mark
		}
	}
	return ""
}
