package report

import (
	"encoding/binary"
	"net/netip"
	"testing"
)

// icmp4 is a destination unreachable message (RFC 792) about a UDP packet.
func icmp4(code byte, dst netip.Addr, port uint16) []byte {
	b := make([]byte, 8+20+8)
	b[0], b[1] = 3, code
	ip := b[8:]
	ip[0], ip[9] = 0x45, 17
	copy(ip[16:], dst.AsSlice())
	binary.BigEndian.PutUint16(ip[22:], port)
	return b
}

// icmp6 is a destination unreachable message (RFC 4443, section 3.1) about a UDP packet.
func icmp6(code byte, dst netip.Addr, port uint16) []byte {
	b := make([]byte, 8+40+8)
	b[0], b[1] = 1, code
	ip := b[8:]
	ip[0], ip[6] = 0x60, 17
	copy(ip[24:], dst.AsSlice())
	binary.BigEndian.PutUint16(ip[42:], port)
	return b
}

func TestParseICMP(t *testing.T) {
	v4, v6 := netip.MustParseAddr("192.0.2.2"), netip.MustParseAddr("2001:db8::2")
	for _, c := range []struct {
		name, reason, about string
		in                  []byte
	}{
		{"port", "port unreachable", "192.0.2.2:500", icmp4(3, v4, 500)},
		{"filter", "prohibited by a filter", "192.0.2.2:4500", icmp4(13, v4, 4500)},
		{"IPv6 port", "port unreachable", "[2001:db8::2]:500", icmp6(4, v6, 500)},
		{"unknown code", "", "", icmp4(200, v4, 500)},
	} {
		about, reason, ok := parseICMP(c.in)
		if reason != c.reason || ok != (c.reason != "") || (ok && about.String() != c.about) {
			t.Errorf("%s: %v %q %v", c.name, about, reason, ok)
		}
		for n := range c.in {
			if about, _, ok := parseICMP(c.in[:n]); ok && about.Port() != 0 && n < len(c.in)-4 {
				t.Errorf("%s cut at %d: %v", c.name, n, about)
			}
		}
	}
}

func FuzzParseICMP(f *testing.F) {
	f.Add(icmp4(3, netip.MustParseAddr("192.0.2.2"), 500))
	f.Add(icmp6(4, netip.MustParseAddr("2001:db8::2"), 500))
	f.Fuzz(func(t *testing.T, b []byte) {
		if about, reason, ok := parseICMP(b); ok && (reason == "" || !about.Addr().IsValid()) {
			t.Errorf("%v %q", about, reason)
		}
	})
}
