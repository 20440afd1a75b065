package ikev1

import (
	"github.com/ikedecode/ikedecode/decode"
	"github.com/ikedecode/ikedecode/decode/ike"
)

// Attributes of a phase 1 transform (RFC 2409, appendix A, and IANA's registry).
const (
	Phase1Encryption    uint16 = 1
	Phase1Hash          uint16 = 2
	Phase1AuthMethod    uint16 = 3
	Phase1Group         uint16 = 4
	Phase1GroupType     uint16 = 5
	Phase1GroupPrime    uint16 = 6
	Phase1GroupGenOne   uint16 = 7
	Phase1GroupGenTwo   uint16 = 8
	Phase1GroupCurveA   uint16 = 9
	Phase1GroupCurveB   uint16 = 10
	Phase1LifeType      uint16 = 11
	Phase1LifeDuration  uint16 = 12
	Phase1PRF           uint16 = 13
	Phase1KeyLength     uint16 = 14 // in bits
	Phase1FieldSize     uint16 = 15
	Phase1GroupOrder    uint16 = 16
	Phase1BlockSize     uint16 = 17
	Phase1GSSIdentity   uint16 = 16384 // draft-ietf-ipsec-isakmp-gss-auth, used by Windows
	phase1AsymmetricAlg uint16 = 20    // of a Chinese profile
)

// TransformKeyIKE is the one transform ID of phase 1 (RFC 2407, section 4.4.2).
const TransformKeyIKE = 1

var groupTypeNames = map[uint16]string{1: "MODP", 2: "ECP", 3: "EC2N"}

var phase1Attributes = decode.AttributeSpace{
	Phase1Encryption:    {Name: "Encryption-Algorithm", Space: ike.Phase1Cipher},
	Phase1Hash:          {Name: "Hash-Algorithm", Space: ike.Phase1Hash},
	Phase1AuthMethod:    {Name: "Authentication-Method", Space: ike.Phase1Auth},
	Phase1Group:         {Name: "Group-Description", Render: renderGroup},
	Phase1GroupType:     {Name: "Group-Type", Values: groupTypeNames},
	Phase1GroupPrime:    {Name: "Group-Prime", Render: decode.HexValue},
	Phase1GroupGenOne:   {Name: "Group-Generator-One"},
	Phase1GroupGenTwo:   {Name: "Group-Generator-Two"},
	Phase1GroupCurveA:   {Name: "Group-Curve-A", Render: decode.HexValue},
	Phase1GroupCurveB:   {Name: "Group-Curve-B", Render: decode.HexValue},
	Phase1LifeType:      {Name: "Life-Type", Values: lifeTypeNames},
	Phase1LifeDuration:  {Name: "Life-Duration"},
	Phase1PRF:           {Name: "PRF"},
	Phase1KeyLength:     {Name: "Key-Length"},
	Phase1FieldSize:     {Name: "Field-Size"},
	Phase1GroupOrder:    {Name: "Group-Order", Render: decode.HexValue},
	Phase1BlockSize:     {Name: "Block-Size"},
	phase1AsymmetricAlg: {Name: "Asymmetric-Algorithm", Values: map[uint16]string{1: "RSA", 2: "SM2"}},
	Phase1GSSIdentity:   {Name: "GSS-Identity-Name", Render: renderUTF16},
}

// Phase1Name is the name of an attribute of a phase 1 transform, such as "Encryption-Algorithm".
func Phase1Name(a decode.Attribute) string { return phase1Attributes.Name(a.Type) }

// Phase1Value is the value of an attribute of a phase 1 transform: a name, a number, or hex.
func Phase1Value(a decode.Attribute) string { return phase1Attributes.Value(a) }

func renderGroup(a decode.Attribute) string {
	if v, ok := a.Uint(); ok && v <= 0xffff {
		return decode.Group(v).String()
	}
	return ike.Hex(a.Value)
}

// renderUTF16 renders a name that Windows sends as UTF-16, little-endian.
func renderUTF16(a decode.Attribute) string {
	if len(a.Value)%2 != 0 {
		return ike.Hex(a.Value)
	}
	return ike.Printable(ike.UTF16(a.Value, true))
}
