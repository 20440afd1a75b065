package source

import (
	"strconv"
	"strings"
)

// What rsyslog puts in the place of a line break, and of a tab.
const (
	packedBreak = "#012"
	packedTab   = "#011"
)

// expand appends to dst the lines that a logger packed into l. All keep l's number.
func expand(l line, dst []line) []line {
	if at := jsonStart(l.text); at >= 0 {
		if text, stamp, ok := fromJSON(l.text[at:], 0); ok {
			l.text, l.at = l.text[:at]+text, stamp
		}
	} else if strings.Contains(l.text, `\n`) && strings.Contains(l.text, `msg="`) {
		l.text = fromLogfmt(l.text)
	}
	if !strings.Contains(l.text, packedBreak) && !strings.Contains(l.text, "\n") {
		return append(dst, l)
	}
	if strings.Contains(l.text, packedBreak+packedTab) {
		l.text = strings.ReplaceAll(l.text, packedTab, "\t")
	}
	for part := range strings.SplitSeq(strings.ReplaceAll(l.text, packedBreak, "\n"), "\n") {
		dst = append(dst, l.with(withoutFence(strings.TrimSuffix(part, "\r"))))
	}
	return dst
}

// fromLogfmt undoes the escapes in msg="...", in which several lines are packed.
func fromLogfmt(text string) string {
	front, rest, _ := strings.Cut(text, `msg="`)
	for i := 0; i < len(rest); i++ {
		switch rest[i] {
		case '\\':
			i++
		case '"':
			return front + `msg="` + "\n" + unescapeJSON(rest[:i])
		}
	}
	return text
}

// unescapeJSON undoes the escapes of a string in JSON, also of one that is cut off.
func unescapeJSON(s string) string {
	if strings.IndexByte(s, '\\') < 0 {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] != '\\' || i+1 == len(s) {
			b.WriteByte(s[i])
			continue
		}
		switch i++; s[i] {
		case 'n':
			b.WriteByte('\n')
		case 't':
			b.WriteByte('\t')
		case 'r', 'b', 'f':
		case 'u':
			if n, err := strconv.ParseUint(s[i+1:min(i+5, len(s))], 16, 16); err == nil {
				b.WriteRune(rune(n))
				i += 4
			}
		default:
			b.WriteByte(s[i])
		}
	}
	return b.String()
}
