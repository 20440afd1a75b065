package alg

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/subtle"
	"encoding/binary"
	"math/bits"
	"slices"
)

// A saltScan goes through salts, as big-endian numbers, and calls maybe for each that the block in view does not rule out.
type saltScan interface {
	scan(from, to uint64, maybe func(salt uint64))
}

// A counterScan encrypts one counter block for each salt, eight at a time.
type counterScan struct {
	block  cipher.Block
	wide   *wideECB // instead of block where it can be had
	ctr    [16]byte // the counter block, its salt zeros
	at     int      // where the salt begins in it
	shift  int      // that brings a salt to the front of four bytes
	target [16]byte // what the outcome is added to
	have   int      // bytes of it
	judge  func(block []byte) bool
}

func (s *counterScan) scan(from, to uint64, maybe func(salt uint64)) {
	var blocks [128]byte
	rest := binary.BigEndian.Uint32(s.ctr[s.at:]) // what follows a salt of three bytes
	for ; from < to; from += 8 {
		for i := range 8 {
			b := blocks[16*i : 16*i+16 : 16*i+16]
			copy(b, s.ctr[:])
			binary.BigEndian.PutUint32(b[s.at:], uint32(from+uint64(i))<<s.shift|rest)
		}
		if s.wide != nil {
			s.wide.encrypt(&blocks)
		} else {
			for i := range 8 {
				s.block.Encrypt(blocks[16*i:], blocks[16*i:16*i+16])
			}
		}
		for i := range min(8, to-from) {
			b := blocks[16*i : 16*i+16 : 16*i+16]
			subtle.XORBytes(b, b, s.target[:])
			if s.judge == nil || s.judge(b[:s.have]) {
				maybe(from + i)
			}
		}
	}
}

// newCounterScan views the block that has the byte q.Look of a counter mode whose counter blocks are front | salt | IV | 1 and so on.
func newCounterScan(b cipher.Block, wide *wideECB, front []byte, saltLen, icvLen int, q SaltQuery) *counterScan {
	s := &counterScan{block: b, wide: wide, at: len(front), shift: 32 - 8*saltLen, judge: q.Plausible}
	copy(s.ctr[:], front)
	copy(s.ctr[len(front)+saltLen:], q.IV)
	i := q.Look / 16
	binary.BigEndian.PutUint32(s.ctr[12:], uint32(i+1))
	s.have = copy(s.target[:], q.Text[16*i:len(q.Text)-icvLen])
	return s
}

// ctrScan is AES-CTR: the counter block is salt | IV | 1 (RFC 3686, section 4).
func ctrScan(key []byte, q SaltQuery) (saltScan, error) {
	b, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	return newCounterScan(b, newWideECB(key), nil, 4, 0, q), nil
}

func camelliaCTRScan(key []byte, q SaltQuery) (saltScan, error) {
	b, err := newCamellia(key)
	if err != nil {
		return nil, err
	}
	return newCounterScan(b, nil, nil, 4, 0, q), nil
}

// ccmFlags are those of the counter blocks of CCM with a counter of four bytes (RFC 3610, section 2.3).
const ccmFlags = 3

// ccmScan makes scans of AES-CCM with an ICV of icvLen bytes.
func ccmScan(icvLen int) func(key []byte, q SaltQuery) (saltScan, error) {
	return func(key []byte, q SaltQuery) (saltScan, error) {
		b, err := aes.NewCipher(key)
		if err != nil {
			return nil, err
		}
		return newCounterScan(b, newWideECB(key), []byte{ccmFlags}, 3, icvLen, q), nil
	}
}

func camelliaCCMScan(icvLen int) func(key []byte, q SaltQuery) (saltScan, error) {
	return blockCCMScan(newCamellia, icvLen)
}

func sm4CCMScan(icvLen int) func(key []byte, q SaltQuery) (saltScan, error) {
	return blockCCMScan(newSM4, icvLen)
}

// blockCCMScan is ccmScan for another cipher than AES.
func blockCCMScan(block func(key []byte) (cipher.Block, error), icvLen int) func(key []byte, q SaltQuery) (saltScan, error) {
	return func(key []byte, q SaltQuery) (saltScan, error) {
		b, err := block(key)
		if err != nil {
			return nil, err
		}
		return newCounterScan(b, nil, []byte{ccmFlags}, 3, icvLen, q), nil
	}
}

// gcmScan makes scans of AES-GCM with a tag of icvLen bytes. What is looked for is no plaintext: E_K(salt | IV | 1) xor
// the tag is GHASH_H(A, C). The first eight bytes rule out all but one salt.
func gcmScan(icvLen int) func(key []byte, q SaltQuery) (saltScan, error) {
	return func(key []byte, q SaltQuery) (saltScan, error) {
		b, err := aes.NewCipher(key)
		if err != nil {
			return nil, err
		}
		text, tag := q.Text[:len(q.Text)-icvLen], q.Text[len(q.Text)-icvLen:]
		var h [16]byte
		b.Encrypt(h[:], h[:])
		sum := ghash(h, q.AD, text)
		fronts := []uint64{binary.BigEndian.Uint64(sum[:])}
		for _, ad := range q.More {
			sum := ghash(h, ad, text)
			fronts = append(fronts, binary.BigEndian.Uint64(sum[:]))
		}
		s := newCounterScan(b, newWideECB(key), nil, 4, 0, SaltQuery{Sealed: Sealed{IV: q.IV, Text: tag}})
		s.judge = func(block []byte) bool { return slices.Contains(fronts, binary.BigEndian.Uint64(block)) }
		return s, nil
	}
}

// A chachaScan makes one block of ChaCha20 for each salt, eight at a time: the nonce is salt | IV (RFC 7634, section 2).
type chachaScan struct {
	state  [16]uint32 // before the rounds, its salt zero (RFC 8439, section 2.3)
	target [16]byte   // what a part of the block is added to
	word   int        // where that part begins
	have   int        // bytes of it
	judge  func(block []byte) bool
}

// chachaSalt is the place of the salt in the state.
const chachaSalt = 13

func newChaChaScan(key []byte, q SaltQuery) (saltScan, error) {
	if len(key) != 32 {
		return nil, ErrKeyLength
	}
	s := &chachaScan{state: [16]uint32{0x61707865, 0x3320646e, 0x79622d32, 0x6b206574}, judge: q.Plausible}
	for i := range 8 {
		s.state[4+i] = binary.LittleEndian.Uint32(key[4*i:])
	}
	s.state[12] = uint32(q.Look/64 + 1) // block 0 is Poly1305's key
	s.state[14], s.state[15] = binary.LittleEndian.Uint32(q.IV), binary.LittleEndian.Uint32(q.IV[4:])
	s.word = q.Look % 64 / 16 * 4
	s.have = copy(s.target[:], q.Text[q.Look/16*16:len(q.Text)-16])
	return s, nil
}

func (s *chachaScan) scan(from, to uint64, maybe func(salt uint64)) {
	var salts [8]uint32
	var words [16][8]uint32
	var out [16]byte
	for ; from < to; from += 8 {
		for i := range salts {
			salts[i] = bits.ReverseBytes32(uint32(from) + uint32(i))
		}
		chachaEight(&s.state, &salts, &words)
		for i := range min(8, to-from) {
			for j := range 4 {
				before := s.state[s.word+j]
				if s.word+j == chachaSalt {
					before = salts[i]
				}
				binary.LittleEndian.PutUint32(out[4*j:], words[s.word+j][i]+before)
			}
			subtle.XORBytes(out[:], out[:], s.target[:])
			if s.judge == nil || s.judge(out[:s.have]) {
				maybe(from + i)
			}
		}
	}
}

// chachaOneByOne is chachaEight without the processor's help.
func chachaOneByOne(state *[16]uint32, word13 *[8]uint32, out *[16][8]uint32) {
	for i := range word13 {
		x := *state
		x[chachaSalt] = word13[i]
		for j, w := range chachaWords(&x) {
			out[j][i] = w
		}
	}
}

// chachaWords does the twenty rounds of the ChaCha20 block function (RFC 8439, section 2.3), without the addition behind them.
func chachaWords(state *[16]uint32) [16]uint32 {
	x0, x1, x2, x3 := state[0], state[1], state[2], state[3]
	x4, x5, x6, x7 := state[4], state[5], state[6], state[7]
	x8, x9, x10, x11 := state[8], state[9], state[10], state[11]
	x12, x13, x14, x15 := state[12], state[13], state[14], state[15]
	for range 10 {
		x0, x4, x8, x12 = quarterRound(x0, x4, x8, x12)
		x1, x5, x9, x13 = quarterRound(x1, x5, x9, x13)
		x2, x6, x10, x14 = quarterRound(x2, x6, x10, x14)
		x3, x7, x11, x15 = quarterRound(x3, x7, x11, x15)
		x0, x5, x10, x15 = quarterRound(x0, x5, x10, x15)
		x1, x6, x11, x12 = quarterRound(x1, x6, x11, x12)
		x2, x7, x8, x13 = quarterRound(x2, x7, x8, x13)
		x3, x4, x9, x14 = quarterRound(x3, x4, x9, x14)
	}
	return [16]uint32{x0, x1, x2, x3, x4, x5, x6, x7, x8, x9, x10, x11, x12, x13, x14, x15}
}

// quarterRound is that of RFC 8439, section 2.1.
func quarterRound(a, b, c, d uint32) (uint32, uint32, uint32, uint32) {
	a += b
	d = bits.RotateLeft32(d^a, 16)
	c += d
	b = bits.RotateLeft32(b^c, 12)
	a += b
	d = bits.RotateLeft32(d^a, 8)
	c += d
	b = bits.RotateLeft32(b^c, 7)
	return a, b, c, d
}
