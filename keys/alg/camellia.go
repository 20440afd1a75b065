package alg

import (
	"crypto/cipher"
	"encoding/binary"
	"fmt"
	"math/bits"
	"slices"
	"sync"
)

// camellia is the block cipher of RFC 3713, written here because no kept Go library has it.
type camellia struct {
	enc, dec camelliaKeys
}

// camelliaKeys are subkeys in the order in which a block meets them. Decryption is encryption with all of them reversed.
type camelliaKeys struct {
	before, after [2]uint64 // kw
	rounds        []uint64  // k, 18 or 24
	layers        []uint64  // ke, two between every six rounds
}

// newCamellia takes a key of 16, 24 or 32 bytes.
func newCamellia(key []byte) (cipher.Block, error) {
	if n := len(key); n != 16 && n != 24 && n != 32 {
		return nil, fmt.Errorf("key of %d bytes for Camellia: %w", n, ErrKeyLength)
	}
	c := &camellia{enc: camelliaSchedule(key)}
	c.dec = camelliaKeys{
		before: c.enc.after, after: c.enc.before,
		rounds: reversed(c.enc.rounds), layers: reversed(c.enc.layers),
	}
	return c, nil
}

func reversed(s []uint64) []uint64 {
	s = slices.Clone(s)
	slices.Reverse(s)
	return s
}

func (c *camellia) BlockSize() int          { return 16 }
func (c *camellia) Encrypt(dst, src []byte) { c.enc.crypt(dst, src) }
func (c *camellia) Decrypt(dst, src []byte) { c.dec.crypt(dst, src) }

// crypt is section 2.3. As with the library's ciphers a short slice panics.
func (k *camelliaKeys) crypt(dst, src []byte) {
	_, _ = src[15], dst[15]
	d1 := binary.BigEndian.Uint64(src) ^ k.before[0]
	d2 := binary.BigEndian.Uint64(src[8:]) ^ k.before[1]
	tables := camelliaTables()
	for i := 0; i < len(k.rounds); i += 2 {
		if i > 0 && i%6 == 0 {
			ke := k.layers[i/6*2-2:]
			d1, d2 = camelliaFL(d1, ke[0]), camelliaFLInverse(d2, ke[1])
		}
		d2 ^= tables.f(d1 ^ k.rounds[i])
		d1 ^= tables.f(d2 ^ k.rounds[i+1])
	}
	binary.BigEndian.PutUint64(dst, d2^k.after[0])
	binary.BigEndian.PutUint64(dst[8:], d1^k.after[1])
}

// camelliaSPs are the S-boxes and the P-function in one: what byte i of the input adds to the output.
type camelliaSPs [8][256]uint64

func (t *camelliaSPs) f(x uint64) uint64 {
	return t[0][x>>56] ^ t[1][x>>48&0xff] ^ t[2][x>>40&0xff] ^ t[3][x>>32&0xff] ^
		t[4][x>>24&0xff] ^ t[5][x>>16&0xff] ^ t[6][x>>8&0xff] ^ t[7][x&0xff]
}

// camelliaTables computes them from the first S-box, once, when a Camellia SA turns up.
var camelliaTables = sync.OnceValue(func() *camelliaSPs {
	s1 := func(x byte) byte { return camelliaSBox[x] }
	s2 := func(x byte) byte { return bits.RotateLeft8(camelliaSBox[x], 1) }
	s3 := func(x byte) byte { return bits.RotateLeft8(camelliaSBox[x], 7) }
	s4 := func(x byte) byte { return camelliaSBox[bits.RotateLeft8(x, 1)] }
	boxes := [8]func(byte) byte{s1, s2, s3, s4, s2, s3, s4, s1}
	// Column i of P: a 01 byte for each output byte y1 ... y8 that t(i+1) is part of (section 2.4.1).
	var columns [8]uint64
	for y, ts := range [8][]int{
		{1, 3, 4, 6, 7, 8}, {1, 2, 4, 5, 7, 8}, {1, 2, 3, 5, 6, 8}, {2, 3, 4, 5, 6, 7},
		{1, 2, 6, 7, 8}, {2, 3, 5, 7, 8}, {3, 4, 5, 6, 8}, {1, 4, 5, 6, 7},
	} {
		for _, t := range ts {
			columns[t-1] |= 1 << (56 - 8*y)
		}
	}
	var t camelliaSPs
	for i, s := range boxes {
		for x := range 256 {
			t[i][x] = uint64(s(byte(x))) * columns[i]
		}
	}
	return &t
})

// camelliaFL and camelliaFLInverse are sections 2.4.2 and 2.4.3.
func camelliaFL(x, ke uint64) uint64 {
	x1, x2, k1, k2 := uint32(x>>32), uint32(x), uint32(ke>>32), uint32(ke)
	x2 ^= bits.RotateLeft32(x1&k1, 1)
	x1 ^= x2 | k2
	return uint64(x1)<<32 | uint64(x2)
}

func camelliaFLInverse(y, ke uint64) uint64 {
	y1, y2, k1, k2 := uint32(y>>32), uint32(y), uint32(ke>>32), uint32(ke)
	y1 ^= y2 | k2
	y2 ^= bits.RotateLeft32(y1&k1, 1)
	return uint64(y1)<<32 | uint64(y2)
}

// A word128 is a 128-bit variable of the key schedule.
type word128 struct{ hi, lo uint64 }

func (w word128) xor(v word128) word128 { return word128{w.hi ^ v.hi, w.lo ^ v.lo} }

func (w word128) rotate(n uint) word128 {
	if n >= 64 {
		w, n = word128{w.lo, w.hi}, n-64
	}
	return word128{w.hi<<n | w.lo>>(64-n), w.lo<<n | w.hi>>(64-n)}
}

// camelliaSchedule is section 2.2.
func camelliaSchedule(key []byte) camelliaKeys {
	at := func(i int) uint64 { return binary.BigEndian.Uint64(key[i:]) }
	kl, kr := word128{at(0), at(8)}, word128{}
	switch len(key) {
	case 24:
		kr = word128{at(16), ^at(16)}
	case 32:
		kr = word128{at(16), at(24)}
	}
	f := camelliaTables().f
	mix := func(d word128, s1, s2 uint64) word128 {
		d.lo ^= f(d.hi ^ s1)
		d.hi ^= f(d.lo ^ s2)
		return d
	}
	ka := mix(kl.xor(kr), 0xa09e667f3bcc908b, 0xb67ae8584caa73b2).xor(kl)
	ka = mix(ka, 0xc6ef372fe94f82be, 0x54ff53a5f1d36f1c)
	if len(key) == 16 {
		return camelliaShort(kl, ka)
	}
	kb := mix(ka.xor(kr), 0x10e527fade682d1d, 0xb05688c2b3e6c1fd)
	return camelliaLong(kl, kr, ka, kb)
}

// camelliaShort are the subkeys of a key of 128 bits.
func camelliaShort(kl, ka word128) camelliaKeys {
	k9, k10 := ka.rotate(45), kl.rotate(60)
	return camelliaKeys{
		before: halves2(kl),
		rounds: halves(ka, kl.rotate(15), ka.rotate(15), kl.rotate(45), word128{k9.hi, k10.lo}, ka.rotate(60),
			kl.rotate(94), ka.rotate(94), kl.rotate(111)),
		layers: halves(ka.rotate(30), kl.rotate(77)),
		after:  halves2(ka.rotate(111)),
	}
}

// camelliaLong are the subkeys of a key of 192 or 256 bits.
func camelliaLong(kl, kr, ka, kb word128) camelliaKeys {
	return camelliaKeys{
		before: halves2(kl),
		rounds: halves(kb, kr.rotate(15), ka.rotate(15), kb.rotate(30), kl.rotate(45), ka.rotate(45),
			kr.rotate(60), kb.rotate(60), kl.rotate(77), kr.rotate(94), ka.rotate(94), kl.rotate(111)),
		layers: halves(kr.rotate(30), kl.rotate(60), ka.rotate(77)),
		after:  halves2(kb.rotate(111)),
	}
}

func halves2(w word128) [2]uint64 { return [2]uint64{w.hi, w.lo} }

func halves(ws ...word128) []uint64 {
	var all []uint64
	for _, w := range ws {
		all = append(all, w.hi, w.lo)
	}
	return all
}

// camelliaSBox is SBOX1 of section 2.4.1; the other three are rotations of it.
var camelliaSBox = [256]byte{
	112, 130, 44, 236, 179, 39, 192, 229, 228, 133, 87, 53, 234, 12, 174, 65,
	35, 239, 107, 147, 69, 25, 165, 33, 237, 14, 79, 78, 29, 101, 146, 189,
	134, 184, 175, 143, 124, 235, 31, 206, 62, 48, 220, 95, 94, 197, 11, 26,
	166, 225, 57, 202, 213, 71, 93, 61, 217, 1, 90, 214, 81, 86, 108, 77,
	139, 13, 154, 102, 251, 204, 176, 45, 116, 18, 43, 32, 240, 177, 132, 153,
	223, 76, 203, 194, 52, 126, 118, 5, 109, 183, 169, 49, 209, 23, 4, 215,
	20, 88, 58, 97, 222, 27, 17, 28, 50, 15, 156, 22, 83, 24, 242, 34,
	254, 68, 207, 178, 195, 181, 122, 145, 36, 8, 232, 168, 96, 252, 105, 80,
	170, 208, 160, 125, 161, 137, 98, 151, 84, 91, 30, 149, 224, 255, 100, 210,
	16, 196, 0, 72, 163, 247, 117, 219, 138, 3, 230, 218, 9, 63, 221, 148,
	135, 92, 131, 2, 205, 74, 144, 51, 115, 103, 246, 243, 157, 127, 191, 226,
	82, 155, 216, 38, 200, 55, 198, 59, 129, 150, 111, 75, 19, 190, 99, 46,
	233, 121, 167, 140, 159, 110, 188, 142, 41, 245, 249, 182, 47, 253, 180, 89,
	120, 152, 6, 106, 231, 70, 113, 186, 212, 37, 171, 66, 136, 162, 141, 250,
	114, 7, 185, 85, 248, 238, 172, 10, 54, 73, 42, 104, 60, 56, 241, 164,
	64, 40, 211, 123, 187, 201, 67, 193, 21, 227, 173, 244, 119, 199, 128, 158,
}
