package source

import (
	"math/rand/v2"
	"regexp"
	"strings"
	"testing"
)

// stampFormat is what findStamp finds, as a regular expression.
var stampFormat = regexp.MustCompile(`(?:\b(\d{4})-(\d\d)-(\d\d)[T ]|\b([A-Z][a-z]{2}) +(\d{1,2}) |\b)(\d\d):([0-5]\d):([0-5]\d)(?:[.,](\d{1,9}))?(Z|[+-]\d\d:?\d\d)?\b`)

// mixed are texts put together of some parts, at random.
func mixed(n int, parts ...string) (list []string) {
	r := rand.New(rand.NewPCG(1, 2))
	for range n {
		var s strings.Builder
		for range 1 + r.IntN(8) {
			s.WriteString(parts[r.IntN(len(parts))])
		}
		list = append(list, s.String())
	}
	return list
}

// The time of a line stands where the expression finds it.
func TestFindStamp(t *testing.T) {
	for _, s := range mixed(100_000, "Nov 25 ", "Nov  5 ", "Nox 5 ", "2026-11-25T", "2026-11-25 ", "10:00:00", "9:61:00", "10:59:07", ".5", ",123456789", ".1234567890", "Z", "+01:00", "-0530", "+1", " ", "_", "x", "1", "[", ":", "Dec 125 ") {
		m := stampFormat.FindStringIndex(s[:min(len(s), 64)])
		if m == nil {
			m = []int{-1, 0}
		}
		found, start, end := findStamp(s)
		if start != m[0] || start >= 0 && end != m[1] || start < 0 && !found.IsZero() {
			t.Fatalf("%q: from %d to %d, want %v", s, start, end, m)
		}
	}
	for text, want := range map[string]string{
		"x Nov  5 10:00:07 y":                 "0000-11-05 10:00:07 +0000 UTC 1s false true",
		"2026-11-25T10:00:07.123456789+01:00": "2026-11-25 10:00:07.123456789 +0100 +0100 1ns true true",
		"2026-11-25 10:00:07,5Z x":            "2026-11-25 10:00:07.5 +0000 UTC 100ms true true",
		"Foo 25 10:00:07":                     "0000-01-01 10:00:07 +0000 UTC 1s false false",
		"10:00:07.050":                        "0000-01-01 10:00:07.05 +0000 UTC 1ms false false",
	} {
		s := stampOf(text)
		if got := s.Clock.String() + " " + s.Precision.String() + map[bool]string{true: " true", false: " false"}[s.Zoned] + map[bool]string{true: " true", false: " false"}[s.Dated]; got != want {
			t.Errorf("%q: %s, want %s", text, got, want)
		}
	}
}

// loggerFront is what loggerEnd finds, as a regular expression.
var loggerFront = regexp.MustCompile(`^(?:<\d{1,3}>(?:1 )?)?\[?(?:(?:[A-Z][a-z]{2},? )?(?:[A-Z][a-z]{2} [ \d]\d (?:\d{4} )?\d\d:\d\d:\d\d(?:\.\d+)?(?: \d{4}\b)?|\d{4}[-/]\d\d[-/]\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d+)?(?:Z|[+-]\d\d:?\d\d)?)(?: [A-Z]{3,4}\b)?` +
	`|\d\d:\d\d:\d\d(?:[.,]\d+)?|1\d{9}(?:\.\d{1,9})?| *\d{1,7}\.\d{6})\]?` +
	`(?: [\w.-]+ [\w./-]+(?:\[\d+\])?:| [\w.-]+ [\w./-]+ (?:\d+|-) \S+ (?:-|\[[^\]]*\]))?(?: std(?:out|err) [FP])?:? ?`)

// The front of a logger ends where the expression ends.
func TestLoggerEnd(t *testing.T) {
	for _, s := range mixed(100_000, "Mon ", "Mon, ", "Nov 25 ", "Nov  5 ", "2026 ", " 2026", "2026-11-25T", "2026/11-25 ", "10:00:00", ".5", ",123", "Z", "+01:00", "-0530", " UTC", " ABCDE", " CEST", "<30>", "<30>1 ", "[", "]", " gw1", " sshd", "[812]", ":", ": ", " 812", " -", " [a b]", " [",
		"1769157800", "12345.678901", " 7.123456", ".123456", " stdout F", " stderr P ", "x", " ", "/") {
		want := -1
		if m := loggerFront.FindStringIndex(s); m != nil {
			want = m[1]
		}
		if got := loggerEnd(s); got != want {
			t.Fatalf("%q: %d, want %d", s, got, want)
		}
	}
}

// What stands before a message, as regular expressions.
var (
	frontNoise  = regexp.MustCompile(`^(?:[>|\s]*)(?:<\d{1,3}>(?:\d )?)?(?:\d{1,9}: )?[*.\[]?\s*`)
	frontZone   = regexp.MustCompile(`^ (?:[A-Z]{3,5}|[+-]\d{4})\b`)
	frontStream = regexp.MustCompile(`^ (?:stdout|stderr) [FP] `)
	frontSyslog = regexp.MustCompile(`^(?:[\w.:-]*[\w.-] )?([A-Za-z][\w./-]*?)(?:\[\d+\]|\(\d+\))?: `)
)

func TestFrontParts(t *testing.T) {
	for _, s := range mixed(50_000, "> ", "|", "\t", "<30>", "<1234>", "1 ", "123: ", "1234567890: ", "*", ".", "[", " ", " UTC", " ABCDEF", " +0100", " -01000", " stdout F ", " stderr", "x", "gw1 ", "a:b ", "pluto", "/usr/sbin/", "[812]", "(812)", "[8x]", ": ", ":", "-", "9") {
		if got, want := noiseLen(s), len(frontNoise.FindString(s)); got != want {
			t.Fatalf("%q: %d bytes of noise, want %d", s, got, want)
		}
		if got, want := zoneNameEnd(s, 0, 5), len(frontZone.FindString(s)); got != want {
			t.Fatalf("%q: %d bytes of zone, want %d", s, got, want)
		}
		if got, want := streamEnd(s, 0), len(frontStream.FindString(s)); got != want {
			t.Fatalf("%q: %d bytes of stream, want %d", s, got, want)
		}
		name, end := frontTag(s)
		wantName, wantEnd := "", 0
		if m := frontSyslog.FindStringSubmatchIndex(s); m != nil {
			wantName, wantEnd = s[m[2]:m[3]], m[1]
			wantName = wantName[strings.LastIndexByte(wantName, '/')+1:]
		}
		if name != wantName || end != wantEnd {
			t.Fatalf("%q: process %q to %d, want %q to %d", s, name, end, wantName, wantEnd)
		}
	}
}
