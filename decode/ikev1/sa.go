package ikev1

import (
	"encoding/binary"

	"github.com/ikedecode/ikedecode/decode"
	"github.com/ikedecode/ikedecode/decode/ike"
	"github.com/ikedecode/ikedecode/decode/internal/wire"
)

// Situations of the IPsec DOI (RFC 2407, section 4.2).
const (
	SituationIdentityOnly uint32 = 1
	SituationSecrecy      uint32 = 2
	SituationIntegrity    uint32 = 4
)

// SA is a Security Association payload of IKEv1 (RFC 2408, section 3.4; RFC 2407, section 4.6.1). Its Proposal and
// Transform payloads stand inside it.
type SA struct {
	DOI       uint32
	Situation []byte // 4 bytes for SIT_IDENTITY_ONLY; all there is where the DOI is not known
	Proposals []Proposal
	Spare     []byte // what follows the last proposal: nothing
}

// Proposal is a Proposal payload (RFC 2408, section 3.5). Proposals with the same number belong together (AND).
type Proposal struct {
	Reserved   uint8 // zero
	Number     uint8
	Protocol   ike.Protocol
	SPI        []byte
	Transforms []Transform
	Spare      []byte // what follows the last transform: nothing
}

// Transform is a Transform payload (RFC 2408, section 3.6).
type Transform struct {
	Reserved   uint8 // zero
	Number     uint8
	ID         uint8  // KEY_IKE for phase 1, the ESP, AH or IPComp transform ID for phase 2
	Reserved2  uint16 // zero
	Attributes []decode.Attribute
}

func parseSA(c *wire.Cursor) decode.Body {
	sa := &SA{DOI: c.Uint32("DOI")}
	if sa.DOI != DOIIPsec && sa.DOI != DOIISAKMP {
		c.Note(c.Offset(), "situation and proposals of DOI %d are not decoded", sa.DOI)
		sa.Situation = c.Rest()
		return sa
	}
	sa.Situation = parseSituation(c)
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

// parseSituation parses a situation with the labels that secrecy and integrity add (RFC 2407, section 4.6.1).
func parseSituation(c *wire.Cursor) []byte {
	start := c.Left()
	situation := c.Uint32("situation")
	if situation&(SituationSecrecy|SituationIntegrity) != 0 {
		c.Uint32("labeled domain identifier")
	}
	for _, bit := range []uint32{SituationSecrecy, SituationIntegrity} {
		if situation&bit == 0 {
			continue
		}
		n := int(c.Uint16("level length"))
		c.Uint16("reserved")
		c.Take("level", align4(n))
		bits := int(c.Uint16("category length"))
		c.Uint16("reserved")
		c.Take("category bitmap", align4((bits+7)/8))
	}
	if c.Err() != nil {
		return nil
	}
	n := len(start) - c.Len()
	return start[:n:n]
}

func align4(n int) int { return (n + 3) &^ 3 }

// parseProposal parses a proposal and tells whether another one follows it.
func parseProposal(c *wire.Cursor) (Proposal, bool) {
	p, more := wire.ParseProposal[ike.Protocol](c, uint8(PayloadProposal), parseTransform)
	return Proposal(p), more
}

func parseTransform(c *wire.Cursor) (t Transform, more bool) {
	more = c.More("transform", uint8(PayloadTransform))
	t.Reserved = uint8(c.Reserved("reserved byte of the transform", 1))
	n := c.Length("transform")
	c.Within("transform", n-wire.PayloadHeaderLen, func(c *wire.Cursor) {
		t.Number = c.Uint8("transform number")
		t.ID = c.Uint8("transform ID")
		t.Reserved2 = uint16(c.Reserved("reserved bytes of the transform", 2))
		t.Attributes = decode.ParseAttributes(c)
	})
	return t, more
}

// Append implements Body.
func (sa *SA) Append(dst []byte) []byte {
	dst = binary.BigEndian.AppendUint32(dst, sa.DOI)
	dst = append(dst, sa.Situation...)
	for i, p := range sa.Proposals {
		dst = p.append(dst, i == len(sa.Proposals)-1)
	}
	return append(dst, sa.Spare...)
}

func (p Proposal) append(dst []byte, last bool) []byte {
	start := len(dst)
	dst = append(dst, wire.NextOrNone(uint8(PayloadProposal), last), p.Reserved, 0, 0)
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
	dst = append(dst, wire.NextOrNone(uint8(PayloadTransform), last), t.Reserved, 0, 0)
	dst = append(dst, t.Number, t.ID)
	dst = binary.BigEndian.AppendUint16(dst, t.Reserved2)
	dst = decode.AppendAttributes(dst, t.Attributes)
	binary.BigEndian.PutUint16(dst[start+2:], uint16(len(dst)-start))
	return dst
}

// Attr returns the first attribute of type t, one of the Phase1 or Phase2 constants.
func (t Transform) Attr(typ uint16) (decode.Attribute, bool) {
	return decode.FindAttribute(t.Attributes, typ)
}
