package capture

import "fmt"

// LinkType is a LINKTYPE_ number as in pcap files (draft-ietf-opsawg-pcaplinktype).
type LinkType uint16

// The link types whose packets are looked into.
const (
	LinkNull      LinkType = 0   // BSD loopback: address family in either byte order
	LinkEthernet  LinkType = 1   // with 802.1Q, 802.1ad, MPLS and PPPoE
	LinkPPP       LinkType = 9   // with or without address and control
	LinkRawBSD    LinkType = 12  // DLT_RAW of BSD; DLT_LOOP of OpenBSD, as isakmpd -L writes it there
	LinkRawOpen   LinkType = 14  // DLT_RAW of OpenBSD
	LinkPPPHDLC   LinkType = 50  // PPP in HDLC framing, or Cisco's
	LinkPPPoE     LinkType = 51  // starts at the PPPoE header
	LinkRaw       LinkType = 101 // bare IP
	LinkCHDLC     LinkType = 104 // Cisco HDLC
	LinkLoop      LinkType = 108 // OpenBSD loopback: address family in network order
	LinkEnc       LinkType = 109 // OpenBSD enc(4): family, SPI, flags
	LinkIEEE80211 LinkType = 105 // IEEE 802.11, with or without frame check sequence
	LinkPrism     LinkType = 119 // Prism header, then 802.11
	LinkRadiotap  LinkType = 127 // radiotap header, then 802.11
	LinkSLL       LinkType = 113 // Linux "any", version 1
	LinkIPv4      LinkType = 228
	LinkIPv6      LinkType = 229
	LinkNFLOG     LinkType = 239 // Linux netfilter log
	LinkSLL2      LinkType = 276 // Linux "any", version 2
)

var linkNames = map[LinkType]string{
	LinkNull: "NULL", LinkEthernet: "Ethernet", LinkPPP: "PPP", LinkRawBSD: "RAW", LinkRawOpen: "RAW",
	LinkPPPHDLC: "PPP in HDLC", LinkPPPoE: "PPPoE", LinkRaw: "RAW", LinkCHDLC: "Cisco HDLC", LinkLoop: "LOOP",
	LinkEnc: "ENC", LinkSLL: "Linux cooked (SLL)", LinkIPv4: "IPv4", LinkIPv6: "IPv6", LinkNFLOG: "NFLOG",
	LinkSLL2: "Linux cooked (SLL2)", LinkIEEE80211: "IEEE 802.11", LinkPrism: "Prism", LinkRadiotap: "radiotap",
	// Not looked into, but often met:
	10: "FDDI", 107: "Frame Relay", 117: "pflog", 147: "USER0", 149: "USER2 or PKTAP", 187: "Bluetooth H4", 189: "USB (Linux)",
	192: "PPI", 195: "IEEE 802.15.4", 220: "USB (Linux, mmapped)", 226: "IPNET", 249: "USBPcap", 252: "upper PDU", 258: "PKTAP",
}

// String is the link type's name; its number if it has none here.
func (l LinkType) String() string {
	if name, ok := linkNames[l]; ok {
		return name
	}
	return fmt.Sprintf("link type %d", uint16(l))
}
