package esp

import (
	"crypto/cipher"
	"crypto/subtle"
	"encoding/binary"

	"github.com/ikedecode/ikedecode/keys/alg"
)

const espHeader = 8 // SPI and sequence number

// An opener tries one SA on one layer.
type opener struct {
	*engine // nil where ahead may make it unnecessary: see setUp
	ahead   *prepared
	core    *core
	sa      *SA
	s       *Scratch
	layer   *Layer
	strict  bool
	depth   int
	taken   bool // what Prepare has made was taken
	fresh   bool // when the packet came, nothing was known of the sequence number; another goroutine may find it out meanwhile
}

// esp opens an ESP packet (RFC 4303, section 3.4.4) and returns its content without trailer and padding.
func (o *opener) esp(body []byte) ([]byte, error) {
	pt, err := o.lengths(body)
	if err != nil {
		return nil, err
	}
	return o.content(pt)
}

// lengths tries each ICV length that the SA may have, the one that fitted last first, until one fits. Of the errors ErrICV
// says most.
func (o *opener) lengths(body []byte) ([]byte, error) {
	var first error
	icvs, hint := o.core.icvs, int(o.sa.icv.Load())
	for k := range icvs {
		i := (hint + k) % len(icvs)
		data, err := o.with(body, icvs[i])
		if err == nil {
			if i != hint {
				o.sa.icv.Store(int32(i))
			}
			if i != 0 {
				o.layer.Notes |= NoteTruncation
			}
			return data, nil
		}
		if first == nil || err == ErrICV {
			first = err
		}
	}
	return nil, first
}

// with opens body with an ICV of so many bytes.
func (o *opener) with(body []byte, icv int) ([]byte, error) {
	if o.layer.Protocol == AH {
		return o.ahWith(body, icv)
	}
	return o.espWith(body, icv)
}

// espWith opens body with an ICV of so many bytes; what it returns still has its trailer.
func (o *opener) espWith(body []byte, icv int) ([]byte, error) {
	c := o.core
	from, to := espHeader+c.ivLen, len(body)-icv
	if to-from < 2 {
		return nil, errShort
	}
	ct := body[from:to]
	if len(ct)%c.block != 0 {
		return nil, errBlocks
	}
	lo := binary.BigEndian.Uint32(body[4:])
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

// verify compares the ICV over data, for each sequence number that may have been meant.
func (o *opener) verify(data, icv []byte, lo uint32) bool {
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

// suffix is the high half of the sequence number, which is not sent, but under the ICV (RFC 4303, section 2.2.1).
func (o *opener) suffix(n number) []byte {
	if !n.extended {
		return nil
	}
	return binary.BigEndian.AppendUint32(o.s.small[:0], n.hi)
}

// matches ends the MAC with the high half of the sequence number and compares.
func (o *opener) matches(icv []byte, n number) bool {
	if n.extended {
		o.mac.Write(o.suffix(n))
	}
	o.s.sum = o.mac.Sum(o.s.sum[:0])
	return equalICV(icv, o.s.sum)
}

func equalICV(icv, sum []byte) bool {
	return len(icv) <= len(sum) && subtle.ConstantTimeCompare(sum[:len(icv)], icv) == 1
}

// fits notes the sequence number that an ICV proved.
func (o *opener) fits(n number, trial int) {
	l := o.layer
	l.Seq, l.Extended, l.Verified = n.seq(), n.extended, true
	if trial > 0 && n.hi > 0 {
		l.Notes |= NoteHighHalf
	}
	if n.extended != o.core.esn {
		l.Notes |= NoteESN
	}
}

// combined opens ct with a combined mode; nonce and additional data as RFC 4106, sections 4 and 5, and its heirs have them.
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

// unseal appends the plaintext of sealed to dst, if its ICV fits the sequence number.
func (s *Scratch) unseal(c *core, aead cipher.AEAD, dst, body, sealed, iv []byte, n number) ([]byte, error) {
	nonce := append(append(s.nonce[:0], c.salt...), iv...)
	if len(iv) == 0 { // implicit IV (RFC 8750, section 2)
		nonce = binary.BigEndian.AppendUint64(nonce, n.seq())
	}
	if len(nonce) != aead.NonceSize() {
		return nil, errShort
	}
	return aead.Open(dst, nonce, sealed, s.additional(body, n))
}

// additional is SPI | sequence number, of 64 bits with ESN (RFC 4106, section 5).
func (s *Scratch) additional(body []byte, n number) []byte {
	if !n.extended {
		return body[:espHeader]
	}
	ad := append(s.small[:0], body[:4]...)
	return binary.BigEndian.AppendUint64(ad, n.seq())
}

// content takes the trailer off a plaintext and, where no ICV proved it, looks for what proves it instead.
func (o *opener) content(pt []byte) ([]byte, error) {
	data, next, regular, err := trimPadding(pt)
	if err != nil {
		return nil, err
	}
	l := o.layer
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
