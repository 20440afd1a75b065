package main

import (
	"encoding/binary"
	"os"
	"path/filepath"
	"testing"
)

// records are the file header and the records of a pcap file of the little end.
func records(t *testing.T, path string) (header []byte, list [][]byte) {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	header, b = b[:24], b[24:]
	for len(b) > 0 {
		n := 16 + int(binary.LittleEndian.Uint32(b[8:]))
		list, b = append(list, b[:n]), b[n:]
	}
	return header, list
}

// putFile writes a file, and makes the folders that it is in.
func putFile(t *testing.T, path string, data []byte) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
}
