package ip

// Protocol numbers of IPv4, which are the next header values of IPv6 (IANA, "Assigned Internet Protocol Numbers").
const (
	ProtoHopByHop = 0
	ProtoICMP     = 1
	ProtoIGMP     = 2
	ProtoIPv4     = 4
	ProtoTCP      = 6
	ProtoUDP      = 17
	ProtoDCCP     = 33
	ProtoIPv6     = 41
	ProtoRouting  = 43
	ProtoFragment = 44
	ProtoRSVP     = 46
	ProtoGRE      = 47
	ProtoESP      = 50
	ProtoAH       = 51
	ProtoICMPv6   = 58
	ProtoNoNext   = 59 // nothing follows; in ESP a dummy packet (RFC 4303, section 2.6)
	ProtoDestOpts = 60
	ProtoEIGRP    = 88
	ProtoOSPF     = 89
	ProtoBEET     = 94 // pseudo-header for IPv4 options in BEET mode; assigned to IPIP
	ProtoEtherIP  = 97
	ProtoPIM      = 103
	ProtoIPComp   = 108
	ProtoVRRP     = 112
	ProtoL2TP     = 115
	ProtoSCTP     = 132
	ProtoMobility = 135
	ProtoUDPLite  = 136
	ProtoMPLS     = 137
	ProtoHIP      = 139
	ProtoShim6    = 140
	ProtoEthernet = 143
	ProtoAGGFRAG  = 144 // RFC 9347
)

// IsExtension reports whether p is an extension header of IPv6 that the reader steps over (RFC 8200, section 4; RFC 6275; RFC 7401;
// RFC 5533). ESP and AH are none here: they end the headers.
func IsExtension(p uint8) bool {
	switch p {
	case ProtoHopByHop, ProtoRouting, ProtoFragment, ProtoDestOpts:
		return true
	}
	return isSignalling(p)
}

// isSignalling knows the extension headers that carry messages of their own as a rule, with nothing behind them.
func isSignalling(p uint8) bool { return p == ProtoMobility || p == ProtoHIP || p == ProtoShim6 }

// ExtensionLen is the length of an IPv6 extension header by its type and its second byte.
func ExtensionLen(typ, second uint8) int {
	if typ == ProtoFragment {
		return 8
	}
	return (int(second) + 1) * 8
}
