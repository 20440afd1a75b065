package source

import (
	"strings"

	"github.com/ikedecode/ikedecode/keys/internal/lex"
)

// Windows, tables and loggers cut the ends of long lines off. In a dump nothing tells that the last group of a row lost digits, and it would be filled up
// with zeros, as groups of a spreadsheet are: then the key is wrong. So such a row is marked as one that goes on.

// cutMark stands where the rest of a line was cut off.
const cutMark = "..."

// marginOf is the length of the longest lines of a text, if they were cut off there, and some end within a group of digits; 0: no line was cut off. broken
// tells that the rest of such a group is in the next line: then a window broke the lines, and nothing is missing.
func marginOf(sample []line) (columns int, broken bool) {
	const narrowest = 40
	margin, n, cut := 0, 0, false
	for _, l := range sample {
		if len(l.text) > margin {
			margin, n = len(l.text), 0
		}
		n += btoi(len(l.text) == margin)
	}
	if margin < narrowest || n < 2 {
		return 0, false
	}
	for i, l := range sample {
		lacks := 0
		if len(l.text) == margin {
			lacks = lackingDigits(l.text)
		}
		if lacks == 0 {
			continue
		}
		if i+1 < len(sample) && hasGroupOf(sample[i+1].text, lacks) {
			return 0, true
		}
		cut = true
	}
	if !cut {
		return 0, false
	}
	return margin, false
}

// lackingDigits is how many digits the last group of hex in a line has less than those before it, two at least, which are all of one length; 0: none.
func lackingDigits(text string) int {
	const widest = 8
	at := strings.LastIndexByte(text, ' ')
	last := text[at+1:]
	if at < 0 || last == "" || len(last) >= widest || !lex.IsHex(last) {
		return 0
	}
	width, groups := 0, 0
	for groups < 2 {
		text = strings.TrimRight(text[:max(at, 0)], " ")
		at = strings.LastIndexByte(text, ' ')
		group := text[at+1:]
		if group == "" || !lex.IsHex(group) || width != 0 && len(group) != width {
			return 0
		}
		width = len(group)
		groups++
	}
	if width > widest || width&(width-1) != 0 || len(last) >= width {
		return 0
	}
	return width - len(last)
}

// hasGroupOf reports whether a word of a line is so many digits of hex.
func hasGroupOf(text string, digits int) bool {
	for word := range strings.FieldsSeq(text) {
		if len(word) == digits && lex.IsHex(word) {
			return true
		}
	}
	return false
}

// markCut marks a line that was cut off within a group of digits.
func (l *lines) markCut(next line) line {
	if l.margin == 0 || len(next.text) != l.margin || lackingDigits(next.text) == 0 {
		return next
	}
	if l.cutAt == 0 {
		l.cutAt = next.num
	}
	return next.with(next.text + cutMark)
}
