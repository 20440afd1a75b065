package ikev2

import (
	"encoding/binary"
	"fmt"
	"math"

	"github.com/ikedecode/ikedecode/decode"
	"github.com/ikedecode/ikedecode/decode/ike"
	"github.com/ikedecode/ikedecode/decode/internal/wire"
)

// SA is a Security Association payload of IKEv2 (RFC 7296, section 3.3).
type SA struct {
	Proposals []Proposal
	Spare     []byte // what follows the last proposal: nothing
}

// Proposal is a proposal substructure (RFC 7296, section 3.3.1): one protocol and, for each transform type in it, the
// transforms of which one is to be chosen.
type Proposal struct {
	Reserved   uint8 // zero
	Number     uint8 // from 1; a response has that of the proposal it accepts
	Protocol   ike.Protocol
	SPI        []byte      // empty for the first IKE SA, 8 bytes for a rekeyed one, 4 for ESP and AH
	Transforms []Transform // in wire order
	Spare      []byte      // what follows the last transform: nothing
}

// Transform is a transform substructure (RFC 7296, section 3.3.2).
type Transform struct {
	Reserved   uint8 // zero
	Type       TransformType
	Reserved2  uint8  // zero
	ID         uint16 // what it means depends on Type
	Attributes []decode.Attribute
}

// TransformKeyLength is the key length attribute, in bits (RFC 7296, section 3.3.5).
const TransformKeyLength uint16 = 14

// TransformSignatureAlgorithm is the attribute of the group controller's authentication method: an AlgorithmIdentifier
// (RFC 9838).
const TransformSignatureAlgorithm uint16 = 18

func parseSA(c *wire.Cursor) decode.Body {
	sa := &SA{}
	for more := true; more && c.Err() == nil; {
		var p Proposal
		p, more = parseProposal(c)
		if c.Err() == nil || p.Transforms != nil {
			sa.Proposals = append(sa.Proposals, p)
		}
	}
	sa.Spare = c.Spare("SA payload")
	return sa
}

// What the field that says whether another substructure follows has where one does: IKEv1's payload types.
const (
	nextProposal  = 2
	nextTransform = 3
)

// parseProposal parses a proposal and tells whether another one follows it.
func parseProposal(c *wire.Cursor) (Proposal, bool) {
	p, more := wire.ParseProposal[ike.Protocol](c, nextProposal, parseTransform)
	return Proposal(p), more
}

func parseTransform(c *wire.Cursor) (t Transform, more bool) {
	more = c.More("transform", nextTransform)
	t.Reserved = uint8(c.Reserved("reserved byte of the transform", 1))
	n := c.Length("transform")
	c.Within("transform", n-wire.PayloadHeaderLen, func(c *wire.Cursor) {
		t.Type = TransformType(c.Uint8("transform type"))
		t.Reserved2 = uint8(c.Reserved("second reserved byte of the transform", 1))
		t.ID = c.Uint16("transform ID")
		t.Attributes = decode.ParseAttributes(c)
	})
	return t, more
}

// Append implements Body.
func (sa *SA) Append(dst []byte) []byte {
	for i, p := range sa.Proposals {
		dst = p.append(dst, i == len(sa.Proposals)-1)
	}
	return append(dst, sa.Spare...)
}

func (p Proposal) append(dst []byte, last bool) []byte {
	start := len(dst)
	dst = append(dst, wire.NextOrNone(nextProposal, last), p.Reserved, 0, 0)
	dst = append(dst, p.Number, byte(p.Protocol), byte(len(p.SPI)), byte(len(p.Transforms)))
	dst = append(dst, p.SPI...)
	for i, t := range p.Transforms {
		dst = t.append(dst, i == len(p.Transforms)-1)
	}
	dst = append(dst, p.Spare...)
	binary.BigEndian.PutUint16(dst[start+2:], uint16(len(dst)-start))
	return dst
}

func (t Transform) append(dst []byte, last bool) []byte {
	start := len(dst)
	dst = append(dst, wire.NextOrNone(nextTransform, last), t.Reserved, 0, 0)
	dst = append(dst, byte(t.Type), t.Reserved2)
	dst = binary.BigEndian.AppendUint16(dst, t.ID)
	dst = decode.AppendAttributes(dst, t.Attributes)
	binary.BigEndian.PutUint16(dst[start+2:], uint16(len(dst)-start))
	return dst
}

// Find returns the first transform of type typ: the one chosen, in a response.
func (p Proposal) Find(typ TransformType) (Transform, bool) {
	for _, t := range p.Transforms {
		if t.Type == typ {
			return t, true
		}
	}
	return Transform{}, false
}

// String is the proposal's number, protocol, SPI and transforms: "1: ESP SPI c0ffee01, ENCR AES-GCM-16-256, ESN no".
func (p Proposal) String() string {
	s := fmt.Sprintf("%d: %s", p.Number, p.Protocol.Name(ike.V2))
	if len(p.SPI) > 0 {
		s += fmt.Sprintf(" SPI %x", p.SPI)
	}
	if t := p.Neutral().Suites[0].Kinds(); t != "" {
		s += ", " + t
	}
	return s
}

// Attr returns the first attribute of type typ.
func (t Transform) Attr(typ uint16) (decode.Attribute, bool) {
	return decode.FindAttribute(t.Attributes, typ)
}

// KeyLength is the key length in bits; false where there is none, as for ciphers that have but one.
func (t Transform) KeyLength() (int, bool) {
	a, ok := t.Attr(TransformKeyLength)
	if !ok {
		return 0, false
	}
	v, ok := a.Uint()
	return int(v & 0x7fffffff), ok && v <= 0x7fffffff
}

// Name is the name of the transform with its key length, such as "AES-CBC-128", "HMAC-SHA2-256", "MODP-2048" or "group 99".
func (t Transform) Name() string { return t.Neutral().Name() }

// String is type and name with the key length: "ENCR AES-CBC-128", "KE MODP-2048".
func (t Transform) String() string { return t.Neutral().String() }

// Offer is the payload as a value of both versions: each proposal is one suite.
func (sa *SA) Offer() *ike.Offer {
	o := &ike.Offer{Version: ike.V2, Proposals: make([]ike.Proposal, len(sa.Proposals))}
	for i, p := range sa.Proposals {
		o.Proposals[i] = p.Neutral()
	}
	return o
}

// Neutral is the proposal as a value of both versions.
func (p Proposal) Neutral() ike.Proposal {
	s := ike.Suite{Transforms: make([]ike.Transform, len(p.Transforms))}
	for i, t := range p.Transforms {
		s.Transforms[i] = t.Neutral()
	}
	return ike.Proposal{Number: p.Number, Protocol: p.Protocol, SPI: p.SPI, Suites: []ike.Suite{s}}
}

// Neutral is the transform as a value of both versions.
func (t Transform) Neutral() ike.Transform {
	bits, _ := t.KeyLength()
	return ike.Transform{Kind: ike.Kind(t.Type), Space: spaceOf(t.Type), ID: t.ID, Bits: uint16(min(bits, math.MaxUint16))}
}
