package esp

import (
	"bytes"
	"errors"
	"net/netip"
	"testing"

	"github.com/ikedecode/ikedecode/internal/ip"
)

func TestNearest(t *testing.T) {
	tests := []struct {
		top  uint64
		lo   uint32
		want uint32
	}{
		{5<<32 + 10, 11, 5},
		{5<<32 + 10, 9, 5},
		{5<<32 + 0xfffffff0, 3, 6},
		{5<<32 + 3, 0xfffffff0, 4},
		{3, 0xfffffff0, 0}, // nothing is below 0
		{5<<32 + 1, 1<<31 + 1, 5},
	}
	for _, tt := range tests {
		if got := nearest(tt.top, tt.lo); got != tt.want {
			t.Errorf("nearest(%#x, %#x) is %d, want %d", tt.top, tt.lo, got, tt.want)
		}
	}
}

// TestInnerFragment has a fragment of somebody's ESP packet in a tunnel: it is left as it is, though its SPI seems known.
func TestInnerFragment(t *testing.T) {
	p, deep := cbcSA(t, 0x1001, "HMAC-SHA1-96", 1), cbcSA(t, 0x1005, "HMAC-SHA1-96", 5)
	v4 := ipv4(hostA, hostB, 50, seal(t, deep, 1, 4, inner))
	v4[6] = 0x20
	v6 := append(append([]byte{0x60, 0, 0, 0, 0, 0, 44, 64}, make([]byte, 32)...), 50, 0, 0, 1, 0, 0, 0, 9)
	v6 = append(v6, seal(t, deep, 1, 4, inner)...)
	be.PutUint16(v6[4:], uint16(len(v6)-40))
	for next, packet := range map[uint8][]byte{4: v4, 41: v6} {
		o, err := newTable(t, p, deep).Open(packetOf(p, seal(t, p, 1, next, packet)), new(Scratch))
		if err != nil || len(o.Layers) != 1 || !bytes.Equal(o.IP, packet) || o.Inner != nil {
			t.Errorf("next header %d: %d layers, inner %v, %v", next, len(o.Layers), o.Inner, err)
		}
	}
}

// TestStrict asks more of an SA without an ICV when its addresses are others.
func TestStrict(t *testing.T) {
	p := cbcSA(t, 0x1001, "HMAC-SHA1-96", 1)
	p.MAC, p.MACKey = nil, nil
	tcp := append([]byte{0, 80, 0, 81, 0, 0, 0, 1, 0, 0, 0, 2, 0x50, 0x10, 1, 1, 0xba, 0xad, 0, 0}, "hello"...)
	far := p
	far.Src, far.Dst = mid, hostB
	for _, tt := range []struct {
		wire Params
		next uint8
		data []byte
		want error
	}{{p, 6, tcp, nil}, {far, 6, tcp, ErrImplausible}, {far, 4, inner, nil}} {
		_, err := newTable(t, p).Open(packetOf(tt.wire, seal(t, p, 1, tt.next, tt.data)), new(Scratch))
		if !errors.Is(err, tt.want) {
			t.Errorf("%v, next header %d: %v, want %v", tt.wire, tt.next, err, tt.want)
		}
	}
}

// TestNotTheSame has params that differ in what changes how packets are opened: each is an SA of its own.
func TestNotTheSame(t *testing.T) {
	p := cbcSA(t, 0x1001, "HMAC-SHA1-96", 1)
	list := []Params{p, p, p, p, p, p}
	list[1].ESN = true
	list[2].ICVLen = 16
	list[3].NoCheck = true
	list[4].Dst = mid
	list[5].CipherKey = bytes.Repeat([]byte{7}, 16)
	if n := len(newTable(t, list...).SAs()); n != len(list) {
		t.Errorf("%d SAs, want %d", n, len(list))
	}
}

func TestPseudoChecksum(t *testing.T) {

	src, dst := netip.MustParseAddr("10.0.0.1"), netip.MustParseAddr("10.0.0.2")
	seg := []byte{0, 80, 0, 81, 0, 0, 0, 1, 0, 0, 0, 2, 0x50, 0x10, 1, 1, 0, 0, 0, 0, 'x'}
	be.PutUint16(seg[16:], ip.UpperChecksum(src, dst, ip.ProtoTCP, seg))
	if got := plausible(ip.ProtoTCP, seg, src, dst); got != convincing {
		t.Errorf("right checksum: %d", got)
	}
	if got := plausible(ip.ProtoTCP, seg, src, hostA); got != possible {
		t.Errorf("other address: %d", got)
	}
}

// TestNestedPorts has ESP in UDP inside a tunnel, by either port.
func TestNestedPorts(t *testing.T) {
	table := newTable(t, cbcSA(t, 0x1234, "HMAC-SHA1-96", 1))
	body := append([]byte{0, 0, 0x12, 0x34}, make([]byte, 40)...)
	for ports, want := range map[[2]uint16]Protocol{{4500, 1}: ESP, {1, 4500}: ESP, {1, 2}: 0} {
		if proto, got := table.nestedUDP(udp(ports[0], ports[1], body)); proto != want || (want == ESP) != (len(got) == len(body)) {
			t.Errorf("ports %v: %v, %d bytes", ports, proto, len(got))
		}
	}
}

// TestReservedTCP has a segment with bits that nobody sets, which is no plaintext; the lowest of them is in use (RFC 3540).
func TestReservedTCP(t *testing.T) {
	seg := make([]byte, 20)
	for bits, want := range map[byte]int{0: possible, 1: possible, 2: implausible, 8: implausible} {
		seg[12] = 0x50 | bits
		if got := plausible(ip.ProtoTCP, seg, gwA, gwB); got != want {
			t.Errorf("reserved bits %x: %d, want %d", bits, got, want)
		}
	}
}
