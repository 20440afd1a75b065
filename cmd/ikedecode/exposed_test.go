//go:build unix

package main

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Whoever gives a file with keys that others can read is told so, in one line, and how to change it: of each file or directory once, and of nothing else.
func TestReadableKeyFiles(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string, mode os.FileMode) string {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
		return path
	}
	const keyLog, psk = "SKEYID - 0x000102030405060708090a0b0c0d0e0f10111213\n", ": PSK \"winter garden\"\n"
	const quiet = "Mar  1 10:00:00 gw charon: 05[IKE] initiating Main Mode IKE_SA gw[1] to 192.0.2.2\n"
	public, group, own := write("my keys.log", keyLog, 0o644), write("group.log", keyLog, 0o640), write("own.log", keyLog, 0o600)
	write("d/a.log", keyLog, 0o644)
	write("d/b.log", psk, 0o604)
	write("d/own.log", strings.ReplaceAll(keyLog, "00", "aa"), 0o600)
	write("d/quiet.log", quiet, 0o644)
	wire, err := os.ReadFile(filepath.Join(pcaps, "diag-psk-nat", "wire.pcap"))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name string
		args []string
		want []string
	}{
		{"by all", []string{"-k", public}, []string{public + `: has keys, and mode 0644 lets other users read them: chmod 600 "` + public + `"`}},
		{"by the group", []string{"-k", group}, []string{group + ": has keys, and mode 0640 lets other users read them: chmod 600 " + group}},
		{"by the owner", []string{"-k", own}, nil},
		{"twice", []string{"-k", group, "-k", group}, []string{group + ": has keys, and mode 0640 lets other users read them: chmod 600 " + group}},
		{"a directory", []string{"-k", filepath.Join(dir, "d")}, []string{dir + "/d: the modes of 2 files with keys, such as " + dir + "/d/a.log, let other users read them: chmod -R go-r " + dir + "/d"}},
		{"a log without keys", []string{"-k", filepath.Join(dir, "d", "quiet.log")}, nil},
		{"a list", []string{"--psk-file", filepath.Join(dir, "d", "b.log")}, []string{dir + "/d/b.log: has keys, and mode 0604 lets other users read them: chmod 600 " + dir + "/d/b.log"}},
		{"quiet", []string{"-q", "-k", public}, nil},
	} {
		for _, command := range []string{"diagnose", "timeline --live", "keys"} {
			var errs bytes.Buffer
			run(append(append(strings.Fields(command), c.args...), "-"), bytes.NewReader(wire), io.Discard, &errs)
			var got []string
			for line := range strings.Lines(errs.String()) {
				if text, ok := strings.CutPrefix(strings.TrimSuffix(line, "\n"), "ikedecode: warning: "); ok && strings.Contains(text, "chmod") {
					got = append(got, text)
				}
			}
			if strings.Join(got, "\n") != strings.Join(c.want, "\n") {
				t.Errorf("%s, %s: %q, want %q", c.name, command, got, c.want)
			}
		}
	}
}
