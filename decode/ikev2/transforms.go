package ikev2

import (
	"strconv"

	"github.com/ikedecode/ikedecode/decode"
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

var encrNames = map[uint16]string{
	1: "DES-IV64", 2: "DES-CBC", 3: "3DES-CBC", 4: "RC5-CBC", 5: "IDEA-CBC", 6: "CAST-128-CBC", 7: "Blowfish-CBC",
	8: "3IDEA", 9: "DES-IV32", 11: "NULL", 12: "AES-CBC", 13: "AES-CTR", 14: "AES-CCM-8", 15: "AES-CCM-12",
	16: "AES-CCM-16", 18: "AES-GCM-8", 19: "AES-GCM-12", 20: "AES-GCM-16", 21: "NULL-AES-GMAC", 22: "XTS-AES",
	23: "Camellia-CBC", 24: "Camellia-CTR", 25: "Camellia-CCM-8", 26: "Camellia-CCM-12", 27: "Camellia-CCM-16",
	28: "ChaCha20-Poly1305", 29: "AES-CCM-8-IIV", 30: "AES-GCM-16-IIV", 31: "ChaCha20-Poly1305-IIV", // RFC 8750
	32: "Kuznyechik-MGM-KTREE", 33: "Magma-MGM-KTREE", 34: "Kuznyechik-MGM-MAC-KTREE", 35: "Magma-MGM-MAC-KTREE", // RFC 9227
	// Private numbers of strongSwan.
	1026: "Serpent-CBC", 1027: "Twofish-CBC",
}

var prfNames = map[uint16]string{
	1: "HMAC-MD5", 2: "HMAC-SHA1", 3: "HMAC-TIGER", 4: "AES-XCBC-128", 5: "HMAC-SHA2-256", 6: "HMAC-SHA2-384",
	7: "HMAC-SHA2-512", 8: "AES-CMAC-128", 9: "HMAC-STREEBOG-512", // RFC 9385
}

var integNames = map[uint16]string{
	0: "NONE", 1: "HMAC-MD5-96", 2: "HMAC-SHA1-96", 3: "DES-MAC", 4: "KPDK-MD5", 5: "AES-XCBC-96", 6: "HMAC-MD5-128",
	7: "HMAC-SHA1-160", 8: "AES-CMAC-96", 9: "AES-128-GMAC", 10: "AES-192-GMAC", 11: "AES-256-GMAC",
	12: "HMAC-SHA2-256-128", 13: "HMAC-SHA2-384-192", 14: "HMAC-SHA2-512-256",
	// Private numbers of strongSwan.
	1025: "HMAC-SHA1-128", 1026: "HMAC-SHA2-256-96", 1027: "HMAC-SHA2-256-256", 1028: "HMAC-SHA2-384-384",
	1029: "Camellia-XCBC-96",
}

// esnNames has the kinds of sequence numbers; RFC 9827 has renamed the first two and added the third.
var esnNames = map[uint16]string{0: "no", 1: "yes", 2: "32-bit unspecified"}

var keyWrapNames = map[uint16]string{1: "KW-5649-128", 2: "KW-5649-192", 3: "KW-5649-256", 4: "KW-ARX"}

var gcAuthNames = map[uint16]string{1: "implicit", 2: "digital signature"}

var transformNames = map[TransformType]map[uint16]string{
	TransformENCR: encrNames, TransformPRF: prfNames, TransformINTEG: integNames, TransformESN: esnNames,
	TransformKWA: keyWrapNames, TransformGCAUTH: gcAuthNames,
}

// TransformName is the name of transform id of type typ, without a key length: "AES-CBC" for 12 of ENCR, "MODP-2048"
// for 14 of KE, or the number alone. Additional key exchanges have the names of groups.
func TransformName(typ TransformType, id uint16) string {
	if typ.IsKeyExchange() {
		if name, ok := decode.Group(id).Name(); ok {
			return name
		}
		return strconv.Itoa(int(id))
	}
	if name, ok := transformNames[typ][id]; ok {
		return name
	}
	return strconv.Itoa(int(id))
}
