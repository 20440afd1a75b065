package source

import "math/bits"

// Most lines of a large log mean nothing to any format. lineWords finds in one pass over a line which formats it has words of, and the line is offered
// to their parsers alone, and to those that at that point of the file want others.
const (
	goneBit    = uint64(1) << 63 // of goneWords
	keyBit     = uint64(1) << 62 // of mayBeKeyWords
	maxFormats = 62              // the bits below those
)

// lineWordsOf are the words of some formats, which have numbers from 1, with the bits of those.
func lineWordsOf(list []format) (words []findWord) {
	if len(list) > maxFormats {
		panic("too many formats")
	}
	for i := range list {
		f := &list[i]
		for _, w := range f.words {
			words = append(words, findWord{text: w, bit: f.bit()})
		}
		for _, w := range f.folded {
			words = append(words, findWord{text: w, bit: f.bit(), fold: true})
		}
		for _, w := range f.starts {
			words = append(words, findWord{text: w, bit: f.bit(), front: true})
		}
	}
	for _, w := range goneWords {
		words = append(words, findWord{text: w, bit: goneBit})
	}
	for _, w := range mayBeKeyWords {
		words = append(words, findWord{text: w, bit: keyBit, fold: true})
	}
	return words
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
