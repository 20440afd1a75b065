package esp

import (
	"bytes"
	"encoding/hex"
	"errors"
	"math/rand/v2"
	"strings"
	"testing"
)

// An lzsWriter compresses, in the words of RFC 1974: "1" and "0" for bits.
type lzsWriter struct{ strings.Builder }

func (w *lzsWriter) bits(v, n int) {
	for i := n - 1; i >= 0; i-- {
		w.WriteByte("01"[v>>i&1])
	}
}

// copyOf writes a copy of so many bytes from so far back.
func (w *lzsWriter) copyOf(back, n int, long bool) {
	if long || back > 127 {
		w.WriteString("10")
		w.bits(back, 11)
	} else {
		w.WriteString("11")
		w.bits(back, 7)
	}
	short := map[int]string{2: "00", 3: "01", 4: "10", 5: "1100", 6: "1101", 7: "1110"}
	if code, ok := short[n]; ok {
		w.WriteString(code)
		return
	}
	w.WriteString("1111")
	for n -= 8; n >= 15; n -= 15 {
		w.WriteString("1111")
	}
	w.bits(n, 4)
}

// bytes ends the data with the end marker and zeros.
func (w *lzsWriter) bytes() []byte {
	w.WriteString("110000000")
	text := w.String() + strings.Repeat("0", 7)
	out := make([]byte, len(text)/8)
	for i := range 8 * len(out) {
		out[i/8] |= (text[i] - '0') << (7 - i%8)
	}
	return out
}

// packLZS compresses data with the longest copies that it finds in the last bytes where two are the same.
func packLZS(data []byte) []byte {
	var w lzsWriter
	at := make(map[string][]int)
	note := func(i int) {
		if i+1 < len(data) {
			at[string(data[i:i+2])] = append(at[string(data[i:i+2])], i)
		}
	}
	for i := 0; i < len(data); {
		best, back := 0, 0
		if i+1 < len(data) {
			before := at[string(data[i:i+2])]
			for _, j := range before[max(0, len(before)-8):] {
				n := 0
				for i+n < len(data) && data[j+n] == data[i+n] {
					n++
				}
				if i-j < 2048 && n > best {
					best, back = n, i-j
				}
			}
		}
		if best < 2 {
			w.bits(int(data[i]), 9)
			best = 1
		} else {
			w.copyOf(back, best, i%3 == 0)
		}
		for ; best > 0; best-- {
			note(i)
			i++
		}
	}
	return w.bytes()
}

// ipcompLZS puts an IPComp header before data compressed with LZS.
func ipcompLZS(cpi uint16, next uint8, data []byte) []byte {
	return append([]byte{next, 0, byte(cpi >> 8), byte(cpi)}, packLZS(data)...)
}

// The example of QIC-122 revision B, appendix A, whose encoding ANSI X3.241 took over.
func TestLZSExample(t *testing.T) {
	packed, _ := hex.DecodeString("20908838" + "1c21e25c" + "1580")
	if got, rest, err := unpackLZS(new(Scratch), 0, packed); err != nil || rest != 0 || string(got) != "ABAAAAAACABABABA" {
		t.Errorf("%q, %d bytes left, %v", got, rest, err)
	}
}

func TestLZS(t *testing.T) {
	rnd := rand.New(rand.NewChaCha8([32]byte{3}))
	noise := make([]byte, 3000)
	for i := range noise {
		noise[i] = byte(rnd.Uint32())
	}
	for name, want := range map[string][]byte{
		"nothing": {}, "a byte": {7}, "text": bytes.Repeat([]byte("the quick brown fox "), 100), "noise": noise, "noise again": append(noise[:2000:2000], noise[:2000]...),
		"zeros": make([]byte, maxInflated), "a packet": inner,
	} {
		t.Run(name, func(t *testing.T) {
			packed := packLZS(want)
			s := new(Scratch)
			got, rest, err := unpackLZS(s, 0, append(packed, 1, 2, 3))
			if err != nil || rest != 3 || !bytes.Equal(got, want) {
				t.Fatalf("%d bytes, want %d, %d left, %v", len(got), len(want), rest, err)
			}
			for n := range min(len(packed), 500) {
				if _, _, err := unpackLZS(s, 0, packed[:n]); !errors.Is(err, ErrMalformed) {
					t.Errorf("%d of %d bytes: %v", n, len(packed), err)
				}
			}
		})
	}
	// Each length, in both forms of the offset.
	for n := 2; n < 200; n++ {
		for _, long := range []bool{false, true} {
			var w lzsWriter
			w.bits('x', 9)
			w.bits('y', 9)
			w.copyOf(2, n, long)
			want := strings.Repeat("xy", n/2+2)[:n+2]
			if got, _, err := unpackLZS(new(Scratch), 0, w.bytes()); err != nil || string(got) != want {
				t.Fatalf("length %d: %q, %v", n, got, err)
			}
		}
	}
	for name, bits := range map[string]string{"back beyond the front": "0" + "00000001" + "11" + "0000010" + "00", "nothing to copy": "11" + "0000001" + "00", "long offset of 0": "10" + "00000000000" + "00"} {
		var w lzsWriter
		w.WriteString(bits)
		if _, _, err := unpackLZS(new(Scratch), 0, w.bytes()); !errors.Is(err, ErrMalformed) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// FuzzLZS decompresses anything within bounds, and what was compressed to what it was.
func FuzzLZS(f *testing.F) {
	f.Add(packLZS(inner))
	f.Add(packLZS(make([]byte, 70_000)))
	f.Add([]byte{0x20, 0x90, 0x88, 0x38, 0x1c, 0x21, 0xe2, 0x5c, 0x15, 0x80})
	f.Add(bytes.Repeat([]byte{0xff}, 100))
	f.Fuzz(func(t *testing.T, b []byte) {
		s := new(Scratch)
		if out, rest, err := unpackLZS(s, 0, b); err == nil && (len(out) > maxInflated || rest < 0 || rest > len(b)) {
			t.Errorf("%d bytes, %d left of %d", len(out), rest, len(b))
		}
		if len(b) > 4<<10 {
			return
		}
		if out, rest, err := unpackLZS(s, 0, packLZS(b)); err != nil || rest != 0 || !bytes.Equal(out, b) {
			t.Errorf("%v, %d left", err, rest)
		}
	})
}
