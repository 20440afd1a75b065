package alg

import (
	"crypto/cipher"
	"hash"
)

// gmacHash is AES-GMAC as AH has it (RFC 4543, section 4): GCM that encrypts nothing, over all that Write was given.
type gmacHash struct {
	gcm   cipher.AEAD
	nonce [12]byte // salt | IV
	buf   []byte
}

// gmacOf takes a key of n bytes with 4 bytes of salt after it.
func gmacOf(n int) func(key []byte) hash.Hash {
	return func(key []byte) hash.Hash {
		// A key of another length, from a damaged key file, gives a MAC that fits nothing rather than a panic.
		full := make([]byte, n+4)
		copy(full, key)
		g, err := newGCM16(full[:n])
		if err != nil {
			panic(err) // the rows have 16, 24 and 32 bytes
		}
		h := &gmacHash{gcm: g}
		copy(h.nonce[:], full[n:])
		return h
	}
}

func (h *gmacHash) Size() int           { return 16 }
func (h *gmacHash) BlockSize() int      { return 16 }
func (h *gmacHash) Reset()              { h.buf = h.buf[:0] }
func (h *gmacHash) SetIV(iv []byte)     { copy(h.nonce[4:], iv) }
func (h *gmacHash) Sum(b []byte) []byte { return h.gcm.Seal(b, h.nonce[:], nil, h.buf) }

func (h *gmacHash) Write(p []byte) (int, error) {
	h.buf = append(h.buf, p...)
	return len(p), nil
}
