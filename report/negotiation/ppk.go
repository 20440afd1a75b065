package negotiation

import (
	"github.com/ikedecode/ikedecode/decode/ikev2"
	"github.com/ikedecode/ikedecode/keys/ikesa"
)

// MayUsePPK reports whether the peers use a post-quantum pre-shared key (PPK), which AUTH depends on then (RFC 8784, section 3), or one of them said so
// while the capture does not have what the other one said.
func MayUsePPK(sa *ikesa.SA) bool {
	var said, heard [2]bool // the initiator first
	for _, m := range sa.Messages {
		i := 1
		if m.FromInitiator {
			i = 0
		}
		heard[i] = heard[i] || TypeOf(m) == ikev2.ExchangeSAInit
		said[i] = said[i] || NotifyOf(m, ikev2.NotifyUsePPK) != nil || NotifyOf(m, ikev2.NotifyUsePPKInt) != nil
	}
	return (said[0] || said[1]) && (said[0] || !heard[0]) && (said[1] || !heard[1])
}
