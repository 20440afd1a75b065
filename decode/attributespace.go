package decode

import (
	"fmt"
	"strings"

	"github.com/ikedecode/ikedecode/decode/internal/render"
)

// An AttributeSpace has the names of one set of attributes: of phase 1, of phase 2, of Mode Config.
type AttributeSpace map[uint16]AttributeKind

// An AttributeKind is one row: the name of an attribute and how to render its value. Without values and render it is a
// number where it fits one, hex else.
type AttributeKind struct {
	Name   string
	Values map[uint16]string
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
		return render.Hex(a.Value)
	}
	if name, known := k.Values[uint16(v)]; known && v <= 0xffff {
		return name
	}
	return fmt.Sprint(v)
}

// ShortValue is the value of an attribute, or its name and number where the value has no name.
func (s AttributeSpace) ShortValue(a Attribute) string {
	k := s[a.Type]
	v, ok := a.Uint()
	if _, known := k.Values[uint16(v)]; k.Values != nil && (!ok || v > 0xffff || !known) {
		return strings.ToLower(strings.ReplaceAll(k.Name, "-", " ")) + " " + s.Value(a)
	}
	return s.Value(a)
}

// HexValue renders the value in hex, whatever it is.
func HexValue(a Attribute) string { return render.Hex(a.Value) }
