// Package columns counts and fills the columns of text, as a terminal has them: a wide character (UAX #11) takes two, one that
// combines with the character before it none.
package columns

import (
	"strings"

	"github.com/clipperhouse/displaywidth"
)

// Width is the number of columns that s takes.
func Width(s string) int { return displaywidth.String(s) }

// Cut cuts s behind what fits into n columns, though never in front of its first character.
func Cut(s string, n int) (head, tail string) {
	used, at := 0, 0
	g := displaywidth.StringGraphemes(s)
	for g.Next() {
		if used += g.Width(); used > n && at > 0 {
			break
		}
		at += len(g.Value())
	}
	return s[:at], s[at:]
}

// Wrap breaks s at spaces into lines of at most width columns; a word that is longer is broken too. A run of spaces counts as
// one. There is one line at the least.
func Wrap(s string, width int) (lines []string) {
	line, used := "", 0
	for _, word := range strings.Fields(s) {
		n := Width(word)
		if line != "" && used+1+n > width {
			lines = append(lines, line)
			line, used = "", 0
		}
		if line != "" { // also where it has no width yet, as a control character has none
			line, used = line+" ", used+1
		}
		for n > width && line == "" {
			head, tail := Cut(word, width)
			if tail == "" {
				break
			}
			lines = append(lines, head)
			word, n = tail, Width(tail)
		}
		line, used = line+word, used+n
	}
	return append(lines, line)
}
