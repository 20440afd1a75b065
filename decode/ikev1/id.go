package ikev1

import (
	"encoding/binary"

	"github.com/ikedecode/ikedecode/decode"
	"github.com/ikedecode/ikedecode/decode/ike"
	"github.com/ikedecode/ikedecode/decode/internal/wire"
)

// ID is an Identification payload (RFC 2407, section 4.6.2): of a peer in phase 1, of the traffic in phase 2.
type ID struct {
	Type     ike.IDType
	Protocol uint8  // IP protocol, 0: any
	Port     uint16 // 0: any
	Data     []byte
}

func parseID(c *wire.Cursor) decode.Body {
	id := &ID{
		Type:     ike.IDType(c.Uint8("ID type")),
		Protocol: c.Uint8("protocol ID"),
		Port:     c.Uint16("port"),
	}
	if n, ok := id.Type.AddrLen(ike.V1); ok {
		id.Data = c.Exactly(id.Type.Name(ike.V1)+" data", n)
	} else {
		id.Data = c.Rest()
	}
	return id
}

// Append implements Body.
func (id *ID) Append(dst []byte) []byte {
	dst = append(dst, byte(id.Type), id.Protocol)
	dst = binary.BigEndian.AppendUint16(dst, id.Port)
	return append(dst, id.Data...)
}

// String is the identity, followed by protocol and port where they are not both any: "10.1.0.0/24 udp/1701", "10.1.0.1 tcp".
func (id *ID) String() string { return id.Identity().String() }
