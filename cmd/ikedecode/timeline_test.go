package main

import (
	"bytes"
	"path/filepath"
	"strings"
	"testing"
)

// A diagram that is larger than mermaid shows is written, and said to be.
func TestLargeDiagram(t *testing.T) {
	files, _ := filepath.Glob(filepath.Join(captures2, "*", "wire.pcap"))
	if len(files) == 0 {
		t.Skipf("%s is not there", captures2)
	}
	for _, c := range []struct {
		files []string
		large bool
	}{{files[:1], false}, {files, true}} {
		var out, errs bytes.Buffer
		args := []string{"timeline", "--format", "mermaid"}
		for _, f := range c.files {
			args = append(args, f)
			if logs, _ := filepath.Glob(filepath.Join(filepath.Dir(f), "gwa.log")); len(logs) == 1 {
				args = append(args, "-k", logs[0])
			}
		}
		code := run(args, nil, &out, &errs)
		if code != exitDone && code != exitIncomplete {
			t.Fatalf("exit code %d: %s", code, &errs)
		}
		if got := strings.Contains(errs.String(), "mermaid shows up to 50000"); got != c.large || (out.Len() > 50000) != c.large {
			t.Errorf("%d captures, %d characters: %s", len(c.files), out.Len(), &errs)
		}
	}
}
