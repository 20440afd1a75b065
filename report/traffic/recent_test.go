package traffic

import (
	"testing"

	"github.com/ikedecode/ikedecode/esp"
)

// However many flows there are, what is remembered of their numbers is bounded, and of each the last ones are: a number that comes again with other bytes is seen.
func TestNumbersRemembered(t *testing.T) {
	const flows, packets = 1024, maxNumbers + 500
	var w Numbers
	for i := range flows {
		var c Counter
		for n := range uint32(packets) {
			w.packet(&c, n, uint64(n), esp.Point{Frame: int(n) + 1})
		}
		size := len(c.seen.numbers)
		if c.Different != packets || c.Reused != 0 || size < leastNumbers || i == 0 && size != maxNumbers {
			t.Fatalf("flow %d: %d numbers, %d reused, %d remembered", i, c.Different, c.Reused, size)
		}
		oldest := uint32(packets - size)
		w.packet(&c, oldest, uint64(oldest), esp.Point{Frame: packets + 1}) // captured twice
		w.packet(&c, oldest, 7, esp.Point{Frame: packets + 2})
		w.packet(&c, oldest-1, 7, esp.Point{Frame: packets + 3}) // forgotten
		if c.Reused != 1 || c.ReusedNumber != oldest || c.ReusedFirst.Frame != packets+2 {
			t.Fatalf("flow %d: %d reused, the first is %d in frame %d", i, c.Reused, c.ReusedNumber, c.ReusedFirst.Frame)
		}
	}
	if w.room > maxAll+flows*leastNumbers || w.room < maxAll {
		t.Errorf("%d flows have room for %d numbers", flows, w.room)
	}
}
