package main

import (
	"io/fs"
	"strings"
	"testing"
)

// Where no file can be made in a directory there is no file with permissions.
func TestHintOfPermission(t *testing.T) {
	if got := hintOf(&fs.PathError{Op: "write", Path: "keys.log", Err: fs.ErrPermission}); !strings.Contains(got, "directory") {
		t.Errorf("hint %q, want the directory named too", got)
	}
}
