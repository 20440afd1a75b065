package decode

import (
	"encoding/hex"
	"fmt"
)

// An attributeSpace has the names of one set of attributes: of phase 1, of phase 2, of Mode Config.
type attributeSpace map[uint16]attributeKind

// An attributeKind is one row: the name of an attribute and how to render its value. Without values and render it is a
// number where it fits one, hex else.
type attributeKind struct {
	name   string
	values map[uint16]string
	render func(Attribute) string
}

// name is the attribute's name, or "attribute 99".
func (s attributeSpace) name(t uint16) string {
	if k, ok := s[t]; ok {
		return k.name
	}
	return fmt.Sprintf("attribute %d", t)
}

// value renders the attribute's value.
func (s attributeSpace) value(a Attribute) string {
	k := s[a.Type]
	if k.render != nil {
		return k.render(a)
	}
	v, ok := a.Uint()
	if !ok {
		return hexValue(a.Value)
	}
	if name, known := k.values[uint16(v)]; known && v <= 0xffff {
		return name
	}
	return fmt.Sprint(v)
}

// hexValue is b in hex as 0x…, or "" for nothing.
func hexValue(b []byte) string {
	if len(b) == 0 {
		return ""
	}
	return "0x" + hex.EncodeToString(b)
}
