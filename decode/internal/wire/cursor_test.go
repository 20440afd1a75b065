package wire

import (
	"errors"
	"math"
	"testing"
)

func TestCursorErrorSticks(t *testing.T) {
	c := Cursor{buf: []byte{1, 2, 3}, off: 40}
	if c.Uint16("first") != 0x0102 || c.Uint32("second") != 0 || c.Uint8("third") != 0 {
		t.Error("values after a failed read are not zero")
	}
	if got, want := c.err.Error(), "second at offset 42: data ends early"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if !errors.Is(c.err, ErrTruncated) {
		t.Error("not ErrTruncated")
	}
}

func TestCursorTakeOutOfRange(t *testing.T) {
	for _, n := range []int{-1, 4, math.MaxInt} {
		c := Cursor{buf: []byte{1, 2, 3}}
		if b := c.Take("field", n); b != nil || c.err == nil {
			t.Errorf("take(%d) of 3 bytes: %x, %v", n, b, c.err)
		}
	}
}

func TestCursorWithin(t *testing.T) {
	c := Cursor{buf: []byte{1, 2, 3, 4}, off: 10}
	left := c.Within("inner", 3, func(c *Cursor) { c.Uint8("a") })
	if len(left) != 2 || len(c.notes) != 1 || c.notes[0].Offset != 11 || c.Uint8("b") != 4 || c.err != nil {
		t.Errorf("left %x, notes %v, error %v", left, c.notes, c.err)
	}
	c = Cursor{buf: []byte{1, 2, 3, 4}, off: 10}
	c.Within("inner", 1, func(c *Cursor) { c.Uint16("a") })
	var syntax *SyntaxError
	if !errors.As(c.err, &syntax) || syntax.Offset != 10 || syntax.Field != "a" {
		t.Errorf("error %v", c.err)
	}
}

func TestCursorNotesAreBounded(t *testing.T) {
	var c Cursor
	for range 10 * maxNotes {
		c.Note(0, "odd")
	}
	if len(c.notes) != maxNotes {
		t.Errorf("%d notes", len(c.notes))
	}
}
