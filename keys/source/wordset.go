package source

import "strings"

// A wordSet finds whether a text has one of some words, all at once: a cheap look at lines of which few have any.
type wordSet struct {
	pairs [1 << 16 / 64]uint64 // a bit for each two bytes that a word begins with
	words map[[2]byte][]string
}

// newWordSet makes a set of words of two bytes or more.
func newWordSet(words ...string) *wordSet {
	s := &wordSet{words: make(map[[2]byte][]string)}
	for _, w := range words {
		pair := [2]byte{w[0], w[1]}
		s.words[pair] = append(s.words[pair], w)
		n := uint16(w[0])<<8 | uint16(w[1])
		s.pairs[n/64] |= 1 << (n % 64)
	}
	return s
}

// in reports whether one of the words is in a text.
func (s *wordSet) in(text string) bool {
	for i := 1; i < len(text); i++ {
		n := uint16(text[i-1])<<8 | uint16(text[i])
		if s.pairs[n/64]&(1<<(n%64)) == 0 {
			continue
		}
		for _, w := range s.words[[2]byte{text[i-1], text[i]}] {
			if strings.HasPrefix(text[i-1:], w) {
				return true
			}
		}
	}
	return false
}
