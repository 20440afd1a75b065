package capture

import (
	"bytes"
	"errors"
	"testing"

	"github.com/ikedecode/ikedecode/internal/ip"
)

// TestLinks puts IKE over both versions of IP into each link type, takes it out, and puts the other version in.
func TestLinks(t *testing.T) {
	msg := ike(60)
	v4 := ip4(ip.ProtoUDP, udp(500, 500, msg))
	v6 := checksummed(ip6(ip.ProtoUDP, udp(500, 500, msg)), ip.IPv6Len)
	for _, c := range allLinkCases(len(v4), len(v6)) {
		t.Run(c.name, func(t *testing.T) {
			four := &Packet{Number: 1, Link: c.link, Data: cat(c.v4, v4, c.after)}
			six := &Packet{Number: 2, Link: c.link, Data: cat(c.v6, v6, c.after)}
			four.OrigLen, six.OrigLen = len(four.Data), len(six.Data)
			checkIKE(t, four, v4, msg)
			checkIKE(t, six, v6, msg)
			checkRelink(t, four, v4, cat(c.v4, v4))
			checkRelink(t, six, v6, cat(c.v6, v6))
			if c.name == "MPLS" || c.name == "PPP MPLS" { // comes without labels
				checkRelink(t, four, v6, cat(c.v6, v6))
				return
			}
			checkRelink(t, four, v6, cat(c.v6, v6))
			checkRelink(t, six, v4, cat(c.v4, v4))
		})
	}
}

func checkIKE(t *testing.T, p *Packet, packet, msg []byte) {
	t.Helper()
	ds := NewSplitter(SplitOptions{}).Split(p)
	if len(ds) != 1 {
		t.Fatalf("%d datagrams", len(ds))
	}
	d := ds[0]
	if d.Kind != IKE || !bytes.Equal(d.Payload, msg) || !bytes.Equal(d.IP, packet) || d.Cut {
		t.Errorf("got %+v", d)
	}
}

func checkRelink(t *testing.T, p *Packet, packet, want []byte) {
	t.Helper()
	got, err := new(Datagram).Relink(p, packet)
	if err != nil || !bytes.Equal(got, want) {
		t.Errorf("relinked, %v:\n got %x\nwant %x", err, got, want)
	}
}

// TestBareLinks does so for link types whose header is not written again.
func TestBareLinks(t *testing.T) {
	msg := ike(60)
	v4 := ip4(ip.ProtoUDP, udp(500, 500, msg))
	v6 := checksummed(ip6(ip.ProtoUDP, udp(500, 500, msg)), ip.IPv6Len)
	for _, c := range bareCases {
		t.Run(c.name, func(t *testing.T) {
			four := &Packet{Number: 1, Link: c.link, Data: cat(c.v4, v4, c.after)}
			six := &Packet{Number: 2, Link: c.link, Data: cat(c.v6, v6, c.after)}
			four.OrigLen, six.OrigLen = len(four.Data), len(six.Data)
			checkIKE(t, four, v4, msg)
			checkIKE(t, six, v6, msg)
			checkRelink(t, four, v6, v6)
			if fileLink(four, v6, false) != LinkRaw || fileLink(four, four.Data, true) != c.link {
				t.Error("written under another link type")
			}
		})
	}
}

// TestRelinkLength has a packet of another length where the link header holds it.
func TestRelinkLength(t *testing.T) {
	long, short := ip4(ip.ProtoESP, esp(0x1001, 1, 900)), ip4(ip.ProtoICMP, make([]byte, 30))
	for _, c := range []struct{ long, short linkCase }{
		{pppoeCase(LinkEthernet, cat(macs, []byte{0x88, 0x64}), len(long), 0), pppoeCase(LinkEthernet, cat(macs, []byte{0x88, 0x64}), len(short), 0)},
		{pppoeCase(LinkPPPoE, nil, len(long), 0), pppoeCase(LinkPPPoE, nil, len(short), 0)},
		{nflogCase(len(long), 0), nflogCase(len(short), 0)},
	} {
		p := &Packet{Link: c.long.link, Data: cat(c.long.v4, long)}
		checkRelink(t, p, short, cat(c.short.v4, short))
	}
}

func TestRelinkErrors(t *testing.T) {
	packet := ip4(ip.ProtoESP, esp(0x1001, 1, 40))
	arp := &Packet{Link: LinkEthernet, Data: cat(macs, []byte{8, 6}, make([]byte, 28))}
	if _, err := new(Datagram).Relink(arp, packet); !errors.Is(err, ErrNoIP) {
		t.Errorf("ARP: %v", err)
	}
	if _, err := new(Datagram).Relink(&Packet{Link: 147, Data: packet}, packet); !errors.Is(err, ErrNoIP) {
		t.Errorf("unknown link type: %v", err)
	}
	if _, err := new(Datagram).Relink(&Packet{Link: LinkRaw, Data: packet}, []byte{0}); err == nil {
		t.Error("a packet that is no IP was taken")
	}
}

// TestNoIP has frames without an IP packet, and every frame of TestLinks cut at every length.
func TestNoIP(t *testing.T) {
	for name, p := range map[string]*Packet{
		"ARP":           {Link: LinkEthernet, Data: cat(macs, []byte{8, 6}, make([]byte, 28))},
		"spanning tree": {Link: LinkEthernet, Data: cat(macs, []byte{0, 38, 0x42, 0x42, 3}, make([]byte, 40))},
		"endless tags":  {Link: LinkEthernet, Data: cat(macs, bytes.Repeat([]byte{0x81, 0, 0, 5}, 100))},
		"LCP":           {Link: LinkPPP, Data: []byte{0xff, 3, 0xc0, 0x21, 1, 1, 0, 4}},
		"PPPoE control": {Link: LinkEthernet, Data: cat(macs, []byte{0x88, 0x64, 0x11, 9, 0, 0, 0, 0, 0, 0x21, 0x45})},
		"empty":         {Link: LinkRaw},
		"unknown":       {Link: 147, Data: ip4(ip.ProtoESP, esp(0x1001, 1, 40))},
	} {
		s := NewSplitter(SplitOptions{})
		ds := s.Split(p)
		if len(ds) != 1 || ds[0].Kind != Other || ds[0].IP != nil {
			t.Errorf("%s: %+v", name, ds)
		}
		if n := unreadOf(s, 147); n > 1 || n == 1 != (name == "unknown") {
			t.Errorf("%s: %d of unknown link type", name, n)
		}
	}
	v4, v6 := ip4(ip.ProtoESP, esp(0x1001, 1, 40)), ip6(ip.ProtoESP, esp(0x1001, 1, 40))
	for _, c := range append(allLinkCases(len(v4), len(v6)), bareCases...) {
		for _, b := range [][]byte{cat(c.v4, v4), cat(c.v6, v6)} {
			s := NewSplitter(SplitOptions{})
			for n := range b {
				p := &Packet{Link: c.link, Data: b[:n:n], OrigLen: len(b)}
				for _, d := range s.Split(p) {
					if d.Kind == ESP && !d.Cut {
						t.Fatalf("%s cut to %d bytes: not marked", c.name, n)
					}
				}
				new(Datagram).Relink(p, v4)
			}
		}
	}
}

func TestLinkTypeString(t *testing.T) {
	for l, want := range map[LinkType]string{LinkEthernet: "Ethernet", LinkSLL2: "Linux cooked (SLL2)", 4711: "link type 4711"} {
		if got := l.String(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	for l := range linkParsers {
		if _, ok := linkNames[l]; !ok || !l.Supported() {
			t.Errorf("%d has no name", uint16(l))
		}
	}
}

func FuzzSplit(f *testing.F) {
	v4, v6 := ip4(ip.ProtoUDP, udp(4500, 4500, marked(ike(60)))), ip6(ip.ProtoESP, esp(0x1001, 1, 40))
	for _, c := range append(allLinkCases(len(v4), len(v6)), bareCases...) {
		f.Add(uint16(c.link), cat(c.v4, v4), cat(c.v6, v6))
	}
	f.Add(uint16(LinkEthernet), framed(ip4(protoWESP, cat([]byte{0, 0, 0, 0x20}, esp(0x1001, 7, 60)))),
		framed(inUDP(4500, 4500, []byte{0, 0, 0, 2, 4, 12, 0, 0}, esp(0x1001, 7, 60))))
	for _, c := range tunnelCases {
		f.Add(uint16(LinkEthernet), framed(c.wrap(v4)), framed(c.wrap(v6)))
	}
	for _, frag := range fragments6(ip6(ip.ProtoUDP, udp(500, 500, ike(600))), 256, 7) {
		f.Add(uint16(LinkRaw), frag, frag)
	}
	f.Fuzz(func(t *testing.T, link uint16, a, b []byte) {
		s := NewSplitter(SplitOptions{MaxFragmentBytes: 4096})
		for i, data := range [][]byte{a, b, a} {
			p := &Packet{Number: i + 1, Link: LinkType(link), Data: data, OrigLen: len(data) + i}
			for _, d := range s.Split(p) {
				checkDatagram(t, p, &d)
			}
		}
		for _, d := range s.Flush() {
			checkDatagram(t, nil, &d)
		}
	})
}

// checkDatagram says what holds of every datagram: it can be rewritten, and read again, to the same payload.
func checkDatagram(t *testing.T, p *Packet, d *Datagram) {
	t.Helper()
	if d.Kind == Other {
		return
	}
	at := d.payloadAt()
	if !bytes.HasPrefix(d.IP[at:], d.Payload) {
		t.Fatalf("%v payload is not at %d of its packet", d.Kind, at)
	}
	again := d.WithPayload(d.Payload)
	if again2 := d.Transport(ip.ProtoNoNext, d.Payload); len(again2) != d.HeaderLen+len(d.Payload) {
		t.Fatalf("transport packet has %d bytes", len(again2))
	}
	if p == nil {
		return
	}
	if frame, err := d.Relink(p, again); err != nil {
		t.Fatal(err)
	} else if d.Wrapping != nil {
		if !bytes.HasSuffix(frame, again) {
			t.Fatal("the packet is not the last of its frame")
		}
	} else if h := parseLink(p.Link, frame); bytes.Equal(frame, again) {
		// without a link header
	} else if h.ip < 0 || !bytes.Equal(frame[h.ip:], again) {
		t.Fatalf("relinked frame has IP at %d", h.ip)
	}
	if d.TCP || d.OddPort {
		return
	}
	pk, ok := parseIP(again, 0)
	if !ok {
		t.Fatalf("%v: rewritten packet cannot be read", d.Kind)
	}
	if pk.Len != d.HeaderLen || pk.missing != 0 {
		t.Fatalf("rewritten packet: headers of %d bytes, were %d; %d missing", pk.Len, d.HeaderLen, pk.missing)
	}
}
