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
