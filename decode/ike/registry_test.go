package ike

import (
	"slices"
	"testing"
)

// The registries, as IANA has them; what is left out is not assigned or reserved.
func TestRegistriesAreComplete(t *testing.T) {
	for _, c := range []struct {
		space       Space
		first, last uint16
		skip        []uint16
	}{
		{ENCR, 1, 35, []uint16{10, 17}}, {PRFs, 1, 9, nil}, {INTEG, 0, 14, nil}, {ESNs, 0, 2, nil}, {KWA, 1, 4, nil}, {GCAUTH, 1, 2, nil},
		{Group, 0, 37, nil}, {ESPTransform, 0, 23, []uint16{17}}, {Phase2Auth, 0, 13, nil}, {IPCompAlg, 1, 4, nil}, {AHTransform, 2, 13, nil},
	} {
		for id := c.first; id <= c.last; id++ {
			if _, ok := c.space.Name(id); !ok && !slices.Contains(c.skip, id) {
				t.Errorf("space %d has no name for %d", c.space, id)
			}
		}
	}
	for _, m := range [][2]uint16{{1, 1}, {1, 2}, {1, 3}, {1, 4}, {1, 8}, {1, 11}, {2, 0}, {2, 1}, {2, 2}, {2, 3}, {2, 9}, {2, 10}, {2, 11}, {2, 12},
		{2, 13}, {2, 14}} {
		if authMethodNames[m[0]][m[1]] == "" {
			t.Errorf("authentication method %d of IKEv%d without a name", m[1], m[0])
		}
	}
	for e := CertEncoding(0); e <= CertRawPublicKey; e++ {
		if certEncodingNames[e] == "" {
			t.Errorf("certificate encoding %d without a name", e)
		}
	}
	for k := Encryption; k <= GCAuth; k++ {
		if kindNames[k] == "" {
			t.Errorf("transform type %d without a name", k)
		}
	}
	for _, r := range [][3]uint16{{1, 1, 30}, {2, 34, 49}, {2, 16384, 16447}} {
		for n := r[1]; n <= r[2]; n++ {
			if notifyNames[r[0]][n] == "" {
				t.Errorf("notify %d of IKEv%d without a name", n, r[0])
			}
		}
	}
	for _, n := range []uint16{1, 4, 5, 7, 9, 11, 14, 17, 24} {
		if notifyNames[V2][n] == "" {
			t.Errorf("notify %d without a name", n)
		}
	}
	names := make(map[string]uint16)
	for n, name := range notifyNames[V2] {
		if old, ok := names[name]; ok {
			t.Errorf("notify %d and %d are both %s", old, n, name)
		}
		names[name] = n
	}
}
