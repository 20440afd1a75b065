package source

import (
	"bytes"
	"encoding/hex"
	"strconv"
	"strings"

	"github.com/ikedecode/ikedecode/keys/internal/lex"
)

// A hexRows is a dump below its label, or on its line: rows of hex groups, until there are as many bytes as the label says, or to the first
// line that is no row.
type hexRows struct {
	num     int // line of the label; 0: none is read
	label   string
	program string // that a logger says the label is of
	want    int    // bytes; 0: not known
	value   []byte
	last    []byte                           // row
	filled  bool                             // a group of the dump that was taken lacked digits, which count as zeros at its front
	words   []string                         // the groups of the rows so far, where groups is nil
	groups  func(text string) ([]byte, bool) // how a row looks; nil: groups of hex and nothing else
}

// maxRows bounds a dump: no secret is larger than the shared secret of a large hybrid exchange.
const maxRows = 16 << 10

// begin starts a dump.
func (r *hexRows) begin(num int, label string, want int) {
	r.num, r.label, r.want, r.value, r.words, r.last = num, label, want, nil, nil, nil
}

// needs is every line of a dump.
func (r *hexRows) needs() need {
	if r.num != 0 {
		return needLine
	}
	return needLook
}

// goesOn takes a line below a label, or passes over that of another program; false: the dump has ended before it.
func (r *hexRows) goesOn(text string) bool { return r.row(text) || isForeign(text, r.program) }

// row takes a line; false: the dump has ended before it, or none is read.
func (r *hexRows) row(text string) bool {
	if r.num == 0 || r.full() || len(r.value) >= maxRows {
		return false
	}
	if r.groups != nil {
		b, ok := r.groups(text)
		r.value = append(r.value, b...)
		return ok
	}
	words, b, ok := hexWords(text)
	if !ok || isTwice(b) {
		return false
	}
	if isAgain(b, r.last) {
		return true
	}
	r.words, r.value, r.last = append(r.words, words...), append(r.value, b...), b
	return true
}

// fewRowBytes are fewer than a key has twice by chance.
const fewRowBytes = 8

// isAgain reports whether a row is the one before once more, which a copy has twice: rows of keys differ. Only a key that is hidden has equal ones.
func isAgain(row, last []byte) bool {
	return len(row) >= fewRowBytes && bytes.Equal(row, last) && len(bytes.Trim(row, "\x00")) > 0
}

// isTwice reports whether what a row shows stands on its line twice, as where diff -y shows two files beside each other. Each may be cut off there.
func isTwice(row []byte) bool {
	half, quarter := len(row)/2, len(row)/4
	madeUp := len(row)%4 == 0 && bytes.Equal(row[:quarter], row[quarter:half]) // by a person, of few digits
	return len(row)%2 == 0 && isAgain(row[:half], row[half:]) && !madeUp
}

// hexWords are the groups of a row and their bytes; the groups may have lost their leading zeros.
func hexWords(text string) (words []string, b []byte, ok bool) {
	words = strings.Fields(text)
	for i := range words {
		words[i] = strings.TrimPrefix(words[i], "0x")
	}
	// A number before whole groups is that of the line.
	if _, err := strconv.Atoi(firstOf(words...)); err == nil && len(words) > 1 && len(words[0]) < 8 && len(words[1]) == 8 {
		return nil, nil, false
	}
	if b, ok = lex.HexGroups(strings.Join(words, " ")); !ok {
		b, ok = lex.JoinGroups(words, 0)
	}
	return words, b, ok
}

// offsetRow reads a row as hexdump and xxd print one, behind its offset in hex: bytes or pairs of them, up to 16, and perhaps the same as text.
//
//	00000010  8e e4 a6 96 dd 3c e8 70  8a 54 b7 ed b2 dd 79 62  |.....<.p.T....yb|
//	00000010: 8ee4 a696 dd3c e870 8a54 b7ed b2dd 7962  .....<.p.T....yb
func offsetRow(text string, offset int) (row []byte, ok bool) {
	const rowBytes, least, most = 16, 4, 8
	text = strings.TrimPrefix(strings.TrimLeft(text, " \t"), "0x")
	n := runEnd(text, 0, lex.IsHexDigit)
	if n < least || n > most {
		return nil, false
	}
	if at, err := strconv.ParseUint(text[:n], 16, 32); err != nil || int(at) != offset {
		return nil, false
	}
	text = strings.TrimPrefix(text[n:], ":")
	for width := 0; len(row) < rowBytes; {
		blanks := runEnd(text, 0, isBlank)
		n := runEnd(text[blanks:], 0, lex.IsHexDigit)
		if half := width == 2 && len(row) == rowBytes/2; blanks == 0 || blanks > 2 || len(row) > 0 && blanks == 2 && !half || n != 2 && n != 4 || width != 0 && n > width {
			break
		}
		group, err := hex.DecodeString(text[blanks : blanks+n])
		if err != nil {
			break
		}
		width, row, text = max(width, n), append(row, group...), text[blanks+n:]
	}
	return row, len(row) > 0 && (text == "" || isBlank(text[0]))
}

// full reports whether all that the label announced is there.
func (r *hexRows) full() bool { return r.want > 0 && len(r.value) >= r.want }

// take ends the dump: what it has, and whether that is all that was announced.
func (r *hexRows) take() (label string, value []byte, num int, ok bool) {
	whole, joined := lex.JoinGroups(r.words, r.want)
	if r.filled = joined && hasOneShort(r.words); joined {
		r.value = whole
	}
	label, value, num, ok = r.label, r.value, r.num, r.num != 0 && len(r.value) > 0 && (r.want == 0 || len(r.value) == r.want)
	r.num, r.value, r.words = 0, nil, nil
	return label, value, num, ok
}

// hasOneShort reports whether one group of a dump alone has less digits than the others, which all programs print in full: spreadsheets drop the zeros
// at the front of many.
func hasOneShort(groups []string) bool {
	const few = 4
	longest, short := 0, 0
	for _, g := range groups {
		longest = max(longest, len(g))
	}
	for _, g := range groups {
		short += btoi(len(g) < longest)
	}
	return len(groups) >= few && longest == 8 && short == 1
}

// warnFilled warns of a dump that was filled up with a zero where a copy may have lost another digit.
func (o *out) warnFilled(filled bool, num int, label string) {
	if filled {
		o.warn(num, "%s: a group of digits is short, and read as one without the zeros at its front: a copy may have lost other digits", nameOf(label))
	}
}
