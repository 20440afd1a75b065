package main

import "testing"

func TestWithin(t *testing.T) {
	for _, tt := range []struct {
		dir, parent string
		want        bool
	}{
		{"archive", "archive", true},
		{"archive/plain", "archive", true},
		{"archive/..plain", "archive", true}, // a name, not the directory above
		{"plain", "archive", false},
		{"archive-plain", "archive", false},
		{"archive/../plain", "archive", false},
		{"", "archive", false},
		{"s3://b/a/plain", "s3://b/a", true},
		{"s3://b/a-plain", "s3://b/a", false},
		{"s3://b/a", "a", false},
	} {
		if got := within(tt.dir, tt.parent); got != tt.want {
			t.Errorf("within(%q, %q) is %v", tt.dir, tt.parent, got)
		}
	}
}
