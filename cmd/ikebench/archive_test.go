package main

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/ikedecode/ikedecode"
	"github.com/ikedecode/ikedecode/capture"
	"github.com/ikedecode/ikedecode/keys/source"
)

// A made-up archive has as many packets as asked for, in files of all sizes, and its key log decrypts each of them with no sequence number missing.
func TestMakeArchive(t *testing.T) {
	const files, packets, sas = 20, 3000, 2
	dir := t.TempDir()
	if err := makeArchive(dir, files, packets, sas); err != nil {
		t.Fatal(err)
	}
	bag, err := source.ReadFile(filepath.Join(dir, "keys.log"))
	if err != nil {
		t.Fatal(err)
	}
	paths, err := filepath.Glob(filepath.Join(dir, "archive", "gate?", "wire0?.pcap"))
	if err != nil || len(paths) != files {
		t.Fatalf("%d files: %v", len(paths), err)
	}
	var sizes []int64
	for _, path := range paths {
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		sizes = append(sizes, info.Size())
	}
	if slices.Max(sizes) < 5*slices.Min(sizes) {
		t.Errorf("sizes %v", sizes)
	}
	src, err := capture.Open(paths, capture.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	s, err := ikedecode.Analyze(context.Background(), src, bag, ikedecode.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Run(context.Background(), nil); err != nil {
		t.Fatal(err)
	}
	if s.Counts.Packets != packets || s.Counts.Opened != packets {
		t.Errorf("%+v", s.Counts)
	}
	for _, sa := range s.Table.SAs() {
		if st := sa.Stats(); st.Opened == 0 || st.Lost > 0 || st.Duplicates > 0 {
			t.Errorf("%+v", st)
		}
	}
}
