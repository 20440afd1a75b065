// Package render shows what is on the wire as text.
package render

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"strconv"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

// Printable is s as it is where a terminal can take it, and else quoted as Go does: names on the wire may hold anything.
func Printable(s string) string {
	if !utf8.ValidString(s) {
		return strconv.Quote(s)
	}
	for _, r := range s {
		if !unicode.IsPrint(r) {
			return strconv.Quote(s)
		}
	}
	return s
}

// UTF16 decodes b, of even length, in either byte order.
func UTF16(b []byte, littleEndian bool) string {
	var order binary.ByteOrder = binary.BigEndian
	if littleEndian {
		order = binary.LittleEndian
	}
	units := make([]uint16, 0, len(b)/2)
	for ; len(b) >= 2; b = b[2:] {
		units = append(units, order.Uint16(b))
	}
	return string(utf16.Decode(units))
}

// hexValue is b in hex as 0x…, or "" for nothing.
func Hex(b []byte) string {
	if len(b) == 0 {
		return ""
	}
	return "0x" + hex.EncodeToString(b)
}

// keyIDString shows a key ID as text where it is text and not empty, and in hex else.
func PrintableOrHex(b []byte) string {
	if s := string(b); s != "" && Printable(s) == s {
		return s
	}
	return Hex(b)
}

// nameOf is the name of v, or kind and number where it has none.
func Name[T ~uint8 | ~uint16](names map[T]string, v T, kind string) string {
	if name, ok := names[v]; ok {
		return name
	}
	return fmt.Sprintf("%s %d", kind, uint64(v))
}
