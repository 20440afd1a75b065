package decode

import (
	"encoding/binary"
	"fmt"
	"strconv"

	"github.com/ikedecode/ikedecode/decode/ike"
	"github.com/ikedecode/ikedecode/decode/internal/wire"
)

// AttributeFormat is the AF bit of an attribute's type field: the TV form.
const AttributeFormat = 0x8000

// An Attribute is a data attribute (RFC 2408, section 3.3). What its type means depends on where it stands.
type Attribute struct {
	Type  uint16 // 15 bits, without the AF bit
	Basic bool   // AF bit: the value is the 2 bytes of the TV form
	Value []byte
}

// Uint is the value as an unsigned number, big-endian; false if there is none or it does not fit 64 bits.
func (a Attribute) Uint() (uint64, bool) {
	b := a.Value
	for len(b) > 8 && b[0] == 0 {
		b = b[1:]
	}
	if len(b) == 0 || len(b) > 8 {
		return 0, false
	}
	var v uint64
	for _, x := range b {
		v = v<<8 | uint64(x)
	}
	return v, true
}

// Number renders the value as a plain number, in hex where it is too long for one.
func (a Attribute) Number() string {
	if v, ok := a.Uint(); ok {
		return strconv.FormatUint(v, 10)
	}
	return ike.Hex(a.Value)
}

// parseAttribute parses one attribute; what it returns with an error in c is not to be used.
func parseAttribute(c *wire.Cursor) Attribute {
	t := c.Uint16("attribute type")
	a := Attribute{Type: t &^ AttributeFormat, Basic: t&AttributeFormat != 0}
	if a.Basic {
		a.Value = c.Take("attribute value", 2)
		return a
	}
	n := int(c.Uint16("attribute length"))
	a.Value = c.Take("attribute value", n)
	return a
}

// ParseAttributes parses attributes to the end.
func ParseAttributes(c *wire.Cursor) []Attribute {
	var as []Attribute
	for c.Err() == nil && c.Len() > 0 {
		if a := parseAttribute(c); c.Err() == nil {
			as = append(as, a)
		}
	}
	return as
}

// Append appends the attribute in its form, TV or TLV.
func (a Attribute) Append(dst []byte) []byte {
	if a.Basic {
		var v [2]byte
		copy(v[:], a.Value)
		dst = binary.BigEndian.AppendUint16(dst, a.Type|AttributeFormat)
		return append(dst, v[:]...)
	}
	dst = binary.BigEndian.AppendUint16(dst, a.Type&^AttributeFormat)
	dst = binary.BigEndian.AppendUint16(dst, uint16(len(a.Value)))
	return append(dst, a.Value...)
}

// AppendAttributes appends attributes, each in its form.
func AppendAttributes(dst []byte, as []Attribute) []byte {
	for _, a := range as {
		dst = a.Append(dst)
	}
	return dst
}

// FindAttribute returns the first attribute of type t.
func FindAttribute(as []Attribute, t uint16) (Attribute, bool) {
	for _, a := range as {
		if a.Type == t {
			return a, true
		}
	}
	return Attribute{}, false
}

// String is the type and the length of the value, not the value: what it means depends on where the attribute stands,
// and it may be a password. An AttributeSpace renders it.
func (a Attribute) String() string {
	return fmt.Sprintf("attribute %d, %d bytes", a.Type, len(a.Value))
}
