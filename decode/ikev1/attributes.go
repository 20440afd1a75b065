package ikev1

import (
	"encoding/binary"
	"strings"

	"github.com/ikedecode/ikedecode/decode"
	"github.com/ikedecode/ikedecode/decode/ike"
	"github.com/ikedecode/ikedecode/decode/internal/wire"
)

// Attributes is an Attributes payload (draft-dukes-ike-mode-cfg, section 3.2), which carries Mode Config and XAUTH.
type Attributes struct {
	Type       ike.ConfigType
	Reserved   uint8 // zero
	ID         uint16
	Attributes []decode.Attribute
}

func parseAttributes(c *wire.Cursor) decode.Body {
	a := &Attributes{Type: ike.ConfigType(c.Uint8("configuration type"))}
	a.Reserved = uint8(c.Reserved("reserved byte of the Attributes payload", 1))
	a.ID = c.Uint16("identifier")
	a.Attributes = decode.ParseAttributes(c)
	return a
}

// Append implements Body.
func (a *Attributes) Append(dst []byte) []byte {
	dst = append(dst, byte(a.Type), a.Reserved)
	dst = binary.BigEndian.AppendUint16(dst, a.ID)
	return decode.AppendAttributes(dst, a.Attributes)
}

// Attr returns the first attribute of type t, one of the Config constants.
func (a *Attributes) Attr(t uint16) (decode.Attribute, bool) {
	return decode.FindAttribute(a.Attributes, t)
}

// String lists type and attributes: "REPLY INTERNAL_IP4_ADDRESS=10.3.0.1, INTERNAL_IP4_DNS=10.1.0.10". Secrets are
// masked.
func (a *Attributes) String() string {
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
