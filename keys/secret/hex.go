package secret

import (
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"
)

var (
	errNoHex    = errors.New("no hex digits")
	errOddHex   = errors.New("odd number of hex digits")
	errRedacted = errors.New("redacted in the source")
)

// parseHex reads hex as people and programs write it: either case, with or without 0x, in groups split by space, '-',
// ':' or line breaks. An error names the place of a bad digit, never the value.
func parseHex(text string) ([]byte, error) {
	s := strings.TrimSpace(text)
	if len(s) >= 2 && s[0] == '0' && (s[1] == 'x' || s[1] == 'X') {
		s = s[2:]
	}
	digits := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case isHexDigit(c):
			digits = append(digits, c)
		case c == ' ' || c == '-' || c == ':' || c == '\n' || c == '\t' || c == '\r':
		default:
			return nil, badDigit(s[i:], len(text)-len(s)+i+1)
		}
	}
	if len(digits)%2 != 0 {
		return nil, errOddHex
	}
	out := make([]byte, len(digits)/2)
	_, err := hex.Decode(out, digits)
	return out, err
}

// badDigit names the first character of s.
func badDigit(s string, position int) error {
	r, _ := utf8.DecodeRuneInString(s)
	return fmt.Errorf("bad hex digit %q at position %d", r, position)
}

// parseHexValue is parseHex for a value that may not be empty and may be hidden by the program that printed it.
func parseHexValue(text string) ([]byte, error) {
	if isRedacted(text) {
		return nil, errRedacted
	}
	b, err := parseHex(text)
	if err == nil && len(b) == 0 {
		err = errNoHex
	}
	return b, err
}

// isRedacted reports whether text stands in the place of a key that was taken out: <<Keys hidden>>, ****,
// 0xENCAUTHKEY.
func isRedacted(text string) bool {
	t := strings.TrimSpace(text)
	return strings.HasPrefix(t, "<<") || strings.HasPrefix(t, "**") || strings.Contains(t, "****") ||
		strings.EqualFold(t, "0xENCAUTHKEY") || strings.EqualFold(t, "<hidden>") || strings.EqualFold(t, "<redacted>")
}

func isHexDigit(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F'
}

// isHex reports whether s is hex digits alone, and at least one.
func isHex(s string) bool {
	for i := 0; i < len(s); i++ {
		if !isHexDigit(s[i]) {
			return false
		}
	}
	return s != ""
}

// hexGroups reads a row of hex groups ("fc9c635a a7a316d3 1e"), each of whole bytes, and nothing else.
func hexGroups(s string) ([]byte, bool) {
	fields := strings.Fields(s)
	if len(fields) == 0 {
		return nil, false
	}
	var out []byte
	for _, f := range fields {
		if len(f)%2 != 0 || !isHex(f) {
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
