package esp

import (
	"crypto/cipher"
	"encoding/binary"

	"github.com/ikedecode/ikedecode/keys/alg"
)

// espWith decrypts body with an ICV of so many bytes; what it returns still has its trailer.
func (o *opener) espWith(body []byte, icv int) ([]byte, error) {
	c := o.core
	from, to := espHeader+c.ivLen, len(body)-icv
	if to-from < 2 {
		return nil, errShort
	}
	ct := body[from:to]
	lo := binary.BigEndian.Uint32(body[4:])
	if len(ct)%c.block != 0 {
		return nil, o.unlike(body, to, lo)
	}
	if pt, ok := o.prepared(icv, lo); ok {
		return pt, nil
	}
	if err := o.setUp(); err != nil {
		return nil, err
	}
	if o.aead != nil {
		return o.combined(body, ct, lo)
	}
	o.layer.Seq = uint64(lo)
	if c.check {
		if !o.verify(body[:to], body[to:], lo) {
			return nil, ErrICV
		}
	}
	if o.dec == nil {
		return ct, nil // NULL
	}
	pt := o.s.buffer(o.depth, len(ct))
	if err := o.dec.Decrypt(pt, body[espHeader:from], ct); err != nil {
		return nil, errBlocks
	}
	return pt, nil
}

// verify compares the ICV over data, for each sequence number that may have been meant. It proves the integrity key alone.
func (o *opener) verify(data, icv []byte, lo uint32) bool {
	data = o.s.covered(data)
	try := func(n number) bool {
		if o.hmac != nil {
			o.s.sum = o.s.hmac.Sum(o.hmac, alg.Message{Data: data, Suffix: o.suffix(n)}, o.s.sum[:0])
			return equalICV(icv, o.s.sum)
		}
		o.mac.Reset()
		o.mac.Write(data)
		return o.matches(icv, n)
	}
	for i := 0; ; i++ {
		n, ok := o.sa.number(lo, i)
		if !ok {
			return o.wide(lo, try)
		}
		if try(n) {
			o.fits(n, i)
			return true
		}
	}
}

// combined decrypts ct with a combined mode; nonce and additional data as RFC 4106, sections 4 and 5, and its heirs have them.
func (o *opener) combined(body, ct []byte, lo uint32) ([]byte, error) {
	sealed := body[espHeader+o.core.ivLen:]
	iv := body[espHeader : espHeader+o.core.ivLen]
	var pt []byte
	try := func(n number) bool {
		var err error
		pt, err = o.unseal(body, sealed, iv, n)
		return err == nil
	}
	for i := 0; ; i++ {
		n, ok := o.sa.number(lo, i)
		if !ok {
			break
		}
		if try(n) {
			o.fits(n, i)
			return pt, nil
		}
	}
	if o.wide(lo, try) {
		return pt, nil
	}
	return nil, ErrICV
}

func (o *opener) unseal(body, sealed, iv []byte, n number) ([]byte, error) {
	return o.s.unseal(o.core, o.aead, o.s.buffer(o.depth, len(sealed))[:0], body, sealed, iv, n)
}

// unseal appends the plaintext of sealed to dst, if its ICV matches the sequence number.
func (s *Scratch) unseal(c *core, aead cipher.AEAD, dst, body, sealed, iv []byte, n number) ([]byte, error) {
	nonce := append(append(s.nonce[:0], c.salt()...), iv...)
	if len(iv) == 0 { // implicit IV (RFC 8750, section 2)
		nonce = binary.BigEndian.AppendUint64(nonce, n.seq())
	}
	if len(nonce) != aead.NonceSize() {
		return nil, errShort
	}
	return aead.Open(dst, nonce, sealed, s.additional(body, n))
}

// covered is what the ICV is over: data, behind what is around it.
func (s *Scratch) covered(data []byte) []byte {
	if len(s.wesp) == 0 {
		return data
	}
	s.joined = append(append(s.joined[:0], s.wesp...), data...)
	return s.joined
}

// additional is SPI | sequence number, of 64 bits with ESN (RFC 4106, section 5).
func (s *Scratch) additional(body []byte, n number) []byte {
	if !n.extended {
		return s.covered(body[:espHeader])
	}
	ad := append(s.small[:0], body[:4]...)
	return s.covered(binary.BigEndian.AppendUint64(ad, n.seq()))
}

// content takes the trailer off a plaintext and, where no ICV verified it, looks for what verifies it instead.
func (o *opener) content(pt []byte) ([]byte, error) {
	l := o.layer
	if l.Verified && o.sa.doubtful() && !o.proves(pt) {
		return nil, ErrCipherKey
	}
	data, next, regular, err := trimPadding(pt)
	if err != nil {
		return nil, err
	}
	l.Next = next
	if !regular {
		l.Notes |= NotePadding
	}
	if l.Verified {
		return data, nil
	}
	grade := plausible(next, data, l.Src, l.Dst)
	switch {
	case grade == convincing, grade == possible && regular && !o.strict:
		return data, nil
	case !regular:
		return nil, errPadPattern
	}
	return nil, ErrImplausible
}
