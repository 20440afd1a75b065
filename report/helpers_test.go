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

// analyzed runs both passes over a capture with the secrets of some files.
func analyzed(t *testing.T, path string, keyFiles ...string) (*ikedecode.Session, *traffic.Watch) {
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
	w := &traffic.Watch{}
	if err := s.Run(context.Background(), traffic.Shown(w)); err != nil {
		t.Fatal(err)
	}
	return s, w
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
