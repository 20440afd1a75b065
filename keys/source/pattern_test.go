package source

import (
	"regexp"
	"testing"
)

// Expressions are compiled when they are first tried: here all of them are, so that one that does not compile is found before a user's file does.
func TestPatterns(t *testing.T) {
	if len(patterns) < 200 {
		t.Fatalf("%d patterns", len(patterns))
	}
	for _, p := range patterns {
		if _, err := regexp.Compile(p.expr); err != nil {
			t.Error(err)
		}
	}
}
