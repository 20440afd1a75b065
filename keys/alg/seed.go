package alg

import (
	"crypto/cipher"
	"encoding/binary"
	"fmt"
	"math/bits"
	"sync"
)

// seed is the block cipher of RFC 4269, which RFC 4196 uses in ESP.
type seed struct {
	k [16][2]uint32
}

// newSEED takes a key of 16 bytes.
func newSEED(key []byte) (cipher.Block, error) {
	if len(key) != 16 {
		return nil, fmt.Errorf("SEED with a key of %d bytes: %w", len(key), ErrKeyLength)
	}
	at := func(i int) uint32 { return binary.BigEndian.Uint32(key[4*i:]) }
	a, b, c, d := at(0), at(1), at(2), at(3)
	g := seedTables().g
	s := new(seed)
	for i := range s.k {
		kc := bits.RotateLeft32(0x9e3779b9, i)
		s.k[i] = [2]uint32{g(a + c - kc), g(b - d + kc)}
		if i%2 == 0 {
			ab := bits.RotateLeft64(uint64(a)<<32|uint64(b), -8)
			a, b = uint32(ab>>32), uint32(ab)
		} else {
			cd := bits.RotateLeft64(uint64(c)<<32|uint64(d), 8)
			c, d = uint32(cd>>32), uint32(cd)
		}
	}
	return s, nil
}

func (s *seed) BlockSize() int { return 16 }

// Encrypt and Decrypt panic with a short slice, as the library's ciphers do.
func (s *seed) Encrypt(dst, src []byte) { s.crypt(dst, src, 0, 1) }
func (s *seed) Decrypt(dst, src []byte) { s.crypt(dst, src, 15, -1) }

// crypt runs the 16 rounds (section 2.1) from the first one given on.
func (s *seed) crypt(dst, src []byte, first, step int) {
	_, _ = src[15], dst[15]
	be := binary.BigEndian
	l0, l1, r0, r1 := be.Uint32(src), be.Uint32(src[4:]), be.Uint32(src[8:]), be.Uint32(src[12:])
	t := seedTables()
	for i := first; i >= 0 && i < 16; i += step {
		f0, f1 := t.f(r0, r1, &s.k[i])
		l0, l1, r0, r1 = r0, r1, l0^f0, l1^f1
	}
	be.PutUint32(dst, r0)
	be.PutUint32(dst[4:], r1)
	be.PutUint32(dst[8:], l0)
	be.PutUint32(dst[12:], l1)
}

// seedSS are the four extended S-boxes SS0 ... SS3 of section 2.2, by the byte of the word that they take.
type seedSS [4][256]uint32

func (t *seedSS) g(x uint32) uint32 {
	return t[3][x>>24] ^ t[2][x>>16&0xff] ^ t[1][x>>8&0xff] ^ t[0][x&0xff]
}

// f is the round function (section 2.1).
func (t *seedSS) f(c, d uint32, k *[2]uint32) (uint32, uint32) {
	c, d = c^k[0], d^k[1]
	d = t.g(c ^ d)
	c = t.g(c + d)
	d = t.g(c + d)
	return c + d, d
}

// seedTables computes them once, when a SEED SA turns up: the S-boxes are powers in GF(2^8), of which a matrix mixes the bits.
var seedTables = sync.OnceValue(func() *seedSS {
	rows := [2][8]byte{
		{0x8a, 0xfe, 0x85, 0x42, 0x45, 0x21, 0x88, 0x14},
		{0x45, 0x85, 0xfe, 0x21, 0x8a, 0x88, 0x42, 0x14},
	}
	powers, adds := [2]int{247, 251}, [2]byte{0xa9, 0x38}
	masks := [4]uint32{0x3fcff3fc, 0xfc3fcff3, 0xf3fc3fcf, 0xcff3fc3f} // m3 m2 m1 m0, turned by a byte for each
	var t seedSS
	for box := range t {
		for x := range 256 {
			y := seedPower(byte(x), powers[box%2])
			s := adds[box%2]
			for i, row := range rows[box%2] {
				s ^= byte(bits.OnesCount8(row&y)&1) << (7 - i)
			}
			t[box][x] = uint32(s) * 0x01010101 & masks[box]
		}
	}
	return &t
})

// seedPower is x^n in GF(2^8) with x^8 + x^6 + x^5 + x + 1.
func seedPower(x byte, n int) byte {
	r := byte(1)
	for range n {
		var p byte
		for a, b := r, x; b > 0; b >>= 1 {
			if b&1 != 0 {
				p ^= a
			}
			carry := a >> 7
			a = a<<1 ^ carry*0x63
		}
		r = p
	}
	return r
}
