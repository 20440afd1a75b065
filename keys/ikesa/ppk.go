package ikesa

import (
	"github.com/ikedecode/ikedecode/decode/ikev2"
)

// UsesPPK reports whether both peers of IKEv2 said that they use a post-quantum pre-shared key (PPK), which AUTH depends on then (RFC 8784,
// section 3; RFC 9867).
func (sa *SA) UsesPPK() bool {
	said := make(map[bool]bool) // by whether the initiator did
	for _, m := range sa.Messages {
		for _, p := range m.Message.Payloads { // of IKE_SA_INIT, which nothing encrypts
			if n, ok := p.Body.(*ikev2.Notify); ok && (n.Type == ikev2.NotifyUsePPK || n.Type == ikev2.NotifyUsePPKInt) {
				said[m.FromInitiator] = true
			}
		}
	}
	return len(said) > 1
}
