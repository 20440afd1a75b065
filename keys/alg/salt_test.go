package alg

import (
	"bytes"
	"context"
	"crypto/aes"
	"encoding/hex"
	"fmt"
	"slices"
	"testing"
)

// GHASH of the test cases of McGrew and Viega, "The Galois/Counter Mode of Operation (GCM)", appendix B.
func TestGHASH(t *testing.T) {
	for _, c := range []struct{ name, h, ad, ciphertext, want string }{
		{"case 1", "66e94bd4ef8a2c3b884cfa59ca342b2e", "", "", "00000000000000000000000000000000"},
		{"case 2", "66e94bd4ef8a2c3b884cfa59ca342b2e", "", "0388dace60b6a392f328c2b971b2fe78", "f38cbb1ad69223dcc3457ae5b6b0f885"},
		{"case 3", "b83b533708bf535d0aa6e52980d53b78", "",
			`42831ec2217774244b7221b784d0d49c e3aa212f2c02a4e035c17e2329aca12e 21d514b25466931c7d8f6a5aac84aa05 1ba30b396a0aac973d58e091473f5985`,
			"7f1b32b81b820d02614f8895ac1d4eac"},
		{"case 4", "b83b533708bf535d0aa6e52980d53b78", gcmAD,
			`42831ec2217774244b7221b784d0d49c e3aa212f2c02a4e035c17e2329aca12e 21d514b25466931c7d8f6a5aac84aa05 1ba30b396a0aac973d58e091`,
			"698e57f70e6ecc7fd9463b7260a9ae5f"},
	} {
		if got := ghash([16]byte(unhex(t, c.h)), unhex(t, c.ad), unhex(t, c.ciphertext)); hex.EncodeToString(got[:]) != c.want {
			t.Errorf("%s: %x, want %s", c.name, got, c.want)
		}
	}
}

// sealedVector is one of the vectors of combined modes as a packet, with its key and the salt that is to be found.
func sealedVector(t *testing.T, i int) (row *Cipher, key []byte, p Sealed, salt []byte) {
	v := aeadVectors[i]
	row = cipherByName(t, v.row)
	nonce := unhex(t, v.nonce)
	p = Sealed{AD: unhex(t, v.ad), IV: nonce[row.SaltLen:], Text: slices.Concat(unhex(t, v.ciphertext), unhex(t, v.tag))}
	return row, unhex(t, v.key), p, nonce[:row.SaltLen]
}

// From each published vector of AES-GCM with a whole tag, and of AES-GMAC, the salt is computed; a changed byte anywhere, or another
// key, gives none.
func TestComputeSalt(t *testing.T) {
	for i, v := range aeadVectors {
		row, key, p, want := sealedVector(t, i)
		if row.ComputeSalt == nil {
			continue
		}
		t.Run(fmt.Sprintf("%s %s", v.row, v.source), func(t *testing.T) {
			if !row.LacksSalt(key) || row.LacksSalt(append(slices.Clone(key), want...)) {
				t.Error("the key is not known to lack its salt")
			}
			if salt, ok := row.ComputeSalt(key, p); !ok || !bytes.Equal(salt, want) {
				t.Errorf("%x, %v, want %x", salt, ok, want)
			}
			for _, b := range [][]byte{key, p.AD, p.IV, p.Text} {
				for at := range b {
					b[at] ^= 1
					if _, ok := row.ComputeSalt(key, p); ok {
						t.Error("a changed byte still proves a salt")
					}
					b[at] ^= 1
				}
			}
			for n := range p.Text {
				if _, ok := row.ComputeSalt(key, Sealed{p.AD, p.IV, p.Text[:n]}); ok {
					t.Errorf("%d bytes of %d still prove a salt", n, len(p.Text))
				}
			}
			if _, ok := row.ComputeSalt(key[1:], p); ok {
				t.Error("a key of another length proves a salt")
			}
		})
	}
}

// near is how many salts on both sides of the right one the tests search.
const near = 1_500

// searchNear searches salts around the right one.
func searchNear(row *Cipher, key []byte, q SaltQuery, salt []byte) ([]byte, error) {
	var at uint64
	for _, b := range salt {
		at = at<<8 | uint64(b)
	}
	first := at - min(at, near)
	return new(SaltSearch).search(row, key, q, first, min(at+near, 1<<(8*row.SaltLen)))
}

// From each published vector of a combined mode whose salt cannot be computed it is found among others, with and without a look at
// the plaintext, in its first block and in its last; not by another key, and not where a byte is changed.
func TestSearchSalt(t *testing.T) {
	for i, v := range aeadVectors {
		row, key, p, want := sealedVector(t, i)
		if row.ComputeSalt != nil {
			continue
		}
		t.Run(fmt.Sprintf("%s %s", v.row, v.source), func(t *testing.T) {
			plain := unhex(t, v.plain)
			for _, look := range []int{0, len(plain) - 1} {
				seen := func(block []byte) bool { return bytes.Contains(plain, block) }
				if salt, err := searchNear(row, key, SaltQuery{Sealed: p, Look: look, Plausible: seen}, want); err != nil || !bytes.Equal(salt, want) {
					t.Errorf("looking at byte %d: %x, %v, want %x", look, salt, err, want)
				}
			}
			if salt, err := searchNear(row, key, SaltQuery{Sealed: p}, want); err != nil || !bytes.Equal(salt, want) {
				t.Errorf("without a look: %x, %v, want %x", salt, err, want)
			}
			unlike := func([]byte) bool { return false }
			if salt, err := searchNear(row, key, SaltQuery{Sealed: p, Confirm: unlike}, want); err != ErrNoSalt {
				t.Errorf("not confirmed: %x, %v", salt, err)
			}
			for _, b := range [][]byte{key, p.AD, p.Text} {
				if len(b) == 0 {
					continue
				}
				b[0] ^= 1
				if salt, err := searchNear(row, key, SaltQuery{Sealed: p}, want); err != ErrNoSalt {
					t.Errorf("a changed byte: %x, %v", salt, err)
				}
				b[0] ^= 1
			}
			for n := range row.ICVLen {
				q := SaltQuery{Sealed: Sealed{p.AD, p.IV, p.Text[:n]}}
				if salt, err := searchNear(row, key, q, want); err != ErrNoSalt {
					t.Errorf("%d bytes: %x, %v", n, salt, err)
				}
			}
		})
	}
}

// The counter modes without an ICV are confirmed by what they decrypt.
func TestSearchSaltOfCounterModes(t *testing.T) {
	for _, v := range streamVectors {
		row := cipherByName(t, v.row)
		if row.SaltLen == 0 {
			continue
		}
		t.Run(fmt.Sprintf("%s %s", v.row, v.source), func(t *testing.T) {
			key, plain := unhex(t, v.key), unhex(t, v.plain)
			key, want := key[:len(key)-4], key[len(key)-4:]
			q := SaltQuery{
				Sealed:    Sealed{IV: unhex(t, v.iv), Text: unhex(t, v.ciphertext)},
				Plausible: func(block []byte) bool { return bytes.HasPrefix(plain, block) },
				Confirm:   func(salt []byte) bool { return bytes.Equal(salt, want) },
			}
			if salt, err := searchNear(row, key, q, want); err != nil || !bytes.Equal(salt, want) {
				t.Errorf("%x, %v, want %x", salt, err, want)
			}
			q.Confirm = nil
			if salt, err := searchNear(row, key, q, want); err != ErrNoSalt {
				t.Errorf("nothing confirms it: %x, %v", salt, err)
			}
		})
	}
}

// Every cipher with a salt has a way to it, and none has two.
func TestEverySaltCanBeFound(t *testing.T) {
	for _, c := range Ciphers() {
		ways := 0
		if c.ComputeSalt != nil {
			ways++
		}
		if c.NewSaltScan != nil {
			ways++
		}
		if want := min(c.SaltLen, 1); ways != want {
			t.Errorf("%s: %d ways to find %d bytes of salt", c.Name, ways, c.SaltLen)
		}
	}
}

// Salts of three bytes are searched for a few keys, those of four where it was asked for; a search ends when its context does.
func TestSaltSearchIsBounded(t *testing.T) {
	ccm, gcm8 := cipherByName(t, "AES-CCM-16"), cipherByName(t, "AES-GCM-8")
	s := new(SaltSearch)
	if _, err := s.Find(gcm8, make([]byte, 16), SaltQuery{}); err != ErrSaltUnsearched {
		t.Errorf("four bytes, not asked for: %v", err)
	}
	for range maxShort {
		if _, err := s.Find(ccm, make([]byte, 16), SaltQuery{}); err != ErrNoSalt { // there is no packet
			t.Errorf("three bytes: %v", err)
		}
	}
	if _, err := s.Find(ccm, make([]byte, 16), SaltQuery{}); err != ErrSaltUnsearched {
		t.Errorf("key %d: %v", maxShort+1, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	told := 0
	s = &SaltSearch{Long: true, Context: ctx, Progress: func(done, of uint64) {
		if told++; done > of || of != 1<<32 {
			t.Errorf("%d of %d salts", done, of)
		}
		cancel()
	}}
	q := SaltQuery{Sealed: Sealed{IV: make([]byte, 8), Text: make([]byte, 64)}, Plausible: func([]byte) bool { return false }}
	if _, err := s.Find(cipherByName(t, "ChaCha20-Poly1305"), make([]byte, 32), q); err != context.Canceled || told == 0 {
		t.Errorf("%v, progress told %d times", err, told)
	}
}

// The wide kernel encrypts as the library does.
func TestWideECBEqualsLibrary(t *testing.T) {
	for _, n := range []int{16, 24, 32} {
		key := bytes.Repeat([]byte{0xa5, 0x17, 3, byte(n)}, n/4)
		wide := newWideECB(key)
		if wide == nil {
			t.Skip("no AES instructions here")
		}
		b, err := aes.NewCipher(key)
		if err != nil {
			t.Fatal(err)
		}
		var got, want [128]byte
		for i := range got {
			got[i] = byte(7 * i)
		}
		for i := 0; i < 128; i += 16 {
			b.Encrypt(want[i:], got[i:])
		}
		if wide.encrypt(&got); got != want {
			t.Errorf("AES-%d: %x, want %x", 8*n, got, want)
		}
	}
}

// BenchmarkSaltScan says how long a salt takes; times 2^32, or 2^24 for CCM, it is a whole search by one processor.
func BenchmarkSaltScan(b *testing.B) {
	for _, c := range Ciphers() {
		if c.NewSaltScan == nil {
			continue
		}
		q := SaltQuery{Sealed: Sealed{IV: make([]byte, 8), Text: make([]byte, 64+c.ICVLen)}, Plausible: func(p []byte) bool { return p[0] == 0x45 && p[1] == 0 && p[2] == 0 }}
		scan, err := c.NewSaltScan(make([]byte, c.KeyBits[len(c.KeyBits)-1]/8), q)
		if err != nil {
			b.Fatal(err)
		}
		b.Run(c.Name, func(b *testing.B) { scan.scan(0, uint64(b.N), func(uint64) {}) })
	}
}

// The rounds of eight states at once are those of each.
func TestChaChaEight(t *testing.T) {
	var state [16]uint32
	salts := [8]uint32{0, 1, 0xffffffff, 0x80000000, 77, 0x12345678, 9, 0xdeadbeef}
	for i := range state {
		state[i] = 0x9e3779b9 * uint32(i+1)
	}
	var got, want [16][8]uint32
	chachaEight(&state, &salts, &got)
	chachaOneByOne(&state, &salts, &want)
	if got != want {
		t.Errorf("%x\nwant\n%x", got, want)
	}
}
