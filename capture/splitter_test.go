package capture

import (
	"bytes"
	"testing"
	"time"

	"github.com/ikedecode/ikedecode/internal/ip"
)

func TestProtocols(t *testing.T) {
	body := esp(0x1001, 1, 64)
	icmp := func(typ byte) []byte { return append([]byte{typ, 0, 0, 0, 0, 0, 0, 0}, body...) }
	for _, c := range []struct {
		name  string
		proto uint8
		body  []byte
		v4    Kind
		v6    Kind
	}{
		{"ESP", ip.ProtoESP, body, ESP, ESP},
		{"empty ESP", ip.ProtoESP, nil, ESP, ESP},
		{"AH", ip.ProtoAH, body, AH, AH},
		{"IPComp", ip.ProtoIPComp, body, IPComp, IPComp},
		{"unreachable", ip.ProtoICMP, icmp(3), ICMPError, Other},
		{"time exceeded", ip.ProtoICMP, icmp(11), ICMPError, Other},
		{"echo", ip.ProtoICMP, icmp(8), Other, Other},
		{"ICMPv6 unreachable", ip.ProtoICMPv6, icmp(1), Other, ICMPError},
		{"too big", ip.ProtoICMPv6, icmp(2), Other, ICMPError},
		{"ICMPv6 echo", ip.ProtoICMPv6, icmp(128), Other, Other},
		{"TCP", ip.ProtoTCP, tcp(80, 1234, 1, 1, ip.ACK, body), Other, Other},
		{"short UDP", ip.ProtoUDP, []byte{1, 244, 1}, Other, Other},
		{"GRE", 47, body, Other, Other},
	} {
		for _, v := range []struct {
			packet []byte
			kind   Kind
		}{{ip4(c.proto, c.body), c.v4}, {ip6(c.proto, c.body), c.v6}} {
			d := NewSplitter(SplitOptions{}).Split(pkt(1, 0, v.packet))[0]
			if d.Kind != v.kind || !bytes.Equal(d.IP, v.packet) || d.UDP || d.TCP {
				t.Errorf("%s: %v", c.name, d)
			}
			if d.Kind != Other && !bytes.Equal(d.Payload, c.body) {
				t.Errorf("%s: payload %x", c.name, d.Payload)
			}
		}
	}
}

// TestExtensionHeaders walks IPv6 extension headers.
func TestExtensionHeaders(t *testing.T) {
	hop := ext{ip.ProtoHopByHop, make([]byte, 8)}
	routing := ext{ip.ProtoRouting, append([]byte{0, 2}, make([]byte, 22)...)}
	dest := ext{ip.ProtoDestOpts, append([]byte{0, 1}, make([]byte, 14)...)}
	mobility := ext{ip.ProtoMobility, make([]byte, 8)}
	atomic := ext{ip.ProtoFragment, []byte{0, 0, 0, 0, 0, 0, 0, 9}}
	for _, c := range []struct {
		name string
		exts []ext
		hdr  int
	}{
		{"none", nil, 40},
		{"hop-by-hop", []ext{hop}, 48},
		{"all", []ext{hop, dest, routing, mobility, dest}, 40 + 8 + 16 + 24 + 8 + 16},
		{"atomic fragment", []ext{hop, atomic, dest}, 72},
	} {
		t.Run(c.name, func(t *testing.T) {
			packet := ip6(ip.ProtoESP, esp(0x1001, 1, 60), c.exts...)
			d := NewSplitter(SplitOptions{}).Split(pkt(1, 0, packet))[0]
			if d.Kind != ESP || d.HeaderLen != c.hdr || !bytes.Equal(d.Payload, esp(0x1001, 1, 60)) {
				t.Errorf("got %+v", d)
			}
			want := ip6(ip.ProtoUDP, udp(1, 2, []byte("inner")), c.exts...)
			if got := d.Transport(ip.ProtoUDP, udp(1, 2, []byte("inner"))); !bytes.Equal(got, want) {
				t.Errorf("transport:\n got %x\nwant %x", got, want)
			}
			for n := 40; n < c.hdr; n++ { // cut inside the headers
				p := pkt(1, 0, packet)
				p.Data = packet[:n]
				if d := NewSplitter(SplitOptions{}).Split(p); len(d) != 1 || d[0].Kind != Other {
					t.Errorf("cut to %d: %v", n, d)
				}
			}
		})
	}
}

// TestLengths has lengths in the IP header that differ from what was captured.
func TestLengths(t *testing.T) {
	body := esp(0x1001, 1, 60)
	v4, v6 := ip4(ip.ProtoESP, body), ip6(ip.ProtoESP, body)
	tso4, tso6 := bytes.Clone(v4), bytes.Clone(v6)
	tso4[2], tso4[3], tso6[4], tso6[5] = 0, 0, 0, 0
	short := bytes.Clone(v4)
	short[3] = 19
	options := bytes.Clone(v4)
	options[0] = 0x44
	for _, c := range []struct {
		name   string
		packet []byte
		kind   Kind
	}{
		{"padding", append(bytes.Clone(v4), make([]byte, 18)...), ESP},
		{"padding, IPv6", append(bytes.Clone(v6), make([]byte, 18)...), ESP},
		{"TSO", tso4, ESP},
		{"TSO, IPv6", tso6, ESP},
		{"total length less than the header", short, Other},
		{"header less than 20 bytes", options, Other},
	} {
		d := NewSplitter(SplitOptions{}).Split(pkt(1, 0, c.packet))[0]
		if d.Kind != c.kind || c.kind == ESP && !bytes.Equal(d.Payload, body) {
			t.Errorf("%s: %+v", c.name, d)
		}
	}
}

// TestGatewayCapture shows an inner packet in clear right before and after it is outside: nothing is learnt from it.
func TestGatewayCapture(t *testing.T) {
	inner := ip4(ip.ProtoTCP, tcp(80, 1234, 1, 1, ip.ACK, []byte("GET /")))
	s := NewSplitter(SplitOptions{})
	var kinds []Kind
	for i, packet := range [][]byte{inner, ip4(ip.ProtoESP, esp(0x1001, 1, 80)), inner, ip4(ip.ProtoESP, esp(0x1001, 2, 80))} {
		d := s.Split(pkt(i+1, time.Duration(i)*time.Second, packet))
		kinds = append(kinds, d[0].Kind)
		if d[0].Repeat {
			t.Errorf("packet %d is marked as a repeat", i+1)
		}
	}
	if kinds[0] != Other || kinds[1] != ESP || kinds[2] != Other || kinds[3] != ESP {
		t.Errorf("got %v", kinds)
	}
}

// TestSplitAllocates holds that the common case allocates nothing and copies nothing.
func TestSplitAllocates(t *testing.T) {
	p := pkt(1, 0, cat(macs, []byte{8, 0}, ip4(ip.ProtoESP, esp(0x1001, 1, 1000))))
	p.Link = LinkEthernet
	s := NewSplitter(SplitOptions{})
	var ds []Datagram
	n := testing.AllocsPerRun(100, func() {
		p.Time = p.Time.Add(time.Second)
		ds = s.AppendSplit(ds[:0], p)
	})
	if n > 0 && !raceEnabled {
		t.Errorf("%v allocations a packet", n)
	}
	if &ds[0].IP[0] != &p.Data[14] || &ds[0].Payload[0] != &p.Data[34] {
		t.Error("the packet was copied")
	}
}

func BenchmarkSplit(b *testing.B) {
	p := pkt(1, 0, cat(macs, []byte{8, 0}, ip4(ip.ProtoESP, esp(0x1001, 1, 1400))))
	p.Link = LinkEthernet
	s := NewSplitter(SplitOptions{})
	var ds []Datagram
	b.SetBytes(int64(len(p.Data)))
	for b.Loop() {
		ds = s.AppendSplit(ds[:0], p)
	}
}
