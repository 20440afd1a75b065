package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestProfiled runs with and without a profile: the exit code stays, the profile is gzip, and a file that cannot be made is a warning.
func TestProfiled(t *testing.T) {
	name := filepath.Join(t.TempDir(), "cpu.pprof")
	for _, tt := range []struct{ name, warning string }{
		{"", ""},
		{name, ""},
		{filepath.Join(name, "below-a-file"), "warning: no CPU profile: "},
	} {
		var errw strings.Builder
		ran := false
		if code := profiled(tt.name, &errw, func() int { ran = true; return 3 }); code != 3 || !ran {
			t.Errorf("%q: ran %t, exit code %d, want 3", tt.name, ran, code)
		}
		if got := errw.String(); !strings.Contains(got, tt.warning) || tt.warning == "" && got != "" {
			t.Errorf("%q: said %q, want %q", tt.name, got, tt.warning)
		}
	}
	if b, err := os.ReadFile(name); err != nil || !bytes.HasPrefix(b, []byte{0x1f, 0x8b}) {
		t.Errorf("the profile: %v, %d bytes, want gzip", err, len(b))
	}
}
