package capture_test

import (
	"testing"

	"github.com/ikedecode/ikedecode/capture"
)

// A part of a file has a temporary file as a whole one has: for IKE SAs that memory has no room for.
func TestScratchOfPart(t *testing.T) {
	src, err := capture.OpenPart(t.Context(), capture.Part{Path: "../testdata/pcaps/v2-psk-aes128-sha256/wire.pcap"}, nil, capture.Options{TempDir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	f := src.Scratch()
	at, err := f.Append([]byte("kept"))
	if err != nil {
		t.Fatal(err)
	}
	b := make([]byte, 4)
	if _, err := f.ReadAt(b, at); err != nil || string(b) != "kept" {
		t.Errorf("%q, %v", b, err)
	}
}
