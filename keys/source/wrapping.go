package source

import (
	"unicode/utf8"
)

// A wrapping hands on the lines of a log as the daemon wrote them, which terminals wrap. A line that begins no message continues the one
// before it where that does, and none was longer yet.
type wrapping struct {
	take func(line) error
	// begins reports whether there is before a text what the daemon or a logger puts before a message, rest whether it may be the rest of one.
	begins, rest func(text string) bool

	held  line
	holds bool
	last  int // columns of the last line of held
	width int // of the longest line so far
}

// Widths of terminals, in columns, and how long a line gets that is put together, in bytes.
const (
	leastWidth = 40
	mostWidth  = 250
	mostWhole  = 64 << 10
)

func (c *wrapping) line(l line) error {
	columns := utf8.RuneCountInString(l.text)
	if c.holds && c.continues(l.text) {
		c.held.text += l.text
		c.last, c.width = columns, max(c.width, columns)
		return nil
	}
	err := c.flush()
	c.held, c.holds, c.last, c.width = l, true, columns, max(c.width, columns)
	return err
}

// continues reports whether a line is the rest of the one that is held.
func (c *wrapping) continues(text string) bool {
	if text == "" || c.last < c.width || c.width < leastWidth || c.width > mostWidth || len(c.held.text) > mostWhole {
		return false
	}
	return c.begins(c.held.text) && c.rest(text)
}

func (c *wrapping) flush() error {
	if !c.holds {
		return nil
	}
	c.holds = false
	return c.take(c.held)
}
