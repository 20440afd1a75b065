package traffic

import (
	"time"

	"github.com/ikedecode/ikedecode"
	"github.com/ikedecode/ikedecode/capture"
)

const (
	// clockLeap is how far ahead the time may go from one packet to the next before it is worth a word.
	clockLeap = 24 * time.Hour
)

const maxJumps = 100 // in either direction

// A Clock follows the times of the packets, file by file.
type Clock struct {
	Back  []Jump // by more than a second; the first of them
	More  int    // jumps back that are not in Back
	Ahead []Jump // by a day or more; the first of them

	last    map[int]time.Time // by file
	packets int
	fine    bool // some time has a part of a second
}

// InSeconds reports whether all times are of whole seconds.
func (c *Clock) InSeconds() bool { return c.packets > 0 && !c.fine }

// A Jump is a packet whose time does not follow from that of the one before it.
type Jump struct {
	Frame int
	By    time.Duration
}

func (c *Clock) packet(p *capture.Packet) {
	if c.last == nil {
		c.last = make(map[int]time.Time)
	}
	c.packets++
	c.fine = c.fine || p.Time.Nanosecond() != 0
	last, had := c.last[p.File]
	c.last[p.File] = p.Time
	switch back := last.Sub(p.Time); {
	case !had:
	case -back >= clockLeap && len(c.Ahead) < maxJumps:
		c.Ahead = append(c.Ahead, Jump{p.Number, -back})
	case back <= ikedecode.MostLate:
	case len(c.Back) >= maxJumps:
		c.More++
	default:
		c.Back = append(c.Back, Jump{p.Number, back})
	}
}
