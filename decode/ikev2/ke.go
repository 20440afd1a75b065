package ikev2

import (
	"encoding/binary"

	"github.com/ikedecode/ikedecode/decode"
	"github.com/ikedecode/ikedecode/decode/internal/wire"
)

// KE is a Key Exchange payload of IKEv2 (RFC 7296, section 3.4): a public value as the group has it, or, of a key
// encapsulation mechanism, the public key in the request and the ciphertext in the response.
type KE struct {
	Group    decode.Group
	Reserved uint16 // zero
	Data     []byte
}

func parseKE(c *wire.Cursor) decode.Body {
	k := &KE{Group: decode.Group(c.Uint16("key exchange method"))}
	k.Reserved = uint16(c.Reserved("reserved bytes of the KE payload", 2))
	k.Data = c.Rest()
	return k
}

// Append implements Body.
func (k *KE) Append(dst []byte) []byte {
	dst = binary.BigEndian.AppendUint16(dst, uint16(k.Group))
	dst = binary.BigEndian.AppendUint16(dst, k.Reserved)
	return append(dst, k.Data...)
}

// String is the group.
func (k *KE) String() string { return k.Group.String() }
