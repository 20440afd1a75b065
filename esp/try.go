package esp

import "encoding/binary"

// esp decrypts an ESP packet (RFC 4303, section 3.4.4) and returns its content without trailer and padding.
func (o *opener) esp(body []byte) ([]byte, error) {
	pt, err := o.lengths(body)
	if err != nil {
		return nil, err
	}
	return o.content(pt)
}

// ah checks an AH packet (RFC 4302, section 3.4.4) and returns what follows its header.
func (o *opener) ah(c *carrier, body []byte) ([]byte, error) {
	n := ahLength(body)
	if n < ahHeader || n > len(body) {
		return nil, errAHLength
	}
	lo := binary.BigEndian.Uint32(body[8:])
	o.layer.Next, o.layer.Seq = body[0], uint64(lo)
	content := body[n:]
	if !o.core.check {
		if plausible(body[0], content, c.src, c.dst) == implausible {
			return nil, ErrImplausible
		}
		return content, nil
	}
	var ok bool
	o.s.header, ok = covered(o.s.header[:0], c, len(body))
	if !ok {
		return nil, errAHHeader
	}
	return o.lengths(body)
}

// lengths tries each ICV length that the SA may have, the one that matched last first, until one matches. Of the errors ErrICV
// says most, but for that of a correct ICV.
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
		if err == ErrCipherKey {
			return nil, err
		}
		if first == nil || err == ErrICV {
			first = err
		}
	}
	return nil, first
}

// with decrypts body with an ICV of so many bytes.
func (o *opener) with(body []byte, icv int) ([]byte, error) {
	if o.layer.Protocol == AH {
		return o.ahWith(body, icv)
	}
	return o.espWith(body, icv)
}
