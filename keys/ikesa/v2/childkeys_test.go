package v2

import (
	"testing"

	"github.com/ikedecode/ikedecode/decode/ike"
	"github.com/ikedecode/ikedecode/keys/ikesa"
)

// What keeps a suite from being used is named without a word on why.
func TestUnsupportedSuites(t *testing.T) {
	k := childKeys{child: &ikesa.Child{}}
	for want, x := range map[string]ike.Transform{
		"IDEA-CBC":    {Kind: ike.Encryption, Space: ike.ENCR, ID: 5},
		"AES-CBC-100": {Kind: ike.Encryption, Space: ike.ENCR, ID: 12, Bits: 100},
		"KPDK-MD5":    {Kind: ike.Integrity, Space: ike.INTEG, ID: 4},
		"":            {Kind: ike.Encryption, Space: ike.ENCR, ID: 12, Bits: 128},
	} {
		p := ike.Proposal{Protocol: ike.ESP, Suites: []ike.Suite{{Transforms: []ike.Transform{x}}}}
		if _, _, _, got := k.params(&p); got != want {
			t.Errorf("%v: %q, want %q", x, got, want)
		}
	}
}
