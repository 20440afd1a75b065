package keys

import "github.com/ikedecode/ikedecode/keys/alg"

// FirstIV is the IV of the first encrypted message of phase 1 in n bytes, the cipher's block (RFC 2409, appendix B). Later
// messages take the last ciphertext block of the one before:
//
//	IV = hash(g^xi | g^xr)
func FirstIV(h *alg.Hash, gxi, gxr []byte, n int) []byte {
	return cut(h.Sum(gxi, gxr), n)
}

// Phase2IV is the IV of the first message of a later exchange in n bytes, where last is the last ciphertext block of phase 1
// (RFC 2409, appendix B):
//
//	IV = hash(last | M-ID)
func Phase2IV(h *alg.Hash, last []byte, mid uint32, n int) []byte {
	return cut(h.Sum(last, be32(mid)), n)
}
