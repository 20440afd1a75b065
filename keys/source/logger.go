package source

import "strings"

// loggerEnd is where the front of a logger ends: the time, and perhaps host, program and process; -1 where there is none. This is looked for in each
// line of a large log, for which a regular expression is slow.
func loggerEnd(s string) int { return frontEnd(s, true) }

// frontEnd is loggerEnd with what stands behind the time, or without.
func frontEnd(s string, host bool) int {
	at := priorityEnd(s, 0)
	if at > 0 && strings.HasPrefix(s[at:], "1 ") {
		at += 2
	}
	if at < len(s) && s[at] == '[' {
		at++
	}
	if at = loggerTimeEnd(s, at); at < 0 {
		return -1
	}
	if at < len(s) && s[at] == ']' {
		at++
	}
	if host {
		at = streamNameEnd(s, loggerHostEnd(s, at))
	}
	if at < len(s) && s[at] == ':' {
		at++
	}
	if at < len(s) && s[at] == ' ' {
		at++
	}
	return at
}

// loggerTimeEnd is where the time ends that begins at a byte: a date and a clock with a zone, a clock, or seconds; -1 where none does.
func loggerTimeEnd(s string, at int) int {
	day := at
	if isName(s, at) {
		if day = at + 3; day < len(s) && s[day] == ',' {
			day++
		}
		if day == len(s) || s[day] != ' ' {
			day = at
		} else {
			day++
		}
	}
	for _, date := range []int{day, at} { // the first name may be that of a day, or of a month
		if end := datedEnd(s, date); end >= 0 {
			return zoneNameEnd(s, end, 4)
		}
	}
	if end := clockOnlyEnd(s, at, ".,"); end >= 0 {
		return end
	}
	return secondsEnd(s, at)
}

// isName reports whether a day or a month may begin at a byte: a capital and two small letters.
func isName(s string, at int) bool {
	return at+3 <= len(s) && isCapital(s[at]) && isSmall(s[at+1]) && isSmall(s[at+2])
}

// datedEnd is where a date and a clock end: Nov 25 10:00:00, 2026-11-25T10:00:00+01:00; -1 where none begins at a byte.
func datedEnd(s string, at int) int {
	if isName(s, at) {
		const day = len("Nov 25 ")
		if at+day > len(s) || s[at+3] != ' ' || s[at+4] != ' ' && !isDigit(s[at+4]) || !isDigit(s[at+5]) || s[at+6] != ' ' {
			return -1
		}
		if year := at + day; year+5 <= len(s) && runEnd(s, year, isDigit) == year+4 && s[year+4] == ' ' {
			if end := clockOnlyEnd(s, year+5, "."); end >= 0 {
				return yearEnd(s, end)
			}
		}
		if end := clockOnlyEnd(s, at+day, "."); end >= 0 {
			return yearEnd(s, end)
		}
		return -1
	}
	const iso = len("2026-11-25T")
	if at+iso > len(s) || s[at+10] != 'T' && s[at+10] != ' ' || !isDate(strings.ReplaceAll(s[at:at+10], "/", "-")) {
		return -1
	}
	end := clockOnlyEnd(s, at+iso, ".,")
	if end < 0 {
		return -1
	}
	return zoneEnd(s, end)
}

// yearEnd is where a year ends behind a clock; there, where there is none.
func yearEnd(s string, at int) int {
	if at < len(s) && s[at] == ' ' && runEnd(s, at+1, isDigit) == at+5 && (at+5 == len(s) || !isWordByte(s[at+5])) {
		return at + 5
	}
	return at
}

// clockOnlyEnd is where a clock ends, with a fraction of a second behind one of some marks; -1 where none begins at a byte.
func clockOnlyEnd(s string, at int, marks string) int {
	end := at + len("00:00:00")
	if end > len(s) {
		return -1
	}
	for i, c := range []byte("00:00:00") {
		if c == '0' && !isDigit(s[at+i]) || c == ':' && s[at+i] != ':' {
			return -1
		}
	}
	return fractionEnd(s, end, marks, len(s))
}

// fractionEnd is where a fraction of so many digits at most ends behind a mark; there, where there is none.
func fractionEnd(s string, at int, marks string, most int) int {
	if at < len(s) && strings.IndexByte(marks, s[at]) >= 0 {
		if end := runEnd(s, at+1, isDigit); end > at+1 {
			return min(end, at+1+most)
		}
	}
	return at
}

// secondsEnd is where seconds since 1970 end, or those of the kernel's log since it started; -1 where neither begins at a byte.
func secondsEnd(s string, at int) int {
	const epoch, fraction, uptime, micros = 10, 9, 7, 6
	if runEnd(s, at, isDigit) >= at+epoch && s[at] == '1' {
		return fractionEnd(s, at+epoch, ".", fraction)
	}
	from := runEnd(s, at, func(c byte) bool { return c == ' ' })
	dot := runEnd(s, from, isDigit)
	if dot == from || dot-from > uptime || dot == len(s) || s[dot] != '.' {
		return -1
	}
	if runEnd(s, dot+1, isDigit) < dot+1+micros {
		return -1
	}
	return dot + 1 + micros
}

// loggerHostEnd is where host, program and process end that begin at a byte, in syslog's way, old or new (RFC 5424, section 6); there, where none do.
func loggerHostEnd(s string, at int) int {
	host := runEnd(s, min(at+1, len(s)), func(c byte) bool { return isWordByte(c) || c == '.' || c == '-' })
	if at == len(s) || s[at] != ' ' || host == at+1 || host == len(s) || s[host] != ' ' {
		return at
	}
	program := runEnd(s, host+1, isPathByte)
	if program == host+1 {
		return at
	}
	if end := squarePIDEnd(s, program); end < len(s) && s[end] == ':' {
		return end + 1
	}
	if end := newHostEnd(s, program); end >= 0 {
		return end
	}
	return at
}

func squarePIDEnd(s string, at int) int {
	if at < len(s) && s[at] == '[' {
		return pidEnd(s, at)
	}
	return at
}

// newHostEnd is where process, message ID and data of RFC 5424 end that begin at a byte; -1 where they don't.
func newHostEnd(s string, at int) int {
	if at == len(s) || s[at] != ' ' {
		return -1
	}
	pid := runEnd(s, at+1, isDigit)
	if pid == at+1 {
		if pid == len(s) || s[pid] != '-' {
			return -1
		}
		pid++
	}
	if pid == len(s) || s[pid] != ' ' {
		return -1
	}
	id := runEnd(s, pid+1, func(c byte) bool { return !isBlank(c) })
	if id == pid+1 || id == len(s) || s[id] != ' ' {
		return -1
	}
	switch data := s[id+1:]; {
	case strings.HasPrefix(data, "-"):
		return id + 2
	case strings.HasPrefix(data, "["):
		if end := strings.IndexByte(data, ']'); end > 0 {
			return id + 1 + end + 1
		}
	}
	return -1
}

// streamNameEnd is where the name of a container's stream ends that begins at a byte: " stdout F". There, where none does.
func streamNameEnd(s string, at int) int {
	for _, stream := range []string{" stdout F", " stdout P", " stderr F", " stderr P"} {
		if strings.HasPrefix(s[at:], stream) {
			return at + len(stream)
		}
	}
	return at
}
