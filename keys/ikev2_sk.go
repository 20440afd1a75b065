package keys

import (
	"crypto/cipher"
	"crypto/hmac"
	"errors"
	"fmt"
	"hash"

	"github.com/ikedecode/ikedecode/decode"
	"github.com/ikedecode/ikedecode/keys/alg"
)

// ErrSKSuite says that a cipher and an integrity algorithm do not make a way to protect IKE messages: a cipher without
// integrity, a MAC of AH alone, an AEAD whose IV is not sent (RFC 8750, section 4, keeps those to ESP).
var ErrSKSuite = errors.New("algorithms that cannot protect IKE messages")

// An SKOpener decrypts the SK and SKF payloads of one direction of one generation of an IKE SA's keys. It is not safe for
// concurrent use.
type SKOpener struct {
	c       *alg.Cipher
	icvLen  int
	salt    []byte
	aead    cipher.AEAD   // of an AEAD
	decrypt alg.Decrypter // of the rest
	mac     hash.Hash     // of the rest; nil where the ICV can't be checked
	// unchecked says that impossible padding is no error.
	unchecked bool
}

// NewSKOpener makes an opener from SK_ei and SK_ai, or SK_er and SK_ar, as IKEv2Keys has them. Of an AEAD m and integ say
// nothing. Of the rest integ may be empty: then only the length of the ICV is known, nothing is verified, and Opened says so.
// Errors are ErrSKSuite and alg.ErrKeyLength.
func NewSKOpener(c *alg.Cipher, m *alg.MAC, encr, integ []byte) (*SKOpener, error) {
	if _, err := c.KeyBitsOf(encr); err != nil {
		return nil, err
	}
	if c.AEAD {
		return newAEADOpener(c, encr)
	}
	if m == nil || m.Null() || m.IVLen != 0 {
		return nil, fmt.Errorf("%s without integrity algorithm: %w", c.Name, ErrSKSuite)
	}
	d, err := c.NewDecrypter(encr)
	if err != nil {
		return nil, err
	}
	o := &SKOpener{c: c, icvLen: m.ICVLen, decrypt: d}
	switch len(integ) {
	case 0:
	case m.KeyLen:
		o.mac = m.New(integ)
	default:
		return nil, fmt.Errorf("%s with a key of %d bytes: %w", m.Name, len(integ), alg.ErrKeyLength)
	}
	return o, nil
}

func newAEADOpener(c *alg.Cipher, encr []byte) (*SKOpener, error) {
	if c.IVLen == 0 {
		return nil, fmt.Errorf("%s: %w", c.Name, ErrSKSuite)
	}
	n := len(encr) - c.SaltLen
	a, err := c.NewAEAD(encr[:n])
	if err != nil {
		return nil, err
	}
	return &SKOpener{c: c, icvLen: c.ICVLen, aead: a, salt: encr[n:]}, nil
}

// NewUncheckedSKOpener makes an opener that takes no notice of ICV and padding: what it returns is as good as the key, which nothing
// verifies. Of padding that can't be one, nothing is taken off.
func NewUncheckedSKOpener(c *alg.Cipher, m *alg.MAC, encr []byte) (*SKOpener, error) {
	if !c.AEAD {
		o, err := NewSKOpener(c, m, encr, nil)
		if err == nil {
			o.unchecked = true
		}
		return o, err
	}
	if c.IVLen == 0 || c.NewUnchecked == nil {
		return nil, fmt.Errorf("%s: %w", c.Name, ErrSKSuite)
	}
	d, err := c.NewUnchecked(encr)
	if err != nil {
		return nil, err
	}
	return &SKOpener{c: c, icvLen: c.ICVLen, decrypt: d, unchecked: true}, nil
}

// Opened is the plaintext of an SK payload, or of one fragment.
type Opened struct {
	First    decode.PayloadType // the first payload inside; PayloadNone in all fragments but the first
	Payloads []byte             // without the padding; of a fragment its part of them
	Padding  []byte             // without the Pad Length byte
	Verified bool               // the ICV was correct; false where there was no key to check it with
}

// Open checks the ICV of a payload and decrypts it (RFC 7296, section 3.14; with an AEAD RFC 5282, section 3; of a fragment
// RFC 7383, section 2.5). Nothing is decrypted where the ICV is not right. Errors are ErrSKLength, ErrICV and ErrPadding.
func (o *SKOpener) Open(sk SK) (Opened, error) {
	body := sk.message[sk.body:]
	n := len(body) - o.c.IVLen - o.icvLen
	if n < 1 || o.decrypt != nil && n%o.c.BlockLen != 0 {
		return Opened{}, fmt.Errorf("%d bytes with %s: %w", len(body), o.c.Name, ErrSKLength)
	}
	iv, rest := body[:o.c.IVLen], body[o.c.IVLen:]
	plain, verified, err := o.plaintext(sk, iv, rest)
	if err != nil {
		return Opened{}, err
	}
	pad := int(plain[n-1])
	if pad > n-1 && o.unchecked {
		return Opened{First: sk.First, Payloads: plain}, nil
	}
	if pad > n-1 {
		return Opened{}, fmt.Errorf("%d bytes of %d: %w", pad, n, ErrPadding)
	}
	end := n - 1 - pad
	return Opened{First: sk.First, Payloads: plain[:end:end], Padding: plain[end : n-1 : n-1], Verified: verified}, nil
}

// plaintext verifies and decrypts rest, which is the ciphertext and the ICV.
func (o *SKOpener) plaintext(sk SK, iv, rest []byte) (plain []byte, verified bool, err error) {
	if o.aead != nil {
		nonce := append(append(make([]byte, 0, 12), o.salt...), iv...)
		// The additional data end where the IV starts (RFC 5282, section 5.1); of a fragment they have its number, too.
		plain, err = o.aead.Open(nil, nonce, rest, sk.message[:sk.body])
		if err != nil {
			return nil, false, ErrICV
		}
		return plain, true, nil
	}
	n := len(rest) - o.icvLen
	if o.mac != nil && !o.intact(sk.message) {
		return nil, false, ErrICV
	}
	plain = make([]byte, n)
	return plain, o.mac != nil, o.decrypt.Decrypt(plain, iv, rest[:n])
}

// intact checks the ICV, which covers the message from the header up to itself.
func (o *SKOpener) intact(message []byte) bool {
	n := len(message) - o.icvLen
	o.mac.Reset()
	o.mac.Write(message[:n])
	return hmac.Equal(o.mac.Sum(nil)[:o.icvLen], message[n:])
}

// OpenSK finds the SK or SKF payload of a message and decrypts it: FindSK and Open in one.
func (o *SKOpener) OpenSK(message []byte) (Opened, error) {
	sk, err := FindSK(message)
	if err != nil {
		return Opened{}, err
	}
	return o.Open(sk)
}
