package keys

import (
	"encoding/binary"

	"github.com/ikedecode/ikedecode/decode"
	"github.com/ikedecode/ikedecode/keys/alg"
)

// HashI is the initiator's proof in phase 1 (RFC 2409, section 5), where sai and idii are payload bodies, the generic header taken
// off, and sai is the initiator's in full as it was offered:
//
//	HASH_I = prf(SKEYID, g^xi | g^xr | CKY-I | CKY-R | SAi_b | IDii_b)
func (s SKEYID) HashI(gxi, gxr []byte, i, r decode.SPI, sai, idii []byte) []byte {
	return s.PRF.Sum(s.Key, gxi, gxr, i[:], r[:], sai, idii)
}

// HashR is the responder's proof in phase 1. It covers the initiator's SA payload, too (RFC 2409, section 5):
//
//	HASH_R = prf(SKEYID, g^xr | g^xi | CKY-R | CKY-I | SAi_b | IDir_b)
func (s SKEYID) HashR(gxr, gxi []byte, r, i decode.SPI, sai, idir []byte) []byte {
	return s.PRF.Sum(s.Key, gxr, gxi, r[:], i[:], sai, idir)
}

// Hash is HASH(1) of Quick Mode, and the hash of Informational, Transaction and New Group exchanges (RFC 2409, sections 5.5 to
// 5.7; Mode Config's draft). rest is every payload after the HASH payload, headers included, without the padding:
//
//	HASH(1) = prf(SKEYID_a, M-ID | rest)
func Hash1(prf alg.PRF, a []byte, mid uint32, rest []byte) []byte {
	return prf.Sum(a, be32(mid), rest)
}

// Hash2 is HASH(2), with the body of the initiator's nonce payload (RFC 2409, section 5.5):
//
//	HASH(2) = prf(SKEYID_a, M-ID | Ni_b | rest)
func Hash2(prf alg.PRF, a []byte, mid uint32, ni, rest []byte) []byte {
	return prf.Sum(a, be32(mid), ni, rest)
}

// Hash3 is HASH(3) (RFC 2409, section 5.5):
//
//	HASH(3) = prf(SKEYID_a, 0 | M-ID | Ni_b | Nr_b)     0 is one byte
func Hash3(prf alg.PRF, a []byte, mid uint32, ni, nr []byte) []byte {
	return prf.Sum(a, []byte{0}, be32(mid), ni, nr)
}

// NATDHash is the body of a NAT-D payload for one address and port (RFC 3947, section 3.2), ip in 4 or 16 bytes:
//
//	HASH = hash(CKY-I | CKY-R | IP | Port)
func NATDHash(h *alg.Hash, i, r decode.SPI, ip []byte, port uint16) []byte {
	return h.Sum(i[:], r[:], ip, binary.BigEndian.AppendUint16(nil, port))
}
