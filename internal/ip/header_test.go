package ip

import (
	"bytes"
	"net/netip"
	"testing"

	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"
)

// Extension headers.
var (
	hop      = []byte{ProtoDestOpts, 0, 1, 4, 0, 0, 0, 0}
	dest     = []byte{ProtoRouting, 1, 1, 12, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}
	routing  = []byte{ProtoESP, 0, 253, 0, 0, 0, 0, 0}
	atomic   = []byte{ProtoUDP, 0, 0, 0, 0, 0, 0, 9}
	first    = []byte{ProtoUDP, 0, 0, 1, 0, 0, 0, 9}
	second   = []byte{ProtoUDP, 0, 0x05, 0xa8, 0, 0, 0, 9}
	mobility = []byte{ProtoNoNext, 0, 5, 0, 0, 0, 0, 0}
)

func cat(parts ...[]byte) []byte { return bytes.Join(parts, nil) }

func TestParse(t *testing.T) {
	esp := make([]byte, 24)
	frag4 := v4(ProtoESP, esp)
	frag4[6], frag4[7] = 0x20, 0xb9
	last4 := v4(ProtoESP, esp)
	last4[6], last4[7] = 0, 0xb9
	whole4 := v4(ProtoESP, esp)
	whole4[6] = 0x40 // DF
	tso4, tso6 := v4(ProtoTCP, tcp(0)), v6(ProtoTCP, tcp(0))
	tso4[2], tso4[3], tso6[4], tso6[5] = 0, 0, 0, 0
	for _, c := range []struct {
		name    string
		b       []byte
		want    Header // without addresses and version
		upper   uint8
		payload int // length; -1: none
	}{
		{"IPv4", whole4, Header{Proto: 50, ProtoAt: 9, Base: 20, Len: 20, Total: 44, ID: 77}, 50, 24},
		{"IPv4, padded", cat(whole4, make([]byte, 6)), Header{Proto: 50, ProtoAt: 9, Base: 20, Len: 20, Total: 44, ID: 77}, 50, 24},
		{"IPv4, cut", whole4[:30], Header{Proto: 50, ProtoAt: 9, Base: 20, Len: 20, Total: 44, ID: 77}, 50, 10},
		{"IPv4, options", v4(ProtoUDP, esp, 148, 4, 0, 0), Header{Proto: 17, ProtoAt: 9, Base: 24, Len: 24, Total: 48, ID: 77}, 17, 24},
		{"IPv4, fragment", frag4, Header{Proto: 50, ProtoAt: 9, Base: 20, Len: 20, Total: 44, ID: 77, Fragment: true, FragOff: 185 * 8, More: true}, 50, -1},
		{"IPv4, last fragment", last4, Header{Proto: 50, ProtoAt: 9, Base: 20, Len: 20, Total: 44, ID: 77, Fragment: true, FragOff: 185 * 8}, 50, -1},
		{"IPv4, open", tso4, Header{Proto: 6, ProtoAt: 9, Base: 20, Len: 20, Total: 47, ID: 77, Open: true}, 6, 27},
		{"IPv4, nothing inside", v4(ProtoESP, nil), Header{Proto: 50, ProtoAt: 9, Base: 20, Len: 20, Total: 20, ID: 77}, 50, 0},
		{"IPv4, ends in its header", func() []byte { b := v4(ProtoESP, esp); b[3] = 19; return b }(), Header{Proto: ProtoNoNext, ProtoAt: 9, Base: 20, Len: 20, Total: 19, ID: 77, Short: true}, ProtoNoNext, -1},
		{"IPv6", v6(ProtoESP, esp), Header{Proto: 50, ProtoAt: 6, Base: 40, Len: 40, Total: 64}, 50, 24},
		{"IPv6, extensions", v6(ProtoHopByHop, cat(hop, dest, routing, esp)), Header{Proto: 50, ProtoAt: 64, Base: 40, Len: 72, Total: 96}, 50, 24},
		{"IPv6, extensions cut", v6(ProtoHopByHop, cat(hop, dest, routing))[:70], Header{Proto: ProtoNoNext, ProtoAt: 48, Base: 40, Len: 64, Total: 72, Short: true}, ProtoNoNext, -1},
		{"IPv6, extension too long", v6(ProtoHopByHop, []byte{ProtoESP, 1, 1, 4, 0, 0, 0, 0}), Header{Proto: ProtoNoNext, ProtoAt: 6, Base: 40, Len: 40, Total: 48, Short: true}, ProtoNoNext, -1},
		{"IPv6, extension beyond the end", cat(v6(ProtoHopByHop, hop[:4]), hop), Header{Proto: ProtoNoNext, ProtoAt: 6, Base: 40, Len: 40, Total: 44, Short: true}, ProtoNoNext, -1},
		{"IPv6, atomic fragment", v6(ProtoFragment, cat(atomic, esp)), Header{Proto: 17, ProtoAt: 40, Base: 40, Len: 48, Total: 72, ID: 9}, 17, 24},
		{"IPv6, first fragment", v6(ProtoFragment, cat(first, esp)), Header{Proto: 44, ProtoAt: 6, Base: 40, Len: 40, Total: 72, Fragment: true, More: true, ID: 9}, 17, 24},
		{"IPv6, last fragment", v6(ProtoFragment, cat(second, esp)), Header{Proto: 44, ProtoAt: 6, Base: 40, Len: 40, Total: 72, Fragment: true, FragOff: 1448, ID: 9}, 17, -1},
		{"IPv6, open", tso6, Header{Proto: 6, ProtoAt: 6, Base: 40, Len: 40, Total: 67, Open: true}, 6, 27},
		{"IPv6, nothing inside", cat(v6(ProtoNoNext, nil), esp), Header{Proto: ProtoNoNext, ProtoAt: 6, Base: 40, Len: 40, Total: 40}, ProtoNoNext, 0},
		{"IPv6, mobility", v6(ProtoMobility, mobility), Header{Proto: ProtoMobility, ProtoAt: 6, Base: 40, Len: 40, Total: 48}, ProtoMobility, 8},
		{"IPv6, mobility before ESP", v6(ProtoMobility, cat([]byte{ProtoESP}, mobility[1:], esp)), Header{Proto: 50, ProtoAt: 40, Base: 40, Len: 48, Total: 72}, 50, 24},
	} {
		c.want.Version, c.want.Src, c.want.Dst = 4, a4, b4
		if Version(c.b) == 6 {
			c.want.Version, c.want.Src, c.want.Dst = 6, a6, b6
		}
		h, ok := Parse(c.b)
		if h != c.want || !ok {
			t.Errorf("%s:\n got %+v\nwant %+v", c.name, h, c.want)
		}
		proto, payload, ok := h.Upper(c.b)
		if proto != c.upper || ok != (c.payload >= 0) || ok && len(payload) != c.payload {
			t.Errorf("%s: protocol %d, %d bytes, %v", c.name, proto, len(payload), ok)
		}
		if _, ok := ParseWhole(c.b); ok == c.want.Short {
			t.Errorf("%s: whole %v", c.name, ok)
		}
	}
}

// TestParseCut cuts packets at every length: no header is read of what has none, and nothing panics.
func TestParseCut(t *testing.T) {
	for _, b := range [][]byte{v4(ProtoESP, nil, 148, 4, 0, 0), v6(ProtoHopByHop, cat(hop, dest, routing)), v6(ProtoFragment, first), {0x10}, nil} {
		for n := range b {
			h, ok := Parse(b[:n:n])
			if want := Version(b) == 4 && n >= 24 || Version(b) == 6 && n >= 40; ok != want || ok && !h.Short {
				t.Errorf("%d of %x: %+v, %v", n, b, h, ok)
			}
			h.Upper(b[:n:n])
		}
	}
	for _, b := range [][]byte{{0x44, 0, 0, 20, 0, 0, 0, 0, 64, 50, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8}, bytes.Repeat([]byte{0x50}, 60)} {
		if h, ok := Parse(b); ok {
			t.Errorf("%x: %+v", b, h)
		}
	}
}

// TestFields reads what is beside addresses and protocol.
func TestFields(t *testing.T) {
	four, six := v4(ProtoESP, nil), v6(ProtoESP, nil)
	four[1], four[8] = 0xb8, 63
	six[0], six[1], six[2], six[3], six[7] = 0x6b, 0x81, 0x23, 0x45, 62
	if TrafficClass(four) != 0xb8 || TrafficClass(six) != 0xb8 || HopLimit(four) != 63 || HopLimit(six) != 62 || FlowLabel(four) != 0 || FlowLabel(six) != 0x12345 {
		t.Errorf("%x %x, %d %d, %x %x", TrafficClass(four), TrafficClass(six), HopLimit(four), HopLimit(six), FlowLabel(four), FlowLabel(six))
	}
	if DontFragment(four) || !DontFragment(six) || DontFragment(six[:19]) {
		t.Error("don't fragment")
	}
	if four[6] |= 0x40; !DontFragment(four) {
		t.Error("DF")
	}
	h, _ := Parse(four)
	SetLength(four, 20, 20)
	if !h.Intact(four) {
		t.Error("a right checksum is wrong")
	}
	if four[8]--; h.Intact(four) {
		t.Error("a wrong checksum is right")
	}
	for _, c := range []struct {
		b    []byte
		want int
	}{{four, 20}, {four[:19], 0}, {v6(ProtoESP, hop), 48}, {v6(ProtoESP, nil), 0}, {six[:39], 0}, {nil, 0}, {[]byte{0xff}, 0}} {
		if got := Claimed(c.b); got != c.want {
			t.Errorf("%x claims %d bytes, want %d", c.b, got, c.want)
		}
	}
}

// TestProtoAt has the headers of packets, and nothing behind them.
func TestProtoAt(t *testing.T) {
	for _, c := range []struct {
		b    []byte
		want int
	}{
		{v4(ProtoESP, nil, 1, 1, 1, 0), 9}, {v6(ProtoESP, nil), 6}, {v6(ProtoHopByHop, cat(hop, dest, routing)), 64}, {v6(ProtoFragment, atomic), 40},
	} {
		if got := ProtoAt(c.b); got != c.want {
			t.Errorf("%x: %d, want %d", c.b, got, c.want)
		}
	}
}

// FuzzParse holds what is read against gopacket, which reads the same bytes. It may refuse more, and has no fragments of IPv6, but
// where both read a header they agree.
func FuzzParse(f *testing.F) {
	f.Add(v4(ProtoTCP, tcp(SYN, 2, 4, 5, 0xb4)))
	f.Add(v4(ProtoUDP, []byte{1, 244, 1, 244, 0, 8, 0, 0}, 148, 4, 0, 0))
	f.Add(v6(ProtoHopByHop, cat(hop, dest, routing, make([]byte, 8))))
	f.Add(v6(ProtoFragment, cat(first, make([]byte, 16))))
	f.Add(v6(ProtoMobility, mobility))
	f.Fuzz(func(t *testing.T, b []byte) {
		h, ok := Parse(b)
		if !ok {
			return
		}
		if h.Base > len(b) || !h.Short && h.Len > h.Total || !h.Short && h.Len > len(b) || h.ProtoAt >= h.Len {
			t.Fatalf("%+v of %d bytes", h, len(b))
		}
		if proto, payload, ok := h.Upper(b); ok {
			upper(proto, payload)
		}
		if four, ok := gopacketIPv4(b); ok && !h.Open {
			src, _ := netip.AddrFromSlice(four.SrcIP)
			dst, _ := netip.AddrFromSlice(four.DstIP)
			if h.Src != src || h.Dst != dst || h.Proto != uint8(four.Protocol) || h.Len != len(four.Contents) || h.FragOff != int(four.FragOffset)*8 {
				t.Fatalf("%+v\nwant %+v", h, four)
			}
		}
	})
}

// upper reads whatever it may be, for panics.
func upper(proto uint8, b []byte) {
	ParseUDP(b)
	ParseTCP(b)
	if m, ok := ParseICMP(b); ok {
		m.IsError(4)
		m.NextHopMTU(6)
		Quoted(b)
	}
	SetChecksum(cat(v4(proto, nil), b), IPv4Len, proto)
}

func gopacketIPv4(b []byte) (l layers.IPv4, ok bool) {
	if Version(b) != 4 {
		return l, false
	}
	return l, l.DecodeFromBytes(b, gopacket.NilDecodeFeedback) == nil
}
