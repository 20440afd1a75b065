package decode

import (
	"encoding/binary"
	"fmt"
)

// Situations of the IPsec DOI (RFC 2407, section 4.2).
const (
	SituationIdentityOnly uint32 = 1
	SituationSecrecy      uint32 = 2
	SituationIntegrity    uint32 = 4
)

// SA1 is a Security Association payload of IKEv1 (RFC 2408, section 3.4; RFC 2407, section 4.6.1). Its Proposal and
// Transform payloads stand inside it.
type SA1 struct {
	DOI       uint32
	Situation []byte // 4 bytes for SIT_IDENTITY_ONLY; all there is where the DOI is not known
	Proposals []Proposal1
	Spare     []byte // what follows the last proposal: nothing
}

// Proposal1 is a Proposal payload (RFC 2408, section 3.5). Proposals with the same number belong together (AND).
type Proposal1 struct {
	Reserved   uint8 // zero
	Number     uint8
	Protocol   ProtocolID
	SPI        []byte
	Transforms []Transform1
	Spare      []byte // what follows the last transform: nothing
}

// Transform1 is a Transform payload (RFC 2408, section 3.6).
type Transform1 struct {
	Reserved   uint8 // zero
	Number     uint8
	ID         uint8  // KEY_IKE for phase 1, the ESP, AH or IPComp transform ID for phase 2
	Reserved2  uint16 // zero
	Attributes []Attribute
}

func parseSA1(c *cursor) Body {
	sa := &SA1{DOI: c.uint32("DOI")}
	if sa.DOI != DOIIPsec && sa.DOI != DOIISAKMP {
		c.note(c.Offset(), "situation and proposals of DOI %d are not taken apart", sa.DOI)
		sa.Situation = c.rest()
		return sa
	}
	sa.Situation = parseSituation(c)
	for more := true; more && c.Err() == nil; {
		var p Proposal1
		p, more = parseProposal1(c)
		if c.Err() == nil || p.Transforms != nil {
			sa.Proposals = append(sa.Proposals, p)
		}
	}
	sa.Spare = c.spare("SA payload")
	return sa
}

// parseSituation parses a situation with the labels that secrecy and integrity add (RFC 2407, section 4.6.1).
func parseSituation(c *cursor) []byte {
	start := c.Left()
	situation := c.uint32("situation")
	if situation&(SituationSecrecy|SituationIntegrity) != 0 {
		c.uint32("labeled domain identifier")
	}
	for _, bit := range []uint32{SituationSecrecy, SituationIntegrity} {
		if situation&bit == 0 {
			continue
		}
		n := int(c.uint16("level length"))
		c.uint16("reserved")
		c.take("level", align4(n))
		bits := int(c.uint16("category length"))
		c.uint16("reserved")
		c.take("category bitmap", align4((bits+7)/8))
	}
	if c.Err() != nil {
		return nil
	}
	n := len(start) - c.Len()
	return start[:n:n]
}

func align4(n int) int { return (n + 3) &^ 3 }

// parseProposal1 parses a proposal and tells whether another one follows it.
func parseProposal1(c *cursor) (p Proposal1, more bool) {
	more = c.More("proposal", uint8(PayloadProposal))
	p.Reserved = uint8(c.reserved("reserved byte of the proposal", 1))
	n := c.Length("proposal")
	p.Spare = c.within("proposal", n-PayloadHeaderLen, func(c *cursor) {
		p.Number = c.uint8("proposal number")
		p.Protocol = ProtocolID(c.uint8("protocol ID"))
		spiSize := int(c.uint8("SPI size"))
		countOff := c.Offset()
		count := int(c.uint8("number of transforms"))
		p.SPI = c.take("SPI", spiSize)
		p.Transforms = parseTransforms1(c)
		if c.Err() == nil && len(p.Transforms) != count {
			c.failAt(countOff, "number of transforms", fmt.Errorf("%w: %d, not %d", ErrCount, len(p.Transforms), count))
		}
	})
	return p, more
}

// parseTransforms1 parses transforms as long as one says that another follows it. A proposal may have none.
func parseTransforms1(c *cursor) []Transform1 {
	var ts []Transform1
	for more := c.Len() > 0; more && c.Err() == nil; {
		var t Transform1
		if t, more = parseTransform1(c); c.Err() == nil {
			ts = append(ts, t)
		}
	}
	return ts
}

func parseTransform1(c *cursor) (t Transform1, more bool) {
	more = c.More("transform", uint8(PayloadTransform))
	t.Reserved = uint8(c.reserved("reserved byte of the transform", 1))
	n := c.Length("transform")
	c.within("transform", n-PayloadHeaderLen, func(c *cursor) {
		t.Number = c.uint8("transform number")
		t.ID = c.uint8("transform ID")
		t.Reserved2 = uint16(c.reserved("reserved bytes of the transform", 2))
		t.Attributes = ParseAttributes(c)
	})
	return t, more
}

// Append implements Body.
func (sa *SA1) Append(dst []byte) []byte {
	dst = binary.BigEndian.AppendUint32(dst, sa.DOI)
	dst = append(dst, sa.Situation...)
	for i, p := range sa.Proposals {
		dst = p.append(dst, i == len(sa.Proposals)-1)
	}
	return append(dst, sa.Spare...)
}

func (p Proposal1) append(dst []byte, last bool) []byte {
	start := len(dst)
	dst = append(dst, NextOrNone(uint8(PayloadProposal), last), p.Reserved, 0, 0)
	dst = append(dst, p.Number, byte(p.Protocol), byte(len(p.SPI)), byte(len(p.Transforms)))
	dst = append(dst, p.SPI...)
	for i, t := range p.Transforms {
		dst = t.append(dst, i == len(p.Transforms)-1)
	}
	dst = append(dst, p.Spare...)
	binary.BigEndian.PutUint16(dst[start+2:], uint16(len(dst)-start))
	return dst
}

func (t Transform1) append(dst []byte, last bool) []byte {
	start := len(dst)
	dst = append(dst, NextOrNone(uint8(PayloadTransform), last), t.Reserved, 0, 0)
	dst = append(dst, t.Number, t.ID)
	dst = binary.BigEndian.AppendUint16(dst, t.Reserved2)
	dst = AppendAttributes(dst, t.Attributes)
	binary.BigEndian.PutUint16(dst[start+2:], uint16(len(dst)-start))
	return dst
}

// Attr returns the first attribute of type t, one of the Phase1 or Phase2 constants.
func (t Transform1) Attr(typ uint16) (Attribute, bool) { return FindAttribute(t.Attributes, typ) }
