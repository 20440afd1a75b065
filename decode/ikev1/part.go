package ikev1

import (
	"math"

	"github.com/ikedecode/ikedecode/decode"
	"github.com/ikedecode/ikedecode/decode/ike"
)

// PartOf is what a body says in the terms of both versions; nil for what IKEv2 has no payload for, or carries otherwise: hashes, NAT-D
// and the like. The role of an identity depends on the message, and is left to who knows that.
func PartOf(b decode.Body) ike.Part {
	switch b := b.(type) {
	case *SA:
		return b.Offer()
	case *KE:
		return &ike.KeyExchangePart{Length: len(b.Data)}
	case *ID:
		return &ike.IdentityPart{Identity: b.Identity()}
	case *Cert:
		return &ike.Cert{Encoding: b.Encoding, Data: b.Data}
	case *CertReq:
		return &ike.Cert{Encoding: b.Encoding, Data: b.Data, Request: true}
	case *Sig:
		return &ike.AuthPart{Data: b.Data}
	case *Nonce:
		return &ike.Nonce{Data: b.Data}
	case *Notify:
		return &ike.Notify{Type: ike.NotifyType{Version: ike.V1, Number: uint16(b.Type)}, Protocol: b.Protocol, SPI: b.SPI, Data: b.Data}
	case *Delete:
		return &ike.Delete{Version: ike.V1, Protocol: b.Protocol, SPIs: b.SPIs}
	case *Attributes:
		return &ike.Config{Type: b.Type, ID: b.ID, Attributes: neutral(b.Attributes)}
	case *decode.VendorID:
		return &ike.Vendor{Data: b.Data}
	}
	return nil
}

func neutral(as []decode.Attribute) []ike.Attribute {
	list := make([]ike.Attribute, len(as))
	for i, a := range as {
		list[i] = ike.Attribute{Type: a.Type, Value: a.Value}
	}
	return list
}

// Identity is the payload as a value of both versions.
func (id *ID) Identity() ike.Identity {
	return ike.Identity{Version: ike.V1, Type: id.Type, Protocol: id.Protocol, Port: id.Port, Data: id.Data}
}

// Offer is the payload as a value of both versions: each transform is a suite of its own.
func (sa *SA) Offer() *ike.Offer {
	o := &ike.Offer{Version: ike.V1, Proposals: make([]ike.Proposal, len(sa.Proposals))}
	for i, p := range sa.Proposals {
		q := &o.Proposals[i]
		*q = ike.Proposal{Number: p.Number, Protocol: p.Protocol, SPI: p.SPI, Suites: make([]ike.Suite, len(p.Transforms))}
		for k, t := range p.Transforms {
			q.Suites[k] = t.Suite(q.Protocol)
		}
	}
	return o
}

// Suite is what a transform of a proposal for protocol p offers. Of two attributes of one type the first counts; the others, those
// without a place of their own and those whose value is not a number that can be are in Other.
func (t Transform) Suite(p ike.Protocol) ike.Suite {
	s := ike.Suite{Number: t.Number}
	space, lifeType, duration := phase2Space, Phase2LifeType, Phase2LifeDuration
	if p == ike.IKE {
		space, lifeType, duration = phase1Space, Phase1LifeType, Phase1LifeDuration
	}
	s.Life, s.FurtherLives, s.Other = lifetimeOf(t.Attributes, lifeType, duration)
	s.Transforms = make([]ike.Transform, 0, len(t.Attributes)+1)
	own, hasOwn := transformOf(p, t.ID)
	if hasOwn && p != ike.AH {
		s.Transforms = append(s.Transforms, own)
	}
	bits := uint16(0)
	var seen [16]bool
	for _, a := range t.Attributes {
		v, ok := a.Uint()
		row := attributeKind{}
		if int(a.Type) < len(space) {
			row = space[a.Type]
		}
		switch {
		case row.use == isLife:
		case row.use == isOther, !ok, v > math.MaxUint16, seen[a.Type]:
			s.Other = append(s.Other, ike.Attribute{Type: a.Type, Value: a.Value})
		case row.use == isBits:
			bits = uint16(v)
		case row.use == isMode:
			s.Encapsulation = ike.Encapsulation(v)
		default:
			s.Transforms = append(s.Transforms, ike.Transform{Kind: row.kind, Space: row.space, ID: uint16(v)})
		}
		if int(a.Type) < len(seen) {
			seen[a.Type] = true
		}
	}
	if hasOwn && p == ike.AH {
		// AH says twice what it authenticates with; where the attribute is there, it counts.
		s.Transforms = append(s.Transforms, own)
	}
	// The key length is the cipher's, wherever it stands; in phase 2 it goes with the transform ID.
	for i := range s.Transforms {
		if x := &s.Transforms[i]; x.Kind == ike.Encryption || hasOwn && x.Space == own.Space {
			x.Bits = bits
			break
		}
	}
	return s
}

// transformOf is the transform ID of phase 2; phase 1 has but one, which says nothing.
func transformOf(p ike.Protocol, id uint8) (ike.Transform, bool) {
	switch p {
	case ike.IKE:
		return ike.Transform{}, false
	case ike.ESP:
		return ike.Transform{Kind: ike.Encryption, Space: ike.ESPTransform, ID: uint16(id)}, true
	case ike.AH:
		return ike.Transform{Kind: ike.Integrity, Space: ike.AHTransform, ID: uint16(id)}, true
	case ike.IPComp:
		return ike.Transform{Kind: ike.Compression, Space: ike.IPCompAlg, ID: uint16(id)}, true
	}
	return ike.Transform{Kind: ike.Encryption, ID: uint16(id)}, true
}

// attributeUse tells what an attribute of a transform is for.
type attributeUse uint8

const (
	isOther attributeUse = iota
	isTransform
	isBits
	isLife
	isMode
)

type attributeKind struct {
	use   attributeUse
	kind  ike.Kind
	space ike.Space
}

var phase1Space = [16]attributeKind{
	Phase1Encryption:   {isTransform, ike.Encryption, ike.Phase1Cipher},
	Phase1Hash:         {isTransform, ike.HashAlg, ike.Phase1Hash},
	Phase1AuthMethod:   {isTransform, ike.Auth, ike.Phase1Auth},
	Phase1Group:        {isTransform, ike.KeyExchange, ike.Group},
	Phase1PRF:          {isTransform, ike.PRF, ike.NoSpace},
	Phase1KeyLength:    {use: isBits},
	Phase1LifeType:     {use: isLife},
	Phase1LifeDuration: {use: isLife},
}

var phase2Space = [16]attributeKind{
	Phase2LifeType:       {use: isLife},
	Phase2LifeDuration:   {use: isLife},
	Phase2Group:          {isTransform, ike.KeyExchange, ike.Group},
	Phase2Encapsulation:  {use: isMode},
	Phase2Authentication: {isTransform, ike.Integrity, ike.Phase2Auth},
	Phase2KeyLength:      {use: isBits},
	Phase2ESN:            {isTransform, ike.ESN, ike.Phase2ESN},
}
