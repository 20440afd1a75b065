package decode

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"strconv"
	"strings"

	"github.com/ikedecode/ikedecode/decode/internal/render"
	"github.com/ikedecode/ikedecode/decode/internal/wire"
)

// ConfigType is the message type of an Attributes payload (draft-dukes-ike-mode-cfg, section 3.2) and of a Configuration
// payload (RFC 7296, section 3.15).
type ConfigType uint8

// Message types of the Attributes and the Configuration payload.
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
func (t ConfigType) String() string { return render.Name(configTypeNames, t, "configuration type") }

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

// MaskedSecret stands for the value of an attribute that authenticates a user.
const MaskedSecret = "********"

// configAttributes is filled by init, as its rendering of SUPPORTED_ATTRIBUTES looks up names in it.
var configAttributes AttributeSpace

func init() {
	configAttributes = AttributeSpace{
		ConfigIP4Address:          {Name: "INTERNAL_IP4_ADDRESS", Render: renderAddr},
		ConfigIP4Netmask:          {Name: "INTERNAL_IP4_NETMASK", Render: renderAddr},
		ConfigIP4DNS:              {Name: "INTERNAL_IP4_DNS", Render: renderAddr},
		ConfigIP4NBNS:             {Name: "INTERNAL_IP4_NBNS", Render: renderAddr},
		ConfigAddressExpiry:       {Name: "INTERNAL_ADDRESS_EXPIRY", Render: renderSeconds},
		ConfigIP4DHCP:             {Name: "INTERNAL_IP4_DHCP", Render: renderAddr},
		ConfigApplicationVersion:  {Name: "APPLICATION_VERSION", Render: renderText},
		ConfigIP6Address:          {Name: "INTERNAL_IP6_ADDRESS", Render: renderAddr},
		ConfigIP6Netmask:          {Name: "INTERNAL_IP6_NETMASK", Render: renderAddr},
		ConfigIP6DNS:              {Name: "INTERNAL_IP6_DNS", Render: renderAddr},
		ConfigIP6NBNS:             {Name: "INTERNAL_IP6_NBNS", Render: renderAddr},
		ConfigIP6DHCP:             {Name: "INTERNAL_IP6_DHCP", Render: renderAddr},
		ConfigIP4Subnet:           {Name: "INTERNAL_IP4_SUBNET", Render: renderAddr},
		ConfigSupportedAttributes: {Name: "SUPPORTED_ATTRIBUTES", Render: renderSupported},
		ConfigIP6Subnet:           {Name: "INTERNAL_IP6_SUBNET", Render: renderAddr},
		ConfigMIP6HomePrefix:      {Name: "MIP6_HOME_PREFIX", Render: renderHomePrefix},
		ConfigIP6Link:             {Name: "INTERNAL_IP6_LINK", Render: HexValue},
		ConfigIP6Prefix:           {Name: "INTERNAL_IP6_PREFIX", Render: renderAddr},
		ConfigHomeAgentAddress:    {Name: "HOME_AGENT_ADDRESS", Render: renderHomeAgent},
		ConfigPCSCFIP4Address:     {Name: "P_CSCF_IP4_ADDRESS", Render: renderAddr},
		ConfigPCSCFIP6Address:     {Name: "P_CSCF_IP6_ADDRESS", Render: renderAddr},
		ConfigFTTKAT:              {Name: "FTT_KAT", Render: renderSeconds},
		ConfigExternalIP4NATInfo:  {Name: "EXTERNAL_SOURCE_IP4_NAT_INFO", Render: HexValue},
		ConfigLivenessTimeout:     {Name: "TIMEOUT_PERIOD_FOR_LIVENESS_CHECK", Render: renderSeconds},
		ConfigInternalDNSDomain:   {Name: "INTERNAL_DNS_DOMAIN", Render: renderText},
		ConfigInternalDNSSECTA:    {Name: "INTERNAL_DNSSEC_TA", Render: renderTrustAnchor},
		ConfigEncDNSIP4:           {Name: "ENCDNS_IP4", Render: renderEncDNS},
		ConfigEncDNSIP6:           {Name: "ENCDNS_IP6", Render: renderEncDNS},
		ConfigEncDNSDigestInfo:    {Name: "ENCDNS_DIGEST_INFO", Render: HexValue},

		// Microsoft ([MS-IKEE], section 2.2.10)
		23456: {Name: "INTERNAL_IP4_SERVER", Render: renderAddr},
		23457: {Name: "INTERNAL_IP6_SERVER", Render: renderAddr},

		// Check Point
		16387: {Name: "CHKPT_DEF_DOMAIN", Render: renderText},
		16388: {Name: "CHKPT_MAC_ADDRESS", Render: HexValue},
		16389: {Name: "CHKPT_MARCIPAN_REASON_CODE"},

		XAUTHType: {Name: "XAUTH-TYPE", Values: map[uint16]string{
			0: "generic", 1: "RADIUS-CHAP", 2: "OTP", 3: "S/KEY"}},
		XAUTHUserName:     {Name: "XAUTH-USER-NAME", Render: renderText},
		XAUTHUserPassword: {Name: "XAUTH-USER-PASSWORD", Render: renderSecret},
		XAUTHPasscode:     {Name: "XAUTH-PASSCODE", Render: renderSecret},
		XAUTHMessage:      {Name: "XAUTH-MESSAGE", Render: renderText},
		XAUTHChallenge:    {Name: "XAUTH-CHALLENGE", Render: renderTextOrHex},
		XAUTHDomain:       {Name: "XAUTH-DOMAIN", Render: renderText},
		XAUTHStatus:       {Name: "XAUTH-STATUS", Values: map[uint16]string{0: "FAIL", 1: "OK"}},
		XAUTHNextPIN:      {Name: "XAUTH-NEXT-PIN", Render: renderSecret},
		XAUTHAnswer:       {Name: "XAUTH-ANSWER", Render: renderSecret},

		UnityBanner:        {Name: "UNITY_BANNER", Render: renderText},
		UnitySavePassword:  {Name: "UNITY_SAVE_PASSWD"},
		UnityDefaultDomain: {Name: "UNITY_DEF_DOMAIN", Render: renderText},
		UnitySplitDomain:   {Name: "UNITY_SPLIT_DOMAIN", Render: renderText},
		UnitySplitInclude:  {Name: "UNITY_SPLIT_INCLUDE", Render: renderSplit},
		UnityNATTPort:      {Name: "UNITY_NATT_PORT"},
		UnitySplitExclude:  {Name: "UNITY_SPLIT_EXCLUDE", Render: renderSplit},
		UnityPFS:           {Name: "UNITY_PFS"},
		UnityFWType:        {Name: "UNITY_FW_TYPE", Render: renderTextOrHex},
		UnityBackupServers: {Name: "UNITY_BACKUP_SERVERS", Render: renderTextOrHex},
		UnityDDNSHostname:  {Name: "UNITY_DDNS_HOSTNAME", Render: renderText},
	}
}

// ConfigName is the name of an attribute of an Attributes payload, such as "INTERNAL_IP4_ADDRESS".
func (a Attribute) ConfigName() string { return configAttributes.Name(a.Type) }

// ConfigValue is the value of an attribute of an Attributes payload: an address, a text, a name, a number, or hex; ""
// where it is empty, as in a request. What authenticates a user (IsSecret) is masked; Value has it.
func (a Attribute) ConfigValue() string {
	if len(a.Value) == 0 {
		return ""
	}
	return configAttributes.Value(a)
}

// IsSecret reports whether an attribute of an Attributes payload holds what authenticates a user: a password, passcode,
// PIN or answer.
func (a Attribute) IsSecret() bool {
	switch a.Type {
	case XAUTHUserPassword, XAUTHPasscode, XAUTHNextPIN, XAUTHAnswer:
		return true
	}
	return false
}

func renderSecret(Attribute) string { return MaskedSecret }

func renderText(a Attribute) string { return render.Printable(string(a.Value)) }

// renderTextOrHex renders what is text in some implementations and bytes in others.
func renderTextOrHex(a Attribute) string { return render.PrintableOrHex(a.Value) }

func renderSeconds(a Attribute) string {
	if v, ok := a.Uint(); ok {
		return fmt.Sprintf("%d s", v)
	}
	return render.Hex(a.Value)
}

// renderAddr renders an address alone, with a mask (IPv4), or with a prefix length (IPv6). The lengths tell them apart.
func renderAddr(a Attribute) string {
	switch v := a.Value; len(v) {
	case 4, 16:
		return wire.Addr(v).String()
	case 8:
		return SubnetString(wire.Addr(v[:4]), wire.Addr(v[4:]))
	case 17:
		return wire.Addr(v[:16]).String() + "/" + strconv.Itoa(int(v[16]))
	}
	return render.Hex(a.Value)
}

// renderSupported renders a list of attribute types.
func renderSupported(a Attribute) string {
	if len(a.Value)%2 != 0 {
		return render.Hex(a.Value)
	}
	var names []string
	for b := a.Value; len(b) > 0; b = b[2:] {
		names = append(names, configAttributes.Name(binary.BigEndian.Uint16(b)))
	}
	return strings.Join(names, " ")
}

// splitLen is the length of one network of UNITY_SPLIT_INCLUDE: address, mask, protocol, source and destination port.
// All but the first two are zero in practice.
const splitLen = 14

// renderSplit renders the networks of a split tunnel.
func renderSplit(a Attribute) string {
	if len(a.Value)%splitLen != 0 {
		return render.Hex(a.Value)
	}
	var nets []string
	for b := a.Value; len(b) > 0; b = b[splitLen:] {
		addr, mask := netip.AddrFrom4([4]byte(b[:4])), netip.AddrFrom4([4]byte(b[4:8]))
		s := SubnetString(addr, mask)
		if [6]byte(b[8:splitLen]) != [6]byte{} {
			s += fmt.Sprintf(" (%x)", b[8:splitLen])
		}
		nets = append(nets, s)
	}
	return strings.Join(nets, " ")
}
