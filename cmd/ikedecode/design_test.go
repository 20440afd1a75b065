package main

import (
	"go/parser"
	"go/token"
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

// ownModule reports whether a directory below the root is a module of its own.
func ownModule(root, dir string) bool {
	return dir != root && exists(filepath.Join(dir, "go.mod"))
}

// packagesIn are the folders with Go files that are no tests.
func packagesIn(t *testing.T, root string) (list []string) {
	t.Helper()
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (d.Name() == "testdata" || d.Name() == "node_modules" || strings.HasPrefix(d.Name(), ".") && len(d.Name()) > 2 || ownModule(root, path)) {
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

// The last column of the table says what the packages of a row import, neither more nor less, for those that do not import most of what
// stands above them.
func TestDesignImports(t *testing.T) {
	root := filepath.Join("..", "..")
	text, err := os.ReadFile(filepath.Join(root, "docs", "design.md"))
	if err != nil {
		t.Fatal(err)
	}
	rows := regexp.MustCompile("(?m)^\\| `([^`]+)` \\|[^|]*\\| *([^|]*?) *\\|$").FindAllStringSubmatch(string(text), -1)
	if len(rows) < 20 {
		t.Fatalf("the table has %d rows", len(rows))
	}
	for _, m := range rows {
		pkg, says := m[1], m[2]
		has := importsOf(t, root, pkg)
		if except, ok := strings.CutPrefix(says, "all above but "); ok {
			if slices.Contains(has, strings.Trim(except, "`")) {
				t.Errorf("%s imports %s, which the table excludes", pkg, except)
			}
			continue
		}
		if list := strings.Join(has, ", "); !strings.HasPrefix(says, "all above") && says != list {
			t.Errorf("the table says that %s imports %q; it imports %q", pkg, says, list)
		}
	}
}

// importsOf lists, sorted, what a package of this module imports of it, without packages that are internal to another.
func importsOf(t *testing.T, root, pkg string) (list []string) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(root, filepath.FromSlash(pkg), "*.go"))
	if err != nil || len(files) == 0 {
		t.Fatalf("%s: no files (%v)", pkg, err)
	}
	for _, path := range files {
		if strings.HasSuffix(path, "_test.go") {
			continue
		}
		f, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ImportsOnly)
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range f.Imports {
			own, ok := strings.CutPrefix(strings.Trim(s.Path.Value, `"`), module+"/")
			if ok && !strings.Contains(own, "/internal/") && !slices.Contains(list, own) {
				list = append(list, own)
			}
		}
	}
	slices.Sort(list)
	return list
}
