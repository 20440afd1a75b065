package esp

// LZS (ANSI X3.241-1994), as RFC 1974 and RFC 3943, section 3.5, describe its encoding, for IPComp (RFC 2395): each packet on its own, with an end
// marker. A bit 0 and a byte is that byte; a bit 1, an offset and a length is a copy of what was that many bytes before.
const (
	lzsShortOffset = 7 // bits, after a bit 1; an offset of 0 is the end marker
	lzsLongOffset  = 11
	lzsLongLength  = 8  // the first length of groups of four bits
	lzsMoreLength  = 15 // a group that another one follows
)

// An lzsReader reads bits, the highest of a byte first.
type lzsReader struct {
	data []byte
	at   int // bit
}

// bits are the next n, at most 16; false where there are fewer.
func (r *lzsReader) bits(n int) (v int, ok bool) {
	if r.at+n > 8*len(r.data) {
		return 0, false
	}
	for range n {
		v = v<<1 | int(r.data[r.at/8]>>(7-r.at%8))&1
		r.at++
	}
	return v, true
}

// offset reads how far back a copy is; 0 is the end marker.
func (r *lzsReader) offset() (n int, ok bool) {
	short, ok := r.bits(1)
	switch {
	case !ok:
		return 0, false
	case short == 1:
		return r.bits(lzsShortOffset)
	}
	n, ok = r.bits(lzsLongOffset)
	return n, ok && n > 0
}

// length reads how long a copy is: 2 to 4 in two bits, 5 to 7 in four, more in groups of four behind 1111.
func (r *lzsReader) length() (n int, ok bool) {
	v, ok := r.bits(2)
	if !ok || v < 3 {
		return 2 + v, ok
	}
	if v, ok = r.bits(2); !ok || v < 3 {
		return 5 + v, ok
	}
	for n = lzsLongLength; ; {
		v, ok := r.bits(4)
		if n += v; !ok || v < lzsMoreLength || n > maxInflated {
			return n, ok
		}
	}
}

// unpackLZS decompresses data into a buffer of s for a layer; rest is the number of bytes after the end marker.
func unpackLZS(s *Scratch, depth int, data []byte) (out []byte, rest int, err error) {
	r := lzsReader{data: data}
	out = s.buffer(depth, min(4*len(data)+64, maxInflated+1))
	n := 0
	put := func(b byte) bool { // reports false where it is too much
		if n == len(out) {
			out = s.grow(depth, n)
		}
		out[n] = b
		n++
		return n <= maxInflated
	}
	for {
		copied, ok := r.bits(1)
		if !ok {
			return nil, 0, errLZSData
		}
		if copied == 0 {
			v, ok := r.bits(8)
			switch {
			case !ok:
				return nil, 0, errLZSData
			case !put(byte(v)):
				return nil, 0, errInflated
			}
			continue
		}
		back, ok := r.offset()
		if !ok || back > n {
			return nil, 0, errLZSData
		}
		if back == 0 {
			return out[:n:n], len(data) - (r.at+7)/8, nil
		}
		length, ok := r.length()
		if !ok {
			return nil, 0, errLZSData
		}
		for range length { // byte by byte: it may copy what it has just written
			if !put(out[n-back]) {
				return nil, 0, errInflated
			}
		}
	}
}
