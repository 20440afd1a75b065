package traffic

import (
	"slices"
	"testing"
	"time"

	"github.com/ikedecode/ikedecode"
	"github.com/ikedecode/ikedecode/capture"
)

// TestInTime has packets out of order, and clocks that were set: what is within the time that packets may be late comes in order of time, the rest as it is.
func TestInTime(t *testing.T) {
	const late = time.Second
	for name, c := range map[string]struct{ times, want []int }{ // milliseconds
		"in order":            {[]int{0, 100, 200}, []int{0, 100, 200}},
		"two queues":          {[]int{0, 400, 800, 100, 500, 900, 1900}, []int{0, 100, 400, 500, 800, 900, 1900}},
		"a second late":       {[]int{1000, 0}, []int{0, 1000}},
		"at one time":         {[]int{0, 0, 0}, []int{0, 0, 0}},
		"the clock set back":  {[]int{5000, 5100, 0, 100, 50}, []int{5000, 5100, 0, 50, 100}},
		"the clock set ahead": {[]int{0, 100, 90000, 90100, 89500}, []int{0, 100, 89500, 90000, 90100}},
		"one from the future": {[]int{0, 90000, 100, 50}, []int{0, 90000, 50, 100}},
	} {
		o := inTime{late: late}
		var got, numbers []int
		start := time.Unix(1000, 0)
		take := func(f *ikedecode.Frame) {
			got = append(got, int(f.Items[0].Datagram.Time.Sub(start)/time.Millisecond))
			numbers = append(numbers, f.Items[0].Datagram.Frame)
		}
		for i, ms := range c.times {
			at := start.Add(time.Duration(ms) * time.Millisecond)
			o.add(&ikedecode.Frame{Packet: &capture.Packet{Number: i + 1, Time: at}, Items: []ikedecode.Item{{Datagram: &capture.Datagram{Frame: i + 1, Time: at}}}}, take)
		}
		o.end(take)
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
		if name == "at one time" && !slices.IsSorted(numbers) {
			t.Errorf("packets of one time: frames %v", numbers)
		}
	}
}

// TestInTimeBounded has more packets than may wait: the first ones go on.
func TestInTimeBounded(t *testing.T) {
	o, taken := inTime{late: time.Second}, 0
	take := func(*ikedecode.Frame) { taken++ }
	for i := range 3 * maxHeld {
		o.add(&ikedecode.Frame{Packet: &capture.Packet{Number: i + 1, Time: time.Unix(0, int64(i))}}, take)
		if len(o.held) > maxHeld {
			t.Fatalf("%d packets wait", len(o.held))
		}
	}
	big := make([]byte, maxHeldBytes/8)
	for i := range 16 {
		o.add(&ikedecode.Frame{Packet: &capture.Packet{Number: 1, Time: time.Unix(0, int64(3*maxHeld+i))}, Items: []ikedecode.Item{{Datagram: &capture.Datagram{IP: big}}}}, take)
		if o.bytes > maxHeldBytes {
			t.Fatalf("%d bytes wait", o.bytes)
		}
	}
	if o.end(take); taken != 3*maxHeld+16 || o.bytes != 0 {
		t.Errorf("%d packets went on, %d bytes are left", taken, o.bytes)
	}
}
