package source

import (
	"html"
	"strings"
	"unicode/utf8"
)

// A charonText hands on the lines of a log as charon wrote them: what web pages escape, and terminals wrap, is undone. A line without
// charon's front continues the one before it where that has one, and none was longer yet.
type charonText struct {
	take  func(line) error
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

func (c *charonText) line(l line) error {
	l.text = unescaped(l.text)
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
func (c *charonText) continues(text string) bool {
	if text == "" || c.last < c.width || c.width < leastWidth || c.width > mostWidth || len(c.held.text) > mostWhole {
		return false
	}
	if _, _, ok := charonPrefix(c.held.text); !ok {
		return false
	}
	_, _, prefixed := charonPrefix(text)
	_, _, isRow := dumpRow(text)
	_, _, isLabel := dumpLabel(text)
	return !prefixed && !isRow && !isLabel && stampOf(text).IsZero()
}

func (c *charonText) flush() error {
	if !c.holds {
		return nil
	}
	c.holds = false
	return c.take(c.held)
}

// unescaped undoes the escapes of HTML.
func unescaped(s string) string {
	if strings.IndexByte(s, '&') < 0 {
		return s
	}
	for _, escape := range []string{"&lt;", "&gt;", "&quot;", "&#39;", "&#34;"} {
		if strings.Contains(s, escape) {
			return html.UnescapeString(s)
		}
	}
	return s
}
