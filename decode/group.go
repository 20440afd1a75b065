package decode

import (
	"github.com/ikedecode/ikedecode/decode/internal/render"
)

// Group is a Diffie-Hellman group or other key exchange method. IKEv1's group descriptions (RFC 2409, section 6, and
// IANA's registry) and the transform IDs of IKEv2 share one number space.
type Group uint16

var groupNames = map[Group]string{
	0: "none", 1: "MODP-768", 2: "MODP-1024", 3: "EC2N-155", 4: "EC2N-185", 5: "MODP-1536",
	6: "EC2N-163", 7: "EC2N-163K", 8: "EC2N-283", 9: "EC2N-283K", 10: "EC2N-409", 11: "EC2N-409K", 12: "EC2N-571",
	13: "EC2N-571K", 14: "MODP-2048", 15: "MODP-3072", 16: "MODP-4096", 17: "MODP-6144", 18: "MODP-8192",
	19: "ECP-256", 20: "ECP-384", 21: "ECP-521", 22: "MODP-1024-160", 23: "MODP-2048-224", 24: "MODP-2048-256",
	25: "ECP-192", 26: "ECP-224", 27: "brainpoolP224r1", 28: "brainpoolP256r1", 29: "brainpoolP384r1",
	30: "brainpoolP512r1", 31: "Curve25519", 32: "Curve448", 33: "GOST3410-2012-256", 34: "GOST3410-2012-512",
	35: "ML-KEM-512", 36: "ML-KEM-768", 37: "ML-KEM-1024",
}

// Name is the group's name; false where it has none.
func (g Group) Name() (string, bool) {
	name, ok := groupNames[g]
	return name, ok
}

// String is the group's name, such as "MODP-1024", or "group 99".
func (g Group) String() string { return render.Name(groupNames, g, "group") }
