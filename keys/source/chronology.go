package source

import "time"

// A chronology hands on the lines of a log in the order in which they were written: web interfaces show the newest line first. Which
// way a log runs, the times of its first lines tell; until then, and where it runs backwards, lines are kept.
type chronology struct {
	take func(line)
	// follows reports which of two neighbours comes first where their times do not tell: 1 for a, -1 for b, 0 where it is not known.
	follows func(a, b string) int

	kept              []line
	bytes             int
	forward, backward int
	clock             time.Time // of the last line with a time
	inText            bool      // lines have it in their text: what a logger has beside that, and when, is not compared with it
	last              string
	decided, reversed bool
	dropped           int // lines beyond the bound of a log that runs backwards: its oldest
}

// enoughSteps are as many steps of time as decide which way a log runs. A log that has no time in its first lines, so many, runs as most do.
const (
	enoughSteps = 16
	timeless    = 4096
)

// maxBackwards bounds the lines that are kept of a log that runs backwards, in bytes.
const maxBackwards = 32 << 20

func (c *chronology) line(l line) {
	switch {
	case c.forwards():
		c.take(l)
		return
	case c.dropped > 0:
		c.dropped++
		return
	}
	if !c.decided {
		c.watch(l)
	}
	c.kept = append(c.kept, l)
	if c.bytes += len(l.text) + 64; c.bytes > maxBackwards {
		if c.decided, c.reversed = true, c.backward > c.forward; c.reversed {
			c.kept, c.dropped = c.kept[:len(c.kept)-1], 1
			return
		}
		c.flush()
	} else if steps := c.forward + c.backward; !c.decided && (steps >= enoughSteps || steps == 0 && c.clock.IsZero() && len(c.kept) > timeless) {
		if c.decided, c.reversed = true, c.backward > c.forward; !c.reversed {
			c.flush()
		}
	}
}

// forwards reports whether the log is known to have its oldest lines first: no line is kept.
func (c *chronology) forwards() bool { return c.decided && !c.reversed }

// watch counts a step of time, forward or backward.
func (c *chronology) watch(l line) {
	stamp, text := stampOf(l.text), l.text
	switch {
	case !stamp.IsZero() && !c.inText:
		c.inText, c.clock = true, time.Time{}
	case !c.inText:
		stamp = l.stamp()
	}
	switch {
	case c.clock.IsZero() || stamp.IsZero() || stamp.Clock.Equal(c.clock):
		switch n := c.follows(c.last, text); {
		case n > 0:
			c.forward++
		case n < 0:
			c.backward++
		}
	case stamp.Clock.After(c.clock):
		c.forward++
	default:
		c.backward++
	}
	if c.last = text; !stamp.IsZero() {
		c.clock = stamp.Clock
	}
}

// flush hands on what was kept.
func (c *chronology) flush() {
	for i := range c.kept {
		if c.reversed {
			i = len(c.kept) - 1 - i
		}
		c.take(c.kept[i])
	}
	c.kept, c.bytes = nil, 0
}

// tellDropped warns of the lines that a chronology dropped, and of events.
func (o *out) tellDropped(lines int) {
	if o.dropped {
		o.warn(0, "the oldest events of this log are not used by diagnose: it has more than 1,000 of a kind")
	}
	if lines > 0 {
		o.warn(0, "the log has its newest lines first and is long: its oldest lines are not used by diagnose")
	}
}

func (c *chronology) end() {
	if !c.decided {
		c.reversed = c.backward > c.forward
	}
	c.flush()
}
