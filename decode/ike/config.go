package ike

import "net/netip"

// ConfigType is the message type of an Attributes payload (draft-dukes-ike-mode-cfg, section 3.2) and of a Configuration payload
// (RFC 7296, section 3.15).
type ConfigType uint8

// The message types.
const (
	ConfigRequest ConfigType = 1
	ConfigReply   ConfigType = 2
	ConfigSet     ConfigType = 3
	ConfigAck     ConfigType = 4
)

var configTypeNames = map[ConfigType]string{
	ConfigRequest: "REQUEST", ConfigReply: "REPLY", ConfigSet: "SET", ConfigAck: "ACK",
}

// String is the message type's name, such as "REQUEST", or "configuration type 9".
func (t ConfigType) String() string { return NameOf(configTypeNames, t, "configuration type") }

// Attributes of Mode Config (draft-dukes-ike-mode-cfg, section 3.4), shared with the Configuration payload of IKEv2.
const (
	ConfigIP4Address          uint16 = 1
	ConfigIP4Netmask          uint16 = 2
	ConfigIP4DNS              uint16 = 3
	ConfigIP4NBNS             uint16 = 4
	ConfigAddressExpiry       uint16 = 5
	ConfigIP4DHCP             uint16 = 6
	ConfigApplicationVersion  uint16 = 7
	ConfigIP6Address          uint16 = 8
	ConfigIP6Netmask          uint16 = 9
	ConfigIP6DNS              uint16 = 10
	ConfigIP6NBNS             uint16 = 11
	ConfigIP6DHCP             uint16 = 12
	ConfigIP4Subnet           uint16 = 13
	ConfigSupportedAttributes uint16 = 14
	ConfigIP6Subnet           uint16 = 15
	// Of IKEv2 only.
	ConfigMIP6HomePrefix     uint16 = 16 // RFC 5026
	ConfigIP6Link            uint16 = 17 // RFC 5739
	ConfigIP6Prefix          uint16 = 18 // RFC 5739
	ConfigHomeAgentAddress   uint16 = 19 // 3GPP TS 24.302
	ConfigPCSCFIP4Address    uint16 = 20 // RFC 7651
	ConfigPCSCFIP6Address    uint16 = 21 // RFC 7651
	ConfigFTTKAT             uint16 = 22 // 3GPP TS 24.302: seconds between keepalives
	ConfigExternalIP4NATInfo uint16 = 23 // 3GPP TS 29.139
	ConfigLivenessTimeout    uint16 = 24 // 3GPP TS 24.302
	ConfigInternalDNSDomain  uint16 = 25 // RFC 8598
	ConfigInternalDNSSECTA   uint16 = 26 // RFC 8598
	ConfigEncDNSIP4          uint16 = 27 // RFC 9464
	ConfigEncDNSIP6          uint16 = 28 // RFC 9464
	ConfigEncDNSDigestInfo   uint16 = 29 // RFC 9464
)

// Attributes of XAUTH (draft-beaulieu-ike-xauth, section 7).
const (
	XAUTHType         uint16 = 16520
	XAUTHUserName     uint16 = 16521
	XAUTHUserPassword uint16 = 16522
	XAUTHPasscode     uint16 = 16523
	XAUTHMessage      uint16 = 16524
	XAUTHChallenge    uint16 = 16525
	XAUTHDomain       uint16 = 16526
	XAUTHStatus       uint16 = 16527
	XAUTHNextPIN      uint16 = 16528
	XAUTHAnswer       uint16 = 16529
)

// Attributes of Cisco Unity.
const (
	UnityBanner        uint16 = 28672
	UnitySavePassword  uint16 = 28673
	UnityDefaultDomain uint16 = 28674
	UnitySplitDomain   uint16 = 28675
	UnitySplitInclude  uint16 = 28676
	UnityNATTPort      uint16 = 28677
	UnitySplitExclude  uint16 = 28678
	UnityPFS           uint16 = 28679
	UnityFWType        uint16 = 28680
	UnityBackupServers uint16 = 28681
	UnityDDNSHostname  uint16 = 28682
)

// A Config is an Attributes payload of IKEv1, for Mode Config and XAUTH, or a Configuration payload of IKEv2.
type Config struct {
	Type       ConfigType
	ID         uint16 // of IKEv1
	Attributes []Attribute
}

// Find returns the first attribute of a type.
func (c *Config) Find(typ uint16) (Attribute, bool) {
	for _, a := range c.Attributes {
		if a.Type == typ {
			return a, true
		}
	}
	return Attribute{}, false
}

// Addresses are the addresses of a peer inside the tunnel that the payload names: IPv4, and IPv6 of 17 bytes with a prefix length.
func (c *Config) Addresses() (list []netip.Addr) {
	for _, a := range c.Attributes {
		switch {
		case a.Type == ConfigIP4Address && len(a.Value) == 4, a.Type == ConfigIP6Address && len(a.Value) == 16:
			list = append(list, addrFrom(a.Value))
		case a.Type == ConfigIP6Address && len(a.Value) == 17:
			list = append(list, addrFrom(a.Value[:16]))
		}
	}
	return list
}
