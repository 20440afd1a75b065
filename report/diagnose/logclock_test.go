package diagnose

import (
	"testing"
	"time"

	"github.com/ikedecode/ikedecode/decode/exchange"
	"github.com/ikedecode/ikedecode/keys/ikesa"
	"github.com/ikedecode/ikedecode/keys/logs"
)

// A log of another day is of another attempt, but for clocks that were never set, of the host of the capture or of the log.
func TestOtherDay(t *testing.T) {
	at := func(year int, month time.Month, day int) time.Time {
		return time.Date(year, month, day, 10, 0, 0, 0, time.UTC)
	}
	for _, c := range []struct {
		frame, log time.Time
		other      bool
	}{
		{at(2026, 11, 25), at(2026, 11, 26), false}, // a zone
		{at(2026, 11, 25), at(2026, 11, 28), true},
		{at(2026, 11, 25), at(2019, 11, 25), true},
		{at(1970, 1, 1), at(2026, 11, 25), false},
		{at(2026, 11, 25), at(1970, 1, 2), false},
	} {
		sa := &ikesa.SA{Messages: []*ikesa.Message{{Message: &exchange.Message{Time: c.frame}}}}
		one := &talk{events: []*logs.Event{{Time: logs.Stamp{Clock: c.log, Precision: time.Second, Dated: true}}}}
		if got := (&binder{}).otherDay(one, sa); got != c.other {
			t.Errorf("capture of %v, log of %v: other day %v", c.frame, c.log, got)
		}
	}
}
