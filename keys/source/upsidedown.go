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
	lastFirst      // tac or a web interface put the last line first, as far as the first and last lines tell
	surelyBackward // the same, as rows of dumps or keys tell
)

// orderOf tells it by the lines as they are, else by what the ways in which they may have been copied make of them.
func orderOf(sample []line, whole bool) textOrder {
	if order := orderOfText(sample); order != anyOrder {
		return order
	}
	forward, backward, sure := false, false, false
	for _, v := range viewsOf(sample, whole) {
		var shown []line
		show := func(l line) error {
			shown = append(shown, l)
			return nil
		}
		for _, l := range sample {
			_ = v.line(l, show) // show has no errors
		}
		_ = v.flush(show)
		order := orderOfText(shown)
		forward, backward = forward || order == firstFirst, backward || order >= lastFirst
		sure = sure || order == surelyBackward
	}
	switch {
	case forward == backward:
		return anyOrder
	case sure:
		return surelyBackward
	}
	return forwardIf(forward)
}

// orderOfText tells the order of lines by labels with the size of the dump below them, by the offsets of a dump, by numbers before lines, by keys that programs print one after
// the other, and by what a text that is no log begins and ends with: blocks begin with a line that is less indented than the rest, and dumps with a label.
func orderOfText(sample []line) textOrder {
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
	before, after := depthOf(first), depthOf(last)
	rising, falling := offsetSteps(text)
	inTurn, reversed := keySteps(text)
	switch {
	case isFalling(numbersOf(text)) && nearlyAll(text, matching(reNumbered)):
		return surelyBackward
	case below < above || below == above && (rising < falling || rising == falling && inTurn < reversed):
		return surelyBackward
	case below != above || rising != falling || inTurn != reversed:
		return firstFirst
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

// reOffset is the offset of a row of hexdump or xxd.
var reOffset = pattern(`^[ \t]*(?:0x)?([0-9a-f]{4,8}):?  ?[0-9a-f]{2}(?:[0-9a-f]{2})?(?: |$)`)

// offsetSteps counts the steps from one row of a dump to the next, up and down.
func offsetSteps(text []string) (rising, falling int) {
	const row = 16
	before := int64(-1)
	for _, s := range text {
		m := reOffset.FindStringSubmatch(s)
		if m == nil {
			before = -1
			continue
		}
		at, err := strconv.ParseInt(m[1], 16, 64)
		if err != nil {
			return 0, 0
		}
		rising += btoi(before >= 0 && at == before+row)
		falling += btoi(before >= 0 && at == before-row)
		before = at
	}
	return rising, falling
}

// reKeyName is the name of a key that has a fixed place among others: all programs print SKEYID_d before SKEYID_a (RFC 2409, section 5), and the key of
// the initiator before that of the responder (RFC 7296, section 2.14).
var reKeyName = having(`(?i)\bsk(?:ey)?_?(?:id_([dae])|([aep])([ir]))\b`, "SK", "sk", "Sk", "sK")

// keySteps counts how often such names follow each other in their order, and in the other one.
func keySteps(text []string) (inTurn, reversed int) {
	const places = "daeir"
	before := map[string]int{}
	for _, s := range text {
		m := reKeyName.FindStringSubmatch(s)
		if m == nil {
			continue
		}
		kind, place := strings.ToLower(m[2]), strings.Index(places, strings.ToLower(m[1]+m[3]))
		if last, seen := before[kind]; seen {
			inTurn += btoi(place > last)
			reversed += btoi(place < last)
		}
		before[kind] = place
	}
	return inTurn, reversed
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
