package source

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
)

// A file that is no key source is told by what it is, with what to do, in one line.
func TestNotText(t *testing.T) {
	junk := make([]byte, 3000)
	rand.NewChaCha8([32]byte{1}).Read(junk)
	for want, data := range map[string]string{
		"a capture":           "\xd4\xc3\xb2\xa1\x02\x00\x04\x00",
		"compressed with lz4": "\x04\x22\x4d\x18\x64\x40",
		"a binary journal":    "LPKSHHRH\x00\x00",
		"a PDF file":          "%PDF-1.7\n",
		"binary data":         string(junk),
	} {
		_, err := Read("gw.log", []byte(data))
		var e *FormatError
		if !errors.As(err, &e) || e.What != want || e.Advice == "" || !strings.HasPrefix(err.Error(), "gw.log: ") || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %v", want, err)
		}
	}
}

// What compressed data holds before it is cut off counts, and the cut is told.
func TestCutOff(t *testing.T) {
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	fmt.Fprintln(z, "SKEYID 0102030405060708:1112131415161718 0x0102030405060708090a0b0c0d0e0f1011121314")
	noise := rand.New(rand.NewPCG(1, 2))
	for range 5000 {
		fmt.Fprintf(z, "# %d\n", noise.Uint64())
	}
	z.Close()
	for _, n := range []int{3, 12, packed.Len() / 2, packed.Len() - 4} {
		b, err := Read("gw.log.gz", packed.Bytes()[:n])
		switch told := err != nil && strings.Contains(err.Error(), "gw.log.gz: the compressed data is cut off"); {
		case n < 100 && !told && n > 3:
			t.Errorf("%d bytes: %v", n, err)
		case n > 100 && (err != nil || len(b.Secrets) != 1 || len(b.Warnings) != 1 || !strings.Contains(b.Warnings[0].Text, "cut off")):
			t.Errorf("%d bytes: %v, %+v", n, err, b)
		}
	}
}
