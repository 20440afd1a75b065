package source

import (
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/ikedecode/ikedecode/keys/secret"
)

// keyLogs makes files with so many keys each, no key twice, and returns their names.
func keyLogs(t *testing.T, dir string, files, keys int) (paths []string) {
	t.Helper()
	for i := range files {
		var b strings.Builder
		for j := range keys {
			fmt.Fprintf(&b, "DH_SECRET %016x:%016x 0x%064x\n", i+1, j+1, i*keys+j+1)
		}
		path := filepath.Join(dir, fmt.Sprintf("gw%02d.log", i))
		if err := os.WriteFile(path, []byte(b.String()), 0o600); err != nil {
			t.Fatal(err)
		}
		paths = append(paths, path)
	}
	return paths
}

// The files of a folder are read several at once, and give what they do one after the other.
func TestFolderAtOnce(t *testing.T) {
	dir := t.TempDir()
	want := &secret.Bag{}
	for _, path := range keyLogs(t, dir, 20, 30) {
		b, err := ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		want.Merge(b)
	}
	got, err := ReadFile(dir)
	if err != nil {
		t.Fatal(err)
	}
	if len(got.Secrets) != 600 || !reflect.DeepEqual(got.Secrets, want.Secrets) || !reflect.DeepEqual(got.Formats, want.Formats) {
		t.Errorf("%d secrets and %d formats, want %d and %d in the same order", len(got.Secrets), len(got.Formats), len(want.Secrets), len(want.Formats))
	}
}

// The bound of memory is for all files of a folder together, and what it leaves out is the same each time.
func TestFolderBounded(t *testing.T) {
	dir := t.TempDir()
	keyLogs(t, dir, 8, 400)
	const bound = 300 * 1000 // of some 8 times 130,000
	var first *secret.Bag
	rounds := 3
	if testing.Short() { // with the race detector each takes ten seconds
		rounds = 1
	}
	for range rounds {
		b, err := Options{MaxMemory: bound}.ReadFile(dir)
		if err != nil {
			t.Fatal(err)
		}
		if first == nil {
			first = b
		}
		if !b.Cut || len(b.Secrets) < 400 || b.Memory() > bound {
			t.Fatalf("%d secrets of %d bytes, cut: %v", len(b.Secrets), b.Memory(), b.Cut)
		}
		if !reflect.DeepEqual(b.Secrets, first.Secrets) || !reflect.DeepEqual(b.Warnings, first.Warnings) {
			t.Fatal("another part was left out than before")
		}
	}
}

// However little room there is, no file is read without a bound.
func TestEachBounded(t *testing.T) {
	paths := keyLogs(t, t.TempDir(), 5, 1)
	read := func(o Options, path string) (*secret.Bag, error) {
		if o.MaxMemory < 1 {
			t.Errorf("%s: read with room for %d bytes", path, o.MaxMemory)
		}
		return &secret.Bag{}, nil
	}
	Options{MaxMemory: 1}.Each(slices.Values(paths), &secret.Bag{}, read, func(string, *secret.Bag, error) bool { return true })
}
