package alg

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/subtle"
	"encoding/binary"
)

// A Sealed is one whole packet or message under a key that lacks its salt.
type Sealed struct {
	AD   []byte // the additional data of a combined mode
	IV   []byte // of 8 bytes, also where the sequence number stands for it
	Text []byte // the ciphertext; of a combined mode the ICV behind it
}

// LacksSalt reports whether key is as long as a key of the cipher without the salt that belongs to it. No length of the one kind is a
// length of the other.
func (c *Cipher) LacksSalt(key []byte) bool {
	if c.SaltLen == 0 {
		return false
	}
	_, err := c.KeyBitsOf(append(make([]byte, c.SaltLen), key...))
	return err == nil
}

// gcmSalt and sm4GCMSalt are gcmSaltOf under AES and SM4.
func gcmSalt(key []byte, p Sealed) (salt []byte, ok bool) { return gcmSaltOf(aes.NewCipher, key, p) }

func sm4GCMSalt(key []byte, p Sealed) (salt []byte, ok bool) { return gcmSaltOf(newSM4, key, p) }

// gcmSaltOf computes the salt of a GCM key without it, from a packet with the whole tag of 16 bytes. The tag is GHASH_H(A, C) xor
// E_K(salt | IV | 1) with H = E_K(0), so that
//
//	D_K(tag xor GHASH_H(A, C)) = salt | IV | 00000001
//
// gives the salt, and the other 12 bytes, which must be the packet's IV and 1, prove it.
func gcmSaltOf(block func(key []byte) (cipher.Block, error), key []byte, p Sealed) (salt []byte, ok bool) {
	b, err := block(key)
	n := len(p.Text) - 16
	if err != nil || n < 0 {
		return nil, false
	}
	var h, j [16]byte
	b.Encrypt(h[:], h[:])
	sum := ghash(h, p.AD, p.Text[:n])
	subtle.XORBytes(j[:], p.Text[n:], sum[:])
	b.Decrypt(j[:], j[:])
	return j[:4:4], bytes.Equal(j[4:12], p.IV) && binary.BigEndian.Uint32(j[12:]) == 1
}

// gmacSalt does the same where all that GCM has is additional data: ENCR_NULL_AUTH_AES_GMAC (RFC 4543, section 3).
func gmacSalt(key []byte, p Sealed) (salt []byte, ok bool) {
	n := len(p.Text) - 16
	if n < 0 {
		return nil, false
	}
	return gcmSalt(key, Sealed{AD: bytes.Join([][]byte{p.AD, p.IV, p.Text[:n]}, nil), IV: p.IV, Text: p.Text[n:]})
}
