package capture_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/ikedecode/ikedecode/capture"
)

// readAll are the packets of a source: their numbers, data and places.
func readAll(t *testing.T, src *capture.Source) (numbers []int, data [][]byte, places []capture.Place) {
	t.Helper()
	r, err := src.Reader()
	if err != nil {
		t.Fatal(err)
	}
	for {
		p, err := r.Next()
		if errors.Is(err, io.EOF) {
			return numbers, data, places
		}
		if err != nil {
			t.Fatal(err)
		}
		numbers, data, places = append(numbers, p.Number), append(data, p.Data), append(places, p.Place)
	}
}

// A part of a capture has the packets of its stretch, whatever the format, and those before it have numbers up to 0.
func TestParts(t *testing.T) {
	dir := t.TempDir()
	plain, err := os.ReadFile("../testdata/pcaps/v2-psk-aes128-sha256/wire.pcap")
	if err != nil {
		t.Fatal(err)
	}
	paths := []string{filepath.Join(dir, "wire.pcap"), filepath.Join(dir, "wire.pcap.gz"), filepath.Join(dir, "wire.pcapng")}
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	w.Write(plain)
	w.Close()
	for i, b := range [][]byte{plain, packed.Bytes()} {
		if err := os.WriteFile(paths[i], b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	asNg(t, paths[2], paths[0])
	for _, path := range paths {
		src, err := capture.Open([]string{path}, capture.Options{})
		if err != nil {
			t.Fatal(err)
		}
		_, want, places := readAll(t, src)
		src.Close()
		n := len(want)
		head := places[0].Start
		for from := 1; from < n; from += 5 {
			for to := from + 1; to <= n; to += 7 {
				p := capture.Part{Path: path, Head: head, From: places[from].Start, To: places[to-1].End}
				before := capture.Part{Path: path, Head: head, To: places[from].Start, Packets: from}
				for _, front := range [][]capture.Part{nil, {before}} {
					src, err := capture.OpenPart(context.Background(), p, front, capture.Options{})
					if err != nil {
						t.Fatal(err)
					}
					numbers, data, _ := readAll(t, src)
					src.Close()
					first := from
					if front != nil {
						first = 0
					}
					if len(data) != to-first || src.HasBefore() != (front != nil) {
						t.Fatalf("%s, packets %d to %d: %d packets, want %d", path, from, to, len(data), to-first)
					}
					for i := range data {
						if !bytes.Equal(data[i], want[first+i]) || numbers[i] != first+i-from+1 {
							t.Fatalf("%s, packets %d to %d: packet %d has number %d", path, from, to, i, numbers[i])
						}
					}
				}
			}
		}
	}
}

// asNg writes a capture as pcapng.
func asNg(t *testing.T, to, from string) {
	t.Helper()
	src, err := capture.Open([]string{from}, capture.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	w, err := capture.Create(to, capture.WriterOptions{})
	if err != nil {
		t.Fatal(err)
	}
	r, err := src.Reader()
	if err != nil {
		t.Fatal(err)
	}
	for p := new(capture.Packet); r.Read(p) == nil; {
		if err := w.Write(p, p.Data, ""); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
}
