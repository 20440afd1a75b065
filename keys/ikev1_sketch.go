// Package keys holds the key schedules of IKEv1 as pure functions: bytes in, bytes out, no state and no look-ups.
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

// SKEYIDFromPSK: prf(psk, Ni_b | Nr_b).
func SKEYIDFromPSK(prf alg.PRF, psk, ni, nr []byte) SKEYID { panic("sketch") }

// SKEYIDFromSignature: prf(Ni_b | Nr_b, g^xy).
func SKEYIDFromSignature(prf alg.PRF, ni, nr, gxy []byte) SKEYID { panic("sketch") }

// SKEYIDFromPublicKey: prf(hash(Ni_b | Nr_b), CKY-I | CKY-R); also revised mode.
func SKEYIDFromPublicKey(prf alg.PRF, h *alg.Hash, ni, nr []byte, i, r decode.SPI) SKEYID {
	panic("sketch")
}

// Phase1Keys are SKEYID_d, SKEYID_a and SKEYID_e; nil where not known.
type Phase1Keys struct{ D, A, E []byte }

func (s SKEYID) Keys(gxy []byte, i, r decode.SPI) Phase1Keys { panic("sketch") }

// CipherKey is Ka: SKEYID_e cut, or expanded, to n bytes (RFC 2409, appendix B).
func CipherKey(prf alg.PRF, skeyidE []byte, n int) []byte { panic("sketch") }

// FirstIV is hash(g^xi | g^xr) cut to n bytes (RFC 2409, appendix B).
func FirstIV(h *alg.Hash, gxi, gxr []byte, n int) []byte { panic("sketch") }

// Phase2IV is hash(last phase 1 ciphertext block | M-ID) cut to n bytes.
func Phase2IV(h *alg.Hash, last []byte, mid uint32, n int) []byte { panic("sketch") }

// HashI and HashR (RFC 2409, section 5). sai and id are payload bodies (generic header taken off).
func (s SKEYID) HashI(gxi, gxr []byte, i, r decode.SPI, sai, idii []byte) []byte { panic("sketch") }
func (s SKEYID) HashR(gxr, gxi []byte, r, i decode.SPI, sai, idir []byte) []byte { panic("sketch") }

// Hash1: prf(SKEYID_a, M-ID | rest): HASH(1) of Quick Mode, Informational, Transaction and New Group.
func Hash1(prf alg.PRF, a []byte, mid uint32, rest []byte) []byte { panic("sketch") }

// Hash2: prf(SKEYID_a, M-ID | Ni_b | rest).
func Hash2(prf alg.PRF, a []byte, mid uint32, ni, rest []byte) []byte { panic("sketch") }

// Hash3: prf(SKEYID_a, 0 | M-ID | Ni_b | Nr_b).
func Hash3(prf alg.PRF, a []byte, mid uint32, ni, nr []byte) []byte { panic("sketch") }

// NATDHash: hash(CKY-I | CKY-R | IP | Port) (RFC 3947, section 3.2).
func NATDHash(h *alg.Hash, i, r decode.SPI, ip []byte, port uint16) []byte { panic("sketch") }

// Keymat is n bytes of KEYMAT (RFC 2409, section 5.5): K1 = prf(SKEYID_d, [g(qm)^xy |] protocol | SPI | Ni_b | Nr_b).
// gxy is nil without PFS.
func Keymat(prf alg.PRF, d, gxy []byte, protocol uint8, spi, ni, nr []byte, n int) []byte {
	panic("sketch")
}
