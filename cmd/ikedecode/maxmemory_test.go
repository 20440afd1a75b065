package main

import "testing"

// A size is told as it was given.
func TestSizeText(t *testing.T) {
	for _, text := range []string{"128M", "1G", "3T", "1000", "1536K"} {
		var s sizeFlag
		if err := s.Set(text); err != nil {
			t.Fatal(err)
		}
		if got := sizeText(int64(s)); got != text {
			t.Errorf("%s is told as %s", text, got)
		}
	}
}
