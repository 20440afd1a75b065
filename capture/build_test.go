package capture

import (
	"bytes"
	"encoding/binary"
	"io"
	"net/netip"
	"os"
	"path/filepath"
	"reflect"
	"testing"
	"time"

	"github.com/ikedecode/ikedecode/internal/ip"
)

var (
	gwA4 = netip.MustParseAddr("192.0.2.1")
	gwB4 = netip.MustParseAddr("192.0.2.2")
	gwA6 = netip.MustParseAddr("2001:db8::1")
	gwB6 = netip.MustParseAddr("2001:db8::2")
	t0   = time.Unix(1700000000, 123456000).UTC()
)

// ip4 builds an IPv4 packet with a right header checksum.
func ip4(proto uint8, payload []byte, options ...byte) []byte {
	hdr := ip.IPv4Len + len(options)
	packet := make([]byte, hdr, hdr+len(payload))
	putIPv4(packet, gwA4, gwB4)
	packet[0], packet[6], packet[9] = byte(0x40|hdr/4), 0, proto
	copy(packet[20:], options)
	packet = append(packet, payload...)
	ip.SetLength(packet, hdr, len(packet))
	return packet
}

// An ext is an IPv6 extension header: its type and its bytes, whose first is set by ip6.
type ext struct {
	typ  uint8
	body []byte
}

func ip6(proto uint8, payload []byte, exts ...ext) []byte {
	packet := make([]byte, ip.IPv6Len)
	putIPv6(packet, gwA6, gwB6)
	at := 6
	for _, e := range exts {
		packet[at] = e.typ
		at = len(packet)
		packet = append(packet, e.body...)
	}
	packet[at] = proto
	packet = append(packet, payload...)
	ip.SetLength(packet, ip.IPv6Len, len(packet))
	return packet
}

func udp(src, dst uint16, payload []byte) []byte {
	u := make([]byte, ip.UDPLen, ip.UDPLen+len(payload))
	binary.BigEndian.PutUint16(u, src)
	binary.BigEndian.PutUint16(u[2:], dst)
	binary.BigEndian.PutUint16(u[4:], uint16(ip.UDPLen+len(payload)))
	return append(u, payload...)
}

// checksummed sets the checksum of the UDP datagram in an IP packet.
func checksummed(packet []byte, hdr int) []byte {
	packet[hdr+6] = 1 // not 0: one is wanted
	ip.SetUDPLength(packet, hdr, len(packet)-hdr)
	return packet
}

func tcp(src, dst uint16, seq, ack uint32, flags uint8, payload []byte) []byte {
	h := make([]byte, ip.TCPLen, ip.TCPLen+len(payload))
	binary.BigEndian.PutUint16(h, src)
	binary.BigEndian.PutUint16(h[2:], dst)
	binary.BigEndian.PutUint32(h[4:], seq)
	binary.BigEndian.PutUint32(h[8:], ack)
	h[12], h[13] = 0x50, flags
	return append(h, payload...)
}

// ike builds something with the header of an IKEv1 Main Mode message and n bytes in all.
func ike(n int) []byte {
	b := make([]byte, n)
	copy(b, "initiatorespondr")
	b[16], b[17], b[18] = 1, 0x10, 2
	binary.BigEndian.PutUint32(b[24:], uint32(n))
	for i := ikeHeaderLen; i < n; i++ {
		b[i] = byte(i)
	}
	return b
}

// ike2 is ike for IKE_SA_INIT.
func ike2(n int) []byte {
	b := ike(n)
	b[16], b[17], b[18], b[19] = 33, 0x20, 34, 8
	return b
}

func esp(spi, seq uint32, n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(i*7 + int(seq))
	}
	binary.BigEndian.PutUint32(b, spi)
	binary.BigEndian.PutUint32(b[4:], seq)
	return b
}

func marked(b []byte) []byte { return append(make([]byte, markerLen), b...) }

func cat(parts ...[]byte) []byte { return bytes.Join(parts, nil) }

// linkCase is a link type in one of its forms.
type linkCase struct {
	name   string
	link   LinkType
	v4, v6 []byte // what is before the IP packet
	after  []byte // what is behind it
}

var (
	macs   = []byte{2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2}
	sll    = []byte{0, 0, 0, 1, 0, 6, 2, 0, 0, 0, 0, 1, 0, 0}
	label  = []byte{0, 1, 0x01, 64} // bottom of stack
	label0 = []byte{0, 1, 0x00, 64}
)

// linkCases are all link types in all their forms.
var linkCases = []linkCase{
	{name: "Ethernet", link: LinkEthernet, v4: cat(macs, []byte{8, 0}), v6: cat(macs, []byte{0x86, 0xdd}), after: make([]byte, 6)},
	{name: "802.1Q", link: LinkEthernet, v4: cat(macs, []byte{0x81, 0, 0, 5, 8, 0}), v6: cat(macs, []byte{0x81, 0, 0, 5, 0x86, 0xdd}), after: []byte{1}},
	{name: "QinQ 88a8", link: LinkEthernet, v4: cat(macs, []byte{0x88, 0xa8, 0, 5, 0x81, 0, 0, 6, 8, 0}), v6: cat(macs, []byte{0x88, 0xa8, 0, 5, 0x81, 0, 0, 6, 0x86, 0xdd})},
	{name: "QinQ 9100", link: LinkEthernet, v4: cat(macs, []byte{0x91, 0, 0, 5, 0x81, 0, 0, 6, 8, 0}), v6: cat(macs, []byte{0x91, 0, 0, 5, 0x81, 0, 0, 6, 0x86, 0xdd})},
	{name: "SNAP", link: LinkEthernet, v4: cat(macs, []byte{1, 0, 0xaa, 0xaa, 3, 0, 0, 0, 8, 0}), v6: cat(macs, []byte{1, 0, 0xaa, 0xaa, 3, 0, 0, 0, 0x86, 0xdd})},
	{name: "MPLS", link: LinkEthernet, v4: cat(macs, []byte{0x88, 0x47}, label0, label), v6: cat(macs, []byte{0x86, 0xdd})},
	{name: "RAW 101", link: LinkRaw},
	{name: "RAW 12", link: LinkRawBSD},
	{name: "RAW 14", link: LinkRawOpen},
	{name: "IPV4", link: LinkIPv4},
	{name: "IPV6", link: LinkIPv6},
	{name: "NULL little", link: LinkNull, v4: []byte{2, 0, 0, 0}, v6: []byte{30, 0, 0, 0}},
	{name: "NULL big", link: LinkNull, v4: []byte{0, 0, 0, 2}, v6: []byte{0, 0, 0, 30}},
	{name: "LOOP", link: LinkLoop, v4: []byte{0, 0, 0, 2}, v6: []byte{0, 0, 0, 24}},
	{name: "LOOP as 12", link: LinkRawBSD, v4: []byte{0, 0, 0, 2}, v6: []byte{0, 0, 0, 24}},
	{name: "ENC", link: LinkEnc, v4: []byte{2, 0, 0, 0, 0, 0, 1, 1, 0, 0, 0, 3}, v6: []byte{24, 0, 0, 0, 0, 0, 1, 1, 0, 0, 0, 3}},
	{name: "SLL", link: LinkSLL, v4: cat(sll, []byte{8, 0}), v6: cat(sll, []byte{0x86, 0xdd})},
	{name: "SLL VLAN", link: LinkSLL, v4: cat(sll, []byte{0x81, 0, 0, 5, 8, 0}), v6: cat(sll, []byte{0x81, 0, 0, 5, 0x86, 0xdd})},
	{name: "SLL2", link: LinkSLL2, v4: cat([]byte{8, 0}, make([]byte, 18)), v6: cat([]byte{0x86, 0xdd}, make([]byte, 18))},
	{name: "SLL2 VLAN", link: LinkSLL2, v4: cat([]byte{0x81, 0}, make([]byte, 18), []byte{0, 5, 8, 0}), v6: cat([]byte{0x81, 0}, make([]byte, 18), []byte{0, 5, 0x86, 0xdd})},
	{name: "PPP", link: LinkPPP, v4: []byte{0xff, 3, 0, 0x21}, v6: []byte{0xff, 3, 0, 0x57}},
	{name: "PPP without address", link: LinkPPP, v4: []byte{0, 0x21}, v6: []byte{0, 0x57}},
	{name: "PPP compressed", link: LinkPPP, v4: []byte{0x21}, v6: []byte{0x57}},
	{name: "PPP MPLS", link: LinkPPP, v4: cat([]byte{0xff, 3, 2, 0x81}, label), v6: []byte{0xff, 3, 0, 0x57}},
	{name: "PPP_HDLC", link: LinkPPPHDLC, v4: []byte{0xff, 3, 0, 0x21}, v6: []byte{0xff, 3, 0, 0x57}},
	{name: "PPP_HDLC Cisco", link: LinkPPPHDLC, v4: []byte{0x0f, 0, 8, 0}, v6: []byte{0x0f, 0, 0x86, 0xdd}},
	{name: "C_HDLC", link: LinkCHDLC, v4: []byte{0x0f, 0, 8, 0}, v6: []byte{0x0f, 0, 0x86, 0xdd}},
	{name: "VN-Tag", link: LinkEthernet, v4: cat(macs, []byte{0x89, 0x26, 0, 0, 0, 0, 8, 0}), v6: cat(macs, []byte{0x89, 0x26, 0, 0, 0, 0, 0x86, 0xdd})},
	{name: "Cisco MetaData", link: LinkEthernet, v4: cat(macs, []byte{0x89, 9, 1, 1, 0, 1, 0, 5, 8, 0}), v6: cat(macs, []byte{0x89, 9, 1, 1, 0, 1, 0, 5, 0x86, 0xdd})},
	{name: "PBB", link: LinkEthernet, v4: cat(macs, []byte{0x88, 0xe7, 0, 0, 0, 9}, macs, []byte{8, 0}), v6: cat(macs, []byte{0x88, 0xe7, 0, 0, 0, 9}, macs, []byte{0x86, 0xdd})},
	{name: "TRILL", link: LinkEthernet, v4: cat(macs, []byte{0x22, 0xf3, 0, 0x7f, 0, 1, 0, 2, 1, 2, 3, 4}, macs, []byte{8, 0}), v6: cat(macs, []byte{0x22, 0xf3, 0, 0x7f, 0, 1, 0, 2, 1, 2, 3, 4}, macs, []byte{0x86, 0xdd})},
	{name: "FabricPath", link: LinkEthernet, v4: cat(macs, []byte{0x89, 3, 0, 1}, macs, []byte{8, 0}), v6: cat(macs, []byte{0x89, 3, 0, 1}, macs, []byte{0x86, 0xdd})},
	{name: "HSR", link: LinkEthernet, v4: cat(macs, []byte{0x89, 0x2f, 0, 40, 0, 1, 8, 0}), v6: cat(macs, []byte{0x89, 0x2f, 0, 40, 0, 1, 0x86, 0xdd})},
	{name: "NSH", link: LinkEthernet, v4: cat(macs, nsh(1)), v6: cat(macs, nsh(2))},
	{name: "frame in NSH", link: LinkEthernet, v4: cat(macs, nsh(3), macs, []byte{8, 0}), v6: cat(macs, nsh(3), macs, []byte{0x86, 0xdd})},
	{name: "pseudowire", link: LinkEthernet, v4: cat(macs, []byte{0x88, 0x47}, label0, label, []byte{0, 0, 0, 1}, macs, []byte{8, 0}), v6: cat(macs, []byte{0x88, 0x47}, label0, label, []byte{0, 0, 0, 1}, macs, []byte{0x86, 0xdd})},
	{name: "pseudowire without control word", link: LinkEthernet, v4: cat(macs, []byte{0x88, 0x47}, label, macs4, []byte{8, 0}), v6: cat(macs, []byte{0x88, 0x47}, label, macs4, []byte{0x86, 0xdd})},

	{name: "PPP_WITH_DIR", link: LinkPPPDir, v4: []byte{1, 0xff, 3, 0, 0x21}, v6: []byte{1, 0xff, 3, 0, 0x57}},
	{name: "PPP_PPPD", link: LinkPPPD, v4: []byte{1, 3, 0, 0x21}, v6: []byte{1, 3, 0, 0x57}},
	{name: "C_HDLC_WITH_DIR", link: LinkCHDLCDir, v4: []byte{1, 0x0f, 0, 8, 0}, v6: []byte{1, 0x0f, 0, 0x86, 0xdd}},
	{name: "IPOIB", link: LinkIPoIB, v4: cat(make([]byte, 40), []byte{8, 0, 0, 0}), v6: cat(make([]byte, 40), []byte{0x86, 0xdd, 0, 0})},
	{name: "FRELAY", link: LinkFrameRelay, v4: []byte{0x18, 0x41, 3, 0xcc}, v6: []byte{0x18, 0x41, 3, 0x8e}},
	{name: "FRELAY padded, long address", link: LinkFrameRelay, v4: []byte{0x18, 0x40, 0x40, 0x41, 3, 0, 0xcc}, v6: []byte{0x18, 0x40, 0x40, 0x41, 3, 0, 0x8e}},
	{name: "FRELAY with SNAP", link: LinkFrameRelay, v4: []byte{0x18, 0x41, 3, 0, 0x80, 0, 0, 0, 8, 0}, v6: []byte{0x18, 0x41, 3, 0, 0x80, 0, 0, 0, 0x86, 0xdd}},
	{name: "FRELAY bridged", link: LinkFrameRelay, v4: cat([]byte{0x18, 0x41, 3, 0, 0x80, 0, 0x80, 0xc2, 0, 7}, macs, []byte{8, 0}), v6: cat([]byte{0x18, 0x41, 3, 0, 0x80, 0, 0x80, 0xc2, 0, 7}, macs, []byte{0x86, 0xdd})},
	{name: "FRELAY with PPP", link: LinkFrameRelay, v4: []byte{0x18, 0x41, 3, 0xcf, 0, 0x21}, v6: []byte{0x18, 0x41, 3, 0xcf, 0, 0x57}},
	{name: "FRELAY Cisco", link: LinkFrameRelay, v4: []byte{0x18, 0x41, 8, 0}, v6: []byte{0x18, 0x41, 0x86, 0xdd}},
	{name: "FRELAY_WITH_DIR", link: LinkFrameRelayDir, v4: []byte{0, 0x18, 0x41, 3, 0xcc}, v6: []byte{0, 0x18, 0x41, 3, 0x8e}},
	{name: "JUNIPER_ETHER", link: LinkJuniperEther, v4: cat(mgc, macs, []byte{8, 0}), v6: cat(mgc, macs, []byte{0x86, 0xdd})},
	{name: "JUNIPER_ETHER extended", link: LinkJuniperEther, v4: cat(mgcMore, macs, []byte{8, 0}), v6: cat(mgcMore, macs, []byte{0x86, 0xdd})},
	{name: "JUNIPER_PPP", link: LinkJuniperPPP, v4: cat(mgc, []byte{0xff, 3, 0, 0x21}), v6: cat(mgc, []byte{0xff, 3, 0, 0x57})},
	{name: "JUNIPER_FRELAY", link: LinkJuniperFR, v4: cat(mgc, []byte{0x18, 0x41, 3, 0xcc}), v6: cat(mgc, []byte{0x18, 0x41, 3, 0x8e})},
	{name: "JUNIPER_CHDLC", link: LinkJuniperCHDLC, v4: cat(mgc, []byte{0x0f, 0, 8, 0}), v6: cat(mgc, []byte{0x0f, 0, 0x86, 0xdd})},
	{name: "JUNIPER_PPPOE", link: LinkJuniperPPPoE, v4: cat(mgc, macs, []byte{8, 0}), v6: cat(mgc, macs, []byte{0x86, 0xdd})},
	{name: "PKTAP", link: LinkPKTAP, v4: cat(pktap(LinkEthernet), macs, []byte{8, 0}), v6: cat(pktap(LinkEthernet), macs, []byte{0x86, 0xdd})},
	{name: "PKTAP as USER2", link: LinkUser2, v4: cat(pktap(LinkEthernet), macs, []byte{8, 0}), v6: cat(pktap(LinkEthernet), macs, []byte{0x86, 0xdd})},
	{name: "PKTAP of a tunnel", link: LinkPKTAP, v4: cat(pktap(LinkNull), []byte{2, 0, 0, 0}), v6: cat(pktap(LinkNull), []byte{30, 0, 0, 0})},
	{name: "PKTAP raw", link: LinkPKTAP, v4: pktap(LinkRawBSD), v6: pktap(LinkRawBSD)},
	{name: "PPI", link: LinkPPI, v4: cat([]byte{0, 0, 8, 0, 1, 0, 0, 0}, macs, []byte{8, 0}), v6: cat([]byte{0, 0, 8, 0, 1, 0, 0, 0}, macs, []byte{0x86, 0xdd})},
	{name: "PFLOG", link: LinkPFLog, v4: cat([]byte{61, 2, 0, 0}, make([]byte, 60)), v6: cat([]byte{61, 24, 0, 0}, make([]byte, 60))},
	{name: "FDDI", link: LinkFDDI, v4: cat([]byte{0x50}, macs, snap4), v6: cat([]byte{0x50}, macs, snap6)},
	{name: "ATM", link: LinkATM, v4: snap4, v6: snap6},
	{name: "ATM bridged", link: LinkATM, v4: cat(bridged, macs, []byte{8, 0}), v6: cat(bridged, macs, []byte{0x86, 0xdd})},
	{name: "ATM_CLIP", link: LinkATMCLIP},
	{name: "ATM_CLIP with SNAP", link: LinkATMCLIP, v4: snap4, v6: snap6},
	{name: "SUNATM", link: LinkSunATM, v4: cat(make([]byte, 4), snap4), v6: cat(make([]byte, 4), snap6)},
	{name: "IP_OVER_FC", link: LinkIPoverFC, v4: cat(make([]byte, 16), snap4), v6: cat(make([]byte, 16), snap6)},
	{name: "IEEE1394", link: LinkFireWire, v4: cat(make([]byte, 16), []byte{8, 0}), v6: cat(make([]byte, 16), []byte{0x86, 0xdd})},
	{name: "SYMANTEC", link: LinkSymantec, v4: cat(make([]byte, 6), []byte{8, 0}, make([]byte, 36)), v6: cat(make([]byte, 6), []byte{0x86, 0xdd}, make([]byte, 36))},
	{name: "SLIP", link: LinkSLIP, v4: make([]byte, 16), v6: make([]byte, 16)},
	{name: "MPLS link", link: LinkMPLS, v4: label, v6: label},
	{name: "NETANALYZER", link: LinkNetANALYZER, v4: cat(make([]byte, 4), macs, []byte{8, 0}), v6: cat(make([]byte, 4), macs, []byte{0x86, 0xdd}), after: fcs},
	{name: "NETANALYZER transparent", link: LinkNetANALYZERFull, v4: cat(make([]byte, 12), macs, []byte{8, 0}), v6: cat(make([]byte, 12), macs, []byte{0x86, 0xdd}), after: fcs},
	{name: "DSA Broadcom", link: LinkDSABroadcom, v4: cat(macs, make([]byte, 4), []byte{8, 0}), v6: cat(macs, make([]byte, 4), []byte{0x86, 0xdd})},
	{name: "DSA prepended", link: LinkDSAPrepended, v4: cat(make([]byte, 4), macs, []byte{8, 0}), v6: cat(make([]byte, 4), macs, []byte{0x86, 0xdd})},
	{name: "DSA", link: LinkDSA, v4: cat(macs, make([]byte, 4), []byte{8, 0}), v6: cat(macs, make([]byte, 4), []byte{0x86, 0xdd})},
	{name: "EDSA", link: LinkEDSA, v4: cat(macs, make([]byte, 8), []byte{8, 0}), v6: cat(macs, make([]byte, 8), []byte{0x86, 0xdd})},
	{name: "TZSP link", link: LinkTZSP, v4: cat([]byte{1, 0, 0, 1, 10, 1, 40, 1}, macs, []byte{8, 0}), v6: cat([]byte{1, 0, 0, 1, 10, 1, 40, 1}, macs, []byte{0x86, 0xdd})},
	{name: "upper PDU of a frame", link: LinkUpperPDU, v4: cat(upper("eth_withoutfcs"), macs, []byte{8, 0}), v6: cat(upper("eth_withoutfcs"), macs, []byte{0x86, 0xdd})},
}

// bareCases are forms whose header is not written again.
var bareCases = []linkCase{
	{name: "upper PDU", link: LinkUpperPDU, v4: upper("ip"), v6: upper("ipv6")},
	{name: "JUNIPER without link header", link: LinkJuniperEther, v4: []byte("MGC\x02\x00\x00\x00\x02"), v6: []byte("MGC\x02\x00\x00\x00\x1c")},
	{name: "JUNIPER_SERVICES", link: LinkJuniperAS, v4: cat(mgc, make([]byte, 8)), v6: cat(mgc, make([]byte, 8))},
	{name: "JUNIPER_ATM2 with SNAP", link: LinkJuniperATM2, v4: cat(mgc, make([]byte, 8), snap4), v6: cat(mgc, make([]byte, 8), snap6)},
	{name: "JUNIPER_ST", link: LinkJuniperST, v4: mgc, v6: mgc},
	{name: "IPNET", link: LinkIPNET, v4: cat([]byte{2, 2}, make([]byte, 22)), v6: cat([]byte{2, 26}, make([]byte, 22))},
	{name: "unknown EtherType", link: LinkEthernet, v4: cat(macs, []byte{0x43, 5, 0x40, 15, 50, 0}, macs[:6], macs, []byte{8, 0}), v6: cat(macs, []byte{0x43, 5, 0x40, 15, 50, 0}, macs[:6], macs, []byte{0x86, 0xdd})},
	{name: "AVS", link: LinkAVS, v4: cat(avs, dot11, snap4), v6: cat(avs, dot11, snap6), after: fcs},
	{name: "PPI with 802.11", link: LinkPPI, v4: cat([]byte{0, 0, 8, 0, 105, 0, 0, 0}, dot11, snap4), v6: cat([]byte{0, 0, 8, 0, 105, 0, 0, 0}, dot11, snap6)},
	{name: "TZSP link with 802.11", link: LinkTZSP, v4: cat([]byte{1, 0, 0, 18, 1}, dot11, snap4), v6: cat([]byte{1, 0, 0, 18, 1}, dot11, snap6)},
	{name: "MACsec, not encrypted", link: LinkEthernet, v4: cat(macs, []byte{0x88, 0xe5, 0x20, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 1, 0, 1, 8, 0}), v6: cat(macs, []byte{0x88, 0xe5, 0x20, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 1, 0, 1, 0x86, 0xdd}), after: make([]byte, 16)},
}

var (
	bridged = []byte{0xaa, 0xaa, 3, 0, 0x80, 0xc2, 0, 7, 0, 0}
	mgc     = []byte("MGC\x01")
	mgcMore = []byte("MGC\x81\x00\x06\x04\x01\x05\x05\x01\x00")
	avs     = cat([]byte{0x80, 0x21, 0x10, 1, 0, 0, 0, 64}, make([]byte, 56))
	macs4   = []byte{0x44, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2} // looks like IP behind a label
)

// nsh is an EtherType and a service header.
func nsh(next byte) []byte { return cat([]byte{0x89, 0x4f, 0x0f, 0xc6, 1, next}, make([]byte, 20)) }

func pktap(link LinkType) []byte {
	b := make([]byte, 120)
	b[0], b[4], b[8] = 120, 1, byte(link)
	return b
}

// upper are the tags before what Wireshark exported.
func upper(proto string) []byte {
	for len(proto)%4 != 0 {
		proto += "\x00"
	}
	return cat([]byte{0, 12, 0, byte(len(proto))}, []byte(proto), []byte{0, 0, 0, 0})
}

// pppoeCase and nflogCase hold a length of the packet, so they are made for one.
func pppoeCase(link LinkType, before []byte, n4, n6 int) linkCase {
	head := func(n int, proto byte) []byte {
		return cat(before, []byte{0x11, 0, 0, 7, byte((n + 2) >> 8), byte(n + 2), 0, proto})
	}
	return linkCase{name: "PPPoE " + link.String(), link: link, v4: head(n4, 0x21), v6: head(n6, 0x57)}
}

func nflogCase(n4, n6 int) linkCase {
	head := func(family byte, n int) []byte {
		return cat([]byte{family, 0, 0, 5, 8, 0, 1, 0, 8, 0, 1, 0}, []byte{byte(n + 4), byte((n + 4) >> 8), 9, 0})
	}
	return linkCase{name: "NFLOG", link: LinkNFLOG, v4: head(2, n4), v6: head(10, n6)}
}

// nflogBigCase is that of a machine that has the other byte order.
func nflogBigCase(n4, n6 int) linkCase {
	head := func(family byte, n int) []byte {
		return cat([]byte{family, 0, 0, 5, 0, 8, 0, 1, 8, 0, 1, 0}, []byte{byte((n + 4) >> 8), byte(n + 4), 0, 9})
	}
	return linkCase{name: "NFLOG big", link: LinkNFLOG, v4: head(2, n4), v6: head(10, n6)}
}

// allLinkCases are the cases for packets of n4 bytes of IPv4 and n6 of IPv6.
func allLinkCases(n4, n6 int) []linkCase {
	return append(linkCases[:len(linkCases):len(linkCases)],
		pppoeCase(LinkEthernet, cat(macs, []byte{0x88, 0x64}), n4, n6), pppoeCase(LinkPPPoE, nil, n4, n6), nflogCase(n4, n6), nflogBigCase(n4, n6))
}

// pkt makes a packet of a bare IP packet.
func pkt(n int, at time.Duration, packet []byte) *Packet {
	return &Packet{Number: n, FileFrame: n, Time: t0.Add(at), Link: LinkRaw, Data: packet, OrigLen: len(packet)}
}

// pcapOf builds a pcap file.
func pcapOf(order binary.AppendByteOrder, magic uint32, link LinkType, packets ...*Packet) []byte {
	b := order.AppendUint32(nil, magic)
	b = order.AppendUint16(order.AppendUint16(b, 2), 4)
	b = append(b, 0, 0, 0, 0, 0, 0, 0, 0)
	b = order.AppendUint32(order.AppendUint32(b, 65535), uint32(link))
	unit := 1000
	if magic == magicNano {
		unit = 1
	}
	for _, p := range packets {
		b = order.AppendUint32(b, uint32(p.Time.Unix()))
		b = order.AppendUint32(b, uint32(p.Time.Nanosecond()/unit))
		b = order.AppendUint32(order.AppendUint32(b, uint32(len(p.Data))), uint32(p.OrigLen))
		if magic == magicModified {
			b = append(b, 0, 0, 0, 0, 0, 0, 0, 0)
		}
		b = append(b, p.Data...)
	}
	return b
}

// ngBlock builds a pcapng block.
func ngBlock(order binary.AppendByteOrder, typ uint32, body ...[]byte) []byte {
	content := cat(body...)
	for len(content)%4 != 0 {
		content = append(content, 0)
	}
	n := uint32(len(content) + 12)
	return order.AppendUint32(append(order.AppendUint32(order.AppendUint32(nil, typ), n), content...), n)
}

func ngOption(order binary.AppendByteOrder, code uint16, v []byte) []byte {
	b := append(order.AppendUint16(order.AppendUint16(nil, code), uint16(len(v))), v...)
	for len(b)%4 != 0 {
		b = append(b, 0)
	}
	return b
}

func ngSection(order binary.AppendByteOrder) []byte {
	body := order.AppendUint16(order.AppendUint16(order.AppendUint32(nil, byteOrderMagic), 1), 0)
	return ngBlock(order, blockSection, body, bytes.Repeat([]byte{0xff}, 8))
}

func ngInterfaceOf(order binary.AppendByteOrder, link LinkType, options ...[]byte) []byte {
	head := append(order.AppendUint16(nil, uint16(link)), 0, 0, 0, 0, 0, 0)
	return ngBlock(order, blockInterface, append([][]byte{head}, options...)...)
}

func ngPacketOf(order binary.AppendByteOrder, iface uint32, ts uint64, p *Packet, options ...[]byte) []byte {
	head := order.AppendUint32(order.AppendUint32(order.AppendUint32(nil, iface), uint32(ts>>32)), uint32(ts))
	head = order.AppendUint32(order.AppendUint32(head, uint32(len(p.Data))), uint32(p.OrigLen))
	data := bytes.Clone(p.Data)
	for len(data)%4 != 0 {
		data = append(data, 0)
	}
	return ngBlock(order, blockEnhanced, append([][]byte{head, data}, options...)...)
}

// fileOf puts b into a file in a folder of the test.
func fileOf(t testing.TB, name string, b []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// readAll reads all packets of captures.
func readAll(t testing.TB, paths ...string) ([]*Packet, []Cut) {
	t.Helper()
	src, err := Open(paths, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	return drain(t, src), src.Cuts()
}

// drain makes one pass.
func drain(t testing.TB, src *Source) []*Packet {
	t.Helper()
	r, err := src.Reader()
	if err != nil {
		t.Fatal(err)
	}
	var all []*Packet
	for {
		p, err := r.Next()
		if err == io.EOF {
			checkBatches(t, src, all)
			return all
		}
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}
}

// checkBatches reads src in batches, some of which are used again only later, and compares with what Next returned.
func checkBatches(t testing.TB, src *Source, want []*Packet) {
	t.Helper()
	r, err := src.Reader()
	if err != nil {
		t.Fatal(err)
	}
	var batches [3]Batch
	check := func(b *Batch, from int) {
		for i := range b.Packets {
			if from+i >= len(want) {
				t.Fatalf("%d packets in batches, want %d", from+i+1, len(want))
			}
			p := b.Packets[i]
			same := bytes.Equal(p.Data, want[from+i].Data)
			p.Data = want[from+i].Data // empty or nil is the same
			if !same || !reflect.DeepEqual(p, *want[from+i]) {
				t.Fatalf("packet %d in a batch: %+v, data equal: %v", from+i+1, p, same)
			}
		}
	}
	var starts [3]int
	n := 0
	for k := 0; ; k++ {
		b := &batches[k%3]
		check(b, starts[k%3]) // the batches read since have left it alone
		starts[k%3] = n
		if err := r.ReadBatch(b); err == io.EOF {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		if len(b.Packets) == 0 {
			t.Fatal("an empty batch")
		}
		check(b, n)
		n += len(b.Packets)
	}
	if n != len(want) {
		t.Fatalf("%d packets in batches, want %d", n, len(want))
	}
}

// unreadOf is how many frames of a link type are not looked into.
func unreadOf(s *Splitter, link LinkType) int {
	for _, u := range s.Unread() {
		if u.Link == link && u.In == NoEncapsulation {
			return u.Packets
		}
	}
	return 0
}
