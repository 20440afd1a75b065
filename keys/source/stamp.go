package source

import (
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/ikedecode/ikedecode/keys/logs"
)

// stampFormat is the time at the front of a line of a log, with a date in the way of syslog or ISO 8601, or without one.
var stampFormat = regexp.MustCompile(`(?:\b(\d{4})-(\d\d)-(\d\d)[T ]|\b([A-Z][a-z]{2}) +(\d{1,2}) |\b)(\d\d):([0-5]\d):([0-5]\d)(?:[.,](\d{1,9}))?(Z|[+-]\d\d:?\d\d)?\b`)

// stampOf finds the time in the first bytes of a line.
func stampOf(s string) (stamp logs.Stamp) {
	stamp, _, _ = findStamp(s)
	return stamp
}

// stampLen is the length of the time at the very front of a line, which it reads into stamp; 0 where there is none.
func stampLen(s string, stamp *logs.Stamp) int {
	found, start, end := findStamp(s)
	if start != 0 {
		return 0
	}
	*stamp = found
	return end
}

// findStamp finds the time in the first bytes of a line, and where it stands; start is -1 where there is none.
func findStamp(s string) (stamp logs.Stamp, start, end int) {
	const front = 64
	if s = s[:min(len(s), front)]; !hasClock(s) {
		return stamp, -1, 0
	}
	m := stampFormat.FindStringSubmatchIndex(s)
	if m == nil {
		return stamp, -1, 0
	}
	parts := make([]string, len(m)/2)
	for i := range parts {
		if m[2*i] >= 0 {
			parts[i] = s[m[2*i]:m[2*i+1]]
		}
	}
	return readStamp(parts), m[0], m[1]
}

// hasClock reports whether there is something like 00:00 in a text: a cheap look for the many lines without a time.
func hasClock(s string) bool {
	for i := 2; i+2 < len(s); i++ {
		if s[i] == ':' && isDigit(s[i-2]) && isDigit(s[i-1]) && isDigit(s[i+1]) && isDigit(s[i+2]) {
			return true
		}
	}
	return false
}

// readStamp makes a time of what stampFormat has matched.
func readStamp(m []string) (stamp logs.Stamp) {
	num := func(i int) int {
		n, _ := strconv.Atoi(m[i])
		return n
	}
	year, month, day := 0, time.January, 1
	switch {
	case m[1] != "":
		year, month, day, stamp.Dated = num(1), time.Month(num(2)), num(3), true
	case m[4] != "":
		if t, err := time.Parse("Jan", m[4]); err == nil {
			month, day, stamp.Dated = t.Month(), num(5), true
		}
	}
	stamp.Precision = time.Second
	nanos := 0
	if f := m[9]; f != "" {
		nanos, _ = strconv.Atoi((f + "00000000")[:9])
		for range f {
			stamp.Precision /= 10
		}
	}
	zone := time.UTC
	if m[10] != "" {
		stamp.Zoned = true
		if t, err := time.Parse("Z0700", strings.Replace(m[10], ":", "", 1)); err == nil {
			zone = t.Location()
		}
	}
	stamp.Clock = time.Date(year, month, day, num(6), num(7), num(8), nanos, zone)
	return stamp
}
