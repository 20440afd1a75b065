package traffic

import "github.com/ikedecode/ikedecode/esp"

// A course is the sequence numbers of a sender without those that stand alone. Where the next number goes on from the one before, the number
// between them is a stray: it was altered on the path, or came out of order.
type course struct {
	last      uint32 // of those that follow one another
	low, high uint32 // of the same
	numbers   int    // how many they are
	stray     uint32 // a number elsewhere, which the next one may confirm
	strayAt   esp.Point
}

// A jump is a place where the numbers go on elsewhere.
type jump struct {
	from, to uint32
	at       esp.Point // the first packet there
}

// add takes a number in; ok is false where it is no second number elsewhere.
func (c *course) add(n uint32, at esp.Point) (j jump, ok bool) {
	waiting := c.strayAt.Frame != 0
	switch {
	case c.numbers == 0:
		c.low, c.high = n, n
		c.take(n)
	case waiting && n == c.stray || n == c.last: // a copy
	case waiting && 2*apart(n, c.stray) <= apart(n, c.last):
		j, ok = jump{c.last, c.stray, c.strayAt}, c.numbers > 1
		if !ok && apart(c.stray, c.last) > nearNumbers {
			c.low, c.high = c.stray, c.stray // the first number stood alone
		}
		c.take(c.stray)
		c.take(n)
	case n == c.last+1:
		c.take(n)
	default:
		if waiting && apart(c.stray, c.last) < disorder {
			c.low, c.high = min(c.low, c.stray), max(c.high, c.stray)
		}
		c.stray, c.strayAt = n, at
	}
	return j, ok
}

// disorder is how many sequence numbers apart a packet out of order still counts for what it is.
const disorder = 16

func (c *course) take(n uint32) {
	c.last, c.low, c.high = n, min(c.low, n), max(c.high, n)
	c.numbers++
	c.strayAt = esp.Point{}
}

// span is how many numbers there are from the lowest to the highest one. The last packet of a capture counts as it is.
func (c *course) span() uint64 {
	low, high := c.low, c.high
	if c.strayAt.Frame != 0 {
		low, high = min(low, c.stray), max(high, c.stray)
	}
	return uint64(high) - uint64(low) + 1
}

// apart is how far two numbers are from each other.
func apart(a, b uint32) uint64 { return uint64(max(a, b)) - uint64(min(a, b)) }
