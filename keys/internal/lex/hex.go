package lex

import (
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
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
	var groups []string
	for i, start := 0, 0; i < len(s); i++ {
		switch c := s[i]; {
		case IsHexDigit(c):
			if digits = append(digits, c); i+1 == len(s) || !IsHexDigit(s[i+1]) {
				groups = append(groups, s[start:i+1])
			}
		case c == ' ' || c == '-' || c == ':' || c == '\n' || c == '\t' || c == '\r':
			start = i + 1
		case c == 'x' && i == start+1 && s[start] == '0' && start > 0: // each group has a 0x of its own
			digits, groups, start = digits[:len(digits)-1], groups[:len(groups)-1], i+1
		case IsRedacted(text):
			return nil, ErrRedacted
		default:
			return nil, BadDigit(s[i:], len(text)-len(s)+i+1)
		}
	}
	if whole, ok := JoinGroups(groups, 0); ok {
		return whole, nil
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

// JoinGroups puts together groups of hex that lost their leading zeros, as spreadsheets and careless programs print them ("1 ab 0 ff",
// "0x99b2b8a 0x1f"): each is as long as the longest, or the next power of two. The last may be shorter, in a value of want bytes, or where
// want is 0 of a length that keys have. Two neighbours that are one group broken by a window are put together. ok is false where the
// groups are whole, or too few of them to tell.
func JoinGroups(groups []string, want int) (value []byte, ok bool) {
	width := groupWidth(groups)
	if width == 0 {
		return nil, false
	}
	var digits strings.Builder
	changed := false
	for i := 0; i < len(groups); i++ {
		g, lost := groups[i], 0
		switch last := i == len(groups)-1; {
		case len(g) == width:
		case !last && width >= 8 && len(g)+len(groups[i+1]) == width:
			i++
			g += groups[i]
		case last && !changed && want == 0 && len(g)%2 == 0: // of a value that is no multiple of a group
		case last:
			lost = lastGroup(g, digits.Len(), width, want) - len(g)
		default:
			lost = width - len(g)
		}
		if lost > mostLost && width >= longGroup {
			return nil, false
		}
		changed = changed || lost > 0
		g = strings.Repeat("0", lost) + g
		digits.WriteString(g)
	}
	if !changed {
		return nil, false
	}
	value, err := hex.DecodeString(digits.String())
	return value, err == nil
}

// A group of so many digits begins with more zeros than mostLost once in 65,536: a shorter one is cut off.
const longGroup, mostLost = 8, 4

// groupWidth is how many digits each group has, where most have that many; 0: they have no width in common.
func groupWidth(groups []string) int {
	const fewest = 4
	longest, width := 0, 2
	for _, g := range groups {
		longest = max(longest, len(g))
	}
	for width < longest {
		width *= 2
	}
	const widest = 16
	if len(groups) < fewest && width < widest || len(groups) < 2 || width > widest {
		return 0
	}
	full := 0
	for _, g := range groups {
		if !IsHex(g) {
			return 0
		}
		if len(g) == width {
			full++
		}
	}
	const surely = 8 // single bytes
	if full*2 < len(groups) && (width > 2 || full == 0 || len(groups) < surely) {
		return 0
	}
	return width
}

// keyLengths are the lengths of keys in bytes, with salts.
var keyLengths = []int{8, 16, 20, 24, 28, 32, 36, 48, 64}

// lastGroup is how many digits the last group has, of which some are seen, behind so many others.
func lastGroup(g string, before, width, want int) int {
	if n := 2*want - before; want > 0 && n >= len(g) && n <= width {
		return n
	}
	for n := len(g) + len(g)%2; n <= width; n += 2 {
		if slices.Contains(keyLengths, (before+n)/2) {
			return n
		}
	}
	if before%width == 0 && len(g)%2 == 0 {
		return len(g)
	}
	return width
}
