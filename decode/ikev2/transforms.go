package ikev2

import (
	"strconv"

	"github.com/ikedecode/ikedecode/decode/internal/render"
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

var transformTypeNames = map[TransformType]string{
	TransformENCR: "ENCR", TransformPRF: "PRF", TransformINTEG: "INTEG", TransformKE: "KE", TransformESN: "ESN",
	TransformADDKE1: "ADDKE1", TransformADDKE2: "ADDKE2", TransformADDKE3: "ADDKE3", TransformADDKE4: "ADDKE4",
	TransformADDKE5: "ADDKE5", TransformADDKE6: "ADDKE6", TransformADDKE7: "ADDKE7", TransformKWA: "KWA",
	TransformGCAUTH: "GCAUTH",
}

// String is the type in IANA's short form, such as "ENCR", or "transform type 99".
func (t TransformType) String() string { return render.Name(transformTypeNames, t, "transform type") }

// IsKeyExchange reports whether the IDs of the type are key exchange methods: KE and ADDKE1 to ADDKE7.
func (t TransformType) IsKeyExchange() bool {
	return t == TransformKE || t >= TransformADDKE1 && t <= TransformADDKE7
}

// Transform IDs of IANA's registry for IKEv2, in the words that the names of IKEv1's have.

// TransformName is the name of transform id of type typ, without a key length: "AES-CBC" for 12 of ENCR, "MODP-2048"
// for 14 of KE, or the number alone. Additional key exchanges have the names of groups.
func TransformName(typ TransformType, id uint16) string {
	if name, ok := spaceOf(typ).Name(id); ok {
		return name
	}
	return strconv.Itoa(int(id))
}
