package traffic

import (
	"encoding/binary"
	"errors"
	"math/bits"
	"net/netip"
	"time"

	"github.com/ikedecode/ikedecode"
	"github.com/ikedecode/ikedecode/esp"
)

const (
	maxCounters  = 4096    // flows
	maxNumbers   = 2048    // the last ones of a flow, remembered with what they came with
	maxAll       = 1 << 20 // of all flows; of one that comes later leastNumbers are
	leastNumbers = 64
	maxDisorder  = 1 << 16
)

// Numbers follows the sequence numbers of each flow as they are on the wire, decrypted or not.
type Numbers struct {
	counters map[Flow]*Counter
	shared   map[sender][]*Counter
	room     int // numbers that flows have room for
}

// An Outage is where most numbers in a row are missing, for a while; Missing is 0 where there is none.
type Outage struct {
	Missing  uint64
	From, To esp.Point // the packets before and after it
}

// A sender is who sends with an SPI, wherever to.
type sender struct {
	protocol esp.Protocol
	spi      uint32
	src      netip.Addr
}

// A Counter is the lower 32 bits of the sequence numbers of a flow, in order.
type Counter struct {
	Packets   int
	Different int // numbers, as far as they are remembered
	Low, High uint32
	First     esp.Point
	Last      esp.Point

	// Reused are packets with a number that was there before and other bytes. The first is of a sequence of them, where there is one:
	// what was altered on the path may have any number.
	Reused       int
	ReusedFirst  esp.Point
	ReusedNumber uint32 // of the first of them
	ReusedAfter  uint32 // the highest number before it
	inRow        int    // rises with each of them, falls with each number that is new
	anew         bool
	// Fell is the first packet of a run far below the numbers before it, which never came back; frame 0: none.
	Fell             esp.Point
	FellFrom, FellTo uint32
	below            int // packets of that run
	Outage           Outage
	course           course
	beside           beside
	Sent             esp.Point // the last packet that is no copy of one before
	Wrapped          esp.Point // the first packet after 0xffffffff; frame 0: none
	Behind           int       // packets after Wrapped
	straight         int       // numbers that follow the one before them
	swapped          int       // numbers that do in the other byte order
	top              uint32
	seen             recent
}

// Of is what is known of a flow; nil: nothing.
func (w *Numbers) Of(f Flow) *Counter { return w.counters[f] }

// Swapped reports whether the sender writes the number with its bytes in reverse order.
func (c *Counter) Swapped() bool {
	const enough, times = 3, 4
	return c.swapped >= enough && c.swapped >= times*c.straight
}

// Shared is how many numbers are missing of a sender that has one counter for all hosts it sends to with one SPI, as an SA of
// multicast has (RFC 4301, section 4.4.1.1); ok is false where there is one host, or a counter for each.
func (w *Numbers) Shared(f Flow) (missing uint64, ok bool) {
	list := w.shared[sender{f.Protocol, f.SPI, f.Src}]
	if len(list) < 2 {
		return 0, false
	}
	low, high, different := list[0].Low, list[0].High, uint64(0)
	for _, c := range list {
		low, high = min(low, c.Low), max(high, c.High)
		different += uint64(c.Different)
	}
	span := uint64(high) - uint64(low) + 1
	return span - min(different, span), different <= span
}

// item takes a packet in, and reports whether it is a copy of one before, however long ago: duplicated on the path, or replayed.
func (w *Numbers) item(it *ikedecode.Item) (copied bool) {
	f, ok := FlowOf(it)
	d := it.Datagram
	number, tail, whole := wireNumber(f.Protocol, d.Payload)
	if !ok || f.Protocol == esp.IPComp || d.Repeat || d.Cut || !whole || altered(it) {
		return false
	}
	c := w.counters[f]
	if c == nil {
		if len(w.counters) >= maxCounters {
			return false
		}
		if w.counters == nil {
			w.counters, w.shared = make(map[Flow]*Counter), make(map[sender][]*Counter)
		}
		c = &Counter{Low: number, High: number, top: number, First: esp.Point{Frame: d.Frame, Time: d.Time}, beside: w.besideOf(f, number)}
		w.counters[f] = c
		k := sender{f.Protocol, f.SPI, f.Src}
		w.shared[k] = append(w.shared[k], c)
	}
	c.beside.packet(number)
	return w.packet(c, number, tail, esp.Point{Frame: d.Frame, Time: d.Time})
}

// altered reports whether a packet has a wrong ICV by keys that are correct: its sequence number may be wrong as well.
func altered(it *ikedecode.Item) bool {
	return errors.Is(it.Err, esp.ErrICV) && it.Closest() != nil && it.Closest().Proven()
}

// packet counts a packet of a flow, and remembers its number where there is room. It reports whether it is a copy of one before.
func (w *Numbers) packet(c *Counter, number uint32, tail uint64, at esp.Point) (copied bool) {
	if n := len(c.seen.numbers); c.Different >= n && n < maxNumbers && (n < leastNumbers || w.room+n <= maxAll) {
		w.room += c.seen.grow()
	}
	return c.packet(number, tail, at)
}

// wireNumber reads the sequence number of a packet, and some bytes that no other packet of the SA has: of ESP its end, of AH its ICV.
func wireNumber(p esp.Protocol, b []byte) (number uint32, tail uint64, ok bool) {
	const least, icv = 20, 12
	switch {
	case len(b) < least:
		return 0, 0, false
	case p == esp.AH:
		return binary.BigEndian.Uint32(b[8:]), binary.BigEndian.Uint64(b[icv:]), true
	}
	return binary.BigEndian.Uint32(b[4:]), binary.BigEndian.Uint64(b[len(b)-8:]) ^ uint64(len(b)), true
}

func (c *Counter) packet(n uint32, tail uint64, at esp.Point) (copied bool) {
	if c.Packets++; c.Packets == 1 {
		c.course.add(n, at)
	} else {
		c.follow(n, at)
		c.outage(n, at)
	}
	c.Last, c.Low, c.High = at, min(c.Low, n), max(c.High, n)
	was, had := c.seen.of(n)
	switch {
	case had && was == tail:
		return true
	case had:
		c.reused(n, at)
	default:
		c.Different++
		c.seen.add(n, tail)
		c.inRow = max(c.inRow-1, 0)
	}
	c.Sent = at
	return false
}

// reused notes a number that comes again with other bytes.
func (c *Counter) reused(n uint32, at esp.Point) {
	const each, enough = 2, 5 // three in a row; or each second packet, as two senders with one SA give
	c.Reused++
	if c.inRow == 0 && !c.anew {
		c.ReusedFirst, c.ReusedNumber, c.ReusedAfter = at, n, c.course.high
	}
	c.inRow += each
	c.anew = c.anew || c.inRow >= enough
}

// outage notes numbers that are missing before a packet that came a while after the last one.
func (c *Counter) outage(n uint32, at esp.Point) {
	const few, short = 3, 2 * time.Second
	if missing := uint64(n) - uint64(c.High) - 1; n > c.High && missing >= few && missing > c.Outage.Missing && at.Time.Sub(c.Last.Time) >= short {
		c.Outage = Outage{missing, c.Last, at}
	}
}

// Missing is how many numbers between the lowest and the highest one did not come. A packet whose number stands alone had another one.
func (c *Counter) Missing() uint64 {
	span := c.course.span()
	return span - min(uint64(c.Different), span)
}

// follow compares a number with the one before it.
func (c *Counter) follow(n uint32, at esp.Point) {
	const near = 16
	if step := n - c.top; step > 0 && step <= near {
		c.straight++
	} else if step := bits.ReverseBytes32(n) - bits.ReverseBytes32(c.top); step > 0 && step <= near {
		c.swapped++
	}
	if c.top > ^uint32(0)-maxDisorder && n < maxDisorder && c.Wrapped.Frame == 0 {
		c.Wrapped = at
	}
	if c.Wrapped.Frame != 0 && n < maxDisorder {
		c.Behind++
	}
	c.fall(n, at)
	c.top = n
}

// fall notes numbers that go on far below those before, by more than any disorder on the path, and those that come back.
func (c *Counter) fall(n uint32, at esp.Point) {
	const far = 4096
	j, jumped := c.course.add(n, at)
	if jumped && c.Fell.Frame == 0 && c.Wrapped.Frame == 0 && j.to < j.from && j.from-j.to > far {
		c.Fell, c.FellFrom, c.FellTo = j.at, j.from, j.to
	}
	switch {
	case c.Fell.Frame != 0 && c.course.last >= c.FellFrom:
		c.Fell, c.below = esp.Point{}, 0
	case c.Fell.Frame != 0:
		c.below++
	}
	c.top = n
}

// Restarted reports whether the sender counts anew: it sends numbers again with other bytes, or goes on far below those before. first is
// the packet that shows it, from and to the numbers around it.
func (c *Counter) Restarted() (first esp.Point, ok bool) {
	const enough = 3
	switch {
	case c.Swapped():
	case c.anew:
		return c.ReusedFirst, true
	case c.Fell.Frame != 0 && c.below >= enough:
		return c.Fell, true
	}
	return first, false
}
