package main

import (
	"os"
	"path/filepath"
	"regexp"
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

// CONTRIBUTING.md names no file and no test that is not there.
func TestContributing(t *testing.T) {
	root := filepath.Join("..", "..")
	text, err := os.ReadFile(filepath.Join(root, "CONTRIBUTING.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range regexp.MustCompile("`([a-z0-9]+(/[a-z0-9_.]+)+)`").FindAllStringSubmatch(string(text), -1) {
		if m[1] == "golang.org/x/crypto" {
			continue
		}
		if _, err := os.Stat(filepath.Join(root, filepath.FromSlash(m[1]))); err != nil {
			t.Errorf("there is no %s", m[1])
		}
	}
	tests := testNames(t, root)
	for _, m := range regexp.MustCompile("`((Test|Fuzz)[A-Za-z0-9]+)`").FindAllStringSubmatch(string(text), -1) {
		if !tests[m[1]] {
			t.Errorf("there is no %s", m[1])
		}
	}
}

// testNames are the tests and fuzz targets of all packages.
func testNames(t *testing.T, root string) map[string]bool {
	t.Helper()
	names := make(map[string]bool)
	for _, dir := range packagesIn(t, root) {
		files, err := filepath.Glob(filepath.Join(root, dir, "*_test.go"))
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			code, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range regexp.MustCompile(`(?m)^func ((Test|Fuzz)\w+)`).FindAllSubmatch(code, -1) {
				names[string(m[1])] = true
			}
		}
	}
	return names
}
