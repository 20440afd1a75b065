package main

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// docs/design.md has every package in its table, and names no file and no package that is not there.
func TestDesign(t *testing.T) {
	root := filepath.Join("..", "..")
	text, err := os.ReadFile(filepath.Join(root, "docs", "design.md"))
	if err != nil {
		t.Fatal(err)
	}
	var rows []string
	for _, m := range regexp.MustCompile("(?m)^\\| `([^`]+)` \\|").FindAllStringSubmatch(string(text), -1) {
		rows = append(rows, m[1])
	}
	packages := packagesIn(t, root)
	for _, p := range packages {
		if !slices.Contains(rows, p) && !strings.Contains(p, "/internal/") { // those go with the package that they are in
			t.Errorf("%s is not in the table", p)
		}
	}
	for _, p := range rows {
		if !slices.Contains(packages, p) {
			t.Errorf("there is no package %s", p)
		}
	}
	for _, m := range regexp.MustCompile("`([a-z0-9/]*/[a-z0-9_*]+\\.go)`").FindAllStringSubmatch(string(text), -1) {
		if found, err := filepath.Glob(filepath.Join(root, m[1])); err != nil || len(found) == 0 {
			t.Errorf("there is no %s", m[1])
		}
	}
	table, _, _ := strings.Cut(string(text), "\n\n**")
	if n := strings.Count(table, "\n"); n > 40 {
		t.Errorf("the table of packages takes %d lines, more than a screen", n)
	}
	if n := strings.Count(string(text), "\n"); n > 120 {
		t.Errorf("%d lines are more than a page", n)
	}
}

// packagesIn are the folders with Go files that are no tests.
func packagesIn(t *testing.T, root string) (list []string) {
	t.Helper()
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (d.Name() == "testdata" || d.Name() == "node_modules" || strings.HasPrefix(d.Name(), ".") && len(d.Name()) > 2) {
			return filepath.SkipDir
		}
		if strings.HasSuffix(path, ".go") && !strings.HasSuffix(path, "_test.go") {
			rel, err := filepath.Rel(root, filepath.Dir(path))
			if err != nil {
				return err
			}
			if rel = filepath.ToSlash(rel); !slices.Contains(list, rel) {
				list = append(list, rel)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return list
}
