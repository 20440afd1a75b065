package report

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ikedecode/ikedecode"
	"github.com/ikedecode/ikedecode/internal/testfile"
	"github.com/ikedecode/ikedecode/keys/secret"
	"github.com/ikedecode/ikedecode/keys/source"
	"github.com/ikedecode/ikedecode/report/diagnose"
)

// A loggedLine is one line of a log, and when it was written.
type loggedLine struct {
	at   time.Time // zero where no line before it has a time
	text string    // without it
	as   string    // with it, as the daemon wrote it
}

var loggedTime = regexp.MustCompile(`^(?:[A-Z][a-z]{2} [ \d]\d|\d{4}-\d\d-\d\d) \d\d:\d\d:\d\d(?:\.\d+)?:? `)

// loggedLines takes the time off each line.
func loggedLines(log string) (list []loggedLine) {
	var at time.Time
	for _, l := range strings.Split(strings.TrimSuffix(log, "\n"), "\n") {
		front := loggedTime.FindString(l)
		for _, layout := range []string{"Jan _2 15:04:05", "2006-01-02 15:04:05"} {
			if t, err := time.Parse(layout, strings.TrimRight(front, ": ")); err == nil {
				at = time.Date(2026, t.Month(), t.Day(), t.Hour(), t.Minute(), t.Second(), t.Nanosecond(), time.UTC)
			}
		}
		list = append(list, loggedLine{at, l[len(front):], l})
	}
	return list
}

const bsdTime = "Jan _2 15:04:05"

// logShapes are what loggers, viewers and people make of a log.
var logShapes = []struct {
	name string
	line func(l loggedLine, daemon string) string
	all  func(lines []string) []string // nil: they stay
}{
	{"RFC 3339, zone of half an hour", func(l loggedLine, daemon string) string {
		return l.at.In(time.FixedZone("", 5*3600+1800)).Format("2006-01-02T15:04:05.000000-07:00") + " gwb " + daemon + "[812]: " + l.text
	}, nil},
	{"ISO, local time of another zone", func(l loggedLine, _ string) string {
		return l.at.Add(-210*time.Minute).Format("2006-01-02 15:04:05 ") + l.text
	}, nil},
	{"syslog", syslogLine(0), nil},
	{"syslog, 7 minutes fast", syslogLine(7 * time.Minute), nil},
	{"syslog, 7 minutes slow", syslogLine(-7 * time.Minute), nil},
	{"syslog, 7 minutes fast, zone of half an hour", syslogLine(337 * time.Minute), nil},
	{"syslog, newest first", syslogLine(0), newestFirst},
	{"newest first", asWritten, newestFirst},
	{"no time", func(l loggedLine, _ string) string { return l.text }, nil},
	{"docker compose", func(l loggedLine, _ string) string { return "gwb-1  | " + l.as }, nil},
	{"docker, timestamps", func(l loggedLine, _ string) string { return l.at.Format("2006-01-02T15:04:05.000000000Z ") + l.text }, nil},
	{"containerd", func(l loggedLine, _ string) string {
		return l.at.Format("2006-01-02T15:04:05.000000000Z stdout F ") + l.text
	}, nil},
	{"journal", journalLine(bsdTime), nil},
	{"journal, short-iso", journalLine("2006-01-02T15:04:05-0700"), nil},
	{"journal, JSON", func(l loggedLine, daemon string) string {
		b, _ := json.Marshal(map[string]string{"__REALTIME_TIMESTAMP": fmt.Sprint(l.at.UnixMicro()), "SYSLOG_IDENTIFIER": daemon, "MESSAGE": l.text})
		return string(b)
	}, nil},
	{"RFC 5424", func(l loggedLine, daemon string) string {
		return "<30>1 " + l.at.Format("2006-01-02T15:04:05.000000Z") + " gwb " + daemon + " 812 - - " + l.text
	}, nil},
	{"wrapped", asWritten, func(lines []string) []string { return columns(lines, true) }},
	{"cut", asWritten, func(lines []string) []string { return columns(lines, false) }},
	{"syslog, cut", syslogLine(0), func(lines []string) []string { return columns(lines, false) }},
	{"quoted", func(l loggedLine, _ string) string { return "> " + l.as }, nil},
}

func asWritten(l loggedLine, _ string) string { return l.as }

func syslogLine(off time.Duration) func(loggedLine, string) string {
	return func(l loggedLine, daemon string) string {
		return l.at.Add(off).Format(bsdTime) + " gwb " + daemon + "[812]: " + l.text
	}
}

var charonThread = regexp.MustCompile(`^\d\d\[[A-Z]{3}\d?\] (?:<[^>]*> )?`)

// journalLine is that of a service: that of charon has neither thread nor group.
func journalLine(layout string) func(loggedLine, string) string {
	return func(l loggedLine, daemon string) string {
		if daemon == "charon" {
			daemon = "charon-systemd"
		}
		return l.at.Format(layout) + " gwb " + daemon + "[812]: " + charonThread.ReplaceAllString(l.text, "")
	}
}

func newestFirst(lines []string) []string {
	slices.Reverse(lines)
	return lines
}

// columns breaks lines at 80 columns, and drops the rest or lets it follow.
func columns(lines []string, follows bool) (list []string) {
	const width = 80
	for _, l := range lines {
		for ; len(l) > width && follows; l = l[width:] {
			list = append(list, l[:width])
		}
		list = append(list, l[:min(len(l), width)])
	}
	return list
}

// A shownLog is a log of a session, at its daemon's default level.
type shownLog struct{ session, name, daemon, text string }

// shownLogs are those of the sessions beside the repository, and what racoon says of one in it.
func shownLogs(t *testing.T) (list []shownLog) {
	t.Helper()
	for _, path := range testfile.Beside(t, "diagnosis/*/gw?.*log*") {
		text, name := string(testfile.Read(t, path)), filepath.Base(path)
		daemon := "charon"
		switch {
		case strings.Contains(text, "Pluto"):
			daemon, text = "pluto", replaced(text, `^.*: \| .*\n`, "")
		case strings.Contains(text, "ikev2_"):
			daemon = "iked"
		case !strings.Contains(name, ".low."):
			continue
		}
		list = append(list, shownLog{filepath.Dir(path), name, daemon, text})
	}
	return append(list, shownLog{filepath.Join(pcaps, "fail-psk-mismatch"), "racoon.log", "racoon",
		`2026-11-23 08:38:57: INFO: respond new phase 1 negotiation: 192.0.2.2[500]<=>192.0.2.1[500]
2026-11-23 08:38:57: INFO: begin Identity Protection mode.
2026-11-23 08:38:57: [192.0.2.1] ERROR: couldn't find the pskey for 192.0.2.1.
2026-11-23 08:38:57: [192.0.2.1] ERROR: failed to process ph1 packet (side: 1, status: 4).
`})
}

// However a log is shown, the first finding stays: lines that are cut may take the reason away, and give no other one.
func TestFirstCodeHoweverShown(t *testing.T) {
	if testing.Short() {
		t.Skip("every recorded session: the race detector makes it slow")
	}
	for _, l := range shownLogs(t) {
		s := solved(t, filepath.Join(l.session, "wire.pcap"), &secret.Bag{}, ikedecode.Options{})
		w := watched(t, s)
		firstWith := func(bag *secret.Bag) diagnose.Code {
			s.Bag = bag
			for _, f := range Diagnose(s, w).Findings {
				if f.Severity != SeverityNote {
					return f.Code
				}
			}
			return ""
		}
		first := func(log string) diagnose.Code {
			bag, err := source.Read(l.name, []byte(log))
			if err != nil {
				t.Errorf("%s/%s: %v", l.session, l.name, err)
				return ""
			}
			return firstWith(bag)
		}
		without, want, lines := firstWith(&secret.Bag{}), first(l.text), loggedLines(l.text)
		for _, shape := range logShapes {
			if lines[0].at.IsZero() && shape.all != nil { // these need times
				continue
			}
			list := make([]string, len(lines))
			for i, line := range lines {
				list[i] = shape.line(line, l.daemon)
			}
			if shape.all != nil {
				list = shape.all(list)
			}
			got := first(strings.Join(list, "\n") + "\n")
			if got != want && !(strings.Contains(shape.name, "cut") && got == without) {
				t.Errorf("%s/%s, %s: %q, want %q", filepath.Base(l.session), l.name, shape.name, got, want)
			}
		}
	}
}
