package source

import (
	"encoding/hex"
	"slices"
	"strings"

	"github.com/ikedecode/ikedecode/keys/internal/lex"
)

// Web pages and forums show several blanks as one, and editors make tabs of them: then nothing but its characters tells the text beside the bytes of a dump
// from more bytes.

// A textRow is a row of a dump with the bytes as text beside it.
type textRow struct {
	front, digits, gap, text string
	bytes                    int
}

// textRowOf finds bytes and the same as text in a line, with one blank or more between.
func textRowOf(s string) (r textRow, ok bool) {
	at := pairsAt(s)
	if at < 0 {
		return r, false
	}
	var bytes []byte
	ends := make([]int, 0, 16)
	for end := at; len(bytes) < 16 && pairAt(s, end); {
		b, _ := hex.DecodeString(s[end : end+2])
		bytes = append(bytes, b[0])
		end += 2
		ends = append(ends, end)
		if end < len(s) && s[end] == ' ' {
			end++
		}
	}
	const longest = 64 // of the text, with blanks
	for n := len(bytes); n > 0; n-- {
		rest := strings.TrimLeft(s[ends[n-1]:], " \t")
		if rest != "" && len(rest) <= longest && strings.Join(strings.Fields(rest), " ") == strings.Join(strings.Fields(printable(bytes[:n])), " ") {
			return textRow{s[:at], s[at:ends[n-1]], s[ends[n-1] : len(s)-len(rest)], rest, n}, true
		}
	}
	return r, false
}

// printable is how dumps show bytes as text.
func printable(b []byte) string {
	text := make([]byte, len(b))
	for i, c := range b {
		if text[i] = '.'; ' ' <= c && c <= '~' {
			text[i] = c
		}
	}
	return string(text)
}

// pairAt reports whether a byte in hex stands at a place, and a blank or nothing behind it.
func pairAt(s string, at int) bool {
	return at+2 <= len(s) && lex.IsHexDigit(s[at]) && lex.IsHexDigit(s[at+1]) && (at+2 == len(s) || isBlank(s[at+2]))
}

// pairsAt is where bytes in hex begin in a line, two at least; -1 where none do.
func pairsAt(s string) int {
	for at := 0; at+5 <= len(s); at++ {
		if (at == 0 || s[at-1] == ' ' || s[at-1] == '\t') && pairAt(s, at) && pairAt(s, at+3) {
			return at
		}
	}
	return -1
}

// respaced puts back what stood between the bytes of a dump and their text, and before the rows of pluto's dumps.
func respaced(s string) string {
	if r, ok := textRowOf(s); ok {
		s = r.front + r.digits + "  " + r.text
	}
	if front, row, ok := strings.Cut(s, "| "); ok && pairAt(row, 0) && pairAt(row, 3) {
		s = front + "|   " + row
	}
	return s
}

// isRespaced reports whether some text has dumps that lost the blanks before their text, or no two blanks at all, so that dumps further down may have.
func isRespaced(sample []line) bool {
	const few, least, many = 2, 4, 100
	n := 0
	if len(sample) >= many && !slices.ContainsFunc(sample, func(l line) bool { return strings.Contains(l.text, "  ") || strings.IndexByte(l.text, '\t') >= 0 }) {
		return true
	}
	for _, l := range sample {
		if r, ok := textRowOf(l.text); ok && r.bytes >= least && (r.gap == " " || strings.Contains(r.gap, "\t")) {
			if n++; n >= few {
				return true
			}
		} else if front, row, ok := strings.Cut(l.text, "| "); ok && pairAt(row, 0) && pairAt(row, 3) && !strings.HasSuffix(front, "|") && !strings.Contains(l.text, "  ") {
			if n++; n >= few {
				return true
			}
		}
	}
	return false
}
