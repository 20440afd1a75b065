package traffic

import (
	"bytes"
	"net/netip"
	"testing"

	"github.com/ikedecode/ikedecode"
	"github.com/ikedecode/ikedecode/capture"
	"github.com/ikedecode/ikedecode/esp"
)

// What GRE and IP carry is found, in tunnel and in transport mode, to a depth.
func TestCarriage(t *testing.T) {
	v4 := func(proto byte, content ...byte) []byte {
		return append([]byte{0x45, 0, 0, byte(20 + len(content)), 0, 1, 0, 0, 64, proto, 0, 0, 10, 1, 0, 10, 10, 2, 0, 10}, content...)
	}
	gre := func(flags byte, packet []byte) []byte {
		h := []byte{flags, 0, 8, 0}
		for bit := byte(0x80); bit > 0; bit >>= 1 {
			if flags&bit != 0 {
				h = append(h, 0, 0, 0, 9)
			}
		}
		return append(h, packet...)
	}
	ping := v4(1, 8, 0, 0, 0, 0, 0, 0, 0)
	for _, c := range []struct {
		name string
		in   esp.Opened
		want []byte
	}{
		{"plain", esp.Opened{IP: ping}, ping},
		{"GRE in transport mode", esp.Opened{NextHeader: 47, Payload: gre(0, ping)}, ping},
		{"with key and sequence number", esp.Opened{NextHeader: 47, Payload: gre(0x30, ping)}, ping},
		{"with checksum, in tunnel mode", esp.Opened{IP: v4(47, gre(0x80, ping)...)}, ping},
		{"IP in GRE in IP", esp.Opened{IP: v4(4, v4(47, gre(0, ping)...)...)}, ping},
		{"with routes", esp.Opened{IP: v4(47, gre(0x40, ping)...)}, v4(47, gre(0x40, ping)...)},
		{"cut", esp.Opened{IP: v4(47, 0x20, 0, 8, 0, 0)}, v4(47, 0x20, 0, 8, 0, 0)},
		{"UDP in transport mode", esp.Opened{NextHeader: 17, Payload: make([]byte, 20)}, nil},
	} {
		var got carriage
		if got.read(&c.in); !bytes.Equal(got.packet, c.want) {
			t.Errorf("%s: %x, want %x", c.name, got.packet, c.want)
		}
	}
	deep := ping
	for range 5 {
		deep = v4(4, deep...)
	}
	var got carriage
	if got.read(&esp.Opened{IP: deep}); len(got.packet) != len(deep)-20*maxCarried {
		t.Errorf("%d bytes of %d", len(got.packet), len(deep))
	}
}

func carriageOf(it *ikedecode.Item) *carriage {
	var c carriage
	if it.Opened != nil {
		c.read(it.Opened)
	}
	return &c
}

func (w *Inside) take(it *ikedecode.Item) Ask { return w.item(it, carriageOf(it)) }

func (w *Loops) take(it *ikedecode.Item) { w.item(it, carriageOf(it)) }

func (w *Sums) take(it *ikedecode.Item) { w.item(it, carriageOf(it)) }

// Whatever SAs carry, nothing fails, and what waits is counted right.
func FuzzInside(f *testing.F) {
	v4 := func(proto byte, content ...byte) []byte {
		return append([]byte{0x45, 0, 0, byte(20 + len(content)), 0, 1, 0, 0, 64, proto, 0, 0, 10, 1, 0, 10, 10, 2, 0, 10}, content...)
	}
	udp := func(from, to uint16, content ...byte) []byte {
		return v4(17, append([]byte{byte(from >> 8), byte(from), byte(to >> 8), byte(to), 0, byte(8 + len(content)), 0, 0}, content...)...)
	}
	syn := v4(6, 0x80, 0, 0, 80, 0, 0, 0, 1, 0, 0, 0, 0, 0x50, 2, 0, 9, 0, 0, 0, 0)
	for _, packets := range [][][]byte{
		{udp(4000, portDNS, 0, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0), udp(portDNS, 4000, 0, 1, 0x80, 0, 0, 1, 0, 0, 0, 0, 0, 0)},
		{udp(portL2TP, portL2TP, 0xc8, 2, 0, 20, 0, 0, 0, 0, 0, 0, 0, 0, 0x80, 8, 0, 0, 0, 0, 0, 1), udp(portL2TP, portL2TP, 0, 2, 0, 7, 0, 9, 0xff, 3, 0xc2, 0x23, 4, 1, 0, 4)},
		{syn, syn, v4(47, append([]byte{0, 0, 8, 0}, syn...)...), v4(1, append([]byte{3, 3, 0, 0, 0, 0, 0, 0}, syn...)...)},
	} {
		var all []byte
		for _, p := range packets {
			all = append(append(all, byte(len(p))), p...)
		}
		f.Add(all)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		sas := [2]*esp.SA{{Params: &esp.Params{SPI: 1}}, {Params: &esp.Params{SPI: 2}}}
		ends := [2]netip.AddrPort{netip.MustParseAddrPort("192.0.2.1:0"), netip.MustParseAddrPort("192.0.2.2:0")}
		var inside Inside
		var loops Loops
		var pairs Pairs
		var sums Sums
		for n := 1; len(b) > 0; n++ {
			size, way := min(int(b[0]), len(b)-1), n%2
			packet := b[1 : 1+size]
			b = b[1+size:]
			it := &ikedecode.Item{Datagram: &capture.Datagram{Kind: capture.ESP, Frame: n, IP: packet, Src: ends[way], Dst: ends[1-way]},
				Opened: &esp.Opened{SA: sas[way], IP: packet, Layers: []esp.Layer{{SA: sas[way], Verified: true}}}}
			if n%5 == 0 {
				it.Opened.IP, it.Opened.NextHeader, it.Opened.Payload = nil, 47, packet
			}
			inside.take(it)
			loops.take(it)
			pairs.item(it)
			sums.take(it)
		}
		queries := 0
		for k := range inside.flows {
			if k.Protocol == 17 && serviceOf(k.DstPort) != nil && k.SrcPort != portL2TP {
				queries++
			}
		}
		if queries != inside.queries {
			t.Errorf("%d connections with requests of DNS, counted %d", queries, inside.queries)
		}
	})
}
