package main

import (
	"bytes"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"
)

// A diagram that is larger than mermaid shows is written, and said to be.
func TestLargeDiagram(t *testing.T) {
	if testing.Short() {
		t.Skip("every recorded session: the race detector makes it slow")
	}
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
		if got := strings.Contains(errs.String(), "mermaid accepts up to 50000"); got != c.large || (out.Len() > 50000) != c.large {
			t.Errorf("%d captures, %d characters: %s", len(c.files), out.Len(), &errs)
		}
	}
}

// Reports are as wide as the terminal. Through a pipe lines are as long as what they say.
func TestReportsFitTheTerminal(t *testing.T) {
	dir := filepath.Join(pcaps, "v1-main-psk-multi-proposals")
	wire, log := filepath.Join(dir, "wire.pcap"), filepath.Join(dir, "gwa.log")
	for _, args := range [][]string{
		{"timeline", "-k", log, wire}, {"timeline", "--ladder", "-k", log, wire}, {"sas", "-k", log, wire}, {"diagnose", "-k", log, wire},
	} {
		lines, longest := make(map[int]int), 0 // lines by width
		for _, columns := range []int{0, 60, 80, 120, 200} {
			var out, errs bytes.Buffer
			if code := runWith(args, streams{out: &out, err: &errs, columns: columns}); code != exitDone {
				t.Fatalf("%v: exit code %d: %s", args, code, &errs)
			}
			for line := range strings.Lines(out.String()) {
				lines[columns]++
				n := utf8.RuneCountInString(strings.TrimSuffix(line, "\n"))
				if columns == 0 {
					longest = max(longest, n)
				} else if n > columns {
					t.Errorf("%v: %d columns of %d: %s", args, n, columns, line)
				}
			}
		}
		if lines[60] <= lines[0] || longest < 100 || lines[200] > lines[60] {
			t.Errorf("%v: lines by width %v, the longest of %d", args, lines, longest)
		}
	}
}
