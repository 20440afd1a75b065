package ikev1

import (
	"strings"

	"github.com/ikedecode/ikedecode/decode"
	"github.com/ikedecode/ikedecode/decode/internal/render"
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

// Authentication methods of phase 1 (RFC 2409, appendix A; RFC 4754; draft-ietf-ipsec-isakmp-hybrid-auth;
// draft-beaulieu-ike-xauth). Those of hybrid authentication and XAUTH say which side starts.
const (
	AuthPSK             = 1
	AuthDSS             = 2
	AuthRSA             = 3
	AuthRSAEncryption   = 4
	AuthRSARevised      = 5
	AuthECDSA           = 8
	AuthECDSA256        = 9
	AuthECDSA384        = 10
	AuthECDSA521        = 11
	AuthHybridInitRSA   = 64221
	AuthHybridRespRSA   = 64222
	AuthHybridInitDSS   = 64223
	AuthHybridRespDSS   = 64224
	AuthXAUTHInitPSK    = 65001
	AuthXAUTHRespPSK    = 65002
	AuthXAUTHInitDSS    = 65003
	AuthXAUTHRespDSS    = 65004
	AuthXAUTHInitRSA    = 65005
	AuthXAUTHRespRSA    = 65006
	AuthXAUTHInitRSAEnc = 65007
	AuthXAUTHRespRSAEnc = 65008
	AuthXAUTHInitRSARev = 65009
	AuthXAUTHRespRSARev = 65010
	authElGamal         = 6
	authElGamalRevised  = 7
)

var authMethodNames = map[uint16]string{
	AuthPSK: "PSK", AuthDSS: "DSS signatures", AuthRSA: "RSA signatures", AuthRSAEncryption: "RSA encryption",
	AuthRSARevised: "revised RSA encryption", authElGamal: "ElGamal encryption",
	authElGamalRevised: "revised ElGamal encryption", AuthECDSA: "ECDSA signatures", AuthECDSA256: "ECDSA-256",
	AuthECDSA384: "ECDSA-384", AuthECDSA521: "ECDSA-521",
	AuthHybridInitRSA: "Hybrid-Init-RSA", AuthHybridRespRSA: "Hybrid-Resp-RSA",
	AuthHybridInitDSS: "Hybrid-Init-DSS", AuthHybridRespDSS: "Hybrid-Resp-DSS",
	AuthXAUTHInitPSK: "XAUTH-Init-PSK", AuthXAUTHRespPSK: "XAUTH-Resp-PSK",
	AuthXAUTHInitDSS: "XAUTH-Init-DSS", AuthXAUTHRespDSS: "XAUTH-Resp-DSS",
	AuthXAUTHInitRSA: "XAUTH-Init-RSA", AuthXAUTHRespRSA: "XAUTH-Resp-RSA",
	AuthXAUTHInitRSAEnc: "XAUTH-Init-RSA-encryption", AuthXAUTHRespRSAEnc: "XAUTH-Resp-RSA-encryption",
	AuthXAUTHInitRSARev: "XAUTH-Init-revised-RSA-encryption", AuthXAUTHRespRSARev: "XAUTH-Resp-revised-RSA-encryption",
}

var phase1EncryptionNames = map[uint16]string{
	1: "DES-CBC", 2: "IDEA-CBC", 3: "Blowfish-CBC", 4: "RC5-R16-B64-CBC", 5: "3DES-CBC", 6: "CAST-128-CBC", 7: "AES-CBC",
	8: "Camellia-CBC",
	// Private numbers: of a Chinese profile, then of FreeS/WAN and its heirs.
	127: "SM4-CBC (deprecated)", 128: "SM1-CBC", 129: "SM4-CBC", 65001: "MARS-CBC", 65002: "RC6-CBC",
	65004: "Serpent-CBC", 65005: "Twofish-CBC", 65289: "Twofish-CBC (SSH)",
}

var phase1HashNames = map[uint16]string{
	1: "MD5", 2: "SHA1", 3: "Tiger", 4: "SHA2-256", 5: "SHA2-384", 6: "SHA2-512", 20: "SM3",
}

var groupTypeNames = map[uint16]string{1: "MODP", 2: "ECP", 3: "EC2N"}

var phase1Attributes = decode.AttributeSpace{
	Phase1Encryption:    {Name: "Encryption-Algorithm", Values: phase1EncryptionNames},
	Phase1Hash:          {Name: "Hash-Algorithm", Values: phase1HashNames},
	Phase1AuthMethod:    {Name: "Authentication-Method", Values: authMethodNames},
	Phase1Group:         {Name: "Group-Description", Render: renderGroup},
	Phase1GroupType:     {Name: "Group-Type", Values: groupTypeNames},
	Phase1GroupPrime:    {Name: "Group-Prime", Render: decode.HexValue},
	Phase1GroupGenOne:   {Name: "Group-Generator-One"},
	Phase1GroupGenTwo:   {Name: "Group-Generator-Two"},
	Phase1GroupCurveA:   {Name: "Group-Curve-A", Render: decode.HexValue},
	Phase1GroupCurveB:   {Name: "Group-Curve-B", Render: decode.HexValue},
	Phase1LifeType:      {Name: "Life-Type", Values: decode.LifeTypeNames},
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

// Phase1Lifetime is the lifetime of a phase 1 transform.
func (t Transform) Phase1Lifetime() decode.Lifetime {
	return decode.LifetimeOf(t.Attributes, Phase1LifeType, Phase1LifeDuration)
}

// Phase1Summary is a phase 1 transform in one line: "AES-CBC-128/SHA1/PSK/MODP-1024/15840 s". What is not given is
// left out.
func (t Transform) Phase1Summary() string {
	var parts []string
	for _, typ := range []uint16{Phase1Encryption, Phase1Hash, Phase1AuthMethod, Phase1Group} {
		a, ok := t.Attr(typ)
		if !ok {
			continue
		}
		s := phase1Attributes.ShortValue(a)
		if typ == Phase1Encryption {
			s += t.keyLengthSuffix(Phase1KeyLength)
		}
		parts = append(parts, s)
	}
	if prf, ok := t.Attr(Phase1PRF); ok {
		parts = append(parts, "PRF "+Phase1Value(prf))
	}
	if l := t.Phase1Lifetime().String(); l != "" {
		parts = append(parts, l)
	}
	return strings.Join(parts, "/")
}

// keyLengthSuffix is "-128" for a key length attribute of 128 bits, "" where there is none.
func (t Transform) keyLengthSuffix(typ uint16) string {
	if a, ok := t.Attr(typ); ok {
		return "-" + a.Number()
	}
	return ""
}

func renderGroup(a decode.Attribute) string {
	if v, ok := a.Uint(); ok && v <= 0xffff {
		return decode.Group(v).String()
	}
	return render.Hex(a.Value)
}

// renderUTF16 renders a name that Windows sends as UTF-16, little-endian.
func renderUTF16(a decode.Attribute) string {
	if len(a.Value)%2 != 0 {
		return render.Hex(a.Value)
	}
	return render.Printable(render.UTF16(a.Value, true))
}
