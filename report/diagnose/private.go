package diagnose

import (
	"slices"

	"github.com/ikedecode/ikedecode/decode"
	"github.com/ikedecode/ikedecode/keys/ikesa"
	"github.com/ikedecode/ikedecode/report/negotiation"
)

// What daemons do only with peers of their own kind, by the vendor IDs.

// privateIn is the first algorithm of an offer of IKEv2 whose number is for private use (RFC 7296, section 3.3.2), where the side that offers it does not say
// that it is strongSwan: strongSwan accepts its own numbers from nobody else. "" where there is none.
func privateIn(sa *ikesa.SA, from Side, offer *stance) string {
	const firstPrivate = 1024
	if sa.Version != 2 || !negotiation.Begins(sa) || sentVendorID(sa, from == Initiator, "strongSwan") {
		return ""
	}
	for _, t := range offer.traits {
		for _, v := range t.values {
			if v.algorithm.ID >= firstPrivate {
				return v.algorithm.Name()
			}
		}
	}
	return ""
}

// sentVendorID reports whether a side of an IKE SA sent the vendor ID of a product.
func sentVendorID(sa *ikesa.SA, initiator bool, product string) bool {
	return slices.ContainsFunc(sa.Messages, func(m *ikesa.Message) bool {
		return m.FromInitiator == initiator && slices.ContainsFunc(m.Payloads, func(p decode.Payload) bool {
			v, ok := p.Body.(*decode.VendorID)
			if !ok {
				return false
			}
			who, known := v.Known()
			return known && who.Name == product
		})
	})
}
