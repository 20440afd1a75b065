package negotiation

import (
	"github.com/ikedecode/ikedecode/decode"
	"github.com/ikedecode/ikedecode/decode/ike"
	"github.com/ikedecode/ikedecode/decode/ikev2"
	"github.com/ikedecode/ikedecode/keys/ikesa"
)

// A Client is a remote access client of IKEv2 with rules of its own for the certificate of the responder.
type Client uint8

// The clients.
const (
	OtherClient Client = iota
	Windows            // 7 and later
	Apple              // iOS, macOS
)

// ClientOf tells which client the initiator of sa is: Windows by its vendor ID, Apple's, which has none, by what it asks for in IKE_AUTH: an
// address of DHCP, and fragments other than the first ones.
func ClientOf(sa *ikesa.SA) Client {
	if sa.Version != 2 {
		return OtherClient
	}
	for _, m := range sa.Messages {
		if !m.FromInitiator {
			continue
		}
		dhcp := false
		for _, p := range m.Payloads {
			switch b := p.Body.(type) {
			case *decode.VendorID:
				if v, ok := b.Known(); ok && v.Name == "MS NT5 ISAKMPOAKLEY" {
					return Windows
				}
			case *ikev2.CP:
				for _, a := range b.Attributes {
					dhcp = dhcp || b.Type == ike.ConfigRequest && (a.Type == ike.ConfigIP4DHCP || a.Type == ike.ConfigIP6DHCP)
				}
			}
		}
		if dhcp && NotifyOf(m, ikev2.NotifyNonFirstFragmentsAlso) != nil {
			return Apple
		}
	}
	return OtherClient
}
