package main

import "testing"

// A word that is near to a name, or its front, gets that name; what is far from all gets none.
func TestClosest(t *testing.T) {
	for _, c := range []struct {
		word  string
		names []string
		want  string
	}{
		{"iner", []string{"ike", "inner", "opened"}, "inner"},
		{"decrpyt", []string{"decrypt", "diagnose"}, "decrypt"},
		{"TIMELINE", []string{"timeline"}, "timeline"},
		{"diag", []string{"decrypt", "diagnose"}, "diagnose"},
		{"--since-time", []string{"--since", "--until"}, ""},
		{"--onyl", []string{"--json", "--only"}, "--only"},
		{"esp", []string{"wireshark", "esp-sa", "xfrm"}, "esp-sa"},
		{"x", []string{"xfrm", "ikev1"}, ""},
		{"pem", []string{"wireshark", "esp-sa", "xfrm", "keylog"}, ""},
		{"", []string{"sa"}, ""},
	} {
		if got := closest(c.word, c.names); got != c.want {
			t.Errorf("%q: %q, want %q", c.word, got, c.want)
		}
	}
}
