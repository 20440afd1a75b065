package ikev1

import (
	"fmt"
	"strings"

	"github.com/ikedecode/ikedecode/decode"
	"github.com/ikedecode/ikedecode/decode/ike"
)

// Attributes of a phase 2 transform (RFC 2407, section 4.5, and IANA's registry).
const (
	Phase2LifeType       uint16 = 1
	Phase2LifeDuration   uint16 = 2
	Phase2Group          uint16 = 3
	Phase2Encapsulation  uint16 = 4
	Phase2Authentication uint16 = 5
	Phase2KeyLength      uint16 = 6 // in bits
	Phase2KeyRounds      uint16 = 7
	Phase2DictionarySize uint16 = 8
	Phase2PrivateAlg     uint16 = 9
	Phase2ECNTunnel      uint16 = 10 // RFC 3168
	Phase2ESN            uint16 = 11 // RFC 4304
	Phase2AuthKeyLength  uint16 = 12 // RFC 4359
	Phase2SigEncoding    uint16 = 13 // RFC 4359
	Phase2AddrPreserve   uint16 = 14 // RFC 6407
	Phase2SADirection    uint16 = 15 // RFC 6407
)

// Encapsulation modes (RFC 2407, section 4.5; RFC 3947, section 5.1, and the private numbers of its drafts).
const (
	ModeTunnel            = 1
	ModeTransport         = 2
	ModeUDPTunnel         = 3
	ModeUDPTransport      = 4
	ModeUDPTunnelDraft    = 61443
	ModeUDPTransportDraft = 61444
	modeUDPCheckPoint     = 61440
)

var encapsulationNames = map[uint16]string{
	ModeTunnel: "tunnel", ModeTransport: "transport", ModeUDPTunnel: "UDP-tunnel", ModeUDPTransport: "UDP-transport",
	ModeUDPTunnelDraft: "UDP-tunnel (draft)", ModeUDPTransportDraft: "UDP-transport (draft)",
	modeUDPCheckPoint: "UDP-tunnel (Check Point)",
}

// authAlgorithmNames has the names that the algorithms have with the length of their ICV. HMAC-SHA2-256 is cut to 128
// bits by RFC 4868, to 96 by older senders; the number does not tell.
var authAlgorithmNames = map[uint16]string{
	0: "no authentication", 1: "HMAC-MD5-96", 2: "HMAC-SHA1-96", 3: "DES-MAC", 4: "KPDK", 5: "HMAC-SHA2-256-128",
	6: "HMAC-SHA2-384-192", 7: "HMAC-SHA2-512-256", 8: "HMAC-RIPEMD-160-96", 9: "AES-XCBC-96", 10: "SIG-RSA",
	11: "AES-128-GMAC", 12: "AES-192-GMAC", 13: "AES-256-GMAC",
}

var phase2Attributes = decode.AttributeSpace{
	Phase2LifeType:       {Name: "SA-Life-Type", Values: decode.LifeTypeNames},
	Phase2LifeDuration:   {Name: "SA-Life-Duration"},
	Phase2Group:          {Name: "Group-Description", Render: renderGroup},
	Phase2Encapsulation:  {Name: "Encapsulation-Mode", Values: encapsulationNames},
	Phase2Authentication: {Name: "Authentication-Algorithm", Values: authAlgorithmNames},
	Phase2KeyLength:      {Name: "Key-Length"},
	Phase2KeyRounds:      {Name: "Key-Rounds"},
	Phase2DictionarySize: {Name: "Compress-Dictionary-Size"},
	Phase2PrivateAlg:     {Name: "Compress-Private-Algorithm", Render: decode.HexValue},
	Phase2ECNTunnel:      {Name: "ECN-Tunnel", Values: map[uint16]string{1: "allowed", 2: "forbidden"}},
	Phase2ESN:            {Name: "Extended-Sequence-Number", Values: map[uint16]string{1: "64-bit"}},
	Phase2AuthKeyLength:  {Name: "Authentication-Key-Length"},
	Phase2SigEncoding:    {Name: "Signature-Encoding-Algorithm", Values: map[uint16]string{1: "RSASSA-PKCS1-v1_5", 2: "RSASSA-PSS"}},
	Phase2AddrPreserve: {Name: "Address-Preservation", Values: map[uint16]string{
		1: "none", 2: "source only", 3: "destination only", 4: "source and destination"}},
	Phase2SADirection: {Name: "SA-Direction", Values: map[uint16]string{
		1: "sender only", 2: "receiver only", 3: "symmetric"}},
}

// Phase2Name is the name of an attribute of a phase 2 transform, such as "Encapsulation-Mode".
func Phase2Name(a decode.Attribute) string { return phase2Attributes.Name(a.Type) }

// Phase2Value is the value of an attribute of a phase 2 transform: a name, a number, or hex.
func Phase2Value(a decode.Attribute) string { return phase2Attributes.Value(a) }

// TransformName is the name of transform id of protocol p, such as "AES-CBC" for ESP's 12, or "transform 99".
func TransformName(p decode.ProtocolID, id uint8) string {
	t, ok := transformOf(ike.Protocol(p), id)
	if !ok {
		return ike.IKETransform.AlgorithmName(uint16(id))
	}
	if t.Space == ike.NoSpace {
		return fmt.Sprintf("transform %d", id)
	}
	return t.Name()
}

// Phase2Lifetime is the lifetime of a phase 2 transform.
func (t Transform) Phase2Lifetime() decode.Lifetime {
	return decode.LifetimeOf(t.Attributes, Phase2LifeType, Phase2LifeDuration)
}

// Value is the number that the first attribute of type typ has.
func (t Transform) Value(typ uint16) (uint64, bool) {
	a, ok := t.Attr(typ)
	if !ok {
		return 0, false
	}
	return a.Uint()
}

// Summary is a transform of a proposal for protocol p in one line: "AES-CBC-128 HMAC-SHA1-96 tunnel 4200 s". For
// ISAKMP it is that of phase 1.
func (t Transform) Summary(p decode.ProtocolID) string {
	if p == decode.ProtocolISAKMP {
		return t.Phase1Summary()
	}
	var parts []string
	auth, hasAuth := t.Attr(Phase2Authentication)
	// What AH authenticates with is in the attribute; the transform ID says it again.
	if p != decode.ProtocolAH || !hasAuth {
		parts = append(parts, TransformName(p, t.ID)+t.keyLengthSuffix(Phase2KeyLength))
	}
	if hasAuth {
		parts = append(parts, phase2Attributes.ShortValue(auth))
	}
	if mode, ok := t.Attr(Phase2Encapsulation); ok {
		parts = append(parts, phase2Attributes.ShortValue(mode))
	}
	if group, ok := t.Attr(Phase2Group); ok {
		parts = append(parts, "PFS "+renderGroup(group))
	}
	if esn, ok := t.Value(Phase2ESN); ok && esn == 1 {
		parts = append(parts, "ESN")
	}
	if l := t.Phase2Lifetime().String(); l != "" {
		parts = append(parts, l)
	}
	return strings.Join(parts, " ")
}

// String is the proposal's number, protocol, SPI and the number of transforms, such as "1: ESP SPI c0ffee01, 2 transforms".
func (p Proposal) String() string {
	s := fmt.Sprintf("%d: %v", p.Number, p.Protocol)
	if len(p.SPI) > 0 {
		s += fmt.Sprintf(" SPI %x", p.SPI)
	}
	if len(p.Transforms) == 1 {
		return s + ", 1 transform"
	}
	return s + fmt.Sprintf(", %d transforms", len(p.Transforms))
}
