package decode

import (
	"encoding/binary"
	"strings"
)

// Attributes1 is an Attributes payload (draft-dukes-ike-mode-cfg, section 3.2), which carries Mode Config and XAUTH.
type Attributes1 struct {
	Type       ConfigType
	Reserved   uint8 // zero
	ID         uint16
	Attributes []Attribute
}

func parseAttributes1(c *cursor) Body {
	a := &Attributes1{Type: ConfigType(c.uint8("configuration type"))}
	a.Reserved = uint8(c.reserved("reserved byte of the Attributes payload", 1))
	a.ID = c.uint16("identifier")
	a.Attributes = ParseAttributes(c)
	return a
}

// Append implements Body.
func (a *Attributes1) Append(dst []byte) []byte {
	dst = append(dst, byte(a.Type), a.Reserved)
	dst = binary.BigEndian.AppendUint16(dst, a.ID)
	return AppendAttributes(dst, a.Attributes)
}

// Attr returns the first attribute of type t, one of the Config constants.
func (a *Attributes1) Attr(t uint16) (Attribute, bool) { return FindAttribute(a.Attributes, t) }

// String lists type and attributes: "REPLY INTERNAL_IP4_ADDRESS=10.3.0.1, INTERNAL_IP4_DNS=10.1.0.10". Secrets are
// masked.
func (a *Attributes1) String() string {
	parts := make([]string, 0, len(a.Attributes))
	for _, attr := range a.Attributes {
		s := attr.ConfigName()
		if v := attr.ConfigValue(); v != "" {
			s += "=" + v
		}
		parts = append(parts, s)
	}
	return strings.TrimSpace(a.Type.String() + " " + strings.Join(parts, ", "))
}
