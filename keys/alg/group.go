package alg

import (
	"errors"
	"slices"
)

// A Group is a Diffie-Hellman group.
type Group struct {
	Name      string // as reports print it: "MODP-2048", "ECP-256"
	ID        uint16 // IANA group description, the same in IKEv1 and IKEv2; 0 for one given as values
	PublicLen int    // bytes of the public value in a KE payload
	SharedLen int    // bytes of g^xy, leading zeros kept
	// Public computes the public value of a private one: big-endian, leading zeros allowed; for Curve25519 and Curve448 the
	// bytes of RFC 7748.
	Public func(private []byte) ([]byte, error)
	// Shared computes g^xy from one side's private value and the other's public value. A public value that is not in the
	// group gives ErrPublicValue. It need not run in constant time: the private value is the user's own, read from a file.
	Shared func(private, peer []byte) ([]byte, error)
}

// What is wrong with a value given to a group.
var (
	ErrPublicValue  = errors.New("public value not in the group")
	ErrPrivateValue = errors.New("private value out of range")
)

var groups = slices.Concat(modpGroups(), ecpGroups(), curveGroups())

// GroupByID finds a group by its IANA number; nil where it is not supported.
func GroupByID(id uint16) *Group {
	return find(groups, func(g *Group) bool { return g.ID == id })
}

// GroupsByPublicLen lists the groups whose public value has so many bytes, the likeliest first: what a KE payload can belong to
// when the SA payload that chose the group is not in the capture.
func GroupsByPublicLen(n int) []*Group {
	var fit []*Group
	for _, g := range groups {
		if g.PublicLen == n {
			fit = append(fit, g)
		}
	}
	return fit
}

// trimZeros takes the leading zeros off a big-endian number.
func trimZeros(b []byte) []byte {
	for len(b) > 0 && b[0] == 0 {
		b = b[1:]
	}
	return b
}
