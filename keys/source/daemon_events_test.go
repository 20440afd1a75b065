package source

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/ikedecode/ikedecode/keys/logs"
	"github.com/ikedecode/ikedecode/keys/secret"
)

// told is an event in short, for tables: kind, reason, and what else it says.
func told(e *logs.Event) string {
	s := e.Kind.String()
	add := func(format string, args ...any) { s += " " + fmt.Sprintf(format, args...) }
	if e.Reason != logs.NoReason {
		add("%v", e.Reason)
	}
	if e.Own {
		add("own")
	}
	if e.Came != nil {
		add("came=%s", e.Came.Value())
	}
	if e.Wanted != nil {
		add("wanted=%s", e.Wanted.Value())
	}
	if !e.Notify.IsZero() {
		add("%v", e.Notify)
	}
	if e.Received != nil {
		add("received=%s", strings.Join(e.Received.Words, " "))
	}
	if e.Configured != nil {
		add("configured=%s", strings.Join(e.Configured.Words, " "))
	}
	if e.Asked != nil {
		add("asked=%v=%v", e.Asked.Local, e.Asked.Remote)
	}
	if e.Agreed != nil {
		add("agreed=%v=%v", e.Agreed.Local, e.Agreed.Remote)
	}
	if e.Used.Kind != 0 || e.Required.Kind != 0 {
		add("used=%v required=%v", e.Used.Kind, e.Required.Kind)
	}
	if len(e.Children) > 0 {
		add("children=%v", e.Children)
	}
	if e.Count > 0 {
		add("count=%d", e.Count)
	}
	return s + optional(" user=", e.User) + optional(" errno=", e.Errno) + optional(" gateway=", e.Gateway)
}

func optional(label, value string) string {
	if value == "" {
		return ""
	}
	return label + value
}

// toldBy reads a log and gives its events in short.
func toldBy(t *testing.T, log string) (list []string, events []logs.Event) {
	t.Helper()
	b, err := Read("x.log", []byte(log))
	if err != nil {
		t.Fatal(err)
	}
	for i := range b.Events {
		list = append(list, told(&b.Events[i]))
	}
	return list, b.Events
}

// readLog reads a log without keys.
func readLog(t *testing.T, path string) *secret.Bag {
	t.Helper()
	if _, err := os.Stat(path); err != nil {
		t.Skipf("%s is not there", path)
	}
	b, err := ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// A lineCase is a line of a log, and the event that is made of it; "" for none.
type lineCase struct{ line, want string }

// testLines reads each line with front before it.
func testLines(t *testing.T, d logs.Daemon, front string, cases []lineCase) {
	t.Helper()
	for _, c := range cases {
		b, err := Read("x.log", []byte(front+c.line+"\n"))
		if err != nil {
			t.Errorf("%s: %v", c.line, err)
			continue
		}
		got := ""
		if n := len(b.Events); n > 0 {
			e := &b.Events[n-1]
			if got = told(e); e.Daemon != d {
				t.Errorf("%s: by %v", c.line, e.Daemon)
			}
		}
		if got != c.want {
			t.Errorf("%s:\n got %q\nwant %q", c.line, got, c.want)
		}
	}
}

func TestLogsNeverEndADiagnosis(t *testing.T) {
	for _, name := range []string{"pluto-log-no-keys", "racoon-log-no-keys", "mikrotik-log-no-keys", "fortigate-ike-debug-no-keys", "cisco-ikev2-debug",
		"android-ike-logcat", "apple-neikev2provider"} {
		b := readLog(t, filepath.Join("../../../shared/cases", name))
		if len(b.Formats) != 1 || !b.Formats[0].Log || len(b.Warnings) != 1 {
			t.Errorf("%s: %v, %v", name, b.Formats, b.Warnings)
		}
	}
}

// The end of a listing in Markdown is no rest of the message above it.
func TestFenceBehindMessage(t *testing.T) {
	_, events := toldBy(t, "```\n2026-11-25 10:00:00: INFO: initiate new phase 1 negotiation: 192.0.2.1[500]<=>192.0.2.2[500]\n"+
		"2026-11-25 10:01:05: ERROR: phase1 negotiation failed due to time up. 3eeb6dab699ed262:0000000000000000\n```\n")
	if e := events[len(events)-1]; strings.Contains(e.Text, "`") {
		t.Errorf("%q", e.Text)
	}
}

// What loggers, viewers and people put before a line, and terminals make of it, changes nothing.
func TestFronts(t *testing.T) {
	const message = `"t" #1: we require IKEv1 peer to have ID '@b.example.org', but peer declares '@a.example.org'`
	const want = "refused identity differs came=a.example.org wanted=b.example.org"
	const long = "Nov 25 10:00:00 gwb pluto[812]: " + message + "\n"
	for _, log := range []string{message,
		"gwb-1  | " + message, "gwb_1 | Nov 25 10:00:00: " + message, "vpn | 2026-11-25T10:00:00.5Z " + message,
		"2026-11-25T10:00:00.123456789Z stdout F " + message,
		"<30>1 2026-11-25T10:00:00.123456Z gwb pluto 812 - - " + message, "<30>1 2026-11-25T10:00:00+05:30 gwb pluto - ID1 [a b=\"c\"][d] " + message,
		"> " + message, "> > Nov 25 10:00:00: " + message,
		wrapped("Nov 25 10:00:00 gwb pluto[812]: added IKEv2 connection, which is a line that is wrapped as well\n"+long, 60),
	} {
		if got, _ := toldBy(t, log+"\n"); !slices.Equal(got, []string{want}) {
			t.Errorf("%s: %q", log, got)
		}
	}
	if got, _ := toldBy(t, "> spi=0x1d034ba18b0595f2: ikev2_ike_auth_recv: no proposal chosen\n"); !slices.Equal(got, []string{"refused no proposal"}) {
		t.Errorf("quoted: %q", got)
	}
	if n := composeLen("name | value of a table"); n != 0 {
		t.Errorf("a table has lost %d bytes", n)
	}
}
