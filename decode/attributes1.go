package decode

import "encoding/binary"

// ConfigType is the message type of an Attributes payload (draft-dukes-ike-mode-cfg, section 3.2).
type ConfigType uint8

// Message types of the Attributes payload.
const (
	ConfigRequest ConfigType = 1
	ConfigReply   ConfigType = 2
	ConfigSet     ConfigType = 3
	ConfigAck     ConfigType = 4
)

var configTypeNames = map[ConfigType]string{
	ConfigRequest: "REQUEST", ConfigReply: "REPLY", ConfigSet: "SET", ConfigAck: "ACK",
}

// String is the message type's name, such as "REQUEST", or "configuration type 9".
func (t ConfigType) String() string { return nameOf(configTypeNames, t, "configuration type") }

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
	a.Attributes = parseAttributes(c)
	return a
}

// Append implements Body.
func (a *Attributes1) Append(dst []byte) []byte {
	dst = append(dst, byte(a.Type), a.Reserved)
	dst = binary.BigEndian.AppendUint16(dst, a.ID)
	return appendAttributes(dst, a.Attributes)
}

// Attr returns the first attribute of type t, one of the Config constants.
func (a *Attributes1) Attr(t uint16) (Attribute, bool) { return findAttribute(a.Attributes, t) }
