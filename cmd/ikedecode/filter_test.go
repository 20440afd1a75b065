package main

import (
	"errors"
	"io"
	"testing"

	"github.com/ikedecode/ikedecode/capture"
)

// withoutIKE copies a capture and leaves out the IKE messages.
func withoutIKE(t *testing.T, from, to string) {
	t.Helper()
	src, err := capture.Open([]string{from}, capture.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	r, err := src.Reader()
	if err != nil {
		t.Fatal(err)
	}
	w, err := capture.Create(to, capture.WriterOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer w.Abort()
	split := capture.NewSplitter(capture.SplitOptions{})
	for {
		p, err := r.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if hasIKE(split.Split(p)) {
			continue
		}
		if err := w.Write(p, p.Data, ""); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
}

func hasIKE(list []capture.Datagram) bool {
	for _, d := range list {
		if d.Kind == capture.IKE {
			return true
		}
	}
	return false
}
