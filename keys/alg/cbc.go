package alg

import (
	"crypto/cipher"
	"errors"
	"fmt"
)

// ErrBlockLength says that a ciphertext is not a whole number of blocks, or an IV not one block.
var ErrBlockLength = errors.New("not a whole number of cipher blocks")

// A Decrypter decrypts packets under one key and allocates nothing for a packet. It keeps the IV of the packet in hand, so
// each goroutine needs its own.
type Decrypter interface {
	// Decrypt writes the plaintext of src to dst, which must be as long and either be src or not touch it.
	Decrypt(dst, iv, src []byte) error
}

// Concurrent reports whether several goroutines may use d at once.
func Concurrent(d Decrypter) bool {
	_, ok := d.(interface{ concurrent() })
	return ok
}

// ivSetter is what both of the library's CBC decrypters are, though crypto/cipher does not say so.
type ivSetter interface {
	cipher.BlockMode
	SetIV(iv []byte)
}

// CBC decrypts in cipher block chaining mode. It can be used again with another IV, which cipher.BlockMode cannot.
type CBC struct {
	block cipher.Block
	mode  ivSetter // nil where the library's type has no SetIV
	prev  []byte   // for the loop without it: this ciphertext block and the one before
}

// NewCBC returns a CBC over block.
func NewCBC(block cipher.Block) *CBC {
	n := block.BlockSize()
	c := &CBC{block: block, prev: make([]byte, 2*n)}
	c.mode, _ = cipher.NewCBCDecrypter(block, c.prev[:n]).(ivSetter)
	return c
}

// BlockSize is the length of a block and of the IV in bytes.
func (c *CBC) BlockSize() int { return c.block.BlockSize() }

// Decrypt decrypts src, a whole number of blocks, into dst. dst is src itself or does not overlap it.
func (c *CBC) Decrypt(dst, iv, src []byte) error {
	n := c.block.BlockSize()
	if len(iv) != n {
		return fmt.Errorf("IV of %d bytes: %w", len(iv), ErrBlockLength)
	}
	if len(src)%n != 0 {
		return fmt.Errorf("ciphertext of %d bytes: %w", len(src), ErrBlockLength)
	}
	if len(dst) < len(src) {
		return fmt.Errorf("output of %d bytes for %d", len(dst), len(src))
	}
	if c.mode != nil {
		c.mode.SetIV(iv)
		c.mode.CryptBlocks(dst[:len(src)], src)
		return nil
	}
	c.loop(dst, iv, src)
	return nil
}

// loop is CBC for a block cipher whose decrypter is not the library's.
func (c *CBC) loop(dst, iv, src []byte) {
	n := c.block.BlockSize()
	prev, cur := c.prev[:n], c.prev[n:]
	copy(prev, iv)
	for i := 0; i+n <= len(src); i += n {
		copy(cur, src[i:i+n]) // dst may be src
		c.block.Decrypt(dst[i:i+n], cur)
		for j := range prev {
			dst[i+j] ^= prev[j]
		}
		prev, cur = cur, prev
	}
}
