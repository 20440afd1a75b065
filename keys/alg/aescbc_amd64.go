package alg

import (
	"crypto/aes"
	"fmt"

	"golang.org/x/sys/cpu"
)

// aesInvMixColumns is InvMixColumns of FIPS 197 (section 5.3.3).
//
//go:noescape
func aesInvMixColumns(dst, src *[16]byte)

// aesCBCDecrypt decrypts blocks of CBC. keys are those of the equivalent inverse cipher, rounds+1 of them; dst is src or does
// not touch it.
//
//go:noescape
func aesCBCDecrypt(rounds int, keys *[16]byte, dst, src, iv *byte, blocks int)

// aesEncryptEight encrypts eight blocks, each on its own, in place.
//
//go:noescape
func aesEncryptEight(rounds int, keys *[16]byte, blocks *[128]byte)

// A wideECB encrypts blocks one by one, eight at a time.
type wideECB struct {
	rounds int
	keys   [15][16]byte
}

// newWideECB returns nil where the processor has no AES instructions. The key has a length of AES.
func newWideECB(key []byte) *wideECB {
	if !cpu.X86.HasAES || !cpu.X86.HasSSE2 {
		return nil
	}
	rounds := len(key)/4 + 6
	return &wideECB{rounds, aesExpand(key, rounds)}
}

func (w *wideECB) encrypt(blocks *[128]byte) { aesEncryptEight(w.rounds, &w.keys[0], blocks) }

// A wideCBC is CBC decryption with AES, eight blocks at a time: Go's library does one after the other.
type wideCBC struct {
	keys [][16]byte // of the equivalent inverse cipher (FIPS 197, section 5.3.5), in the order of use: one more than rounds
}

// newWideCBC returns nil where the processor has no AES instructions.
func newWideCBC(key []byte) (Decrypter, error) {
	if !cpu.X86.HasAES || !cpu.X86.HasSSE2 {
		return nil, nil
	}
	if n := len(key); n != 16 && n != 24 && n != 32 {
		return nil, aes.KeySizeError(n)
	}
	rounds := len(key)/4 + 6
	c, enc := &wideCBC{make([][16]byte, rounds+1)}, aesExpand(key, rounds)
	c.keys[0], c.keys[rounds] = enc[rounds], enc[0]
	for i := 1; i < rounds; i++ {
		aesInvMixColumns(&c.keys[i], &enc[rounds-i])
	}
	return c, nil
}

// Decrypt implements Decrypter.
func (c *wideCBC) Decrypt(dst, iv, src []byte) error {
	n := len(src)
	switch {
	case len(iv) != aes.BlockSize:
		return fmt.Errorf("IV of %d bytes: %w", len(iv), ErrBlockLength)
	case n%aes.BlockSize != 0:
		return fmt.Errorf("ciphertext of %d bytes: %w", n, ErrBlockLength)
	case len(dst) < n:
		return fmt.Errorf("output of %d bytes for %d", len(dst), n)
	case n == 0:
		return nil
	}
	aesCBCDecrypt(len(c.keys)-1, &c.keys[0], &dst[0], &src[0], &iv[0], n/aes.BlockSize)
	return nil
}

// concurrent marks a Decrypter without state.
func (c *wideCBC) concurrent() {}

// aesExpand is the key expansion of FIPS 197, section 5.2.
func aesExpand(key []byte, rounds int) (out [15][16]byte) {
	nk := len(key) / 4
	var all [60][4]byte
	words := all[:4*(rounds+1)]
	for i := range nk {
		copy(words[i][:], key[4*i:])
	}
	rcon := byte(1)
	for i := nk; i < len(words); i++ {
		t := words[i-1]
		switch {
		case i%nk == 0:
			t = [4]byte{aesSBox[t[1]] ^ rcon, aesSBox[t[2]], aesSBox[t[3]], aesSBox[t[0]]}
			rcon = xtime(rcon)
		case nk > 6 && i%nk == 4:
			t = [4]byte{aesSBox[t[0]], aesSBox[t[1]], aesSBox[t[2]], aesSBox[t[3]]}
		}
		for j := range t {
			words[i][j] = words[i-nk][j] ^ t[j]
		}
	}
	for i, w := range words {
		copy(out[i/4][4*(i%4):], w[:])
	}
	return out
}

// xtime multiplies by x in GF(2^8) (FIPS 197, section 4.2.1).
func xtime(b byte) byte {
	if b&0x80 != 0 {
		return b<<1 ^ 0x1b
	}
	return b << 1
}

// aesSBox is the S-box of FIPS 197 (section 5.1.1), computed: the inverse in GF(2^8), then the affine transformation.
var aesSBox = func() (box [256]byte) {
	// 3 generates the field: p runs through its powers, q through their inverses.
	for p, q := byte(1), byte(1); ; {
		p ^= xtime(p)
		q ^= q << 1
		q ^= q << 2
		q ^= q << 4
		if q&0x80 != 0 {
			q ^= 0x09
		}
		box[p] = q ^ (q<<1 | q>>7) ^ (q<<2 | q>>6) ^ (q<<3 | q>>5) ^ (q<<4 | q>>4) ^ 0x63
		if p == 1 {
			break
		}
	}
	box[0] = 0x63
	return box
}()
