package esp

import (
	"compress/flate"
	"encoding/binary"
	"io"
)

const (
	ipcompHeader = 4 // next header, flags, CPI (RFC 3173, section 3.3)
	firstWell    = 1 // CPIs 1 to 63 name an algorithm (RFC 3173, section 3.3)
	lastWell     = 63
)

// ipcomp unpacks the IPComp header that body starts with.
func (w *walk) ipcomp(body []byte) error {
	if len(body) < ipcompHeader {
		return w.short()
	}
	cpi := uint32(binary.BigEndian.Uint16(body[2:]))
	l := &w.s.layers[w.s.count]
	*l = Layer{Protocol: IPComp, SPI: cpi, Src: w.c.src, Dst: w.c.dst, Next: body[0]}
	q := search{t: w.t, s: w.s, key: keyOf(IPComp, cpi), src: w.c.src, dst: w.c.dst}
	sa := q.next()
	l.SA = sa
	if w.pkt.Cut {
		return w.closed(sa, len(body), ErrCut)
	}
	alg, known := compression(sa, cpi)
	if err := unsupportedCompression(alg); err != nil {
		return w.closed(sa, len(body), err)
	}
	unpack := w.s.inflate.unpack
	if alg == CompressLZS {
		unpack = unpackLZS
	}
	data, rest, err := unpack(w.s, w.s.count, body[ipcompHeader:])
	switch {
	case !known && (err != nil || rest > 0):
		return ErrNoSA
	case err != nil:
		return w.closed(sa, len(body), err)
	case !known && plausible(body[0], data, w.c.src, w.c.dst) == implausible:
		return ErrNoSA
	case !known:
		l.Notes |= NoteGuessedCPI
	}
	if sa != nil {
		sa.opened(l, data, w.pkt, len(body))
	}
	w.enter(l, data)
	return nil
}

// compression is the algorithm that a CPI stands for, and whether anything says so: an SA, or RFC 3173 for the well-known
// ones. Where nothing does it is taken for deflate, which verifies itself.
func compression(sa *SA, cpi uint32) (id uint8, known bool) {
	switch {
	case sa != nil && sa.IPCompAlg != 0:
		return sa.IPCompAlg, true
	case sa != nil:
		return CompressDeflate, true
	case cpi >= firstWell && cpi <= lastWell:
		return uint8(cpi), true
	}
	return CompressDeflate, false
}

func unsupportedCompression(id uint8) error {
	switch id {
	case CompressDeflate, CompressLZS:
		return nil
	case CompressOUI:
		return errOUI
	case CompressLZJH:
		return errLZJH
	}
	return errCompression
}

// unpack inflates data into a buffer of s for a layer; rest is the number of bytes after the end of the stream.
func (f *inflater) unpack(s *Scratch, depth int, data []byte) (out []byte, rest int, err error) {
	f.src.Reset(data)
	if f.read == nil {
		f.read = flate.NewReader(&f.src)
	} else if err := f.read.(flate.Resetter).Reset(&f.src, nil); err != nil {
		return nil, 0, errDeflate
	}
	out = s.buffer(depth, min(4*len(data)+64, maxInflated+1))
	n := 0
	for {
		m, err := f.read.Read(out[n:])
		n += m
		switch {
		case n > maxInflated:
			return nil, 0, errInflated
		case err == io.EOF:
			return out[:n:n], f.src.Len(), nil
		case err != nil:
			return nil, 0, errDeflate
		}
		if n == len(out) {
			out = s.grow(depth, n)
		}
	}
}
