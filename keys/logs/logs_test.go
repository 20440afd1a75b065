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

func TestAfterInHour(t *testing.T) {
	frame := time.Date(2026, 11, 23, 8, 59, 59, 700_000_000, time.UTC)
	for _, c := range []struct {
		clock time.Time
		want  time.Duration
	}{
		{time.Date(2026, 11, 23, 8, 59, 59, 0, time.UTC), 0},
		{time.Date(0, 11, 23, 14, 0, 1, 0, time.UTC), 2 * time.Second}, // in another zone, past the full hour
		{time.Date(2026, 11, 23, 8, 59, 58, 0, time.UTC), time.Hour - time.Second},
	} {
		if got, ok := (Stamp{Clock: c.clock, Precision: time.Second}).AfterInHour(frame); got != c.want || !ok {
			t.Errorf("%v: %v, %v; want %v", c.clock, got, ok, c.want)
		}
	}
	if _, ok := (Stamp{}).AfterInHour(frame); ok {
		t.Error("a line without a time is near")
	}
}

func TestNames(t *testing.T) {
	for r := NoReason + 1; r <= lastReason; r++ {
		if r.String() == "" {
			t.Errorf("reason %d has no name", uint8(r))
		}
	}
	for k := Offers; k <= Redirected; k++ {
		if kindNames[k] == "" {
			t.Errorf("kind %d has no name", uint8(k))
		}
	}
	for d := Charon; d <= PANOS; d++ {
		if d.String() == "" {
			t.Errorf("daemon %d has no name", uint8(d))
		}
	}
	if Refused.String() != "refused" || Kind(99).String() != "kind 99" || Daemon(99).String() != "daemon 99" || Reason(99).String() != "reason 99" {
		t.Error("wrong names")
	}
}
