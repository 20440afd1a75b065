package ikev2

import (
	"github.com/ikedecode/ikedecode/decode"
	"github.com/ikedecode/ikedecode/decode/ike"
)

// PartOf is what a body says in the terms of both versions; nil for what IKEv1 has no payload for, such as encrypted ones. The role of
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
		return &ike.EAP{Code: b.Code, ID: b.Identifier, Type: uint8(b.Type), Data: b.Data}
	case *decode.VendorID:
		return &ike.Vendor{Data: b.Data}
	}
	return nil
}
