package lex

import (
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"
)

// The errors of ParseHex and ParseHexValue.
var (
	ErrNoHex    = errors.New("no hex digits")
	ErrOddHex   = errors.New("odd number of hex digits")
	ErrRedacted = errors.New("redacted in the source")
)

// ParseHex reads hex as people and programs write it: either case, with or without 0x, in groups split by space, '-',
// ':' or line breaks. An error names the place of a bad digit, never the value; it is ErrRedacted where the value was taken out.
func ParseHex(text string) ([]byte, error) {
	s := strings.TrimSpace(text)
	if len(s) >= 2 && s[0] == '0' && (s[1] == 'x' || s[1] == 'X') {
		s = s[2:]
	}
	digits := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case IsHexDigit(c):
			digits = append(digits, c)
		case c == ' ' || c == '-' || c == ':' || c == '\n' || c == '\t' || c == '\r':
		case IsRedacted(text):
			return nil, ErrRedacted
		default:
			return nil, BadDigit(s[i:], len(text)-len(s)+i+1)
		}
	}
	if len(digits)%2 != 0 {
		return nil, ErrOddHex
	}
	out := make([]byte, len(digits)/2)
	_, err := hex.Decode(out, digits)
	return out, err
}

// BadDigit names the first character of s.
func BadDigit(s string, position int) error {
	r, _ := utf8.DecodeRuneInString(s)
	return fmt.Errorf("bad hex digit %q at position %d", r, position)
}

// ParseHexValue is ParseHex for a value that may not be empty and may be hidden by the program that printed it.
func ParseHexValue(text string) ([]byte, error) {
	if IsRedacted(text) {
		return nil, ErrRedacted
	}
	b, err := ParseHex(text)
	if err == nil && len(b) == 0 {
		err = ErrNoHex
	}
	return b, err
}

// IsHexDigit reports whether c is a hex digit of either case.
func IsHexDigit(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F'
}

// IsHex reports whether s is hex digits alone, and at least one.
func IsHex(s string) bool {
	for i := 0; i < len(s); i++ {
		if !IsHexDigit(s[i]) {
			return false
		}
	}
	return s != ""
}

// HexGroups reads a row of hex groups ("fc9c635a a7a316d3 1e"), each of whole bytes, and nothing else.
func HexGroups(s string) ([]byte, bool) {
	fields := strings.Fields(s)
	if len(fields) == 0 {
		return nil, false
	}
	var out []byte
	for _, f := range fields {
		if len(f)%2 != 0 || !IsHex(f) {
			return nil, false
		}
		b, err := hex.DecodeString(f)
		if err != nil {
			return nil, false
		}
		out = append(out, b...)
	}
	return out, true
}
