package ikev2

import (
	"github.com/ikedecode/ikedecode/decode"
	"github.com/ikedecode/ikedecode/decode/ike"
	"github.com/ikedecode/ikedecode/decode/internal/wire"
)

// ID is an Identification payload of IKEv2 (RFC 7296, section 3.5), IDi or IDr, or one of a group, IDg (RFC 9838).
type ID struct {
	Type     ike.IDType
	Reserved uint32 // 3 bytes, zero
	Data     []byte
}

func parseID(c *wire.Cursor) decode.Body {
	id := &ID{Type: ike.IDType(c.Uint8("ID type"))}
	id.Reserved = c.Reserved("reserved bytes of the ID payload", 3)
	if n, ok := id.Type.AddrLen(ike.V2); ok {
		id.Data = c.Exactly(id.Type.Name(ike.V2)+" data", n)
	} else {
		id.Data = c.Rest()
	}
	return id
}

// Append implements Body.
func (id *ID) Append(dst []byte) []byte {
	dst = append(dst, byte(id.Type), byte(id.Reserved>>16), byte(id.Reserved>>8), byte(id.Reserved))
	return append(dst, id.Data...)
}

// String is the identity: "192.0.2.1", "gwa.example.org", "user@example.org", "C=CH, CN=gwa", "%any" for ID_NULL, or hex as 0x… for
// what has no text form.
func (id *ID) String() string { return id.Identity().String() }

// Identity is the payload as a value of both versions.
func (id *ID) Identity() ike.Identity {
	return ike.Identity{Version: ike.V2, Type: id.Type, Data: id.Data}
}
