package capture

import (
	"os"
	"path/filepath"
	"testing"
)

// An unfinished file takes its place when it is complete, over what is there; before that it is nowhere, or removed; it may rest.
func TestUnfinished(t *testing.T) {
	for _, c := range []struct {
		name        string
		rests, ends bool // ends: by Commit
	}{{"done", false, true}, {"done, rested", true, true}, {"aborted", false, false}, {"aborted, rested", true, false}} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			to := filepath.Join(dir, "out.pcapng")
			if err := os.WriteFile(to, []byte("before"), 0o644); err != nil {
				t.Fatal(err)
			}
			u, err := CreateUnfinished(to)
			if err != nil {
				t.Fatal(err)
			}
			text := "after"
			if _, err := u.WriteString(text); err != nil {
				t.Fatal(err)
			}
			if c.rests {
				if err := u.Rest(); err != nil {
					t.Fatal(err)
				}
				if err := u.Wake(); err != nil {
					t.Fatal(err)
				}
			}
			want, mode := "before", os.FileMode(0o644)
			if c.ends {
				if err := u.Commit(); err != nil {
					t.Fatal(err)
				}
				want, mode = text, 0o600
			}
			u.Abort()
			b, err := os.ReadFile(to)
			info, statErr := os.Stat(to)
			list, _ := os.ReadDir(dir)
			if err != nil || statErr != nil || string(b) != want || info.Mode().Perm() != mode || len(list) != 1 {
				t.Errorf("%q, %v, %d files, %v, want %q", b, info.Mode(), len(list), err, want)
			}
		})
	}
}

// Those with a name are removed all at once.
func TestRemoveUnfinished(t *testing.T) {
	dir := t.TempDir()
	u, err := CreateUnfinished(filepath.Join(dir, "out.pcapng"))
	if err != nil {
		t.Fatal(err)
	}
	defer u.Abort()
	if err := u.Rest(); err != nil {
		t.Fatal(err)
	}
	before, _ := os.ReadDir(dir)
	RemoveUnfinished()
	if after, err := os.ReadDir(dir); len(before) != 1 || len(after) != 0 || err != nil {
		t.Errorf("%d files, then %d, %v", len(before), len(after), err)
	}
}
