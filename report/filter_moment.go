package report

import (
	"fmt"
	"strconv"
	"time"
)

// A moment is a time of the capture: seconds since its first packet, a time, or a time of the day in UTC.
type moment struct {
	seconds float64
	at      time.Time // zero: seconds
	clock   bool      // of at, only the time of the day counts
}

// parseMoment reads "12.5", "15:04:05", or a date and time; without an offset it is UTC.
func parseMoment(text string) (*moment, error) {
	if s, err := strconv.ParseFloat(text, 64); err == nil && s >= 0 && s < 1e10 {
		return &moment{seconds: s}, nil
	}
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04:05", "2006-01-02 15:04:05", "2006-01-02 15:04"} {
		if at, err := time.Parse(layout, text); err == nil {
			return &moment{at: at}, nil
		}
	}
	for _, layout := range []string{"15:04:05", "15:04"} {
		if at, err := time.Parse(layout, text); err == nil {
			return &moment{at: at, clock: true}, nil
		}
	}
	return nil, fmt.Errorf("%q must be seconds since the first packet, as 12.5, a time in UTC, as 15:04:05, or RFC 3339", text)
}

// captured is the time from the first packet of a capture to the last.
type captured struct{ first, last time.Time }

// in is the moment as a time of a capture. A time of the day is the first such time in the capture, or the one that is
// nearest to its start.
func (m *moment) in(c captured) time.Time {
	switch {
	case m.clock:
		return nearestDay(c, m.at)
	case !m.at.IsZero():
		return m.at
	}
	return c.first.Add(time.Duration(m.seconds * float64(time.Second)))
}

func nearestDay(c captured, clock time.Time) time.Time {
	u := c.first.UTC()
	today := time.Date(u.Year(), u.Month(), u.Day(), clock.Hour(), clock.Minute(), clock.Second(), clock.Nanosecond(), time.UTC)
	best := today
	for _, days := range []int{0, 1, -1} {
		at := today.AddDate(0, 0, days)
		if !at.Before(c.first) && !at.After(c.last) {
			return at
		}
		if at.Sub(u).Abs() < best.Sub(u).Abs() {
			best = at
		}
	}
	return best
}
