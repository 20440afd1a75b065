package ip

import (
	"net/netip"
	"slices"
	"testing"

	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"
)

// TestTCP holds headers against gopacket.
func TestTCP(t *testing.T) {
	for _, c := range []struct {
		name string
		b    []byte
	}{
		{"plain", tcp(ACK)},
		{"SYN", tcp(SYN, 2, 4, 0x05, 0xb4)},
		{"behind others", tcp(SYN|ACK, 1, 3, 3, 7, 4, 2, 2, 4, 0x05, 0x14, 0, 0)},
		{"behind the end", tcp(SYN, 0, 0, 0, 0, 2, 4, 5, 6)},
		{"timestamps", tcp(FIN|PSH|ACK, 1, 1, 8, 10, 0, 0, 0, 1, 0, 0, 0, 2)},
	} {
		got, ok := ParseTCP(c.b)
		var want layers.TCP
		if err := want.DecodeFromBytes(c.b, gopacket.NilDecodeFeedback); err != nil || !ok {
			t.Fatal(c.name, err, ok)
		}
		if got.Src != uint16(want.SrcPort) || got.Dst != uint16(want.DstPort) || got.Seq != want.Seq || got.Ack != want.Ack || got.Len != len(want.Contents) ||
			got.Flags&SYN != 0 != want.SYN || got.Flags&ACK != 0 != want.ACK || got.Flags&FIN != 0 != want.FIN || got.Flags&PSH != 0 != want.PSH || got.Flags&RST != 0 != want.RST {
			t.Errorf("%s:\n got %+v\nwant %+v", c.name, got, want)
		}
		for n := range got.Len {
			if h, ok := ParseTCP(c.b[:n]); ok {
				t.Errorf("%s, %d bytes: %+v", c.name, n, h)
			}
		}
	}
	short := tcp(0)
	if short[12] = 0x40; true {
		if h, ok := ParseTCP(short); ok {
			t.Errorf("%+v", h)
		}
	}
}

func TestSACK(t *testing.T) {
	for _, c := range []struct {
		name    string
		options []byte
		want    [][2]uint32
	}{
		{"none", []byte{1, 1, 8, 10, 0, 0, 0, 1, 0, 0, 0, 2}, nil},
		{"two, the first a duplicate", []byte{1, 1, 5, 18, 0, 0, 0, 1, 0, 0, 0, 2, 0xff, 0, 0, 1, 0xff, 0, 0, 9, 0}, nil},
		{"one", []byte{1, 1, 5, 10, 0x7f, 0, 0, 1, 0x7f, 0, 0, 9}, [][2]uint32{{0x7f000001, 0x7f000009}}},
		{"longer than the header", []byte{1, 1, 5, 18, 0x7f, 0, 0, 1, 0x7f, 0, 0, 9}, nil},
		{"no length", []byte{1, 1, 1, 5}, nil},
	} {
		b := tcp(ACK, c.options...)
		h, _ := ParseTCP(b)
		h.Ack = 0x10
		blocks, n := h.SACK(b)
		if !slices.Equal(blocks[:n], c.want) {
			t.Errorf("%s: %x", c.name, blocks[:n])
		}
	}
}

func TestUDP(t *testing.T) {
	b := []byte{0x11, 0x94, 0x01, 0xf4, 0, 12, 0xab, 0xcd}
	if u, ok := ParseUDP(b); !ok || u != (UDP{4500, 500, 12, 0xabcd}) {
		t.Errorf("%+v", u)
	}
	if u, ok := ParseUDP(b[:7]); ok {
		t.Errorf("%+v", u)
	}
}

func TestICMP(t *testing.T) {
	for _, c := range []struct {
		name    string
		version int
		b       []byte
		isError bool
		mtu     int
	}{
		{"echo", 4, []byte{ICMPEcho, 0, 0, 0, 0, 7, 0, 1}, false, 1},
		{"unreachable", 4, []byte{ICMPUnreachable, 4, 0, 0, 0, 0, 0x05, 0x78}, true, 1400},
		{"source quench", 4, []byte{ICMPSourceQuench, 0, 0, 0, 0, 0, 0, 0}, true, 0},
		{"redirect", 4, []byte{ICMPRedirect, 0, 0, 0, 0, 0, 0, 0}, false, 0},
		{"time exceeded", 4, []byte{ICMPTimeExceeded, 0, 0, 0, 0, 0, 0, 0}, true, 0},
		{"parameter problem", 4, []byte{ICMPParameter, 0, 0, 0, 0, 0, 0, 0}, true, 0},
		{"unreachable by the other's number", 4, []byte{ICMPv6Unreachable, 0, 0, 0, 0, 0, 0, 0}, false, 0},
		{"v6 too big", 6, []byte{ICMPv6TooBig, 0, 0, 0, 0, 0, 0x05, 0x78}, true, 1400},
		{"v6 too big, absurd", 6, []byte{ICMPv6TooBig, 0, 0, 0, 1, 0, 0, 0}, true, 65535},
		{"v6 parameter problem", 6, []byte{ICMPv6Parameter, 1, 0, 0, 0, 0, 0, 6}, true, 6},
		{"v6 none", 6, []byte{5, 0, 0, 0, 0, 0, 0, 0}, false, 0},
		{"v6 reserved", 6, []byte{0, 0, 0, 0, 0, 0, 0, 0}, false, 0},
		{"v6 echo", 6, []byte{ICMPv6Echo, 0, 0, 0, 0, 7, 0, 1}, false, 0},
	} {
		m, ok := ParseICMP(c.b)
		if !ok || m.Type != c.b[0] || m.Code != c.b[1] || m.IsError(c.version) != c.isError {
			t.Errorf("%s: %+v, an error: %v", c.name, m, m.IsError(c.version))
		}
		if id, seq := m.Echo(); c.name == "echo" && (id != 7 || seq != 1) {
			t.Errorf("%s: %d %d", c.name, id, seq)
		}
		if got := m.NextHopMTU(c.version); m.IsError(c.version) && got != c.mtu {
			t.Errorf("%s: MTU %d, want %d", c.name, got, c.mtu)
		}
		if _, ok := ParseICMP(c.b[:7]); ok {
			t.Errorf("%s: read of 7 bytes", c.name)
		}
	}
}

// TestQuoted has errors about packets of which but the front is quoted.
func TestQuoted(t *testing.T) {
	head := []byte{ICMPUnreachable, 3, 0, 0, 0, 0, 0, 0}
	udp := []byte{1, 244, 0x11, 0x94, 2, 0, 0, 0}
	swapped := v4(ProtoUDP, udp)
	swapped[2], swapped[3] = 0, 16
	for _, c := range []struct {
		name     string
		packet   []byte
		src      netip.Addr
		proto    uint8
		src1, to uint16
	}{
		{"IPv4", v4(ProtoUDP, udp), a4, ProtoUDP, 500, 4500},
		{"IPv4 with options", v4(ProtoUDP, udp, 148, 4, 0, 0), a4, ProtoUDP, 500, 4500},
		{"IPv4, length of another byte order", swapped, a4, ProtoUDP, 500, 4500},
		{"IPv6", v6(ProtoUDP, udp), a6, ProtoUDP, 500, 4500},
		{"IPv6 with a first fragment", v6(ProtoFragment, cat(first, udp)), a6, ProtoUDP, 500, 4500},
	} {
		h, packet, ok := Quoted(cat(head, c.packet))
		proto, rest, whole := h.Upper(packet)
		if !ok || !whole || h.Src != c.src || proto != c.proto {
			t.Errorf("%s: %+v, protocol %d", c.name, h, proto)
			continue
		}
		if u, _ := ParseUDP(rest); u.Src != c.src1 || u.Dst != c.to {
			t.Errorf("%s: %+v", c.name, u)
		}
	}
	for _, b := range [][]byte{nil, head[:7], head, cat(head, v4(ProtoUDP, nil)[:19]), cat(head, v6(ProtoUDP, nil)[:39])} {
		if h, _, ok := Quoted(b); ok {
			t.Errorf("%x: %+v", b, h)
		}
	}
}
