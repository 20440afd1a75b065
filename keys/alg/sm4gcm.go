package alg

import (
	"crypto/cipher"
	"crypto/subtle"
	"encoding/binary"
)

// An sm4GCM is GCM over SM4 (RFC 8998): that of the library allocates for each packet where the cipher is not AES.
type sm4GCM struct {
	block cipher.Block
	h     [16]byte // E_K(0)
}

func newSM4GCM(key []byte) (cipher.AEAD, error) {
	b, err := newSM4(key)
	if err != nil {
		return nil, err
	}
	g := &sm4GCM{block: b}
	b.Encrypt(g.h[:], g.h[:])
	return g, nil
}

// NonceSize and the rest are cipher.AEAD.
func (g *sm4GCM) NonceSize() int { return 12 }
func (g *sm4GCM) Overhead() int  { return 16 }

func (g *sm4GCM) Seal(dst, nonce, plaintext, ad []byte) []byte {
	s := takeScratch()
	defer s.free()
	s.a = append(s.a[:0], plaintext...)
	g.stream(s, nonce, 2)
	s.ctr.xor(g.block, s.a, s.a)
	g.tag(s, nonce, ad, s.a)
	return append(append(dst, s.a...), s.mac[:]...)
}

func (g *sm4GCM) Open(dst, nonce, ciphertext, ad []byte) ([]byte, error) {
	n := len(ciphertext) - g.Overhead()
	if n < 0 {
		return nil, errOpen
	}
	s := takeScratch()
	defer s.free()
	g.tag(s, nonce, ad, ciphertext[:n])
	if subtle.ConstantTimeCompare(s.mac[:], ciphertext[n:]) != 1 {
		return nil, errOpen
	}
	s.a = append(s.a[:0], ciphertext[:n]...)
	g.stream(s, nonce, 2)
	s.ctr.xor(g.block, s.a, s.a)
	return append(dst, s.a...), nil
}

// stream sets the counter block (NIST SP 800-38D, section 7.1).
func (g *sm4GCM) stream(s *scratch, nonce []byte, counter uint32) {
	if len(nonce) != g.NonceSize() {
		panic("alg: incorrect nonce length given to GCM")
	}
	copy(s.ctr.block[:], nonce)
	binary.BigEndian.PutUint32(s.ctr.block[12:], counter)
}

// tag leaves the tag of a ciphertext in s.mac: GHASH under the first block of the key stream.
func (g *sm4GCM) tag(s *scratch, nonce, ad, ciphertext []byte) {
	s.mac = ghash(g.h, ad, ciphertext)
	g.stream(s, nonce, 1)
	s.ctr.xor(g.block, s.mac[:], s.mac[:])
}
