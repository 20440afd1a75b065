package source

import (
	"strconv"
	"strings"

	"github.com/ikedecode/ikedecode/keys/internal/lex"
)

// A textOrder is that of the lines of a text without times.
type textOrder int

const (
	anyOrder textOrder = iota
	firstFirst
	lastFirst // tac or a web interface put the last line first
)

// orderOf tells it by labels with the size of the dump below them, and by what a text that is no log begins and ends with: blocks begin with a line that
// is less indented than the rest, and dumps with a label.
func orderOf(sample []line) textOrder {
	var text []string
	for _, l := range sample {
		s := strings.TrimRight(l.text[max(loggerEnd(l.text), 0):], " \t\"")
		if s = strings.TrimPrefix(s, `"`); strings.TrimSpace(s) != "" {
			text = append(text, s)
		}
	}
	if len(text) < 2 {
		return anyOrder
	}
	if reColumnName.MatchString(text[0]) && len(text) > 2 {
		text = text[1:]
	}
	below, above, labels := 0, 0, 0
	for i, s := range text {
		labels += btoi(strings.HasSuffix(s, ":"))
		if m := reSizeLabel.FindStringSubmatch(s); m != nil {
			size, _ := strconv.Atoi(m[1])
			below += btoi(rowsSize(text[i+1:], size, 1) == size)
			above += btoi(rowsSize(text[:i], size, -1) == size)
		}
	}
	first, last := text[0], text[len(text)-1]
	switch before, after := depthOf(first), depthOf(last); {
	case below != above:
		return forwardIf(below > above)
	case labels > 1: // a log: its messages begin anyhow
		return anyOrder
	case before != after:
		return forwardIf(before < after)
	case isRow(first) != isRow(last):
		return forwardIf(isRow(last))
	case strings.HasSuffix(first, `\`) != strings.HasSuffix(last, `\`): // the next line goes on
		return forwardIf(strings.HasSuffix(first, `\`))
	}
	return anyOrder
}

// reSizeLabel is the label of a dump with its size.
var reSizeLabel = pattern(`with (\d{1,5}) bytes$`)

// reColumnName is the name of a column, as an export has it in its first line.
var reColumnName = pattern(`^"?[@_A-Za-z]+$`)

func forwardIf(forward bool) textOrder {
	if forward {
		return firstFirst
	}
	return lastFirst
}

// rowsSize is how many bytes the rows of hex have that follow each other from the front of some lines, or from their end.
func rowsSize(text []string, most, step int) (n int) {
	at := 0
	if step < 0 {
		at = len(text) - 1
	}
	for ; at >= 0 && at < len(text) && n <= most; at += step {
		b, ok := lex.HexGroups(text[at])
		if !ok || len(b) == 0 {
			break
		}
		n += len(b)
	}
	return n
}

// depthOf is by how many bytes a line is indented.
func depthOf(s string) int { return len(s) - len(trimFront(s)) }

// isRow reports whether a line has nothing but hex.
func isRow(s string) bool {
	b, ok := lex.HexGroups(s)
	return ok && len(b) > 0
}
