package decode

import "github.com/ikedecode/ikedecode/decode/ike"

// Group is a Diffie-Hellman group or other key exchange method. IKEv1's group descriptions (RFC 2409, section 6, and
// IANA's registry) and the transform IDs of IKEv2 share one number space.
type Group uint16

// Name is the group's name; false where it has none.
func (g Group) Name() (string, bool) {
	return ike.Group.Name(uint16(g))
}

// String is the group's name, such as "MODP-1024", or "group 99".
func (g Group) String() string { return ike.Group.AlgorithmName(uint16(g)) }
