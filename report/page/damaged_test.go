package page

import (
	"bytes"
	"encoding/binary"
	goflag "flag"
	"os"
	"path/filepath"
	"runtime/debug"
	"sync/atomic"
	"testing"

	"github.com/ikedecode/ikedecode/keys/secret"
	"github.com/ikedecode/ikedecode/keys/source"
)

var stride = goflag.Int("stride", 0, "in TestEveryPlaceDamaged: only every so many-th place; 1 is all, and takes hours")

// A damage changes a capture file at a place, in a copy.
type damage struct {
	name string
	do   func(file []byte, at int) []byte
}

// damages are a cut, a flip of each bit in turn, and the values that lengths, offsets and counts go wrong with, wherever such a field is: of one, two and
// four bytes.
var damages = []damage{
	{"cut", func(b []byte, at int) []byte { return b[:at] }},
	{"flip", func(b []byte, at int) []byte { b[at] ^= 1 << (at % 8); return b }},
	{"zero", func(b []byte, at int) []byte { b[at] = 0; return b }},
	{"ones", func(b []byte, at int) []byte { b[at] = 0xff; return b }},
	{"zero word", func(b []byte, at int) []byte { clear(b[at:min(at+2, len(b))]); return b }},
	{"most of a word", func(b []byte, at int) []byte { copy(b[at:], []byte{0xff, 0xff}); return b }},
	{"half of a word", func(b []byte, at int) []byte { copy(b[at:], []byte{0x7f, 0xff}); return b }},
	{"one more", func(b []byte, at int) []byte { return added(b, at, 1) }},
	{"one less", func(b []byte, at int) []byte { return added(b, at, 0xffff) }},
	{"most of four", func(b []byte, at int) []byte { copy(b[at:], []byte{0xff, 0xff, 0xff, 0xff}); return b }},
	{"sign of four", func(b []byte, at int) []byte { copy(b[at:], []byte{0x80, 0, 0, 0}); return b }},
	{"gone", func(b []byte, at int) []byte { return append(b[:at], b[at+1:]...) }},
	{"twice", func(b []byte, at int) []byte { return append(b[:at+1:at+1], b[at:]...) }},
}

func added(b []byte, at int, n uint16) []byte {
	if at+2 <= len(b) {
		binary.BigEndian.PutUint16(b[at:], binary.BigEndian.Uint16(b[at:])+n)
	}
	return b
}

// TestEveryPlaceDamaged damages each capture of testdata at each byte of its first 4 KB and at 500 places behind, in each way, and makes all reports of
// it with the keys that belong to it.
func TestEveryPlaceDamaged(t *testing.T) {
	step := *stride
	switch {
	case step > 0:
	case testing.Short():
		step = 30011
	default:
		step = 4999
	}
	paths, err := filepath.Glob(filepath.Join(pcaps, "*", "*.pcap*"))
	if err != nil || len(paths) < 50 {
		t.Fatalf("%d captures, %v", len(paths), err)
	}
	var tried atomic.Int64
	t.Run("captures", func(t *testing.T) {
		for i, path := range paths {
			t.Run(filepath.Base(filepath.Dir(path)), func(t *testing.T) {
				t.Parallel()
				damageCapture(t, path, i, step, &tried)
			})
		}
	})
	t.Logf("%d captures, %d damaged ones", len(paths), tried.Load())
	if tried.Load() < int64(len(paths)) {
		t.Error("nothing was tried")
	}
}

// damageCapture is TestEveryPlaceDamaged for one capture; off tells apart which places of it are taken.
func damageCapture(t *testing.T, path string, off, step int, tried *atomic.Int64) {
	const front, behind = 4 << 10, 500
	file, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	bag := keysBeside(t, path)
	var places []int
	for at := range min(front, len(file)) {
		places = append(places, at)
	}
	for i := range behind {
		if at := front + i*(len(file)-front)/behind; at > front && at < len(file) {
			places = append(places, at)
		}
	}
	n := len(places) * len(damages)
	for k := off * 7919 % step; k < n; k += step {
		d, at := damages[k%len(damages)], places[k/len(damages)]
		tried.Add(1)
		func() {
			defer func() {
				if r := recover(); r != nil {
					t.Errorf("%s at %d: panic: %v\n%s", d.name, at, r, debug.Stack())
				}
			}()
			if err := reports(d.do(bytes.Clone(file), at), bag, k%5 == 0); err != nil {
				t.Errorf("%s at %d: %v", d.name, at, err)
			}
		}()
	}
}

// keysBeside are those in the files that belong to a capture.
func keysBeside(t *testing.T, path string) *secret.Bag {
	bag := &secret.Bag{}
	for _, name := range []string{"gwa.log", "gwa.log.gz", "gwb.log", "keys.txt"} {
		file := filepath.Join(filepath.Dir(path), name)
		if _, err := os.Stat(file); err != nil {
			continue
		}
		keys, err := source.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		bag.Merge(keys)
	}
	return bag
}
