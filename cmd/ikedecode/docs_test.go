package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// pages are the Markdown files for readers.
func pages(t *testing.T) (list []string) {
	t.Helper()
	for _, pattern := range []string{"*.md", "docs/*.md", "testdata/pcaps/*.md"} {
		found, err := filepath.Glob(filepath.Join("../..", pattern))
		if err != nil || len(found) == 0 {
			t.Fatalf("%s: %d files, %v", pattern, len(found), err)
		}
		list = append(list, found...)
	}
	return list
}

// A table has its head: no blank line cuts it, which would leave the rest as text.
func TestTables(t *testing.T) {
	for _, path := range pages(t) {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		lines := strings.Split(string(text), "\n")
		for i, line := range lines {
			first := strings.HasPrefix(line, "|") && (i == 0 || !strings.HasPrefix(lines[i-1], "|"))
			if first && (i+1 == len(lines) || !strings.HasPrefix(lines[i+1], "|-")) {
				t.Errorf("%s:%d: a row without a head: %s", filepath.Base(path), i+1, line)
			}
		}
	}
}
