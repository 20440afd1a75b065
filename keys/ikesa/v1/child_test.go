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
		p, n, err := paramsOf(&ike.Proposal{Protocol: ike.AH, Suites: []ike.Suite{suite}})
		if err != nil || n.mac != 20 || p.Tunnel != want.Tunnel || p.Transport != want.Transport || p.UDP != want.UDP {
			t.Errorf("%v: %+v, %+v, %v", mode, p, n, err)
		}
	}
}
