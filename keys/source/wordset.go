package source

import "strings"

// A wordSet finds in one pass over a text which of several lists of words it has any of: a cheap look at lines of which few do.
type wordSet struct {
	pairs [1 << 16 / 64]uint64 // a bit for each two bytes that a word begins with
	words map[[2]byte][]setWord
	lists int
	fold  bool // in capitals or not
}

// A setWord is a word, with the bit of its list.
type setWord struct {
	word string
	bit  uint64
}

// newWordSet makes a set of one list, of words of two bytes or more.
func newWordSet(words ...string) *wordSet {
	s := &wordSet{}
	s.add(words...)
	return s
}

// newFoldedSet is one that finds words in capitals, too; they are in lower case.
func newFoldedSet(words ...string) *wordSet {
	s := &wordSet{fold: true}
	s.add(words...)
	return s
}

// add adds a list, of 64 at most, and returns its bit.
func (s *wordSet) add(words ...string) uint64 {
	if s.words == nil {
		s.words = make(map[[2]byte][]setWord)
	}
	bit := uint64(1) << s.lists
	s.lists++
	for _, w := range words {
		pairs := []string{w[:2]}
		if upper := strings.ToUpper(w[:2]); s.fold {
			pairs = append(pairs, upper, upper[:1]+w[1:2], w[:1]+upper[1:])
		}
		for _, p := range pairs {
			pair := [2]byte{p[0], p[1]}
			s.words[pair] = append(s.words[pair], setWord{w, bit})
			n := uint16(p[0])<<8 | uint16(p[1])
			s.pairs[n/64] |= 1 << (n % 64)
		}
	}
	return bit
}

// find returns the bits of the lists that a text has a word of.
func (s *wordSet) find(text string) (found uint64) {
	if len(text) < 2 {
		return 0
	}
	n := uint16(text[0])
	for i := 1; i < len(text); i++ {
		n = n<<8 | uint16(text[i])
		if s.pairs[n/64]&(1<<(n%64)) == 0 {
			continue
		}
		for _, w := range s.words[[2]byte{text[i-1], text[i]}] {
			at := text[i-1:]
			if found&w.bit == 0 && (strings.HasPrefix(at, w.word) || s.fold && len(at) >= len(w.word) && strings.EqualFold(at[:len(w.word)], w.word)) {
				found |= w.bit
			}
		}
	}
	return found
}

// in reports whether a text has any word.
func (s *wordSet) in(text string) bool { return s.find(text) != 0 }
