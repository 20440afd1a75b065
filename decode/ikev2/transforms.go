package ikev2

import (
	"github.com/ikedecode/ikedecode/decode/ike"
)

// TransformType is the type of a transform of IKEv2 (RFC 7296, section 3.3.2).
type TransformType uint8

// Transform types.
const (
	TransformENCR   TransformType = 1
	TransformPRF    TransformType = 2
	TransformINTEG  TransformType = 3
	TransformKE     TransformType = 4 // key exchange method: a Group
	TransformESN    TransformType = 5 // sequence numbers
	TransformADDKE1 TransformType = 6 // additional key exchanges (RFC 9370)
	TransformADDKE2 TransformType = 7
	TransformADDKE3 TransformType = 8
	TransformADDKE4 TransformType = 9
	TransformADDKE5 TransformType = 10
	TransformADDKE6 TransformType = 11
	TransformADDKE7 TransformType = 12
	TransformKWA    TransformType = 13 // key wrap algorithm (RFC 9838)
	TransformGCAUTH TransformType = 14 // group controller authentication method
)

// String is the type in IANA's short form, such as "ENCR", or "transform type 99".
func (t TransformType) String() string { return ike.Kind(t).String() }

// IsKeyExchange reports whether the IDs of the type are key exchange methods: KE and ADDKE1 to ADDKE7.
func (t TransformType) IsKeyExchange() bool {
	return t == TransformKE || t >= TransformADDKE1 && t <= TransformADDKE7
}

// spaceOf is the number space of the IDs of a transform type.
func spaceOf(t TransformType) ike.Space {
	switch {
	case t.IsKeyExchange():
		return ike.Group
	case t == TransformENCR:
		return ike.ENCR
	case t == TransformPRF:
		return ike.PRFs
	case t == TransformINTEG:
		return ike.INTEG
	case t == TransformESN:
		return ike.ESNs
	case t == TransformKWA:
		return ike.KWA
	case t == TransformGCAUTH:
		return ike.GCAUTH
	}
	return ike.NoSpace
}
