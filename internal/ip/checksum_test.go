package ip

import (
	"bytes"
	"encoding/binary"
	"math/rand/v2"
	"net/netip"
	"testing"
)

// slowSum is RFC 1071, section 4.1, word by word.
func slowSum(b []byte) uint16 {
	var sum uint32
	for ; len(b) >= 2; b = b[2:] {
		sum += uint32(b[0])<<8 | uint32(b[1])
	}
	if len(b) == 1 {
		sum += uint32(b[0]) << 8
	}
	for sum > 0xffff {
		sum = sum>>16 + sum&0xffff
	}
	return uint16(sum)
}

func TestSum(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 3))
	for n := range 200 {
		b := make([]byte, n)
		for i := range b {
			b[i] = byte(rng.Uint32())
		}
		if got, want := Sum(b), slowSum(b); got != want {
			t.Errorf("%d bytes: %04x, want %04x", n, got, want)
		}
	}
	for _, c := range []struct {
		name string
		b    []byte
		want uint16
	}{
		{"RFC 1071, section 3", []byte{0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7}, 0xddf2},
		{"ones", bytes.Repeat([]byte{0xff}, 1500), 0xffff},
		{"a header with its checksum", []byte{0x45, 0, 0, 0x73, 0, 0, 0x40, 0, 0x40, 0x11, 0xb8, 0x61, 0xc0, 0xa8, 0, 1, 0xc0, 0xa8, 0, 0xc7}, 0xffff},
	} {
		if got := Sum(c.b); got != c.want || Checksum(c.b) != ^c.want {
			t.Errorf("%s: %04x", c.name, got)
		}
	}
}

// TestSetChecksum sets the checksum of each protocol over both versions of IP, and lets UpperChecksum judge.
func TestSetChecksum(t *testing.T) {
	data := bytes.Repeat([]byte{1, 2, 3}, 13) // an odd length
	udpHeader := []byte{1, 244, 1, 244, 0, 47, 9, 9}
	for _, c := range []struct {
		name  string
		proto uint8
		upper []byte
		at    int // of the checksum
	}{
		{"TCP", ProtoTCP, tcp(0), 16}, {"UDP", ProtoUDP, append(udpHeader, data...), 6},
		{"UDP-Lite", ProtoUDPLite, append([]byte{1, 244, 1, 244, 0, 0, 9, 9}, data...), 6}, {"ICMPv6", ProtoICMPv6, append([]byte{128, 0, 9, 9}, data...), 2},
	} {
		for _, packet := range [][]byte{v4(c.proto, c.upper), v6(c.proto, c.upper)} {
			h, ok := ParseWhole(packet)
			if !ok {
				t.Fatal(c.name)
			}
			before := bytes.Clone(packet)
			SetChecksum(packet, h.Len, c.proto)
			right := UpperChecksum(h.Src, h.Dst, c.proto, packet[h.Len:]) == 0
			if wants := c.proto != ProtoICMPv6 || h.Version == 6; right != wants || wants == bytes.Equal(packet, before) {
				t.Errorf("%s over IPv%d: right %v", c.name, h.Version, right)
			}
			for n := range c.upper {
				cut := bytes.Clone(before[:h.Len+n])
				SetChecksum(cut, h.Len, c.proto) // no panic
			}
		}
	}
}

// TestUDPWithout has datagrams without a checksum: over IPv4 there need be none.
func TestUDPWithout(t *testing.T) {
	datagram := []byte{1, 244, 1, 244, 0, 0, 0, 0, 5, 6, 7}
	for _, set := range []func([]byte, int){func(b []byte, n int) { SetUDPLength(b, n, 11) }, func(b []byte, n int) {
		binary.BigEndian.PutUint16(b[n+4:], 11)
		SetChecksum(b, n, ProtoUDP)
	}} {
		four, six := v4(ProtoUDP, datagram), v6(ProtoUDP, datagram)
		set(four, IPv4Len)
		set(six, IPv6Len)
		if u, _ := ParseUDP(four[IPv4Len:]); u.Length != 11 || u.Checksum != 0 {
			t.Errorf("IPv4: %+v", u)
		}
		h, _ := Parse(six)
		if u, _ := ParseUDP(six[IPv6Len:]); u.Length != 11 || UpperChecksum(h.Src, h.Dst, ProtoUDP, six[IPv6Len:]) != 0 {
			t.Errorf("IPv6: %+v", u)
		}
	}
}

// TestUDPZero has a datagram whose checksum comes to 0, which would say that there is none.
func TestUDPZero(t *testing.T) {
	packet := v4(ProtoUDP, []byte{0, 1, 0, 2, 0, 10, 9, 9, 0, 0})
	h, _ := Parse(packet)
	binary.BigEndian.PutUint16(packet[h.Len+6:], 0)
	binary.BigEndian.PutUint16(packet[h.Len+8:], UpperChecksum(h.Src, h.Dst, ProtoUDP, packet[h.Len:]))
	binary.BigEndian.PutUint16(packet[h.Len+6:], 9)
	SetChecksum(packet, h.Len, ProtoUDP)
	if u, _ := ParseUDP(packet[h.Len:]); u.Checksum != 0xffff {
		t.Errorf("%04x", u.Checksum)
	}
}

// The checksum of a header is that of RFC 1071, whatever length and checksum it had.
func TestSetLengthSum(t *testing.T) {
	rng := rand.New(rand.NewPCG(4, 4))
	for i := range 20_000 {
		base := IPv4Len + 4*(i%11)
		b := make([]byte, base)
		for k := range b {
			b[k] = byte(rng.Uint32())
			if i%3 > 0 {
				b[k] = byte(i) // 0 and 0xff among them
			}
		}
		b[0] = 0x45
		SetLength(b, base, int(rng.Uint32()&0x1ffff))
		length := binary.BigEndian.Uint16(b[2:])
		checksum := binary.BigEndian.Uint16(b[10:])
		b[10], b[11] = 0, 0
		if want := ^slowSum(b); checksum != want {
			t.Fatalf("% x, length %d: %04x, want %04x", b, length, checksum, want)
		}
	}
}

func TestSetLength(t *testing.T) {
	for _, c := range []struct{ n, want int }{{70000, 0}, {65535, 65535}, {60, 60}} {
		packet := v4(ProtoTCP, tcp(0))
		SetLength(packet, IPv4Len, c.n)
		if h, _ := Parse(packet); Claimed(packet) != c.want || !h.Intact(packet) {
			t.Errorf("IPv4, %d: %d", c.n, Claimed(packet))
		}
	}
	for _, c := range []struct{ n, want int }{{65576, 0}, {65575, 65575}, {60, 60}} {
		packet := v6(ProtoTCP, tcp(0))
		if SetLength(packet, IPv6Len, c.n); Claimed(packet) != c.want {
			t.Errorf("IPv6, %d: %d", c.n, Claimed(packet))
		}
	}
}

var (
	a4, b4 = netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("192.0.2.2")
	a6, b6 = netip.MustParseAddr("2001:db8::1"), netip.MustParseAddr("2001:db8::2")
)

// v4 is an IPv4 packet with options.
func v4(proto uint8, payload []byte, options ...byte) []byte {
	n := IPv4Len + len(options)
	b := make([]byte, n, n+len(payload))
	b[0], b[5], b[8], b[9] = 0x40|byte(n/4), 77, 64, proto
	copy(b[12:], a4.AsSlice())
	copy(b[16:], b4.AsSlice())
	copy(b[20:], options)
	b = append(b, payload...)
	SetLength(b, n, len(b))
	return b
}

// v6 is an IPv6 packet. What is before the payload is told by the extension headers themselves.
func v6(proto uint8, payload []byte) []byte {
	b := make([]byte, IPv6Len, IPv6Len+len(payload))
	b[0], b[6], b[7] = 0x60, proto, 64
	copy(b[8:], a6.AsSlice())
	copy(b[24:], b6.AsSlice())
	b = append(b, payload...)
	SetLength(b, IPv6Len, len(b))
	return b
}

// tcp is a header with options and 7 bytes of data.
func tcp(flags byte, options ...byte) []byte {
	b := make([]byte, TCPLen+len(options)+7)
	b[0], b[2], b[7], b[11] = 1, 2, 3, 4
	b[12], b[13] = byte(5+len(options)/4)<<4, flags
	copy(b[TCPLen:], options)
	return b
}
