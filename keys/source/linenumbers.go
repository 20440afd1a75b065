package source

import (
	"strconv"
	"strings"
)

// Some web pages and reviews of code have the number of each line in a line of its own, and so has what is copied from them:
//
//	12
//	ikev2_sa_keys: SK_ei with 32 bytes
//	13
//	9d6f3a52 ...
type lineNumbers struct {
	is   bool
	next int // that comes next
}

// detect looks whether the first lines of a file are numbered so, and returns those that are no numbers then.
func (n *lineNumbers) detect(first []line) []line {
	const few = 4
	var texts []line
	numbers := 0
	for i, l := range first {
		at, ok := ownNumber(l.text)
		switch {
		case ok && numbers == 0 && i > 1:
			return first
		case ok && (numbers == 0 || at == n.next):
			numbers++
			n.next = at + 1
		default:
			texts = append(texts, l)
		}
	}
	if n.is = numbers >= few && numbers*10 >= len(texts)*9; !n.is {
		return first
	}
	return texts
}

// drops reports whether a line is the number of the next one.
func (n *lineNumbers) drops(text string) bool {
	if !n.is {
		return false
	}
	at, ok := ownNumber(text)
	if ok = ok && at == n.next; ok {
		n.next++
	}
	return ok
}

// ownNumber is the number that a line is.
func ownNumber(text string) (n int, ok bool) {
	const longest = 7
	if text = strings.TrimSpace(text); text == "" || len(text) > longest || !isDigit(text[0]) {
		return 0, false
	}
	n, err := strconv.Atoi(text)
	return n, err == nil
}

// isRepeatNote reports whether a line is what syslog writes instead of equal ones: last message repeated 3 times.
func isRepeatNote(text string) bool {
	return strings.HasSuffix(text, " times") && strings.Contains(text, "last message repeated ")
}
