package source

import (
	"fmt"
	"strings"
	"testing"
)

// What is kept of a file is bounded; a warning says from where on nothing was read.
func TestMaxMemory(t *testing.T) {
	const n, most = 20_000, 2 << 20
	var text strings.Builder
	for i := range n {
		fmt.Fprintf(&text, "DH_SECRET %016x:%016x 0x%064x\n", i+1, i+1, i)
	}
	bag, err := Options{MaxMemory: most}.ReadFrom("keys.log", strings.NewReader(text.String()))
	if err != nil {
		t.Fatal(err)
	}
	kept := len(bag.Secrets)
	if kept < most/keptBytes/4 || bag.Memory() > most || len(bag.Warnings) != 1 || bag.Warnings[0].Line != kept {
		t.Errorf("%d kept in %d bytes, warnings %v", kept, bag.Memory(), bag.Warnings)
	}
	if bag, err = (Options{}).ReadFrom("keys.log", strings.NewReader(text.String())); err != nil || len(bag.Secrets) != n {
		t.Errorf("%d without a bound: %v", len(bag.Secrets), err)
	}
}
