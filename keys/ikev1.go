package keys

import (
	"github.com/ikedecode/ikedecode/decode"
	"github.com/ikedecode/ikedecode/keys/alg"
)

// A SKEYID is the root of IKEv1's key schedule (RFC 2409, section 5).
type SKEYID struct {
	PRF alg.PRF
	Key []byte
}

// SKEYIDFromPSK is the SKEYID of authentication by pre-shared key (RFC 2409, section 5.4), with XAUTH, too:
//
//	SKEYID = prf(pre-shared-key, Ni_b | Nr_b)
func SKEYIDFromPSK(prf alg.PRF, psk, ni, nr []byte) SKEYID {
	return SKEYID{prf, prf.Sum(psk, ni, nr)}
}

// SKEYIDFromSignature is the SKEYID of authentication by signatures (RFC 2409, section 5.1), hybrid authentication and XAUTH
// with signatures, too:
//
//	SKEYID = prf(Ni_b | Nr_b, g^xy)
func SKEYIDFromSignature(prf alg.PRF, ni, nr, gxy []byte) SKEYID {
	return SKEYID{prf, prf.Sum(join(ni, nr), gxy)}
}

// SKEYIDFromPublicKey is the SKEYID of authentication by public key encryption, in its revised mode, too (RFC 2409, sections
// 5.2 and 5.3). The nonces are the decrypted ones:
//
//	SKEYID = prf(hash(Ni_b | Nr_b), CKY-I | CKY-R)
func SKEYIDFromPublicKey(prf alg.PRF, h *alg.Hash, ni, nr []byte, i, r decode.SPI) SKEYID {
	return SKEYID{prf, prf.Sum(h.Sum(ni, nr), i[:], r[:])}
}

// Phase1Keys are SKEYID_d, SKEYID_a and SKEYID_e; nil where not known.
type Phase1Keys struct{ D, A, E []byte }

// Keys derives the keys of phase 1 (RFC 2409, section 5):
//
//	SKEYID_d = prf(SKEYID, g^xy | CKY-I | CKY-R | 0)
//	SKEYID_a = prf(SKEYID, SKEYID_d | g^xy | CKY-I | CKY-R | 1)
//	SKEYID_e = prf(SKEYID, SKEYID_a | g^xy | CKY-I | CKY-R | 2)
func (s SKEYID) Keys(gxy []byte, i, r decode.SPI) Phase1Keys {
	d := s.PRF.Sum(s.Key, gxy, i[:], r[:], []byte{0})
	a := s.PRF.Sum(s.Key, d, gxy, i[:], r[:], []byte{1})
	e := s.PRF.Sum(s.Key, a, gxy, i[:], r[:], []byte{2})
	return Phase1Keys{D: d, A: a, E: e}
}

// CipherKey is Ka, the key of the phase 1 cipher in n bytes (RFC 2409, appendix B): the front of SKEYID_e, or, where that is
// too short, of K1 | K2 | ... with
//
//	K1 = prf(SKEYID_e, 0)       0 is one byte
//	K2 = prf(SKEYID_e, K1)
//
// The appendix has DES skip weak keys, without saying how. A key is weak once in 2^52 negotiations; implementations either use it
// or give the negotiation up, so nothing is skipped here.
func CipherKey(prf alg.PRF, skeyidE []byte, n int) []byte {
	if n <= len(skeyidE) {
		return cut(skeyidE, n)
	}
	k := prf.Sum(skeyidE, []byte{0})
	return feedback(k, n, func(k []byte) []byte { return prf.Sum(skeyidE, k) })
}

// feedback is n bytes of k | next(k) | next(next(k)) | ...
func feedback(k []byte, n int, next func([]byte) []byte) []byte {
	out := append([]byte(nil), k...)
	for len(out) < n && len(k) > 0 {
		k = next(k)
		out = append(out, k...)
	}
	return out[:min(n, len(out)):n]
}

// Keymat is n bytes of KEYMAT, the keys of one SA (RFC 2409, section 5.5), encryption key first, then its salt, then the
// integrity key. gxy is nil without PFS; the nonces are those of the Quick Mode:
//
//	KEYMAT = K1 | K2 | K3 | ...
//	K1 = prf(SKEYID_d, [ g(qm)^xy | ] protocol | SPI | Ni_b | Nr_b)
//	K2 = prf(SKEYID_d, K1 | [ g(qm)^xy | ] protocol | SPI | Ni_b | Nr_b)
//
// spi is the one that the receiver of the traffic chose, 4 bytes for ESP and AH.
func Keymat(prf alg.PRF, d, gxy []byte, protocol uint8, spi, ni, nr []byte, n int) []byte {
	if n <= 0 {
		return nil
	}
	next := func(k []byte) []byte { return prf.Sum(d, k, gxy, []byte{protocol}, spi, ni, nr) }
	return feedback(next(nil), n, next)
}
