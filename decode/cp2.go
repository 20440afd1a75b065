package decode

import (
	"encoding/binary"
	"strings"
)

// CP2 is a Configuration payload (RFC 7296, section 3.15). Its attributes have the numbers and the meaning of Mode
// Config's, and some more.
type CP2 struct {
	Type       ConfigType
	Reserved   uint32 // 3 bytes, zero
	Attributes []ConfigAttribute
}

// ConfigAttribute is a configuration attribute (RFC 7296, section 3.15.1). Unlike other attributes it always has a length;
// Basic is not used.
type ConfigAttribute struct {
	Attribute
	ReservedBit bool // the bit before the type, zero
}

func parseCP2(c *cursor) Body {
	p := &CP2{Type: ConfigType(c.uint8("configuration type"))}
	p.Reserved = c.reserved("reserved bytes of the CP payload", 3)
	for c.Err() == nil && c.Len() > 0 {
		if a := parseConfigAttribute(c); c.Err() == nil {
			p.Attributes = append(p.Attributes, a)
		}
	}
	return p
}

func parseConfigAttribute(c *cursor) (a ConfigAttribute) {
	off := c.Offset()
	t := c.uint16("attribute type")
	a.Type, a.ReservedBit = t&^AttributeFormat, t&AttributeFormat != 0
	n := int(c.uint16("attribute length"))
	a.Value = c.take("attribute value", n)
	if a.ReservedBit {
		c.note(off, "reserved bit of the configuration attribute is set")
	}
	return a
}

// Append implements Body.
func (p *CP2) Append(dst []byte) []byte {
	dst = append(dst, byte(p.Type), byte(p.Reserved>>16), byte(p.Reserved>>8), byte(p.Reserved))
	for _, a := range p.Attributes {
		dst = a.Append(dst)
	}
	return dst
}

// Append appends the attribute.
func (a ConfigAttribute) Append(dst []byte) []byte {
	t := a.Type &^ AttributeFormat
	if a.ReservedBit {
		t |= AttributeFormat
	}
	dst = binary.BigEndian.AppendUint16(dst, t)
	dst = binary.BigEndian.AppendUint16(dst, uint16(len(a.Value)))
	return append(dst, a.Value...)
}

// Attr returns the first attribute of type t, one of the Config constants.
func (p *CP2) Attr(t uint16) (Attribute, bool) {
	for _, a := range p.Attributes {
		if a.Type == t {
			return a.Attribute, true
		}
	}
	return Attribute{}, false
}

// String lists type and attributes: "REPLY INTERNAL_IP4_ADDRESS=10.3.0.1, INTERNAL_IP4_DNS=10.1.0.10".
func (p *CP2) String() string {
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
