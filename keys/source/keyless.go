package source

import "strings"

// Output that people give for keys and that has none, by words in it, with where that product's keys are. Cisco, Juniper, Huawei and others
// print none of negotiated SAs at all.

type keyless struct {
	words  []string // all of which are in the file
	name   string
	advice string
}

const otherGateway = "it prints no keys: take them from the other gateway"

var keylessOutput = []keyless{
	{[]string{"Crypto map tag", "current outbound spi"}, "Cisco's show crypto ipsec sa", otherGateway},
	{[]string{"Tunnel-id Local", "Remote"}, "Cisco's show crypto ikev2 sa", otherGateway},
	{[]string{"Virtual-system:", "Local Gateway:"}, "Junos' show security ipsec security-associations", otherGateway},
	{[]string{"Inbound SPI", "IKE peer"}, "a router's list of SAs", otherGateway},
	{[]string{"[Inbound ESP SAs]"}, "Comware's display ipsec sa", otherGateway},
	{[]string{"[Inbound AH SAs]"}, "Comware's display ipsec sa", otherGateway},
	{[]string{"list-sa event"}, "swanctl --list-sas", "it prints no keys: give ip xfrm state, or charon's log at level 4"},
	{[]string{"Security Associations (", "up,"}, "ipsec statusall", "it prints no keys: give ip xfrm state, or charon's log at level 4"},
	{[]string{"ESTABLISHED", "INSTALLED", "local  '"}, "swanctl --list-sas", "it prints no keys: give ip xfrm state, or charon's log at level 4"},
	{[]string{"Total IPsec connections:"}, "ipsec status of libreswan", "it prints no keys: give ip xfrm state, or pluto's log with plutodebug=all,private"},
	{[]string{"interface ", "using kernel interface"}, "ipsec status of libreswan", "it prints no keys: give ip xfrm state, or pluto's log with plutodebug=all,private"},
	{[]string{"list all ipsec tunnel"}, "a FortiGate's diagnose vpn tunnel list", "no keys in it: list it while the tunnel is up, as an administrator who may see keys"},
	{[]string{"IPsec::SecurityAssociations"}, "F5's list of SAs", "it prints no keys; IKEv1 keys are in racoon's log at debug2"},
	{[]string{"tmsh", "ipsec-sa"}, "F5's list of SAs", "it prints no keys; IKEv1 keys are in racoon's log at debug2"},
	{[]string{"Mode Configuration", "Quick Mode SAs"}, "Windows' list of SAs", otherGateway},
	{[]string{"src ", "dst ", "proto esp reqid", "tmpl"}, "ip xfrm policy", "it has no keys: give ip xfrm state, as root"},
	{[]string{"BEGIN CERTIFICATE"}, "a certificate", "it decrypts nothing: IKE needs the DH secret or the keys that come from it"},
	{[]string{"PRIVATE KEY-----"}, "a private key", "it decrypts nothing: IKE needs the DH secret or the keys that come from it"},
}

// noKeysIn names what a file is by its first lines, and where keys are instead; nil: it is not known.
func noKeysIn(sample []line) *keyless {
	var text strings.Builder
	for _, l := range sample {
		text.WriteString(l.text + "\n")
	}
	all := text.String()
	for i := range keylessOutput {
		k := &keylessOutput[i]
		known := true
		for _, w := range k.words {
			known = known && strings.Contains(all, w)
		}
		if known {
			return k
		}
	}
	return nil
}
