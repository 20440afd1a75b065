package alg

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha1"
	"crypto/sha256"
	"fmt"
	"hash"
	"math/rand/v2"
	"testing"
)

// pairs are the HMACs that have kernels, with the library's.
var pairs = []struct {
	name    string
	ours    func([]byte) hash.Hash
	key     func([]byte) *HMACKey
	library func() hash.Hash
}{
	{"SHA1", hmacSHA1, hmacKeySHA1, sha1.New},
	{"SHA256", hmacSHA256, hmacKeySHA256, sha256.New},
}

func random(rnd *rand.ChaCha8, n int) []byte {
	b := make([]byte, n)
	rnd.Read(b)
	return b
}

// One message, written in pieces of any length, gives what the library gives; Sum does not end it.
func TestHMACEqualsLibrary(t *testing.T) {
	for _, c := range pairs {
		rnd := rand.NewChaCha8([32]byte{1})
		for n := range 300 {
			key, p := random(rnd, n), random(rnd, n)
			m, want := c.ours(key), hmac.New(c.library, key)
			for rest := p; len(rest) > 0; {
				k := min(len(rest), int(rnd.Uint64()%100))
				m.Write(rest[:k])
				rest = rest[k:]
				m.Sum(nil)
			}
			want.Write(p)
			if got, want := m.Sum(nil), want.Sum(nil); !bytes.Equal(got, want) {
				t.Fatalf("%s of %d bytes: %x, want %x", c.name, n, got, want)
			}
		}
	}
}

// library is the MAC of p by the library.
func library(h func() hash.Hash, key []byte, p Message, b []byte) []byte {
	m := hmac.New(h, key)
	m.Write(p.Data)
	m.Write(p.Suffix)
	return m.Sum(b)
}

// Two messages of different lengths under two keys, or one key, give what each alone gives.
func TestSumPairEqualsLibrary(t *testing.T) {
	for _, c := range pairs {
		rnd := rand.NewChaCha8([32]byte{2})
		one, another := []byte("one"), []byte("another")
		k, l := c.key(one), c.key(another)
		if k == nil {
			t.Logf("no instructions for %s here: nothing to compare", c.name)
			return
		}
		var w HMACWork
		for i := range 200 {
			for _, j := range []int{0, 1, i, i + 1, i + 60, 199} {
				p := Message{random(rnd, i), random(rnd, j%5)}
				q := Message{random(rnd, j), random(rnd, i%5)}
				a, b := w.SumPair(k, l, p, q, []byte{1}, []byte{2})
				wantA, wantB := library(c.library, one, p, []byte{1}), library(c.library, another, q, []byte{2})
				if !bytes.Equal(a, wantA) || !bytes.Equal(b, wantB) {
					t.Fatalf("%s of %d and %d bytes: %x and %x, want %x and %x", c.name, i, j, a, b, wantA, wantB)
				}
				if _, b := w.SumPair(k, k, p, q, nil, nil); !bytes.Equal(b, library(c.library, one, q, nil)) {
					t.Fatalf("%s of %d bytes under the key of another message: %x", c.name, j, b)
				}
			}
		}
	}
}

// HMACs of different kinds are computed one after the other.
func TestSumPairOfDifferentKinds(t *testing.T) {
	k, l := hmacKeySHA1([]byte("k")), hmacKeySHA256([]byte("k"))
	if k == nil || l == nil {
		t.Log("no instructions for both here: nothing to compare")
		return
	}
	p, q := Message{Data: []byte("p")}, Message{Data: []byte("q")}
	a, b := new(HMACWork).SumPair(k, l, p, q, nil, nil)
	wantA, wantB := library(sha1.New, []byte("k"), p, nil), library(sha256.New, []byte("k"), q, nil)
	if !bytes.Equal(a, wantA) || !bytes.Equal(b, wantB) {
		t.Errorf("%x and %x, want %x and %x", a, b, wantA, wantB)
	}
}

func FuzzSumPair(f *testing.F) {
	f.Add([]byte("key"), []byte("message"), []byte("another"), []byte{0, 0, 0, 1})
	f.Add(make([]byte, 65), make([]byte, 64), make([]byte, 119), []byte{})
	f.Fuzz(func(t *testing.T, key, p, q, suffix []byte) {
		for _, c := range pairs {
			k, l := c.key(key), c.key(q)
			if k == nil {
				return
			}
			a, b := new(HMACWork).SumPair(k, l, Message{p, suffix}, Message{q, nil}, nil, nil)
			wantA, wantB := library(c.library, key, Message{p, suffix}, nil), library(c.library, q, Message{q, nil}, nil)
			if !bytes.Equal(a, wantA) || !bytes.Equal(b, wantB) {
				t.Errorf("%s: %x and %x, want %x and %x", c.name, a, b, wantA, wantB)
			}
			if one := new(HMACWork).Sum(k, Message{p, suffix}, nil); !bytes.Equal(one, wantA) {
				t.Errorf("%s alone: %x, want %x", c.name, one, wantA)
			}
		}
	})
}

// BenchmarkHMAC compares the library, one message at a time and two, for packets of IMIX.
func BenchmarkHMAC(b *testing.B) {
	for _, c := range pairs {
		for _, size := range []int{112, 624, 1440} {
			p, sum := make([]byte, size), make([]byte, 0, 64)
			name := fmt.Sprintf("%s/%d", c.name, size)
			b.Run(name+"/library", func(b *testing.B) {
				m := hmac.New(c.library, p[:20])
				b.SetBytes(int64(size))
				for b.Loop() {
					m.Reset()
					m.Write(p)
					m.Sum(sum)
				}
			})
			k := c.key(p[:20])
			if k == nil {
				continue
			}
			var w HMACWork
			b.Run(name+"/one", func(b *testing.B) {
				b.SetBytes(int64(size))
				for b.Loop() {
					w.Sum(k, Message{Data: p}, sum)
				}
			})
			b.Run(name+"/two", func(b *testing.B) {
				other := make([]byte, 0, 64)
				b.SetBytes(int64(2 * size))
				for b.Loop() {
					w.SumPair(k, k, Message{Data: p}, Message{Data: p}, sum, other)
				}
			})
		}
	}
}
