package ikev1

import (
	"fmt"

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

var phase2Attributes = decode.AttributeSpace{
	Phase2LifeType:       {Name: "SA-Life-Type", Values: lifeTypeNames},
	Phase2LifeDuration:   {Name: "SA-Life-Duration"},
	Phase2Group:          {Name: "Group-Description", Render: renderGroup},
	Phase2Encapsulation:  {Name: "Encapsulation-Mode", Render: renderMode},
	Phase2Authentication: {Name: "Authentication-Algorithm", Space: ike.Phase2Auth},
	Phase2KeyLength:      {Name: "Key-Length"},
	Phase2KeyRounds:      {Name: "Key-Rounds"},
	Phase2DictionarySize: {Name: "Compress-Dictionary-Size"},
	Phase2PrivateAlg:     {Name: "Compress-Private-Algorithm", Render: decode.HexValue},
	Phase2ECNTunnel:      {Name: "ECN-Tunnel", Values: map[uint16]string{1: "allowed", 2: "forbidden"}},
	Phase2ESN:            {Name: "Extended-Sequence-Number", Space: ike.Phase2ESN},
	Phase2AuthKeyLength:  {Name: "Authentication-Key-Length"},
	Phase2SigEncoding:    {Name: "Signature-Encoding-Algorithm", Values: map[uint16]string{1: "RSASSA-PKCS1-v1_5", 2: "RSASSA-PSS"}},
	Phase2AddrPreserve: {Name: "Address-Preservation", Values: map[uint16]string{
		1: "none", 2: "source only", 3: "destination only", 4: "source and destination"}},
	Phase2SADirection: {Name: "SA-Direction", Values: map[uint16]string{
		1: "sender only", 2: "receiver only", 3: "symmetric"}},
}

func renderMode(a decode.Attribute) string {
	if v, ok := a.Uint(); ok && v <= 0xffff {
		return ike.Encapsulation(v).String()
	}
	return a.Number()
}

// Phase2Name is the name of an attribute of a phase 2 transform, such as "Encapsulation-Mode".
func Phase2Name(a decode.Attribute) string { return phase2Attributes.Name(a.Type) }

// Phase2Value is the value of an attribute of a phase 2 transform: a name, a number, or hex.
func Phase2Value(a decode.Attribute) string { return phase2Attributes.Value(a) }

// Value is the number that the first attribute of type typ has.
func (t Transform) Value(typ uint16) (uint64, bool) {
	a, ok := t.Attr(typ)
	if !ok {
		return 0, false
	}
	return a.Uint()
}

// String is the proposal's number, protocol, SPI and the number of transforms, such as "1: ESP SPI c0ffee01, 2 transforms".
func (p Proposal) String() string {
	s := fmt.Sprintf("%d: %s", p.Number, p.Protocol.Name(ike.V1))
	if len(p.SPI) > 0 {
		s += fmt.Sprintf(" SPI %x", p.SPI)
	}
	if len(p.Transforms) == 1 {
		return s + ", 1 transform"
	}
	return s + fmt.Sprintf(", %d transforms", len(p.Transforms))
}
