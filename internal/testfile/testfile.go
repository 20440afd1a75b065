// Package testfile reads recorded files for tests.
package testfile

import (
	"bytes"
	"compress/gzip"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Beside are the files that a pattern names in the folder of captures shared beside the repository, as paths from where the
// test runs. Where there is no such folder the log of the test says so: the checks run again what they find that of.
func Beside(t testing.TB, pattern string) []string {
	t.Helper()
	root := ""
	for {
		if _, err := os.Stat(filepath.Join(root, "go.mod")); err == nil {
			break
		}
		if root = filepath.Join("..", root); len(root) > 60 {
			t.Fatal("no go.mod above this folder")
		}
	}
	shared := filepath.Join("..", root, "shared")
	if _, err := os.Stat(shared); err != nil {
		t.Logf("not tried: %s, which is not there", filepath.Join(shared, pattern))
		return nil
	}
	list, err := filepath.Glob(filepath.Join(shared, pattern))
	if err != nil || len(list) == 0 {
		t.Fatalf("%s: %v, %v", filepath.Join(shared, pattern), list, err)
	}
	return list
}

// Read is what a file has, decompressed where its name ends in .gz.
func Read(t testing.TB, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasSuffix(path, ".gz") {
		return b
	}
	z, err := gzip.NewReader(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	if b, err = io.ReadAll(z); err != nil {
		t.Fatal(err)
	}
	return b
}
