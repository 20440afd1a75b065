package report

import (
	"bytes"
	"context"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ikedecode/ikedecode"
	"github.com/ikedecode/ikedecode/capture"
	"github.com/ikedecode/ikedecode/keys/secret"
	"github.com/ikedecode/ikedecode/keys/source"
)

var update = flag.Bool("update", false, "write the golden files anew")

const pcaps = "../testdata/pcaps"

// sessions are the folders of recorded sessions whose names start with prefix.
func sessions(t *testing.T, prefix string) []string {
	t.Helper()
	dirs, err := filepath.Glob(filepath.Join(pcaps, prefix+"*"))
	if err != nil || len(dirs) == 0 {
		t.Fatalf("no sessions %s* in %s: %v", prefix, pcaps, err)
	}
	return dirs
}

// analyzed runs both passes over a capture with the secrets of some files.
func analyzed(t *testing.T, path string, keyFiles ...string) (*ikedecode.Session, *Watch) {
	t.Helper()
	bag := &secret.Bag{}
	for _, f := range keyFiles {
		b, err := source.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		bag.Merge(b)
	}
	src, err := capture.Open([]string{path}, capture.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { src.Close() })
	s, err := ikedecode.Analyze(context.Background(), src, bag, ikedecode.Options{})
	if err != nil {
		t.Fatal(err)
	}
	w := &Watch{}
	if err := s.Run(context.Background(), w.Func()); err != nil {
		t.Fatal(err)
	}
	return s, w
}

func textOf(t *testing.T, write func(*Printer) error) string {
	t.Helper()
	var b bytes.Buffer
	if err := write(NewPrinter(&b, false)); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// golden compares got with a file under testdata.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name+".golden")
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s differs (go test -update writes it anew):\n%s", path, firstDifference(got, string(want)))
	}
}

func firstDifference(got, want string) string {
	g, w := strings.Split(got, "\n"), strings.Split(want, "\n")
	for i := range g {
		if i >= len(w) || g[i] != w[i] {
			missing := "(end)"
			if i < len(w) {
				missing = w[i]
			}
			return "got:  " + g[i] + "\nwant: " + missing
		}
	}
	return "want has more lines"
}
