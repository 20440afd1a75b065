package traffic

import (
	"slices"
	"time"

	"github.com/ikedecode/ikedecode"
)

const (
	maxHeld      = 4096    // packets that wait for earlier ones
	maxHeldBytes = 1 << 24 // of them
)

// inTime puts packets that a capture has out of order, as those of several queues of a network card, in order of time: a packet waits until none that was
// sent before it can come. Where the time goes back by more than that a clock was set: what came before stays before.
type inTime struct {
	late   time.Duration // by how much packets come late; 0: they are in order
	held   []heldFrame   // in order of time
	passed int           // of held: those that are being given away
	bytes  int           // of held
	newest time.Time     // of the packets since a clock was set
}

type heldFrame struct {
	*ikedecode.Frame
	at     time.Time
	number int
	size   int
}

// add takes a packet in and gives take those that are next.
func (o *inTime) add(f *ikedecode.Frame, take func(*ikedecode.Frame)) {
	h := heldFrame{f.Clone(), f.Packet.Time, f.Packet.Number, f.Size()}
	if o.newest.Sub(h.at) > o.late {
		o.end(take)
		o.newest = h.at
	}
	if h.at.After(o.newest) {
		o.newest = h.at
	}
	after, _ := slices.BinarySearchFunc(o.held, h.at, func(x heldFrame, t time.Time) int {
		if x.at.After(t) {
			return 1
		}
		return -1
	})
	o.held = slices.Insert(o.held, after, h)
	o.bytes += h.size
	o.release(take)
}

// release gives take the packets that nothing earlier can follow, and the first ones where there are too many.
func (o *inTime) release(take func(*ikedecode.Frame)) {
	n := 0
	for n < len(o.held) && (o.newest.Sub(o.held[n].at) > o.late || len(o.held)-n > maxHeld || o.bytes > maxHeldBytes) {
		o.bytes -= o.held[n].size
		n++
	}
	o.pass(n, take)
}

// end gives take all packets that wait.
func (o *inTime) end(take func(*ikedecode.Frame)) {
	o.bytes = 0
	o.pass(len(o.held), take)
}

func (o *inTime) pass(n int, take func(*ikedecode.Frame)) {
	for i, h := range o.held[:n] {
		o.passed = i + 1
		take(h.Frame)
	}
	o.held, o.passed = slices.Delete(o.held, 0, n), 0
}

// copied notes, of a packet in the clear that waits, that a frame carries the same in ESP or AH, and reports whether it waits.
func (o *inTime) copied(frame, of int) bool {
	for _, h := range o.held[o.passed:] {
		if h.number == frame {
			h.ClearCopy = of
			return true
		}
	}
	return false
}
