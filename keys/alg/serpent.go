package alg

import (
	"crypto/cipher"
	"encoding/binary"
	"fmt"
	"math/bits"
)

// serpent is the block cipher of Anderson, Biham and Knudsen ("Serpent: A Proposal for the Advanced Encryption Standard"),
// in the bit-sliced form of its section 7. No kept Go library has it.
type serpent struct {
	k [33][4]uint32
}

// newSerpent takes a key of 16, 24 or 32 bytes.
func newSerpent(key []byte) (cipher.Block, error) {
	if n := len(key); n != 16 && n != 24 && n != 32 {
		return nil, fmt.Errorf("serpent with a key of %d bytes: %w", n, ErrKeyLength)
	}
	var long [33]byte // a short key is followed by one bit that is set
	copy(long[:], key)
	long[len(key)] = 1
	var w [140]uint32 // the prekeys, from w(-8) on
	for i := range 8 {
		w[i] = binary.LittleEndian.Uint32(long[4*i:])
	}
	c := new(serpent)
	for i := range 132 {
		w[i+8] = bits.RotateLeft32(w[i]^w[i+3]^w[i+5]^w[i+7]^0x9e3779b9^uint32(i), 11)
	}
	for i := range c.k {
		p := w[8+4*i:]
		k := &c.k[i]
		k[0], k[1], k[2], k[3] = serpentBoxes[(35-i)%8](p[0], p[1], p[2], p[3])
	}
	return c, nil
}

func (c *serpent) BlockSize() int { return 16 }

// Encrypt and Decrypt panic with a short slice, as the library's ciphers do.
func (c *serpent) Encrypt(dst, src []byte) {
	x := loadSerpent(src)
	for i := range 31 {
		x = serpentMix(serpentBox(serpentBoxes[i%8], xor4(x, c.k[i])))
	}
	storeSerpent(dst, xor4(serpentBox(serpentBoxes[7], xor4(x, c.k[31])), c.k[32]))
}

func (c *serpent) Decrypt(dst, src []byte) {
	x := xor4(serpentBox(serpentInverses[7], xor4(loadSerpent(src), c.k[32])), c.k[31])
	for i := 30; i >= 0; i-- {
		x = xor4(serpentBox(serpentInverses[i%8], serpentUnmix(x)), c.k[i])
	}
	storeSerpent(dst, x)
}

func loadSerpent(b []byte) (x [4]uint32) {
	_ = b[15]
	for i := range x {
		x[i] = binary.LittleEndian.Uint32(b[4*i:])
	}
	return x
}

func storeSerpent(b []byte, x [4]uint32) {
	_ = b[15]
	for i, v := range x {
		binary.LittleEndian.PutUint32(b[4*i:], v)
	}
}

func xor4(x, k [4]uint32) [4]uint32 {
	return [4]uint32{x[0] ^ k[0], x[1] ^ k[1], x[2] ^ k[2], x[3] ^ k[3]}
}

func serpentBox(box serpentSBox, x [4]uint32) [4]uint32 {
	w0, w1, w2, w3 := box(x[0], x[1], x[2], x[3])
	return [4]uint32{w0, w1, w2, w3}
}

// serpentMix is the linear transformation.
func serpentMix(x [4]uint32) [4]uint32 {
	a, b, c, d := bits.RotateLeft32(x[0], 13), x[1], bits.RotateLeft32(x[2], 3), x[3]
	b = bits.RotateLeft32(b^a^c, 1)
	d = bits.RotateLeft32(d^c^a<<3, 7)
	a = bits.RotateLeft32(a^b^d, 5)
	c = bits.RotateLeft32(c^d^b<<7, 22)
	return [4]uint32{a, b, c, d}
}

func serpentUnmix(x [4]uint32) [4]uint32 {
	a, b, c, d := x[0], x[1], x[2], x[3]
	c = bits.RotateLeft32(c, -22) ^ d ^ b<<7
	a = bits.RotateLeft32(a, -5) ^ b ^ d
	d = bits.RotateLeft32(d, -7) ^ c ^ a<<3
	b = bits.RotateLeft32(b, -1) ^ a ^ c
	return [4]uint32{bits.RotateLeft32(a, -13), b, bits.RotateLeft32(c, -3), d}
}

// A serpentSBox takes 32 nibbles at once: a has their lowest bits, d their highest.
type serpentSBox func(a, b, c, d uint32) (w, x, y, z uint32)

var (
	serpentBoxes    = [8]serpentSBox{serpentS0, serpentS1, serpentS2, serpentS3, serpentS4, serpentS5, serpentS6, serpentS7}
	serpentInverses = [8]serpentSBox{serpentI0, serpentI1, serpentI2, serpentI3, serpentI4, serpentI5, serpentI6, serpentI7}
)
