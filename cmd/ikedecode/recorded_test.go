package main

import (
	"bytes"
	"io/fs"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/ikedecode/ikedecode/internal/testfile"
)

// recordedPath is a path in what was recorded, by its first folder.
var recordedPath = regexp.MustCompile(`(?m)(?:^|[\s"'=(:])/([a-z]{3,})/[\w.-]+`)

// systemFolders are those that every machine has, and those of sources that daemons name.
var systemFolders = []string{"etc", "usr", "lib", "run", "dev", "var", "tmp", "bin", "sbin", "proc", "sys", "opt", "programs", "lab"}

// No recorded session tells where it was recorded.
func TestRecordedPaths(t *testing.T) {
	files := 0
	err := filepath.WalkDir("../../testdata", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || strings.Contains(path, ".pcap") {
			return err
		}
		files++
		for _, m := range recordedPath.FindAllSubmatch(testfile.Read(t, path), -1) {
			if !slices.Contains(systemFolders, string(m[1])) {
				t.Errorf("%s: a path of the machine that it was recorded on: %s", path, bytes.TrimSpace(m[0]))
				break
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if files < 100 {
		t.Errorf("%d files", files)
	}
}
