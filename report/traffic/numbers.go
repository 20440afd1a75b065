package traffic

import (
	"encoding/binary"
	"math/bits"
	"net/netip"

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

	// Reused are packets with a number that was there before and other bytes.
	Reused       int
	ReusedFirst  esp.Point
	ReusedLast   esp.Point
	ReusedNumber uint32 // of the first of them
	// Fell is the first packet of a run far below the numbers before it, which never came back; frame 0: none.
	Fell             esp.Point
	FellFrom, FellTo uint32
	below            int       // packets of that run
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

func (w *Numbers) item(it *ikedecode.Item) {
	f, ok := FlowOf(it)
	d := it.Datagram
	number, tail, whole := wireNumber(f.Protocol, d.Payload)
	if !ok || f.Protocol == esp.IPComp || d.Repeat || d.Cut || !whole {
		return
	}
	c := w.counters[f]
	if c == nil {
		if len(w.counters) >= maxCounters {
			return
		}
		if w.counters == nil {
			w.counters, w.shared = make(map[Flow]*Counter), make(map[sender][]*Counter)
		}
		c = &Counter{Low: number, High: number, top: number, First: esp.Point{Frame: d.Frame, Time: d.Time}}
		w.counters[f] = c
		k := sender{f.Protocol, f.SPI, f.Src}
		w.shared[k] = append(w.shared[k], c)
	}
	w.packet(c, number, tail, esp.Point{Frame: d.Frame, Time: d.Time})
}

// packet counts a packet of a flow, and remembers its number where there is room.
func (w *Numbers) packet(c *Counter, number uint32, tail uint64, at esp.Point) {
	if n := len(c.seen.numbers); c.Different >= n && n < maxNumbers && (n < leastNumbers || w.room+n <= maxAll) {
		w.room += c.seen.grow()
	}
	c.packet(number, tail, at)
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

func (c *Counter) packet(n uint32, tail uint64, at esp.Point) {
	if c.Packets++; c.Packets > 1 {
		c.follow(n, at)
	}
	c.Last, c.Low, c.High = at, min(c.Low, n), max(c.High, n)
	was, had := c.seen.of(n)
	switch {
	case had && was != tail:
		if c.Reused++; c.Reused == 1 {
			c.ReusedFirst, c.ReusedNumber = at, n
		}
		c.ReusedLast = at
	case !had:
		c.Different++
		c.seen.add(n, tail)
	}
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

// fall notes numbers that go back by more than any disorder on the path, and those that come back.
func (c *Counter) fall(n uint32, at esp.Point) {
	const far = 4096
	switch {
	case c.Fell.Frame != 0 && n >= c.FellFrom:
		c.Fell, c.below = esp.Point{}, 0
	case c.Fell.Frame != 0:
		c.below++
	case c.Wrapped.Frame == 0 && n < c.top && c.top-n > far:
		c.Fell, c.FellFrom, c.FellTo = at, c.top, n
	}
}

// Restarted reports whether the sender counts anew: it sends numbers again with other bytes, or goes on far below those before. first is
// the packet that shows it, from and to the numbers around it.
func (c *Counter) Restarted() (first esp.Point, ok bool) {
	const enough = 3
	switch {
	case c.Swapped():
	case c.Reused >= enough:
		return c.ReusedFirst, true
	case c.Fell.Frame != 0 && c.below >= enough:
		return c.Fell, true
	}
	return first, false
}
