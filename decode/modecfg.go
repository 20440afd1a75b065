package decode

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"strconv"
	"strings"
)

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

// maskedSecret stands for the value of an attribute that authenticates a user.
const maskedSecret = "********"

// configAttributes is filled by init, as its rendering of SUPPORTED_ATTRIBUTES looks up names in it.
var configAttributes attributeSpace

func init() {
	configAttributes = attributeSpace{
		ConfigIP4Address:          {name: "INTERNAL_IP4_ADDRESS", render: renderAddr},
		ConfigIP4Netmask:          {name: "INTERNAL_IP4_NETMASK", render: renderAddr},
		ConfigIP4DNS:              {name: "INTERNAL_IP4_DNS", render: renderAddr},
		ConfigIP4NBNS:             {name: "INTERNAL_IP4_NBNS", render: renderAddr},
		ConfigAddressExpiry:       {name: "INTERNAL_ADDRESS_EXPIRY", render: renderSeconds},
		ConfigIP4DHCP:             {name: "INTERNAL_IP4_DHCP", render: renderAddr},
		ConfigApplicationVersion:  {name: "APPLICATION_VERSION", render: renderText},
		ConfigIP6Address:          {name: "INTERNAL_IP6_ADDRESS", render: renderAddr},
		ConfigIP6Netmask:          {name: "INTERNAL_IP6_NETMASK", render: renderAddr},
		ConfigIP6DNS:              {name: "INTERNAL_IP6_DNS", render: renderAddr},
		ConfigIP6NBNS:             {name: "INTERNAL_IP6_NBNS", render: renderAddr},
		ConfigIP6DHCP:             {name: "INTERNAL_IP6_DHCP", render: renderAddr},
		ConfigIP4Subnet:           {name: "INTERNAL_IP4_SUBNET", render: renderAddr},
		ConfigSupportedAttributes: {name: "SUPPORTED_ATTRIBUTES", render: renderSupported},
		ConfigIP6Subnet:           {name: "INTERNAL_IP6_SUBNET", render: renderAddr},
		ConfigMIP6HomePrefix:      {name: "MIP6_HOME_PREFIX", render: renderHomePrefix},
		ConfigIP6Link:             {name: "INTERNAL_IP6_LINK", render: renderHex},
		ConfigIP6Prefix:           {name: "INTERNAL_IP6_PREFIX", render: renderAddr},
		ConfigHomeAgentAddress:    {name: "HOME_AGENT_ADDRESS", render: renderHomeAgent},
		ConfigPCSCFIP4Address:     {name: "P_CSCF_IP4_ADDRESS", render: renderAddr},
		ConfigPCSCFIP6Address:     {name: "P_CSCF_IP6_ADDRESS", render: renderAddr},
		ConfigFTTKAT:              {name: "FTT_KAT", render: renderSeconds},
		ConfigExternalIP4NATInfo:  {name: "EXTERNAL_SOURCE_IP4_NAT_INFO", render: renderHex},
		ConfigLivenessTimeout:     {name: "TIMEOUT_PERIOD_FOR_LIVENESS_CHECK", render: renderSeconds},
		ConfigInternalDNSDomain:   {name: "INTERNAL_DNS_DOMAIN", render: renderText},
		ConfigInternalDNSSECTA:    {name: "INTERNAL_DNSSEC_TA", render: renderTrustAnchor},
		ConfigEncDNSIP4:           {name: "ENCDNS_IP4", render: renderEncDNS},
		ConfigEncDNSIP6:           {name: "ENCDNS_IP6", render: renderEncDNS},
		ConfigEncDNSDigestInfo:    {name: "ENCDNS_DIGEST_INFO", render: renderHex},

		// Microsoft ([MS-IKEE], section 2.2.10)
		23456: {name: "INTERNAL_IP4_SERVER", render: renderAddr},
		23457: {name: "INTERNAL_IP6_SERVER", render: renderAddr},

		// Check Point
		16387: {name: "CHKPT_DEF_DOMAIN", render: renderText},
		16388: {name: "CHKPT_MAC_ADDRESS", render: renderHex},
		16389: {name: "CHKPT_MARCIPAN_REASON_CODE"},

		XAUTHType: {name: "XAUTH-TYPE", values: map[uint16]string{
			0: "generic", 1: "RADIUS-CHAP", 2: "OTP", 3: "S/KEY"}},
		XAUTHUserName:     {name: "XAUTH-USER-NAME", render: renderText},
		XAUTHUserPassword: {name: "XAUTH-USER-PASSWORD", render: renderSecret},
		XAUTHPasscode:     {name: "XAUTH-PASSCODE", render: renderSecret},
		XAUTHMessage:      {name: "XAUTH-MESSAGE", render: renderText},
		XAUTHChallenge:    {name: "XAUTH-CHALLENGE", render: renderTextOrHex},
		XAUTHDomain:       {name: "XAUTH-DOMAIN", render: renderText},
		XAUTHStatus:       {name: "XAUTH-STATUS", values: map[uint16]string{0: "FAIL", 1: "OK"}},
		XAUTHNextPIN:      {name: "XAUTH-NEXT-PIN", render: renderSecret},
		XAUTHAnswer:       {name: "XAUTH-ANSWER", render: renderSecret},

		UnityBanner:        {name: "UNITY_BANNER", render: renderText},
		UnitySavePassword:  {name: "UNITY_SAVE_PASSWD"},
		UnityDefaultDomain: {name: "UNITY_DEF_DOMAIN", render: renderText},
		UnitySplitDomain:   {name: "UNITY_SPLIT_DOMAIN", render: renderText},
		UnitySplitInclude:  {name: "UNITY_SPLIT_INCLUDE", render: renderSplit},
		UnityNATTPort:      {name: "UNITY_NATT_PORT"},
		UnitySplitExclude:  {name: "UNITY_SPLIT_EXCLUDE", render: renderSplit},
		UnityPFS:           {name: "UNITY_PFS"},
		UnityFWType:        {name: "UNITY_FW_TYPE", render: renderTextOrHex},
		UnityBackupServers: {name: "UNITY_BACKUP_SERVERS", render: renderTextOrHex},
		UnityDDNSHostname:  {name: "UNITY_DDNS_HOSTNAME", render: renderText},
	}
}

// ConfigName is the name of an attribute of an Attributes payload, such as "INTERNAL_IP4_ADDRESS".
func (a Attribute) ConfigName() string { return configAttributes.name(a.Type) }

// ConfigValue is the value of an attribute of an Attributes payload: an address, a text, a name, a number, or hex; ""
// where it is empty, as in a request. What authenticates a user (IsSecret) is masked; Value has it.
func (a Attribute) ConfigValue() string {
	if len(a.Value) == 0 {
		return ""
	}
	return configAttributes.value(a)
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

// String lists type and attributes: "REPLY INTERNAL_IP4_ADDRESS=10.3.0.1, INTERNAL_IP4_DNS=10.1.0.10". Secrets are
// masked.
func (a *Attributes1) String() string {
	parts := make([]string, 0, len(a.Attributes))
	for _, attr := range a.Attributes {
		s := attr.ConfigName()
		if v := attr.ConfigValue(); v != "" {
			s += "=" + v
		}
		parts = append(parts, s)
	}
	return strings.TrimSpace(a.Type.String() + " " + strings.Join(parts, ", "))
}

func renderSecret(Attribute) string { return maskedSecret }

func renderText(a Attribute) string { return printable(string(a.Value)) }

// renderTextOrHex renders what is text in some implementations and bytes in others.
func renderTextOrHex(a Attribute) string { return keyIDString(a.Value) }

func renderSeconds(a Attribute) string {
	if v, ok := a.Uint(); ok {
		return fmt.Sprintf("%d s", v)
	}
	return hexValue(a.Value)
}

// renderAddr renders an address alone, with a mask (IPv4), or with a prefix length (IPv6). The lengths tell them apart.
func renderAddr(a Attribute) string {
	switch v := a.Value; len(v) {
	case 4, 16:
		return addrFrom(v).String()
	case 8:
		return subnetString(addrFrom(v[:4]), addrFrom(v[4:]))
	case 17:
		return addrFrom(v[:16]).String() + "/" + strconv.Itoa(int(v[16]))
	}
	return hexValue(a.Value)
}

// renderSupported renders a list of attribute types.
func renderSupported(a Attribute) string {
	if len(a.Value)%2 != 0 {
		return hexValue(a.Value)
	}
	var names []string
	for b := a.Value; len(b) > 0; b = b[2:] {
		names = append(names, configAttributes.name(binary.BigEndian.Uint16(b)))
	}
	return strings.Join(names, " ")
}

// splitLen is the length of one network of UNITY_SPLIT_INCLUDE: address, mask, protocol, source and destination port.
// All but the first two are zero in practice.
const splitLen = 14

// renderSplit renders the networks of a split tunnel.
func renderSplit(a Attribute) string {
	if len(a.Value)%splitLen != 0 {
		return hexValue(a.Value)
	}
	var nets []string
	for b := a.Value; len(b) > 0; b = b[splitLen:] {
		addr, mask := netip.AddrFrom4([4]byte(b[:4])), netip.AddrFrom4([4]byte(b[4:8]))
		s := subnetString(addr, mask)
		if [6]byte(b[8:splitLen]) != [6]byte{} {
			s += fmt.Sprintf(" (%x)", b[8:splitLen])
		}
		nets = append(nets, s)
	}
	return strings.Join(nets, " ")
}
