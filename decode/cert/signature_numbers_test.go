package cert

import (
	"fmt"
	"testing"

	"github.com/ikedecode/ikedecode/decode/internal/testbytes"
)

func TestNumberNames(t *testing.T) {
	tests := []struct {
		v    fmt.Stringer
		want string
	}{
		{HashSHA256, "SHA2-256"}, {HashAlgorithm(99), "hash 99"},
	}
	for _, tt := range tests {
		if got := tt.v.String(); got != tt.want {
			t.Errorf("got %q, want %q", got, tt.want)
		}
	}
}

// The registries have no holes where we would show a number for a name.
func TestRegistriesAreComplete(t *testing.T) {
	check := func(what string, missing any) {
		if s := fmt.Sprint(missing); s != "[]" {
			t.Errorf("%s without a name: %s", what, s)
		}
	}
	check("hash algorithms", testbytes.Holes(hashAlgorithmNames, 0, HashStreebog512))
}
