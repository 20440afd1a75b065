package alg

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/subtle"
	"errors"
	"sync"
)

// errOpen is an ICV that does not match: forged, damaged, or another key's.
var errOpen = errors.New("ICV mismatch")

// AES-GCM as in RFC 4106: the nonce is salt (4 bytes) | IV (8 bytes), the additional data SPI | sequence number.

func newGCM16(key []byte) (cipher.AEAD, error) { return newGCM(key, 16) }
func newGCM12(key []byte) (cipher.AEAD, error) { return newGCM(key, 12) }

func newGCM(key []byte, tag int) (cipher.AEAD, error) {
	b, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCMWithTagSize(b, tag)
}

// A gcm8 is AES-GCM with an ICV of 8 bytes, which the library refuses to make (it allows 12 to 16, as NIST SP 800-38D does
// for general use) though RFC 4106 lets two gateways agree on it. The short tag is the front of the long one. So Open
// decrypts, seals the plaintext again with the library's GCM, and compares the first 8 bytes of the tag that gives.
type gcm8 struct {
	full cipher.AEAD // with a tag of 16 bytes
}

func newGCM8(key []byte) (cipher.AEAD, error) {
	full, err := newGCM(key, 16)
	if err != nil {
		return nil, err
	}
	return &gcm8{full}, nil
}

func (g *gcm8) NonceSize() int { return g.full.NonceSize() }
func (g *gcm8) Overhead() int  { return 8 }

func (g *gcm8) Seal(dst, nonce, plaintext, ad []byte) []byte {
	s := takeScratch()
	defer s.free()
	s.a = g.full.Seal(s.a[:0], nonce, plaintext, ad)
	return append(dst, s.a[:len(plaintext)+8]...)
}

func (g *gcm8) Open(dst, nonce, ciphertext, ad []byte) ([]byte, error) {
	n := len(ciphertext) - 8
	if n < 0 {
		return nil, errOpen
	}
	s := takeScratch()
	defer s.free()
	// Encrypting the ciphertext decrypts it: counter mode is its own inverse. The tag of this step means nothing.
	s.a = g.full.Seal(s.a[:0], nonce, ciphertext[:n], nil)
	s.b = g.full.Seal(s.b[:0], nonce, s.a[:n], ad)
	if subtle.ConstantTimeCompare(s.b[n:n+8], ciphertext[n:]) != 1 {
		return nil, errOpen
	}
	return append(dst, s.a[:n]...), nil
}

// A gmac is AES-GMAC with the payload unencrypted: ENCR_NULL_AUTH_AES_GMAC (RFC 4543, section 3). The additional data is
// SPI | sequence number | IV | payload, and nothing is encrypted.
type gmac struct {
	full cipher.AEAD
}

func newGMAC(key []byte) (cipher.AEAD, error) {
	full, err := newGCM(key, 16)
	if err != nil {
		return nil, err
	}
	return &gmac{full}, nil
}

func (g *gmac) NonceSize() int { return g.full.NonceSize() }
func (g *gmac) Overhead() int  { return 16 }

func (g *gmac) Seal(dst, nonce, plaintext, ad []byte) []byte {
	s := takeScratch()
	defer s.free()
	s.a = append(append(append(s.a[:0], ad...), nonce[4:]...), plaintext...)
	dst = append(dst, plaintext...)
	return g.full.Seal(dst, nonce, nil, s.a)
}

func (g *gmac) Open(dst, nonce, ciphertext, ad []byte) ([]byte, error) {
	n := len(ciphertext) - 16
	if n < 0 {
		return nil, errOpen
	}
	s := takeScratch()
	defer s.free()
	s.a = append(append(append(s.a[:0], ad...), nonce[4:]...), ciphertext[:n]...)
	if _, err := g.full.Open(nil, nonce, ciphertext[n:], s.a); err != nil {
		return nil, errOpen
	}
	return append(dst, ciphertext[:n]...), nil
}

// scratch is memory for the length of one packet. An AEAD is shared by goroutines, so it can't own any.
type scratch struct {
	a, b []byte
	ctr  counter
	mac  [16]byte
}

var scratches = sync.Pool{New: func() any { return new(scratch) }}

func takeScratch() *scratch { return scratches.Get().(*scratch) }
func (s *scratch) free()    { scratches.Put(s) }
