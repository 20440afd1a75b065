package alg

import (
	"crypto/cipher"
	"fmt"

	"golang.org/x/crypto/chacha20"
)

// The decrypters here are the counter modes inside the combined modes. What they return is not authenticated: they serve
// packets of which the capture lacks the end, under keys that other packets have verified.

// lengths checks what each of them is given.
func lengths(dst, iv, src []byte) error {
	if len(iv) != 8 {
		return fmt.Errorf("IV of %d bytes, want 8", len(iv))
	}
	if len(dst) < len(src) {
		return fmt.Errorf("output of %d bytes for %d", len(dst), len(src))
	}
	return nil
}

// split takes the salt of n bytes off the end of a key.
func split(key []byte, n int) (k, salt []byte, err error) {
	if len(key) < n {
		return nil, nil, fmt.Errorf("key of %d bytes: %w", len(key), ErrKeyLength)
	}
	return key[:len(key)-n], key[len(key)-n:], nil
}

// A gcmUnchecked encrypts the ciphertext once more, which decrypts it.
type gcmUnchecked struct {
	gcm   cipher.AEAD
	nonce [12]byte
	buf   []byte
}

func newGCMUnchecked(key []byte) (Decrypter, error)    { return newUncheckedOf(key, newGCM16) }
func newSM4GCMUnchecked(key []byte) (Decrypter, error) { return newUncheckedOf(key, newSM4GCM) }

func newUncheckedOf(key []byte, gcm func(key []byte) (cipher.AEAD, error)) (Decrypter, error) {
	k, salt, err := split(key, 4)
	if err != nil {
		return nil, err
	}
	g, err := gcm(k)
	if err != nil {
		return nil, err
	}
	u := &gcmUnchecked{gcm: g}
	copy(u.nonce[:], salt)
	return u, nil
}

func (u *gcmUnchecked) Decrypt(dst, iv, src []byte) error {
	if err := lengths(dst, iv, src); err != nil {
		return err
	}
	copy(u.nonce[4:], iv)
	u.buf = u.gcm.Seal(u.buf[:0], u.nonce[:], src, nil)
	copy(dst, u.buf[:len(src)])
	return nil
}

func newCCMUnchecked(key []byte) (Decrypter, error) { return newCTRofCCM(key, newAESStream) }
func newCamelliaCCMUnchecked(key []byte) (Decrypter, error) {
	return newCTRofCCM(key, newCamelliaStream)
}
func newSM4CCMUnchecked(key []byte) (Decrypter, error) { return newCTRofCCM(key, newSM4Stream) }

// newCTRofCCM has the counter block 3 | salt | IV | 1 (RFC 3610, section 2.3, with L = 4), for which it takes the 3 as the
// first byte of a nonce.
func newCTRofCCM(key []byte, stream blockCipher) (Decrypter, error) {
	k, salt, err := split(key, 3)
	if err != nil {
		return nil, err
	}
	return newCTR(append(append(append([]byte(nil), k...), 3), salt...), stream)
}

// A gmacUnchecked has nothing to decrypt.
type gmacUnchecked struct{}

func newGMACUnchecked([]byte) (Decrypter, error) { return gmacUnchecked{}, nil }

func (gmacUnchecked) Decrypt(dst, iv, src []byte) error {
	if err := lengths(dst, iv, src); err != nil {
		return err
	}
	copy(dst, src)
	return nil
}

// A chachaUnchecked is ChaCha20 from block 1 on: block 0 is Poly1305's key (RFC 8439, section 2.8).
type chachaUnchecked struct {
	key   []byte
	nonce [12]byte
}

func newChaChaUnchecked(key []byte) (Decrypter, error) {
	k, salt, err := split(key, 4)
	if err != nil {
		return nil, err
	}
	u := &chachaUnchecked{key: append([]byte(nil), k...)}
	copy(u.nonce[:], salt)
	_, err = chacha20.NewUnauthenticatedCipher(u.key, u.nonce[:])
	return u, err
}

func (u *chachaUnchecked) Decrypt(dst, iv, src []byte) error {
	if err := lengths(dst, iv, src); err != nil {
		return err
	}
	copy(u.nonce[4:], iv)
	c, err := chacha20.NewUnauthenticatedCipher(u.key, u.nonce[:])
	if err != nil {
		return err
	}
	c.SetCounter(1)
	c.XORKeyStream(dst[:len(src)], src)
	return nil
}
