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

// AfterInHour is how much later the minute and second of the stamp are than those of t, from 0 to an hour less a second: logs and
// captures seldom agree on the zone, which most often is of whole hours. False where the line has no time.
func (s Stamp) AfterInHour(t time.Time) (time.Duration, bool) {
	late := (inHour(s.Clock) - inHour(t) + time.Hour) % time.Hour
	return late, !s.IsZero()
}

// inHour is the time since the hour began, in whole seconds.
func inHour(t time.Time) time.Duration {
	return time.Duration(t.Minute())*time.Minute + time.Duration(t.Second())*time.Second
}
