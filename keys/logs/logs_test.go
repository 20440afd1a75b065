package logs

import (
	"testing"
	"time"
)

func TestWhere(t *testing.T) {
	if got := (&Event{File: "/var/log/gwb.log", Line: 489}).Where(); got != "gwb.log:489" {
		t.Errorf("got %q", got)
	}
}

func TestSince(t *testing.T) {
	frame := time.Date(2026, 12, 31, 23, 59, 59, 0, time.UTC)
	east := time.FixedZone("", 5*3600+1800)
	for _, c := range []struct {
		stamp Stamp
		want  time.Duration
	}{
		{Stamp{Clock: time.Date(2026, 12, 31, 23, 59, 58, 0, time.UTC), Dated: true}, -time.Second},
		{Stamp{Clock: time.Date(0, 1, 1, 0, 0, 1, 0, time.UTC), Dated: true}, 2 * time.Second}, // of the next year
		{Stamp{Clock: time.Date(0, 1, 1, 0, 0, 1, 0, time.UTC)}, 2 * time.Second},              // of the next day
		{Stamp{Clock: time.Date(2027, 1, 1, 5, 30, 1, 0, east), Dated: true, Zoned: true}, 2 * time.Second},
		{Stamp{Clock: time.Date(2027, 1, 1, 5, 30, 1, 0, time.UTC), Dated: true}, 5*time.Hour + 30*time.Minute + 2*time.Second},
	} {
		c.stamp.Precision = time.Second
		if got, ok := c.stamp.Since(frame); got != c.want || !ok {
			t.Errorf("%v: %v, %v; want %v", c.stamp.Clock, got, ok, c.want)
		}
	}
	if _, ok := (Stamp{}).Since(frame); ok {
		t.Error("a line without a time is near")
	}
}

func TestLessZone(t *testing.T) {
	for d, want := range map[time.Duration]time.Duration{
		2 * time.Second: 2 * time.Second, 5*time.Hour + 30*time.Minute + 2*time.Second: 2 * time.Second,
		-8*time.Hour - time.Second: -time.Second, 4 * time.Minute: 4 * time.Minute, 26 * time.Hour: 26 * time.Hour,
	} {
		if got := LessZone(d); got != want {
			t.Errorf("%v: %v, want %v", d, got, want)
		}
	}
}

func TestNames(t *testing.T) {
	for r := NoReason + 1; r <= lastReason; r++ {
		if r.String() == "" {
			t.Errorf("reason %d has no name", uint8(r))
		}
	}
	for k := Offers; k <= Assigned; k++ {
		if kindNames[k] == "" {
			t.Errorf("kind %d has no name", uint8(k))
		}
	}
	for d := Charon; d <= Apple; d++ {
		if d.String() == "" {
			t.Errorf("daemon %d has no name", uint8(d))
		}
	}
	if Refused.String() != "refused" || Kind(99).String() != "kind 99" || Daemon(99).String() != "daemon 99" || Reason(99).String() != "reason 99" {
		t.Error("wrong names")
	}
}
