package decode

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"strconv"
	"strings"

	"github.com/ikedecode/ikedecode/decode/ike"
	"github.com/ikedecode/ikedecode/decode/internal/wire"
)

// MaskedSecret stands for the value of an attribute that authenticates a user.
const MaskedSecret = "********"

// configAttributes is filled by init, as its rendering of SUPPORTED_ATTRIBUTES looks up names in it.
var configAttributes AttributeSpace

func init() {
	configAttributes = AttributeSpace{
		ike.ConfigIP4Address:          {Name: "INTERNAL_IP4_ADDRESS", Render: renderAddr},
		ike.ConfigIP4Netmask:          {Name: "INTERNAL_IP4_NETMASK", Render: renderAddr},
		ike.ConfigIP4DNS:              {Name: "INTERNAL_IP4_DNS", Render: renderAddr},
		ike.ConfigIP4NBNS:             {Name: "INTERNAL_IP4_NBNS", Render: renderAddr},
		ike.ConfigAddressExpiry:       {Name: "INTERNAL_ADDRESS_EXPIRY", Render: renderSeconds},
		ike.ConfigIP4DHCP:             {Name: "INTERNAL_IP4_DHCP", Render: renderAddr},
		ike.ConfigApplicationVersion:  {Name: "APPLICATION_VERSION", Render: renderText},
		ike.ConfigIP6Address:          {Name: "INTERNAL_IP6_ADDRESS", Render: renderAddr},
		ike.ConfigIP6Netmask:          {Name: "INTERNAL_IP6_NETMASK", Render: renderAddr},
		ike.ConfigIP6DNS:              {Name: "INTERNAL_IP6_DNS", Render: renderAddr},
		ike.ConfigIP6NBNS:             {Name: "INTERNAL_IP6_NBNS", Render: renderAddr},
		ike.ConfigIP6DHCP:             {Name: "INTERNAL_IP6_DHCP", Render: renderAddr},
		ike.ConfigIP4Subnet:           {Name: "INTERNAL_IP4_SUBNET", Render: renderAddr},
		ike.ConfigSupportedAttributes: {Name: "SUPPORTED_ATTRIBUTES", Render: renderSupported},
		ike.ConfigIP6Subnet:           {Name: "INTERNAL_IP6_SUBNET", Render: renderAddr},
		ike.ConfigMIP6HomePrefix:      {Name: "MIP6_HOME_PREFIX", Render: renderHomePrefix},
		ike.ConfigIP6Link:             {Name: "INTERNAL_IP6_LINK", Render: HexValue},
		ike.ConfigIP6Prefix:           {Name: "INTERNAL_IP6_PREFIX", Render: renderAddr},
		ike.ConfigHomeAgentAddress:    {Name: "HOME_AGENT_ADDRESS", Render: renderHomeAgent},
		ike.ConfigPCSCFIP4Address:     {Name: "P_CSCF_IP4_ADDRESS", Render: renderAddr},
		ike.ConfigPCSCFIP6Address:     {Name: "P_CSCF_IP6_ADDRESS", Render: renderAddr},
		ike.ConfigFTTKAT:              {Name: "FTT_KAT", Render: renderSeconds},
		ike.ConfigExternalIP4NATInfo:  {Name: "EXTERNAL_SOURCE_IP4_NAT_INFO", Render: HexValue},
		ike.ConfigLivenessTimeout:     {Name: "TIMEOUT_PERIOD_FOR_LIVENESS_CHECK", Render: renderSeconds},
		ike.ConfigInternalDNSDomain:   {Name: "INTERNAL_DNS_DOMAIN", Render: renderText},
		ike.ConfigInternalDNSSECTA:    {Name: "INTERNAL_DNSSEC_TA", Render: renderTrustAnchor},
		ike.ConfigEncDNSIP4:           {Name: "ENCDNS_IP4", Render: renderEncDNS},
		ike.ConfigEncDNSIP6:           {Name: "ENCDNS_IP6", Render: renderEncDNS},
		ike.ConfigEncDNSDigestInfo:    {Name: "ENCDNS_DIGEST_INFO", Render: HexValue},

		// Microsoft ([MS-IKEE], section 2.2.10)
		23456: {Name: "INTERNAL_IP4_SERVER", Render: renderAddr},
		23457: {Name: "INTERNAL_IP6_SERVER", Render: renderAddr},

		// Check Point
		16387: {Name: "CHKPT_DEF_DOMAIN", Render: renderText},
		16388: {Name: "CHKPT_MAC_ADDRESS", Render: HexValue},
		16389: {Name: "CHKPT_MARCIPAN_REASON_CODE"},

		ike.XAUTHType: {Name: "XAUTH-TYPE", Values: map[uint16]string{
			0: "generic", 1: "RADIUS-CHAP", 2: "OTP", 3: "S/KEY"}},
		ike.XAUTHUserName:     {Name: "XAUTH-USER-NAME", Render: renderText},
		ike.XAUTHUserPassword: {Name: "XAUTH-USER-PASSWORD", Render: renderSecret},
		ike.XAUTHPasscode:     {Name: "XAUTH-PASSCODE", Render: renderSecret},
		ike.XAUTHMessage:      {Name: "XAUTH-MESSAGE", Render: renderText},
		ike.XAUTHChallenge:    {Name: "XAUTH-CHALLENGE", Render: renderTextOrHex},
		ike.XAUTHDomain:       {Name: "XAUTH-DOMAIN", Render: renderText},
		ike.XAUTHStatus:       {Name: "XAUTH-STATUS", Values: map[uint16]string{0: "FAIL", 1: "OK"}},
		ike.XAUTHNextPIN:      {Name: "XAUTH-NEXT-PIN", Render: renderSecret},
		ike.XAUTHAnswer:       {Name: "XAUTH-ANSWER", Render: renderSecret},

		ike.UnityBanner:        {Name: "UNITY_BANNER", Render: renderText},
		ike.UnitySavePassword:  {Name: "UNITY_SAVE_PASSWD"},
		ike.UnityDefaultDomain: {Name: "UNITY_DEF_DOMAIN", Render: renderText},
		ike.UnitySplitDomain:   {Name: "UNITY_SPLIT_DOMAIN", Render: renderText},
		ike.UnitySplitInclude:  {Name: "UNITY_SPLIT_INCLUDE", Render: renderSplit},
		ike.UnityNATTPort:      {Name: "UNITY_NATT_PORT"},
		ike.UnitySplitExclude:  {Name: "UNITY_SPLIT_EXCLUDE", Render: renderSplit},
		ike.UnityPFS:           {Name: "UNITY_PFS"},
		ike.UnityFWType:        {Name: "UNITY_FW_TYPE", Render: renderTextOrHex},
		ike.UnityBackupServers: {Name: "UNITY_BACKUP_SERVERS", Render: renderTextOrHex},
		ike.UnityDDNSHostname:  {Name: "UNITY_DDNS_HOSTNAME", Render: renderText},
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
	case ike.XAUTHUserPassword, ike.XAUTHPasscode, ike.XAUTHNextPIN, ike.XAUTHAnswer:
		return true
	}
	return false
}

func renderSecret(Attribute) string { return MaskedSecret }

func renderText(a Attribute) string { return ike.Printable(string(a.Value)) }

// renderTextOrHex renders what is text in some implementations and bytes in others.
func renderTextOrHex(a Attribute) string { return ike.TextOrHex(a.Value) }

func renderSeconds(a Attribute) string {
	if v, ok := a.Uint(); ok {
		return fmt.Sprintf("%d s", v)
	}
	return ike.Hex(a.Value)
}

// renderAddr renders an address alone, with a mask (IPv4), or with a prefix length (IPv6). The lengths tell them apart.
func renderAddr(a Attribute) string {
	switch v := a.Value; len(v) {
	case 4, 16:
		return wire.Addr(v).String()
	case 8:
		return ike.Subnet(wire.Addr(v[:4]), wire.Addr(v[4:]))
	case 17:
		return wire.Addr(v[:16]).String() + "/" + strconv.Itoa(int(v[16]))
	}
	return ike.Hex(a.Value)
}

// renderSupported renders a list of attribute types.
func renderSupported(a Attribute) string {
	if len(a.Value)%2 != 0 {
		return ike.Hex(a.Value)
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
		return ike.Hex(a.Value)
	}
	var nets []string
	for b := a.Value; len(b) > 0; b = b[splitLen:] {
		addr, mask := netip.AddrFrom4([4]byte(b[:4])), netip.AddrFrom4([4]byte(b[4:8]))
		s := ike.Subnet(addr, mask)
		if [6]byte(b[8:splitLen]) != [6]byte{} {
			s += fmt.Sprintf(" (%x)", b[8:splitLen])
		}
		nets = append(nets, s)
	}
	return strings.Join(nets, " ")
}
