package source

import (
	"strings"
	"unicode/utf8"
)

// clean takes off the line break, and takes out NUL, CR, ANSI escape sequences, what backspaces rub out, the prompt of a pager, and what loggers
// and pages put around a line.
func clean(s string) string {
	s = strings.TrimRight(s, "\r\n")
	if hasControls(s) {
		s = withoutControls(s)
	}
	if strings.HasPrefix(strings.TrimLeft(s, " "), "-") {
		s = rePager.ReplaceAllString(s, "")
	}
	s = withoutFence(s)
	return withoutTail(s)
}

const fence = "```"

// withoutFence takes off the fence of Markdown where a chat puts the first or the last line of the text beside it.
func withoutFence(s string) string {
	if rest, ok := strings.CutPrefix(s, fence); ok && strings.ContainsAny(rest, " 0123456789\"") {
		s = rest
	}
	if rest, ok := strings.CutSuffix(s, fence); ok && rest != "" {
		s = rest
	}
	return s
}

// rePager is the prompt that consoles show at the end of a screen, which the next line follows where the prompt is rubbed out.
var rePager = pattern(`^ *-{1,4} ?(?:\(?(?i:more)\b[^)-]*\)?|\[Q quit[^\]]*\]) ?-{0,4}(?: ?\(\d{1,3}%\))?`)

func hasControls(s string) bool {
	for i := range len(s) {
		if c := s[i]; c < ' ' && c != '\t' || c == 0x7f || c == 0xef && strings.HasPrefix(s[i:], "\uFEFF") {
			return true
		}
	}
	return false
}

func withoutControls(s string) string {
	b := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == 0x1b:
			i += escapeLen(s[i:]) - 1
		case s[i] == '\b' || s[i] == 0x7f:
			_, n := utf8.DecodeLastRune(b)
			b = b[:len(b)-n]
		case s[i] < ' ' && s[i] != '\t' && s[i] != '\n':
		case strings.HasPrefix(s[i:], "\uFEFF"):
			i += len("\uFEFF") - 1
		default:
			b = append(b, s[i])
		}
	}
	return string(b)
}

// composeLen is the length of what docker compose puts before a line: the name of the container, with its number or before a time, and a bar.
func composeLen(s string) int {
	name, rest, _ := strings.Cut(s, " ")
	message, ok := strings.CutPrefix(strings.TrimLeft(rest, " "), "| ")
	if !ok || strings.Trim(name, "0123456789") == "" {
		return 0
	}
	const front = 32
	at := strings.LastIndexAny(name, "-_")
	if numbered := at > 0 && at < len(name)-1 && isDigit(name[at+1]) && isDigit(name[len(name)-1]); !numbered && !hasClock(message[:min(len(message), front)]) {
		return 0
	}
	return len(s) - len(message)
}

// escapeLen is the length of the escape sequence at the front of s: ESC [ parameters letter; ESC ] and the like up to BEL or ESC \, which
// sets the title of a window; else ESC and one byte.
func escapeLen(s string) int {
	if len(s) < 2 {
		return len(s)
	}
	switch s[1] {
	case '[':
		for i := 2; i < len(s); i++ {
			if s[i] >= 0x40 && s[i] <= 0x7e {
				return i + 1
			}
		}
		return len(s)
	case ']', 'P', '_', '^':
		const longest = 1 << 10
		for i := 2; i < min(len(s), longest); i++ {
			if s[i] == '\a' {
				return i + 1
			}
			if s[i] == 0x1b {
				return min(i+2, len(s))
			}
		}
	case '(', ')':
		return min(3, len(s))
	}
	return 2
}
