//go:build unix

package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A broken file of an archive is a warning that names it, for batch and for merge, and keeps neither the others from being decrypted nor the next one from
// being whole.
func TestBatchBroken(t *testing.T) {
	c := cutUp(t, "v2-psk-aes128-sha256", 10, 20)
	dir := t.TempDir()
	keys, out := filepath.Join(dir, "keys.log"), filepath.Join(dir, "plain")
	runDone(t, append([]string{"export", "keylog", c.archive, "-o", keys}, c.secrets...)...)
	second := filepath.Join(c.archive, "gate", "wire.pcap1")
	b, err := os.ReadFile(second)
	if err != nil {
		t.Fatal(err)
	}
	putFile(t, second, b[:len(b)-5])
	putFile(t, filepath.Join(c.archive, "gate", "wire.pcap7"), []byte("this is none"))
	putFile(t, filepath.Join(c.archive, "gate", "wire.pcap8"), nil)
	putFile(t, filepath.Join(c.archive, "gate", "notes"), []byte("nor is this"))
	if err := os.Chmod(keys, 0o644); err != nil {
		t.Fatal(err)
	}
	says := func(args []string, want ...string) {
		t.Helper()
		var stdout, errs bytes.Buffer
		if code := run(args, strings.NewReader(""), &stdout, &errs); code != exitIncomplete {
			t.Errorf("%v: exit code %d", args, code)
		}
		for _, text := range want {
			if !strings.Contains(errs.String(), text) {
				t.Errorf("%v does not say %q:\n%s", args, text, &errs)
			}
		}
		if n := strings.Count(errs.String(), "truncated or damaged"); n != 1 {
			t.Errorf("%v tells %d times that a file is truncated:\n%s", args, n, &errs)
		}
	}
	says([]string{"batch", c.archive, "-w", out, "-k", keys}, "chmod 600", "gate/wire.pcap1: truncated or damaged at byte ", "1 file ignored that is not a capture: notes",
		"gate/wire.pcap7: not read: not a pcap or pcapng file", "gate/wire.pcap8: not read: the file is empty", "5 files, 2 not read; ", " 0 not decrypted")
	says([]string{"merge", out}, "gate/wire.pcap1: truncated or damaged at byte ", "2 files not read: gate/wire.pcap7 and gate/wire.pcap8", "5 files, 2 not read; ", " 0 not decrypted")
	var errs bytes.Buffer
	if run([]string{"batch", c.archive, "-w", out + "2"}, strings.NewReader(""), &bytes.Buffer{}, &errs); !strings.Contains(errs.String(), "no keys given") {
		t.Errorf("without keys: %s", &errs)
	}
}

// What is damaged in OUT, marks, outputs and the manifest, is made again by the next batch, which leaves the rest alone.
func TestBatchDamaged(t *testing.T) {
	c := cutUp(t, "v2-psk-aes128-sha256", 8, 16, 24, 32, 40, 48)
	dir := t.TempDir()
	keys, want, out := filepath.Join(dir, "keys.log"), filepath.Join(dir, "want"), filepath.Join(dir, "out")
	runDone(t, append([]string{"export", "keylog", c.archive, "-q", "-o", keys}, c.secrets...)...)
	for _, to := range []string{want, out} {
		runDone(t, "batch", c.archive, "-q", "-w", to, "-k", keys)
	}
	at := func(i int, suffix string) string {
		return filepath.Join(out, "gate", fmt.Sprintf("wire.pcap%d%s", i, suffix))
	}
	mark := contents(t, at(0, ".json"))
	for path, b := range map[string][]byte{
		at(0, ".json"): mark[:len(mark)/2], at(1, ".json"): nil, at(2, ".json"): []byte("null\n"), at(3, ".json"): []byte(`{"mark":2,"name":"gate/wire.pcap3"}`),
		at(4, ".pcapng"): contents(t, at(4, ".pcapng"))[:100], at(5, ".pcapng"): nil,
	} {
		putFile(t, path, b)
	}
	var errs bytes.Buffer
	if code := run([]string{"merge", out, "-q"}, strings.NewReader(""), io.Discard, &errs); code != exitIncomplete {
		t.Errorf("merge: exit code %d: %s", code, &errs)
	}
	_, said := runDone(t, "batch", c.archive, "-w", out, "-k", keys)
	if !strings.Contains(said, "7 files, 1 done before; ") {
		t.Error(said)
	}
	putFile(t, filepath.Join(out, manifestIn), []byte("{"))
	errs.Reset()
	if code := run([]string{"merge", out}, strings.NewReader(""), io.Discard, &errs); code != exitFailed || !strings.Contains(errs.String(), "hint: run batch again") {
		t.Errorf("merge: exit code %d: %s", code, &errs)
	}
	if _, said := runDone(t, "batch", c.archive, "-w", out, "-k", keys); !strings.Contains(said, "7 files, 7 done before; ") {
		t.Error(said)
	}
	sameFiles(t, want, out)
	putFile(t, keys+manifestSuffix, []byte("{"))
	errs.Reset()
	if code := run([]string{"batch", c.archive, "-w", out, "-k", keys}, strings.NewReader(""), io.Discard, &errs); code != exitFailed || !strings.Contains(errs.String(), "hint: run export keylog again") {
		t.Errorf("batch: exit code %d: %s", code, &errs)
	}
	if err := os.Remove(keys + manifestSuffix); err != nil {
		t.Fatal(err)
	}
	putFile(t, filepath.Join(out, manifestIn), []byte("{"))
	if _, said := runDone(t, "batch", c.archive, "-w", out, "-k", keys); !strings.Contains(said, manifestIn+": not a manifest of this version of ikedecode, or damaged; writing a new one") {
		t.Error(said)
	}
}

// sameFiles compares the files of two directories.
func sameFiles(t *testing.T, want, got string) {
	t.Helper()
	list := filesIn(t, want)
	if n := len(filesIn(t, got)); n != len(list) {
		t.Errorf("%d files, not %d", n, len(list))
	}
	for _, path := range list {
		name := strings.TrimPrefix(path, want)
		if b, err := os.ReadFile(got + name); err != nil || !bytes.Equal(b, contents(t, path)) {
			t.Errorf("%s: %d bytes, %v", name, len(b), err)
		}
	}
}
