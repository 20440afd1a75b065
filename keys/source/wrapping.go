package source

// A wrapping hands on the lines of a log as the daemon wrote them, which terminals wrap. A line that begins no message continues the one
// before it where that does, and no line of the file was longer yet.
type wrapping struct {
	take func(line) error
	// begins reports whether there is before a text what the daemon or a logger puts before a message, rest whether it may be the rest of one.
	begins, rest func(text string) bool

	front *front

	held  line
	holds bool
}

// Widths of terminals, in columns, and how long a line gets that is put together, in bytes.
const (
	leastWidth = 40
	mostWidth  = 250
	mostWhole  = 64 << 10
)

func (c *wrapping) line(l line) error {
	whole := l
	if c.holds && l.text != "" && c.rest(l.text) {
		whole = c.held.with(c.held.text + l.text)
	} else if err := c.flush(); err != nil {
		return err
	}
	// The next line may be the rest of it.
	if c.held, c.holds = whole, c.front.full && len(whole.text) <= mostWhole && c.begins(whole.text); c.holds {
		return nil
	}
	return c.take(whole)
}

func (c *wrapping) flush() error {
	if !c.holds {
		return nil
	}
	c.holds = false
	return c.take(c.held)
}
