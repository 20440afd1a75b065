package source

import (
	"regexp"
	"strings"
)

// A begun is a regular expression for texts that begin with one of some words, which are quicker to look for. It matches what has none as the expression
// would: not at all.
type begun struct {
	words []string
	re    *regexp.Regexp
}

// behind is an expression that matches only what begins with one of some words.
func behind(expr string, words ...string) begun { return begun{words, regexp.MustCompile(expr)} }

func (b begun) FindStringSubmatch(text string) []string {
	if !startsWithAny(text, b.words) {
		return nil
	}
	return b.re.FindStringSubmatch(text)
}

func (b begun) MatchString(text string) bool {
	return startsWithAny(text, b.words) && b.re.MatchString(text)
}

func startsWithAny(s string, words []string) bool {
	for _, w := range words {
		if strings.HasPrefix(s, w) {
			return true
		}
	}
	return false
}
