package report

import (
	"bytes"
	"encoding/binary"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ikedecode/ikedecode/capture"
	"github.com/ikedecode/ikedecode/keys/secret"
)

// The first line says what is true with whatever log was given, and claims nothing that another cause would show as well.
func TestFirstLine(t *testing.T) {
	for _, c := range []struct {
		session, log   string
		code, headline string
		not            string // nowhere in the text
	}{
		{"diag-v1-no-address", "gwa.log.gz", "no-address", "192.0.2.2 assigned no virtual address to 192.0.2.1", "healthy"},
		{"diag-v1-one-address", "gwb.low.log", "healthy", "came up and carried traffic both ways", "no-address"},                            // asked for IPv6 as well
		{"diag-v1-one-address", "../diag-v1-xauth-refused/gwb.low.log", "healthy", "came up and carried traffic both ways", "xauth-failed"}, // of another attempt
		{"diag-v2-loss-rekeyed", "", "one-way-ike", "retransmitted frame 41 4 times after it; a later attempt succeeded", "problem: "},
		{"diag-v2-gateway-drops", "", "esp-one-way", "cannot tell: it is gone, it lost the IPsec SA or policy, or hosts behind it are silent", "most likely"},
		{"diag-v2-child-deleted", "../diag-v2-ppk/gwb.low.log", "not-enough-seen", "nothing wrong seen", "auth-failed"}, // likewise
		{"diag-v1-xauth-refused", "gwb.log.gz", "xauth-failed", "XAUTH rejected the user alice", "XAUTH failed"},        // said once
		{"diag-v1-xauth-refused", "gwb.low.log", "xauth-failed", "192.0.2.2 rejected the user alice", "more time"},
		{"diag-v1-mode-libreswan", "", "no-response", "no response from 192.0.2.2:500", ""},
		{"diag-v1-mode-libreswan", "gwb.log", "no-connection", "192.0.2.2 has no connection for 192.0.2.1 that allows Aggressive Mode", "with IKEv1"},
		{"diag-v2-cert-name", "", "auth-failed", "192.0.2.1 rejected the IKE_AUTH response; cannot tell", "not trusted"},
		{"diag-v2-cert-name", "gwa.low.log", "certificate-problem", "192.0.2.1 has no trusted public key for gwb.example.net", "is not trusted ("},
		{"diag-v2-cert-name", "gwb.low.log", "auth-failed", "192.0.2.1 rejected 192.0.2.2 with AUTHENTICATION_FAILED", "not-enough-seen"},
		{"diag-v2-eap-user", "gwa.low.log", "eap-failed", "192.0.2.2 rejected the user", "192.0.2.1 rejected the user"},
		{"diag-v2-eap-user", "gwb.low.log", "eap-failed", "192.0.2.2 has no password for the user mallory", "AUTHENTICATION_FAILED"},
		{"diag-v2-ppk", "gwb.log.gz", "auth-failed", "the post-quantum pre-shared keys (PPK) or the pre-shared keys differ", "wrong-psk"},
		{"diag-v2-ppk", "gwb.low.log", "auth-failed", "the post-quantum pre-shared keys (PPK) or the pre-shared keys differ", "psk-mismatch"},
		{"diag-v2-ppk-required", "gwb.low.log", "auth-failed", "192.0.2.2 requires a post-quantum pre-shared key (PPK), 192.0.2.1 uses none", "psk-mismatch"},
		{"diag-v2-same-network", "", "esp-one-way", "cannot tell: it lost the IPsec SA, or 203.0.113.3 has the same network", "is gone"},
		{"diag-v2-same-network", "gwb.low.log", "esp-one-way", "cannot tell: it lost the IPsec SA, or 203.0.113.3 has the same network", "is gone"},
		{"diag-v2-same-network", "gwb.log.gz", "esp-one-way", "most likely because the network behind 203.0.113.3 is the same", "is gone"},
		{"diag-v2-rekey-storm", "", "rekeyed-often", "192.0.2.1 and 192.0.2.2 rekey every 3.2 s: 15 IPsec SAs one after another", "new IKE SA"},
		{"diag-v2-idle-storm", "keys.txt", "rekeyed-often", "192.0.2.1 and 192.0.2.2 rekey the Child SA every 2.5 s: 13 times one after another", "IPsec SAs one after another"},
		{"diag-v2-idle-storm", "", "rekeyed-often", "192.0.2.1 and 192.0.2.2 rekey every 2.5 s: 13 times one after another", "cannot tell: rekeyed"},
		{"diag-v1-rekey-storm", "keys.txt", "rekeyed-often", "192.0.2.1 and 192.0.2.2 rekey the Child SA every 1.1 s: 26 times one after another", "healthy"},
		{"diag-v2-five-pings", "", "not-enough-seen", "not enough seen to call the tunnel healthy", "came up and carried"},
		{"diag-v2-five-pings", "keys.txt", "not-enough-seen", "not enough seen to call the tunnel healthy", "came up and carried"},
		{"diag-v1-hash-pluto", "", "phase1-no-proposal", "no IKE proposal chosen, or no connection for 192.0.2.1", ""},
		{"diag-v1-hash-pluto", "gwb.low.log", "phase1-no-proposal", "no IKE proposal chosen: 192.0.2.2 sent NO-PROPOSAL-CHOSEN", "no connection"},
		{"diag-v2-4500-out-blocked", "gwb.low.log", "phase1-stopped", "IKE_AUTH: no response from 192.0.2.2 to frame 3", "the Child SA came up"},
		{"diag-v2-cert-chain-pluto", "gwb.low.log", "certificate-problem", "192.0.2.2 rejected the certificate of 192.0.2.1: its issuer is not known", "use a valid certificate"},
		{"diag-v1-push-pull", "", "xauth-failed", "nothing came after XAUTH, most likely because the user name or password is wrong", "ended"},
		{"diag-v1-push-pull", "gwb.low.log", "not-enough-seen", "nothing wrong seen, but not enough seen", "XAUTH"}, // it went well
		{"diag-v1-push", "", "not-enough-seen", "nothing wrong seen, but not enough seen", "XAUTH"},
		{"diag-v1-id-pluto", "gwa.low.log", "identity-mismatch", "192.0.2.2 rejected 192.0.2.1 with INVALID-ID-INFORMATION", "traffic selectors"},
		{"diag-v2-check-lost", "", "dpd-timeout", "cannot tell: DPD messages were lost, or it lost this IKE SA", "problem: "},
		{"diag-v2-redirected-up", "", "healthy", "the tunnel between 192.0.2.1 and 192.0.2.3 came up", "not enough"},
		{"diag-v1-narrowed-rejected", "keys.txt", "ts-mismatch", "192.0.2.2 answered with narrower subnets than 192.0.2.1 requested", "no proposal chosen"},
		{"diag-v1-racoon-expired-peer", "", "not-enough-seen", "nothing wrong seen", "certificate of 192.0.2.2"},
		{"diag-v1-racoon-expired-peer", "gwa.low.log", "certificate-problem", "192.0.2.1 rejected the certificate of 192.0.2.2: it has expired", "not enough seen"},
		{"diag-v2-ts-pluto", "gwb.low.log", "ts-mismatch", "192.0.2.2 rejected the traffic selectors of 192.0.2.1", "not enough seen"}, // bound by its time
		{"diag-v1-pfs-group-pluto", "gwb.low.log", "pfs-mismatch", "192.0.2.2 requires PFS, or another PFS group than 192.0.2.1 proposed", "sent only"},
		{"diag-v2-iked-expired", "gwb.low.log", "not-enough-seen", "nothing wrong seen", "the Child SA came up"}, // as the responder took it
		{"diag-v2-ah-dropped", "keys.txt", "esp-one-way", "none on AH 0xc8135912 back", "ESP or UDP 4500 arrives"},
		{"diag-v2-bypass-later", "gwa.low.log", "traffic-outside-tunnel", "packets unencrypted, past the tunnel, such as from 10.2.0.10 to 10.1.0.10", "ok: "},
		{"diag-v2-fragment-first", "", "healthy", "carried traffic both ways", "warning"},
		{"diag-v2-plain-later", "", "esp-one-way", "192.0.2.2 sent nothing after frame 30, most likely because it expects the ESP of 192.0.2.1 in UDP", "NAT mapping timed out"},
		{"diag-v2-replaced-clear", "gwb.low.log", "identity-clash", "most likely two clients use the identity gwa.example.org", "problem: "},
		{"diag-v1-bypass", "gwa.xfrm", "not-enough-seen", "not enough seen to call the tunnel healthy", "ok: "},
		{"diag-v1-plain-behind-nat", "gwa.xfrm", "esp-one-way", "one-way traffic: 8 packets from 192.0.2.1 to 192.0.2.2", "unknown: "},
		{"diag-v2-mtu-silent", "", "not-enough-seen", "not enough seen to call the tunnel healthy", "came up and carried"},
		{"diag-v2-mtu-silent", "keys.txt", "mtu-suspect", "the path MTU is most likely below 1,292 bytes", "is gone"},
		{"diag-v2-offer-mended", "keys.txt", "ts-mismatch", "192.0.2.2 rejected the traffic selectors of IKE_AUTH", "problem: 192.0.2.2 sent NO_PROPOSAL_CHOSEN"},
		{"diag-v2-offer-mended", "", "auth-failed", "192.0.2.2 rejected IKE_AUTH, most likely with AUTHENTICATION_FAILED", "problem: 192.0.2.2 sent NO_PROPOSAL_CHOSEN"},
		{"diag-v2-ike-fragments", "", "phase1-stopped", "IKE_AUTH: no response from 192.0.2.2 to frame 6", "2 messages retransmitted"},
		{"diag-v2-ike-fragments", "", "phase1-stopped", "IKE_AUTH: no response from 192.0.2.2 to frame 6", "allow IKE fragmentation"},
		{"diag-v2-reauth-storm", "", "rekeyed-often", "set up a new IKE SA every 4.9 s: 9 IPsec SAs one after another", "of the Child SA"},
		{"diag-v2-fragments-dropped", "", "mtu-suspect", "no response to IKE_AUTH of 1,616 bytes from 192.0.2.1, most likely because the path drops large packets", "phase1-stopped"},
		{"diag-v2-nat-expired", "", "esp-one-way", "cannot tell: its NAT mapping timed out, it is gone or lost the IPsec SA", "healthy"},
		{"diag-v2-child-deleted", "gwa.log.gz", "traffic-outside-tunnel", "6 packets unencrypted since 192.0.2.2 deleted the Child SA in frame 18", "healthy"},
		{"diag-v1-psk-missing", "", "psk-missing", "192.0.2.2 sent INVALID-KEY-INFORMATION, most likely because it has no pre-shared key for 192.0.2.1", "authentication of"},
		{"diag-v1-psk-missing", "gwb.low.log", "psk-missing", "192.0.2.2 has no pre-shared key for 192.0.2.1", "most likely"},
		{"diag-v1-cert-method", "", "auth-failed", "most likely its certificate or identity", "seen"},
		{"diag-v1-cert-method", "gwa.low.log", "auth-failed", "192.0.2.2 rejected 192.0.2.1 with AUTHENTICATION-FAILED", "seen"}, // said once
		{"diag-v1-cert-untrusted", "gwb.low.log", "auth-failed", "most likely because it rejected the certificate or identity", "expects a different identity"},
		{"diag-v1-hybrid", "gwa.log.gz", "xauth-failed", "XAUTH rejected the user alice", "pre-shared key"}, // there is none
		{"diag-v2-eap-radius", "gwa.log.gz", "eap-failed", "192.0.2.2 sent EAP Failure for the user alice before any EAP method began", "rejected the user"},
		{"diag-v2-eap-radius", "gwa.low.log", "eap-failed", "192.0.2.2 sent EAP Failure to 192.0.2.1; cannot tell", "rejected the user of"},
		{"diag-v2-eap-radius", "gwb.low.log", "eap-failed", "192.0.2.2 got no response from its RADIUS server", "password"},
		{"diag-v2-eap-tls", "gwa.low.log", "certificate-problem", "192.0.2.1 cannot authenticate: it has no certificate of its own from an issuer that 192.0.2.2 accepts", "password"},
		{"diag-v2-eap-tls", "gwb.low.log", "certificate-problem", "192.0.2.2 rejected the certificate of 192.0.2.1: none came", "password"},
		{"diag-v2-eap-ttls", "gwb.low.log", "certificate-problem", "192.0.2.1 rejected the certificate of 192.0.2.2: it said so in a TLS alert", "rejected the user"},
		{"diag-v2-eap-ttls", "gwa.low.log", "certificate-problem", "192.0.2.1 rejected the certificate of 192.0.2.2: its issuer is not known", "TLS alert"},
		{"diag-v2-signature-pluto", "gwb.low.log", "auth-method-mismatch", "192.0.2.2 does not allow 192.0.2.1 to authenticate with an RSA PKCS #1 v1.5 signature", "issuer"},
		{"diag-v2-port-filtered", "keys.txt", "esp-one-way", "cannot tell: the ports asked behind it do not answer, or it lost the IPsec SA", "most likely"},
		{"diag-v1-second-net-silent", "", "esp-one-way", "8 packets on ESP 0xcf76e8d5 192.0.2.1 > 192.0.2.2, which is new", "is gone"},
		{"diag-v1-second-net-silent", "keys.txt", "esp-one-way", "8 packets on ESP 0xcf76e8d5 192.0.2.1 > 192.0.2.2, none on ESP", "sent nothing after"}, // said once
		{"diag-v2-hub-two-faults", "keys.txt", "auth-failed", "192.0.2.2 rejected the authentication of 192.0.2.3", "warning: "},                         // keys of one spoke
		{"diag-v2-identity-twice", "", "not-enough-seen", "not enough seen to call the tunnel between ", "to call the tunnel healthy"},                   // another one works
		{"diag-v2-hub-two-faults", "", "auth-failed", "IKE SA 192.0.2.3 > 192.0.2.2: 192.0.2.2 rejected IKE_AUTH", "IKE SA 192.0.2.1 > 192.0.2.2: "},     // the hub has other peers
		{"diag-v2-one-of-three", "", "esp-one-way", "ESP 0xcb79af2d 192.0.2.1 > 192.0.2.2, which is new, and nothing from 192.0.2.2 between frames 16 and 28", "0xc7b7dc64"},
		{"diag-v2-one-of-three", "keys.txt", "esp-one-way", "10 packets on ESP 0xcb79af2d 192.0.2.1 > 192.0.2.2, none on ESP 0xcd3da000 back", "which is new"}, // said once
		{"diag-v1-xauth-behind-nat", "", "xauth-failed", "IKE SA 192.0.2.1:16785 > 192.0.2.2: nothing came after XAUTH", "seen on"},
		{"diag-v1-xauth-behind-nat", "gwc.low.log", "xauth-failed", "IKE SA 192.0.2.1:16785 > 192.0.2.2: 192.0.2.2 rejected the user of 192.0.2.1", "most likely because the user name"},
		{"diag-v2-child-lost", "", "esp-one-way", "192.0.2.2 sent nothing on one of the Child SAs between frames 26 and 37", "healthy"},
		{"diag-v1-beside-v2-silent", "", "not-enough-seen", "not enough seen to call the tunnel healthy", "came up and carried"},
		{"diag-v2-nat-forgot", "", "nat-mapping-changed", "the NAT mapping of 192.0.2.1 changed: its ESP moved from port 4500 to 20363", "icmp-unreachable"},
		{"diag-v2-spoke-dropped", "", "esp-not-arriving", "most likely 10 of 14 echo requests from behind 192.0.2.4 got no reply", "carried traffic both ways"},
		{"path-moved-anew", "", "healthy", "the tunnels came up and carried traffic both ways", "no sign of"},
		{"path-moved-anew", "keys.txt", "healthy", "the tunnels came up and carried traffic both ways", "an administrator"},
		{"path-v1-moved", "keys.txt", "healthy", "the tunnels came up and carried traffic both ways", "most likely two clients"},
		{"diag-v2-moved-filtered", "", "dpd-timeout", "on the new path from 192.0.2.11 to 192.0.2.2; cannot tell: that drops UDP 4500", "the last IKE message of"},
		{"diag-v2-identity-twice", "gwb.low.log", "identity-clash", "two clients use the identity branch.example.org: 192.0.2.2 dropped the IKE SA of 192.0.2.1 for that of 192.0.2.3", "most likely two"},
		{"diag-v2-gateway-policy-lost", "gwb.xfrm", "esp-one-way", "though it decrypts what 192.0.2.1 sends", "is gone"},
		{"diag-v2-auth-silent", "", "phase1-stopped", "IKE_AUTH: no response from 192.0.2.2", "the log of the responder"},
		{"diag-v1-hybrid-untrusted", "", "auth-failed", "most likely because it rejected the certificate or identity", "not enough seen"},
		{"diag-v1-iked", "", "no-response", "no response from 192.0.2.2:500", ""},
		{"diag-v1-iked", "gwb.log", "no-connection", "192.0.2.2 accepts no IKEv1, which 192.0.2.1 uses", "no response from"},
		{"diag-v2-reauth-proposal", "keys.txt", "phase1-no-proposal", "192.0.2.2 sent NO_PROPOSAL_CHOSEN, although it accepted the same proposal", "administrator"},
		{"diag-v2-pfs-pluto", "gwb.log.gz", "pfs-mismatch", "the PFS group differs", "phase2-no-proposal"}, // pluto lists its proposals as for IKE_AUTH, without groups
		{"diag-v2-pfs-pluto", "gwb.low.log", "pfs-mismatch", "192.0.2.2 accepted no ESP or AH proposal of 192.0.2.1: the PFS group differs", "phase2-refused"},
		{"diag-v2-daemon-back", "", "icmp-unreachable", "to 192.0.2.2:4500; a later attempt succeeded", "problem:"}, // once
		{"diag-v2-rounds", "gwb.low.log", "auth-method-mismatch", "192.0.2.2 requires further rounds of authentication from 192.0.2.1", "does not allow"},
		{"diag-v2-ppk-pluto", "gwb.low.log", "auth-failed", "192.0.2.2 requires a post-quantum pre-shared key (PPK), 192.0.2.1 uses none", "for the ID"},
		{"diag-v2-nat-500", "", "phase1-stopped", "nothing received since the peers moved to UDP 4500", "IP fragments may"},
		{"diag-v2-rekeyed-often", "gwa.log.gz", "healthy", "came up and carried traffic both ways", "esp-after-delete"},
		{"diag-v2-crl", "gwa.low.log", "certificate-problem", "its revocation could not be checked", "use a valid certificate"},
		{"diag-v2-signature", "gwb.low.log", "certificate-problem", "it has no signature algorithm in common with 192.0.2.1", "private key"},
		{"diag-v2-childless", "gwa.low.log", "stopped-after-init", "it requires an IKE SA without a first Child SA, which 192.0.2.2 does not support", "4500"},
		{"../tcp-refused", "", "no-response", "192.0.2.2 refused the TCP connection of 192.0.2.1 to port 4500", "no-ipsec"},
		{"diag-v2-esp-ah", "gwb.low.log", "phase2-no-proposal", "192.0.2.2 accepted no ESP or AH proposal of 192.0.2.1: the protocol differs", "encryption"},
		{"diag-v2-issuer-expired", "gwa.low.log", "certificate-problem", "rejected the certificate of 192.0.2.2: that of its issuer has expired", ": it has expired"},
		{"diag-v2-too-many", "", "no-response", "no response from 192.0.2.2:500", ""},
		{"diag-v2-too-many", "gwb.low.log", "no-response", "192.0.2.2 ignored 192.0.2.1: it has as many IKE SAs", "that IKE runs there"},
		{"diag-v2-nat-mtu", "gwa.log.gz", "mtu-suspect", "the path MTU is most likely below 1,492 bytes", "lost the IPsec SA"}, // large segments alone get no answer
		{"diag-v2-sas-lost", "gwa.log.gz", "esp-one-way", "192.0.2.2 sent nothing after frame 10", "healthy"},                  // 3 pings within half a second
		{"diag-v2-one-sa-lost", "gwa.log.gz", "esp-not-arriving", "what 192.0.2.1 sends gets no response since frame 10", "healthy"},
		{"diag-v2-one-port", "gwa.log.gz", "healthy", "came up and carried traffic both ways", "traffic-outside-tunnel"}, // pings are not of its selectors
		{"diag-v2-ts-ports", "gwb.log.gz", "ts-mismatch", "192.0.2.2 rejected the traffic selectors", "its log shows them"},
		{"diag-v2-mlkem-missing", "", "phase1-no-proposal", "no IKE proposal chosen: 192.0.2.2 sent NO_PROPOSAL_CHOSEN", "most likely"},
		{"diag-v2-mlkem-missing", "gwb.low.log", "phase1-no-proposal", "no IKE proposal chosen: the ADDKE1 key exchange differs", "has no connection"},
		{"diag-v2-mlkem-unknown", "gwb.low.log", "phase1-no-proposal", "no IKE proposal chosen: the ADDKE1 key exchange differs", "has no connection"},
		{"diag-v2-mlkem-rekey", "gwa.log.gz", "phase2-no-proposal", "192.0.2.2 sent NO_PROPOSAL_CHOSEN", "the PFS group differs"}, // or the additional one
		{"diag-v2-mlkem-rekey", "gwb.low.log", "phase2-no-proposal", "the ADDKE1 key exchange differs", "the PFS group differs"},
		{"diag-v2-followup-lost", "", "phase2-no-response", "IKE_FOLLOWUP_KE 0x00000004: no response from 192.0.2.2 to frame 18", "phase1-stopped"},
		{"diag-v2-followup-fragment", "", "phase2-no-response", "IKE_FOLLOWUP_KE 0x00000004: no response from 192.0.2.2", "still has this IKE SA"}, // it responded to the message before
		{"diag-v2-followup-fragment", "gwb.low.log", "phase2-no-response", "IKE_FOLLOWUP_KE 0x00000004: no response from 192.0.2.2", "silently dropped"},
		{"diag-v2-intermediate-lost", "", "mtu-suspect", "in IKE fragments of up to 1,236 bytes; cannot tell: the path drops large packets, or UDP 4500", "phase1-stopped"},
		{"diag-v2-intermediate-lost", "gwb.low.log", "phase1-stopped", "IKE_INTERMEDIATE 0x00000001: no response from 192.0.2.2", "the message reached"}, // one fragment did
		{"diag-v2-intermediate-fragments", "gwa.low.log", "fragment-lost", "an IP packet of IKE from 192.0.2.1 to 192.0.2.2 is incomplete", "no IKE_INTERMEDIATE"},
		{"diag-v2-init-fragments", "", "no-response", "no response from 192.0.2.2:500", "check the address"}, // IKE_SA_INIT in IP fragments
		{"diag-v1-racoon-psk", "gwa.low.log", "psk-mismatch", "the pre-shared keys differ: 192.0.2.1 could not verify the authentication of 192.0.2.2", "most likely"},
		{"diag-v1-racoon-pfs", "gwb.low.log", "pfs-mismatch", "192.0.2.2 requires PFS, or another PFS group than 192.0.2.1 proposed", "phase2-no-proposal"},
		{"diag-v2-followup-fragments", "", "phase2-no-response", "IKE_FOLLOWUP_KE 0x00000004: no response from 192.0.2.2", "most likely because the path drops large packets"}, // others in IP fragments got through
		{"diag-v2-intermediate-ppk", "", "stopped-after-init", "no IKE_AUTH from 192.0.2.1 after the IKE_INTERMEDIATE response", "UDP 4500"},                                   // where IKE_INTERMEDIATE came
		{"diag-v2-mlkem-missing", "", "phase1-no-proposal", "192.0.2.2 sent NO_PROPOSAL_CHOSEN", "integrity and DH group\n"},                                                   // additional key exchanges as well
		{"diag-v1-racoon-mode", "gwb.low.log", "no-connection", "192.0.2.2 has no connection for 192.0.2.1 that allows Main Mode", "IKE version"},
		{"diag-v1-racoon-xauth", "gwb.low.log", "xauth-failed", "192.0.2.2 rejected the user alice", "most likely"},
		{"diag-v1-racoon-unread", "gwb.debug.log", "psk-mismatch", "the pre-shared keys differ: 192.0.2.2 could not decrypt what 192.0.2.1 sent", "cannot tell"},
		{"diag-v1-racoon-transform", "gwb.low.log", "phase2-no-proposal", "192.0.2.2 accepted no ESP or AH proposal of 192.0.2.1", "traffic selectors"},
		{"diag-v2-childless-required", "", "not-enough-seen", "nothing wrong seen", "DH secret"}, // an additional key exchange has another
		{"diag-v2-childless-required", "gwb.low.log", "phase2-refused", "192.0.2.2 rejected the first Child SA: it allows none in IKE_AUTH", "not enough seen"},
		{"diag-v2-mlkem-syntax", "gwa.low.log", "phase1-failed", "IKE_SA_INIT failed: INVALID_SYNTAX from 192.0.2.2 in frame 2; most likely it does not know ML-KEM-768", "no response"},
		{"diag-v1-racoon-identity", "gwb.low.log", "identity-mismatch", "the identity of 192.0.2.1 is not the one that 192.0.2.2 expects", "no response from 192.0.2.2:500"},
		{"diag-v1-initial-contact", "", "phase2-refused", "failed: 192.0.2.2 sent only an encrypted Informational", "deleted the IKE SA as soon as"}, // gwa goes on with Quick Mode
		{"diag-v2-init-response", "", "one-way-ike", "frame 2 of 192.0.2.2 did not arrive", "allow IKE fragmentation"},                               // which does not cover IKE_SA_INIT
		{"diag-v2-two-psk", "gwa.log.gz", "auth-failed", "192.0.2.2 rejected the authentication of 192.0.2.1", "is not the one that"},                // it has two identities
		{"diag-v2-two-ts", "", "phase2-refused", "192.0.2.2 authenticated but most likely rejected the Child SA", "came up"},                         // shorter than the first IKE SA's
		{"diag-v2-iked-transport", "gwb.log", "identity-mismatch", "192.0.2.2 has no connection for these identities in transport mode", "because"},
		{"diag-v2-iked-transport", "gwb.remarks", "identity-mismatch", "cannot tell: for its identity, or for transport mode", "the identity of 192.0.2.1"},
		{"diag-v2-policy-lost", "gwa.log.gz", "traffic-outside-tunnel", "3 packets unencrypted, past the tunnel, such as from 10.1.0.10 to 10.2.0.10", "healthy"},
		{"diag-v2-route-missing", "", "esp-one-way", "one-way traffic: 6 packets from 192.0.2.1 to 192.0.2.2, no ESP or AH", "no key for this SPI"},
		{"diag-v2-route-missing", "gwa.xfrm", "esp-one-way", "one-way traffic: 6 packets from 192.0.2.1 to 192.0.2.2, no ESP or AH", "are not decrypted"},
		{"diag-v2-redirect-auth-keys", "keys.txt", "redirected", "192.0.2.2 redirected 192.0.2.1 to 192.0.2.7 in IKE_AUTH", "lost-message"},
		{"diag-v2-redirect-auth", "", "eap-failed", "cannot tell: EAP method or Child SA rejected, or redirected", "most likely because"},
		{"diag-v1-pool-full", "gwb.log.gz", "no-address", "192.0.2.2 assigned no virtual address to 192.0.2.1", "healthy"}, // its selectors are rejected for that
		{"diag-v1-pool-full", "gwb.low.log", "no-address", "192.0.2.2 has no virtual address for 192.0.2.1", "healthy"},
		{"diag-v2-down-clear", "gwa.low.log", "traffic-outside-tunnel", "8 packets unencrypted since 192.0.2.1 deleted the IKE SA in frame 18", "unknown: "},
		{"diag-v2-down-clear", "gwb.low.log", "traffic-outside-tunnel", "8 packets unencrypted since 192.0.2.1 deleted the IKE SA in frame 18", "unknown: "},
		{"diag-v2-down-clear", "", "not-enough-seen", "not enough seen", "deleted the IKE SA"},
		{"diag-v2-stray", "keys.txt", "outside-selectors", "192.0.2.1 sends 6 packets outside the traffic selectors of the Child SA, such as from 10.1.0.10 to 10.7.0.10", "behind it did not respond"},
		{"diag-v2-bad-sum", "keys.txt", "inner-checksum", "5 of 5 TCP segments that 192.0.2.1 sends through the tunnel have a wrong checksum", "behind it did not respond"},
		{"diag-v2-l2tp-password", "keys.txt", "ppp-failed", "192.0.2.2 rejected the user of 192.0.2.1 in PPP: CHAP failed", "healthy"},
		{"diag-v2-l2tp-dead", "keys.txt", "esp-one-way", "one-way traffic: 4 packets on ESP", "may need no reply"},
		{"diag-v2-routing-loop", "gwa.xfrm", "routing-loop", "routing loop: packets for 10.2.0.10 come back to 192.0.2.1, which sends them to 192.0.2.2 again, up to 32 times", "came up"},
		{"diag-v2-ike-lifetime", "gwb.low.log", "no-esp", "the Child SA came up, but no ESP or AH packet", "no sign of a Child SA"},
		{"diag-v2-ike-lifetime", "gwa.low.log", "no-esp", "the Child SA came up, but no ESP or AH packet", "no sign of a Child SA"}, // the peer rekeys the IKE SA
		{"diag-v2-gre-missing", "gwa.xfrm", "host-unreachable", "192.0.2.2 reports port unreachable for GRE to 192.0.2.2", "UDP port"},
		{"diag-v2-name-constraints", "gwa.low.log", "certificate-problem", "the constraints of its issuer do not allow it", "no trusted public key"},
		{"diag-v1-two-one-bad", "", "phase2-refused", "failed: 192.0.2.2 sent only an encrypted Informational", "rekeying"}, // the second Quick Mode is for another network
		{"diag-v2-asked-address", "gwb.low.log", "identity-mismatch", "192.0.2.2 has no connection with its own identity 192.0.2.22 for the peer's identity 192.0.2.1", "the identity of 192.0.2.1 ("},
		{"diag-v2-nat-back", "", "healthy", "carried traffic both ways", "esp-loss"}, // what the NAT drops is not to be seen on this side of it
		{"diag-v1-4500-blocked", "", "phase1-stopped", "most likely UDP 4500 is blocked or not captured", "problem:"},
		{"diag-v1-4500-blocked", "gwb.low.log", "phase1-stopped", "most likely UDP 4500 is blocked or not captured", "problem:"},
		{"diag-v1-4500-blocked", "gwa.low.log", "phase1-stopped", "most likely UDP 4500 is blocked or not captured", "the capture ends there"}, // it got nothing back
		{"diag-v2-4500-blocked", "", "stopped-after-init", "most likely because UDP 4500 is blocked or not captured", "problem:"},
		{"diag-v2-4500-blocked", "gwa.low.log", "stopped-after-init", "most likely because UDP 4500 is blocked or not captured", "warning:"},
		{"diag-v1-nat-mtu", "", "phase1-stopped", "most likely UDP 4500 is blocked or not captured, or a large message with certificates was dropped", "healthy"},
		{"diag-v2-half-lost", "gwb.xfrm", "esp-not-arriving", "13 echo requests from behind 192.0.2.1 got no reply, others did", "healthy"},
		{"diag-v2-eap-silent", "", "phase1-stopped", "IKE_AUTH stopped after message 5: no response from 192.0.2.2 to frame 7", "fragment"}, // UDP 4500 passes
		{"diag-v2-eap-silent", "keys.txt", "phase1-stopped", "IKE_AUTH stopped after message 5: no response from 192.0.2.2 to frame 7", "lost-message"},
		{"diag-v2-eap-silent", "gwb.low.log", "eap-failed", "192.0.2.2 rejected the user alice", "lost"},
		{"diag-v1-hash-without-number", "gwb.low.log", "phase2-no-proposal", "the integrity differs", "add a proposal"},                                  // which IKEv1 has no number for
		{"diag-v2-moved-clear", "keys.txt", "traffic-outside-tunnel", "4 packets unencrypted since 192.0.2.1 deleted the IKE SA in frame 11", "healthy"}, // from another address
		{"diag-v2-moved-clear", "gwa.low.log", "not-enough-seen", "not enough seen", "unencrypted since"},
		{"diag-v2-other-child", "gwb.low.log", "phase2-no-proposal", "192.0.2.2 accepted no ESP or AH proposal of 192.0.2.1, most likely because Serpent-CBC-128 has a number for private use", "the PFS group differs"},
		{"diag-v2-other-child", "keys.txt", "phase2-no-proposal", "192.0.2.2 sent NO_PROPOSAL_CHOSEN", "differ"}, // what it accepts in frame 6 is for other networks
		{"diag-v1-hybrid-frag-cut", "", "fragment-lost", "everything after fragment 2 of a message of 192.0.2.2 is missing; the capture ends there", "no response"},
		{"diag-v2-iked-proposal", "", "auth-failed", "cannot tell: the authentication of 192.0.2.1, or its ESP proposals", "AUTHENTICATION_FAILED"},
		{"diag-v2-rekey-kinds-cross", "", "healthy", "carried traffic both ways", "compare the proposals"},
		{"diag-v2-nat-new-address", "", "healthy", "came up and carried traffic both ways", "warning: 192.0.2.8 reported"},
		{"diag-v2-retried", "", "no-response", "no response from 192.0.2.2:500 to 192.0.2.1:500; a later attempt succeeded", "problem"},
		{"diag-v2-dpd-recovered", "", "dpd-timeout", "or lost the IKE SA; a new one came up later", "problem"},
		{"diag-v2-psk-mended", "", "auth-failed", "with AUTHENTICATION_FAILED; a later attempt, most likely of the same connection, succeeded", "; a later attempt succeeded"}, // a key shows whether it is
		{"diag-v2-psk-mended", "gwa.log.gz", "auth-failed", "AUTHENTICATION_FAILED; a later attempt succeeded", "problem"},
		{"diag-v2-ts-mended", "", "phase2-refused", "192.0.2.2 rejected CREATE_CHILD_SA 0x00000002, a rekeying or a new Child SA", "both peers rekeyed"}, // nobody started another
		{"diag-v2-ts-mended", "gwa.log.gz", "ts-mismatch", "TS_UNACCEPTABLE; a later one for the same networks succeeded", "problem"},
		{"diag-v2-own-traffic", "gwa.log.gz", "traffic-outside-tunnel", "from the gateway's own address 192.0.2.1 to 10.2.0.10", "most likely 192.0.2.1 translates"},
		{"diag-v2-bypass", "gwa.log.gz", "traffic-outside-tunnel", "3 packets unencrypted, past the tunnel, such as from 10.1.0.10 to 10.2.0.10", "healthy"}, // before what it decrypts
		{"diag-v1-vpnc-psk", "", "icmp-unreachable", "192.0.2.1 reported port unreachable for IKE", "right peer address"},                                    // it has sent message 1 from there
		{"diag-v1-vpnc-psk", "", "icmp-unreachable", "192.0.2.1 reported port unreachable for IKE", "phase1-stopped"},                                        // said once
		{"diag-v1-vpnc-psk", "gwa.log.gz", "psk-mismatch", "the pre-shared keys differ: 192.0.2.1 could not verify", "icmp-unreachable"},
		{"diag-v2-reject-4500", "", "icmp-unreachable", "192.0.2.2 reported port unreachable for IKE or ESP in UDP", "phase1-stopped"},
		{"path-nat-moved", "keys.txt", "icmp-unreachable", "port unreachable for IKE or ESP in UDP", "has ended since"}, // a NAT reports it
		{"diag-v2-reversed", "gwb.log.gz", "ts-mismatch", "192.0.2.2 rejected the traffic selectors", "set the local subnet to 10.1.0.0/24"},
		{"diag-v2-second-ts", "gwb.log.gz", "ts-mismatch", "192.0.2.2 rejected the traffic selectors", "set the local subnet"}, // those that it has are in use
		{"diag-v2-second-ts", "keys.txt", "ts-mismatch", "192.0.2.2 rejected the traffic selectors", "set the local subnet"},
		{"diag-v1-id-again", "gwa.log.gz", "identity-mismatch", "192.0.2.2 rejected the identity ID_IPV4_ADDR 192.0.2.1", "error-notify"},
		{"diag-v2-response-fragments", "keys.txt", "one-way-ike", "frames 7 to 9 of 192.0.2.2 did not all arrive", "no-esp"}, // at the initiator nothing came up
		{"diag-v2-spurious", "gwb.xfrm", "healthy", "carried traffic both ways", "esp-not-arriving"},
		{"diag-v1-xauth-empty", "gwa.log.gz", "xauth-failed", "192.0.2.1 sent neither user name nor password when 192.0.2.2 requested them", "rejected the user"},
		{"diag-v1-xauth-empty", "gwa.low.log", "xauth-failed", "192.0.2.1 has no password for the user mallory", "user gwb.example.org"},
		{"diag-v1-aggressive-psk", "gwb.log.gz", "psk-mismatch", "most likely because the pre-shared keys differ", "wrong-key"}, // the keys of one side are no wrong ones
		{"diag-v1-daemon-ended", "", "phase2-refused", "failed: 192.0.2.2 sent only an encrypted Informational", "dpd-timeout"}, // the port was closed after it
		{"diag-v2-esp-dropped", "gwa.xfrm", "esp-not-arriving", "192.0.2.2", "healthy"},                                         // nothing was answered, what comes is of others
		{"diag-v2-eap-no-password", "keys.txt", "certificate-problem", "most likely it does not trust the certificate of 192.0.2.2, or has no password", "most likely because"},
		{"diag-v1-vpnc-no-address", "keys.txt", "no-address", "192.0.2.2 assigned no virtual address to 192.0.2.1", "rejected the user"},
		{"diag-v1-hash-pluto", "gwb.low.log", "phase1-no-proposal", "192.0.2.2 sent NO-PROPOSAL-CHOSEN", "its log shows it"},
		{"diag-v2-mode-pluto", "keys.txt", "mode-mismatch", "192.0.2.1 requires transport mode, 192.0.2.2 uses tunnel mode: there is no tunnel", "child-undone"},
		{"diag-v2-mode-pluto", "gwa.low.log", "mode-mismatch", "192.0.2.1 rejected the mode that 192.0.2.2 proposed", "child-undone"},
		{"diag-v1-racoon-expired", "keys.txt", "certificate-problem", "192.0.2.2 rejected the certificate of 192.0.2.1: it expired on 2023-01-01", "phase1-failed"},
		{"diag-v1-racoon-expired", "gwb.low.log", "certificate-problem", "192.0.2.2 rejected the certificate of 192.0.2.1: it has expired", "get certificate CRL"},
		{"diag-v1-vpnc-psk", "gwa.low.log", "psk-mismatch", "the pre-shared keys differ: 192.0.2.1 could not verify the authentication of 192.0.2.2", "most likely"},
		{"diag-v2-iked-proposal", "gwa.low.log", "phase2-no-proposal", "192.0.2.2 rejected those of 192.0.2.1 with NO_PROPOSAL_CHOSEN", "192.0.2.1 accepted no"},
		{"diag-v2-iked-authentication", "gwa.low.log", "auth-failed", "192.0.2.2 rejected 192.0.2.1 with AUTHENTICATION_FAILED", "most likely"},
		{"diag-v2-iked-authentication", "gwb.low.log", "certificate-problem", "192.0.2.2 has no trusted public key for the identity of 192.0.2.1", "rejected the certificate"}, // none came
		{"diag-v1-modecfg-malformed", "keys.txt", "error-notify", "the initiator 192.0.2.1 sent PAYLOAD-MALFORMED", "nothing wrong seen"},
		{"diag-v2-pluto-no-key", "gwa.low.log", "certificate-problem", "192.0.2.1 cannot authenticate: it has no private key for its own certificate", "unknown"},
		{"diag-v2-pluto-no-hash", "gwa.low.log", "certificate-problem", "192.0.2.1 cannot authenticate: it has no signature algorithm in common with 192.0.2.2", "unknown"},
		{"diag-v2-pluto-early", "gwb.low.log", "certificate-problem", "it has expired, or is not yet valid", "it has expired ("},
		{"diag-v1-racoon-silent", "", "phase1-stopped", "no response from 192.0.2.2 to frame 5", "large packets"}, // 1,304 bytes are few
		{"diag-v1-racoon-silent", "gwb.low.log", "identity-mismatch", "the identity of 192.0.2.1 is not the one that 192.0.2.2 expects", "large packets"},
		{"diag-v1-identity-pluto", "gwb.low.log", "identity-mismatch", "192.0.2.1 deleted the IKE SA as soon as 192.0.2.2 had authenticated", "psk-mismatch"}, // it was up
		{"diag-v1-quick-pluto", "", "phase2-refused", "192.0.2.2 sent only an encrypted Informational", "dpd-timeout"},
		{"diag-v1-quick-pluto", "gwa.low.log", "phase2-no-proposal", "192.0.2.2 rejected those of 192.0.2.1 with NO-PROPOSAL-CHOSEN", "dpd-timeout"},
		{"diag-v1-main-mode-psk", "gwb.low.log", "auth-method-mismatch", "192.0.2.2 has no connection for 192.0.2.1 that allows a pre-shared key in Main Mode", "does not allow"},
		{"diag-v1-push-and-pull", "gwa.low.log", "not-enough-seen", "nothing wrong seen", "no-address"}, // each gave the other one what it asked for
		{"diag-v2-clear-after-delete", "keys.txt", "traffic-outside-tunnel", "8 packets unencrypted since 192.0.2.2 deleted the IKE SA in frame 18", "past the tunnel"},
		{"diag-v2-clear-after-delete", "", "not-enough-seen", "nothing wrong seen", "came up"},
		{"diag-v1-aggressive-expired", "keys.txt", "certificate-problem", "192.0.2.2 rejected the certificate of 192.0.2.1: it expired on 2024-01-01", "no response"}, // its Quick Mode and the Delete cross
		{"diag-v1-aggressive-expired", "keys.txt", "certificate-problem", "192.0.2.2 rejected the certificate of 192.0.2.1", "lost-message"},
		{"diag-v1-aggressive-expired", "", "phase2-refused", "192.0.2.2 sent only an encrypted Informational", "deleted the IKE SA"}, // perhaps about the Quick Mode
		{"diag-v2-same-identity-kept", "gwb.low.log", "auth-failed", "192.0.2.2 rejected 192.0.2.1, because it has an IKE SA of the same identity and keeps that one", "most likely"},
		{"diag-v2-started-late", "", "healthy", "carried traffic both ways", "right peer address"}, // nobody listened at first
		{"diag-v2-esp-captured-half", "keys.txt", "esp-one-way", "the capture lacks what 192.0.2.2 sends: 23 packets", "check on 192.0.2.2"},
		{"diag-v2-esp-captured-half", "", "esp-one-way", "one-way traffic: 23 packets from 192.0.2.1 to 192.0.2.2", "capture lacks"},  // what is inside is not known
		{"diag-v2-rounds-eap", "keys.txt", "eap-failed", "EAP MD5-Challenge rejected the user ID_FQDN alice", "the user ID_FQDN gwa"}, // of the second round
		{"diag-v2-eap-md5-user", "gwa.low.log", "eap-failed", "192.0.2.1 has no password for the user gwa.example.org", "user gwb"},
		{"diag-v1-one-side-xauth", "gwb.low.log", "xauth-failed", "192.0.2.2 rejected the user alice", "seen 1 more time"}, // by what follows as well
		{"diag-v2-one-side", "", "one-way-ike", "only the IKE messages of the initiator 192.0.2.1, although its peer sent some, too", "problem:"},
		{"diag-v2-one-side", "gwa.low.log", "auth-failed", "192.0.2.2 rejected 192.0.2.1 with AUTHENTICATION_FAILED", ""},
		{"diag-v2-one-side", "gwb.low.log", "auth-method-mismatch", "192.0.2.2 requires further rounds of authentication from 192.0.2.1", ""},
		{"diag-v2-one-side-responder", "gwa.low.log", "ts-mismatch", "192.0.2.2 rejected the traffic selectors of 192.0.2.1 with TS_UNACCEPTABLE", ""},
		{"diag-v1-xauth-pluto", "gwa.low.log", "xauth-failed", "192.0.2.2 rejected the user of 192.0.2.1", "seen 1 more time"},
		{"diag-v1-xauth-pluto", "gwb.low.log", "xauth-failed", "192.0.2.2 rejected the user alice", "the user <unknown>"}, // that is the reply to the next request
		{"diag-v1-xauth-missing", "gwb.low.log", "no-connection", "192.0.2.2 has no connection for 192.0.2.1 that allows Main Mode with a pre-shared key without XAUTH", "with IKEv1"},
		{"diag-v1-one-side-vpnc", "", "one-way-ike", "only the IKE messages of the responder 192.0.2.2", "xauth-failed"}, // Quick Mode is for the other one to begin
		{"diag-v2-one-side-refused", "", "phase1-no-proposal", "no IKE proposal chosen: 192.0.2.2 sent NO_PROPOSAL_CHOSEN", "not-enough-seen"},
		{"diag-v2-one-side-refused", "gwb.low.log", "phase1-no-proposal", "192.0.2.2 accepted no IKE proposal of 192.0.2.1: the DH group differs", "not-enough-seen"},
		{"diag-v2-one-side-offer", "gwa.low.log", "phase1-no-proposal", "no IKE proposal chosen, or no connection for 192.0.2.1: 192.0.2.2 sent NO_PROPOSAL_CHOSEN", "no response"},
		{"diag-v2-delete-lost", "keys.txt", "healthy", "came up and carried traffic both ways", "esp-after-delete"},
		{"diag-v2-one-side-inactive", "gwa.log.gz", "one-way-ike", "only the IKE messages of the initiator 192.0.2.1", "did not replace it"},
		{"diag-v2-one-side-inactive", "gwa.log.gz", "one-way-ike", "only the IKE messages of the initiator 192.0.2.1", "the initiator 192.0.2.1 deleted"}, // but responded to the Delete
		{"diag-v2-one-side-mended", "gwa.log.gz", "one-way-ike", "only the IKE messages of the initiator 192.0.2.1", "problem:"},                          // its log has the Child SA
		{"diag-v2-no-certificate", "gwa.log.gz", "certificate-problem", "192.0.2.1 has no trusted public key for gwb.example.org", "or none came"},
		{"diag-v2-iked-certificate", "gwb.log.gz", "auth-method-mismatch", "192.0.2.2 rejected 192.0.2.1, most likely because it requires a certificate", "rejected the certificate"},
		{"diag-v2-eap-identity", "keys.txt", "auth-failed", "192.0.2.2 rejected 192.0.2.1 after EAP MSCHAPv2 succeeded: AUTHENTICATION_FAILED", "gave up"},
		{"diag-v2-eap-identity", "gwb.low.log", "auth-failed", "192.0.2.2 rejected 192.0.2.1: it does not meet what the connection demands of a peer", "methods differ"},
		{"diag-v2-one-side-psk", "gwb.low.log", "no-response", "192.0.2.2:500 responded to 192.0.2.1:500, but its response is not in the capture", "no response came"},
		{"diag-v2-daemon-ended", "", "icmp-unreachable", "192.0.2.2 reported port unreachable", "daemon runs"}, // it did before
		{"diag-v2-kernel-late", "gwa.log.gz", "healthy", "came up and carried traffic both ways", "kernel"},
		{"diag-v2-outage", "", "dpd-timeout", "most likely the path was interrupted, and is back", "UDP 4500 is dropped, for ESP passes"},
		{"diag-v2-outage", "", "dpd-timeout", "most likely the path was interrupted, and is back", "congested"}, // what is lost is lost in one gap
		{"diag-v2-outage-trap", "", "dpd-timeout", "a new one came up later", "problem: "},
		{"diag-v1-outage", "", "esp-one-way", "192.0.2.2 sent nothing for 15.3 s, until frame 48", "answers IKE"},
		{"diag-v1-rekeyed-in-time", "keys.txt", "healthy", "came up and carried traffic both ways", "loses traffic"},
		{"diag-v2-keys-of-a-moment", "moment.xfrm", "healthy", "came up and carried traffic both ways", "warning: "},
		{"diag-v2-gave-up", "gwb.low.log", "dpd-timeout", "192.0.2.2 got no response from 192.0.2.1 to a request, retransmitted 4 times, and gave up", "after the end of the capture"},
		{"diag-v2-rekey-filtered", "", "phase2-no-response", "no response from 192.0.2.2 to frame", "check that 192.0.2.2 is up"},
		{"diag-v2-one-side-ppk", "gwb.low.log", "auth-failed", "the post-quantum pre-shared keys (PPK) or the pre-shared keys differ", "psk-mismatch"},
		{"diag-v2-one-side-ppk-id", "gwb.low.log", "auth-failed", "192.0.2.1 sent the PPK ID p2@example.org, 192.0.2.2 requires p1@example.org", "uses none"},
		{"diag-v1-one-side-third", "gwb.low.log", "dpd-timeout", "192.0.2.2 got no response from 192.0.2.1 to a request, retransmitted 3 times, and gave up", "has no such request"},
		{"diag-v1-checks-both-ways", "", "healthy", "came up and carried traffic both ways", "dpd-timeout"},       // the last message but one answers a check of the peer
		{"diag-v1-clock-set-back", "gwa.low.log", "clock-jump", "timestamps jump back once", "unencrypted since"}, // what is before the Delete is not after it
		{"diag-v1-aggressive-off", "", "auth-failed", "192.0.2.2 rejected the first message of Aggressive Mode", "a different one"},
		{"diag-v2-both-rekey-child", "keys.txt", "no-esp", "the Child SA came up", "an exchange, not decrypted"}, // that an IKE SA before negotiated
		{"diag-v2-gave-up-then-anew", "keys.txt", "dpd-timeout", "a new one came up later", "or lost its IKE SA"},
		{"diag-v2-both-start", "keys.txt", "healthy", "came up and carried traffic both ways", "reauthenticated"}, // the other IKE SA was deleted before
		{"diag-v2-esp-prohibited", "", "icmp-unreachable", "192.0.2.2 reported communication administratively prohibited for ESP", "cannot tell: it is gone"},
		{"diag-v2-log-of-second", "gwa.log.gz", "unknown-spi", "no key for this SPI", "wrong-key"}, // its keys are of an IKE SA of the capture
	} {
		t.Run(c.session+" "+c.log, func(t *testing.T) {
			dir := sessionDir(t, c.session)
			var keys []string
			if c.log != "" {
				keys = []string{filepath.Join(dir, c.log)}
			}
			d := Diagnose(analyzed(t, filepath.Join(dir, "wire.pcap"), keys...))
			checkFirst(t, c.log, d, c.code)
			text := textOf(t, d)
			if f := d.Findings[0]; !strings.Contains(f.Text, c.headline) || c.not != "" && strings.Contains(text, c.not) {
				t.Errorf("want %q and nowhere %q:\n%s", c.headline, c.not, text)
			}
		})
	}
}

// What a log, or what of a message came, tells of a message with a large key exchange method that did not arrive.
func TestLargeKeyExchangeLost(t *testing.T) {
	keep := func(frames ...int) func([]*capture.Packet) []*capture.Packet {
		return func(ps []*capture.Packet) (kept []*capture.Packet) {
			for _, n := range frames {
				kept = append(kept, ps[n-1])
			}
			return kept
		}
	}
	for _, c := range []struct {
		session, log string
		frames       []int // that are left in the capture
		code         string
		want, not    string
	}{
		{"diag-v2-intermediate-lost", "gwb.low.log", []int{1, 2, 3, 4, 5, 6}, "phase1-stopped", "fragment 1 of 2 of the message did not reach 192.0.2.2, as its log says", "look in its log"},
		{"diag-v2-intermediate-lost", "", []int{1, 2}, "stopped-after-init", "no IKE_INTERMEDIATE from 192.0.2.1 after the IKE_SA_INIT response", "IKE_AUTH"},
		{"diag-v2-intermediate-lost", "gwb.low.log", []int{2}, "stopped-after-init", "fragment 1 of 2 of IKE_INTERMEDIATE from 192.0.2.1 did not reach 192.0.2.2, as its log says", "cannot tell: not sent"},
		{"diag-v2-followup-fragment", "gwb.low.log", []int{1, 2, 3, 4, 5, 6, 7, 20, 21, 22, 23, 24, 25}, "phase2-no-response", "fragment 1 of 2 of the message did not reach 192.0.2.2, as its log says", "check the log of"},
		{"diag-v2-intermediate-fragments", "", []int{1, 3, 4}, "fragment-lost", "1 later packet of the same size incomplete, too", "no response"}, // the header shows that the response came
		{"diag-v2-followup-fragments", "gwa.low.log", []int{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15}, "fragment-lost", "an IP packet of IKE from 192.0.2.1 to 192.0.2.2 is incomplete", "after the end of the capture"},
		{"diag-v2-intermediate-ppk", "", []int{1, 2, 3, 4, 5}, "stopped-after-init", "192.0.2.1 announced a post-quantum pre-shared key (PPK), 192.0.2.2 did not", "UDP 4500"},
		{"diag-v2-mlkem-syntax", "gwa.low.log", []int{1}, "no-response", "responded to 192.0.2.1:500, but its response is not in the capture", "no response from"},
		{"diag-v2-init-fragments", "", []int{1, 3}, "fragment-lost", "let IP fragments pass, or make it smaller", "no IKE message"},
	} {
		var keys []string
		if c.log != "" {
			keys = []string{filepath.Join(sessionDir(t, c.session), c.log)}
		}
		d := Diagnose(analyzed(t, edited(t, c.session, keep(c.frames...)), keys...))
		checkFirst(t, c.session, d, c.code)
		if text := textOf(t, d); !strings.Contains(text, c.want) || strings.Contains(text, c.not) {
			t.Errorf("%s, frames %v: want %q and nowhere %q:\n%s", c.session, c.frames, c.want, c.not, text)
		}
	}
}

// Where iked has no policy for identities and mode at once, the row and the settings are of both.
func TestNoConnectionForMode(t *testing.T) {
	dir := filepath.Join(pcaps, "diag-v2-iked-transport")
	text := textOf(t, Diagnose(analyzed(t, filepath.Join(dir, "wire.pcap"), filepath.Join(dir, "gwb.log"))))
	for _, want := range []string{"identities and mode", "transport mode", "leftid=, rightid=", "type=tunnel|transport"} {
		if !strings.Contains(text, want) {
			t.Errorf("want %q:\n%s", want, text)
		}
	}
}

// Who signs without its certificate leaves it to the peer to have it.
func TestNoCertificateSent(t *testing.T) {
	dir := filepath.Join(pcaps, "diag-v2-no-certificate")
	text := textOf(t, Diagnose(analyzed(t, filepath.Join(dir, "wire.pcap"), filepath.Join(dir, "keys.txt"))))
	for _, want := range []string{"192.0.2.1 rejected the authentication of 192.0.2.2", "192.0.2.2 sent no certificate", "let 192.0.2.2 send its certificate"} {
		if !strings.Contains(text, want) {
			t.Errorf("want %q:\n%s", want, text)
		}
	}
}

// Unread messages from other addresses may try a path (RFC 4555, section 3.10).
func TestMovedOrProbes(t *testing.T) {
	d := Diagnose(analyzed(t, filepath.Join(pcaps, "path-mobike-probe", "wire.pcap")))
	if text := textOf(t, d); !strings.Contains(text, "cannot tell: it moved, or tries another path") || strings.Contains(text, "initiator moved") {
		t.Errorf("want that nobody can tell:\n%s", text)
	}
}

// A responder of IKEv2 that has no address to give says so, and sets up no Child SA (RFC 7296, section 3.15.4).
func TestInternalAddressFailure(t *testing.T) {
	const failure = 36 // INTERNAL_ADDRESS_FAILURE
	c := editedCapture{session: "diag-v2-ts", secrets: func(b *secret.Bag) *secret.Bag { return b }, packets: notifying(t, failure)}
	d := c.diagnosis(t)
	checkFirst(t, "INTERNAL_ADDRESS_FAILURE", d, "no-address")
	if want := "192.0.2.2 assigned no virtual address to 192.0.2.1: INTERNAL_ADDRESS_FAILURE"; !strings.HasPrefix(d.Findings[0].Text, want) {
		t.Errorf("%q, want %q", d.Findings[0].Text, want)
	}
}

// Where a capture has no IPsec, the log may say to whom messages went that got no response.
func TestUnheardByLog(t *testing.T) {
	path := edited(t, "v2-psk-aes128-sha256", func(ps []*capture.Packet) []*capture.Packet {
		ps[0].Data = ps[0].Data[:14] // an Ethernet header
		return ps[:1]
	})
	log := filepath.Join(t.TempDir(), "gwa.log")
	for text, want := range map[string]string{
		"": "no IKE message and no ESP or AH packet in 1 packet",
		"Nov 27 07:24:22 07[NET] <t|1> sending packet: from 192.0.2.1[500] to 192.0.2.99[500] (272 bytes)\n": "192.0.2.1 sent IKE messages to 192.0.2.99 without a response",
		"Nov 27 07:24:22 07[NET] <t|1> sending packet: from 192.0.2.1[500] to 192.0.2.99[500] (272 bytes)\n" +
			"Nov 27 07:24:23 08[NET] <t|1> received packet: from 192.0.2.99[500] to 192.0.2.1[500] (272 bytes)\n" +
			"Nov 27 07:24:23 08[ENC] <t|1> parsed IKE_SA_INIT response 0 [ SA KE No ]\n": "no IKE message and no ESP or AH packet in 1 packet",
	} {
		var keys []string
		if text != "" {
			if err := os.WriteFile(log, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			keys = []string{log}
		}
		if f := Diagnose(analyzed(t, path, keys...)).Findings[0]; f.Code != "no-ipsec" || !strings.HasSuffix(f.Text, want) {
			t.Errorf("%q: %s %q, want %q", text, f.Code, f.Text, want)
		}
	}
}

// Where the responses to IKE_AUTH cannot be compared, nobody knows whether the Child SA without traffic was rejected.
func TestIKESAWithoutESP(t *testing.T) {
	path := edited(t, "diag-v2-two-ts", func(ps []*capture.Packet) []*capture.Packet {
		return append(ps[:3:3], ps[4:]...) // without the response of the first IKE SA
	})
	d := Diagnose(analyzed(t, path))
	checkFirst(t, "one response", d, "not-enough-seen")
	if text := textOf(t, d); !strings.Contains(text, "no ESP or AH packet of the IKE SA whose IKE_AUTH ended in frame 13") {
		t.Error(text)
	}
}

// So it is with the only one; a Quick Mode of three messages was not rejected.
func TestNoTrafficWithoutKeys(t *testing.T) {
	for session, want := range map[string]string{
		"fail-v2-ts":       "no ESP or AH packet of the IKE SA whose IKE_AUTH ended in frame 4, between 192.0.2.1 and 192.0.2.2; cannot tell: no traffic, a filter, or its Child SA was rejected",
		"diag-v1-narrowed": "no ESP or AH packet between 192.0.2.1 and 192.0.2.2 after the Quick Mode that ended in frame 9, not decrypted; cannot tell: no traffic, a filter, or",
		"path-cookie":      "no sign of a Child SA between 192.0.2.1 and 192.0.2.2", // there are liveness checks, or a Delete
	} {
		d := Diagnose(analyzed(t, filepath.Join(pcaps, session, "wire.pcap")))
		checkFirst(t, session, d, "not-enough-seen")
		if text := textOf(t, d); !strings.Contains(text, want) {
			t.Errorf("%s: want %q:\n%s", session, want, text)
		}
	}
}

// Without keys some IKE SAs are seen to be established by what follows, and of others nothing follows.
func TestIKESAsOfHealthy(t *testing.T) {
	d := Diagnose(analyzed(t, filepath.Join(pcaps, "diag-v2-restarted", "wire.pcap")))
	checkFirst(t, "restarted", d, "healthy")
	if text := textOf(t, d); !strings.Contains(text, "\n    2 IKE SAs (1 of them not seen to be established)\n") {
		t.Error(text)
	}
}

// A table of the kernel's SAs between the hosts tells that there was a Child SA.
func TestNoTrafficWithKernelSAs(t *testing.T) {
	const session = "v2-psk-aes128-sha256"
	path := edited(t, session, func(ps []*capture.Packet) []*capture.Packet { return ps[:4] })
	d := Diagnose(analyzed(t, path, filepath.Join(pcaps, session, "gwa.xfrm")))
	checkFirst(t, session, d, "not-enough-seen")
	if text := textOf(t, d); !strings.Contains(text, "no ESP or AH packet between 192.0.2.1 and 192.0.2.2") || strings.Contains(text, "rejected") {
		t.Error(text)
	}
}

// What went through after a rejected attempt is seen by the traffic after it, too, where no key is known.
func TestLaterAttemptWithoutKeys(t *testing.T) {
	const session = "diag-v2-mended-esp-dropped"
	log := filepath.Join(pcaps, session, "gwa.low.log")
	const alike = "; a later attempt, most likely of the same connection, succeeded"
	for name, c := range map[string]struct {
		edit    func(ps []*capture.Packet) []*capture.Packet
		logs    []string
		want    string
		without string
	}{
		"no key": {want: alike},
		"a log":  {logs: []string{log}, want: alike},
		"requests of two lengths": {edit: func(ps []*capture.Packet) []*capture.Packet {
			ps[2] = longer(ps[2], 16)
			return ps
		}, want: "a later attempt succeeded, if it is for the same connection: IKE SA 54f645357b4cf0b8:5b62dd5e407d2e23, from frame 5 on", without: alike},
		"ESP of one side alone": {edit: func(ps []*capture.Packet) []*capture.Packet {
			return slices.DeleteFunc(ps, func(p *capture.Packet) bool { return p.Number > 8 && bytes.Equal(p.Data[26:30], ps[1].Data[26:30]) })
		}, without: "a later attempt"},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(pcaps, session, "wire.pcap")
			if c.edit != nil {
				path = edited(t, session, c.edit)
			}
			d := Diagnose(analyzed(t, path, c.logs...))
			checkFirst(t, "rejected once", d, "auth-failed")
			if text := textOf(t, d); !strings.Contains(text, c.want) || c.without != "" && strings.Contains(text, c.without) {
				t.Errorf("want %q, without %q:\n%s", c.want, c.without, text)
			}
		})
	}
}

// longer is a packet of IKEv2 whose encrypted payload has so many bytes more.
func longer(p *capture.Packet, n int) *capture.Packet {
	q := *p
	q.Data = append(bytes.Clone(p.Data), make([]byte, n)...)
	const ether, udp, ike = 14, 14 + 20, 14 + 20 + 8
	for _, at := range []int{ether + 2, udp + 4, ike + 26, ike + 28 + 2} {
		binary.BigEndian.PutUint16(q.Data[at:], binary.BigEndian.Uint16(q.Data[at:])+uint16(n))
	}
	q.Data[udp+6], q.Data[udp+7] = 0, 0
	q.OrigLen += n
	return &q
}

// A capture from both sides of a NAT shows what did not pass it, with keys or without, and no replays.
func TestLostInNAT(t *testing.T) {
	dir := filepath.Join(pcaps, "diag-v2-nat-back")
	both := []string{filepath.Join(dir, "wire.pcap"), filepath.Join(dir, "wire-behind-nat.pcap")}
	for _, logs := range [][]string{nil, {filepath.Join(dir, "gwa.xfrm")}} {
		d := merged(t, both, logs...)
		checkFirst(t, "both sides", d, "esp-loss")
		const want = "3 of 6 packets did not pass the NAT: they were not captured as 192.0.2.2 > 172.16.9.2"
		if text := textOf(t, d); !strings.Contains(text, want) || strings.Contains(text, "esp-replay") {
			t.Errorf("%v: want %q:\n%s", logs, want, text)
		}
	}
	checkFirst(t, "behind the NAT", merged(t, both[1:]), "healthy") // the capture may end before the replies come
}

// Where a capture ends before the response to IKE_AUTH, the log of the initiator has it.
func TestResponseByLog(t *testing.T) {
	for _, first := range []int{0, 1} { // with the IKE_SA_INIT request, or without
		path := edited(t, "diag-v2-signature", func(ps []*capture.Packet) []*capture.Packet { return ps[first:3] })
		d := Diagnose(analyzed(t, path, filepath.Join(pcaps, "diag-v2-signature", "gwa.log.gz")))
		checkFirst(t, "cut", d, "auth-failed")
		if text := textOf(t, d); !strings.Contains(text, "AUTHENTICATION_FAILED") || strings.Contains(text, "no response") {
			t.Error(text)
		}
	}
}

// A fragment that is lost each time that its message is sent is not cut off by the end of the capture.
func TestFragmentLostEachTime(t *testing.T) {
	path := edited(t, "diag-v2-ike-fragments", func(ps []*capture.Packet) []*capture.Packet {
		var list []*capture.Packet
		for i, p := range ps {
			if i+1 != 6 && i+1 != 8 && i+1 != 12 { // the second fragment
				list = append(list, p)
			}
		}
		other := *ps[0] // another packet, so that the capture goes on
		other.Time = list[len(list)-1].Time.Add(10 * time.Millisecond)
		return append(list, &other)
	})
	d := Diagnose(analyzed(t, path))
	if text := textOf(t, d); !strings.Contains(text, "problem: IKE_AUTH") || strings.Contains(text, "the capture begins or ends there") {
		t.Error(text)
	}
}

// A capture of one direction has no responses to miss.
func TestSilenceInOneDirection(t *testing.T) {
	path := edited(t, "diag-v2-offer-mended", func(ps []*capture.Packet) []*capture.Packet {
		var list []*capture.Packet
		for i := 0; i < len(ps); i += 2 { // of the initiator
			list = append(list, ps[i])
		}
		return list
	})
	d := Diagnose(analyzed(t, path))
	checkFirst(t, "one direction", d, "one-way-ike")
	if text := textOf(t, d); strings.Contains(text, "problem:") {
		t.Error(text)
	}
}

// Two R-U-THEREs, not decrypted, get no response where one as long did before: the tunnel is not healthy.
func TestUnheardClosed(t *testing.T) {
	d := Diagnose(analyzed(t, filepath.Join(pcaps, "diag-dpd", "wire-closed.pcap")))
	checkFirst(t, "closed", d, "dpd-timeout")
	if text := textOf(t, d); !strings.Contains(text, "192.0.2.2 sent no response to 2 encrypted Informationals in 2.0 s") {
		t.Error(text)
	}
}
