package report

import (
	"context"
	"path/filepath"
	"testing"

	"github.com/ikedecode/ikedecode"
	"github.com/ikedecode/ikedecode/capture"
	"github.com/ikedecode/ikedecode/keys/secret"
	"github.com/ikedecode/ikedecode/keys/source"
	"github.com/ikedecode/ikedecode/report/traffic"
)

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

// matching are the files of a folder whose names match one of some patterns.
func matching(dir string, patterns ...string) (list []string) {
	for _, pattern := range patterns {
		files, _ := filepath.Glob(filepath.Join(dir, pattern))
		list = append(list, files...)
	}
	return list
}

// bagOf has the secrets of some files.
func bagOf(t *testing.T, files ...string) *secret.Bag {
	t.Helper()
	bag := &secret.Bag{}
	for _, f := range files {
		b, err := source.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		bag.Merge(b)
	}
	return bag
}

// analyzed runs both passes over a capture with the secrets of some files.
func analyzed(t *testing.T, path string, keyFiles ...string) (*ikedecode.Session, *traffic.Watch) {
	t.Helper()
	s := solved(t, path, bagOf(t, keyFiles...), ikedecode.Options{})
	return s, watched(t, s)
}

// solved runs the first pass over a capture.
func solved(t *testing.T, path string, bag *secret.Bag, opt ikedecode.Options) *ikedecode.Session {
	t.Helper()
	return solvedAll(t, []string{path}, bag, opt)
}

// solvedAll runs the first pass over captures, merged.
func solvedAll(t *testing.T, paths []string, bag *secret.Bag, opt ikedecode.Options) *ikedecode.Session {
	t.Helper()
	src, err := capture.Open(paths, capture.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { src.Close() })
	s, err := ikedecode.Analyze(context.Background(), src, bag, opt)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// watched runs the second pass.
func watched(t *testing.T, s *ikedecode.Session) *traffic.Watch {
	t.Helper()
	w := &traffic.Watch{}
	w.Expect(s.SAs)
	if err := s.Run(context.Background(), traffic.Shown(w)); err != nil {
		t.Fatal(err)
	}
	return w
}

// Rendered writes a report as package text does, which imports this one; render_test.go sets it.
var Rendered func(model any) (string, error)

func textOf(t *testing.T, model any) string {
	t.Helper()
	text, err := Rendered(model)
	if err != nil {
		t.Fatal(err)
	}
	return text
}
