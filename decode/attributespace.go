package decode

import (
	"fmt"

	"github.com/ikedecode/ikedecode/decode/ike"
)

// An AttributeSpace has the names of one set of attributes: of phase 1, of phase 2, of Mode Config.
type AttributeSpace map[uint16]AttributeKind

// An AttributeKind is one row: the name of an attribute and how to render its value. Without a name and render it is a
// number where it fits one, hex else.
type AttributeKind struct {
	Name   string
	Values map[uint16]string
	Space  ike.Space // of algorithms: their names are there
	Render func(Attribute) string
}

// Name is the attribute's name, or "attribute 99".
func (s AttributeSpace) Name(t uint16) string {
	if k, ok := s[t]; ok {
		return k.Name
	}
	return fmt.Sprintf("attribute %d", t)
}

// Value renders the attribute's value.
func (s AttributeSpace) Value(a Attribute) string {
	k := s[a.Type]
	if k.Render != nil {
		return k.Render(a)
	}
	v, ok := a.Uint()
	if !ok {
		return ike.Hex(a.Value)
	}
	if v <= 0xffff {
		if name, known := k.Values[uint16(v)]; known {
			return name
		}
		if name, known := k.Space.Name(uint16(v)); known {
			return name
		}
	}
	return fmt.Sprint(v)
}

// HexValue renders the value in hex, whatever it is.
func HexValue(a Attribute) string { return ike.Hex(a.Value) }
