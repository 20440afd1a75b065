// Package ike is the vocabulary of both versions of IKE: identities, proposals, traffic selectors, notifications and what else the
// peers of a negotiation tell each other, as values with names and comparison. What the two versions say in different bytes and
// numbers is one value here, so that whoever judges a negotiation need not know by which version it came.
//
// The packages ikev1 and ikev2 read the bytes and make these values. Slices point into the datagram that they come from.
package ike

import "fmt"

// Version is the major version of IKE.
type Version uint8

// The versions.
const (
	V1 Version = 1 // RFC 2409
	V2 Version = 2 // RFC 7296
)

// String is "IKEv1" or "IKEv2".
func (v Version) String() string { return fmt.Sprintf("IKEv%d", uint8(v)) }

// A Side is one of the two peers of an IKE SA.
type Side uint8

// The sides. NoSide is neither, or not known.
const (
	NoSide Side = iota
	Initiator
	Responder
)

// SideOf is Initiator where initiator is set, else Responder.
func SideOf(initiator bool) Side {
	if initiator {
		return Initiator
	}
	return Responder
}

// Other is the peer of a side.
func (s Side) Other() Side {
	switch s {
	case Initiator:
		return Responder
	case Responder:
		return Initiator
	}
	return NoSide
}

// String is "initiator", "responder" or "".
func (s Side) String() string { return [...]string{"", "initiator", "responder"}[min(s, Responder)] }

// NameOf is the name of v, or kind and number where it has none.
func NameOf[T ~uint8 | ~uint16](names map[T]string, v T, kind string) string {
	if name, ok := names[v]; ok {
		return name
	}
	return fmt.Sprintf("%s %d", kind, uint64(v))
}
