//go:build unix

package main

import (
	"bytes"
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
	fileAt(t, second, b[:len(b)-5])
	fileAt(t, filepath.Join(c.archive, "gate", "wire.pcap7"), []byte("this is none"))
	fileAt(t, filepath.Join(c.archive, "gate", "wire.pcap8"), nil)
	fileAt(t, filepath.Join(c.archive, "gate", "notes"), []byte("nor is this"))
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
