//go:build unix

package main

import (
	"bytes"
	"io"
	"path/filepath"
	"strings"
	"testing"
)

// A machine on which the same key log lies elsewhere does nothing again, and writes the same bytes; with other keys what was not decrypted is done
// again, and becomes what it is with all of them from the start.
func TestBatchKeysElsewhere(t *testing.T) {
	c := cutUp(t, "v1-main-psk-aes128-sha1", 12, 30)
	dir := t.TempDir()
	keys, elsewhere, some := filepath.Join(dir, "keys.log"), filepath.Join(dir, "mount", "keys.log"), filepath.Join(dir, "some", "keys.log")
	runDone(t, append([]string{"export", "keylog", c.archive, "-q", "-o", keys}, c.secrets...)...)
	whole := contents(t, keys)
	putFile(t, elsewhere, whole)
	var few []byte // one direction of ESP alone
	for line := range bytes.Lines(whole) {
		if bytes.HasPrefix(line, []byte("ESP_SA")) {
			few = bytes.Clone(line)
		}
	}
	putFile(t, some, few)
	batch := func(log, out string) (said string, code int) {
		t.Helper()
		var errs bytes.Buffer
		code = run([]string{"batch", c.archive, "-k", log, "--manifest", keys + manifestSuffix, "-w", filepath.Join(dir, out)},
			strings.NewReader(""), io.Discard, &errs)
		return errs.String(), code
	}
	for _, x := range []struct {
		log, out string
		code     int
		says     string
	}{
		{keys, "here", exitDone, "3 files; "},
		{elsewhere, "there", exitDone, "3 files; "},
		{elsewhere, "here", exitDone, "3 files, 3 done before; "},
		{some, "later", exitIncomplete, "3 files; "},
		{some, "later", exitIncomplete, "3 files, 3 done before; "},
		{elsewhere, "later", exitDone, "3 files; "},
	} {
		if said, code := batch(x.log, x.out); code != x.code || !strings.Contains(said, x.says) {
			t.Errorf("%s to %s: exit code %d, not %q: %s", x.log, x.out, code, x.says, said)
		}
	}
	sameFiles(t, filepath.Join(dir, "here"), filepath.Join(dir, "there"))
	a, _ := runDone(t, "merge", filepath.Join(dir, "here"), "--json", "-q")
	b, _ := runDone(t, "merge", filepath.Join(dir, "later"), "--json", "-q")
	if list := unlike(t, a, b); len(list) > 0 {
		t.Error(list)
	}
}
