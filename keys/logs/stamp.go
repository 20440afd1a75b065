package logs

import "time"

// A Stamp is when a line was written, as far as it says so.
type Stamp struct {
	// Clock is what the daemon's clock showed, in its own zone where Zoned, else as if it were in UTC. Its year is 0 where none is
	// named, and it is on the first of January where no day is.
	Clock     time.Time
	Precision time.Duration // a second, a millisecond…; 0: the line has no time
	Zoned     bool          // the line names its zone
	Dated     bool          // it names the day
}

// IsZero reports whether the line has no time.
func (s Stamp) IsZero() bool { return s.Precision == 0 }

// Since is how much later than t the stamp is by the clock of the daemon, if its zone is that of t: where it names no year or no day, it is the
// nearest one. False where the line has no time.
func (s Stamp) Since(t time.Time) (time.Duration, bool) {
	if s.IsZero() {
		return 0, false
	}
	t = t.UTC()
	switch {
	case !s.Dated:
		c := s.Clock.UTC()
		clock := time.Date(t.Year(), t.Month(), t.Day(), c.Hour(), c.Minute(), c.Second(), c.Nanosecond(), time.UTC)
		return nearest(clock.Sub(t), 24*time.Hour), true
	case s.Clock.Year() == 0:
		best, found := time.Duration(0), false
		for year := t.Year() - 1; year <= t.Year()+1; year++ {
			if d := s.Clock.AddDate(year, 0, 0).Sub(t); !found || d.Abs() < best.Abs() {
				best, found = d, true
			}
		}
		return best, true
	}
	return s.Clock.Sub(t), true
}

// nearest takes whole periods off d, up to half a period is left.
func nearest(d, period time.Duration) time.Duration {
	return d - d.Round(period)
}

// LessZone is what is left of a difference between two clocks without the zone in it: those are of whole quarters of an hour, at most 14
// hours. A larger difference stays as it is.
func LessZone(d time.Duration) time.Duration {
	const quarter, most = 15 * time.Minute, 14*time.Hour + 8*time.Minute
	if d.Abs() > most {
		return d
	}
	return nearest(d, quarter)
}
