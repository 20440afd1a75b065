package alg

import (
	"bytes"
	"crypto/aes"
	"math/rand/v2"
	"testing"
)

// portableCBC is the path without the processor's help.
func portableCBC(t testing.TB, key []byte) *CBC {
	t.Helper()
	b, err := aes.NewCipher(key)
	if err != nil {
		t.Fatal(err)
	}
	return NewCBC(b)
}

// The wide kernel gives what the library gives, for every key length and every number of blocks, in place and not.
func TestWideCBCEqualsLibrary(t *testing.T) {
	rnd := rand.NewChaCha8([32]byte{7})
	for _, n := range []int{16, 24, 32} {
		key, iv := make([]byte, n), make([]byte, 16)
		rnd.Read(key)
		rnd.Read(iv)
		wide, err := newWideCBC(key)
		if err != nil {
			t.Fatal(err)
		}
		if wide == nil {
			t.Log("no AES instructions here: nothing to compare")
			return
		}
		portable := portableCBC(t, key)
		for blocks := range 70 {
			src := make([]byte, 16*blocks)
			rnd.Read(src)
			want, got := make([]byte, len(src)), make([]byte, len(src)+5)
			if err := portable.Decrypt(want, iv, src); err != nil {
				t.Fatal(err)
			}
			if err := wide.Decrypt(got, iv, src); err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(got[:len(src)], want) || !bytes.Equal(got[len(src):], make([]byte, 5)) {
				t.Errorf("key of %d bytes, %d blocks: differs, or wrote past the end", n, blocks)
			}
			if err := wide.Decrypt(src, iv, src); err != nil || !bytes.Equal(src, want) {
				t.Errorf("key of %d bytes, %d blocks in place: differs (%v)", n, blocks, err)
			}
		}
	}
}

func FuzzWideCBC(f *testing.F) {
	f.Add(make([]byte, 16), make([]byte, 16), make([]byte, 160))
	f.Add(make([]byte, 32), make([]byte, 16), make([]byte, 33))
	f.Add(make([]byte, 24), make([]byte, 15), make([]byte, 16))
	f.Fuzz(func(t *testing.T, key, iv, src []byte) {
		wide, err := newWideCBC(key)
		if err != nil || wide == nil {
			return
		}
		got, want := make([]byte, len(src)), make([]byte, len(src))
		errWide := wide.Decrypt(got, iv, src)
		errPortable := portableCBC(t, key).Decrypt(want, iv, src)
		if (errWide == nil) != (errPortable == nil) || !bytes.Equal(got, want) {
			t.Errorf("wide: %v, portable: %v, equal %v", errWide, errPortable, bytes.Equal(got, want))
		}
	})
}

func BenchmarkCBC(b *testing.B) {
	key, iv, src := make([]byte, 16), make([]byte, 16), make([]byte, 1408)
	dst := make([]byte, len(src))
	wide, err := newWideCBC(key)
	if err != nil {
		b.Fatal(err)
	}
	for name, d := range map[string]Decrypter{"wide": wide, "library": portableCBC(b, key)} {
		if d == nil {
			continue
		}
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(src)))
			for b.Loop() {
				if err := d.Decrypt(dst, iv, src); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
