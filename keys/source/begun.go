package source

import (
	"strings"
)

// A begun is a regular expression for texts that begin with one of some words, or have one, which are quicker to look for. It matches what has none as the
// expression would: not at all.
type begun struct {
	words    []string
	anywhere bool // in the text, not at its front
	re       *lazyRegexp
}

// behind is an expression that matches only what begins with one of some words.
func behind(expr string, words ...string) begun {
	return begun{words: words, re: pattern(expr)}
}

// having is an expression that matches only what has one of some words in it.
func having(expr string, words ...string) begun {
	return begun{words: words, anywhere: true, re: pattern(expr)}
}

func (b *begun) may(text string) bool {
	if b.anywhere {
		return hasAny(text, b.words)
	}
	return startsWithAny(text, b.words)
}

func (b *begun) FindStringSubmatch(text string) []string {
	if !b.may(text) {
		return nil
	}
	return b.re.FindStringSubmatch(text)
}

func (b *begun) MatchString(text string) bool { return b.may(text) && b.re.MatchString(text) }

func (b *begun) ReplaceAllString(text, with string) string {
	if !b.may(text) {
		return text
	}
	return b.re.ReplaceAllString(text, with)
}

func startsWithAny(s string, words []string) bool {
	for _, w := range words {
		if strings.HasPrefix(s, w) {
			return true
		}
	}
	return false
}

func hasAny(s string, words []string) bool {
	for _, w := range words {
		if strings.Contains(s, w) {
			return true
		}
	}
	return false
}
