// Package wire reads bytes as they came: a cursor that checks every bound, and what it finds wrong or odd.
package wire

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
	Field  string // in the RFC's terms
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

// A Cursor reads a payload front to back. The first failed read sticks; later reads give zeros.
type Cursor struct {
	buf   []byte
	off   int // offset of buf[0] in the message
	err   error
	notes []Note
}

// NewCursor returns a cursor at the start of b, whose offsets count from there.
func NewCursor(b []byte) Cursor { return Cursor{buf: b} }

// CursorAt returns a cursor at the start of b, which stands at offset off of the message.
func CursorAt(b []byte, off int) Cursor { return Cursor{buf: b, off: off} }

// Err is the first error.
func (c *Cursor) Err() error { return c.err }

// Notes are the oddities that were noted.
func (c *Cursor) Notes() []Note { return c.notes }

// Offset is where the next read starts, in the message.
func (c *Cursor) Offset() int { return c.off }

// Len is the number of bytes that are left.
func (c *Cursor) Len() int { return len(c.buf) }

// Left is what is left, unread.
func (c *Cursor) Left() []byte { return c.buf }

// fail records err for a field that starts here, unless an error came before it.
func (c *Cursor) fail(field string, err error) { c.FailAt(c.off, field, err) }

func (c *Cursor) FailAt(off int, field string, err error) {
	if c.err == nil {
		c.err = &SyntaxError{Offset: off, Field: field, Err: err}
	}
}

// maxNotes bounds the notes of one payload: garbage can have an oddity in every other byte.
const maxNotes = 32

// Note records an oddity at off that does not stop the parser.
func (c *Cursor) Note(off int, format string, args ...any) {
	if c.err == nil && len(c.notes) < maxNotes {
		c.notes = append(c.notes, NoteAt(off, format, args...))
	}
}

// Take reads n bytes.
func (c *Cursor) Take(field string, n int) []byte {
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

// Rest reads all that is left, possibly nothing.
func (c *Cursor) Rest() []byte { return c.Take("rest", len(c.buf)) }

func (c *Cursor) Uint8(field string) uint8 {
	b := c.Take(field, 1)
	if b == nil {
		return 0
	}
	return b[0]
}

func (c *Cursor) Uint16(field string) uint16 {
	b := c.Take(field, 2)
	if b == nil {
		return 0
	}
	return binary.BigEndian.Uint16(b)
}

func (c *Cursor) Uint32(field string) uint32 {
	b := c.Take(field, 4)
	if b == nil {
		return 0
	}
	return binary.BigEndian.Uint32(b)
}

// Reserved reads a reserved field of n bytes, at most 4, and notes it if it is not zero.
func (c *Cursor) Reserved(field string, n int) uint32 {
	off := c.off
	var v uint32
	for _, b := range c.Take(field, n) {
		v = v<<8 | uint32(b)
	}
	if v != 0 {
		c.Note(off, "%s is %#x, not zero", field, v)
	}
	return v
}

// Within gives parse the next n bytes and returns what it leaves unread, which is noted.
func (c *Cursor) Within(field string, n int, parse func(*Cursor)) (unread []byte) {
	off := c.off
	b := c.Take(field, n)
	if c.err != nil {
		return nil
	}
	after, afterOff := c.buf, c.off
	c.buf, c.off = b, off
	parse(c)
	unread, at := c.buf, c.off
	c.buf, c.off = after, afterOff
	if c.err != nil || len(unread) == 0 {
		return nil
	}
	c.Note(at, "%d bytes left over in %s", len(unread), field)
	return unread
}

// Spare takes what a body's parser left unread and notes it; nil if there is nothing.
func (c *Cursor) Spare(field string) []byte {
	if c.err != nil || len(c.buf) == 0 {
		return nil
	}
	c.Note(c.off, "%d bytes left over in %s", len(c.buf), field)
	return c.Rest()
}

// addrFrom is the address in b, 4 or 16 bytes; not valid for any other length.
func Addr(b []byte) netip.Addr {
	a, _ := netip.AddrFromSlice(b)
	return a
}
