package diagnose

import "slices"

// A Setting is what an administrator may change on a gateway.
type Setting uint8

// The settings that findings are about.
const (
	NoSetting Setting = iota
	SettingPeer
	SettingPhase1
	SettingPhase2
	SettingPFS
	SettingPSK
	SettingIdentity
	SettingIdentityOrMode
	SettingAuth
	SettingCertificate
	SettingSelectors
	SettingMode
	SettingLifetime
	SettingUser
	SettingEAP
	SettingDPD
	SettingRekey
	SettingFragmentation
	SettingNAT
	SettingMTU
	SettingReplay
	SettingAggressive
	SettingDelete
	SettingTruncation
	SettingPool
	SettingSIPAgreement
)

// An Option is a setting in the terms of one product.
type Option struct {
	Product string `json:"product"` // "strongSwan", "libreswan", "Cisco IOS", "FortiGate"
	Name    string `json:"name"`    // as its configuration writes it
}

// Options are the setting in the terms of the products whose documentation has it.
func (s Setting) Options() []Option { return options[s] }

// inProducts names a setting in the terms of each product; "" leaves one out.
func inProducts(strongSwan, libreswan, cisco, fortiGate string) (list []Option) {
	for _, o := range []Option{{"strongSwan", strongSwan}, {"libreswan", libreswan}, {"Cisco IOS", cisco}, {"FortiGate", fortiGate}} {
		if o.Name != "" {
			list = append(list, o)
		}
	}
	return list
}

// options: strongSwan's are those of swanctl.conf; FortiGate's stand in config vpn ipsec phase1-interface and phase2-interface.
var options = map[Setting][]Option{
	SettingSIPAgreement: {{"Kamailio", "ims_ipsec_pcscf: ipsec_preferred_alg, ipsec_preferred_ealg"}, {"OpenSIPS", "proto_ipsec: allowed_algorithms"}},
	SettingPeer:         inProducts("connections.CONN: remote_addrs, local_addrs", "left=, right=", "crypto map: set peer; interface: crypto map, tunnel destination", "phase1: set remote-gw, set interface"),
	SettingPhase1: inProducts("connections.CONN: proposals", "ike=", "crypto isakmp policy: encryption, hash, group, authentication; crypto ikev2 proposal",
		"phase1: set proposal, set dhgrp"),
	SettingPhase2: inProducts("connections.CONN.children.CHILD: esp_proposals, ah_proposals", "esp= (phase2alg=)", "crypto ipsec transform-set", "phase2: set proposal"),
	SettingPFS: inProducts("connections.CONN.children.CHILD: esp_proposals, with a group at the end for PFS (aes128-sha256-modp2048) or without",
		"pfs=yes|no; esp=…;modp2048", "crypto map, ipsec profile: set pfs group14", "phase2: set pfs, set dhgrp"),
	SettingPSK: inProducts("secrets: ike-NAME { id, secret }", "ipsec.secrets: @ID @ID : PSK \"…\"",
		"crypto isakmp key … address; crypto ikev2 keyring: peer, pre-shared-key", "phase1: set psksecret"),
	SettingIdentity:       identityOptions,
	SettingIdentityOrMode: slices.Concat(identityOptions, modeOptions),
	SettingAuth: inProducts("connections.CONN: local { auth }, remote { auth }", "authby=, leftauth=, rightauth=", "crypto isakmp policy: authentication; ikev2 profile: authentication local, remote",
		"phase1: set authmethod"),
	SettingCertificate: inProducts("connections.CONN: local { certs }, remote { cacerts }, files in x509 and x509ca", "leftcert=, leftca=, rightca=", "crypto pki trustpoint; ikev2 profile: pki trustpoint",
		"phase1: set certificate, set peer; vpn certificate ca"),
	SettingSelectors:     inProducts("connections.CONN.children.CHILD: local_ts, remote_ts", "leftsubnet=, rightsubnet=", "crypto map: match address (its access list)", "phase2: set src-subnet, set dst-subnet"),
	SettingMode:          modeOptions,
	SettingLifetime:      inProducts("connections.CONN.children.CHILD: life_time, rekey_time; rekey_time, over_time", "ikelifetime=, salifetime=", "crypto isakmp policy: lifetime; set security-association lifetime", "phase1, phase2: set keylife, set keylifeseconds"),
	SettingUser:          inProducts("connections.CONN: local { xauth_id }; secrets: xauth-NAME", "leftusername=; ipsec.secrets: @USER : XAUTH \"…\"", "crypto map: client authentication list; username", "phase1: set xauthtype, set authusr, set authpasswd, set authusrgrp"),
	SettingEAP:           inProducts("connections.CONN: local { auth = eap-…, eap_id }; secrets: eap-NAME", "leftauth=eaponly (EAP-TLS alone)", "ikev2 profile: authentication remote eap, aaa authentication eap", "phase1: set eap, set authusrgrp"),
	SettingDPD:           inProducts("connections.CONN: dpd_delay, dpd_timeout; charon.retransmit_tries, retransmit_timeout", "dpddelay=, dpdtimeout=, retransmit-timeout=", "crypto isakmp keepalive; ikev2 profile: dpd", "phase1: set dpd, set dpd-retryinterval, set dpd-retrycount"),
	SettingRekey:         inProducts("connections.CONN.children.CHILD: rekey_time, rand_time", "salifetime=, rekeymargin=, rekeyfuzz=", "set security-association lifetime", "phase2: set keylifeseconds"),
	SettingFragmentation: inProducts("connections.CONN: fragmentation = yes; charon.fragment_size", "fragmentation=yes", "crypto ikev2 fragmentation; crypto isakmp fragmentation", "phase1: set fragmentation, set ip-fragmentation"),
	SettingNAT:           inProducts("connections.CONN: encap; charon.keep_alive", "encapsulation=, nat-keepalive=", "crypto ipsec nat-transparency; crypto isakmp nat keepalive", "phase1: set nattraversal, set keepalive"),
	SettingMTU:           inProducts("charon.plugins.kernel-netlink.mtu, mss", "mtu=", "ip mtu, ip tcp adjust-mss", "interface: set mtu-override, set tcp-mss"),
	SettingReplay:        inProducts("connections.CONN.children.CHILD: replay_window", "replay-window=", "crypto ipsec security-association replay window-size", "phase2: set replay"),
	SettingAggressive:    inProducts("connections.CONN: aggressive", "aggressive=", "crypto isakmp profile: initiate mode aggressive; crypto isakmp aggressive-mode disable", "phase1: set mode main|aggressive"),
	SettingDelete:        inProducts("connections.CONN.children.CHILD: inactivity, start_action, close_action", "auto=, ikelifetime=", "set security-association idle-time", "phase2: set auto-negotiate, set keepalive"),
	SettingPool: inProducts("connections.CONN: pools, vips; pools.NAME { addrs }", "rightaddresspool=, leftmodecfgclient=yes", "crypto isakmp client configuration group: pool; ip local pool",
		"phase1: set mode-cfg, set ipv4-start-ip, set ipv4-end-ip"),
	SettingTruncation: inProducts("children: sha256_96 = yes", "sha2-truncbug=yes", "", ""),
}

var (
	identityOptions = inProducts("connections.CONN: local { id }, remote { id }", "leftid=, rightid=", "crypto isakmp identity, match identity; ikev2 profile: identity local, match identity remote",
		"phase1: set localid, set peertype, set peerid")
	modeOptions = inProducts("connections.CONN.children.CHILD: mode", "type=tunnel|transport", "crypto ipsec transform-set: mode tunnel|transport", "phase2: set encapsulation")
)
