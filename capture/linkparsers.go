package capture

import "github.com/google/gopacket/layers"

// Supported says whether IP packets are found in frames of this link type.
func (l LinkType) Supported() bool {
	_, ok := linkParsers[l]
	return ok
}

// linkParsers find the IP packet in a frame that starts at off, by link type.
var linkParsers map[LinkType]func(b []byte, off int) linkHeader

func init() { // some look into frames of another type
	linkParsers = map[LinkType]func(b []byte, off int) linkHeader{
		LinkNull:     parseNull,
		LinkEthernet: parseEthernet,
		LinkPPP:      parsePPPLink,
		LinkRawBSD:   parseRawBSD,
		LinkRawOpen:  parseRaw,
		LinkPPPHDLC:  parsePPPLink,
		LinkPPPoE:    parsePPPoE,
		LinkRaw:      parseRaw,
		LinkCHDLC:    after(2, parseEtherType),
		LinkLoop:     parseNull,
		LinkEnc:      parseEnc,
		LinkSLL:      after(14, parseEtherType),
		LinkIPv4:     parseRaw,
		LinkIPv6:     parseRaw,
		LinkNFLOG:    parseNFLOG,
		LinkSLL2:     parseSLL2,

		LinkIEEE80211: parseWireless(layers.LayerTypeDot11),
		LinkPrism:     parseWireless(layers.LayerTypePrismHeader),
		LinkRadiotap:  parseWireless(layers.LayerTypeRadioTap),
		LinkAVS:       parseAVS,
		LinkPPI:       parsePPI,

		LinkSLIP:            after(16, parseRaw),
		LinkFDDI:            after(13, parseLLC),
		LinkSymantec:        parseSymantec,
		LinkATM:             parseLLC,
		LinkATMCLIP:         parseCLIP,
		LinkFrameRelay:      parseFrameRelay,
		LinkPFLog:           parsePFLog,
		LinkIPoverFC:        after(16, parseLLC),
		LinkSunATM:          after(4, parseLLC),
		LinkTZSP:            parseTZSP,
		LinkFireWire:        after(16, parseEtherType),
		LinkPPPD:            parsePPPD,
		LinkPPPDir:          after(1, parsePPPLink),
		LinkCHDLCDir:        after(3, parseEtherType),
		LinkFrameRelayDir:   after(1, parseFrameRelay),
		LinkMPLS:            parseLabels,
		LinkIPNET:           parseIPNET,
		LinkNetANALYZER:     after(4, parseEthernet),
		LinkNetANALYZERFull: after(12, parseEthernet),
		LinkIPoIB:           parseIPoIB,
		LinkUpperPDU:        parseUpperPDU,
		LinkPKTAP:           parsePKTAP,
		LinkUser2:           parsePKTAP,
		LinkDSABroadcom:     after(16, parseEtherType),
		LinkDSAPrepended:    after(4, parseEthernet),
		LinkDSA:             after(16, parseEtherType),
		LinkEDSA:            after(20, parseEtherType),
		LinkNetlink:         parseNetlink,

		LinkJuniperEther:   parseJuniper(parseEthernet),
		LinkJuniperPPPoE:   parseJuniper(parseEthernet),
		LinkJuniperPPPoATM: parseJuniper(parseEtherType),
		LinkJuniperPPP:     parseJuniper(parsePPPLink),
		LinkJuniperFR:      parseJuniper(parseFrameRelay),
		LinkJuniperCHDLC:   parseJuniper(after(2, parseEtherType)),
		LinkJuniperMLPPP:   parseJuniper(seekIP),
		LinkJuniperMLFR:    parseJuniper(seekIP),
		LinkJuniperES:      parseJuniper(seekIP),
		LinkJuniperGGSN:    parseJuniper(seekIP),
		LinkJuniperMFR:     parseJuniper(seekIP),
		LinkJuniperATM2:    parseJuniper(seekIP),
		LinkJuniperAS:      parseJuniper(seekIP),
		LinkJuniperATM1:    parseJuniper(seekIP),
		LinkJuniperMonitor: parseJuniper(seekIP),
		LinkJuniperVP:      parseJuniper(seekIP),
		LinkJuniperISM:     parseJuniper(seekIP),
		LinkJuniperST:      parseJuniper(seekIP),
		LinkJuniperVS:      parseJuniper(seekIP),
		LinkJuniperSRX:     parseJuniper(seekIP),
		LinkJuniperCEMIC:   parseJuniper(seekIP),
	}
}

// after is for link types whose header has n bytes before what parse reads.
func after(n int, parse func(b []byte, off int) linkHeader) func(b []byte, off int) linkHeader {
	return func(b []byte, off int) linkHeader { return parse(b, off+n) }
}

// parseLink finds the IP packet in a frame.
func parseLink(link LinkType, b []byte) linkHeader {
	parse, ok := linkParsers[link]
	if !ok {
		return notRead(NoEncapsulation)
	}
	return parse(b, 0)
}

// parseInner finds the IP packet in a frame of another link type inside a frame, at off.
func parseInner(link LinkType, b []byte, off int) linkHeader {
	parse, ok := linkParsers[link]
	if !ok || off > maxHeaders || off > len(b) {
		return notRead(NoEncapsulation)
	}
	return parse(b, off)
}

// findIP is parseLink for who wants but the place of the IP packet.
func findIP(link LinkType, b []byte) linkHeader {
	if plainEthernet(link, b) {
		return linkHeader{ip: etherHeaderLen}
	}
	return parseLink(link, b)
}
