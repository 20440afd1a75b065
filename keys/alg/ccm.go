package alg

import (
	"crypto/cipher"
	"crypto/subtle"
	"encoding/binary"
	"slices"
)

// A ccm is CCM (RFC 3610) over AES, Camellia or SM4. In ESP (RFC 4309; RFC 5529) the nonce is salt (3 bytes) | IV (8 bytes), so that
// L is 4.
type ccm struct {
	keystream
	m int // M, bytes of the tag: 8, 12 or 16
	l int // L, bytes of the length field; the nonce has 15 - L
}

func newCCM8(key []byte) (cipher.AEAD, error)  { return newCCM(key, 8, newAESStream) }
func newCCM12(key []byte) (cipher.AEAD, error) { return newCCM(key, 12, newAESStream) }
func newCCM16(key []byte) (cipher.AEAD, error) { return newCCM(key, 16, newAESStream) }

func newCamelliaCCM8(key []byte) (cipher.AEAD, error)  { return newCCM(key, 8, newCamelliaStream) }
func newCamelliaCCM12(key []byte) (cipher.AEAD, error) { return newCCM(key, 12, newCamelliaStream) }
func newCamelliaCCM16(key []byte) (cipher.AEAD, error) { return newCCM(key, 16, newCamelliaStream) }

func newSM4CCM(key []byte) (cipher.AEAD, error) { return newCCM(key, 16, newSM4Stream) }

func newCCM(key []byte, m int, stream blockCipher) (cipher.AEAD, error) {
	k, err := stream(key)
	if err != nil {
		return nil, err
	}
	return &ccm{k, m, 4}, nil
}

// NonceSize and the rest are cipher.AEAD. As with the library's AEADs, a nonce of another size is the caller's bug and panics.
func (c *ccm) NonceSize() int { return 15 - c.l }
func (c *ccm) Overhead() int  { return c.m }

func (c *ccm) Seal(dst, nonce, plaintext, ad []byte) []byte {
	c.checkNonce(nonce)
	s := takeScratch()
	defer s.free()
	c.mac(s, nonce, plaintext, ad)
	c.cryptTag(s, nonce)
	c.stream(s, nonce, plaintext)
	return append(append(dst, s.a...), s.mac[:c.m]...)
}

func (c *ccm) Open(dst, nonce, ciphertext, ad []byte) ([]byte, error) {
	c.checkNonce(nonce)
	n := len(ciphertext) - c.m
	if n < 0 {
		return nil, errOpen
	}
	s := takeScratch()
	defer s.free()
	c.stream(s, nonce, ciphertext[:n])
	c.mac(s, nonce, s.a, ad)
	c.cryptTag(s, nonce)
	if subtle.ConstantTimeCompare(s.mac[:c.m], ciphertext[n:]) != 1 {
		return nil, errOpen
	}
	return append(dst, s.a...), nil
}

func (c *ccm) checkNonce(nonce []byte) {
	if len(nonce) != c.NonceSize() {
		panic("alg: incorrect nonce length given to CCM")
	}
}

// mac leaves T, the CBC-MAC of B_0, additional data and payload, in s.mac (RFC 3610, section 2.2).
func (c *ccm) mac(s *scratch, nonce, payload, ad []byte) {
	flags := byte((c.m-2)/2<<3 | (c.l - 1))
	if len(ad) > 0 {
		flags |= 0x40
	}
	s.mac = [16]byte{flags}
	copy(s.mac[1:], nonce)
	for i, n := 15, len(payload); i >= 16-c.l && n > 0; i, n = i-1, n>>8 {
		s.mac[i] = byte(n)
	}
	c.block.Encrypt(s.mac[:], s.mac[:])
	if len(ad) > 0 {
		s.b = appendCCMLength(s.b[:0], len(ad))
		s.b = append(s.b, ad...)
		c.absorb(s, s.b)
	}
	c.absorb(s, payload)
}

// appendCCMLength encodes the length of the additional data: two bytes below 0xff00, else 0xfffe and four.
func appendCCMLength(b []byte, n int) []byte {
	if n < 0xff00 {
		return binary.BigEndian.AppendUint16(b, uint16(n))
	}
	return binary.BigEndian.AppendUint32(append(b, 0xff, 0xfe), uint32(n))
}

// absorb chains p into s.mac, the last block filled with zeros.
func (c *ccm) absorb(s *scratch, p []byte) {
	for len(p) > 0 {
		n := subtle.XORBytes(s.mac[:], s.mac[:], p[:min(16, len(p))])
		c.block.Encrypt(s.mac[:], s.mac[:])
		p = p[n:]
	}
}

// stream leaves src with the key stream S_1, S_2, ... in s.a (RFC 3610, section 2.3).
func (c *ccm) stream(s *scratch, nonce, src []byte) {
	c.counterBlock(s, nonce, 1)
	if c.l == 4 { // as in ESP: the counter is just what keystream counts
		copy(s.ctr.prefix[:], s.ctr.block[:])
		s.a = c.crypt(&s.ctr, s.a, src)
		return
	}
	s.a = slices.Grow(s.a[:0], len(src))[:len(src)]
	s.ctr.xor(c.block, s.a, src)
}

// cryptTag adds S_0 to the tag.
func (c *ccm) cryptTag(s *scratch, nonce []byte) {
	c.counterBlock(s, nonce, 0)
	s.ctr.xor(c.block, s.mac[:], s.mac[:])
}

// counterBlock sets A_i in s.ctr (RFC 3610, section 2.3).
func (c *ccm) counterBlock(s *scratch, nonce []byte, i byte) {
	s.ctr.block = [16]byte{byte(c.l - 1)}
	copy(s.ctr.block[1:], nonce)
	s.ctr.block[15] = i
}
