package source

import (
	"fmt"
	"math/bits"
	"slices"
	"strings"
)

// A lineFilter tells which formats a line may mean something to, in one pass over it: most lines of a large log are nothing to any. Each four bytes
// of the line, as capitals or not, are looked up in a table of bits; only where one is set are words compared.
type lineFilter struct {
	grams [gramBits / 64]uint64
	words map[uint32][]filterWord // by the gram that stands for them
	// slots has them by the hash of the gram, each in the first slot from there on that was free.
	slots []filterSlot
}

type filterSlot struct {
	gram  uint32
	words []filterWord
}

// A filterWord is a word of one format.
type filterWord struct {
	text  string
	at    int    // where in it the gram is
	bit   uint64 // of the format
	front bool   // it counts at the front of a line, behind blanks, alone
	fold  bool   // in capitals or not
}

const (
	gramLen    = 4
	gramBits   = 1 << 18
	gramFold   = 0x20202020 // makes lower case of letters
	gramPrime  = 0x9e3779b1
	gramShift  = 32 - 18
	leastWord  = gramLen - 1
	lineBreak  = '\n'                    // stands for what is before and behind a line
	goneBit    = uint64(1) << 63         // of goneWords
	maxFormats = 63                      // the bits below that
	noGram     = uint32(lineBreak) << 24 // before the first byte
)

// newLineFilter makes the filter of some formats, which have numbers from 1.
func newLineFilter(list []format) *lineFilter {
	if len(list) > maxFormats {
		panic("too many formats")
	}
	f := &lineFilter{words: make(map[uint32][]filterWord)}
	for i := range list {
		for _, w := range list[i].words {
			f.add(filterWord{text: w, bit: list[i].bit()})
		}
		for _, w := range list[i].folded {
			f.add(filterWord{text: w, bit: list[i].bit(), fold: true})
		}
		for _, w := range list[i].starts {
			f.add(filterWord{text: w, bit: list[i].bit(), front: true})
		}
	}
	for _, w := range goneWords {
		f.add(filterWord{text: w, bit: goneBit})
	}
	f.slots = make([]filterSlot, 1<<bits.Len(uint(2*len(f.words))))
	for gram, words := range f.words {
		i := f.slot(gram)
		for ; f.slots[i].words != nil; i = (i + 1) % len(f.slots) {
		}
		f.slots[i] = filterSlot{gram, words}
	}
	return f
}

// slot is where the words of a gram are, or behind that.
func (f *lineFilter) slot(gram uint32) int { return int(gram*gramPrime) & (len(f.slots) - 1) }

// add adds a word under its rarest gram. One of three bytes stands under each gram that it can be in.
func (f *lineFilter) add(w filterWord) {
	switch {
	case len(w.text) < leastWord:
		panic(fmt.Sprintf("%q is too short to be looked for", w.text))
	case len(w.text) == leastWord:
		for c := range 256 {
			if c&gramFold == gramFold&0xff { // the others fold to these
				f.under(gramOf(w.text+string([]byte{byte(c)})), w)
			}
		}
		return
	}
	for at := 1; at+gramLen <= len(w.text); at++ {
		if gramWeight(w.text[at:at+gramLen]) < gramWeight(w.text[w.at:w.at+gramLen]) {
			w.at = at
		}
	}
	f.under(gramOf(w.text[w.at:]), w)
}

func (f *lineFilter) under(gram uint32, w filterWord) {
	n := gram * gramPrime >> gramShift
	f.grams[n/64] |= 1 << (n % 64)
	if !slices.Contains(f.words[gram], w) {
		f.words[gram] = append(f.words[gram], w)
	}
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
		case 'a' <= c && c <= 'z' || isDigit(c) || strings.IndexByte(".:-", c) >= 0:
			weight += 2
		default:
			weight++
		}
	}
	return weight
}

// find returns the bits of the formats that a line has words of.
func (f *lineFilter) find(s string) (found uint64) {
	gram := noGram
	for i := 0; i < len(s); i++ {
		gram = gram>>8 | uint32(s[i])<<24
		n := (gram | gramFold) * gramPrime >> gramShift
		if f.grams[n/64]&(1<<(n%64)) != 0 {
			found = f.at(gram|gramFold, s, i+1-gramLen, found)
		}
	}
	gram = gram>>8 | lineBreak<<24
	return f.at(gram|gramFold, s, len(s)+1-gramLen, found)
}

// at adds the formats that have a word under a gram which stands at a byte of a line, which may be the one before it.
func (f *lineFilter) at(gram uint32, s string, at int, found uint64) uint64 {
	for i := f.slot(gram); f.slots[i].words != nil; i = (i + 1) & (len(f.slots) - 1) {
		if f.slots[i].gram != gram {
			continue
		}
		for j := range f.slots[i].words {
			if w := &f.slots[i].words[j]; found&w.bit == 0 && w.in(s, at-w.at) {
				found |= w.bit
			}
		}
		break
	}
	return found
}

// in reports whether the word stands at a byte of a line; a line break at its front is the start of the line.
func (w *filterWord) in(s string, at int) bool {
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

// A need tells which lines a parser wants at some point of a file, beside those with words of its format.
type need uint8

const (
	needLook need = 1 << iota // those that look like its format's
	needFull                  // those that a terminal may have broken, so that the words stand in the next one (wrapping)
	needLine                  // all
)

// A needy is a parser that after some lines wants others than those with words of its format and those that look like it.
type needy interface {
	// needs tells what the next line must have.
	needs() need
}

// A looker is a parser that tells itself, by what it has read so far, whether a line without words of its format may mean something to it: as
// looks of a format.
type looker interface{ looks(text string) bool }

// wanted are the bits of the parsers that a line may mean something to, by the words that were found in it.
func (r *reading) wanted(text string, found uint64) uint64 {
	text = unescaped(text)
	if r.unfiltered {
		return r.all
	}
	wanted := found | r.each
	if r.front.full {
		wanted |= r.full
	}
	wanted &= r.all
	if text == "" {
		return wanted
	}
	for looking := r.looking &^ wanted; looking != 0; looking &= looking - 1 {
		bit := bits.TrailingZeros64(looking)
		if r.looks[r.place[bit]](text) {
			wanted |= 1 << bit
		}
	}
	return wanted
}

// renew asks a parser what the next line must have.
func (r *reading) renew(bit int) {
	i := r.place[bit]
	need := needLook
	if r.needs[i] != nil {
		need = r.needs[i].needs()
	}
	if !r.from[i].filtered() {
		need = needLine
	}
	set := func(bits *uint64, on bool) { *bits = *bits&^(1<<bit) | uint64(btoi(on))<<bit }
	set(&r.each, need&needLine != 0)
	set(&r.full, need&needFull != 0)
	set(&r.looking, need&needLook != 0 && r.looks[i] != nil)
}
