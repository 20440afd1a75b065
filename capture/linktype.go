package capture

import "fmt"

// LinkType is a LINKTYPE_ number as in pcap files (draft-ietf-opsawg-pcaplinktype).
type LinkType uint16

// The link types whose packets are looked into.
const (
	LinkNull            LinkType = 0   // BSD loopback: address family in either byte order
	LinkEthernet        LinkType = 1   // with 802.1Q, 802.1ad, MPLS, PPPoE and what switches put before frames
	LinkSLIP            LinkType = 8   // with BSD's header
	LinkPPP             LinkType = 9   // with or without address and control
	LinkFDDI            LinkType = 10  // with LLC
	LinkRawBSD          LinkType = 12  // DLT_RAW of BSD; DLT_LOOP of OpenBSD, as isakmpd -L writes it there
	LinkRawOpen         LinkType = 14  // DLT_RAW of OpenBSD
	LinkPPPHDLC         LinkType = 50  // PPP in HDLC framing, or Cisco's
	LinkPPPoE           LinkType = 51  // starts at the PPPoE header
	LinkSymantec        LinkType = 99  // Symantec's firewall
	LinkATM             LinkType = 100 // LLC in ATM (RFC 2684)
	LinkRaw             LinkType = 101 // bare IP
	LinkCHDLC           LinkType = 104 // Cisco HDLC
	LinkIEEE80211       LinkType = 105 // IEEE 802.11, with or without frame check sequence
	LinkATMCLIP         LinkType = 106 // classical IP over ATM, of Linux
	LinkFrameRelay      LinkType = 107 // with RFC 2427 or Cisco's encapsulation
	LinkLoop            LinkType = 108 // OpenBSD loopback: address family in network order
	LinkEnc             LinkType = 109 // OpenBSD enc(4): family, SPI, flags
	LinkSLL             LinkType = 113 // Linux "any", version 1
	LinkPFLog           LinkType = 117 // OpenBSD's packet filter log
	LinkPrism           LinkType = 119 // Prism header, then 802.11
	LinkIPoverFC        LinkType = 122 // IP over Fibre Channel (RFC 2625)
	LinkSunATM          LinkType = 123 // LLC in ATM, of Solaris
	LinkRadiotap        LinkType = 127 // radiotap header, then 802.11
	LinkTZSP            LinkType = 128 // TaZmen Sniffer Protocol
	LinkJuniperMLPPP    LinkType = 130 // this one and all other Juniper types: its header, then what the name says
	LinkJuniperMLFR     LinkType = 131
	LinkJuniperES       LinkType = 132
	LinkJuniperGGSN     LinkType = 133
	LinkJuniperMFR      LinkType = 134
	LinkJuniperATM2     LinkType = 135
	LinkJuniperAS       LinkType = 136 // services
	LinkJuniperATM1     LinkType = 137
	LinkFireWire        LinkType = 138 // IP over IEEE 1394, of Apple
	LinkUser2           LinkType = 149 // for private use, as which older systems of Apple write PKTAP
	LinkAVS             LinkType = 163 // AVS header, then 802.11
	LinkJuniperMonitor  LinkType = 164
	LinkPPPD            LinkType = 166 // PPP with the direction in place of the address, of Linux's pppd
	LinkJuniperPPPoE    LinkType = 167
	LinkJuniperPPPoATM  LinkType = 168
	LinkJuniperEther    LinkType = 178
	LinkJuniperPPP      LinkType = 179
	LinkJuniperFR       LinkType = 180
	LinkJuniperCHDLC    LinkType = 181
	LinkJuniperVP       LinkType = 183
	LinkPPI             LinkType = 192 // per-packet information, then what it says
	LinkJuniperISM      LinkType = 194
	LinkJuniperST       LinkType = 200
	LinkPPPDir          LinkType = 204 // the direction, then PPP
	LinkCHDLCDir        LinkType = 205 // the direction, then Cisco HDLC
	LinkFrameRelayDir   LinkType = 206 // the direction, then Frame Relay
	LinkMPLS            LinkType = 219
	LinkIPNET           LinkType = 226 // Solaris
	LinkIPv4            LinkType = 228
	LinkIPv6            LinkType = 229
	LinkJuniperVS       LinkType = 232
	LinkJuniperSRX      LinkType = 233
	LinkJuniperCEMIC    LinkType = 238
	LinkNFLOG           LinkType = 239 // Linux netfilter log
	LinkNetANALYZER     LinkType = 240 // Ethernet of Hilscher's netANALYZER
	LinkNetANALYZERFull LinkType = 241 // and with its preamble
	LinkIPoIB           LinkType = 242 // IP over InfiniBand (RFC 4391), after a global route header
	LinkUpperPDU        LinkType = 252 // what Wireshark exports of a layer
	LinkPKTAP           LinkType = 258 // Apple's header, then what it says
	LinkSLL2            LinkType = 276 // Linux "any", version 2
	LinkDSABroadcom     LinkType = 281 // Ethernet inside a switch of Broadcom, tagged
	LinkDSAPrepended    LinkType = 282 // and with the tag in front
	LinkDSA             LinkType = 284 // Ethernet inside a switch of Marvell, tagged
	LinkEDSA            LinkType = 285 // and with a longer tag
)

// linkNames are the names as published, without LINKTYPE_, but for those that everybody calls otherwise.
var linkNames = map[LinkType]string{
	LinkNull: "NULL", LinkEthernet: "Ethernet", LinkPPP: "PPP", LinkRawBSD: "RAW", LinkRawOpen: "RAW", LinkPPPHDLC: "PPP in HDLC",
	LinkPPPoE: "PPPoE", LinkRaw: "RAW", LinkCHDLC: "Cisco HDLC", LinkLoop: "LOOP", LinkEnc: "ENC", LinkSLL: "Linux cooked (SLL)",
	LinkIPv4: "IPv4", LinkIPv6: "IPv6", LinkNFLOG: "NFLOG", LinkSLL2: "Linux cooked (SLL2)", LinkIEEE80211: "IEEE 802.11",
	LinkPrism: "Prism", LinkRadiotap: "radiotap", LinkFrameRelay: "Frame Relay", LinkPFLog: "pflog", LinkUser2: "USER2",

	2: "EXP_ETHERNET", 3: "AX25", 4: "PRONET", 5: "CHAOS", 6: "IEEE802_5", 7: "ARCNET_BSD", 8: "SLIP", 10: "FDDI", 11: "ATM_RFC1483",
	99: "SYMANTEC_FIREWALL", 100: "ATM_RFC1483", 102: "SLIP_BSDOS", 103: "PPP_BSDOS", 106: "ATM_CLIP", 110: "LANE8023", 111: "HIPPI",
	112: "HDLC", 114: "LTALK", 115: "ECONET", 116: "IPFILTER", 118: "CISCO_IOS", 120: "IEEE802_11_AIRONET", 121: "HHDLC",
	122: "IP_OVER_FC", 123: "SUNATM", 124: "RIO", 125: "PCI_EXP", 126: "AURORA", 128: "TZSP", 129: "ARCNET_LINUX",
	130: "JUNIPER_MLPPP", 131: "JUNIPER_MLFR", 132: "JUNIPER_ES", 133: "JUNIPER_GGSN", 134: "JUNIPER_MFR", 135: "JUNIPER_ATM2",
	136: "JUNIPER_SERVICES", 137: "JUNIPER_ATM1", 138: "APPLE_IP_OVER_IEEE1394", 139: "MTP2_WITH_PHDR", 140: "MTP2", 141: "MTP3",
	142: "SCCP", 143: "DOCSIS", 144: "LINUX_IRDA", 145: "IBM_SP", 146: "IBM_SN", 147: "USER0", 148: "USER1", 150: "USER3",
	151: "USER4", 152: "USER5", 153: "USER6", 154: "USER7", 155: "USER8", 156: "USER9", 157: "USER10", 158: "USER11", 159: "USER12",
	160: "USER13", 161: "USER14", 162: "USER15", 163: "IEEE802_11_AVS", 164: "JUNIPER_MONITOR", 165: "BACNET_MS_TP", 166: "PPP_PPPD",
	167: "JUNIPER_PPPOE", 168: "JUNIPER_PPPOE_ATM", 169: "GPRS_LLC", 170: "GPF_T", 171: "GPF_F", 172: "GCOM_T1E1", 173: "GCOM_SERIAL",
	174: "JUNIPER_PIC_PEER", 175: "ERF_ETH", 176: "ERF_POS", 177: "LINUX_LAPD", 178: "JUNIPER_ETHER", 179: "JUNIPER_PPP",
	180: "JUNIPER_FRELAY", 181: "JUNIPER_CHDLC", 182: "MFR", 183: "JUNIPER_VP", 184: "A429", 185: "A653_ICM", 186: "USB_FREEBSD",
	187: "BLUETOOTH_HCI_H4", 188: "IEEE802_16_MAC_CPS", 189: "USB_LINUX", 190: "CAN20B", 191: "IEEE802_15_4_LINUX", 192: "PPI",
	193: "IEEE802_16_MAC_CPS_RADIO", 194: "JUNIPER_ISM", 195: "IEEE802_15_4_WITHFCS", 196: "SITA", 197: "ERF", 198: "RAIF1",
	199: "IPMB_KONTRON", 200: "JUNIPER_ST", 201: "BLUETOOTH_HCI_H4_WITH_PHDR", 202: "AX25_KISS", 203: "LAPD", 204: "PPP_WITH_DIR",
	205: "C_HDLC_WITH_DIR", 206: "FRELAY_WITH_DIR", 207: "LAPB_WITH_DIR", 209: "IPMB_LINUX", 210: "FLEXRAY", 211: "MOST", 212: "LIN",
	213: "X2E_SERIAL", 214: "X2E_XORAYA", 215: "IEEE802_15_4_NONASK_PHY", 216: "LINUX_EVDEV", 217: "GSMTAP_UM", 218: "GSMTAP_ABIS",
	219: "MPLS", 220: "USB_LINUX_MMAPPED", 221: "DECT", 222: "AOS", 223: "WIHART", 224: "FC_2", 225: "FC_2_WITH_FRAME_DELIMS",
	226: "IPNET", 227: "CAN_SOCKETCAN", 230: "IEEE802_15_4_NOFCS", 231: "DBUS", 232: "JUNIPER_VS", 233: "JUNIPER_SRX_E2E",
	234: "JUNIPER_FIBRECHANNEL", 235: "DVB_CI", 236: "MUX27010", 237: "STANAG_5066_D_PDU", 238: "JUNIPER_ATM_CEMIC",
	240: "NETANALYZER", 241: "NETANALYZER_TRANSPARENT", 242: "IPOIB", 243: "MPEG_2_TS", 244: "NG40", 245: "NFC_LLCP", 246: "PFSYNC",
	247: "INFINIBAND", 248: "SCTP", 249: "USBPCAP", 250: "RTAC_SERIAL", 251: "BLUETOOTH_LE_LL", 252: "WIRESHARK_UPPER_PDU",
	253: "NETLINK", 254: "BLUETOOTH_LINUX_MONITOR", 255: "BLUETOOTH_BREDR_BB", 256: "BLUETOOTH_LE_LL_WITH_PHDR", 257: "PROFIBUS_DL",
	258: "PKTAP", 259: "EPON", 260: "IPMI_HPM_2", 261: "ZWAVE_R1_R2", 262: "ZWAVE_R3", 263: "WATTSTOPPER_DLM", 264: "ISO_14443",
	265: "RDS", 266: "USB_DARWIN", 267: "OPENFLOW", 268: "SDLC", 269: "TI_LLN_SNIFFER", 270: "LORATAP", 271: "VSOCK",
	272: "NORDIC_BLE", 273: "DOCSIS31_XRA31", 274: "ETHERNET_MPACKET", 275: "DISPLAYPORT_AUX", 277: "SERCOS_MONITOR",
	278: "OPENVIZSLA", 279: "EBHSCR", 280: "VPP_DISPATCH", 281: "DSA_TAG_BRCM", 282: "DSA_TAG_BRCM_PREPEND", 283: "IEEE802_15_4_TAP",
	284: "DSA_TAG_DSA", 285: "DSA_TAG_EDSA", 286: "ELEE", 287: "Z_WAVE_SERIAL", 288: "USB_2_0", 289: "ATSC_ALP", 290: "ETW",
	291: "NETANALYZER_NG", 292: "ZBOSS_NCP", 293: "USB_2_0_LOW_SPEED", 294: "USB_2_0_FULL_SPEED", 295: "USB_2_0_HIGH_SPEED",
	296: "AUERSWALD_LOG", 297: "ZWAVE_TAP", 298: "SILABS_DEBUG_CHANNEL", 299: "FIRA_UCI",
	300: "MDB", 301: "DECT_NR",
}

// String is the link type's name; its number if it has none here.
func (l LinkType) String() string {
	if name, ok := linkNames[l]; ok {
		return name
	}
	return fmt.Sprintf("link type %d", uint16(l))
}

// Named reports whether the link type has a name here.
func (l LinkType) Named() bool { return linkNames[l] != "" }

// Wireless reports whether frames of the type are those of a wireless network, which may be encrypted.
func (l LinkType) Wireless() bool {
	switch l {
	case LinkIEEE80211, LinkPrism, LinkRadiotap, LinkAVS, LinkPPI:
		return true
	}
	return false
}
