package decode

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net/netip"
)

// What a SyntaxError can wrap. Callers tell them apart with errors.Is.
var (
	// ErrTruncated: the data ends before the field does.
	ErrTruncated = errors.New("data ends early")
	// ErrLength: a length field that cannot be, such as one smaller than its own header.
	ErrLength = errors.New("impossible length")
	// ErrValue: a value that the field does not allow.
	ErrValue = errors.New("value not allowed")
	// ErrCount: a count that does not match what is there.
	ErrCount = errors.New("count does not match")
)

// A SyntaxError says where in a message parsing failed, and why. It reads "SPI at offset 40: data ends early".
type SyntaxError struct {
	Offset int    // in the message, its header included
	Field  string // in the RFC's words
	Err    error  // ErrTruncated and its like
}

func (e *SyntaxError) Error() string {
	return fmt.Sprintf("%s at offset %d: %v", e.Field, e.Offset, e.Err)
}

func (e *SyntaxError) Unwrap() error { return e.Err }

// A Note is something odd but readable in a message.
type Note struct {
	Offset int // in the message
	Text   string
}

// NoteAt is a note with a text as fmt.Sprintf makes it.
func NoteAt(off int, format string, args ...any) Note {
	return Note{Offset: off, Text: fmt.Sprintf(format, args...)}
}

// A cursor reads a payload front to back. The first failed read sticks; later reads give zeros.
type cursor struct {
	buf   []byte
	off   int // offset of buf[0] in the message
	err   error
	notes []Note
}

// newCursor returns a cursor at the start of b, whose offsets count from there.
func newCursor(b []byte) cursor { return cursor{buf: b} }

// cursorAt returns a cursor at the start of b, which stands at offset off of the message.
func cursorAt(b []byte, off int) cursor { return cursor{buf: b, off: off} }

// Err is the first error.
func (c *cursor) Err() error { return c.err }

// Notes are the oddities that were noted.
func (c *cursor) Notes() []Note { return c.notes }

// Offset is where the next read starts, in the message.
func (c *cursor) Offset() int { return c.off }

// Len is the number of bytes that are left.
func (c *cursor) Len() int { return len(c.buf) }

// Left is what is left, unread.
func (c *cursor) Left() []byte { return c.buf }

// fail records err for a field that starts here, unless an error came before it.
func (c *cursor) fail(field string, err error) { c.failAt(c.off, field, err) }

func (c *cursor) failAt(off int, field string, err error) {
	if c.err == nil {
		c.err = &SyntaxError{Offset: off, Field: field, Err: err}
	}
}

// maxNotes bounds the notes of one payload: garbage can have an oddity in every other byte.
const maxNotes = 32

// note records an oddity at off that does not stop the parser.
func (c *cursor) note(off int, format string, args ...any) {
	if c.err == nil && len(c.notes) < maxNotes {
		c.notes = append(c.notes, NoteAt(off, format, args...))
	}
}

// take reads n bytes.
func (c *cursor) take(field string, n int) []byte {
	if c.err == nil && (n < 0 || n > len(c.buf)) {
		c.fail(field, ErrTruncated)
	}
	if c.err != nil {
		return nil
	}
	b := c.buf[:n:n]
	c.buf, c.off = c.buf[n:], c.off+n
	return b
}

// rest reads all that is left, possibly nothing.
func (c *cursor) rest() []byte { return c.take("rest", len(c.buf)) }

func (c *cursor) uint8(field string) uint8 {
	b := c.take(field, 1)
	if b == nil {
		return 0
	}
	return b[0]
}

func (c *cursor) uint16(field string) uint16 {
	b := c.take(field, 2)
	if b == nil {
		return 0
	}
	return binary.BigEndian.Uint16(b)
}

func (c *cursor) uint32(field string) uint32 {
	b := c.take(field, 4)
	if b == nil {
		return 0
	}
	return binary.BigEndian.Uint32(b)
}

// reserved reads a reserved field of n bytes, at most 4, and notes it if it is not zero.
func (c *cursor) reserved(field string, n int) uint32 {
	off := c.off
	var v uint32
	for _, b := range c.take(field, n) {
		v = v<<8 | uint32(b)
	}
	if v != 0 {
		c.note(off, "%s is %#x, not zero", field, v)
	}
	return v
}

// within gives parse the next n bytes and returns what it leaves unread, which is noted.
func (c *cursor) within(field string, n int, parse func(*cursor)) (unread []byte) {
	off := c.off
	b := c.take(field, n)
	if c.err != nil {
		return nil
	}
	in := cursor{buf: b, off: off, notes: c.notes}
	parse(&in)
	c.notes = in.notes
	if in.err != nil {
		c.err = in.err
		return nil
	}
	if len(in.buf) == 0 {
		return nil
	}
	c.note(in.off, "%d bytes left over in %s", len(in.buf), field)
	return in.buf
}

// spare takes what a body's parser left unread and notes it; nil if there is nothing.
func (c *cursor) spare(field string) []byte {
	if c.err != nil || len(c.buf) == 0 {
		return nil
	}
	c.note(c.off, "%d bytes left over in %s", len(c.buf), field)
	return c.rest()
}

// addrFrom is the address in b, 4 or 16 bytes; not valid for any other length.
func addrFrom(b []byte) netip.Addr {
	a, _ := netip.AddrFromSlice(b)
	return a
}
