package ikev2

import (
	"math"

	"github.com/ikedecode/ikedecode/decode"
	"github.com/ikedecode/ikedecode/decode/ike"
)

// PartOf is what a body says in the words of both versions; nil for what IKEv1 has no payload for, such as encrypted ones. The role of
// an identity and the side of selectors depend on the payload's type.
func PartOf(t decode.PayloadType, b decode.Body) ike.Part {
	switch b := b.(type) {
	case *SA:
		return b.Offer()
	case *KE:
		return &ike.KeyExchangePart{Group: uint16(b.Group), Length: len(b.Data)}
	case *ID:
		role := ike.OfInitiator
		switch t {
		case PayloadIDr:
			role = ike.OfResponder
		case PayloadIDg:
			role = ike.OfGroup
		}
		return &ike.IdentityPart{Identity: b.Identity(), Role: role}
	case *Cert:
		return &ike.Cert{Encoding: b.Encoding, Data: b.Data}
	case *CertReq:
		return &ike.Cert{Encoding: b.Encoding, Data: b.Data, Request: true}
	case *Auth:
		return &ike.AuthPart{Method: b.Method.Neutral(), Data: b.Data}
	case *Nonce:
		return &ike.Nonce{Data: b.Data}
	case *Notify:
		return &ike.Notify{Type: ike.NotifyType{Version: ike.V2, Number: uint16(b.Type)}, Protocol: b.Protocol, SPI: b.SPI, Data: b.Data}
	case *Delete:
		return &ike.Delete{Version: ike.V2, Protocol: b.Protocol, SPIs: b.SPIs}
	case *TS:
		return &ike.SelectorsPart{Side: ike.SideOf(t == PayloadTSi), Selectors: b.Neutral()}
	case *CP:
		return b.config()
	case *EAP:
		return &ike.EAP{Code: ike.EAPCode(b.Code), ID: b.Identifier, Type: uint8(b.Type), Data: b.Data}
	case *decode.VendorID:
		return &ike.Vendor{Data: b.Data}
	}
	return nil
}

// Neutral is the method as a value of both versions.
func (m AuthMethod) Neutral() ike.AuthMethod {
	return ike.AuthMethod{Version: ike.V2, Number: uint16(m)}
}

// Identity is the payload as a value of both versions.
func (id *ID) Identity() ike.Identity {
	return ike.Identity{Version: ike.V2, Type: id.Type, Data: id.Data}
}

func (p *CP) config() *ike.Config {
	c := &ike.Config{Type: p.Type, Attributes: make([]ike.Attribute, len(p.Attributes))}
	for i, a := range p.Attributes {
		c.Attributes[i] = ike.Attribute{Type: a.Type, Value: a.Value}
	}
	return c
}

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

// spaceOf is the number space of the IDs of a transform type.
func spaceOf(t TransformType) ike.Space {
	switch {
	case t.IsKeyExchange():
		return ike.Group
	case t == TransformENCR:
		return ike.ENCR
	case t == TransformPRF:
		return ike.PRFs
	case t == TransformINTEG:
		return ike.INTEG
	case t == TransformESN:
		return ike.ESNs
	case t == TransformKWA:
		return ike.KWA
	case t == TransformGCAUTH:
		return ike.GCAUTH
	}
	return ike.NoSpace
}

// Neutral are the selectors as values of both versions.
func (ts *TS) Neutral() ike.Selectors {
	list := make(ike.Selectors, len(ts.Selectors))
	for i, s := range ts.Selectors {
		list[i] = s.Neutral()
	}
	return list
}

// Neutral is the selector as a value of both versions.
func (s TrafficSelector) Neutral() ike.Selector {
	n := ike.Selector{Type: uint8(s.Type), Protocol: s.Protocol, StartPort: s.StartPort, EndPort: s.EndPort, From: s.From, To: s.To, Data: s.Data}
	switch {
	case s.Type == ike.TSSecLabel:
		n.Kind = ike.SelectorLabel
	case addrLen(s.Type) == 0:
		n.Kind = ike.SelectorOther
	}
	return n
}
