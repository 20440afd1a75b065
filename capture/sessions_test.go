package capture

import (
	"io"
	"os"
	"path/filepath"
	"testing"
)

// sharedFolder returns a folder of real captures, or skips the test where there is none.
func sharedFolder(t *testing.T, name string) string {
	t.Helper()
	dir := filepath.Join("..", "..", "shared", name)
	if _, err := os.Stat(dir); err != nil {
		t.Skipf("../shared/%s is missing", name)
	}
	return dir
}

// splitAll reads captures and splits them.
func splitAll(t *testing.T, paths ...string) ([]Datagram, *Splitter, []Cut) {
	t.Helper()
	src, err := Open(paths, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	r, err := src.Reader()
	if err != nil {
		t.Fatal(err)
	}
	s := NewSplitter(SplitOptions{})
	var all []Datagram
	for {
		p, err := r.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, s.Split(p)...)
	}
	all = append(all, s.Flush()...)
	return all, s, src.Cuts()
}

func countKinds(all []Datagram) map[Kind]int {
	kinds := map[Kind]int{}
	for _, d := range all {
		kinds[d.Kind]++
	}
	return kinds
}

func TestSessions(t *testing.T) {
	dir := sharedFolder(t, "captures")
	paths, _ := filepath.Glob(filepath.Join(dir, "*", "wire*.pcap"))
	for _, path := range paths {
		t.Run(filepath.Base(filepath.Dir(path))+"/"+filepath.Base(path), func(t *testing.T) {
			all, s, cuts := splitAll(t, path)
			t.Log(countKinds(all), s.IncompleteCount(), cuts)
		})
	}
}
