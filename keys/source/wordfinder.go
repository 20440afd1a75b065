package source

import (
	"fmt"
	"maps"
	"math/bits"
	"slices"
	"strings"
	"sync"
)

// A wordFinder finds in one pass over a text which of many words it has: most lines of a large log have few. Each four bytes of the text, as capitals or
// not, are looked up in a table of bits; only where one is set are words compared. Its tables are made when it is first used, as a [lazyRegexp] is.
type wordFinder struct {
	words []findWord
	once  sync.Once
	*wordTables
}

type wordTables struct {
	grams [gramBits / 64]uint64
	again [againBits / 64]uint64 // by another hash, since most that the first table has are not there
	slots []findSlot             // by that hash, each in the first slot from there on that was free
	shift int                    // what leaves of a hash the number of a slot, its highest bits: grams that differ in their last byte alone differ in no others
	dots  uint64                 // the bit of "...", which is in most rows of a dump that has its text beside it
}

// A findWord is a word that is looked for.
type findWord struct {
	text  string
	bit   uint64 // which is set where it is found
	front bool   // it counts at the front of a line, behind blanks, alone
	fold  bool   // in capitals or not
	at    int    // where in it the gram is that stands for it
}

// A findSlot has the words of one gram.
type findSlot struct {
	gram  uint32
	words []findWord
}

const (
	gramLen   = 4
	gramShift = 32 - 18
	gramBits  = 1 << (32 - gramShift)
	gramPrime = 0x9e3779b1
	gramFold  = 0x20202020 // makes lower case of letters

	againShift = 32 - 16
	againBits  = 1 << (32 - againShift)
	againPrime = 0x85ebca6b

	fourDots  = '.' | '.'<<8 | '.'<<16 | '.'<<24
	lineBreak = '\n'                    // stands for what is before and behind a line
	noGram    = uint32(lineBreak) << 24 // before the first byte
)

// newWordFinder makes one for some words of three bytes or more. One that begins with a line break is found at the front of the text.
func newWordFinder(words []findWord) *wordFinder { return &wordFinder{words: words} }

// tables makes what the words are looked up in.
func (f *wordFinder) tables() {
	byGram := make(map[uint32][]findWord)
	f.wordTables = &wordTables{}
	for _, w := range f.words {
		w.at = w.rarest()
		for _, gram := range w.grams() {
			if !slices.Contains(byGram[gram], w) {
				byGram[gram] = append(byGram[gram], w)
			}
		}
	}
	width := bits.Len(uint(2 * len(byGram)))
	f.slots, f.shift = make([]findSlot, 1<<width), 32-width
	for _, gram := range slices.Sorted(maps.Keys(byGram)) { // in order, so that each run takes the same steps
		list := byGram[gram]
		n, m := gram*gramPrime>>gramShift, gram*againPrime>>againShift
		f.grams[n/64] |= 1 << (n % 64)
		f.again[m/64] |= 1 << (m % 64)
		i := f.slot(gram)
		for ; f.slots[i].words != nil; i = (i + 1) & (len(f.slots) - 1) {
		}
		f.slots[i] = findSlot{gram, list}
		if gram == fourDots && !slices.ContainsFunc(list, func(w findWord) bool { return w.text != "..." || w.front }) {
			f.dots = list[0].bit
		}
	}
}

// newWordSet makes one that only tells whether a text has any of some words.
func newWordSet(words ...string) *wordFinder {
	list := make([]findWord, len(words))
	for i, w := range words {
		list[i] = findWord{text: w, bit: 1}
	}
	return newWordFinder(list)
}

// grams are those that stand for a word: one, or for a word of three bytes each that it can be in.
func (w *findWord) grams() (list []uint32) {
	switch {
	case len(w.text) >= gramLen:
		return []uint32{gramOf(w.text[w.at:])}
	case len(w.text) < gramLen-1:
		panic(fmt.Sprintf("%q is too short to be looked for", w.text))
	}
	for c := range 256 {
		if c&0x20 != 0 { // the others fold to these
			list = append(list, gramOf(w.text+string([]byte{byte(c)})))
		}
	}
	return list
}

// rarest is where in a word the gram begins that is met least often in logs, most likely.
func (w *findWord) rarest() (best int) {
	for at := 1; at+gramLen <= len(w.text); at++ {
		if gramWeight(w.text[at:at+gramLen]) < gramWeight(w.text[best:best+gramLen]) {
			best = at
		}
	}
	return best
}

// gramOf are the first four bytes of a text.
func gramOf(s string) uint32 {
	return (uint32(s[0]) | uint32(s[1])<<8 | uint32(s[2])<<16 | uint32(s[3])<<24) | gramFold
}

// gramWeight is larger for four bytes that are frequent in logs.
func gramWeight(s string) (weight int) {
	for i := range len(s) {
		switch c := s[i] | 0x20; {
		case strings.IndexByte(" etaoinsrdl", c) >= 0:
			weight += 3
		case 'a' <= c && c <= 'z' || isDigit(c) || strings.IndexByte(".:-[]", c) >= 0:
			weight += 2
		default:
			weight++
		}
	}
	for _, often := range []string{"ike", "esp", "byte", "ing", "ion", "pay", "pro", "key", "spi", "enc"} {
		if strings.Contains(strings.ToLower(s), often) {
			weight += 3
		}
	}
	return weight
}

// find returns the bits of the words that a text has.
func (f *wordFinder) find(s string) (found uint64) {
	f.once.Do(f.tables)
	gram, t := noGram, f.wordTables
	for i := 0; i < len(s); i++ {
		gram = gram>>8 | uint32(s[i])<<24
		folded := gram | gramFold
		n := folded * gramPrime >> gramShift
		if t.grams[n/64]&(1<<(n%64)) == 0 {
			continue
		}
		if folded == fourDots && t.dots != 0 {
			found |= t.dots
		} else if m := folded * againPrime >> againShift; t.again[m/64]&(1<<(m%64)) != 0 {
			found = t.at(folded, s, i+1-gramLen, found)
		}
	}
	gram = gram>>8 | lineBreak<<24
	return t.at(gram|gramFold, s, len(s)+1-gramLen, found)
}

// in reports whether a text has any of the words.
func (f *wordFinder) in(s string) bool { return f.find(s) != 0 }

// slot is where the words of a gram are, or behind that.
func (t *wordTables) slot(gram uint32) int { return int(gram * againPrime >> t.shift) }

// at adds the bits of the words under a gram which stands at a byte of a text, or at the one before it.
func (t *wordTables) at(gram uint32, s string, at int, found uint64) uint64 {
	for i := t.slot(gram); t.slots[i].words != nil; i = (i + 1) & (len(t.slots) - 1) {
		if t.slots[i].gram != gram {
			continue
		}
		for j := range t.slots[i].words {
			if w := &t.slots[i].words[j]; found&w.bit != w.bit && w.in(s, at-w.at) {
				found |= w.bit
			}
		}
		break
	}
	return found
}

// in reports whether the word stands at a byte of a line; a line break at its front is the start of the line.
func (w *findWord) in(s string, at int) bool {
	text := w.text
	if at == -1 && text[0] == lineBreak {
		at, text = 0, text[1:]
	}
	if at < 0 || len(s)-at < len(text) {
		return false
	}
	if s[at:at+len(text)] != text && !(w.fold && strings.EqualFold(s[at:at+len(text)], text)) {
		return false
	}
	return !w.front || strings.TrimSpace(s[:at]) == ""
}
