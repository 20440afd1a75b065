package alg

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/subtle"
	"encoding/binary"
	"fmt"
	"slices"
)

// counter is one block of counter mode and its key stream, kept together so that a packet allocates nothing.
type counter struct {
	prefix        [12]byte // for keystream: what stays
	block, stream [16]byte
}

// xor adds the key stream from the counter block on to src. The last four bytes count.
func (c *counter) xor(b cipher.Block, dst, src []byte) {
	for len(src) > 0 {
		b.Encrypt(c.stream[:], c.block[:])
		n := subtle.XORBytes(dst, src[:min(len(src), 16)], c.stream[:])
		dst, src = dst[n:], src[n:]
		last := c.block[12:]
		binary.BigEndian.PutUint32(last, binary.BigEndian.Uint32(last)+1)
	}
}

// A keystream is counter mode with counter blocks of 12 bytes that stay and 4 that count from 1, as ESP has them. The library's
// CTR allocates for each packet, and block by block AES does a quarter of what it can. But GCM is this very mode from the
// second block on, so AES goes by it; the tag is thrown away.
type keystream struct {
	block cipher.Block
	gcm   cipher.AEAD // nil where the cipher is not AES
}

// gcmFrom is how many bytes make the detour by GCM worthwhile.
const gcmFrom = 80

// A blockCipher makes a keystream.
type blockCipher func(key []byte) (keystream, error)

func newAESStream(key []byte) (keystream, error) {
	b, err := aes.NewCipher(key)
	if err != nil {
		return keystream{}, err
	}
	g, err := cipher.NewGCM(b)
	return keystream{b, g}, err
}

func newCamelliaStream(key []byte) (keystream, error) {
	b, err := newCamellia(key)
	return keystream{block: b}, err
}

func newSM4Stream(key []byte) (keystream, error) {
	b, err := newSM4(key)
	return keystream{block: b}, err
}

// crypt adds the key stream of c.prefix, from counter 1 on, to src and appends the outcome to out[:0], which must not overlap src.
func (k *keystream) crypt(c *counter, out, src []byte) []byte {
	copy(c.block[:], c.prefix[:])
	binary.BigEndian.PutUint32(c.block[12:], 1)
	n := len(src)
	if k.gcm == nil || n < gcmFrom {
		out = slices.Grow(out[:0], n)[:n]
		c.xor(k.block, out, src)
		return out
	}
	out = slices.Grow(out[:0], n+16)[:16]
	c.xor(k.block, out, src[:16])
	return k.gcm.Seal(out, c.prefix[:], src[16:], nil)[:n]
}

// CTR is a block cipher in counter mode as ESP uses it: the counter block is nonce | IV | 1 (RFC 3686, section 4; RFC 5529,
// section 2).
type CTR struct {
	keystream
	ctr counter // its prefix is nonce | IV
	buf []byte
}

func newAESCTR(key []byte) (Decrypter, error)      { return newCTR(key, newAESStream) }
func newCamelliaCTR(key []byte) (Decrypter, error) { return newCTR(key, newCamelliaStream) }

// newCTR takes the key followed by the four bytes of nonce, as they come out of KEYMAT (RFC 3686, section 5.1).
func newCTR(key []byte, stream blockCipher) (Decrypter, error) {
	if len(key) < 4 {
		return nil, aes.KeySizeError(len(key))
	}
	k, err := stream(key[:len(key)-4])
	if err != nil {
		return nil, err
	}
	c := &CTR{keystream: k}
	copy(c.ctr.prefix[:], key[len(key)-4:])
	return c, nil
}

// Decrypt decrypts src of any length with an IV of 8 bytes. In counter mode this is also how to encrypt.
func (c *CTR) Decrypt(dst, iv, src []byte) error {
	if len(iv) != 8 {
		return fmt.Errorf("IV of %d bytes, want 8", len(iv))
	}
	if len(dst) < len(src) {
		return fmt.Errorf("output of %d bytes for %d", len(dst), len(src))
	}
	copy(c.ctr.prefix[4:], iv)
	c.buf = c.crypt(&c.ctr, c.buf, src)
	copy(dst, c.buf)
	return nil
}

// null is the NULL cipher (RFC 2410).
type null struct{}

func newNull(key []byte) (Decrypter, error) {
	if len(key) != 0 {
		return nil, fmt.Errorf("NULL has no key, got %d bytes", len(key))
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
