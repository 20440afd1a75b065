package capture

import "github.com/google/gopacket/layers"

// Supported says whether IP packets are found in frames of this link type.
func (l LinkType) Supported() bool {
	_, ok := linkParsers[l]
	return ok
}

// linkParsers find the IP packet in a frame, by link type.
var linkParsers = map[LinkType]func(b []byte) linkHeader{
	LinkNull:     parseNull,
	LinkEthernet: parseEthernet,
	LinkPPP:      parsePPPLink,
	LinkRawBSD:   parseRawBSD,
	LinkRawOpen:  parseRaw,
	LinkPPPHDLC:  parsePPPLink,
	LinkPPPoE:    func(b []byte) linkHeader { return parsePPPoE(b, 0) },
	LinkRaw:      parseRaw,
	LinkCHDLC:    func(b []byte) linkHeader { return parseEtherType(b, 2) },
	LinkLoop:     parseNull,
	LinkEnc:      parseEnc,
	LinkSLL:      func(b []byte) linkHeader { return parseEtherType(b, 14) },
	LinkIPv4:     parseRaw,
	LinkIPv6:     parseRaw,
	LinkNFLOG:    parseNFLOG,
	LinkSLL2:     parseSLL2,

	LinkIEEE80211: parseWireless(layers.LayerTypeDot11),
	LinkPrism:     parseWireless(layers.LayerTypePrismHeader),
	LinkRadiotap:  parseWireless(layers.LayerTypeRadioTap),
}

// parseLink finds the IP packet in a frame.
func parseLink(link LinkType, b []byte) linkHeader {
	parse, ok := linkParsers[link]
	if !ok {
		return noIP
	}
	return parse(b)
}

// findIP is parseLink for who wants but the place of the IP packet.
func findIP(link LinkType, b []byte) linkHeader {
	if plainEthernet(link, b) {
		return linkHeader{ip: etherHeaderLen}
	}
	return parseLink(link, b)
}
