package source

import (
	"strconv"
	"strings"
)

// Forms in which people paste lines of logs, and in which some systems write them, beside those of syslog. Each is looked for by its first bytes, since
// this is done with every line of a log.

// plainFront takes off a line what a person or a tool put around it: a name of a file and the number of a line that grep prints, the mark of a list, those
// of code in Markdown; and makes a time of a form that few have one that is read.
func plainFront(s string) string {
	if s == "" {
		return s
	}
	const lead = 0xe2 // the first byte of all of them in UTF-8
	if strings.IndexByte(s, lead) >= 0 {
		s = straightQuotes.Replace(s)
	}
	if at := runEnd(s, 0, isBlank); at+2 < len(s) && strings.IndexByte("-*+`", s[at]) >= 0 {
		s = unmarked(s, at)
	}
	s = s[grepEnd(s):]
	if s == "" {
		return s
	}
	if s = s[journalEnd(s):]; s == "" {
		return s
	}
	if isDigit(s[0]) {
		return plainDate(s)
	}
	return s[weekdayEnd(s):]
}

// straightQuotes undoes what word processors and some forums make of quotation marks.
var straightQuotes = strings.NewReplacer("\u201c", `"`, "\u201d", `"`, "\u2018", "'", "\u2019", "'")

// unmarked takes off the mark of a list, or those of code, before what begins as a line of a log does.
func unmarked(s string, at int) string {
	rest := s[at+1:]
	if s[at] == '`' {
		rest = strings.TrimRight(strings.TrimRight(rest, " "), "`")
	} else if rest[0] != ' ' {
		return s
	} else {
		rest = rest[1:]
	}
	if _, start, _ := findStamp(rest); start == 0 || rest != "" && rest[0] == '"' {
		return rest
	}
	return s
}

// grepEnd is where the name of a file, and perhaps the number of a line, end that grep prints before a line with a time: /var/log/auth.log.1:812:
func grepEnd(s string) int {
	at := runEnd(s, 0, func(c byte) bool { return isPathByte(c) || c == '~' })
	if at == 0 || at == len(s) || s[at] != ':' || !(s[0] == '/' || strings.Contains(s[:at], ".log") || runEnd(s, 0, isDigit) == at) {
		return 0
	}
	at++
	if end := runEnd(s, at, isDigit); end > at && end < len(s) && s[end] == ':' {
		if _, start, _ := findStamp(s[at:]); start != 0 { // not of a clock
			at = end + 1
		}
	}
	if _, start, _ := findStamp(s[at:]); start != 0 {
		return 0
	}
	return at
}

// journalEnd is where seconds end that journalctl prints before host and process: [ 1234.567890] gw pluto[8]: or 1795600800.123456 gw pluto[8]: 0, where
// there are none.
func journalEnd(s string) int {
	at := 0
	if s[0] == '[' {
		at = 1
	}
	end := secondsEnd(s, at)
	if end < 0 {
		return 0
	}
	if at == 1 && end < len(s) && s[end] == ']' {
		end++
	}
	if end == len(s) || s[end] != ' ' {
		return 0
	}
	if _, tag := frontTag(s[end+1:]); tag == 0 || !strings.HasSuffix(s[:end+1+tag], "]: ") {
		return 0
	}
	return end + 1
}

// weekdayEnd is where the name of a day ends before a date: Tue Sep 24 15:00:03 2024, Tue 2024-09-24 15:00:03. 0, where there is none.
func weekdayEnd(s string) int {
	const day, date = len("Tue "), len("2024-09-24")
	if isName(s, 0) && len(s) > day+date && s[day-1] == ' ' && (isName(s, day) || isDate(s[day:])) {
		return day
	}
	return 0
}

// plainDate makes two other times such as are read: 2026:11:25-10:00:00 of Sophos UTM, and 11/25/26 10:00:00.123 PM of the console of macOS, whose date
// may have the day first, and is left out.
func plainDate(s string) string {
	const date, both = len("2026:11:25"), len("2026:11:25-10:00:00")
	if len(s) > both && s[4] == ':' && s[7] == ':' && s[date] == '-' && isClock(s[date+1:]) {
		if plain := strings.ReplaceAll(s[:date], ":", "-"); isDate(plain) {
			return plain + " " + s[date+1:]
		}
	}
	slashed := runEnd(s, 0, func(c byte) bool { return isDigit(c) || c == '/' })
	clock := runEnd(s, slashed, func(c byte) bool { return c == ' ' || c == ',' })
	if clock == slashed || strings.Count(s[:slashed], "/") != 2 {
		return s
	}
	end := runEnd(s, clock, func(c byte) bool { return isDigit(c) || c == ':' || c == '.' })
	hours, rest, ok := strings.Cut(s[clock:end], ":")
	hour, err := strconv.Atoi(hours)
	if !ok || err != nil || hour > 24 {
		return s
	}
	message := strings.TrimPrefix(s[end:], "\u202f") // which macOS puts there
	switch half := strings.TrimLeft(message, " "); {
	case strings.HasPrefix(half, "AM"):
		hour, message = hour%12, half[2:]
	case strings.HasPrefix(half, "PM"):
		hour, message = hour%12+12, half[2:]
	}
	if hours = strconv.Itoa(hour); hour < 10 {
		hours = "0" + hours
	}
	return hours + ":" + rest + message
}

// afterTime is where the year ends that stands behind a clock, and where the facility and the level do that OpenWrt prints there: 2024 authpriv.warn
func afterTime(s string) int {
	at := yearEnd(s, 0)
	word := runEnd(s, min(at+1, len(s)), isSmall)
	if at == len(s) || s[at] != ' ' || word == at+1 || word == len(s) || s[word] != '.' {
		return at
	}
	for _, level := range []string{"emerg", "alert", "crit", "err", "warn", "notice", "info", "debug"} {
		if end := word + 1 + len(level); strings.HasPrefix(s[word+1:], level) && end < len(s) && s[end] == ' ' {
			return end
		}
	}
	return at
}
