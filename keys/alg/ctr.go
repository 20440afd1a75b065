package alg

import (
	"crypto/aes"
	"crypto/cipher"
	"encoding/binary"
	"fmt"
)

// counter is one block of counter mode and its key stream, kept together so that a packet allocates nothing.
type counter struct {
	block, stream [16]byte
}

// xor adds the key stream from the counter block on to src. The last four bytes count.
func (c *counter) xor(b cipher.Block, dst, src []byte) {
	for len(src) > 0 {
		b.Encrypt(c.stream[:], c.block[:])
		n := min(len(src), len(c.stream))
		for i := range n {
			dst[i] = src[i] ^ c.stream[i]
		}
		dst, src = dst[n:], src[n:]
		last := c.block[12:]
		binary.BigEndian.PutUint32(last, binary.BigEndian.Uint32(last)+1)
	}
}

// CTR is AES in counter mode as ESP uses it: the counter block is nonce | IV | 1 (RFC 3686, section 4).
type CTR struct {
	block cipher.Block
	nonce [4]byte
	ctr   counter
}

// newAESCTR takes the key followed by the four bytes of nonce, as they come out of KEYMAT (RFC 3686, section 5.1).
func newAESCTR(key []byte) (Decrypter, error) {
	if len(key) < 4 {
		return nil, aes.KeySizeError(len(key))
	}
	b, err := aes.NewCipher(key[:len(key)-4])
	if err != nil {
		return nil, err
	}
	return &CTR{block: b, nonce: [4]byte(key[len(key)-4:])}, nil
}

// Decrypt decrypts src of any length with an IV of 8 bytes. In counter mode this is also how to encrypt.
func (c *CTR) Decrypt(dst, iv, src []byte) error {
	if len(iv) != 8 {
		return fmt.Errorf("IV of %d bytes, want 8", len(iv))
	}
	if len(dst) < len(src) {
		return fmt.Errorf("output of %d bytes for %d", len(dst), len(src))
	}
	copy(c.ctr.block[:], c.nonce[:])
	copy(c.ctr.block[4:], iv)
	binary.BigEndian.PutUint32(c.ctr.block[12:], 1)
	c.ctr.xor(c.block, dst, src)
	return nil
}

// null is the NULL cipher (RFC 2410).
type null struct{}

func newNull(key []byte) (Decrypter, error) {
	if len(key) != 0 {
		return nil, fmt.Errorf("NULL takes no key, got %d bytes", len(key))
	}
	return null{}, nil
}

func (null) Decrypt(dst, iv, src []byte) error {
	if len(iv) != 0 {
		return fmt.Errorf("IV of %d bytes, want none", len(iv))
	}
	if len(dst) < len(src) {
		return fmt.Errorf("output of %d bytes for %d", len(dst), len(src))
	}
	copy(dst, src)
	return nil
}
