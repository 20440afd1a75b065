package alg

import "encoding/binary"

// A ghashElement is an element of GF(2^128) as GCM writes it: the first bit of the block, that of x^0, is the highest bit of hi
// (NIST SP 800-38D, section 6.3).
type ghashElement struct{ hi, lo uint64 }

// times is the product of two elements (NIST SP 800-38D, algorithm 1). It goes bit by bit: it is for a few packets.
func (x ghashElement) times(y ghashElement) (z ghashElement) {
	for _, word := range [2]uint64{x.hi, x.lo} {
		for bit := uint64(1) << 63; bit != 0; bit >>= 1 {
			if word&bit != 0 {
				z.hi ^= y.hi
				z.lo ^= y.lo
			}
			carry := y.lo & 1
			y.lo = y.lo>>1 | y.hi<<63
			y.hi = y.hi>>1 ^ carry*(0xe1<<56) // R = 11100001 | 0^120
		}
	}
	return z
}

// add takes the bytes of data in, filled with zeros to whole blocks.
func (x ghashElement) add(h ghashElement, data []byte) ghashElement {
	for len(data) > 0 {
		var block [16]byte
		data = data[copy(block[:], data):]
		x.hi ^= binary.BigEndian.Uint64(block[:])
		x.lo ^= binary.BigEndian.Uint64(block[8:])
		x = x.times(h)
	}
	return x
}

// ghash is GHASH over additional data and ciphertext as GCM has them, their lengths in bits behind them (NIST SP 800-38D, section 7.1,
// step 5). Go's library keeps its own inside GCM.
func ghash(h [16]byte, ad, ciphertext []byte) (sum [16]byte) {
	key := ghashElement{binary.BigEndian.Uint64(h[:]), binary.BigEndian.Uint64(h[8:])}
	x := ghashElement{}.add(key, ad).add(key, ciphertext)
	x.hi ^= 8 * uint64(len(ad))
	x.lo ^= 8 * uint64(len(ciphertext))
	x = x.times(key)
	binary.BigEndian.PutUint64(sum[:], x.hi)
	binary.BigEndian.PutUint64(sum[8:], x.lo)
	return sum
}
