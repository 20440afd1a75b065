package source

import "strings"

// diff -y, sdiff and editors show two versions of a file beside each other, most lines twice, with a mark between those that differ:
//
//	ikev2_sa_keys: SK_ei with 16 bytes                              ikev2_sa_keys: SK_ei with 16 bytes
//
// Each is cut off at the width of its column.

// besideColumn is the column that the second version begins in; 0: no two stand beside each other.
func besideColumn(sample []line) int {
	const few, narrowest = 4, 20
	columns, lines := map[int]int{}, 0
	for _, l := range sample {
		text := tabsToBlanks(l.text)
		if strings.TrimSpace(text) == "" {
			continue
		}
		lines++
		indent := runEnd(text, 0, isBlank)
		for at := len(text)/2 + 1; at < len(text); at++ { // the second is no longer than the first, and what is between them
			if text[at] != ' ' && text[at-1] == ' ' && strings.TrimSpace(text[:at]) == strings.TrimSpace(text[at:]) {
				columns[at-indent]++
				break
			}
		}
	}
	for column, n := range columns {
		if n >= few && n*10 >= lines*7 && column >= narrowest {
			return column
		}
	}
	return 0
}

// leftOf takes the first of two versions of a line, or the second where there is no first. What fills its column is most likely cut off.
func leftOf(text string, column int) string {
	const between = 4
	if text = tabsToBlanks(text); len(text) <= column {
		return text
	}
	left := trimBlanks(text[:column])
	if full := len(text[:column-between]); len(left) >= full && left[full-1] != ' ' && strings.IndexByte("|<>/\\", left[len(left)-1]) < 0 {
		return left + cutMark
	}
	if n := len(left); n > column-between && n > 1 && strings.IndexByte("|<>/\\", left[n-1]) >= 0 && left[n-2] == ' ' {
		left = trimBlanks(left[:n-1])
	}
	if strings.Trim(left, " |<>") == "" {
		return text[column:]
	}
	return left
}

// tabsToBlanks puts blanks for tabs, which go to every eighth column.
func tabsToBlanks(text string) string {
	const width = 8
	if strings.IndexByte(text, '\t') < 0 {
		return text
	}
	var b strings.Builder
	for i := range len(text) {
		if text[i] != '\t' {
			b.WriteByte(text[i])
			continue
		}
		b.WriteString("        "[b.Len()%width:])
	}
	return b.String()
}
