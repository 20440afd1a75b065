package ike

import (
	"slices"
	"testing"
)

// A daemon's log has what IKEv1 proposes in IKEv2's numbers.
func TestOfferIn(t *testing.T) {
	offer := &Offer{Version: V2, Proposals: []Proposal{
		{Number: 1, Protocol: IKE, Suites: []Suite{{Transforms: []Transform{{Encryption, ENCR, 12, 128}, {PRF, PRFs, 5, 0}, {Integrity, INTEG, 12, 0}, {KeyExchange, Group, 14, 0}}}}},
		{Number: 2, Protocol: ESP, Suites: []Suite{{Transforms: []Transform{{Encryption, ENCR, 3, 0}, {Integrity, INTEG, 2, 0}, {KeyExchange, Group, 2, 0}, {ESN, ESNs, 0, 0}}}}},
		{Number: 3, Protocol: ESP, Suites: []Suite{{Transforms: []Transform{{Encryption, ENCR, 99, 0}, {Integrity, INTEG, 99, 0}, {ESN, ESNs, 1, 0}}}}},
	}}
	if offer.In(V2) != offer {
		t.Error("an offer of IKEv2 is not itself in IKEv2")
	}
	want := [][]Transform{
		{{Encryption, Phase1Cipher, 7, 128}, {HashAlg, Phase1Hash, 4, 0}, {KeyExchange, Group, 14, 0}},
		{{Encryption, ESPTransform, 3, 0}, {Integrity, Phase2Auth, 2, 0}, {KeyExchange, Group, 2, 0}},
		{{Encryption, ENCR, 99, 0}, {Integrity, INTEG, 99, 0}, {ESN, Phase2ESN, 1, 0}}, // IKEv1 has no numbers for these
	}
	got := offer.In(V1)
	for i, p := range got.Proposals {
		if got.Version != V1 || !slices.Equal(p.Suites[0].Transforms, want[i]) {
			t.Errorf("proposal %d: %v, want %v", i, p.Suites[0].Transforms, want[i])
		}
	}
	if len(offer.Proposals[0].Suites[0].Transforms) != 4 {
		t.Error("the offer itself has changed")
	}
}

func TestHashOfPRF(t *testing.T) {
	for prf, hash := range hashOfPRF {
		p, _ := PRFs.Name(prf)
		if h, _ := Phase1Hash.Name(hash); prf != 3 && p != "HMAC-"+h {
			t.Errorf("PRF %s is not of the hash %s", p, h)
		}
	}
}
