package negotiation

import (
	"github.com/ikedecode/ikedecode/decode"
	"github.com/ikedecode/ikedecode/decode/ike"
	"github.com/ikedecode/ikedecode/decode/ikev2"
	"github.com/ikedecode/ikedecode/keys/ikesa"
)

// A Purpose is what an exchange is for, where its type does not tell. The zero value: it is not known.
type Purpose struct {
	NewChild  bool
	RekeysIKE bool
	Rekeys    *ikev2.Notify // the Child SA that CREATE_CHILD_SA replaces, as its request names it
	Rekeying  bool          // a Quick Mode that replaces another one
	// Does are the payloads of the requests of an INFORMATIONAL that say what it is for; nil stands for a request without any payload,
	// which only checks that the peer is alive.
	Does []decode.Body
}

// Known reports whether there is anything to say.
func (p *Purpose) Known() bool {
	return p.NewChild || p.RekeysIKE || p.Rekeys != nil || p.Rekeying || len(p.Does) > 0
}

// PurposeOf tells what an exchange of IKEv2 is for.
func PurposeOf(x *ikesa.Exchange) (p Purpose) {
	switch x.Type {
	case ikev2.ExchangeCreateChild:
		offer, child := createRequest(x)
		p.Rekeys = child
		if child == nil && offer != nil {
			p.RekeysIKE = offer.Proposals[0].Protocol == ike.IKE
			p.NewChild = !p.RekeysIKE
		}
	case ikev2.ExchangeInformational:
		p.Does = informs(x)
	}
	return p
}

// createRequest is what the requests of a CREATE_CHILD_SA ask for: the first offer that can be read, and the Child SA that it is to
// replace. A damaged request may come before a good copy of it, so that not only the first one counts.
func createRequest(x *ikesa.Exchange) (offer *ike.Offer, child *ikev2.Notify) {
	for _, m := range x.Messages {
		if m.IsResponse() {
			continue
		}
		if n := NotifyOf(m, ikev2.NotifyRekeySA); n != nil {
			return nil, n
		}
		if o := m.Offer(); o != nil && len(o.Proposals) > 0 {
			return o, nil
		}
	}
	return nil, nil
}

// Rekeys reports whether x is a CREATE_CHILD_SA that replaces an SA.
func Rekeys(x *ikesa.Exchange) bool {
	p := PurposeOf(x)
	return p.RekeysIKE || p.Rekeys != nil
}

// informs are the payloads of the requests of an INFORMATIONAL that say what it is for; none where a message of it was not decrypted.
func informs(x *ikesa.Exchange) (list []decode.Body) {
	for _, m := range x.Messages {
		if m.State == ikesa.Closed {
			return nil
		}
		if m.IsResponse() {
			continue
		}
		for _, p := range m.Payloads {
			switch b := p.Body.(type) {
			case *ikev2.Delete, *ikev2.CP:
				list = append(list, p.Body)
			case *ikev2.Notify:
				switch b.Type {
				case ikev2.NotifyUpdateSAAddresses, ikev2.NotifyAdditionalIP4, ikev2.NotifyAdditionalIP6, ikev2.NotifyNoAdditionalAddresses:
					list = append(list, b)
				default:
					if b.IsError() {
						list = append(list, b)
					}
				}
			}
		}
		if len(m.Payloads) == 0 {
			list = append(list, nil)
		}
	}
	return list
}
