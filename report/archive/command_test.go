//go:build unix

package archive

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ikedecode/ikedecode/capture"
)

func readOf(t *testing.T, s Store, name string, from, to int64) (string, error) {
	t.Helper()
	r, err := s.Open(context.Background(), name, from, to)
	if err != nil {
		return "", err
	}
	defer r.Close()
	b, err := io.ReadAll(r)
	return string(b), err
}

// withUnix has the commands of every Unix found, where the PATH of the test has Go alone.
func withUnix(t *testing.T) {
	t.Helper()
	t.Setenv("PATH", os.Getenv("PATH")+":/usr/bin:/bin")
}

func has(s Store, name string) bool {
	_, ok := s.Size(context.Background(), name)
	return ok
}

// A store of commands gives objects, and parts of them, as a directory does.
func TestCommands(t *testing.T) {
	withUnix(t)
	ctx, dir := context.Background(), t.TempDir()
	c := CommandStore{Commands{At: dir, List: `cd "$1"; wc -c *`, Get: `cat "$1"`, Put: `cat > "$1"`}}
	text := strings.Repeat("0123456789", 10_000)
	if err := c.Write(ctx, "a b", []byte(text)); err != nil {
		t.Fatal(err)
	}
	if b, err := c.Read(ctx, "a b"); err != nil || string(b) != text || !has(c, "a b") {
		t.Error(len(b), err)
	}
	if _, err := c.Read(ctx, "none"); !errors.Is(err, fs.ErrNotExist) || has(c, "none") {
		t.Error(err)
	}
	for _, x := range [][2]int64{{0, 0}, {5, 0}, {0, 12}, {99_990, 99_995}, {70_001, 70_002}} {
		got, err := readOf(t, c, "a b", x[0], x[1])
		want, e := readOf(t, Dir(dir), "a b", x[0], x[1])
		if err != nil || e != nil || got != want || want == "" {
			t.Errorf("%v: %d bytes, of the directory %d: %v, %v", x, len(got), len(want), err, e)
		}
	}
	for _, x := range []struct {
		part capture.Part
		want string
	}{
		{capture.Part{}, text},
		{capture.Part{Head: 3, From: 5}, text[:3] + text[5:]},
		{capture.Part{Head: 3, From: 50_000, To: 50_004}, text[:3] + text[50_000:50_004]},
		{capture.Part{Head: 3, To: 7}, text[:7]},
	} {
		x.part.Path = "a b"
		local, done, err := c.Fetch(ctx, x.part)
		if err != nil {
			t.Fatal(err)
		}
		info, err := os.Stat(local.Path)
		if b, e := os.ReadFile(local.Path); err != nil || e != nil || string(b) != x.want || info.Mode().Perm() != 0o600 || local.From != 0 || local.To != 0 {
			t.Errorf("%+v: %d bytes, want %d: %v, %v", x.part, len(b), len(x.want), err, e)
		}
		if done(); exists(filepath.Dir(local.Path)) {
			t.Errorf("%s is left", local.Path)
		}
	}
	at, keep, _, err := c.Create(ctx, "new")
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(os.WriteFile(at, []byte("made"), 0o600), keep()); err != nil || exists(at) {
		t.Error(err)
	}
	list, err := c.List(ctx) // wc adds a line with the sum
	if err != nil || len(list) != 3 || list[0] != (Object{Name: "a b", Size: 100_000}) || list[1] != (Object{Name: "new", Size: 4}) {
		t.Error(list, err)
	}
}

// A command that fails after it has written something has not given the object; one that does not end is ended.
func TestCommandsThatFail(t *testing.T) {
	withUnix(t)
	ctx := context.Background()
	c := CommandStore{Commands{At: "x", Get: "echo some; echo connection reset >&2; exit 3"}}
	if _, err := readOf(t, c, "a", 0, 0); err == nil || !strings.Contains(err.Error(), "connection reset") || !strings.Contains(err.Error(), "x/a") {
		t.Error(err)
	}
	if _, _, err := c.Fetch(ctx, capture.Part{Path: "a"}); err == nil {
		t.Error("half an object is taken for one")
	}
	c.Get = "yes | cat"
	if got, err := readOf(t, c, "a", 1, 5); err != nil || got != "\ny\ny" {
		t.Errorf("%q: %v", got, err)
	}
	c.Put = "cat > /dev/null; echo disk full >&2; exit 1"
	if err := c.Write(ctx, "a", bytes.Repeat([]byte("x"), 1<<20)); err == nil || !strings.Contains(err.Error(), "disk full") {
		t.Error(err)
	}
}

// No object is written outside of a directory, whatever it is called.
func TestDirInside(t *testing.T) {
	ctx, dir := context.Background(), t.TempDir()
	d := Dir(filepath.Join(dir, "out"))
	for _, name := range []string{"../x", "a/../../x", "/x", "..", ""} {
		_, _, _, err := d.Create(ctx, name)
		if e := d.Write(ctx, name, nil); err == nil || e == nil || exists(filepath.Join(dir, "x")) {
			t.Errorf("%q: %v, %v", name, err, e)
		}
	}
}
