package v2

import (
	"bytes"

	"github.com/ikedecode/ikedecode/keys"
	"github.com/ikedecode/ikedecode/keys/ikesa"
	"github.com/ikedecode/ikedecode/keys/secret"
)

// joinPPK puts the keys before and after a PPK was mixed in (RFC 8784, section 3) together, which a log has both: they are one set
// for the messages. Those before stay.
func (s *solver) joinPPK(h, g *ikesa.Generation) bool {
	prf := s.sa.Policy.PRF
	if prf.Sum == nil || h.D == nil || g.D == nil || !bytes.Equal(h.EI, g.EI) || !bytes.Equal(h.ER, g.ER) {
		return false
	}
	for _, x := range s.Of(secret.PPK) {
		switch {
		case bytes.Equal(keys.MixPPK(prf, x.Value, h.D), g.D):
		case bytes.Equal(keys.MixPPK(prf, x.Value, g.D), h.D):
			h.D, h.PI, h.PR = g.D, g.PI, g.PR
			if h.SKEYSEED == nil {
				h.SKEYSEED, h.GXY, h.Root = g.SKEYSEED, g.GXY, g.Root
			}
		default:
			continue
		}
		h.Used, h.Proofs = append(h.Used, g.Used...), append(h.Proofs, g.Proofs...)
		h.First = min(h.First, g.First)
		return true
	}
	return false
}

// withPPKs are candidates for SK_d as they are, then with each PPK that was given mixed in, for one that IKE_AUTH agreed upon.
func (s *solver) withPPKs(ds [][]byte) [][]byte {
	plain := ds
	for _, ppk := range s.Of(secret.PPK) {
		for _, d := range plain {
			for _, prf := range s.prfs(d) {
				m := keys.MixPPK(prf, ppk.Value, d)
				ds = append(ds, m)
				s.sa.NoteMixed(m, ikesa.MixedPPK{PPK: ppk, D: d})
			}
		}
	}
	return ds
}
