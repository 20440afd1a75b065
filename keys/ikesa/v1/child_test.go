package v1

import (
	"testing"

	"github.com/ikedecode/ikedecode/decode/ike"
	"github.com/ikedecode/ikedecode/esp"
)

// Every number of an encapsulation mode makes an SA of its mode, those of the drafts and Check Point's own too.
func TestEncapsulations(t *testing.T) {
	for mode, want := range map[ike.Encapsulation]esp.Params{
		0: {}, 1: {Tunnel: true}, 2: {Transport: true}, 3: {Tunnel: true, UDP: true}, 4: {Transport: true, UDP: true},
		61440: {Tunnel: true, UDP: true}, 61443: {Tunnel: true, UDP: true}, 61444: {Transport: true, UDP: true}, 99: {},
	} {
		suite := ike.Suite{Encapsulation: mode, Transforms: []ike.Transform{{Kind: ike.Integrity, Space: ike.Phase2Auth, ID: 2}}}
		p, n, unsupported := paramsOf(&ike.Proposal{Protocol: ike.AH, Suites: []ike.Suite{suite}})
		if unsupported != "" || n.mac != 20 || p.Tunnel != want.Tunnel || p.Transport != want.Transport || p.UDP != want.UDP {
			t.Errorf("%v: %+v, %+v, %q", mode, p, n, unsupported)
		}
	}
}

// What keeps a suite from being used is named without a word on why.
func TestUnsupportedSuites(t *testing.T) {
	cipher := func(id, bits uint16) ike.Transform {
		return ike.Transform{Kind: ike.Encryption, Space: ike.ESPTransform, ID: id, Bits: bits}
	}
	for want, p := range map[string]ike.Proposal{
		"IDEA-CBC":    {Protocol: ike.ESP, Suites: []ike.Suite{{Transforms: []ike.Transform{cipher(5, 0)}}}},
		"AES-CBC-100": {Protocol: ike.ESP, Suites: []ike.Suite{{Transforms: []ike.Transform{cipher(12, 100)}}}},
		"KPDK":        {Protocol: ike.AH, Suites: []ike.Suite{{Transforms: []ike.Transform{{Kind: ike.Integrity, Space: ike.Phase2Auth, ID: 4}}}}},
		"protocol 9":  {Protocol: 9, Suites: []ike.Suite{{}}},
		"":            {Protocol: ike.ESP, Suites: []ike.Suite{{Transforms: []ike.Transform{cipher(12, 128)}}}},
	} {
		if _, _, got := paramsOf(&p); got != want {
			t.Errorf("%+v: %q, want %q", p, got, want)
		}
	}
}
