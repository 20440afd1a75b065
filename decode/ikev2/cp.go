package ikev2

import (
	"encoding/binary"
	"strings"

	"github.com/ikedecode/ikedecode/decode"
	"github.com/ikedecode/ikedecode/decode/ike"
	"github.com/ikedecode/ikedecode/decode/internal/wire"
)

// CP is a Configuration payload (RFC 7296, section 3.15). Its attributes have the numbers and the meaning of Mode
// Config's, and some more.
type CP struct {
	Type       ike.ConfigType
	Reserved   uint32 // 3 bytes, zero
	Attributes []ConfigAttribute
}

// ConfigAttribute is a configuration attribute (RFC 7296, section 3.15.1). Unlike other attributes it always has a length;
// Basic is not used.
type ConfigAttribute struct {
	decode.Attribute
	ReservedBit bool // the bit before the type, zero
}

func parseCP(c *wire.Cursor) decode.Body {
	p := &CP{Type: ike.ConfigType(c.Uint8("configuration type"))}
	p.Reserved = c.Reserved("reserved bytes of the CP payload", 3)
	for c.Err() == nil && c.Len() > 0 {
		if a := parseConfigAttribute(c); c.Err() == nil {
			p.Attributes = append(p.Attributes, a)
		}
	}
	return p
}

func parseConfigAttribute(c *wire.Cursor) (a ConfigAttribute) {
	off := c.Offset()
	t := c.Uint16("attribute type")
	a.Type, a.ReservedBit = t&^decode.AttributeFormat, t&decode.AttributeFormat != 0
	n := int(c.Uint16("attribute length"))
	a.Value = c.Take("attribute value", n)
	if a.ReservedBit {
		c.Note(off, "reserved bit of the configuration attribute is set")
	}
	return a
}

// Append implements Body.
func (p *CP) Append(dst []byte) []byte {
	dst = append(dst, byte(p.Type), byte(p.Reserved>>16), byte(p.Reserved>>8), byte(p.Reserved))
	for _, a := range p.Attributes {
		dst = a.Append(dst)
	}
	return dst
}

// Append appends the attribute.
func (a ConfigAttribute) Append(dst []byte) []byte {
	t := a.Type &^ decode.AttributeFormat
	if a.ReservedBit {
		t |= decode.AttributeFormat
	}
	dst = binary.BigEndian.AppendUint16(dst, t)
	dst = binary.BigEndian.AppendUint16(dst, uint16(len(a.Value)))
	return append(dst, a.Value...)
}

// Attr returns the first attribute of type t, one of the Config constants.
func (p *CP) Attr(t uint16) (decode.Attribute, bool) {
	for _, a := range p.Attributes {
		if a.Type == t {
			return a.Attribute, true
		}
	}
	return decode.Attribute{}, false
}

// String lists type and attributes: "REPLY INTERNAL_IP4_ADDRESS=10.3.0.1, INTERNAL_IP4_DNS=10.1.0.10".
func (p *CP) String() string {
	parts := make([]string, 0, len(p.Attributes))
	for _, a := range p.Attributes {
		s := a.ConfigName()
		if v := a.ConfigValue(); v != "" {
			s += "=" + v
		}
		parts = append(parts, s)
	}
	return strings.TrimSpace(p.Type.String() + " " + strings.Join(parts, ", "))
}

func (p *CP) config() *ike.Config {
	c := &ike.Config{Type: p.Type, Attributes: make([]ike.Attribute, len(p.Attributes))}
	for i, a := range p.Attributes {
		c.Attributes[i] = ike.Attribute{Type: a.Type, Value: a.Value}
	}
	return c
}
