package source

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io"
	"strings"

	"github.com/ikedecode/ikedecode/keys/internal/lex"
	"github.com/ikedecode/ikedecode/keys/secret"
)

// A file may be sent through a console or a ticket as text that has its bytes: in base64, perhaps between the lines of uuencode -m, or as hexdump -C, xxd
// or xxd -p print it. Where the first lines are that and give text, or something compressed, the file is read as what it stands for.

// An encoding gives the bytes of a line; false: the line is none of it.
type encoding func(line string) ([]byte, bool)

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
	left := min(maxSmallFile, v.left[depth])
	text, err := io.ReadAll(&limitReader{r: r, left: &left})
	if err != nil {
		return nil, true, fmt.Errorf("%s: %w", name, err)
	}
	bag, err = v.readAny(name, bytes.NewReader(decoded(text, decode)), depth+1)
	return bag, true, err
}

// encodingOf is the encoding of a file by its front; nil: none.
func encodingOf(head []byte) encoding {
	if bytes.IndexByte(head, 0) >= 0 {
		return nil
	}
	whole := head
	if end := bytes.LastIndexByte(head, '\n'); end >= 0 && len(head) == encodedHead {
		whole = head[:end]
	}
	for _, decode := range []encoding{rowBytes, plainHex, base64Bytes} {
		if b := decoded(whole, decode); len(b) >= leastEncoded && isContent(b) {
			return decode
		}
	}
	return nil
}

// decoded are the bytes that the lines of a text stand for; nil where one is not of the encoding, but for the marks of uuencode.
func decoded(text []byte, decode encoding) (b []byte) {
	for line := range bytes.Lines(text) {
		s := strings.TrimSpace(string(line))
		if s == "" || s == "====" || strings.HasPrefix(s, "begin-base64 ") {
			continue
		}
		if s == "*" { // rows like the one before, left out: no text has any
			return b
		}
		part, ok := decode(s)
		if !ok {
			return nil
		}
		b = append(b, part...)
	}
	return b
}

// base64Bytes are those of a line of base64. Each is whole: 76 or 64 characters stand for 57 or 48 bytes.
func base64Bytes(line string) ([]byte, bool) {
	b, err := base64.StdEncoding.DecodeString(line[:len(line)/4*4]) // the front of a file may end in it
	return b, err == nil && len(b) > 0
}

// plainHex are those of a line of hex digits.
func plainHex(line string) ([]byte, bool) {
	b, err := hex.DecodeString(line[:len(line)/2*2])
	return b, err == nil && len(b) > 0
}

// rowBytes are those of a row of hexdump -C or xxd: an offset in hex, perhaps with a colon, up to 16 bytes in groups, and behind two blanks or a bar what
// they are as text.
func rowBytes(line string) ([]byte, bool) {
	const least = 7 // digits of an offset: od -A x prints as many
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
	} else if bar := strings.Index(row, "  |"); bar >= 0 {
		row = row[:bar]
	}
	b, err := hex.DecodeString(strings.ReplaceAll(row, " ", ""))
	const most = 32
	return b, err == nil && len(b) > 0 && len(b) <= most
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
