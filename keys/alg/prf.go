package alg

import (
	"crypto/hmac"
	"slices"
)

// A PRF is a pseudo-random function keyed by key.
type PRF struct {
	Name  string // "HMAC-SHA1"
	IKEv2 uint16 // transform ID
	Size  int    // bytes of output
	// Sum computes prf(key, parts[0] | parts[1] | ...). The key may have any length.
	Sum func(key []byte, parts ...[]byte) []byte
}

// HMAC is the PRF that IKEv1 uses unless another is negotiated: the HMAC of the phase 1 hash (RFC 2409, section 4).
func HMAC(h *Hash) PRF {
	return PRF{Name: "HMAC-" + h.Name, IKEv2: h.PRF, Size: h.Size, Sum: func(key []byte, parts ...[]byte) []byte {
		m := hmac.New(h.New, key)
		for _, p := range parts {
			m.Write(p)
		}
		return m.Sum(nil)
	}}
}

// PRFs lists the supported pseudo-random functions.
func PRFs() []PRF { return slices.Clone(prfs) }

var prfs = func() (all []PRF) {
	for _, h := range hashes {
		if h.PRF != 0 {
			all = append(all, HMAC(h))
		}
	}
	return append(all, aesXCBCPRF, aesCMACPRF)
}()

// PRFByIKEv2 finds a PRF by its IKEv2 transform ID. The bool says whether it is supported.
func PRFByIKEv2(id uint16) (PRF, bool) {
	for _, p := range prfs {
		if p.IKEv2 == id {
			return p, true
		}
	}
	return PRF{}, false
}
