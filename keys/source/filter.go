package source

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
