package report

import (
	"strings"
	"unicode/utf8"
)

// An Option is the setting of one product that a finding is about.
type Option struct {
	Product string `json:"product"` // "strongSwan", "libreswan", "Cisco IOS", "FortiGate"
	Name    string `json:"name"`    // as its configuration writes it
}

// A Compared is one thing that both sides say, each in its own words.
type Compared struct {
	Name      string `json:"name"` // "hash", "traffic selector"
	Initiator string `json:"initiator"`
	Responder string `json:"responder"`
	Differs   bool   `json:"differs"`
}

// A codeInfo is what is said of every finding of one code.
type codeInfo struct {
	code    string
	rfc     string // "RFC 7296, 2.7"; empty: no RFC speaks of it
	rfc1    string // of IKEv1, where that is another one
	noRFC   string // why there is none
	options []Option
}

// options names one setting in the terms of the products whose documentation has it; "" leaves a product out.
func options(strongSwan, libreswan, cisco, fortiGate string) (list []Option) {
	for _, o := range []Option{{"strongSwan", strongSwan}, {"libreswan", libreswan}, {"Cisco IOS", cisco}, {"FortiGate", fortiGate}} {
		if o.Name != "" {
			list = append(list, o)
		}
	}
	return list
}

// Reasons for a code without an RFC.
const (
	aboutCapture = "about how the capture was made"
	aboutSecrets = "about the secrets that were given"
	aboutTool    = "about a bound of this program"
)

// Settings that several codes are about. strongSwan's are those of swanctl.conf; FortiGate's stand in config vpn ipsec
// phase1-interface and phase2-interface.
var (
	optPeer   = options("connections.CONN: remote_addrs, local_addrs", "left=, right=", "crypto map: set peer; interface: crypto map, tunnel destination", "phase1: set remote-gw, set interface")
	optPhase1 = options("connections.CONN: proposals", "ike=", "crypto isakmp policy: encryption, hash, group, authentication; crypto ikev2 proposal",
		"phase1: set proposal, set dhgrp")
	optPhase2 = options("connections.CONN.children.CHILD: esp_proposals, ah_proposals", "esp= (phase2alg=)", "crypto ipsec transform-set", "phase2: set proposal")
	optPFS    = options("connections.CONN.children.CHILD: esp_proposals, with a group at the end for PFS (aes128-sha256-modp2048) or without",
		"pfs=yes|no; esp=…;modp2048", "crypto map, ipsec profile: set pfs group14", "phase2: set pfs, set dhgrp")
	optPSK = options("secrets: ike-NAME { id, secret }", "ipsec.secrets: @ID @ID : PSK \"…\"",
		"crypto isakmp key … address; crypto ikev2 keyring: peer, pre-shared-key", "phase1: set psksecret")
	optIdentity = options("connections.CONN: local { id }, remote { id }", "leftid=, rightid=", "crypto isakmp identity, match identity; ikev2 profile: identity local, match identity remote",
		"phase1: set localid, set peertype, set peerid")
	optAuth = options("connections.CONN: local { auth }, remote { auth }", "authby=, leftauth=, rightauth=", "crypto isakmp policy: authentication; ikev2 profile: authentication local, remote",
		"phase1: set authmethod")
	optCert = options("connections.CONN: local { certs }, remote { cacerts }, files in x509 and x509ca", "leftcert=, leftca=, rightca=", "crypto pki trustpoint; ikev2 profile: pki trustpoint",
		"phase1: set certificate, set peer; vpn certificate ca")
	optTS     = options("connections.CONN.children.CHILD: local_ts, remote_ts", "leftsubnet=, rightsubnet=", "crypto map: match address (its access list)", "phase2: set src-subnet, set dst-subnet")
	optMode   = options("connections.CONN.children.CHILD: mode", "type=tunnel|transport", "crypto ipsec transform-set: mode tunnel|transport", "phase2: set encapsulation")
	optLife   = options("connections.CONN.children.CHILD: life_time, rekey_time; rekey_time, over_time", "ikelifetime=, salifetime=", "crypto isakmp policy: lifetime; set security-association lifetime", "phase1, phase2: set keylife, set keylifeseconds")
	optUser   = options("connections.CONN: local { xauth_id }; secrets: xauth-NAME", "leftusername=; ipsec.secrets: @USER : XAUTH \"…\"", "crypto map: client authentication list; username", "phase1: set xauthtype, set authusr, set authpasswd, set authusrgrp")
	optEAP    = options("connections.CONN: local { auth = eap-…, eap_id }; secrets: eap-NAME", "leftauth=eaponly (EAP-TLS alone)", "ikev2 profile: authentication remote eap, aaa authentication eap", "phase1: set eap, set authusrgrp")
	optDPD    = options("connections.CONN: dpd_delay, dpd_timeout; charon.retransmit_tries, retransmit_timeout", "dpddelay=, dpdtimeout=, retransmit-timeout=", "crypto isakmp keepalive; ikev2 profile: dpd", "phase1: set dpd, set dpd-retryinterval, set dpd-retrycount")
	optRekey  = options("connections.CONN.children.CHILD: rekey_time, rand_time", "salifetime=, rekeymargin=, rekeyfuzz=", "set security-association lifetime", "phase2: set keylifeseconds")
	optFrag   = options("connections.CONN: fragmentation = yes; charon.fragment_size", "fragmentation=yes", "crypto ikev2 fragmentation; crypto isakmp fragmentation", "phase1: set fragmentation, set ip-fragmentation")
	optNAT    = options("connections.CONN: encap; charon.keep_alive", "encapsulation=, nat-keepalive=", "crypto ipsec nat-transparency; crypto isakmp nat keepalive", "phase1: set nattraversal, set keepalive")
	optMTU    = options("charon.plugins.kernel-netlink.mtu, mss", "mtu=", "ip mtu, ip tcp adjust-mss", "interface: set mtu-override, set tcp-mss")
	optReplay = options("connections.CONN.children.CHILD: replay_window", "replay-window=", "crypto ipsec security-association replay window-size", "phase2: set replay")
	optAggr   = options("connections.CONN: aggressive", "aggressive=", "crypto isakmp profile: initiate mode aggressive; crypto isakmp aggressive-mode disable", "phase1: set mode main|aggressive")
	optDelete = options("connections.CONN.children.CHILD: inactivity, start_action, close_action", "auto=, ikelifetime=", "set security-association idle-time", "phase2: set auto-negotiate, set keepalive")
)

// codes are all codes of findings, in the order of docs/json.md. A code that is not here is a fault that a test finds.
var codes = []codeInfo{
	{code: "healthy", noRFC: "nothing is wrong"},
	// No answer.
	{code: "icmp-unreachable", rfc: "RFC 792; RFC 4443", options: optPeer},
	{code: "no-response", rfc: "RFC 7296, 2.1", rfc1: "RFC 2408, 5.1", options: optPeer},
	{code: "one-way-ike", rfc: "RFC 7296, 2.1", rfc1: "RFC 2408, 5.1", options: optPeer},
	{code: "retransmissions", rfc: "RFC 7296, 2.1", rfc1: "RFC 2408, 5.1"},
	{code: "fragment-lost", rfc: "RFC 7383", options: optFrag},
	{code: "mtu-suspect", rfc: "RFC 7383; RFC 4459", options: optMTU},
	{code: "nat-detected", rfc: "RFC 7296, 2.23", rfc1: "RFC 3947", options: optNAT},
	{code: "nat-mapping-changed", rfc: "RFC 3948, 4; RFC 7296, 2.23", options: optNAT},
	{code: "address-changed", rfc: "RFC 4555"},
	// IKE_SA_INIT, phase 1.
	{code: "phase1-no-proposal", rfc: "RFC 7296, 2.7", rfc1: "RFC 2409, 5", options: optPhase1},
	{code: "invalid-ke", rfc: "RFC 7296, 1.2 and 1.3", options: optPhase1},
	{code: "cookie-challenge", rfc: "RFC 7296, 2.6"},
	{code: "phase1-failed", rfc: "RFC 7296, 2.21", rfc1: "RFC 2408, 5", options: optPhase1},
	{code: "phase1-stopped", rfc: "RFC 7296, 2.21", rfc1: "RFC 2408, 5", options: optFrag},
	{code: "mode-mismatch", rfc: "RFC 7296, 1.3.1", rfc1: "RFC 2409, 5; RFC 2407, 4.5", options: optMode},
	// Authentication.
	{code: "psk-mismatch", rfc: "RFC 7296, 2.15", rfc1: "RFC 2409, 5.4", options: optPSK},
	{code: "identity-mismatch", rfc: "RFC 7296, 2.15 and 3.5", rfc1: "RFC 2407, 4.6.2", options: optIdentity},
	{code: "certificate-problem", rfc: "RFC 4945; RFC 5280", options: optCert},
	{code: "auth-failed", rfc: "RFC 7296, 2.15", rfc1: "RFC 2409, 5", options: optAuth},
	{code: "xauth-failed", rfc: "draft-beaulieu-ike-xauth", options: optUser},
	{code: "eap-failed", rfc: "RFC 7296, 2.16; RFC 3748, 4.2", options: optEAP},
	{code: "address-assigned", rfc: "RFC 7296, 2.19", rfc1: "draft-dukes-ike-mode-cfg"},
	// Child SAs, phase 2.
	{code: "phase2-no-proposal", rfc: "RFC 7296, 2.7", rfc1: "RFC 2409, 5.5", options: optPhase2},
	{code: "pfs-mismatch", rfc: "RFC 7296, 1.3.1", rfc1: "RFC 2409, 5.5", options: optPFS},
	{code: "ts-mismatch", rfc: "RFC 7296, 2.9", rfc1: "RFC 2409, 5.5", options: optTS},
	{code: "phase2-refused", rfc: "RFC 7296, 2.21.2", rfc1: "RFC 2409, 5.5", options: optPhase2},
	{code: "phase2-failed", rfc: "RFC 7296, 2.21", rfc1: "RFC 2409, 5.5", options: optPhase2},
	{code: "phase2-no-response", rfc: "RFC 7296, 2.1", rfc1: "RFC 2409, 5.5", options: optPhase2},
	{code: "lifetime-differs", rfc: "RFC 2407, 4.5.4 and 4.6.3.1", options: optLife},
	// An SA's life.
	{code: "rekey-failed", rfc: "RFC 7296, 2.8 and 2.25", rfc1: "RFC 2409, 5.5", options: optRekey},
	{code: "rekey-collision", rfc: "RFC 7296, 2.8.1 and 2.25", options: optRekey},
	{code: "dpd-timeout", rfc: "RFC 7296, 2.4", rfc1: "RFC 3706", options: optDPD},
	{code: "deleted-by-peer", rfc: "RFC 7296, 1.4.1", rfc1: "RFC 2408, 3.15", options: optDelete},
	{code: "error-notify", rfc: "RFC 7296, 3.10.1", rfc1: "RFC 2408, 3.14.1"},
	{code: "vendor-quirk", noRFC: "implementations differ from the RFCs here"},
	// ESP and AH.
	{code: "icv-failures", rfc: "RFC 4303, 3.4.4; RFC 4302, 3.4.4"},
	{code: "wrong-esp-key", noRFC: aboutSecrets},
	{code: "esp-loss", rfc: "RFC 4303, 3.3.3"},
	{code: "esp-replay", rfc: "RFC 4303, 3.4.3", options: optReplay},
	{code: "esp-reordering", rfc: "RFC 4303, 3.4.3", options: optReplay},
	{code: "esp-one-way", rfc: "RFC 4301, 4.4.1", options: optTS},
	{code: "esp-after-delete", rfc: "RFC 7296, 1.4.1", rfc1: "RFC 2408, 3.15", options: optRekey},
	{code: "unknown-spi", rfc: "RFC 4303, 2.1"},
	{code: "esp-null", rfc: "RFC 2410; RFC 5879", options: optPhase2},
	{code: "null-encryption", rfc: "RFC 2410; RFC 5879", options: optPhase2},
	{code: "weak-algorithm", rfc: "RFC 8247; RFC 8221", options: optPhase1},
	{code: "weak-dh", rfc: "RFC 8247, 2.4", options: optPhase1},
	{code: "aggressive-mode-psk", rfc: "RFC 2409, 5.4", options: optAggr},
	{code: "ikev1-deprecated", rfc: "RFC 9395, 3"},
	// What keeps an SA closed.
	{code: "no-key", noRFC: aboutSecrets},
	{code: "wrong-key", noRFC: aboutSecrets},
	{code: "wrong-psk", noRFC: aboutSecrets},
	{code: "need-dh-secret", rfc: "RFC 7296, 2.14", rfc1: "RFC 2409, 5"},
	{code: "need-psk", rfc: "RFC 2409, 5"},
	{code: "need-skeyid-d", rfc: "RFC 2409, 5.5"},
	{code: "need-pfs-secret", rfc: "RFC 7296, 2.17", rfc1: "RFC 2409, 5.5"},
	{code: "lost-message", noRFC: aboutCapture},
	{code: "unsupported", noRFC: aboutTool},
	// The capture.
	{code: "capture-cut", noRFC: aboutCapture},
	{code: "snap-length", noRFC: aboutCapture},
	{code: "started-late", noRFC: aboutCapture},
	{code: "too-many-sas", noRFC: aboutTool},
	{code: "not-ike", noRFC: aboutCapture},
	{code: "clock-jump", noRFC: aboutCapture},
	{code: "mirrored", noRFC: aboutCapture},
	{code: "gateway-capture", noRFC: aboutCapture},
	{code: "already-decrypted", noRFC: aboutCapture},
	{code: "no-ipsec", noRFC: aboutCapture},
}

var codesByName = func() map[string]*codeInfo {
	m := make(map[string]*codeInfo, len(codes))
	for i := range codes {
		m[codes[i].code] = &codes[i]
	}
	return m
}()

// complete adds what the table of codes knows to a finding; version is that of the IKE SA it is about, 0 for none.
func (f *Finding) complete(version int) {
	c := codesByName[f.Code]
	if c == nil {
		return
	}
	if f.RFC == "" {
		f.RFC = c.rfc
		switch {
		case c.rfc1 == "":
		case version == 1:
			f.RFC = c.rfc1
		case version == 0:
			f.RFC += "; " + c.rfc1
		}
	}
	if f.Options == nil && f.Severity != SeverityNote {
		f.Options = c.options
	}
}

// comparisonWidth is the widest table of values that fits the page, indented as it is.
const comparisonWidth = Width - 8

// comparison writes the values of a finding side by side, or below each other where they are too long for that.
func comparison(values []Compared) (lines []string) {
	if len(values) == 0 {
		return nil
	}
	name, initiator, responder := 0, len("initiator"), len("responder")
	for _, v := range values {
		name, initiator, responder = max(name, columnsOf(v.Name)), max(initiator, columnsOf(v.Initiator)), max(responder, columnsOf(v.Responder))
	}
	pad := func(s string, n int) string { return s + strings.Repeat(" ", max(0, n-columnsOf(s))) }
	wide := 2+name+2+initiator+2+responder > comparisonWidth
	if !wide {
		lines = append(lines, "  "+pad("", name)+"  "+pad("initiator", initiator)+"  responder")
	}
	for _, v := range values {
		mark := "  "
		if v.Differs {
			mark = "! "
		}
		if wide {
			lines = append(lines, mark+v.Name, "    initiator  "+v.Initiator, "    responder  "+v.Responder)
			continue
		}
		lines = append(lines, mark+pad(v.Name, name)+"  "+pad(v.Initiator, initiator)+"  "+v.Responder)
	}
	return lines
}

// columnsOf is the number of columns that s takes when it is printed.
func columnsOf(s string) int { return utf8.RuneCountInString(Escape(s)) }
