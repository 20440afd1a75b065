package main

import (
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// coverage prints how much of each package the inputs of all targets reach together. The inputs have to be in testdata for that, so that it is a copy of the
// repository in which they run.
func coverage(list []target, corpus string) error {
	out, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}").Output()
	if err != nil {
		return fmt.Errorf("go list: %w", err)
	}
	root := strings.TrimSpace(string(out))
	parent, err := os.MkdirTemp("", "ikefuzz")
	if err != nil {
		return err
	}
	defer os.RemoveAll(parent)
	dir := filepath.Join(parent, "repository")
	if err := copyTree(dir, root); err != nil {
		return err
	}
	var pkgs []string
	for _, t := range list {
		at, err := filepath.Rel(root, t.dir)
		if err != nil {
			return err
		}
		from := filepath.Join(corpus, filepath.FromSlash(t.pkg), t.name)
		if _, err := os.Stat(from); err == nil {
			if err := copyFiles(filepath.Join(dir, at, "testdata", "fuzz", t.name), from); err != nil {
				return err
			}
		}
		if !slices.Contains(pkgs, t.pkg) {
			pkgs = append(pkgs, t.pkg)
		}
	}
	profile := filepath.Join(parent, "cover")
	cmd := exec.Command("go", append([]string{"test", "-run", "^Fuzz", "-coverpkg", "./...", "-coverprofile", profile, "-timeout", "0"}, pkgs...)...)
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("running the inputs: %w\n%s", err, out)
	}
	text, err := os.ReadFile(profile)
	if err != nil {
		return err
	}
	printCoverage(string(text))
	return nil
}

// copyTree copies a directory without what git and builds keep there.
func copyTree(to, from string) error {
	return filepath.WalkDir(from, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		at, err := filepath.Rel(from, path)
		if err != nil {
			return err
		}
		switch {
		case d.Name() == ".git" && d.IsDir():
			return fs.SkipDir
		case d.Name() == ".git": // of a work tree
			return nil
		case d.IsDir():
			return os.MkdirAll(filepath.Join(to, at), 0o755)
		case !d.Type().IsRegular():
			return nil
		}
		return copyFile(filepath.Join(to, at), path)
	})
}

func copyFiles(to, from string) error {
	entries, err := os.ReadDir(from)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(to, 0o755); err != nil {
		return err
	}
	for _, e := range entries {
		if err := copyFile(filepath.Join(to, e.Name()), filepath.Join(from, e.Name())); err != nil {
			return err
		}
	}
	return nil
}

func copyFile(to, from string) error {
	b, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	return os.WriteFile(to, b, 0o600)
}

// block is a line of a coverage profile: file:from,to statements count.
var block = regexp.MustCompile(`(?m)^(\S+/)[^/\s]+\.go:(\S+) (\d+) (\d+)$`)

// printCoverage prints the share of statements that are reached, by package. Several test binaries have a line for each block.
func printCoverage(profile string) {
	type statements struct{ all, reached int }
	seen := make(map[string]bool) // of block: whether it was reached
	size := make(map[string]int)
	for _, m := range block.FindAllStringSubmatch(profile, -1) {
		at := m[0][:strings.LastIndexByte(m[0][:strings.LastIndexByte(m[0], ' ')], ' ')]
		seen[at] = seen[at] || m[4] != "0"
		size[at] = number([]byte(m[3]))
	}
	by := make(map[string]*statements)
	for at, reached := range seen {
		pkg := at[:strings.LastIndexByte(at[:strings.IndexByte(at, ':')], '/')]
		s := by[pkg]
		if s == nil {
			s = &statements{}
			by[pkg] = s
		}
		s.all += size[at]
		if reached {
			s.reached += size[at]
		}
	}
	var names []string
	for pkg := range by {
		names = append(names, pkg)
	}
	slices.Sort(names)
	fmt.Printf("\n%-44s %10s\n", "package", "reached")
	for _, pkg := range names {
		s := by[pkg]
		fmt.Printf("%-44s %9.1f%%\n", short(pkg), 100*float64(s.reached)/float64(max(s.all, 1)))
	}
}
