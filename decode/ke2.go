package decode

import "encoding/binary"

// KE2 is a Key Exchange payload of IKEv2 (RFC 7296, section 3.4): a public value as the group has it, or, of a key
// encapsulation mechanism, the public key in the request and the ciphertext in the answer.
type KE2 struct {
	Group    Group
	Reserved uint16 // zero
	Data     []byte
}

func parseKE2(c *cursor) Body {
	k := &KE2{Group: Group(c.uint16("key exchange method"))}
	k.Reserved = uint16(c.reserved("reserved bytes of the KE payload", 2))
	k.Data = c.rest()
	return k
}

// Append implements Body.
func (k *KE2) Append(dst []byte) []byte {
	dst = binary.BigEndian.AppendUint16(dst, uint16(k.Group))
	dst = binary.BigEndian.AppendUint16(dst, k.Reserved)
	return append(dst, k.Data...)
}

// String is the group.
func (k *KE2) String() string { return k.Group.String() }
