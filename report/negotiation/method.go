package negotiation

import (
	"slices"

	"github.com/ikedecode/ikedecode/decode"
	"github.com/ikedecode/ikedecode/decode/cert"
	"github.com/ikedecode/ikedecode/decode/ike"
	"github.com/ikedecode/ikedecode/decode/ikev1"
	"github.com/ikedecode/ikedecode/decode/ikev2"
	"github.com/ikedecode/ikedecode/keys/ikesa"
)

// A Method is one way by which a peer authenticates in IKEv2: that of an AUTH payload, or EAP.
type Method struct {
	Auth      ike.AuthMethod          // zero: EAP
	Signature cert.SignatureAlgorithm // of a digital signature, where it is readable
	EAP       ikev2.EAPType
}

func (m Method) same(o Method) bool {
	a, b := &m.Signature, &o.Signature
	return m.Auth == o.Auth && m.EAP == o.EAP && a.OID == b.OID && a.Hash == b.Hash && a.MGFHash == b.MGFHash && a.SaltLen == b.SaltLen
}

// MethodsOf are the methods of a side's AUTH payloads, and of EAP, in order. With EAP alone (RFC 5998) that is the responder's, too.
func MethodsOf(sa *ikesa.SA, side ike.Side) (methods []Method) {
	initiator := side == ike.Initiator
	var both []Method
	eap := false // the AUTH payloads after it are made with its key, and say "shared key"
	for _, m := range sa.Messages {
		if TypeOf(m) != ikev2.ExchangeAuth {
			continue
		}
		for _, p := range m.Payloads {
			x := Method{}
			switch p := p.Body.(type) {
			case *ikev2.Auth:
				mine := m.FromInitiator == initiator
				if !mine || eap && p.Method == ikev2.AuthSharedKey {
					if mine && len(methods) == 0 {
						methods = both
					}
					continue
				}
				x.Auth = p.Method.Neutral()
				x.Signature, _, _ = p.Signature()
			case *ikev2.EAP:
				eap = eap || p.Code == ike.EAPSuccess
				if p.Code != ike.EAPRequest || p.Type <= ikev2.EAPNak {
					continue
				}
				if x.EAP = p.Type; !initiator {
					if !slices.ContainsFunc(both, x.same) {
						both = append(both, x)
					}
					continue
				}
			default:
				continue
			}
			if len(methods) == 0 || !x.same(methods[len(methods)-1]) {
				methods = append(methods, x)
			}
		}
	}
	return methods
}

// SignedAlone reports whether a side authenticated with a signature and sent no certificate for it, as all its messages up to then show.
func SignedAlone(sa *ikesa.SA, side ike.Side) bool {
	signed := false
	for _, m := range sa.Messages {
		if t := TypeOf(m); !IsPhase1(t) && t != ikev2.ExchangeAuth || ike.SideOf(m.FromInitiator) != side {
			continue
		}
		if m.State == ikesa.Closed || m.Cut {
			return false
		}
		for _, p := range m.Payloads {
			switch b := p.Body.(type) {
			case *ikev1.Cert, *ikev2.Cert:
				return false
			case *ikev1.Sig:
				signed = true
			case *ikev2.Auth:
				signed = signed || b.Method.Neutral().Kind() == ike.AuthSignature
			}
		}
	}
	return signed
}

// ProvesByKey reports whether a peer authenticates with a pre-shared key, first or alone.
func ProvesByKey(sa *ikesa.SA, side ike.Side) bool {
	methods := MethodsOf(sa, side)
	return len(methods) > 0 && methods[0].Auth.Kind() == ike.AuthPSK
}

// AsksEAP is the request of IKE_AUTH in which the initiator asks for EAP: the first one, without an AUTH payload (RFC 7296, section 2.16).
// nil: it does not, or the request is not decrypted, or not whole.
func AsksEAP(sa *ikesa.SA) *ikesa.Message {
	for _, m := range sa.Messages {
		if TypeOf(m) != ikev2.ExchangeAuth || !m.FromInitiator {
			continue
		}
		_, id := decode.Find(m.Payloads, ikev2.PayloadIDi)
		_, auth := decode.Find(m.Payloads, ikev2.PayloadAuth)
		lacks := func(g ikesa.Gap) bool { return g.Cause == ikesa.CauseFragments && g.MessageID == m.MessageID }
		if id && !auth && !m.Cut && !slices.ContainsFunc(sa.Gaps, lacks) {
			return m
		}
		return nil
	}
	return nil
}

// Requests is the first message in which a side requests certificates; nil: there is none.
func Requests(sa *ikesa.SA, side ike.Side) *ikesa.Message {
	for _, m := range sa.Messages {
		if _, ok := decode.Find(m.Payloads, ikev2.PayloadCertReq); ok && ike.SideOf(m.FromInitiator) == side {
			return m
		}
	}
	return nil
}
