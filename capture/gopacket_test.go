package capture

import (
	"bytes"
	"net/netip"
	"path/filepath"
	"testing"

	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"

	"github.com/ikedecode/ikedecode/internal/ip"
	"github.com/ikedecode/ikedecode/internal/testfile"
)

// A view is what a frame's headers say, as one reader has it.
type view struct {
	src, dst     netip.Addr
	proto        uint8 // of what follows the headers of IP
	fragment     bool
	sport, dport uint16 // of TCP and UDP
	at           int    // where in the frame the payload of IP is; of TCP and UDP where theirs is
}

// ours is what the fast path reads.
func ours(p *Packet) (v view, ok bool) {
	h := findIP(p.Link, p.Data)
	if h.ip < 0 {
		return v, false
	}
	pk, ok := parseIP(p.Data[h.ip:], p.OrigLen-len(p.Data))
	if !ok {
		return v, false
	}
	v = view{src: pk.Src, dst: pk.Dst, proto: pk.Proto, fragment: pk.Fragment, at: h.ip + pk.Len}
	if pk.Fragment {
		return v, true
	}
	switch pk.Proto {
	case ip.ProtoTCP:
		if t, ok := ip.ParseTCP(pk.payload()); ok {
			v.sport, v.dport, v.at = t.Src, t.Dst, v.at+t.Len
		}
	case ip.ProtoUDP:
		if u, ok := ip.ParseUDP(pk.payload()); ok {
			v.sport, v.dport, v.at = u.Src, u.Dst, v.at+ip.UDPLen
		}
	}
	return v, true
}

// firstLayers are the decoders of gopacket by link type.
var firstLayers = map[LinkType]gopacket.Decoder{
	LinkNull: layers.LinkTypeNull, LinkEthernet: layers.LinkTypeEthernet, LinkPPP: layers.LinkTypePPP, LinkRaw: layers.LinkTypeRaw,
	LinkPPPoE: layers.LayerTypePPPoE, LinkLoop: layers.LinkTypeLoop, LinkSLL: layers.LinkTypeLinuxSLL, LinkIPv4: layers.LinkTypeRaw,
	LinkIPv6: layers.LinkTypeRaw,
}

// theirs is what gopacket reads. It reports false where gopacket has no decoder or finds an error.
func theirs(p *Packet) (v view, ok bool) {
	first, known := firstLayers[p.Link]
	if !known {
		return v, false
	}
	frame := bytes.Clone(p.Data)
	frame = frame[:len(frame):len(frame)]
	offset := func(l gopacket.Layer) int { return cap(frame) - cap(l.LayerContents()) } // layers are slices of the frame
	var end int
	for _, l := range gopacket.NewPacket(frame, first, gopacket.DecodeOptions{NoCopy: true}).Layers() {
		if ok && (l.LayerType() == layers.LayerTypeIPv4 || l.LayerType() == layers.LayerTypeIPv6) {
			return v, true // inside of a tunnel
		}
		if l.LayerType() != gopacket.LayerTypeDecodeFailure {
			end = offset(l) + len(l.LayerContents())
		}
		switch l := l.(type) {
		case *layers.IPv4:
			v.src, _ = netip.AddrFromSlice(l.SrcIP)
			v.dst, _ = netip.AddrFromSlice(l.DstIP)
			v.proto, v.at, ok = uint8(l.Protocol), end, true
			v.fragment = l.FragOffset != 0 || l.Flags&layers.IPv4MoreFragments != 0
		case *layers.IPv6:
			v.src, _ = netip.AddrFromSlice(l.SrcIP)
			v.dst, _ = netip.AddrFromSlice(l.DstIP)
			v.proto, v.at, ok = uint8(l.NextHeader), end, true
		case *layers.IPv6HopByHop:
			v.proto, v.at = uint8(l.NextHeader), end
		case *layers.IPv6Routing:
			v.proto, v.at = uint8(l.NextHeader), end
		case *layers.IPv6Destination:
			v.proto, v.at = uint8(l.NextHeader), end
		case *layers.IPv6Fragment:
			v.fragment = true
			return v, true
		case *layers.TCP:
			v.sport, v.dport, v.at = uint16(l.SrcPort), uint16(l.DstPort), end
		case *layers.UDP:
			v.sport, v.dport, v.at = uint16(l.SrcPort), uint16(l.DstPort), end
		}
	}
	return v, ok
}

// TestGopacketAgrees reads all packets of the recorded captures twice, by the fast path and by gopacket.
func TestGopacketAgrees(t *testing.T) {
	files, err := filepath.Glob("../testdata/pcaps/*/*.pcap")
	if err != nil {
		t.Fatal(err)
	}
	files = append(files, testfile.Beside(t, "captures/*/*.pcap")...)
	compared := 0
	for _, file := range files {
		all, _ := readAll(t, file)
		for _, p := range all {
			if compareReaders(t, file, p) {
				compared++
			}
		}
	}
	if compared < 1000 {
		t.Errorf("%d packets were compared", compared)
	}
}

func compareReaders(t *testing.T, name string, p *Packet) bool {
	t.Helper()
	want, ok := theirs(p)
	got, has := ours(p)
	if ok && (!has || got != want) {
		t.Errorf("%s: frame %d:\n got %+v\nwant %+v", name, p.Number, got, want)
	}
	return ok
}

// TestGopacketAgreesOnLinks does so for every link type, and for packets with options, extension headers and fragments.
func TestGopacketAgreesOnLinks(t *testing.T) {
	hop := ext{0, []byte{0, 0, 1, 4, 0, 0, 0, 0}}
	dest := ext{60, []byte{0, 1, 1, 12, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}}
	datagram := udp(4500, 4500, esp(0x1001, 1, 40))
	four := [][]byte{
		ip4(ip.ProtoUDP, datagram), ip4(ip.ProtoUDP, datagram, 148, 4, 0, 0), ip4(ip.ProtoESP, esp(0x1001, 1, 40)),
		ip4(ip.ProtoTCP, tcp(1, 2, 3, 4, ip.ACK, []byte("data"))),
	}
	six := [][]byte{
		ip6(ip.ProtoUDP, datagram), ip6(ip.ProtoUDP, datagram, hop, dest), ip6(ip.ProtoESP, esp(0x1001, 1, 40), hop),
		ip6(ip.ProtoTCP, tcp(1, 2, 3, 4, ip.ACK, []byte("data"))),
	}
	four = append(four, fragments4(ip4(ip.ProtoUDP, udp(500, 500, ike(600))), 256, 7)...)
	six = append(six, fragments6(ip6(ip.ProtoUDP, udp(500, 500, ike(600))), 256, 7)...)
	// gopacket has no decoder for these forms of a link type that it has.
	lacks := map[string]bool{"QinQ 9100": true, "PPP without address": true, "PPP compressed": true, "PPP MPLS": true, "NULL big": true}
	for i := range four {
		for _, c := range allLinkCases(len(four[i]), len(six[i])) {
			for _, data := range [][]byte{cat(c.v4, four[i], c.after), cat(c.v6, six[i], c.after)} {
				p := &Packet{Number: i, Link: c.link, Data: data, OrigLen: len(data)}
				if _, known := firstLayers[c.link]; !compareReaders(t, c.name, p) && known && !lacks[c.name] && ip.Version(data) != 0 {
					t.Errorf("%s: gopacket finds no IP in packet %d", c.name, i)
				}
			}
		}
	}
}
