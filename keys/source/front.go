package source

import (
	"html"
	"slices"
	"strings"
	"unicode/utf8"
)

// An entry is one line of a log without what loggers put in front of a message.
type entry struct {
	num     int
	time    foundStamp
	process string // that syslog or the journal names: "pluto"; "" where none does
	text    string
}

// A front reads the fronts of lines. All parsers of a file share one, since each is offered every line.
type front struct {
	last line
	read entry

	texts int  // lines so far that are neither blank nor comments
	width int  // of the longest line so far, in columns
	full  bool // no line so far is longer than this one, and it is as wide as a terminal may be: the next one may be the rest of it
}

// next counts a line, whose text without blanks around it is given, too.
func (f *front) next(whole, text string) {
	if text != "" && text[0] != '#' {
		f.texts++
	}
	f.full = false
	if slack := len(whole) / 4; len(whole)+slack < f.width { // most lines; escapes of HTML are longer than what they stand for, but for few characters
		return
	}
	if whole = unescaped(whole); len(whole) >= f.width {
		columns := utf8.RuneCountInString(whole)
		f.full = columns >= f.width && leastWidth <= columns && columns <= mostWidth
		f.width = max(f.width, columns)
	}
}

// entry takes off a line what stands before the message.
func (f *front) entry(l line) entry {
	if l != f.last || f.read.num == 0 {
		f.last, f.read = l, readFront(l)
	}
	return f.read
}

// frontNew is host, process, message ID and data of RFC 5424, section 6, which the priority and a 1 before the time announce.
var frontNew = pattern(`^ \S+ ([\w./-]+) \S+ \S+ (?:-|(?:\[[^\]]*\])+) `)

// daemonProcesses are the processes whose tag is known without a process ID beside it, which text of a message may look like.
var daemonProcesses = []string{"pluto", "racoon", "iked", "isakmpd", "vpnc", "kmd", "ikemgr", "charon", "charon-systemd", "charon-nm", "ipsec"}

func readFront(l line) entry {
	e := readText(l)
	if l.at != "" && e.time.IsZero() {
		e.time, _, _ = findStamp(l.at)
	}
	return e
}

// readText is readFront of a line whose time, if it has one, is in its text.
func readText(l line) entry {
	e := entry{num: l.num, text: unescaped(l.text)}
	for strings.HasPrefix(e.text, ">") {
		e.text = strings.TrimPrefix(e.text[1:], " ")
	}
	e.text = plainFront(e.text)
	noise := 0
	if e.text != "" && !('A' <= e.text[0]&^0x20 && e.text[0]&^0x20 <= 'Z') {
		noise = noiseLen(e.text)
	}
	found, start, end := findStamp(e.text[noise:])
	if e.time = found; start == 0 {
		before := e.text[:noise]
		e.text = e.text[noise+end:]
		if strings.HasSuffix(before, ">1 ") {
			if m := frontNew.FindStringSubmatch(e.text); m != nil {
				e.process, e.text = m[1], e.text[len(m[0]):]
				return e
			}
		}
		e.text = e.text[afterTime(e.text):]
		e.text = e.text[zoneNameEnd(e.text, 0, 5):]
		e.text = e.text[streamEnd(e.text, 0):]
		e.text = strings.TrimLeft(e.text, ":] \t")
	} else if noise > 0 {
		e.time, _, _ = findStamp(e.text)
	}
	if !strings.Contains(e.text, ": ") {
		return e
	}
	name, end := frontTag(e.text)
	if pid := strings.HasSuffix(e.text[:end], "]: ") || strings.HasSuffix(e.text[:end], "): "); pid || slices.Contains(daemonProcesses, name) {
		if e.text = e.text[end:]; !slices.Contains(relays, name) {
			e.process = name
		}
		if name == "iked" && (strings.HasPrefix(e.text, "IKE negotiation failed ") || strings.HasPrefix(e.text, "KMD_")) {
			e.process = "kmd" // whose successor in Junos has the name of OpenIKED
		}
	}
	e.text = e.text[whackEnd(e.text):]
	return e
}

// relays are processes that log what a command prints which lets a daemon bring up a connection, so that their name does not tell whose words these are.
var relays = []string{"NetworkManager", "nm-l2tp-service", "nm-libreswan-service", "ipsec", "whack"}

// whackEnd is where the number ends that whack, and so ipsec auto, prints before a message of pluto's: 003 "t" #1: ... 0, where there is none.
func whackEnd(s string) int {
	const end = len("003 ")
	if len(s) > end && isDigit(s[0]) && isDigit(s[1]) && isDigit(s[2]) && s[3] == ' ' && (s[end] == '"' || strings.HasPrefix(s[end:], "packet from ")) {
		return end
	}
	return 0
}

// noiseLen is the length of what stands before the time: marks of a quotation, the priority of syslog, the number that Cisco counts lines with, a
// mark for a clock that is not set, a bracket.
func noiseLen(s string) int {
	at := runEnd(s, 0, func(c byte) bool { return c == '>' || c == '|' || isBlank(c) })
	if end := priorityEnd(s, at); end > at {
		if at = end; at+1 < len(s) && isDigit(s[at]) && s[at+1] == ' ' {
			at += 2
		}
	}
	if end := runEnd(s, at, isDigit); end > at && end-at <= 9 && strings.HasPrefix(s[end:], ": ") {
		at = end + 2
	}
	if at < len(s) && strings.IndexByte("*.[", s[at]) >= 0 {
		at++
	}
	return runEnd(s, at, isBlank)
}

// runEnd is where a run of bytes of a kind ends that begins at a byte.
func runEnd(s string, at int, is func(byte) bool) int {
	for at < len(s) && is(s[at]) {
		at++
	}
	return at
}

func isBlank(c byte) bool { return c == ' ' || '\t' <= c && c <= '\r' && c != '\v' }

// trimBlanks takes blanks and tabs off the end of a text.
func trimBlanks(s string) string {
	end := len(s)
	for end > 0 && (s[end-1] == ' ' || s[end-1] == '\t') {
		end--
	}
	return s[:end]
}

// trimFront takes blanks and tabs off the front of a text.
func trimFront(s string) string {
	return s[runEnd(s, 0, func(c byte) bool { return c == ' ' || c == '\t' }):]
}

// priorityEnd is where the priority of syslog ends that begins at a byte: <30>. There, where none does.
func priorityEnd(s string, at int) int {
	if at < len(s) && s[at] == '<' {
		if end := runEnd(s, at+1, isDigit); end > at+1 && end <= at+4 && end < len(s) && s[end] == '>' {
			return end + 1
		}
	}
	return at
}

// zoneNameEnd is where the name of a zone of 3 letters or more ends behind a blank at a byte, or, behind a time of five columns, +0100. There, where
// none does.
func zoneNameEnd(s string, at, most int) int {
	if at+1 >= len(s) || s[at] != ' ' {
		return at
	}
	end := at + 1
	if c := s[end]; most > 4 && (c == '+' || c == '-') {
		if end = runEnd(s, end+1, isDigit); end-at < 6 {
			return at
		}
		end = at + 6
	} else if end = runEnd(s, end, isCapital); end-at-1 < 3 || end-at-1 > most {
		return at
	}
	if end < len(s) && isWordByte(s[end]) {
		return at
	}
	return end
}

// streamEnd is where the mark of a container's stream ends that begins at a byte: " stdout F ". There, where none does.
func streamEnd(s string, at int) int {
	for _, stream := range []string{" stdout F ", " stdout P ", " stderr F ", " stderr P "} {
		if strings.HasPrefix(s[at:], stream) {
			return at + len(stream)
		}
	}
	return at
}

// frontTag is the process that stands at the front of a message, in syslog's way, perhaps behind its host, and where the text begins behind that; 0:
// there is none.
func frontTag(s string) (name string, end int) {
	host := runEnd(s, 0, func(c byte) bool { return isWordByte(c) || strings.IndexByte(".:-", c) >= 0 })
	if host > 0 && host < len(s) && s[host] == ' ' && s[host-1] != ':' {
		if name, end = tagAt(s, host+1); end > 0 {
			return name, end
		}
	}
	return tagAt(s, 0)
}

// tagAt is frontTag without a host.
func tagAt(s string, at int) (name string, end int) {
	if at == len(s) || !isCapital(s[at]&^0x20) {
		return "", 0
	}
	end = runEnd(s, at, isPathByte)
	name = s[at:end]
	end = pidEnd(s, end)
	if !strings.HasPrefix(s[end:], ": ") {
		return "", 0
	}
	return name[strings.LastIndexByte(name, '/')+1:], end + 2
}

func isPathByte(c byte) bool { return isWordByte(c) || c == '.' || c == '/' || c == '-' }

// pidEnd is where the number of a process ends that begins at a byte: [812] or (812). There, where none does.
func pidEnd(s string, at int) int {
	if at == len(s) || s[at] != '[' && s[at] != '(' {
		return at
	}
	end := runEnd(s, at+1, isDigit)
	if behind := map[byte]byte{'[': ']', '(': ')'}[s[at]]; end == at+1 || end == len(s) || s[end] != behind {
		return at
	}
	return end + 1
}

// unescaped undoes the escapes of HTML.
func unescaped(s string) string {
	if strings.IndexByte(s, '&') < 0 {
		return s
	}
	for _, escape := range []string{"&lt;", "&gt;", "&quot;", "&apos;", "&#"} {
		if strings.Contains(s, escape) {
			return html.UnescapeString(s)
		}
	}
	return s
}
