package source

import (
	"strconv"
	"strings"

	"github.com/ikedecode/ikedecode/keys/internal/lex"
)

// People and tools write keys in groups (60:cb:19:4a, 60cb194a 87950d72), as arrays of bytes (0x60, 0xcb; \x60\xcb), and break them where a line gets too
// long. A view that undoes this makes one number of it.

const (
	leastDigits = 16 // of a number in groups
	leastBroken = 9  // of the part of a number at the end of a line: rows of dumps end in a group of 8 digits or less
)

// joinHex puts the groups of each number of a line together.
func joinHex(s string) string {
	if !mayHaveGroups(s) {
		return s
	}
	var b strings.Builder
	done := 0 // so much of s is in b
	for at := 0; at < len(s); {
		if !lex.IsHexDigit(s[at]) && s[at] != '\\' || at > 0 && isWordByte(s[at-1]) {
			at++
			continue
		}
		digits, end := groupsAt(s, at)
		if digits == "" {
			at = runEnd(s, at+1, isWordByte)
			continue
		}
		b.WriteString(s[done:at])
		b.WriteString(digits)
		at, done = end, end
	}
	if done == 0 {
		return s
	}
	b.WriteString(s[done:])
	return b.String()
}

// mayHaveGroups is a cheap look for what stands between two groups, or for an array.
func mayHaveGroups(s string) bool {
	const few = 3
	n := 0
	for i := 2; i+1 < len(s); i++ {
		if lex.IsHexDigit(s[i+1]) && lex.IsHexDigit(s[i-1]) && strings.IndexByte(groupMarks, s[i]) >= 0 || s[i] == 'x' || s[i] == 'X' {
			if n++; n >= few {
				return true
			}
		}
	}
	return strings.Contains(s, "0X") || strings.Contains(s, "0x ") || hasHexMark(s)
}

// groupMarks may stand between the groups of a number; a dot, between those that are no parts of an address.
const groupMarks = ": -_."

// hexMark ends a number in hex in assemblers and some manuals: 8ee4h.
const hexMark = 'h'

// isHexMark reports whether the byte at a place ends a number in hex, and a word.
func isHexMark(s string, at int) bool {
	return at < len(s) && s[at]|0x20 == hexMark && (at+1 == len(s) || !isWordByte(s[at+1]))
}

// hasHexMark reports whether a long number has that mark: a cheap look.
func hasHexMark(s string) bool {
	for at := leastDigits; at < len(s); at++ {
		if isHexMark(s, at) && lex.IsHex(s[at-leastDigits:at]) {
			return true
		}
	}
	return false
}

// groupsAt are the digits of a number in groups that begins at a byte, behind 0x, and where it ends; "": there is none.
func groupsAt(s string, at int) (digits string, end int) {
	if digits, end = bytesAt(s, at); digits != "" {
		return digits, end
	}
	start := at
	prefix, apart := "", false
	if strings.HasPrefix(s[at:], "0x") || strings.HasPrefix(s[at:], "0X") {
		prefix = "0x"
		at = runEnd(s, at+2, isBlank)
		apart = at > start+2
	}
	end = runEnd(s, at, lex.IsHexDigit)
	size := end - at
	switch {
	case size >= leastDigits && size%2 == 0 && isHexMark(s, end):
		return "0x" + s[at:end], end + 1
	case apart && size >= leastDigits, prefix != "" && !apart && s[start+1] == 'X' && size > 0:
		digits = prefix + s[at:end]
	}
	if size != 2 && size != 4 && size != 8 && size != 16 || end == len(s) || strings.IndexByte(groupMarks, s[end]) < 0 || s[end] == '.' && size < 4 {
		return digits, end
	}
	mark, first, groups := s[end], end, 1
	for end < len(s) && s[end] == mark {
		next := runEnd(s, end+1, lex.IsHexDigit)
		n := next - end - 1
		if n == 0 || n > size || n%2 != 0 || next < len(s) && isWordByte(s[next]) && s[next] != mark {
			break
		}
		if n < size && usualKey(size*groups/2) { // the size of an ICV, or a text
			break
		}
		groups, end = groups+1, next
		if n < size {
			break
		}
	}
	if n, err := strconv.Atoi(s[at : at+size]); mark == ':' && size == 2 && err == nil && groups > leastDigits/2 && n == groups-1 { // FortiOS has the number of bytes before a key
		return s[at:at+size+1] + strings.ReplaceAll(s[at+size+1:end], ":", ""), end
	}
	if groups > 1 && end-at-(groups-1) >= leastDigits {
		return prefix + strings.ReplaceAll(s[at:end], string(mark), ""), end
	}
	return digits, first
}

// usualKey reports whether keys have so many bytes, with a salt or not.
func usualKey(n int) bool {
	switch n {
	case 16, 20, 24, 28, 32, 36, 48, 64:
		return true
	}
	return false
}

// bytesAt is groupsAt for bytes that each have a mark before them: \x60\xcb, or 0x60, 0xcb.
func bytesAt(s string, at int) (digits string, end int) {
	mark, one := "", len("0x60")
	switch {
	case strings.HasPrefix(s[at:], `\x`):
		mark = `\x`
	case strings.HasPrefix(s[at:], "0x"):
		mark = "0x"
		if n := runEnd(s, at+2, lex.IsHexDigit) - at - 2; n == 4 || n == 8 { // words of two or four bytes
			one = 2 + n
		}
	default:
		return "", at
	}
	const most = 2 << 10 // digits, so that a long line is not read again and again
	var b []byte
	for next := at; len(b) < most && len(s) >= next+one && s[next:next+2] == mark && runEnd(s[:next+one], next+2, lex.IsHexDigit) == next+one; {
		b = append(b, s[next+2:next+one]...)
		end = next + one
		if next = end; mark == "0x" {
			if next = runEnd(s, end, func(c byte) bool { return c == ',' || isBlank(c) }); next == end {
				break
			}
		}
	}
	if len(b) < leastDigits || end < len(s) && isWordByte(s[end]) {
		return "", at
	}
	return "0x" + string(b), end
}

// brokenHex is a line without the mark that it goes on, where it ends in a number that the next one may go on with; ok.
func brokenHex(s string) (text string, ok bool) {
	text = trimBlanks(s)
	text = strings.TrimRight(strings.TrimSuffix(text, `\`), " \t")
	n := 0
	for n < len(text) && lex.IsHexDigit(text[len(text)-1-n]) {
		n++
	}
	return text, n >= leastBroken && (n == len(text) || strings.IndexByte(" \t\"'=:,x", text[len(text)-1-n]) >= 0)
}

// goesOn reports whether a line begins with the rest of a number, and gives it without the blanks before that.
func goesOn(s string) (rest string, ok bool) {
	rest = trimFront(s)
	end := runEnd(rest, 0, lex.IsHexDigit)
	return rest, end > 1 && (end == len(rest) || strings.IndexByte(" \t\"',;\\)", rest[end]) >= 0)
}

// isCounted reports whether a line, behind one that ends in a key, begins with the number that a tool gave it: that is no rest of the key.
func isCounted(before, s string) bool {
	const most = 7
	s = trimFront(s)
	end := runEnd(s, 0, isDigit)
	return end > 0 && end <= most && end < len(s) && isBlank(s[end]) && endsInKey(before)
}

// endsInKey reports whether a text ends in a number that is as long as keys are.
func endsInKey(s string) bool {
	n := 0
	for n < len(s) && lex.IsHexDigit(s[len(s)-1-n]) {
		n++
	}
	return n%2 == 0 && usualKey(n/2)
}

// isOffsetRow reports whether a line has a row of a dump in a log, two bytes or more behind its offset or a bar: daemons write those as groups, and
// their readers know them.
func isOffsetRow(s string) bool {
	const least, most = 4, 8 // digits of an offset in hex, as hexdump prints it
	text := trimFront(s)
	if n := runEnd(text, 0, lex.IsHexDigit); n >= least && n <= most && text[n-1] == '0' && strings.HasPrefix(text[n:], "  ") && isRowByte(text, n, 2) {
		return true
	}
	for at := range len(s) {
		if s[at] != ':' && s[at] != '|' || at+1 == len(s) || s[at+1] != ' ' && s[at+1] != '\t' {
			continue
		}
		front := at
		if s[at] == ':' {
			for front > 0 && isDigit(s[front-1]) {
				front--
			}
			if n := at - front; n < 1 || n > 5 {
				continue
			}
		}
		if (front == 0 || strings.IndexByte(" \t>", s[front-1]) >= 0) && isRowByte(s, at+1, 2) {
			return true
		}
	}
	return false
}

// isRowByte reports whether so many bytes in hex follow at a place, blanks before and behind each.
func isRowByte(s string, at, n int) bool {
	blank := func(c byte) bool { return c == ' ' || c == '\t' }
	for ; n > 0; n-- {
		at = runEnd(s, at, blank)
		if at+2 >= len(s) || !lex.IsHexDigit(s[at]) || !lex.IsHexDigit(s[at+1]) || !blank(s[at+2]) {
			return false
		}
		at += 2
	}
	return true
}

// hasSpelledHex reports whether some text has numbers in groups or broken ones, but for the rows of dumps.
func hasSpelledHex(text []string) bool {
	broken := false
	for _, s := range text {
		if _, ok := goesOn(s); broken && ok || !isOffsetRow(s) && joinHex(s) != s {
			return true
		}
		_, broken = brokenHex(s)
	}
	return false
}
