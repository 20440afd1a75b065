package main

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/ikedecode/ikedecode/capture"
)

// captures calls fn for the captures below a directory: files named so, and inputs of fuzz targets that are captures.
func captures(dir string, fn func(path string, file []byte) error) error {
	return filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		file, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		if !strings.Contains(d.Name(), ".pcap") {
			if file = fuzzedCapture(file); file == nil {
				return nil
			}
		}
		return fn(path, file)
	})
}

// fuzzedCapture is the capture in an input of a fuzz target, as go test keeps it: a line for each argument; nil: none is a capture.
func fuzzedCapture(input []byte) []byte {
	lines, ok := bytes.CutPrefix(input, []byte("go test fuzz v1\n"))
	if !ok {
		return nil
	}
	for line := range bytes.Lines(lines) {
		text, ok := bytes.CutPrefix(bytes.TrimSpace(line), []byte("[]byte("))
		if !ok {
			continue
		}
		value, err := strconv.Unquote(string(bytes.TrimSuffix(text, []byte(")"))))
		if err == nil && len(value) >= 4 && capture.IsCaptureHead([]byte(value[:4])) {
			return []byte(value)
		}
	}
	return nil
}
