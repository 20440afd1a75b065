package source

import (
	"bytes"
	"errors"
	"io"
	"math/rand/v2"
	"strings"
	"testing"
)

// A counted reader counts what is read.
type counted struct {
	io.Reader
	n int
}

func (c *counted) Read(b []byte) (int, error) {
	n, err := c.Reader.Read(b)
	c.n += n
	return n, err
}

// Binary data without an end is given up soon. What begins with some of it, or is text in whatever encoding, is read.
func TestBinaryData(t *testing.T) {
	const key = "\nSKEYID - 0x000102030405060708090a0b0c0d0e0f10111213\n"
	random := func() io.Reader { return rand.NewChaCha8([32]byte{1}) }
	endless := &counted{Reader: random()}
	_, err := Options{}.ReadFrom("x", endless)
	if format := (*FormatError)(nil); !errors.As(err, &format) || format.What != "binary data" || endless.n > binaryAfter+1<<20 {
		t.Errorf("%d bytes were read: %v", endless.n, err)
	}
	const gbk = "\xce\xde\xb7\xa8\xc1\xac\xbd\xd3\xb5\xbd\xb6\xd4\xb6\xcb\xcd\xf8\xb9\xd8\xa3\xac\xc7\xeb\xbc\xec\xb2\xe9\xc9\xe8\xd6\xc3\xa1\xa3\n"
	for name, front := range map[string]io.Reader{
		"some binary data": io.LimitReader(random(), 2<<20), "zeros": bytes.NewReader(make([]byte, 2*binaryAfter)),
		"text in GBK": strings.NewReader(strings.Repeat(gbk, binaryAfter/len(gbk)+1)), "a key": io.MultiReader(strings.NewReader(key), io.LimitReader(random(), binaryAfter+1<<20)),
	} {
		b, err := Options{}.ReadFrom("x", io.MultiReader(front, strings.NewReader(strings.Replace(key, "00", "ff", 1))))
		if err != nil || len(b.Secrets) == 0 || b.Secrets[len(b.Secrets)-1].Value[0] != 0xff {
			t.Errorf("%s: %v, %v", name, b, err)
		}
	}
}
