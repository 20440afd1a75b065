//go:build unix

package main

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
)

// The commands of a store that is a directory.
const (
	listFiles = `cd "$1" && find . -type f | while IFS= read -r f; do echo "$(wc -c < "$f")" "${f#./}"; done`
	printFile = `cat -- "$1"`
	storeFile = `mkdir -p -- "$(dirname -- "$1")" && cat > "$1"`
)

// files are the files below a directory, by name; without the times of manifests and marks, which such a store does not tell.
func files(t *testing.T, dir string) map[string]string {
	t.Helper()
	m := make(map[string]string)
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		var lines []string
		for line := range strings.Lines(string(b)) {
			if !strings.Contains(line, `"modified"`) || !strings.HasSuffix(path, ".json") || strings.HasPrefix(line, "{\"mark\"") {
				lines = append(lines, line)
			}
		}
		rel, _ := filepath.Rel(dir, path)
		m[rel] = strings.Join(lines, "")
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// withUnix has the commands of every Unix found, where the PATH of the test has Go alone.
func withUnix(t *testing.T) {
	t.Helper()
	t.Setenv("PATH", os.Getenv("PATH")+":/usr/bin:/bin")
}

// An archive behind commands becomes the same as one in a directory, whatever its files are called: no name is a part of a command.
func TestArchiveCommands(t *testing.T) {
	withUnix(t)
	c := cutUp(t, "path-mtu-tcp", 9, 20, 30)
	dir := t.TempDir()
	for i, name := range []string{"wire 0.pcap", "$(touch " + "pwned).pcap1", "'; touch pwned; '.pcap2", "-n.pcap3"} {
		if err := os.Rename(filepath.Join(c.archive, "gate", "wire.pcap"+string(rune('0'+i))), filepath.Join(c.archive, "gate", name)); err != nil {
			t.Fatal(err)
		}
	}
	away := []string{"--list", listFiles, "--get", printFile}
	here, there := filepath.Join(dir, "here.log"), filepath.Join(dir, "there.log")
	runDone(t, slices.Concat([]string{"export", "keylog", c.archive, "-q", "-o", here}, c.secrets)...)
	runDone(t, slices.Concat([]string{"export", "keylog", c.archive, "-q", "-o", there}, c.secrets, away)...)
	a, errA := os.ReadFile(here)
	b, errB := os.ReadFile(there)
	if errA != nil || errB != nil || !bytes.Equal(a, b) || !exists(there+manifestSuffix) {
		t.Errorf("key logs differ: %d and %d bytes: %v, %v", len(a), len(b), errA, errB)
	}
	plain, other := filepath.Join(dir, "plain"), filepath.Join(dir, "other")
	c.run(t, "batch", c.archive, "-k", here, "-w", plain, "-q", "--part-size", "2K")
	args := slices.Concat([]string{"batch", c.archive, "-k", there, "-w", other, "-q", "--put", storeFile, "--part-size", "2K"}, away)
	for range 2 {
		if out, _ := c.run(t, args...); out != "" {
			t.Error(out)
		}
	}
	got, want := files(t, other), files(t, plain)
	for name := range want {
		if g, w := got[name], want[name]; !strings.HasSuffix(name, ".json") && g != w {
			t.Errorf("%s: %d bytes, in the directory %d", name, len(g), len(w))
		}
	}
	if len(got) != len(want) || len(want) < 9 {
		t.Errorf("%d files, in the directory %d", len(got), len(want))
	}
	m, _ := c.run(t, "merge", plain, "--json", "-q")
	n, _ := c.run(t, slices.Concat([]string{"merge", other, "--json", "-q"}, away)...)
	if list := unlike(t, m, n); len(list) > 0 {
		t.Error(list)
	}
	for _, place := range []string{".", dir, c.archive, filepath.Join(c.archive, "gate")} {
		if exists(filepath.Join(place, "pwned")) {
			t.Errorf("a name was run as a command, in %s", place)
		}
	}
}

// What a command says when it fails is in the error; what it lists is to be sizes and names, and a name does not lead out of the output.
func TestCommandsFail(t *testing.T) {
	withUnix(t)
	c := cutUp(t, "v2-psk-aes128-sha256", 9)
	out := filepath.Join(t.TempDir(), "plain")
	for _, x := range []struct {
		list, get string
		want      []string
	}{
		{"echo no such bucket >&2; exit 1", printFile, []string{"no such bucket"}},
		{"echo wire.pcap", printFile, []string{`"wire.pcap" must be a size in bytes`}},
		{"echo 10 wire.pcap", "echo down >&2; exit 1", []string{"wire.pcap", "down"}},
		{"echo 10 ../../wire.pcap", printFile, []string{"../../wire.pcap: not read: the name leads out of the archive"}},
	} {
		var errs bytes.Buffer
		code := run([]string{"batch", c.archive, "-w", out, "--list", x.list, "--get", x.get}, nil, &errs, &errs)
		for _, want := range x.want {
			if !strings.Contains(errs.String(), want) || code == exitDone {
				t.Errorf("%s: exit code %d: %s", x.list, code, &errs)
			}
		}
	}
	for _, args := range [][]string{{"--get", printFile}, {"--list", listFiles}, {"--put", storeFile}} {
		var errs bytes.Buffer
		if code := run(append([]string{"batch", c.archive, "-w", out}, args...), nil, &errs, &errs); code != exitUsage {
			t.Errorf("%v: exit code %d: %s", args, code, &errs)
		}
	}
}

// What commands write, and the temporary files that they are given, no one else can read, whatever the umask.
func TestCommandsPrivate(t *testing.T) {
	withUnix(t)
	defer syscall.Umask(syscall.Umask(0))
	c := cutUp(t, "v2-psk-aes128-sha256", 9, 20)
	dir := t.TempDir()
	out, temp, said := filepath.Join(dir, "plain"), filepath.Join(dir, "temp"), filepath.Join(dir, "said")
	if err := os.Mkdir(temp, 0o700); err != nil {
		t.Fatal(err)
	}
	t.Setenv("TMPDIR", temp)
	t.Setenv("SAID", said)
	const look = `find "$TMPDIR" -type f -exec ls -l {} + >> "$SAID"; `
	c.run(t, slices.Concat([]string{"batch", c.archive, "-w", out, "-q", "--list", listFiles, "--get", look + printFile, "--put", look + storeFile}, c.secrets)...)
	b, err := os.ReadFile(said)
	lines := strings.Split(strings.TrimSpace(string(b)), "\n")
	if err != nil || len(lines) < 2*c.files {
		t.Errorf("%d temporary files were seen: %v", len(lines), err)
	}
	for _, line := range lines {
		if !strings.HasPrefix(line, "-rw-------") {
			t.Errorf("a temporary file: %s", line)
		}
	}
	if names := modes(t, out, 0o600); names < 2*c.files+1 {
		t.Errorf("%d files were written", names)
	}
	if n := modes(t, temp, 0o600); n > 0 {
		left, _ := filepath.Glob(filepath.Join(temp, "*", "*"))
		t.Errorf("%d temporary files are left: %q", n, left)
	}
}

// modes counts the files below a directory, of which each is to have that mode.
func modes(t *testing.T, dir string, want fs.FileMode) (n int) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		n++
		info, err := d.Info()
		if err == nil && info.Mode().Perm() != want {
			t.Errorf("%s: mode %v", path, info.Mode())
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// Nothing of the environment that may be a secret of this program goes to commands.
func TestCommandsEnvironment(t *testing.T) {
	withUnix(t)
	t.Setenv(envPSK, "not for others")
	dir := t.TempDir()
	said := filepath.Join(dir, "env")
	t.Setenv("SAID", said)
	var errs bytes.Buffer
	run([]string{"batch", dir, "-w", filepath.Join(t.TempDir(), "plain"), "-q", "--list", `env > "$SAID"`, "--get", "false"}, nil, &errs, &errs)
	if b, err := os.ReadFile(said); err != nil || strings.Contains(string(b), "not for others") {
		t.Error(err, string(b))
	}
}
