package ikesa

import (
	"bytes"

	"github.com/ikedecode/ikedecode/keys"
	"github.com/ikedecode/ikedecode/keys/secret"
)

// joinPPK puts the keys before and after a PPK was mixed in (RFC 8784, section 3) together, which a log has both: they are one set
// for the messages. Those before stay.
func (s *solver) joinPPK(h, g *Generation) bool {
	prf := s.sa.Policy.PRF
	if prf.Sum == nil || h.D == nil || g.D == nil || !bytes.Equal(h.EI, g.EI) || !bytes.Equal(h.ER, g.ER) {
		return false
	}
	for _, x := range s.secrets(secret.PPK) {
		switch {
		case bytes.Equal(keys.MixPPK(prf, x.Value, h.D), g.D):
		case bytes.Equal(keys.MixPPK(prf, x.Value, g.D), h.D):
			h.D, h.PI, h.PR = g.D, g.PI, g.PR
			if h.SKEYSEED == nil {
				h.SKEYSEED, h.GXY, h.root = g.SKEYSEED, g.GXY, g.root
			}
		default:
			continue
		}
		h.Used, h.proofs = append(h.Used, g.Used...), append(h.proofs, g.proofs...)
		h.first = min(h.first, g.first)
		return true
	}
	return false
}

// withPPKs are candidates for SK_d as they are, then with each PPK that was given mixed in, for one that IKE_AUTH agreed upon.
func (s *solver) withPPKs(ds [][]byte) [][]byte {
	plain := ds
	for _, ppk := range s.secrets(secret.PPK) {
		for _, d := range plain {
			for _, prf := range s.prfs(d) {
				m := keys.MixPPK(prf, ppk.Value, d)
				ds = append(ds, m)
				s.sa.noteMixed(m, mixedPPK{ppk, d})
			}
		}
	}
	return ds
}

// A mixedPPK is what an SK_d with a PPK mixed in was made from.
type mixedPPK struct {
	ppk secret.Secret
	d   []byte // SK_d without it
}

// noteMixed remembers what an SK_d was made from.
func (sa *SA) noteMixed(d []byte, x mixedPPK) {
	if sa.mixed == nil {
		sa.mixed = make(map[string]mixedPPK)
	}
	sa.mixed[string(d)] = x
}

// provePPK notes what proves a PPK, once.
func (sa *SA) provePPK(x secret.Secret, by Evidence, frame int) {
	if sa.Keys.PPK != nil {
		return
	}
	sa.Keys.PPK = x.Value
	sa.Proofs = append(sa.Proofs, proofOf(x, by, frame))
}

// proveMixed notes that traffic has proved an SK_d, and with it the PPK inside.
func (sa *SA) proveMixed(d []byte, frame int) {
	if x, ok := sa.mixed[string(d)]; ok {
		sa.provePPK(x.ppk, ByTraffic, frame)
	}
}
