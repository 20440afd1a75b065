package page

import (
	"errors"
	"io"
	"path/filepath"
	"testing"

	"github.com/ikedecode/ikedecode/capture"
)

const damagedSession = "v1-main-psk-aes128-sha1"

// damaged is a copy of a recorded session in which every ninth ESP packet is lost and every thirteenth has a flipped bit.
func damaged(t *testing.T) string {
	t.Helper()
	src, err := capture.Open([]string{filepath.Join(pcaps, damagedSession, "wire.pcap")}, capture.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	r, err := src.Reader()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "damaged.pcap")
	w, err := capture.Create(path, capture.WriterOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer w.Abort()
	split, n := capture.NewSplitter(capture.SplitOptions{}), 0
	for {
		p, err := r.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		ds := split.Split(p)
		if len(ds) == 1 && ds[0].Kind == capture.ESP {
			if n++; n%9 == 0 {
				continue
			}
			if n%13 == 0 {
				p.Data[len(p.Data)-20] ^= 1
			}
		}
		if err := w.Write(p, p.Data, ""); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}
