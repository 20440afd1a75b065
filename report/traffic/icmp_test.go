package traffic

import (
	"encoding/binary"
	"net/netip"
	"testing"
)

// icmp4 is a destination unreachable message (RFC 792) about a UDP packet.
func icmp4(code byte, dst netip.Addr, port uint16) []byte {
	b := make([]byte, 8+20+8)
	b[0], b[1] = 3, code
	packet := b[8:]
	packet[0], packet[9] = 0x45, 17
	copy(packet[16:], dst.AsSlice())
	binary.BigEndian.PutUint16(packet[22:], port)
	return b
}

// icmp6 is a destination unreachable message (RFC 4443, section 3.1) about a UDP packet.
func icmp6(code byte, dst netip.Addr, port uint16) []byte {
	b := make([]byte, 8+40+8)
	b[0], b[1] = 1, code
	packet := b[8:]
	packet[0], packet[6] = 0x60, 17
	copy(packet[24:], dst.AsSlice())
	binary.BigEndian.PutUint16(packet[42:], port)
	return b
}

func TestParseICMP(t *testing.T) {
	v4, v6 := netip.MustParseAddr("192.0.2.2"), netip.MustParseAddr("2001:db8::2")
	big4, big6 := icmp4(4, v4, 4500), icmp6(0, v6, 4500)
	big4[6], big4[7] = 0x05, 0x78
	big6[0], big6[6], big6[7] = 2, 0x05, 0x00
	header6 := icmp6(1, v6, 4500)
	header6[0] = 4
	for _, c := range []struct {
		name, reason, about string
		mtu                 int
		in                  []byte
	}{
		{"port", "port unreachable", "192.0.2.2:500", 0, icmp4(3, v4, 500)},
		{"filter", "communication administratively prohibited", "192.0.2.2:4500", 0, icmp4(13, v4, 4500)},
		{"too big", "fragmentation needed", "192.0.2.2:4500", 1400, big4},
		{"IPv6 port", "port unreachable", "[2001:db8::2]:500", 0, icmp6(4, v6, 500)},
		{"IPv6 too big", "packet too big", "[2001:db8::2]:4500", 1280, big6},
		{"parameter problem", "unrecognized next header", "[2001:db8::2]:4500", 0, header6},
		{"unknown code", "", "", 0, icmp4(200, v4, 500)},
	} {
		e, ok := ParseICMP(c.in)
		if ok != (c.reason != "") || ok && (e.Reason.String() != c.reason || e.Dst.String() != c.about || e.MTU != c.mtu) {
			t.Errorf("%s: %+v %v", c.name, e, ok)
		}
		for n := range c.in {
			if e, ok := ParseICMP(c.in[:n]); ok && e.Dst.Port() != 0 && n < len(c.in)-4 {
				t.Errorf("%s cut at %d: %v", c.name, n, e.Dst)
			}
		}
	}
}

func FuzzParseICMP(f *testing.F) {
	f.Add(icmp4(3, netip.MustParseAddr("192.0.2.2"), 500))
	f.Add(icmp6(4, netip.MustParseAddr("2001:db8::2"), 500))
	f.Fuzz(func(t *testing.T, b []byte) {
		if e, ok := ParseICMP(b); ok && (e.Reason == nil || !e.Dst.Addr().IsValid() || e.MTU < 0) {
			t.Errorf("%+v", e)
		}
	})
}
