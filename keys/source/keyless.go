package source

import "strings"

// Output that people give for keys and that has none, by words in it, with where that product's keys are. Cisco, Juniper, Huawei and others
// print none of negotiated SAs at all. Rows that need more words come before those that others may have, too.

type keyless struct {
	words  []string // all of which are in the file
	name   string
	advice string
}

const (
	otherGateway = "it prints no keys: take them from the other gateway"
	ofStrongSwan = "it prints no keys: give ip xfrm state, or charon's log at level 4"
	ofLibreswan  = "it prints no keys: give ip xfrm state, or pluto's log with plutodebug=all,private"
	ofFortiGate  = "no keys in it: give diagnose vpn tunnel list and diagnose vpn ike gateway list"
	ofMikroTik   = "no keys in it: give /ip ipsec installed-sa print detail"
	ofKernel     = "no keys in it: give ip xfrm state, as root"
	ofVICI       = "vici gives no keys: give ip xfrm state, or charon's log at level 4"
	ofWindows    = "Windows prints no keys: take them from the other gateway"
	ofPSK        = "it has a pre-shared key at most: give that with --psk, and the keys of a gateway with -k"
	needsDH      = "it decrypts nothing: IKE needs the DH secret or the keys that come from it"
)

var keylessOutput = []keyless{
	// Cisco IOS, IOS XE, ASA
	{[]string{"Crypto map tag", "current outbound spi"}, "Cisco's show crypto ipsec sa", otherGateway},
	{[]string{"Crypto map tag", "local crypto endpt."}, "Cisco's show crypto ipsec sa", otherGateway},
	{[]string{"local crypto endpt.", "current outbound spi"}, "Cisco's show crypto ipsec sa", otherGateway},
	{[]string{"interface: ", "PERMIT, flags={"}, "Cisco's show crypto ipsec sa", otherGateway},
	{[]string{"inbound esp sas:"}, "Cisco's show crypto ipsec sa", otherGateway},
	{[]string{"Tunnel-id Local", "Remote"}, "Cisco's show crypto ikev2 sa", otherGateway},
	{[]string{"Session-id:", "IKE count:"}, "Cisco's show crypto ikev2 sa", otherGateway},
	{[]string{"Tunnel-id ", "fvrf/ivrf"}, "Cisco's show crypto ikev2 sa", otherGateway},
	{[]string{"Crypto ISAKMP SA"}, "Cisco's show crypto isakmp sa", otherGateway},
	{[]string{"C-id", "I-VRF", "Encr Hash"}, "Cisco's show crypto isakmp sa detail", otherGateway},
	{[]string{"dst", "src", "conn-id", "QM_IDLE"}, "Cisco's show crypto isakmp sa", otherGateway},
	{[]string{"Active SA:", "IKE Peer:"}, "Cisco's show crypto isakmp sa", otherGateway},
	{[]string{"Crypto session current status"}, "Cisco's show crypto session", otherGateway},
	{[]string{"Crypto Engine Connections"}, "Cisco's show crypto engine connections", otherGateway},
	{[]string{"Session Type: LAN-to-LAN"}, "Cisco's show vpn-sessiondb", otherGateway},
	{[]string{"Session Type: ", "Assigned IP", "Protocol     :"}, "Cisco's show vpn-sessiondb", otherGateway},
	{[]string{"crypto isakmp policy"}, "a configuration of Cisco", ofPSK},
	{[]string{"crypto ikev2 p", "crypto ipsec "}, "a configuration of Cisco", ofPSK},
	{[]string{"tunnel-group ", "ipsec-attributes"}, "a configuration of Cisco", ofPSK},
	// Juniper
	{[]string{"Virtual-system:", "Local Gateway:"}, "Junos' show security ipsec security-associations", otherGateway},
	{[]string{"Total active tunnels:"}, "Junos' show security ipsec security-associations", otherGateway},
	{[]string{"Life:sec/kb", "Gateway"}, "Junos' show security ipsec security-associations", otherGateway},
	{[]string{"Initiator cookie", "Responder cookie"}, "Junos' show security ike security-associations", otherGateway},
	{[]string{"IKE peer ", "Gateway Name:"}, "Junos' show security ike security-associations detail", otherGateway},
	{[]string{"security {", "ike {"}, "a configuration of Junos", ofPSK},
	{[]string{"set security ike "}, "a configuration of Junos", ofPSK},
	// Palo Alto
	{[]string{"GwID/client IP", "Tunnel(Gateway)"}, "PAN-OS' show vpn ipsec-sa", otherGateway},
	{[]string{"GwID/client IP", "Peer-Address"}, "PAN-OS' show vpn ike-sa", otherGateway},
	{[]string{"phase-1 SAs", "Peer-Address"}, "PAN-OS' show vpn ike-sa", otherGateway},
	{[]string{"IKEv2 SAs", "Gateway ID"}, "PAN-OS' show vpn ike-sa", otherGateway},
	{[]string{"total tunnels configured:"}, "PAN-OS' show vpn flow", otherGateway},
	{[]string{"local spi:", "remote spi:", "proxy-id"}, "PAN-OS' show vpn flow tunnel-id", otherGateway},
	{[]string{"tunnel-interface", "monitor status", "anti replay"}, "PAN-OS' show vpn flow", otherGateway},
	// Check Point
	{[]string{"List all IKE SAs", "Delete all IPsec"}, "Check Point's vpn tu", otherGateway},
	{[]string{"Select Option", "IPsec SAs"}, "Check Point's vpn tu", otherGateway},
	{[]string{"My TS:", "Peer TS:", "MSA:"}, "Check Point's vpn tu tlist", otherGateway},
	{[]string{"SAs of Peer"}, "Check Point's vpn tu", otherGateway},
	{[]string{"SAs:", "IKE SA <", "INBOUND:"}, "Check Point's vpn tu", otherGateway},
	{[]string{"[vpnd ", "]@"}, "Check Point's vpnd.elg", otherGateway},
	{[]string{"[iked", "]@"}, "Check Point's iked.elg", otherGateway},
	// Huawei, H3C, HPE
	{[]string{"Inbound SPI", "IKE peer"}, "a router's list of SAs", otherGateway},
	{[]string{"[Inbound ESP SAs]"}, "Comware's display ipsec sa", otherGateway},
	{[]string{"[Inbound AH SAs]"}, "Comware's display ipsec sa", otherGateway},
	{[]string{"[Outbound ESP SAs]"}, "Huawei's display ipsec sa", otherGateway},
	{[]string{"Connection-ID", "Remote", "DOI"}, "Comware's display ike sa", otherGateway},
	{[]string{"Conn-ID", "Peer", "RD--READY"}, "Huawei's display ike sa", otherGateway},
	{[]string{"Conn-ID", "RD|"}, "Huawei's display ike sa", otherGateway},
	// FortiGate
	{[]string{"list all ipsec tunnel"}, "a FortiGate's diagnose vpn tunnel list", "no keys in it: list it while the tunnel is up, as an administrator who may see keys"},
	{[]string{"REMOTE-GW", "PROXY-ID-SOURCE"}, "a FortiGate's get ipsec tunnel list", ofFortiGate},
	{[]string{"selectors(total,up):"}, "a FortiGate's get vpn ipsec tunnel summary", ofFortiGate},
	{[]string{"proxyid=", "proxyid_num=", "natt: mode="}, "a FortiGate's diagnose vpn tunnel list", "no keys in it: list it while the tunnel is up, as an administrator who may see keys"},
	{[]string{"IKE SA: created", "IPsec SA: created"}, "a FortiGate's diagnose vpn ike gateway list", "no keys in it: list it while the tunnel is up, as an administrator who may see keys"},
	{[]string{"config vpn ipsec phase1"}, "a configuration of FortiOS", "its psksecret is encrypted: give diagnose vpn tunnel list and diagnose vpn ike gateway list"},
	// MikroTik
	{[]string{"SPI", "STATE", "SRC-ADDRESS", "AUTH-ALGORITHM"}, "RouterOS' installed-sa print", ofMikroTik},
	{[]string{"ph2-total", "responder"}, "RouterOS' active-peers print", ofMikroTik},
	{[]string{"PH2-TOTAL"}, "RouterOS' active-peers print", ofMikroTik},
	{[]string{"/ip ipsec"}, "a configuration of RouterOS", ofMikroTik},
	// strongSwan and what is made of it
	{[]string{"list-sa event"}, "swanctl --list-sas", ofStrongSwan},
	{[]string{"Security Associations (", "up,"}, "ipsec statusall", ofStrongSwan},
	{[]string{"ESTABLISHED", "INSTALLED", "local  '"}, "swanctl --list-sas", ofStrongSwan},
	{[]string{"ESTABLISHED, IKEv"}, "swanctl --list-sas", ofStrongSwan},
	{[]string{"list-conn event"}, "swanctl --list-conns", ofStrongSwan},
	{[]string{"Connection", "Uptime", "Bytes In/Out"}, "VyOS' show vpn ipsec sa", ofKernel},
	{[]string{"Peer ID / IP", "Local ID / IP"}, "VyOS' show vpn ike sa", ofKernel},
	{[]string{"set vpn ipsec "}, "a configuration of VyOS or EdgeOS", ofKernel},
	{[]string{"Bytes-In", "Bytes-Out", "pfSense"}, "the status page of pfSense", "it has no keys: give setkey -D, from its shell"},
	{[]string{"Bytes-In:", "Bytes-Out:", "Rekey:"}, "the status page of pfSense", "it has no keys: give setkey -D, from its shell"},
	{[]string{"<pfsense>"}, "a configuration of pfSense", "it has a pre-shared key at most: give setkey -D, from its shell"},
	{[]string{"<opnsense>"}, "a configuration of OPNsense", "it has a pre-shared key at most: give setkey -D, from its shell"},
	{[]string{"OPNsense", "IPsec"}, "a page of OPNsense", "it has no keys: give setkey -D, from its shell"},
	{[]string{"conn ", "keyexchange="}, "ipsec.conf", ofStrongSwan},
	{[]string{"conn ", "leftsubnet="}, "ipsec.conf", ofStrongSwan},
	{[]string{"conn ", "left=", "right="}, "ipsec.conf", ofKernel},
	{[]string{"conn ", "authby="}, "ipsec.conf", ofKernel},
	{[]string{"conn ", "also="}, "ipsec.conf", ofKernel},
	{[]string{"config setup", "plutodebug="}, "ipsec.conf", ofKernel},
	{[]string{"config setup", "uniqueids="}, "ipsec.conf", ofKernel},
	{[]string{"config setup", "charondebug="}, "ipsec.conf", ofKernel},
	{[]string{"connections {", "children {"}, "swanctl.conf without secrets", ofStrongSwan},
	{[]string{"'child-sas'", "'initiator-spi'"}, "what vici lists of strongSwan", ofVICI},
	{[]string{`"child-sas"`, `"initiator-spi"`}, "what vici lists of strongSwan", ofVICI},
	{[]string{"option pre_shared_key"}, "a configuration of OpenWrt", "it has a pre-shared key at most: give ip xfrm state, as root"},
	{[]string{"ipsec.", ".pre_shared_key="}, "a configuration of OpenWrt", "it has a pre-shared key at most: give ip xfrm state, as root"},
	// Openswan
	{[]string{"iv_bits=", "eklen="}, "a list of SAs of KLIPS", "it prints no keys: give pluto's log with plutodebug=\"all private\""},
	{[]string{"-> ", "=> tun0x"}, "a list of routes of KLIPS", "it prints no keys: give pluto's log with plutodebug=\"all private\""},
	// libreswan
	{[]string{"Total IPsec connections:"}, "ipsec status of libreswan", ofLibreswan},
	{[]string{"interface ", "using kernel interface"}, "ipsec status of libreswan", ofLibreswan},
	{[]string{"inBytes=", "outBytes=", "type=ESP"}, "ipsec trafficstatus of libreswan", ofLibreswan},
	{[]string{"STATE_V2_ESTABLISHED_"}, "ipsec showstates of libreswan", ofLibreswan},
	{[]string{"IPsec SA established", "newest IPSEC; eroute owner"}, "ipsec auto --status", ofLibreswan},
	// OpenBSD, VPP
	{[]string{"iked_sas:"}, "ikectl show sa", "it has no keys: give ipsecctl -s sa -k, or run iked -dvvv"},
	{[]string{"FLOWS:", "flow esp "}, "ipsecctl -s flow", "it has no keys: give ipsecctl -s sa -k, as root"},
	{[]string{"flow esp in from ", "flow esp out from "}, "ipsecctl -s flow", "it has no keys: give ipsecctl -s sa -k, as root"},
	{[]string{"sa ", "spi ", "protocol:esp", "flags:["}, "VPP's show ipsec sa", "no keys in it: give show ipsec sa NUMBER, or show ikev2 sa details"},
	// Windows
	{[]string{"Mode Configuration", "Quick Mode SAs"}, "Windows' list of SAs", ofWindows},
	{[]string{"LocalFirstId", "RemoteFirstId"}, "Windows' Get-NetIPsecMainModeSA", ofWindows},
	{[]string{"TransportLayerFilterName", "EncapsulationMode"}, "Windows' Get-NetIPsecQuickModeSA", ofWindows},
	{[]string{"FirstTransformType", "FirstCipherAlgorithm"}, "Windows' Get-NetIPsecQuickModeSA", ofWindows},
	{[]string{"Main Mode SA at "}, "Windows' netsh advfirewall monitor show mmsa", ofWindows},
	{[]string{"Quick Mode SA at "}, "Windows' netsh advfirewall monitor show qmsa", ofWindows},
	{[]string{"MM Offer", "Local IP Address"}, "Windows' netsh advfirewall monitor show mmsa", ofWindows},
	{[]string{"ServerAddress", "TunnelType", "Ikev2"}, "Windows' Get-VpnConnection", ofWindows},
	{[]string{"IKE Main Mode SAs at "}, "Windows' netsh ipsec dynamic show mmsas", ofWindows},
	{[]string{"Quick Mode SAs", "Transport Filter"}, "Windows' netsh ipsec dynamic show qmsas", ofWindows},
	{[]string{"<wfpstate>"}, "Windows' netsh wfp show state", ofWindows},
	{[]string{"<netEvents>"}, "Windows' netsh wfp show netevents", ofWindows},
	{[]string{"FWPM_NET_EVENT_TYPE_IKEEXT_"}, "Windows' netsh wfp capture", ofWindows},
	// racoon
	{[]string{"sainfo ", "encryption_algorithm"}, "racoon.conf", "it has no keys: give racoon's log at debug2, or setkey -D"},
	{[]string{"path pre_shared_key"}, "racoon.conf", "it has no keys: give racoon's log at debug2, or setkey -D"},
	// F5
	{[]string{"IPsec::SecurityAssociations"}, "F5's list of SAs", "it prints no keys; IKEv1 keys are in racoon's log at debug2"},
	{[]string{"IPsec::IKE"}, "F5's list of SAs", "it prints no keys; IKEv1 keys are in racoon's log at debug2"},
	{[]string{"tmsh", "ipsec-sa"}, "F5's list of SAs", "it prints no keys; IKEv1 keys are in racoon's log at debug2"},
	// clouds
	{[]string{"Amazon Web Services", "VPN Connection"}, "AWS' configuration of a VPN connection", ofPSK},
	{[]string{"<vpn_connection"}, "AWS' configuration of a VPN connection", ofPSK},
	{[]string{"VpnConnectionId"}, "AWS' description of a VPN connection", ofPSK},
	{[]string{"Microsoft.Network/", "irtualNetworkGateway"}, "Azure's description of a VPN gateway", ofPSK},
	{[]string{"Microsoft.Network/vpn"}, "Azure's description of a VPN site", ofPSK},
	{[]string{"<VpnProfile", "VpnServer"}, "Azure's profile of a VPN client", ofPSK},
	{[]string{"Azure", "Shared Key"}, "Azure's configuration of a VPN connection", ofPSK},
	{[]string{"AzureVpn"}, "Azure's configuration of a VPN connection", ofPSK},
	{[]string{"compute#vpnTunnel"}, "Google Cloud's description of a VPN tunnel", ofPSK},
	{[]string{"vpncfg {"}, "a configuration of a FRITZ!Box", ofPSK},
	{[]string{"**** FRITZ!Box"}, "a configuration of a FRITZ!Box", ofPSK},
	{[]string{"IpSecService dump:"}, "Android's dumpsys ipsec", "it prints no keys: take them from the gateway"},
	{[]string{"mSpiQuotaTracker="}, "Android's dumpsys ipsec", "it prints no keys: take them from the gateway"},
	{[]string{"tunnel1_preshared_key"}, "Terraform's state of a VPN connection of AWS", ofPSK},
	{[]string{"ANTREA_IPSEC_PSK"}, "a secret of Antrea", "it has a pre-shared key: give ip xfrm state, as root on a node"},
	{[]string{"NETLINK_XFRM", "sendmsg("}, "strace's output", "messages to the kernel are not read: give ip xfrm state, as root"},
	// other kernels' tables, certificates, keys of other protocols
	{[]string{"src ", "dst ", "proto esp reqid", "tmpl"}, "ip xfrm policy", ofKernel},
	{[]string{"src ", "dst ", "priority ", "ptype main"}, "ip xfrm policy", ofKernel},
	{[]string{"BEGIN CERTIFICATE"}, "a certificate", needsDH},
	{[]string{"PRIVATE KEY-----"}, "a private key", needsDH},
	{[]string{"CLIENT_RANDOM "}, "a key log of TLS", "it has no IPsec keys: give it to Wireshark, for the traffic inside the tunnel"},
	{[]string{"_TRAFFIC_SECRET_0 "}, "a key log of TLS", "it has no IPsec keys: give it to Wireshark, for the traffic inside the tunnel"},
	{[]string{"[Interface]", "PrivateKey"}, "a configuration of WireGuard", "WireGuard is no IPsec"},
	{[]string{"OpenVPN Static key"}, "a key of OpenVPN", "OpenVPN is no IPsec"},
	{[]string{"Starting ike-scan"}, "ike-scan's output", otherGateway},
	{[]string{"<key>PayloadType</key>", "SharedSecret"}, "a profile of Apple", ofPSK},
	// names of products, the last resort
	{[]string{"WatchGuard"}, "text that names a WatchGuard Firebox", otherGateway},
	{[]string{"Fireware"}, "text that names a WatchGuard Firebox", otherGateway},
	{[]string{"SonicWall"}, "text that names a SonicWall", otherGateway},
	{[]string{"SonicWALL"}, "text that names a SonicWall", otherGateway},
	{[]string{"SonicOS"}, "text that names a SonicWall", otherGateway},
	{[]string{"Sophos"}, "text that names a Sophos firewall", "give ip xfrm state, as root in its shell"},
	{[]string{"SFOS"}, "text that names a Sophos firewall", "give ip xfrm state, as root in its shell"},
	{[]string{"Stormshield"}, "text that names a Stormshield firewall", otherGateway},
	{[]string{"ZyWALL"}, "text that names a Zyxel firewall", otherGateway},
	{[]string{"Zyxel"}, "text that names a Zyxel firewall", otherGateway},
	{[]string{"Check Point"}, "text that names a Check Point gateway", otherGateway},
	{[]string{"Barracuda"}, "text that names a Barracuda firewall", otherGateway},
	{[]string{"Meraki"}, "text that names a Meraki appliance", otherGateway},
	{[]string{"DrayTek"}, "text that names a DrayTek router", otherGateway},
	{[]string{"Palo Alto Networks"}, "text that names a Palo Alto firewall", otherGateway},
	{[]string{"Juniper Networks"}, "text that names a Juniper device", otherGateway},
	{[]string{"Cisco Adaptive Security"}, "text that names a Cisco ASA", otherGateway},
	{[]string{"Cisco IOS"}, "text that names a Cisco router", otherGateway},
	{[]string{"pfSense"}, "text that names pfSense", "give setkey -D, from its shell"},
	{[]string{"UniFi"}, "text that names a UniFi gateway", ofKernel},
}

// noKeysIn names what a file is by its first lines, and where keys are instead; nil: it is not known.
func noKeysIn(sample []line) *keyless {
	var text strings.Builder
	for _, l := range sample {
		text.WriteString(l.text + "\n")
	}
	all := text.String()
	for i := range keylessOutput {
		if k := &keylessOutput[i]; hasAll(all, k.words) {
			return k
		}
	}
	if len(sample) <= mostOfError && (strings.Contains(all, "Operation not permitted") || strings.Contains(all, "Permission denied")) {
		return errorMessage
	}
	return everyday(sample)
}

// errorMessage is what a command printed that may not read keys; a document may quote it.
var errorMessage = &keyless{name: "an error message", advice: "run the command as root"}

const mostOfError = 20 // lines

func hasAll(text string, words []string) bool {
	for _, w := range words {
		if !strings.Contains(text, w) {
			return false
		}
	}
	return true
}

const giveAsPSK = "if its words are pre-shared keys, give it with --psk-file"

// addressList is a file of addresses with something behind each.
var addressList = &keyless{name: "a list of addresses", advice: giveAsPSK}

// everyday names a file of which every line is a host and something else: nothing tells pre-shared keys from names of hosts, routes or
// neighbours there.
func everyday(sample []line) *keyless {
	rows := 0
	for _, l := range sample {
		text := strings.TrimSpace(l.text)
		if text == "" || text[0] == '#' {
			continue
		}
		peer, word := splitPeer(text)
		if word == "" || !isHost(peer) {
			return nil
		}
		rows++
	}
	if rows == 0 {
		return nil
	}
	return addressList
}
