package alg

import (
	"crypto/cipher"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"math/bits"
	"sync"
)

// cast is CAST-128 (RFC 2144) with keys of 40 to 128 bits. The library's has only those of 128: keys of up to 80 bits take
// 12 rounds in place of 16 (section 2.5).
type cast struct {
	rounds int
	mask   [16]uint32
	rotate [16]uint8
}

// newCAST takes a key of 5 to 16 bytes.
func newCAST(key []byte) (cipher.Block, error) {
	if n := len(key); n < 5 || n > 16 {
		return nil, fmt.Errorf("CAST-128 with a key of %d bytes: %w", n, ErrKeyLength)
	}
	c := &cast{rounds: 16}
	if len(key) <= 10 {
		c.rounds = 12
	}
	var x castKey // a short key is followed by zeros
	copy(x[:], key)
	for i := range 2 {
		k := castSubkeys(&x)
		for j, v := range k {
			if i == 0 {
				c.mask[j] = v
			} else {
				c.rotate[j] = uint8(v & 31)
			}
		}
	}
	return c, nil
}

func (c *cast) BlockSize() int { return 8 }

// Encrypt and Decrypt panic with a short slice, as the library's ciphers do.
func (c *cast) Encrypt(dst, src []byte) {
	l, r := binary.BigEndian.Uint32(src), binary.BigEndian.Uint32(src[4:])
	s := castBoxes()
	for i := range c.rounds {
		l, r = r, l^c.round(s, i, r)
	}
	binary.BigEndian.PutUint32(dst, r)
	binary.BigEndian.PutUint32(dst[4:], l)
}

func (c *cast) Decrypt(dst, src []byte) {
	l, r := binary.BigEndian.Uint32(src), binary.BigEndian.Uint32(src[4:])
	s := castBoxes()
	for i := c.rounds - 1; i >= 0; i-- {
		l, r = r, l^c.round(s, i, r)
	}
	binary.BigEndian.PutUint32(dst, r)
	binary.BigEndian.PutUint32(dst[4:], l)
}

// round is the function of round i (section 2.2): three types take turns.
func (c *cast) round(s *castTables, i int, d uint32) uint32 {
	m, r := c.mask[i], int(c.rotate[i])
	switch i % 3 {
	case 0:
		v := bits.RotateLeft32(m+d, r)
		return s[0][v>>24] ^ s[1][v>>16&0xff] - s[2][v>>8&0xff] + s[3][v&0xff]
	case 1:
		v := bits.RotateLeft32(m^d, r)
		return s[0][v>>24] - s[1][v>>16&0xff] + s[2][v>>8&0xff] ^ s[3][v&0xff]
	}
	v := bits.RotateLeft32(m-d, r)
	return (s[0][v>>24] + s[1][v>>16&0xff] ^ s[2][v>>8&0xff]) - s[3][v&0xff]
}

// A castKey are the bytes x0 ... xF or z0 ... zF of section 2.4.
type castKey [16]byte

func (k *castKey) word(i int) uint32 { return binary.BigEndian.Uint32(k[4*i:]) }

// castSteps make four words from the four before: word i is a word of the old bytes, S5 to S8 of four bytes, and one S-box more
// of an old byte. Bytes from 16 on are those of the new key.
type castStep struct {
	word  int
	bytes [4]int
	box   int
	extra int
}

var (
	castXToZ = [4]castStep{{0, [4]int{13, 15, 12, 14}, 6, 8}, {2, [4]int{16, 18, 17, 19}, 7, 10},
		{3, [4]int{23, 22, 21, 20}, 4, 9}, {1, [4]int{26, 25, 27, 24}, 5, 11}}
	castZToX = [4]castStep{{2, [4]int{5, 7, 4, 6}, 6, 0}, {0, [4]int{16, 18, 17, 19}, 7, 2},
		{1, [4]int{23, 22, 21, 20}, 4, 1}, {3, [4]int{26, 25, 27, 24}, 5, 3}}
)

// castPicks are the bytes of four subkeys each: S5 to S8 and, for the i-th of the four, S5, S6, S7, S8 once more.
var castPicks = [4][4][5]int{
	{{8, 9, 7, 6, 2}, {10, 11, 5, 4, 6}, {12, 13, 3, 2, 9}, {14, 15, 1, 0, 12}},
	{{3, 2, 12, 13, 8}, {1, 0, 14, 15, 13}, {7, 6, 8, 9, 3}, {5, 4, 10, 11, 7}},
	{{3, 2, 12, 13, 9}, {1, 0, 14, 15, 12}, {7, 6, 8, 9, 2}, {5, 4, 10, 11, 6}},
	{{8, 9, 7, 6, 3}, {10, 11, 5, 4, 7}, {12, 13, 3, 2, 8}, {14, 15, 1, 0, 13}},
}

// castSubkeys are the next sixteen subkeys; x is left as the next call needs it.
func castSubkeys(x *castKey) (k [16]uint32) {
	s := castBoxes()
	for i, picks := range castPicks {
		steps := &castXToZ
		if i%2 == 1 {
			steps = &castZToX
		}
		*x = castTurn(s, x, steps)
		for j, p := range picks {
			k[4*i+j] = s[4][x[p[0]]] ^ s[5][x[p[1]]] ^ s[6][x[p[2]]] ^ s[7][x[p[3]]] ^ s[4+j][x[p[4]]]
		}
	}
	return k
}

func castTurn(s *castTables, old *castKey, steps *[4]castStep) (z castKey) {
	at := func(i int) byte {
		if i < 16 {
			return old[i]
		}
		return z[i-16]
	}
	for i, st := range steps {
		v := old.word(st.word) ^ s[st.box][old[st.extra]]
		for j, b := range st.bytes {
			v ^= s[4+j][at(b)]
		}
		binary.BigEndian.PutUint32(z[4*i:], v)
	}
	return z
}

type castTables [8][256]uint32

// castBoxes unpacks the S-boxes once, when a CAST SA turns up.
var castBoxes = sync.OnceValue(func() *castTables {
	b, err := hex.DecodeString(castHex)
	if err != nil {
		panic(err) // a constant
	}
	var t castTables
	for i := range t {
		for j := range t[i] {
			t[i][j] = binary.BigEndian.Uint32(b[1024*i+4*j:])
		}
	}
	return &t
})
