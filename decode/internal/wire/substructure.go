package wire

import (
	"encoding/binary"
	"fmt"
)

// Where the header's fields are (RFC 2408, section 3.1).
const (
	VersionOffset = 17
	FlagsOffset   = 19
	LengthOffset  = 24
)

// PayloadHeaderLen is the length of the generic payload header (RFC 2408, section 3.2), and that of the substructures that
// begin like it.
const PayloadHeaderLen = 4

// More reads the next payload field of a substructure: true if it is next, another one of its kind, false if it is 0. Any
// other value is an error.
func (c *Cursor) More(what string, next uint8) bool {
	off := c.off
	if c.Len() < 1 {
		c.fail("next payload of the "+what, ErrTruncated)
	}
	v := c.Uint8("")
	if v != 0 && v != next {
		c.FailAt(off, "next payload of the "+what, fmt.Errorf("%w: %d", ErrValue, v))
	}
	return v == next
}

// Length reads the length field of a substructure, its header of 4 bytes included.
func (c *Cursor) Length(what string) int {
	off := c.off
	if c.Len() < 2 {
		c.fail(what+" length", ErrTruncated)
	}
	n := int(c.Uint16(""))
	if c.err == nil && n < PayloadHeaderLen {
		c.FailAt(off, what+" length", fmt.Errorf("%w: %d", ErrLength, n))
	}
	return n
}

// NextOrNone is the next payload field of a substructure: next, or 0 for the last one.
func NextOrNone(next uint8, last bool) byte {
	if last {
		return 0
	}
	return next
}

// SPIs reads what ends a Delete payload: the size of an SPI, the number of SPIs, and they.
func (c *Cursor) SPIs() (size uint8, spis [][]byte) {
	size = c.Uint8("SPI size")
	countOff := c.off
	count := int(c.Uint16("number of SPIs"))
	if size == 0 && count > 0 {
		c.FailAt(countOff, "number of SPIs", ErrCount)
		return size, nil
	}
	for i := 0; i < count && c.err == nil; i++ {
		if spi := c.Take("SPI", int(size)); c.err == nil {
			spis = append(spis, spi)
		}
	}
	return size, spis
}

// AppendSPIs appends what SPIs reads; size is used where there are no SPIs.
func AppendSPIs(dst []byte, size uint8, spis [][]byte) []byte {
	if len(spis) > 0 {
		size = uint8(len(spis[0]))
	}
	dst = binary.BigEndian.AppendUint16(append(dst, size), uint16(len(spis)))
	for _, spi := range spis {
		dst = append(dst, spi...)
	}
	return dst
}

// A Proposal is a proposal as both versions have it, but for its transforms (RFC 2408, section 3.5; RFC 7296, section 3.3.1).
type Proposal[P ~uint8, T any] struct {
	Reserved   uint8
	Number     uint8
	Protocol   P
	SPI        []byte
	Transforms []T
	Spare      []byte // what follows the last transform
}

// ParseProposal reads a proposal and tells whether another one follows it, as next says. Its transforms, of which there may be none,
// are read as long as one says that another follows it.
func ParseProposal[P ~uint8, T any](c *Cursor, next uint8, transform func(*Cursor) (t T, more bool)) (p Proposal[P, T], more bool) {
	more = c.More("proposal", next)
	p.Reserved = uint8(c.Reserved("reserved byte of the proposal", 1))
	n := c.Length("proposal")
	p.Spare = c.Within("proposal", n-PayloadHeaderLen, func(c *Cursor) {
		p.Number = c.Uint8("proposal number")
		p.Protocol = P(c.Uint8("protocol ID"))
		spiSize := int(c.Uint8("SPI size"))
		countOff := c.Offset()
		count := int(c.Uint8("number of transforms"))
		p.SPI = c.Take("SPI", spiSize)
		for more := c.Len() > 0; more && c.Err() == nil; {
			var t T
			if t, more = transform(c); c.Err() == nil {
				p.Transforms = append(p.Transforms, t)
			}
		}
		if c.Err() == nil && len(p.Transforms) != count {
			c.FailAt(countOff, "number of transforms", fmt.Errorf("%w: %d, not %d", ErrCount, len(p.Transforms), count))
		}
	})
	return p, more
}

// Exactly reads what is left, of which there should be n bytes: fewer are an error, more are noted.
func (c *Cursor) Exactly(what string, n int) []byte {
	off := c.off
	b := c.Rest()
	switch {
	case len(b) < n:
		c.FailAt(off, what, ErrTruncated)
	case len(b) > n:
		c.Note(off+n, "%d bytes left over in %s", len(b)-n, what)
	}
	return b
}
