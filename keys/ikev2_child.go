package keys

import "github.com/ikedecode/ikedecode/keys/alg"

// ChildKeymat is n bytes of KEYMAT, the keys of a pair of ESP or AH SAs (RFC 7296, section 2.17). The nonces are those of
// IKE_SA_INIT for the first Child SA, else those of the CREATE_CHILD_SA exchange. secrets are empty without a key exchange;
// else the first is g^ir (new), and those of IKE_FOLLOWUP_KE come after it (RFC 9370, section 2.2.4):
//
//	KEYMAT = prf+(SK_d, [ g^ir (new) | ] Ni | Nr [ | SK(1) | ... | SK(n) ])
func ChildKeymat(prf alg.PRF, d, ni, nr []byte, n int, secrets ...[]byte) []byte {
	var seed [][]byte
	if len(secrets) > 0 {
		seed, secrets = append(seed, secrets[0]), secrets[1:]
	}
	seed = append(seed, ni, nr)
	return PRFPlus(prf, d, n, append(seed, secrets...)...)
}

// ChildKeys are the keys of a pair of SAs: those of the traffic from the exchange's initiator to its responder, and those of the
// other direction. Encryption keys have their salt at the end.
type ChildKeys struct{ EI, AI, ER, AR []byte }

// ChildKeys derives the keys of a pair of SAs, as ChildKeymat does, and cuts them (RFC 7296, section 2.17): encr bytes of
// encryption key, salt included, then integ bytes of integrity key, for the initiator's traffic, then for the responder's. AH has
// encr 0, an AEAD integ 0.
func (k IKEv2Keys) ChildKeys(prf alg.PRF, ni, nr []byte, encr, integ int, secrets ...[]byte) ChildKeys {
	encr, integ = max(0, encr), max(0, integ)
	next := cutter(ChildKeymat(prf, k.D, ni, nr, 2*(encr+integ), secrets...))
	var c ChildKeys
	c.EI, c.AI = next(encr), next(integ)
	c.ER, c.AR = next(encr), next(integ)
	return c
}
