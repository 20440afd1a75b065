package source

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/ikedecode/ikedecode/keys/internal/lex"
	"github.com/ikedecode/ikedecode/keys/secret"
)

// A file may be sent through a console or a ticket as text that has its bytes: in base64, perhaps between the lines of uuencode -m or as a value of YAML, as
// hexdump, od, xxd, xxd -p or xxd -i print it, escaped for an address of the web, as the record of a terminal. Where the first lines are that and give text,
// or something compressed, the file is read as what it stands for.

// An encoding gives the bytes that a text stands for, or that its front does where it is cut; nil: it is none of it.
type encoding func(text []byte) []byte

// encodings are tried in this order.
var encodings = []encoding{byLine(rowBytes), byLine(charBytes), byLine(arrayBytes), byLine(plainHex), byLine(base64Bytes), percentEncoded, sedLines, terminalRecord, countedMessages, jsonRows, withInnerText}

const (
	encodedHead  = 4 << 10 // bytes that are looked at
	leastEncoded = 48      // bytes that they stand for: a key alone is no file
)

// readEncoded reads what a file in some encoding stands for; false: it is in none.
func (v *visit) readEncoded(name string, r *bufio.Reader, depth int) (bag *secret.Bag, ok bool, err error) {
	head, _ := r.Peek(encodedHead)
	decode := encodingOf(head)
	if decode == nil {
		return nil, false, nil
	}
	most := min(maxSmallFile, v.left[depth])
	text, err := io.ReadAll(io.LimitReader(r, most+1))
	if err != nil {
		return nil, true, fmt.Errorf("%s: %w", name, err)
	}
	if int64(len(text)) > most { // a log, whatever its front looks like
		bag, err = v.readFrom(name, io.MultiReader(bytes.NewReader(text), r), depth, formats)
		return bag, true, err
	}
	bag, err = v.readAny(name, bytes.NewReader(decode(text)), depth+1)
	return bag, true, err
}

// encodingOf is the encoding of a file by its front; nil: none.
func encodingOf(head []byte) encoding {
	if bytes.IndexByte(head, 0) >= 0 {
		return nil
	}
	whole := head
	if end := bytes.LastIndexByte(head, '\n'); end >= encodedHead/2 && len(head) == encodedHead { // else that line is what counts
		whole = head[:end]
	}
	for _, decode := range encodings {
		if b := decode(whole); len(b) >= leastEncoded && isContent(b) {
			return decode
		}
	}
	return nil
}

// byLine is an encoding that gives bytes for each line; false: the line is none of it.
func byLine(decode func(line string) ([]byte, bool)) encoding {
	return func(text []byte) (b []byte) {
		var last row
		repeated := false
		for line := range bytes.Lines(text) {
			s := strings.TrimRight(string(line), "\r\n")
			switch strings.TrimSpace(s) {
			case "", "====":
				continue
			case "*":
				repeated = true
				continue
			}
			part, ok := decode(s)
			if !ok {
				return nil
			}
			if repeated {
				b = append(b, last.until(s, len(b))...)
			}
			last, repeated = row{s, len(b), part}, false
			b = append(b, part...)
		}
		return bytes.TrimRight(b, "\x00") // which fills the last word
	}
}

// A row is one of a dump, which programs print once and then an asterisk where more are like it.
type row struct {
	line  string
	at    int // its place in the bytes
	bytes []byte
}

// until are the bytes of the rows like r that were left out before a line, by its offset; size is how many there are before them.
func (r row) until(line string, size int) []byte {
	const most = 1 << 20
	for _, base := range []int{8, 10, 16} {
		before, err1 := offsetOf(r.line, base)
		next, err2 := offsetOf(line, base)
		if left := next - size; err1 == nil && err2 == nil && before == r.at && 0 < left && left <= most && len(r.bytes) > 0 && left%len(r.bytes) == 0 {
			return bytes.Repeat(r.bytes, left/len(r.bytes))
		}
	}
	return nil
}

// offsetOf is the number before a row.
func offsetOf(line string, base int) (int, error) {
	line = strings.TrimSpace(line)
	n, err := strconv.ParseInt(line[:runEnd(line, 0, lex.IsHexDigit)], base, 32)
	return int(n), err
}

// base64Bytes are those of a line of base64. Each is whole: 76 or 64 characters stand for 57 or 48 bytes.
func base64Bytes(line string) ([]byte, bool) {
	line = strings.TrimSpace(line)
	if strings.HasPrefix(line, "begin-base64 ") {
		return nil, true
	}
	b, err := base64.StdEncoding.DecodeString(line[:len(line)/4*4]) // the front of a file may end in it
	return b, err == nil && len(b) > 0
}

// plainHex are those of a line of hex digits.
func plainHex(line string) ([]byte, bool) {
	line = strings.TrimSpace(line)
	b, err := hex.DecodeString(line[:len(line)/2*2])
	return b, err == nil && len(b) > 0
}

// rowBytes are those of a row of hexdump, od or xxd: an offset, perhaps with a colon, up to 32 bytes in groups, and behind two blanks or a bar what they are
// as text. Words of two bytes without a colon have the second one first.
func rowBytes(line string) ([]byte, bool) {
	const least, most, word = 6, 32, 4 // digits of an offset; bytes; digits
	line = strings.TrimSpace(line)
	at := runEnd(line, 0, lex.IsHexDigit)
	if at < least {
		return nil, false
	}
	if at == len(line) { // hexdump ends with the size
		return nil, true
	}
	rest, colon := strings.CutPrefix(line[at:], ":")
	row := strings.TrimLeft(rest, " ")
	if colon {
		row, _, _ = strings.Cut(row, "  ")
	} else if bar := strings.IndexAny(row, "|>"); bar >= 0 {
		row = row[:bar]
	}
	groups := strings.Fields(row)
	b, err := hex.DecodeString(strings.Join(groups, ""))
	if err != nil || len(b) == 0 || len(b) > most {
		return nil, false
	}
	if !colon && !slices.ContainsFunc(groups, func(g string) bool { return len(g) != word }) {
		for i := 0; i+1 < len(b); i += 2 {
			b[i], b[i+1] = b[i+1], b[i]
		}
	}
	return b, true
}

// isContent reports whether some bytes are text, or the front of something compressed.
func isContent(b []byte) bool {
	if len(b) > 4 && !isBinary(b) && (isZip(b) || b[0] == 0x1f && b[1] == 0x8b) {
		return true
	}
	for _, c := range b {
		if c < ' ' && c != '\n' && c != '\t' && c != '\r' || c >= 0x7f {
			return false
		}
	}
	return bytes.ContainsAny(b, " <=\n")
}
