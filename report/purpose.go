package report

import (
	"github.com/ikedecode/ikedecode/decode/ike"
	"github.com/ikedecode/ikedecode/decode/ikev2"
	"github.com/ikedecode/ikedecode/keys/ikesa"
	"github.com/ikedecode/ikedecode/report/negotiation"
)

// purpose says what an exchange of IKEv2 is for, where its type does not: "rekey of ESP 0xc0ffee01", "liveness check".
func purpose(x *ikesa.Exchange) string {
	switch x.Type {
	case ikev2.ExchangeCreateChild:
		return createPurpose(x)
	case ikev2.ExchangeInformational:
		return informationalPurpose(x)
	}
	return ""
}

func createPurpose(x *ikesa.Exchange) string {
	offer, child := createRequest(x)
	switch {
	case child != nil:
		return "rekey of " + child.Protocol.Name(ike.V2) + " " + spiText(child.SPI)
	case offer == nil:
		return ""
	case offer.Proposals[0].Protocol == ike.IKE:
		return "rekey of the IKE SA"
	}
	return "new Child SA"
}

// createRequest is what the requests of a CREATE_CHILD_SA ask for: the first offer that can be read, and the Child SA that it is to
// replace. A damaged request may come before a good copy of it, so that not only the first one counts.
func createRequest(x *ikesa.Exchange) (offer *ikev2.SA, child *ikev2.Notify) {
	if x.Type != ikev2.ExchangeCreateChild {
		return nil, nil
	}
	for _, m := range x.Messages {
		if isResponse(m) {
			continue
		}
		if n := negotiation.NotifyOf(m, ikev2.NotifyRekeySA); n != nil {
			return sa2Of(m), n
		}
		if sa := sa2Of(m); sa != nil && len(sa.Proposals) > 0 {
			return sa, nil
		}
	}
	return nil, nil
}

// replaces tells whether a CREATE_CHILD_SA replaces the IKE SA, or a Child SA, which the notification names.
func replaces(x *ikesa.Exchange) (ikeSA bool, child *ikev2.Notify) {
	offer, child := createRequest(x)
	return child == nil && offer != nil && offer.Proposals[0].Protocol == ike.IKE, child
}

func informationalPurpose(x *ikesa.Exchange) string {
	var parts []string
	for _, m := range x.Messages {
		if m.State == ikesa.Closed {
			return ""
		}
		if isResponse(m) {
			continue
		}
		for _, p := range m.Payloads {
			switch b := p.Body.(type) {
			case *ikev2.Delete:
				parts = append(parts, "delete of "+deleteText(ikev2.PartOf(p.Type, b).(*ike.Delete)))
			case *ikev2.Notify:
				parts = append(parts, notifyPurpose(b)...)
			case *ikev2.CP:
				parts = append(parts, "configuration")
			}
		}
		if len(m.Payloads) == 0 {
			parts = append(parts, "liveness check")
		}
	}
	return join(parts, ", ")
}

func notifyPurpose(n *ikev2.Notify) []string {
	switch n.Type {
	case ikev2.NotifyUpdateSAAddresses:
		return []string{"address update (MOBIKE)"}
	case ikev2.NotifyAdditionalIP4, ikev2.NotifyAdditionalIP6, ikev2.NotifyNoAdditionalAddresses:
		return []string{n.String()}
	}
	if n.IsError() {
		return []string{n.String()}
	}
	return nil
}
