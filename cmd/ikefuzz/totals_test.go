package main

import (
	"os"
	"path/filepath"
	"testing"
	"time"
)

// What runs have done adds up over runs, each target by itself.
func TestTotals(t *testing.T) {
	corpus := filepath.Join(t.TempDir(), "corpus")
	one, two := target{pkg: "a/b", name: "FuzzOne"}, target{pkg: "a", name: "FuzzOne"}
	for range 3 {
		sums, err := readTotals(corpus)
		if err != nil {
			t.Fatal(err)
		}
		sums[one.key()] = sums[one.key()].add(1000, 90*time.Second)
		sums[two.key()] = sums[two.key()].add(5, time.Minute)
		if err := sums.write(corpus); err != nil {
			t.Fatal(err)
		}
	}
	sums, err := readTotals(corpus)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := sums[one.key()], (total{3000, 4.5}); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
	if got, want := sums[two.key()], (total{15, 3}); got != want || len(sums) != 2 {
		t.Errorf("%+v, want %+v, of %d targets", got, want, len(sums))
	}
	if err := os.WriteFile(filepath.Join(corpus, totalsName), []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := readTotals(corpus); err == nil {
		t.Error("half a file is read")
	}
}
