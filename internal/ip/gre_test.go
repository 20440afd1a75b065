package ip

import "testing"

// The header of GRE is as long as its flags say (RFC 2784; RFC 2890).
func TestParseGRE(t *testing.T) {
	for _, c := range []struct {
		name string
		in   []byte
		n    int
		ok   bool
	}{
		{"plain", []byte{0, 0, 8, 0}, 4, true},
		{"with checksum, key and number", []byte{0xb0, 0, 0x86, 0xdd}, 16, true},
		{"version 1", []byte{0x30, 1, 0x88, 0x0b}, 12, false},
		{"short", []byte{0, 0, 8}, 0, false},
	} {
		if h, ok := ParseGRE(c.in); ok != c.ok || h.Len != c.n || ok && h.Protocol != uint16(c.in[2])<<8|uint16(c.in[3]) {
			t.Errorf("%s: %+v %v, want %d bytes %v", c.name, h, ok, c.n, c.ok)
		}
	}
}

// The header of L2TP (RFC 2661, section 3.1), whole or not.
func TestParseL2TP(t *testing.T) {
	for _, c := range []struct {
		name string
		in   []byte
		want L2TP
		ok   bool
	}{
		{"control", []byte{0xc8, 2, 0, 12, 0, 7, 0, 0, 0, 5, 0, 6}, L2TP{Control: true, HasLength: true, Ns: 5, Nr: 6, Len: 12}, true},
		{"data", []byte{0, 2, 0, 7, 0, 9}, L2TP{Len: 6}, true},
		{"data with all", []byte{0x4a, 2, 0, 18, 0, 7, 0, 9, 0, 1, 0, 2, 0, 2, 0, 0}, L2TP{HasLength: true, Len: 16}, true},
		{"control without numbers", []byte{0xc0, 2, 0, 8, 0, 7, 0, 0}, L2TP{}, false},
		{"version 3", []byte{0, 3, 0, 0, 0, 0, 0, 1}, L2TP{}, false},
		{"reserved bits", []byte{0x04, 2, 0, 7, 0, 9}, L2TP{}, false},
	} {
		h, ok := ParseL2TP(c.in)
		if ok != c.ok || ok && h != c.want {
			t.Errorf("%s: %+v %v, want %+v", c.name, h, ok, c.want)
		}
		for n := range c.in {
			if _, ok := ParseL2TP(c.in[:n]); ok {
				t.Errorf("%s cut at %d", c.name, n)
			}
		}
	}
}
