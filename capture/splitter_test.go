package capture

import (
	"bytes"
	"testing"
	"time"
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
		{"ESP", protoESP, body, ESP, ESP},
		{"empty ESP", protoESP, nil, ESP, ESP},
		{"AH", protoAH, body, AH, AH},
		{"IPComp", protoIPComp, body, IPComp, IPComp},
		{"unreachable", protoICMP, icmp(3), ICMPError, Other},
		{"time exceeded", protoICMP, icmp(11), ICMPError, Other},
		{"echo", protoICMP, icmp(8), Other, Other},
		{"ICMPv6 unreachable", protoICMPv6, icmp(1), Other, ICMPError},
		{"too big", protoICMPv6, icmp(2), Other, ICMPError},
		{"ICMPv6 echo", protoICMPv6, icmp(128), Other, Other},
		{"TCP", protoTCP, tcp(80, 1234, 1, 1, flagACK, body), Other, Other},
		{"short UDP", protoUDP, []byte{1, 244, 1}, Other, Other},
		{"GRE", 47, body, Other, Other},
	} {
		for _, v := range []struct {
			ip   []byte
			kind Kind
		}{{ip4(c.proto, c.body), c.v4}, {ip6(c.proto, c.body), c.v6}} {
			d := NewSplitter(SplitOptions{}).Split(pkt(1, 0, v.ip))[0]
			if d.Kind != v.kind || !bytes.Equal(d.IP, v.ip) || d.UDP || d.TCP {
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
	hop := ext{protoHopByHop, make([]byte, 8)}
	routing := ext{protoRouting, append([]byte{0, 2}, make([]byte, 22)...)}
	dest := ext{protoDestOpts, append([]byte{0, 1}, make([]byte, 14)...)}
	mobility := ext{protoMobility, make([]byte, 8)}
	atomic := ext{protoFragment, []byte{0, 0, 0, 0, 0, 0, 0, 9}}
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
			ip := ip6(protoESP, esp(0x1001, 1, 60), c.exts...)
			d := NewSplitter(SplitOptions{}).Split(pkt(1, 0, ip))[0]
			if d.Kind != ESP || d.HeaderLen != c.hdr || !bytes.Equal(d.Payload, esp(0x1001, 1, 60)) {
				t.Errorf("got %+v", d)
			}
			want := ip6(protoUDP, udp(1, 2, []byte("inner")), c.exts...)
			if got := d.Transport(protoUDP, udp(1, 2, []byte("inner"))); !bytes.Equal(got, want) {
				t.Errorf("transport:\n got %x\nwant %x", got, want)
			}
			for n := 40; n < c.hdr; n++ { // cut inside the headers
				p := pkt(1, 0, ip)
				p.Data = ip[:n]
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
	v4, v6 := ip4(protoESP, body), ip6(protoESP, body)
	tso4, tso6 := bytes.Clone(v4), bytes.Clone(v6)
	tso4[2], tso4[3], tso6[4], tso6[5] = 0, 0, 0, 0
	short := bytes.Clone(v4)
	short[3] = 19
	options := bytes.Clone(v4)
	options[0] = 0x44
	for _, c := range []struct {
		name string
		ip   []byte
		kind Kind
	}{
		{"padding", append(bytes.Clone(v4), make([]byte, 18)...), ESP},
		{"padding, IPv6", append(bytes.Clone(v6), make([]byte, 18)...), ESP},
		{"TSO", tso4, ESP},
		{"TSO, IPv6", tso6, ESP},
		{"total length less than the header", short, Other},
		{"header less than 20 bytes", options, Other},
	} {
		d := NewSplitter(SplitOptions{}).Split(pkt(1, 0, c.ip))[0]
		if d.Kind != c.kind || c.kind == ESP && !bytes.Equal(d.Payload, body) {
			t.Errorf("%s: %+v", c.name, d)
		}
	}
}

// TestGatewayCapture shows an inner packet in clear right before and after it is outside: nothing is learnt from it.
func TestGatewayCapture(t *testing.T) {
	inner := ip4(protoTCP, tcp(80, 1234, 1, 1, flagACK, []byte("GET /")))
	s := NewSplitter(SplitOptions{})
	var kinds []Kind
	for i, ip := range [][]byte{inner, ip4(protoESP, esp(0x1001, 1, 80)), inner, ip4(protoESP, esp(0x1001, 2, 80))} {
		d := s.Split(pkt(i+1, time.Duration(i)*time.Second, ip))
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
	p := pkt(1, 0, cat(macs, []byte{8, 0}, ip4(protoESP, esp(0x1001, 1, 1000))))
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
	p := pkt(1, 0, cat(macs, []byte{8, 0}, ip4(protoESP, esp(0x1001, 1, 1400))))
	p.Link = LinkEthernet
	s := NewSplitter(SplitOptions{})
	var ds []Datagram
	b.SetBytes(int64(len(p.Data)))
	for b.Loop() {
		ds = s.AppendSplit(ds[:0], p)
	}
}
