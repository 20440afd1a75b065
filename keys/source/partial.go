package source

import (
	"bytes"
	"strings"
)

// Container runtimes cut long lines into entries, and mark all of them but the last: CRI with a P for the F of whole ones, collectors with that as logtag,
// Docker by the line break that is missing.
//
//	2026-11-23T08:56:55.123456789Z stdout P src 192.0.2.1 d
//	2026-11-23T08:56:55.123456801Z stdout F st 192.0.2.2
//
//	{"log":"src 192.0.2.1 d","stream":"stdout","time":"2026-11-23T08:56:55.123456789Z"}
//	{"log":"st 192.0.2.2\n","stream":"stdout","time":"2026-11-23T08:56:55.123456801Z"}

// A cutLine is the front of a line whose rest is in a later entry.
type cutLine struct {
	num  int
	text strings.Builder
}

// An entryPart is where the text of an entry stands in its line, and whether there is more to come.
type entryPart struct {
	start, end int
	stream     string
	more       bool
}

// isDocker reports whether Docker wrote a file, by its front: some texts end in a line break.
func isDocker(front []byte) bool {
	return bytes.HasPrefix(front, []byte(`{"log":`)) && reDockerLine.Match(front)
}

var (
	reDockerLine = pattern(`\\n", ?"stream": ?"`)
	reEntryText  = pattern(`"log": ?"`)
	reEntryName  = pattern(`"stream": ?"(\w+)"`)
	reEntryTag   = pattern(`"logtag": ?"(P?)`)
)

// partOf finds the text of an entry that may be a part of a line.
func partOf(s string, docker bool) (p entryPart, ok bool) {
	const timeEnd, mark = len("2026-11-23T08:56:55Z"), len(" stdout P ")
	if len(s) > timeEnd && s[10] == 'T' && isDigit(s[0]) {
		at := datedEnd(s, 0)
		if at < 0 || streamNameEnd(s, at) == at || at+mark > len(s) {
			return p, false
		}
		return entryPart{at + mark, len(strings.TrimRight(s, "\r\n")), s[at+1 : at+mark-len(" P ")], s[at+mark-2] == 'P'}, true
	}
	if !strings.HasPrefix(s, "{") || !docker && !strings.Contains(s, `"logtag"`) {
		return p, false
	}
	text, name, tag := reEntryText.FindStringIndex(s), reEntryName.FindStringSubmatch(s), reEntryTag.FindStringSubmatch(s)
	if text == nil || name == nil {
		return p, false
	}
	size := literalEnd(`"`+s[text[1]:]) - 1
	if size < 0 {
		return p, false
	}
	p = entryPart{start: text[1], end: text[1] + size, stream: name[1]}
	p.more = tag != nil && tag[1] != "" || docker && !strings.HasSuffix(s[p.start:p.end], `\n`)
	return p, true
}

// uncut puts an entry to those that have the front of its line, the first of which has the number; false: its rest is in a later one.
func (l *lines) uncut(raw string, num int) (string, int, bool) {
	p, ok := partOf(raw, l.docker)
	if !ok {
		return raw, num, true
	}
	held := l.cut[p.stream]
	if p.more && (held == nil || held.text.Len() < l.maxLine) {
		if held == nil {
			held = &cutLine{num: num}
			if l.cut == nil {
				l.cut = make(map[string]*cutLine)
			}
			l.cut[strings.Clone(p.stream)] = held
		}
		held.text.WriteString(raw[p.start:p.end])
		return "", 0, false
	}
	if held == nil {
		return raw, num, true
	}
	delete(l.cut, p.stream)
	return raw[:p.start] + held.text.String() + raw[p.start:], held.num, true
}
