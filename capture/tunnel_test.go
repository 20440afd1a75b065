package capture

import (
	"bytes"
	"fmt"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ikedecode/ikedecode/internal/ip"
)

// A tunnelCase puts a packet into another one.
type tunnelCase struct {
	name string
	in   Encapsulation
	wrap func(packet []byte) []byte
	bare bool // what is around is not written again
	odd  bool // tshark does not look into it, or complains about what cannot be set right here
}

// framed is a packet in a frame of Ethernet.
func framed(packet []byte) []byte {
	if ip.Version(packet) == 6 {
		return cat(macs, []byte{0x86, 0xdd}, packet)
	}
	return cat(macs, []byte{8, 0}, packet)
}

// either is one of two values by the version of a packet.
func either[T any](packet []byte, four, six T) T {
	if ip.Version(packet) == 6 {
		return six
	}
	return four
}

func etherTypeOf(packet []byte) []byte { return either(packet, []byte{8, 0}, []byte{0x86, 0xdd}) }

// size16 is a length field.
func size16(n int) []byte { return []byte{byte(n >> 8), byte(n)} }

// greSummed is a packet in GRE with a checksum.
func greSummed(packet []byte) []byte {
	b := cat([]byte{0x80, 0}, etherTypeOf(packet), make([]byte, 4), packet)
	sum := ip.Checksum(b)
	b[4], b[5] = byte(sum>>8), byte(sum)
	return b
}

// fc swaps the bytes of the frame control field.
func swapped(frame []byte) []byte { return cat([]byte{frame[1], frame[0]}, frame[2:]) }

// inUDP is a payload in UDP over IPv4, without a checksum.
func inUDP(src, dst uint16, parts ...[]byte) []byte {
	return ip4(ip.ProtoUDP, udp(src, dst, cat(parts...)))
}

// tunnelCases are the encapsulations in their forms.
var tunnelCases = []tunnelCase{
	{name: "IP in IP", in: IPinIP, wrap: func(p []byte) []byte { return ip4(either(p, uint8(4), 41), p) }},
	{name: "IP in IPv6", in: IPv4in6, wrap: func(p []byte) []byte { return ip6(either(p, uint8(4), 41), p) }},
	{name: "IPv6 behind extension headers", in: IPv4in6, wrap: func(p []byte) []byte {
		return ip6(either(p, uint8(4), 41), p, ext{60, []byte{0, 0, 1, 4, 0, 0, 0, 0}})
	}},
	{name: "protocol 94", in: IPinIP, odd: true, wrap: func(p []byte) []byte { return ip4(94, p) }},
	{name: "GRE", in: GRE, wrap: func(p []byte) []byte { return ip4(47, cat([]byte{0, 0}, etherTypeOf(p), p)) }},
	{name: "GRE with options in IP", in: GRE, wrap: func(p []byte) []byte { return ip4(47, cat([]byte{0, 0}, etherTypeOf(p), p), 1, 1, 1, 0) }},
	{name: "GRE with all fields", in: GRE, wrap: func(p []byte) []byte {
		b := cat([]byte{0xb0, 0}, etherTypeOf(p), make([]byte, 4), []byte{0, 0, 0, 7, 0, 0, 0, 9}, p)
		sum := ip.Checksum(b)
		b[4], b[5] = byte(sum>>8), byte(sum)
		return ip4(47, b)
	}},
	{name: "GRE with a checksum", in: GRE, wrap: func(p []byte) []byte { return ip4(47, greSummed(p)) }},
	{name: "GRE with a frame", in: GRE, wrap: func(p []byte) []byte { return ip4(47, cat([]byte{0, 0, 0x65, 0x58}, framed(p))) }},
	{name: "GRE with labels", in: GRE, wrap: func(p []byte) []byte { return ip4(47, cat([]byte{0, 0, 0x88, 0x47}, label0, label, p)) }},
	{name: "GRE with PPP", in: GRE, wrap: func(p []byte) []byte {
		return ip4(47, cat([]byte{0, 0, 0x88, 0x0b, 0xff, 3, 0, either(p, byte(0x21), 0x57)}, p))
	}},
	{name: "GRE with another type", in: GRE, bare: true, odd: true, wrap: func(p []byte) []byte { return ip4(47, cat([]byte{0, 0, 0x12, 0x34, 9, 9, 9, 9}, p)) }},
	{name: "GRE in UDP", in: GRE, odd: true, wrap: func(p []byte) []byte { return inUDP(50000, 4754, []byte{0, 0}, etherTypeOf(p), p) }},
	{name: "WCCP", in: WCCP, wrap: func(p []byte) []byte { return ip4(47, cat([]byte{0, 0, 0x88, 0x3e, 0, 0, 0, 0}, p)) }, odd: true},
	{name: "NVGRE", in: NVGRE, wrap: func(p []byte) []byte { return ip4(47, cat([]byte{0x20, 0, 0x65, 0x58, 0, 0, 42, 1}, framed(p))) }},
	{name: "PPTP", in: PPTP, wrap: func(p []byte) []byte {
		return ip4(47, cat([]byte{0x30, 0x81, 0x88, 0x0b}, size16(len(p)+4), []byte{0, 5, 0, 0, 0, 1, 0, 0, 0, 2, 0xff, 3, 0, either(p, byte(0x21), 0x57)}, p))
	}},
	{name: "EoIP", in: EoIP, odd: true, wrap: func(p []byte) []byte {
		return ip4(47, cat([]byte{0x20, 1, 0x64, 0}, size16(len(p)+14), []byte{7, 0}, framed(p)))
	}},
	{name: "ERSPAN I", in: ERSPAN1, wrap: func(p []byte) []byte { return ip4(47, cat([]byte{0, 0, 0x88, 0xbe}, framed(p))) }},
	{name: "ERSPAN II", in: ERSPAN2, wrap: func(p []byte) []byte {
		return ip4(47, cat([]byte{0x10, 0, 0x88, 0xbe, 0, 0, 0, 1, 0x10, 1, 0, 1, 0, 0, 0, 0}, framed(p)))
	}},
	{name: "ERSPAN III", in: ERSPAN3, wrap: func(p []byte) []byte {
		return ip4(47, cat([]byte{0x10, 0, 0x22, 0xeb, 0, 0, 0, 1, 0x20, 1, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0}, framed(p)))
	}},
	{name: "ERSPAN III with more", in: ERSPAN3, wrap: func(p []byte) []byte {
		return ip4(47, cat([]byte{0x10, 0, 0x22, 0xeb, 0, 0, 0, 1, 0x20, 1, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1}, make([]byte, 8), framed(p)))
	}},
	{name: "ERSPAN III with IP", in: ERSPAN3, odd: true, wrap: func(p []byte) []byte {
		return ip4(47, cat([]byte{0x10, 0, 0x22, 0xeb, 0, 0, 0, 1, 0x20, 1, 0, 1, 0, 0, 0, 0, 0, 0, 2 << 2, 0}, p))
	}},
	{name: "VXLAN", in: VXLAN, wrap: func(p []byte) []byte { return inUDP(50000, 4789, []byte{8, 0, 0, 0, 0, 0, 42, 0}, framed(p)) }},
	{name: "VXLAN over IPv6", in: VXLAN, wrap: func(p []byte) []byte {
		return checksummed(ip6(ip.ProtoUDP, udp(50000, 4789, cat([]byte{8, 0, 0, 0, 0, 0, 42, 0}, framed(p)))), ip.IPv6Len)
	}},
	{name: "VXLAN with a policy and a tag", in: VXLAN, wrap: func(p []byte) []byte {
		return inUDP(50000, 8472, []byte{0x88, 0, 0, 9, 0, 0, 42, 0}, macs, []byte{0x81, 0, 0, 5}, etherTypeOf(p), p)
	}},
	{name: "VXLAN-GPE", in: VXLANGPE, wrap: func(p []byte) []byte {
		return inUDP(50000, 4790, []byte{0x0c, 0, 0, either(p, byte(1), 2), 0, 0, 42, 0}, p)
	}},
	{name: "VXLAN-GPE with a service header", in: VXLANGPE, wrap: func(p []byte) []byte {
		return inUDP(50000, 4790, []byte{0x0c, 0, 0, 4, 0, 0, 42, 0}, nsh(either[byte](p, 1, 2))[2:], p)
	}},
	{name: "VXLAN-GPE with a frame", in: VXLANGPE, wrap: func(p []byte) []byte { return inUDP(50000, 4790, []byte{0x0c, 0, 0, 3, 0, 0, 42, 0}, framed(p)) }},
	{name: "GENEVE", in: GENEVE, wrap: func(p []byte) []byte { return inUDP(50000, 6081, []byte{0, 0, 0x65, 0x58, 0, 0, 1, 0}, framed(p)) }},
	{name: "GENEVE with an option", in: GENEVE, wrap: func(p []byte) []byte {
		return inUDP(50000, 6081, []byte{2, 0x40}, etherTypeOf(p), []byte{0, 0, 1, 0, 1, 2, 0x80, 1, 0, 0, 0, 5}, p)
	}},
	{name: "GTP-U", in: GTPU, wrap: func(p []byte) []byte {
		return inUDP(2152, 2152, []byte{0x30, 255}, size16(len(p)), []byte{0, 0, 0, 1}, p)
	}},
	{name: "GTP-U with extension", in: GTPU, wrap: func(p []byte) []byte {
		return inUDP(2152, 2152, []byte{0x34, 255}, size16(len(p)+8), []byte{0, 0, 0, 1, 0, 0, 0, 0x85, 1, 0, 5, 0}, p)
	}},
	{name: "GTP-U with sequence number", in: GTPU, wrap: func(p []byte) []byte {
		return inUDP(2152, 2152, []byte{0x32, 255}, size16(len(p)+4), []byte{0, 0, 0, 1, 0, 9, 0, 0}, p)
	}},
	{name: "GTP-U with a frame", in: GTPU, odd: true, wrap: func(p []byte) []byte {
		return inUDP(2152, 2152, []byte{0x30, 255}, size16(len(p)+14), []byte{0, 0, 0, 1}, framed(p))
	}},
	{name: "GTP version 0", in: GTP0, wrap: func(p []byte) []byte {
		return inUDP(3386, 3386, []byte{0x1e, 255}, size16(len(p)), make([]byte, 16), p)
	}},
	{name: "L2TPv2", in: L2TP2, wrap: func(p []byte) []byte {
		return inUDP(1701, 50000, []byte{0, 2, 0, 1, 0, 1, 0xff, 3, 0, either(p, byte(0x21), 0x57)}, p)
	}},
	{name: "L2TPv2 with all fields", in: L2TP2, wrap: func(p []byte) []byte {
		return inUDP(1701, 1701, []byte{0x4a, 2}, size16(len(p)+18), []byte{0, 1, 0, 1, 0, 0, 0, 0, 0, 2, 0xee, 0xee, 0, either(p, byte(0x21), 0x57)}, p)
	}},
	{name: "L2TPv3", in: L2TP3, odd: true, wrap: func(p []byte) []byte { return ip4(115, cat([]byte{0, 0, 0, 7}, framed(p))) }},
	{name: "L2TPv3 with cookie and sublayer", in: L2TP3, odd: true, wrap: func(p []byte) []byte {
		return ip4(115, cat([]byte{0, 0, 0, 7, 1, 2, 3, 4, 5, 6, 7, 8, 0, 0, 0, 0}, framed(p)))
	}},
	{name: "L2TPv3 in UDP", in: L2TP3, odd: true, wrap: func(p []byte) []byte { return inUDP(1701, 1701, []byte{0, 3, 0, 0, 0, 0, 0, 7}, framed(p)) }},
	{name: "L2TPv3 with IP", in: L2TP3, bare: true, odd: true, wrap: func(p []byte) []byte { return ip4(115, cat([]byte{0, 0, 0, 7}, p)) }},
	{name: "EtherIP", in: EtherIP, wrap: func(p []byte) []byte { return ip4(97, cat([]byte{0x30, 0}, framed(p))) }},
	{name: "EtherIP, other half", in: EtherIP, odd: true, wrap: func(p []byte) []byte { return ip4(97, cat([]byte{0x03, 0}, framed(p))) }},
	{name: "Ethernet in IP", in: EthernetInIP, wrap: func(p []byte) []byte { return ip6(143, framed(p)) }, odd: true},
	{name: "TZSP", in: TZSP, wrap: func(p []byte) []byte { return inUDP(37008, 37008, []byte{1, 0, 0, 1, 0, 10, 1, 40, 1}, framed(p)) }},
	{name: "TZSP with 802.11", in: TZSP, bare: true, wrap: func(p []byte) []byte {
		return inUDP(37008, 37008, []byte{1, 0, 0, 18, 1}, dot11, either(p, snap4, snap6), p)
	}},
	{name: "CAPWAP", in: CAPWAP, wrap: func(p []byte) []byte { return inUDP(5247, 50000, []byte{0, 0x10, 2, 0, 0, 0, 0, 0}, framed(p)) }},
	{name: "CAPWAP with 802.11", in: CAPWAP, bare: true, wrap: func(p []byte) []byte {
		return inUDP(50000, 5247, []byte{0, 0x10, 3, 0, 0, 0, 0, 0}, dot11, either(p, snap4, snap6), p)
	}},
	{name: "CAPWAP with 802.11, swapped", in: CAPWAP, bare: true, odd: true, wrap: func(p []byte) []byte {
		return inUDP(50000, 5247, []byte{0, 0x10, 3, 0, 0, 0, 0, 0}, swapped(dot11), either(p, snap4, snap6), p)
	}},
	{name: "LISP", in: LISP, wrap: func(p []byte) []byte { return inUDP(50000, 4341, []byte{0x80, 0, 0, 1, 0, 0, 0, 0}, p) }},
	{name: "GUE", in: GUE, odd: true, wrap: func(p []byte) []byte {
		return inUDP(50000, 6080, []byte{1, either(p, byte(4), 41), 0, 0, 0, 0, 0, 0}, p)
	}},
	{name: "GUE version 1", in: GUE, odd: true, wrap: func(p []byte) []byte { return inUDP(50000, 6080, p) }},
	{name: "MPLS in IP", in: MPLSinIP, wrap: func(p []byte) []byte { return ip4(137, cat(label0, label, p)) }},
	{name: "MPLS in UDP", in: MPLSinUDP, wrap: func(p []byte) []byte { return inUDP(50000, 6635, label, p) }},
	{name: "IP in UDP", in: IPinUDP, bare: true, odd: true, wrap: func(p []byte) []byte { return inUDP(50000, 5555, p) }},
	{name: "unknown header in UDP", in: IPinUDP, bare: true, odd: true, wrap: func(p []byte) []byte { return inUDP(50000, 7932, make([]byte, 12), framed(p)) }},
	{name: "unknown header in UDP, with a checksum behind", in: IPinUDP, bare: true, odd: true, wrap: func(p []byte) []byte {
		return inUDP(50000, 48879, []byte{0xc8, 0, 0, 5, 0, 0, 42, 0}, framed(p), fcs)
	}},
	{name: "unknown protocol", in: OtherTunnel, bare: true, odd: true, wrap: func(p []byte) []byte { return ip4(200, cat([]byte{1, 2, 3, 4}, p)) }},
}

// in6 are what version 6 of IP inside makes of an encapsulation.
var in6 = map[Encapsulation]Encapsulation{IPinIP: IPv6in4, IPv4in6: IPv6in6}

// innerPackets are the same message over both versions of IP.
func innerPackets(n int) (four, six []byte) {
	msg := ike(n)
	return ip4(ip.ProtoUDP, udp(500, 500, msg)), checksummed(ip6(ip.ProtoUDP, udp(500, 500, msg)), ip.IPv6Len)
}

// ether is a frame of Ethernet as a Packet.
func ether(n int, at time.Duration, packet []byte) *Packet {
	p := pkt(n, at, framed(packet))
	p.Link = LinkEthernet
	return p
}

// TestTunnels takes a message out of each encapsulation, puts packets of other lengths and of the other version in its place, and takes them
// out again.
func TestTunnels(t *testing.T) {
	four, six := innerPackets(60)
	long4, long6 := innerPackets(300)
	for _, c := range tunnelCases {
		t.Run(c.name, func(t *testing.T) {
			for _, inner := range [][]byte{four, six} {
				in := c.in
				if v6 := in6[in]; ip.Version(inner) == 6 && v6 != 0 && c.name != "protocol 94" {
					in = v6
				}
				p := ether(1, 0, c.wrap(inner))
				ds := NewSplitter(SplitOptions{}).Split(p)
				if len(ds) != 1 || ds[0].Kind != IKE || !bytes.Equal(ds[0].IP, inner) || !slices.Equal(ds[0].Wrapping.Encapsulations(), []Encapsulation{in}) {
					t.Fatalf("%+v in %v", ds, ds[0].Wrapping.Encapsulations())
				}
				for _, packet := range [][]byte{inner, long4, long6, four, six} {
					checkRewrapped(t, &c, p, &ds[0], packet)
				}
			}
		})
	}
}

// checkRewrapped puts a packet in the place of d, and compares with how it is wrapped from the start.
func checkRewrapped(t *testing.T, c *tunnelCase, p *Packet, d *Datagram, packet []byte) {
	t.Helper()
	got, err := d.Relink(p, packet)
	if err != nil {
		t.Fatal(err)
	}
	want := framed(c.wrap(packet))
	if c.bare {
		want = framed(packet)
	}
	if strings.Contains(c.name, "labels") && ip.Version(packet) != ip.Version(d.IP) {
		want = framed(ip4(47, cat([]byte{0, 0}, etherTypeOf(packet), packet))) // without them
	}
	if !bytes.Equal(got, want) {
		t.Errorf("IPv%d for IPv%d:\n got %x\nwant %x", ip.Version(packet), ip.Version(d.IP), got, want)
	}
}

// TestTunnelsCut cuts each of them at every length.
func TestTunnelsCut(t *testing.T) {
	for _, inner := range [][]byte{ip4(ip.ProtoESP, esp(0x1001, 1, 60)), ip6(ip.ProtoESP, esp(0x1001, 1, 60))} {
		for _, c := range tunnelCases {
			s, b := NewSplitter(SplitOptions{}), framed(c.wrap(inner))
			for n := range bytes.Index(b, inner) + len(inner) {
				p := &Packet{Number: 1, Link: LinkEthernet, Data: b[:n:n], OrigLen: len(b)}
				for _, d := range s.Split(p) {
					if d.Kind == ESP && !d.Cut {
						t.Fatalf("%s cut to %d bytes: not marked", c.name, n)
					}
					d.Relink(p, inner)
				}
			}
		}
	}
}

// TestTunnelsNested has packets inside others inside others, up to the bound and beyond it.
func TestTunnelsNested(t *testing.T) {
	four, six := innerPackets(60)
	wrap := make(map[string]func([]byte) []byte)
	for _, c := range tunnelCases {
		wrap[c.name] = c.wrap
	}
	p := ether(1, 0, wrap["VXLAN"](wrap["ERSPAN II"](wrap["GTP-U"](four))))
	d := NewSplitter(SplitOptions{}).Split(p)[0]
	if d.Kind != IKE || fmt.Sprint(d.Wrapping.Encapsulations()) != "[VXLAN ERSPAN II GTP-U]" {
		t.Fatalf("%+v", d)
	}
	got, err := d.Relink(p, six)
	if want := framed(wrap["VXLAN"](wrap["ERSPAN II"](wrap["GTP-U"](six)))); err != nil || !bytes.Equal(got, want) {
		t.Errorf("%v\n got %x\nwant %x", err, got, want)
	}
	packet := four
	for n := 1; n <= maxNesting+2; n++ {
		packet = ip4(4, packet)
		s := NewSplitter(SplitOptions{})
		d := s.Split(ether(1, 0, packet))[0]
		if deep := n > maxNesting; deep != (d.Kind == Other) || deep != (len(s.Unread()) == 1) || min(n, maxNesting) != len(d.Wrapping.Encapsulations()) {
			t.Errorf("%d deep: %v, %v", n, d.Kind, s.Unread())
		}
	}
}

// TestTunnelsFragmented has what carries a packet in fragments, the packet inside, and both.
func TestTunnelsFragmented(t *testing.T) {
	inner := ip4(ip.ProtoESP, esp(0x1001, 1, 1400))
	vxlan := func(packet []byte) []byte { return inUDP(50000, 4789, []byte{8, 0, 0, 0, 0, 0, 42, 0}, framed(packet)) }
	var both [][]byte
	for i, f := range fragments4(inner, 512, 9) {
		both = append(both, fragments4(vxlan(f), 256, uint16(20+i))...)
	}
	var inside [][]byte
	for _, f := range fragments4(inner, 512, 9) {
		inside = append(inside, vxlan(f))
	}
	for name, list := range map[string][][]byte{"outside": fragments4(vxlan(inner), 512, 7), "inside": inside, "both": both} {
		s := NewSplitter(SplitOptions{})
		var got []Datagram
		var last *Packet
		for i, b := range list {
			last = ether(i+1, 0, b)
			got = append(got, s.Split(last)...)
		}
		if len(got) != 1 || got[0].Kind != ESP || !bytes.Equal(got[0].IP[20:], inner[20:]) || len(got[0].Wrapping.Encapsulations()) != 1 {
			t.Errorf("%s: %+v", name, got)
			continue
		}
		plain, _ := innerPackets(300)
		frame, err := got[0].Relink(last, plain)
		if again := NewSplitter(SplitOptions{}).Split(&Packet{Link: LinkEthernet, Data: frame, OrigLen: len(frame)}); err != nil || len(again) != 1 ||
			again[0].Kind != IKE || !bytes.Equal(again[0].IP, plain) || len(again[0].Wrapping.Encapsulations()) != 1 {
			t.Errorf("%s, written again: %v %+v", name, err, again)
		}
	}
}

// TestTunnelRepeats has a packet in two wrappings and bare, as mirrors show it, and one that comes again later.
func TestTunnelRepeats(t *testing.T) {
	packet := ip4(ip.ProtoESP, esp(0x1001, 1, 60))
	s := NewSplitter(SplitOptions{})
	var repeats []bool
	for i, b := range [][]byte{tunnelCases[0].wrap(packet), packet, inUDP(1, 4789, []byte{8, 0, 0, 0, 0, 0, 42, 0}, framed(packet))} {
		repeats = append(repeats, s.Split(ether(i+1, time.Duration(i)*time.Millisecond, b))[0].Repeat)
	}
	repeats = append(repeats, s.Split(ether(4, time.Second, tunnelCases[0].wrap(packet)))[0].Repeat)
	if !slices.Equal(repeats, []bool{false, true, true, false}) {
		t.Errorf("%v", repeats)
	}
}

// TestNoTunnel has what looks like an encapsulation and carries no packet, and what carries one that cannot be read.
func TestNoTunnel(t *testing.T) {
	arp := cat(macs, []byte{8, 6}, make([]byte, 28))
	text := []byte("This is neither IP nor a frame with IP, and long enough to be one.")
	for _, c := range []struct {
		name   string
		packet []byte
		unread Encapsulation // that is not read
	}{
		{"GTP echo", inUDP(2152, 2152, []byte{0x32, 1, 0, 4, 0, 0, 0, 0, 0, 1, 0, 0}), 0},
		{"L2TP control", inUDP(1701, 1701, []byte{0xc8, 2, 0, 20, 0, 0, 0, 0, 0, 0, 0, 0, 0x80, 8, 0, 0, 0, 0, 0, 1}), 0},
		{"LCP in L2TP", inUDP(1701, 1701, []byte{0, 2, 0, 1, 0, 1, 0xff, 3, 0xc0, 0x21, 1, 1, 0, 4}), 0},
		{"ARP in VXLAN", inUDP(5, 4789, []byte{8, 0, 0, 0, 0, 0, 42, 0}, arp), 0},
		{"ARP in GENEVE", inUDP(5, 6081, []byte{0, 0, 0x65, 0x58, 0, 0, 1, 0}, arp), 0},
		{"ARP in NVGRE", ip4(47, cat([]byte{0x20, 0, 0x65, 0x58, 0, 0, 42, 1}, arp)), 0},
		{"ARP in L2TPv3", ip4(115, cat([]byte{0, 0, 0, 7}, arp)), 0},
		{"L2TPv3 control", ip4(115, cat([]byte{0, 0, 0, 0, 0xc8, 3, 0, 12}, make([]byte, 8))), 0},
		{"GRE keepalive", ip4(47, []byte{0, 0, 0, 0, 0, 0, 0, 0}), 0},
		{"NHRP in GRE", ip4(47, cat([]byte{0, 0, 0x20, 1}, make([]byte, 40))), 0},
		{"PPTP acknowledgement", ip4(47, []byte{0x20, 0x81, 0x88, 0x0b, 0, 0, 0, 5, 0, 0, 0, 1}), 0},
		{"Teredo bubble", inUDP(3544, 50000, []byte{0x60, 0, 0, 0, 0, 0, 59, 64}, make([]byte, 32)), 0},
		{"CAPWAP keepalive", inUDP(5, 5247, []byte{0, 0x10, 2, 8, 0, 0, 0, 0}, make([]byte, 22)), 0},
		{"TZSP keepalive", inUDP(37008, 37008, []byte{1, 4, 0, 0}), 0},
		{"answers to the ports", inUDP(53, 4789, text), 0},
		{"answers to GENEVE", inUDP(53, 6081, text), 0},
		{"answers to GTP", inUDP(53, 2152, text), 0},
		{"answers to L2TP", inUDP(53, 1701, text), 0},
		{"answers to GUE", inUDP(53, 6080, text), 0},
		{"answers to CAPWAP", inUDP(53, 5247, text), 0},
		{"other UDP", inUDP(53, 50000, text), 0},
		{"TCP on the port of STT", ip4(ip.ProtoTCP, tcp(5, 7471, 1000, 1, 0x18, text)), 0},
		{"ARP in STT", ip4(ip.ProtoTCP, tcp(5, 7471, 60<<16, 1, 0x18, cat(make([]byte, 18), arp))), 0},

		{"compressed PPP in PPTP", ip4(47, cat([]byte{0x30, 1, 0x88, 0x0b, 0, 20, 0, 5, 0, 0, 0, 1, 0xfd}, text)), PPTP},
		{"encrypted PPP in L2TP", inUDP(1701, 1701, []byte{0, 2, 0, 1, 0, 1, 0xff, 3, 0, 0xfd}, text), L2TP2},
		{"another type of GRE", ip4(47, cat([]byte{0, 0, 0x12, 0x34}, text)), GRE},
		{"source routes in GRE", ip4(47, cat([]byte{0x40, 0, 8, 0}, text)), GRE},
		{"another type of GENEVE", inUDP(5, 6081, []byte{0, 0, 0x12, 0x34, 0, 0, 1, 0}, text), GENEVE},
		{"unknown content of L2TPv3", ip4(115, cat([]byte{0, 0, 0, 7}, text)), L2TP3},
		{"encrypted CAPWAP", inUDP(5, 5247, []byte{1, 0, 0, 0}, text), CAPWAP},
		{"fragment of CAPWAP", inUDP(5, 5247, []byte{0, 0x10, 2, 0x80, 0, 0, 0, 0}, text), CAPWAP},
		{"unknown user's packet", inUDP(2152, 2152, []byte{0x30, 255}, size16(len(text)), []byte{0, 0, 0, 1}, text), GTPU},
		{"no IP in IP", ip4(4, []byte{0, 1, 2, 3}), IPinIP},
		{"minimal encapsulation", ip4(55, text), MinimalIP},
		{"another version of WESP", ip4(141, cat([]byte{4, 12, 0, 0x40}, text)), WESP},
		{"unknown next protocol", inUDP(5, 4790, []byte{0x0c, 0, 0, 99, 0, 0, 42, 0}, text), VXLANGPE},
		{"a frame in STT", ip4(ip.ProtoTCP, tcp(5, 7471, 100<<16, 1, 0x18, cat(make([]byte, 18), framed(inUDP(53, 50000, text[:40]))))), STT},
		{"ESP in GUE", inUDP(5, 6080, []byte{0, 50, 0, 0}, text), GUE},
	} {
		s := NewSplitter(SplitOptions{})
		d := s.Split(ether(1, 0, c.packet))[0]
		var unread Encapsulation
		if list := s.Unread(); len(list) == 1 {
			unread = list[0].In
		}
		if d.Kind != Other || !bytes.Equal(d.IP, c.packet) || d.Wrapping.Encapsulations() != nil || unread != c.unread {
			t.Errorf("%s: %v in %v, unread %v", c.name, d.Kind, d.Wrapping.Encapsulations(), s.Unread())
		}
	}
	s := NewSplitter(SplitOptions{})
	s.Split(&Packet{Number: 3, Link: LinkEthernet, Data: cat(macs, []byte{0x88, 0xe5, 0x0c, 0, 0, 0, 0, 1}, text)})
	if list := s.Unread(); len(list) != 1 || list[0].In != MACsec || list[0].Packets != 1 || !slices.Equal(list[0].Frames, []int{3}) {
		t.Errorf("MACsec: %+v", list)
	}
}

// TestTeredo has the headers that may be before the packet.
func TestTeredo(t *testing.T) {
	_, six := innerPackets(60)
	origin := []byte{0, 0, 0, 0, 0, 0, 0, 0}
	authentication := cat([]byte{0, 1, 2, 3}, make([]byte, 2+3+9))
	for _, before := range [][]byte{nil, origin, authentication, cat(authentication, origin)} {
		for _, ports := range [][2]uint16{{3544, 50000}, {50000, 3544}} {
			d := NewSplitter(SplitOptions{}).Split(ether(1, 0, inUDP(ports[0], ports[1], before, six)))[0]
			if d.Kind != IKE || !bytes.Equal(d.IP, six) || !slices.Equal(d.Wrapping.Encapsulations(), []Encapsulation{Teredo}) {
				t.Errorf("%x: %+v", before, d)
			}
		}
	}
}

// TestWiresharkTunnels has tshark find the packet in each encapsulation as it was written again, without a checksum that is wrong.
func TestWiresharkTunnels(t *testing.T) {
	if testing.Short() {
		t.Skip("starts no goroutine, and takes long with the race detector")
	}
	if _, err := exec.LookPath("tshark"); err != nil {
		t.Skip("no tshark")
	}
	path := filepath.Join(t.TempDir(), "out.pcapng")
	w, err := Create(path, WriterOptions{})
	if err != nil {
		t.Fatal(err)
	}
	packet, _ := innerPackets(60)
	var names []string
	for _, c := range tunnelCases {
		if c.odd {
			continue
		}
		p := ether(1, 0, c.wrap(packet))
		d := NewSplitter(SplitOptions{}).Split(p)[0]
		inner := ip4(ip.ProtoESP, esp(0x1001, 1, 140))
		frame, err := d.Relink(p, inner)
		if err != nil {
			t.Fatal(c.name, err)
		}
		w.Write(p, frame, "")
		names = append(names, c.name)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	out := tshark(t, "tshark", "-r", path, "-o", "ip.check_checksum:TRUE", "-o", "udp.check_checksum:TRUE", "-d", "udp.port==8472,vxlan", "-T", "fields", "-e", "esp.spi",
		"-e", "ip.checksum.status", "-e", "udp.checksum.status", "-e", "gre.checksum.status", "-e", "_ws.expert.message")
	for i, line := range strings.Split(strings.TrimSuffix(out, "\n"), "\n") {
		f := strings.Split(line, "\t")
		if f[0] != "0x00001001" || strings.Contains(strings.Join(f[1:4], ","), "0") {
			t.Errorf("%s: %q", names[i], line)
		}
	}
}
