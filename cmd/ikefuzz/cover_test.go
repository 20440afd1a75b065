package main

import (
	"os"
	"path/filepath"
	"testing"
)

// A copy of the repository has all but what git keeps there, which is a file in a work tree.
func TestCopyTree(t *testing.T) {
	for name, git := range map[string]string{"repository": ".git/config", "work tree": ".git"} {
		from, to := t.TempDir(), filepath.Join(t.TempDir(), "copy")
		for _, file := range []string{git, ".a", "go.mod", "b/c"} {
			path := filepath.Join(from, file)
			if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, []byte("x"), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		if err := copyTree(to, from); err != nil {
			t.Fatal(err)
		}
		for _, file := range []string{".a", "go.mod", "b/c"} {
			if _, err := os.Stat(filepath.Join(to, file)); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
		if _, err := os.Stat(filepath.Join(to, ".git")); err == nil {
			t.Errorf("%s: .git is copied", name)
		}
	}
}
