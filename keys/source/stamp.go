package source

import (
	"strconv"
	"strings"
	"time"

	"github.com/ikedecode/ikedecode/keys/internal/lex"
	"github.com/ikedecode/ikedecode/keys/logs"
)

// A foundStamp is the text of a time, which few lines are asked for.
type foundStamp struct {
	date  string // in the way of syslog or ISO 8601; "": there is none
	clock string // "": there is no time
}

func (f foundStamp) IsZero() bool { return f.clock == "" }

// read makes a time of it.
func (f foundStamp) read() (stamp logs.Stamp) {
	if f.IsZero() {
		return stamp
	}
	return readStamp(f.date, f.clock)
}

// stampOf finds the time in the first bytes of a line.
func stampOf(s string) logs.Stamp {
	if isColonRow(s) {
		return logs.Stamp{}
	}
	found, _, _ := findStamp(s)
	return found.read()
}

// hasStamp reports whether there is a time in the first bytes of a line.
func hasStamp(s string) bool {
	_, start, _ := findStamp(s)
	return start >= 0
}

// findStamp finds the time in the first bytes of a line, with a date or without one, and where it stands; start is -1 where there is none.
func findStamp(s string) (found foundStamp, start, end int) {
	const front, behind = 64, len("00:00:00")
	s = s[:min(len(s), front)]
	for at := 0; at+behind <= len(s); at++ {
		colon := strings.IndexByte(s[at+2:], ':')
		if at += max(colon, 0); colon < 0 || at+behind > len(s) {
			break
		}
		if s[at+5] != ':' || !isClock(s[at:]) {
			continue
		}
		if end = clockEnd(s, at); end < 0 {
			continue
		}
		if start = dateStart(s, at); start >= 0 {
			return foundStamp{s[start:at], s[at:end]}, start, end
		}
	}
	return found, -1, 0
}

// isColonRow reports whether a text begins with a row of hex as OpenSSL prints numbers and signatures, "62:45:bf:22:68", which has more than a clock.
func isColonRow(s string) bool {
	const most, group = len("00:00:00:"), 3
	s = trimFront(s)
	n := 0
	for ; n+group <= len(s) && lex.IsHexDigit(s[n]) && lex.IsHexDigit(s[n+1]) && s[n+2] == ':'; n += group {
	}
	return n > most
}

// isClock reports whether a text of eight bytes or more begins with 00:00:00.
func isClock(s string) bool {
	return isDigit(s[0]) && isDigit(s[1]) && isSixty(s[3:]) && isSixty(s[6:])
}

func isSixty(s string) bool { return '0' <= s[0] && s[0] <= '5' && isDigit(s[1]) }

// clockEnd is where a clock ends with its fraction of a second and its zone, which no word goes on behind; -1: one does.
func clockEnd(s string, at int) int {
	end := at + len("00:00:00")
	ends := func(at int) bool { return at == len(s) || !isWordByte(s[at]) }
	if end < len(s) && (s[end] == '.' || s[end] == ',') {
		const most = 9
		n := end + 1
		for n < len(s) && isDigit(s[n]) && n-end <= most {
			n++
		}
		if zone := zoneEnd(s, n); n > end+1 && zone > n && ends(zone) {
			return zone
		} else if n > end+1 && ends(n) {
			return n
		}
	}
	if zone := zoneEnd(s, end); ends(zone) {
		return zone
	} else if ends(end) {
		return end
	}
	return -1
}

// zoneEnd is where a zone ends that begins at a byte: Z, +0100, +01:00; there, where none does.
func zoneEnd(s string, at int) int {
	switch {
	case at == len(s):
	case s[at] == 'Z':
		return at + 1
	case s[at] == '+' || s[at] == '-':
		n := at + 1
		if len(s) < n+4 || !isDigit(s[n]) || !isDigit(s[n+1]) {
			return at
		}
		if n += 2; s[n] == ':' {
			n++
		}
		if len(s) >= n+2 && isDigit(s[n]) && isDigit(s[n+1]) {
			return n + 2
		}
	}
	return at
}

// dateStart is where the date begins that stands before a clock; where there is none, the clock itself does, unless a word goes on in it: -1.
func dateStart(s string, clock int) int {
	bare := clock
	if clock > 0 && isWordByte(s[clock-1]) {
		bare = -1
	}
	const iso = len("2026-11-25T")
	if at := clock - iso; at >= 0 && (s[clock-1] == ' ' || s[clock-1] == 'T') && isDate(s[at:]) && (at == 0 || !isWordByte(s[at-1])) {
		return at
	}
	at := clock - 1
	if at < 0 || s[at] != ' ' {
		return bare
	}
	digits := at
	for digits > 0 && at-digits < 2 && isDigit(s[digits-1]) {
		digits--
	}
	month := digits
	for month > 0 && s[month-1] == ' ' {
		month--
	}
	if digits < at && month < digits && month >= 3 && isCapital(s[month-3]) && isSmall(s[month-2]) && isSmall(s[month-1]) && (month == 3 || !isWordByte(s[month-4])) {
		return month - 3
	}
	return bare
}

// isDate reports whether a text of ten bytes or more begins with 2026-11-25.
func isDate(s string) bool {
	for i, c := range []byte("0000-00-00") {
		if c == '0' && !isDigit(s[i]) || c == '-' && s[i] != '-' {
			return false
		}
	}
	return true
}

func isCapital(c byte) bool { return 'A' <= c && c <= 'Z' }

func isSmall(c byte) bool { return 'a' <= c && c <= 'z' }

// hasClock reports whether there is something like 00:00 in a text: a cheap look for the many lines without a time.
func hasClock(s string) bool {
	for i := 2; i+2 < len(s); i++ {
		if s[i] == ':' && isDigit(s[i-2]) && isDigit(s[i-1]) && isDigit(s[i+1]) && isDigit(s[i+2]) {
			return true
		}
	}
	return false
}

// readStamp makes a time of a date, or of "", and a clock.
func readStamp(date, clock string) (stamp logs.Stamp) {
	year, month, day := 0, time.January, 1
	if month3, rest, ok := strings.Cut(date, " "); ok && isCapital(date[0]) {
		if i := strings.Index(months, month3); i >= 0 && i%len(month3) == 0 {
			month, stamp.Dated = time.Month(1+i/len(month3)), true
			day, _ = strconv.Atoi(strings.TrimSpace(rest))
		}
	} else if date != "" {
		year, _ = strconv.Atoi(date[:4])
		month, day, stamp.Dated = time.Month(twoDigits(date[5:])), twoDigits(date[8:]), true
	}
	stamp.Precision = time.Second
	hour, minute, second, nanos := twoDigits(clock), twoDigits(clock[3:]), twoDigits(clock[6:]), 0
	if clock = clock[8:]; clock != "" && (clock[0] == '.' || clock[0] == ',') {
		n := 1
		for scale := int(time.Second); n < len(clock) && isDigit(clock[n]); n++ {
			scale /= 10
			nanos += scale * int(clock[n]-'0')
			stamp.Precision /= 10
		}
		clock = clock[n:]
	}
	zone := time.UTC
	if clock != "" {
		stamp.Zoned = true
		if t, err := time.Parse("Z0700", strings.Replace(clock, ":", "", 1)); err == nil {
			zone = t.Location()
		}
	}
	stamp.Clock = time.Date(year, month, day, hour, minute, second, nanos, zone)
	return stamp
}

// months are the names of months as logs have them.
const months = "JanFebMarAprMayJunJulAugSepOctNovDec"

// twoDigits is the number of the first two digits of a text.
func twoDigits(s string) int { return int(s[0]-'0')*10 + int(s[1]-'0') }
