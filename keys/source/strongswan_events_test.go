package source

import (
	"fmt"
	"net/netip"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/ikedecode/ikedecode/decode/ike"
	"github.com/ikedecode/ikedecode/keys/logs"
	"github.com/ikedecode/ikedecode/keys/secret"
)

// What charon's log says of both sides' settings, and why it refuses.
func TestCharonEvents(t *testing.T) {
	log := strings.Join([]string{
		"Nov 23 08:38:57 16[CFG] <1> received proposals: IKE:AES_CBC_128/HMAC_SHA1_96/PRF_HMAC_SHA1/MODP_1024, IKE:3DES_CBC/HMAC_MD5_96/PRF_HMAC_MD5/MODP_768",
		"Nov 23 08:38:57 15[CFG] <2> configured proposals: IKE:AES_CBC_128/HMAC_SHA1_96/PRF_HMAC_SHA1/MODP_1024",
		"Nov 23 08:38:57 16[CFG] <1> configured proposals: IKE:AES_CBC_256/HMAC_SHA2_256_128/PRF_HMAC_SHA2_256/MODP_2048",
		"Nov 23 08:39:35 05[CFG] <t|1> looking for a child config for 10.2.0.0/24 === 10.1.0.0/24",
		"Nov 23 08:39:35 05[CFG] <t|1> proposing traffic selectors for us:",
		"Nov 23 08:39:35 05[CFG] <t|1>  10.3.0.0/24",
		"Nov 23 08:39:35 05[CFG] <t|1>  10.4.0.1/32[udp/l2f]",
		"Nov 23 08:39:35 05[CFG] <t|1> proposing traffic selectors for other:",
		"Nov 23 08:39:35 05[CFG] <t|1>  10.1.0.0/25",
		"Nov 23 08:39:35 05[CFG] <t|1>   candidate \"net\" with prio 5+5",
		"Nov 23 08:39:35 05[IKE] <t|1> no matching CHILD_SA config found for 10.1.0.0/24 === 10.2.0.0/24",
		"Nov 23 08:39:59 11[IKE] <t|1> IDir 'gwb.example.org' does not match to 'other.example.org'",
		"Nov 23 08:40:00 11[IKE] <t|1> sending keep alive",
		"shared Diffie Hellman secret => 4 bytes @ 0x1",
		"   0: 01 02 03 04                                      ....",
	}, "\n")
	bag, err := Read("gwb.log", []byte(log))
	if err != nil {
		t.Fatal(err)
	}
	at := func(minute, second int) logs.Stamp {
		return logs.Stamp{Clock: time.Date(0, time.November, 23, 8, minute, second, 0, time.UTC), Precision: time.Second, Dated: true}
	}
	suite := func(list ...ike.Transform) []ike.Suite { return []ike.Suite{{Transforms: list}} }
	encr, prf, integ, group := ike.Transform{Kind: ike.Encryption, Space: ike.ENCR}, ike.Transform{Kind: ike.PRF, Space: ike.PRFs},
		ike.Transform{Kind: ike.Integrity, Space: ike.INTEG}, ike.Transform{Kind: ike.KeyExchange, Space: ike.Group}
	with := func(t ike.Transform, id, bits uint16) ike.Transform { t.ID, t.Bits = id, bits; return t }
	l2tp := ike.Host(netip.MustParseAddr("10.4.0.1"))
	l2tp.Protocol, l2tp.StartPort, l2tp.EndPort = 17, 1701, 1701
	network := func(s string) ike.Selector { return ike.Network(netip.MustParsePrefix(s)) }
	first, tagged := logs.Group{ID: 1}, logs.Group{ID: 1, Name: "t"}
	want := []logs.Event{
		{Line: 3, Text: "configured proposals: IKE:AES_CBC_256/HMAC_SHA2_256_128/PRF_HMAC_SHA2_256/MODP_2048", Time: at(38, 57), Thread: 16, Group: first, Kind: logs.Offers,
			Received: &logs.Offer{
				Offer: ike.Offer{Version: ike.V2, Proposals: []ike.Proposal{
					{Number: 1, Protocol: ike.IKE, Suites: suite(with(encr, 12, 128), with(integ, 2, 0), with(prf, 2, 0), with(group, 2, 0))},
					{Number: 2, Protocol: ike.IKE, Suites: suite(with(encr, 3, 0), with(integ, 1, 0), with(prf, 1, 0), with(group, 1, 0))}}},
				Words: []string{"IKE:AES_CBC_128/HMAC_SHA1_96/PRF_HMAC_SHA1/MODP_1024", "IKE:3DES_CBC/HMAC_MD5_96/PRF_HMAC_MD5/MODP_768"}},
			Configured: &logs.Offer{
				Offer: ike.Offer{Version: ike.V2, Proposals: []ike.Proposal{
					{Number: 1, Protocol: ike.IKE, Suites: suite(with(encr, 12, 256), with(integ, 12, 0), with(prf, 5, 0), with(group, 14, 0))}}},
				Words: []string{"IKE:AES_CBC_256/HMAC_SHA2_256_128/PRF_HMAC_SHA2_256/MODP_2048"}}},
		{Line: 4, Text: "looking for a child config for 10.2.0.0/24 === 10.1.0.0/24", Time: at(39, 35), Thread: 5, Group: tagged, Kind: logs.Selectors,
			Asked:   &logs.Traffic{Local: ike.Selectors{network("10.2.0.0/24")}, Remote: ike.Selectors{network("10.1.0.0/24")}},
			Allowed: &logs.Traffic{Local: ike.Selectors{network("10.3.0.0/24"), l2tp}, Remote: ike.Selectors{network("10.1.0.0/25")}}},
		{Line: 11, Text: "no matching CHILD_SA config found for 10.1.0.0/24 === 10.2.0.0/24", Time: at(39, 35), Thread: 5, Group: tagged, Kind: logs.Refused, Reason: logs.NoTraffic},
		{Line: 12, Text: "IDir 'gwb.example.org' does not match to 'other.example.org'", Time: at(39, 59), Thread: 11, Group: tagged, Kind: logs.Refused, Reason: logs.IdentityMismatch,
			Came: identity("gwb.example.org"), Wanted: identity("other.example.org")},
	}
	if len(bag.Events) != len(want) {
		t.Fatalf("%d events: %+v", len(bag.Events), bag.Events)
	}
	for i := range want {
		want[i].File, want[i].Daemon = "gwb.log", logs.Charon
		if !reflect.DeepEqual(bag.Events[i], want[i]) {
			t.Errorf("event %d: %+v, want %+v", i, bag.Events[i], want[i])
		}
	}
	if slices.ContainsFunc(bag.Formats, func(f secret.Format) bool { return f.Name == charonEventFormat.name }) {
		t.Errorf("a log with keys is called %v", bag.Formats)
	}
	merged := &secret.Bag{}
	merged.Merge(bag)
	if len(merged.Events) != len(want) {
		t.Errorf("%d events after Merge", len(merged.Events))
	}
}

// One line of each kind that says why something was refused.
func TestCharonReasons(t *testing.T) {
	for text, want := range map[string]logs.Reason{
		"no matching peer config found":                                                     logs.NoPeer,
		"no matching CHILD_SA config found for 10.1.0.0/24 === 10.2.0.0/24":                 logs.NoTraffic,
		"traffic selectors 10.2.0.0/24 === 10.1.0.0/24 unacceptable":                        logs.NoTraffic,
		"received proposals unacceptable":                                                   logs.NoProposal,
		"no proposal found":                                                                 logs.NoProposal,
		"no matching proposal found, sending NO_PROPOSAL_CHOSEN":                            logs.NoProposal,
		"DH group MODP_1024 unacceptable, requesting MODP_2048":                             logs.GroupRefused,
		"tried 1 shared key for 'gwb.example.org' - 'gwa.example.org', but MAC mismatched":  logs.PSKMismatch,
		"tried 2 shared keys for 'gwb.example.org' - 'gwa.example.org', but MAC mismatched": logs.PSKMismatch,
		"no shared key found for 'gwb.example.org' - 'gwa.example.org'":                     logs.PSKMissing,
		"IDir 'gwb.example.org' does not match to 'other.example.org'":                      logs.IdentityMismatch,
		"IDr 'gwb.example.org' does not match to 'other.example.org'":                       logs.IdentityMismatch,
		"invalid HASH_V1 payload length, decryption failed?":                                logs.Unreadable,
		"invalid HASH_I received":                                                           logs.InvalidHash,
		"Aggressive Mode PSK disabled for security reasons":                                 logs.AggressiveRefused,
		"constraint requires public key authentication, but pre-shared key was used":        logs.AuthMethod,
		"constraint check failed: identity 'gwa.example.org' required":                      logs.IdentityMismatch,
		"constraint check failed: group membership to 'vpn' required":                       logs.Constraint,
		"constraint check failed: peer not authenticated by CA 'C=CH, O=Lab, CN=Lab CA'":    logs.UntrustedIssuer,
		"constraint check failed: certificate does not confirm identity 'gwa.example.org'":  logs.CertificateName,
		"no IKE config found for 192.0.2.2...192.0.2.1, sending NO_PROPOSAL_CHOSEN":         logs.NoConnection,
		"no peer config found": logs.NoPeer,
		"found 1 matching config, but none allows pre-shared key authentication using Main Mode":                            logs.AuthMethod,
		"found 3 matching configs, but none allows RSA signature authentication using Aggressive Mode":                      logs.AuthMethod,
		"peer requested EAP, config unacceptable":                                                                           logs.AuthMethod,
		"peer requested EAP, config inacceptable":                                                                           logs.AuthMethod,
		"configured EAP-only authentication, but peer does not support it":                                                  logs.AuthMethod,
		"peers proposal selection invalid":                                                                                  logs.NoProposal,
		"peer DH group selection invalid":                                                                                   logs.GroupRefused,
		"IKE version 5 not supported":                                                                                       logs.InvalidFormat,
		"payload type CERTIFICATE_REQUEST is not supported, but its critical!":                                              logs.InvalidFormat,
		"subject of certificate 'CN=gwa' does not match any permitted name constraints":                                     logs.IssuerConstraint,
		"server certificate does not match to 'CN=aaa.example.org'":                                                         logs.CertificateName,
		"XAuth pam_acct_mgmt for 'alice' failed: Authentication failure":                                                    logs.UserRefused,
		"EAP vendor specific method 3-9 failed for peer alice":                                                              logs.UserRefused,
		"installing virtual IP 10.9.0.1 failed":                                                                             logs.KernelRefused,
		"received proposals inacceptable":                                                                                   logs.NoProposal,
		"no acceptable proposal found":                                                                                      logs.NoProposal,
		"key exchange method CURVE_25519 unacceptable, requesting MODP_2048":                                                logs.GroupRefused,
		"no acceptable traffic selectors found":                                                                             logs.NoTraffic,
		"could not decrypt payloads":                                                                                        logs.Unreadable,
		"invalid ID_V1 payload length, decryption failed?":                                                                  logs.Unreadable,
		"calculated HASH does not match HASH payload":                                                                       logs.InvalidHash,
		"IKE signature scheme RSA_EMSA_PKCS1_SHA1 not acceptable":                                                           logs.WeakSignature,
		"RSA-1024 signatures not acceptable":                                                                                logs.WeakSignature,
		"  self-signed certificate \"C=CH, CN=x\" is not trusted":                                                           logs.UntrustedIssuer,
		"rejecting certificate without digitalSignature or nonRepudiation keyUsage flags":                                   logs.CertificateUse,
		"no RSA private key found for 'gwa.example.org'":                                                                    logs.NoPrivateKey,
		"received EAP_NAK, sending EAP_FAILURE":                                                                             logs.EAPMethod,
		"requesting EAP_MSCHAPV2 authentication, sending EAP_NAK":                                                           logs.EAPMethod,
		"EAP_TTLS not supported, sending EAP_NAK":                                                                           logs.EAPMethod,
		"XAuth authentication of 'alice' failed":                                                                            logs.UserRefused,
		"no virtual IP found for %any requested by 'alice'":                                                                 logs.NoAddress,
		"no virtual IP found, sending INTERNAL_ADDRESS_FAILURE":                                                             logs.NoAddress,
		"unable to install inbound and outbound IPsec SA (SAD) in kernel":                                                   logs.KernelRefused,
		"unable to install IPsec policies (SPD) in kernel":                                                                  logs.KernelRefused,
		"unable to add SAD entry with SPI c148eddd (FAILED)":                                                                logs.KernelRefused,
		"canceling IKE_SA setup due to uniqueness policy":                                                                   logs.Kept,
		"no trusted RSA public key found for 'gwb.example.org'":                                                             logs.NoTrustedKey,
		"no issuer certificate found for \"C=CH, O=Lab, CN=gwb.example.org\"":                                               logs.NoIssuer,
		"subject certificate invalid (valid from Jan 01 00:00:00 2020 to Jan 01 00:00:00 21)":                               logs.InvalidCertificate,
		"issuer certificate invalid (valid from Jan 01 00:00:00 2020 to Jan 01 00:00:00 21)":                                logs.InvalidCertificate,
		"certificate was revoked on Jan 01 00:00:00 UTC 2026, reason: key compromise":                                       logs.RevokedCertificate,
		"certificate 'C=CH, O=Lab, CN=gwb' does not match permitted name constraint 'example.net'":                          logs.IssuerConstraint,
		"certificate 'C=CH, O=Lab, CN=gwb' matches excluded name constraint 'example.org'":                                  logs.IssuerConstraint,
		"subject alternative name 'gwb' of certificate 'C=CH, O=Lab, CN=gwb' does not match any permitted name constraints": logs.IssuerConstraint,
		"subject of certificate 'C=CH, O=Lab, CN=gwb' matches excluded name constraint 'C=CH'":                              logs.IssuerConstraint,
		"ignoring name constraint 'example.net' in certificate 'C=CH, O=Lab, CN=Sub CA' that's not permitted by parent CAs": logs.NoReason,
		"path length of 2 violates constraint of 1":                                                                         logs.IssuerConstraint,
		"policy 1.3.6.1.4.1.36906.1 missing in issuing certificate 'C=CH, O=Lab, CN=Lab CA'":                                logs.IssuerConstraint,
		"found anyPolicy in certificate 'C=CH, O=Lab, CN=gwb', but inhibitAnyPolicy in effect":                              logs.IssuerConstraint,
		"signature validation failed, looking for another key":                                                              logs.InvalidSignature,
		"no private key found for 'gwa.example.org'":                                                                        logs.NoPrivateKey,
		"no EAP key found for hosts 'gwb.example.org' - 'alice'":                                                            logs.NoUserKey,
		"no XAuth password found for 'alice' - 'gwb.example.org'":                                                           logs.NoUserKey,
		"no XAuth secret found for 'gwb.example.org' - 'alice'":                                                             logs.NoUserKey,
		"XAuth authentication of 'alice' (myself) failed":                                                                   logs.NoReason, // the peer's
		"EAP-MS-CHAPv2 failed with error ERROR_AUTHENTICATION_FAILURE: '(null)'":                                            logs.NoReason, // the peer's
		"EAP-MS-CHAPv2 verification failed, retry (1)":                                                                      logs.UserRefused,
		"EAP_MSCHAPV2 method failed":                                                                                        logs.UserRefused,
		"PPK required but no PPK found for 'ppk1@example.org'":                                                              logs.PPKMissing,
		"received PPK_ID 'ppk1@example.org', but require 'ppk2@example.org'":                                                logs.PPKMissing,
		"PPK required but no PPK_ID configured":                                                                             logs.PPKMissing,
		"PPK required but peer does not support PPK":                                                                        logs.PPKRequired,
		"PPK required but no PPK_IDENTITY received":                                                                         logs.PPKRequired,
		"no PPK for 'ppk1@example.org' found, ignored because PPK is not required":                                          logs.NoReason,
		"no acceptable ENCRYPTION_ALGORITHM found":                                                                          logs.NoReason, // also before a match
		"IKE_SA t[1] established between 192.0.2.1[a]...192.0.2.2[b]":                                                       logs.NoReason,
		"candidate \"net\" with prio 5+5":                                                                                   logs.NoReason,
		"authorization failed, no matching peer config found":                                                               logs.NoReason, // stems are at the front
	} {
		bag := &secret.Bag{}
		b, err := Read("x.log", []byte("Nov 23 08:38:57 16[IKE] <1> "+text+"\n"))
		if err == nil {
			bag = b
		}
		got := logs.NoReason
		if len(bag.Events) == 1 && bag.Events[0].Kind == logs.Refused && bag.Events[0].Text == strings.TrimSpace(text) {
			got = bag.Events[0].Reason
		}
		if got != want {
			t.Errorf("%q: %v, want %v", text, got, want)
		}
	}
}

// What tells of no rejection by this side: who rejected it, what the peer deleted, and what it was given.
func TestCharonTells(t *testing.T) {
	for _, c := range []struct {
		lines string
		want  logs.Kind
		n     int
	}{
		{"[ENC] <t|1> parsed INFORMATIONAL request 2 [ N(AUTH_FAILED) ]", logs.PeerError, 1},
		{"[ENC] <t|1> parsed INFORMATIONAL response 2 [ N(AUTH_FAILED) ]", logs.PeerError, 0}, // of which charon says more
		{"[IKE] <t|1> received DELETE for ESP CHILD_SA with SPI 257e1f3b", logs.Deleted, 1},
		{"[IKE] <t|1> closing CHILD_SA net{1} with SPIs c545e3d6_i (252 bytes) ca82be9e_o (0 bytes) and TS 10.1.0.0/24 === 10.2.0.0/24", logs.Carried, 1},
		{"[IKE] <t|1> assigning virtual IP 10.9.0.1 to peer 'alice'", logs.Assigned, 1},
		{"[IKE] <t|1> EAP-MS-CHAPv2 failed with error ERROR_AUTHENTICATION_FAILURE: '(null)'\n[IKE] <t|1> EAP_MSCHAPV2 method failed", logs.PeerError, 1},
		{"[IKE] <t|1> EAP-MS-CHAPv2 failed with error ERROR_AUTHENTICATION_FAILURE: '(null)'\n[IKE] <t|1> EAP_MSCHAPV2 method failed", logs.Refused, 0},
	} {
		text := "Nov 23 08:38:57 16[NET] <t|1> received packet: from 192.0.2.1[500] to 192.0.2.2[500] (80 bytes)\n"
		for line := range strings.SplitSeq(c.lines, "\n") {
			text += "Nov 23 08:38:57 16" + line + "\n"
		}
		if list := ofKind(mustRead(t, text), c.want); len(list) != c.n {
			t.Errorf("%s: %d of %v, want %d", c.lines, len(list), c.want, c.n)
		}
	}
}

func ofKind(b *secret.Bag, k logs.Kind) (list []logs.Event) {
	for _, e := range b.Events {
		if e.Kind == k {
			list = append(list, e)
		}
	}
	return list
}

// Each start of charon is a run of its own: its numbers of threads and of IKE SAs are others, and what a thread was saying is over.
func TestCharonRestart(t *testing.T) {
	const session = "Nov 23 08:38:57 16[NET] <1> received packet: from 192.0.2.1[500] to 192.0.2.2[500] (176 bytes)\n" +
		"Nov 23 08:38:57 16[ENC] <1> parsed ID_PROT request 0 [ SA V V V V V ]\n" +
		"Nov 23 08:38:57 16[CFG] <1> received proposals: IKE:AES_CBC_128/HMAC_SHA1_96/PRF_HMAC_SHA1/MODP_1024\n"
	const refused = "Nov 23 08:38:58 16[IKE] <1> no proposal found\n"
	const start = "Nov 23 09:00:00 00[DMN] Starting IKE charon daemon (strongSwan 5.9.13, Linux 6.1.0, x86_64)\n"
	const configured = "Nov 23 09:00:01 16[CFG] <1> configured proposals: IKE:AES_CBC_256/HMAC_SHA2_256_128/PRF_HMAC_SHA2_256/MODP_2048\n"
	list := ofKind(mustRead(t, session+refused+strings.ReplaceAll(session, "<1>", "<2>")+start+configured+refused), logs.Refused)
	if len(list) != 2 {
		t.Fatalf("%+v", list)
	}
	first, second := list[0], list[1]
	want := logs.Message{Size: 176, Exchange: 2, Version: ike.V1}
	if first.Run != 0 || first.Message != want || first.Remote.Addr.String() != "192.0.2.1:500" || first.Local.Addr.String() != "192.0.2.2:500" {
		t.Errorf("before the restart: %+v", first)
	}
	if second.Run != 1 || second.Message != (logs.Message{}) || second.Remote.Addr.IsValid() || second.Group.ID != 1 {
		t.Errorf("after the restart: %+v", second)
	}
}

// A number of an IKE SA that comes again is one of a new run, whose start the log lacks, but where the initiator was asked for another group.
func TestCharonNumbersAgain(t *testing.T) {
	const first = "16[NET] <1> received packet: from 192.0.2.1[500] to 192.0.2.2[500] (464 bytes)\n16[ENC] <1> parsed IKE_SA_INIT request 0 [ SA KE No ]\n"
	const refused = "16[IKE] <1> received proposals unacceptable\n"
	const again = "16[ENC] <1> generating IKE_SA_INIT response 0 [ N(INVAL_KE) ]\n"
	for text, want := range map[string]int{first + refused + first + refused: 1, first + again + first + refused: 0, first + strings.ReplaceAll(first+refused, "<1>", "<2>"): 0} {
		if list := ofKind(mustRead(t, text), logs.Refused); list[len(list)-1].Run != want {
			t.Errorf("%q: run %d, want %d", text, list[len(list)-1].Run, want)
		}
	}
}

// A thread goes over to another IKE SA: the message was not for that.
func TestCharonMessage(t *testing.T) {
	bag := mustRead(t, "16[NET] <2> received packet: from 2001:db8::1[4500] to 2001:db8::2[4500] (220 bytes)\n"+
		"16[ENC] <2> parsed IKE_AUTH request 1 [ IDi AUTH SA TSi TSr ]\n"+
		"16[IKE] <t|2> tried 1 shared key for 'gwb.example.org' - 'gwa.example.org', but MAC mismatched\n"+
		"16[IKE] <3> no proposal found\n")
	list := ofKind(bag, logs.Refused)
	if len(list) != 2 {
		t.Fatalf("%+v", list)
	}
	e := list[0]
	if e.Message != (logs.Message{Size: 220, Exchange: 35, Version: ike.V2, ID: 1}) || e.Remote.Addr.String() != "[2001:db8::1]:4500" || e.Group != (logs.Group{ID: 2, Name: "t"}) {
		t.Errorf("%+v", e)
	}
	if e.Local.Identity.Value() != "gwb.example.org" || e.Remote.Identity.Value() != "gwa.example.org" || !e.Time.IsZero() {
		t.Errorf("%+v", e)
	}
	if e = list[1]; e.Message.Size != 0 || e.Remote.Addr.IsValid() {
		t.Errorf("of another IKE SA: %+v", e)
	}
}

// A log without keys serves, too, and stays within bounds.
func TestCharonEventsAlone(t *testing.T) {
	line := "Nov 23 08:38:57 16[IKE] <1> no proposal found\n"
	bag, err := Read("x.log", []byte(strings.Repeat(line, 3*maxEvents+50)))
	if err != nil {
		t.Fatal(err)
	}
	if n := len(bag.Events); n < maxEvents || n > 2*maxEvents || bag.Events[n-1].Line != 3*maxEvents+50 || len(bag.Formats) != 1 || len(bag.Warnings) != 2 || !strings.Contains(bag.Warnings[1].Text, "oldest events") {
		t.Errorf("%d events, formats %v, warnings %v", len(bag.Events), bag.Formats, bag.Warnings)
	}
	long := "Nov 23 08:38:57 16[CFG] <1> received proposals: " + strings.Repeat("ESP:NULL/HMAC_SHA1_96, ", 5000) + "\nNov 23 08:38:57 16[CFG] <1> configured proposals: ESP:NULL\n"
	if bag, err = Read("x.log", []byte(long)); err != nil || len(bag.Events) != 1 || len(bag.Events[0].Received.Words) != maxEventList {
		t.Errorf("%v, %d events", err, len(bag.Events))
	}
}

func TestCharonTransforms(t *testing.T) {
	for name, want := range map[string]string{
		"AES_CBC_128": "ENCR AES-CBC-128", "AES_GCM_16": "ENCR AES-GCM-16", "AES_GCM_16_256": "ENCR AES-GCM-16-256", "3DES_CBC": "ENCR 3DES-CBC", "NULL": "ENCR NULL",
		"CHACHA20_POLY1305": "ENCR ChaCha20-Poly1305", "CAST_CBC_128": "ENCR CAST-128-CBC-128", "CAMELLIA_CCM_8_192": "ENCR Camellia-CCM-8-192", "SERPENT_CBC_256": "ENCR Serpent-CBC-256",
		"NULL_AES_GMAC_128": "ENCR NULL-AES-GMAC-128", "AES_CTR_256": "ENCR AES-CTR-256", "DES_CBC": "ENCR DES-CBC",
		"HMAC_SHA1_96": "INTEG HMAC-SHA1-96", "HMAC_SHA2_256_128": "INTEG HMAC-SHA2-256-128", "HMAC_SHA2_256_96": "INTEG HMAC-SHA2-256-96", "AES_XCBC_96": "INTEG AES-XCBC-96",
		"AES_CMAC_96": "INTEG AES-CMAC-96", "HMAC_MD5_96": "INTEG HMAC-MD5-96", "HMAC_SHA2_512_256": "INTEG HMAC-SHA2-512-256", "AES_256_GMAC": "INTEG AES-256-GMAC",
		"PRF_HMAC_SHA1": "PRF HMAC-SHA1", "PRF_HMAC_SHA2_384": "PRF HMAC-SHA2-384", "PRF_AES128_XCBC": "PRF AES-XCBC-128", "PRF_AES128_CMAC": "PRF AES-CMAC-128",
		"MODP_768": "KE MODP-768", "MODP_1024_160": "KE MODP-1024-160", "MODP_8192": "KE MODP-8192", "ECP_256": "KE ECP-256", "ECP_256_BP": "KE brainpoolP256r1", "CURVE_25519": "KE Curve25519",
		"CURVE_448": "KE Curve448", "KE1_ML_KEM_768": "ADDKE1 ML-KEM-768", "UNKNOWN_6_36": "ADDKE1 ML-KEM-768", "UNKNOWN_12_19": "ADDKE7 ECP-256", "NO_EXT_SEQ": "ESN no", "EXT_SEQ": "ESN yes",
	} {
		if got, ok := charonTransform(name); !ok || got.String() != want {
			t.Errorf("%s: %v, %v; want %s", name, got, ok, want)
		}
	}
	for _, name := range []string{"", "FOO", "AES_CBC_x", "HMAC_SHA1_96_128", "KE1_AES_CBC", "_128", "AES_CBC_99999", "UNKNOWN_6_99999", "UNKNOWN_13_1"} {
		if got, ok := charonTransform(name); ok {
			t.Errorf("%q is %v", name, got)
		}
	}
	for _, text := range []string{"", "IKE", "IKE:", "FOO:NULL", "IKE:AES_CBC_128/FOO"} {
		if o := charonOffer(text); o != nil {
			t.Errorf("%q is %+v", text, o)
		}
	}
}

func TestCharonSelectors(t *testing.T) {
	for text, want := range map[string]string{
		"10.1.0.0/24": "10.1.0.0/24", "192.0.2.1/32": "192.0.2.1", "192.0.2.1/32[udp/l2tp]": "192.0.2.1 udp/1701", "fd01::/64": "fd01::/64", "dynamic": "dynamic",
		"dynamic[tcp/http]": "dynamic tcp/80", "10.1.0.1..10.1.0.9[tcp]": "10.1.0.1-10.1.0.9 tcp", "10.1.0.0..10.1.0.255": "10.1.0.0/24", "10.1.0.0/24[udp/1024-65535]": "10.1.0.0/24 udp/1024-65535",
		"10.1.0.1/32[icmp/8(0)]": "10.1.0.1 icmp/8(0)", "10.1.0.1/32[udp/OPAQUE]": "10.1.0.1 udp/opaque", "10.1.0.1/32[0/500]": "10.1.0.1 port 500", "10.1.0.1/32[99]": "10.1.0.1 protocol 99",
	} {
		if s, ok := charonSelector(text); !ok || s.String() != want {
			t.Errorf("%s: %v, %v; want %s", text, s, ok, want)
		}
	}
	for _, text := range []string{"", "10.1.0.0", "10.1.0.0/33", "10.1.0.1..", "10.1.0.1..fd01::1", "10.1.0.0/24[foo]", "10.1.0.0/24[tcp/foo]", "10.1.0.0/24[tcp/70000]", "10.1.0.0/24[300]"} {
		if s, ok := charonSelector(text); ok {
			t.Errorf("%q is %v", text, s)
		}
	}
}

// A list with something in it that is not understood says nothing.
func TestCharonSelectorsUnread(t *testing.T) {
	const head = "05[CFG] <t|1> looking for a child config for 10.2.0.0/24 === 10.1.0.0/24\n05[CFG] <t|1> proposing traffic selectors for us:\n"
	const end = "05[IKE] <t|1> no matching CHILD_SA config found for 10.1.0.0/24 === 10.2.0.0/24\n"
	for own, want := range map[string]int{"05[CFG] <t|1>  10.3.0.0/24\n": 2, "05[CFG] <t|1>  10.3.0.0/24\n05[CFG] <t|1>  10.4.0.0/24[tcp/foo]\n": 1} {
		if bag := mustRead(t, head+own+end); len(bag.Events) != want {
			t.Errorf("%q: %+v", own, bag.Events)
		}
	}
}

func TestStamp(t *testing.T) {
	east := time.FixedZone("", 2*3600)
	for text, want := range map[string]logs.Stamp{
		"Nov 23 08:38:57 16[CFG] x":                               {Clock: time.Date(0, 11, 23, 8, 38, 57, 0, time.UTC), Precision: time.Second, Dated: true},
		"Nov  3 08:38:57.25 host charon: 16[CFG] x":               {Clock: time.Date(0, 11, 3, 8, 38, 57, 250_000_000, time.UTC), Precision: 10 * time.Millisecond, Dated: true},
		"2026-11-23T08:38:57.123456+02:00 host charon: 16[CFG] x": {Clock: time.Date(2026, 11, 23, 8, 38, 57, 123_456_000, east), Precision: time.Microsecond, Dated: true, Zoned: true},
		"2026-11-23 08:38:57Z 16[CFG] x":                          {Clock: time.Date(2026, 11, 23, 8, 38, 57, 0, time.UTC), Precision: time.Second, Dated: true, Zoned: true},
		"08:38:57 16[CFG] x":                                      {Clock: time.Date(0, 1, 1, 8, 38, 57, 0, time.UTC), Precision: time.Second},
		"16[CFG] x":                                               {},
		"08:61:57 16[CFG] x":                                      {},
		"    62:45:bf:22:68:53:8f:a5:52:72:f3:85:42:19:":          {}, // of a certificate, as OpenSSL prints it
		"        52:08:20:bf:96:4f:e6:8d:":                        {},
		strings.Repeat("x", 60) + " 08:38:57 16[CFG] x":           {},
	} {
		got := stampOf(text)
		if !got.Clock.Equal(want.Clock) || got.Precision != want.Precision || got.Zoned != want.Zoned || got.Dated != want.Dated || got.Clock.Minute() != want.Clock.Minute() {
			t.Errorf("%q: %+v, want %+v", text, got, want)
		}
	}
}

// The log of a real daemon, where the other sessions are.
func TestCharonEventsOfSession(t *testing.T) {
	const path = "../../../shared/captures/fail-phase1-proposal/gwb.log"
	if _, err := os.Stat(path); err != nil {
		t.Skipf("%s is not there", path)
	}
	bag, err := ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(bag.Events, func(e logs.Event) bool { return e.Kind == logs.Offers })
	if i < 0 || bag.Events[i].Configured.Words[0] != "IKE:AES_CBC_256/HMAC_SHA2_256_128/PRF_HMAC_SHA2_256/MODP_2048" || bag.Events[i].Message.Size == 0 {
		t.Errorf("%+v", bag.Events)
	}
}

// What a reason says more: the identities, methods, names and errors in its line, or in the lines beside it.
func TestCharonDetails(t *testing.T) {
	const net = "06[NET] <1> received packet: from 192.0.2.1[4500] to 192.0.2.2[4500] (352 bytes)\n06[ENC] <1> parsed IKE_AUTH request 1 [ IDi AUTH SA TSi TSr ]\n"
	one := func(text string) *logs.Event {
		t.Helper()
		list := ofKind(mustRead(t, net+text), logs.Refused)
		if len(list) == 0 {
			t.Fatalf("nothing in %q", text)
		}
		return &list[len(list)-1]
	}
	psk, key := logs.Method{Kind: ike.AuthPSK}, logs.Method{Kind: ike.AuthSignature}
	e := one("06[IKE] <t|1> authentication of 'a' with pre-shared key successful\n06[CFG] <t|1> constraint requires EAP_MSCHAPV2, but EAP_NAK was used\n")
	if e.Used != psk || e.Required != (logs.Method{EAP: true, Name: "MSCHAPV2"}) {
		t.Errorf("%+v", e)
	}
	if e = one("06[CFG] <1> constraint requires public key authentication, but pre-shared key was used\n"); e.Used != psk || e.Required != key {
		t.Errorf("%+v", e)
	}
	if e = one("06[IKE] <1> found 1 matching config, but none allows RSA signature authentication using Main Mode\n"); e.Used != key {
		t.Errorf("%+v", e)
	}
	if e = one("06[CFG] <1> no issuer certificate found for \"CN=a\"\n06[CFG] <1>   issuer is \"C=CH, CN=Sub CA\"\n"); e.Certificate != "CN=a" || e.Issuer != "C=CH, CN=Sub CA" {
		t.Errorf("%+v", e)
	}
	if e = one("06[KNL] <1> received netlink error: Protocol not supported (93)\n06[IKE] <1> unable to install inbound IPsec SA (SAD) in kernel\n"); e.Errno != "Protocol not supported" || !e.Own {
		t.Errorf("%+v", e)
	}
	if e = one("06[CFG] <1> looking for peer configs matching 192.0.2.2[b]...192.0.2.1[a]\n06[CFG] <1> no matching peer config found\n"); e.Came.Value() != "a" || e.Local.Identity.Value() != "b" || e.Message.Size != 352 {
		t.Errorf("%+v", e)
	}
	if e = one("06[CFG] <1> constraint check failed: identity 'c' (ID_FQDN) required, not matched by 'a' (ID_FQDN)\n"); e.Came.Value() != "a" || e.Wanted.Value() != "c" {
		t.Errorf("%+v", e)
	}
}

// What charon tells besides reasons.
func TestCharonTold(t *testing.T) {
	bag := mustRead(t, `08[IKE] <t|1> initiating IKE_SA t[1] to 192.0.2.2
08[ENC] <t|1> generating IKE_SA_INIT request 0 [ SA KE No ]
08[NET] <t|1> sending packet: from 192.0.2.1[500] to 192.0.2.2[500] (464 bytes)
09[NET] <t|1> received packet: from 192.0.2.2[500] to 192.0.2.1[500] (36 bytes)
09[ENC] <t|1> parsed IKE_SA_INIT response 0 [ N(NO_PROP) ]
09[IKE] <t|1> received NO_PROPOSAL_CHOSEN notify error
10[IKE] <t|1> retransmit 2 of request with message ID 0
10[IKE] <t|1> giving up after 5 retransmits
11[IKE] <t|1> IKE_SA t[1] established between 192.0.2.1[a]...192.0.2.2[b]
11[IKE] <t|1> CHILD_SA net{1} established with SPIs c9e510a3_i cf127d15_o and TS 10.1.0.0/24 === 10.2.0.0/24
11[IKE] <t|1> redirected to 192.0.2.9
11[IKE] <t|1> destroying duplicate IKE_SA for peer 'b', received INITIAL_CONTACT
12[MGR] checkin IKEv2 SA t[1] with SPIs 840961b508fe60ec_i 19bfdf277910a358_r
`)
	want := []logs.Kind{logs.Started, logs.Sent, logs.Received, logs.PeerError, logs.Resent, logs.GaveUp, logs.Up, logs.ChildUp, logs.Redirected, logs.Deleted}
	if len(bag.Events) != len(want) {
		t.Fatalf("%d events: %+v", len(bag.Events), bag.Events)
	}
	for i, k := range want {
		if e := bag.Events[i]; e.Kind != k || e.Group.ID != 1 || e.SPIs[0].String() != "840961b508fe60ec" {
			t.Errorf("event %d: %+v, want %v", i, e, k)
		}
	}
	if e := bag.Events[1]; e.Message != (logs.Message{Size: 464, Exchange: 34, Version: ike.V2}) || e.Remote.Addr.String() != "192.0.2.2:500" {
		t.Errorf("%+v", e)
	}
	if e := bag.Events[3]; !e.Notify.Is(ike.NoProposalChosen) || e.Message.Size != 36 || !e.Message.Response {
		t.Errorf("%+v", e)
	}
	if e := bag.Events[7]; len(e.Children) != 2 || e.Children[0] != 0xc9e510a3 || e.Agreed == nil || fmt.Sprint(e.Agreed.Local, e.Agreed.Remote) != "10.1.0.0/24 10.2.0.0/24" {
		t.Errorf("%+v", e)
	}
}

// What a message deletes is said before it is made, and after it came.
func TestCharonDeletes(t *testing.T) {
	bag := mustRead(t, `05[IKE] <t|1> sending DELETE for ESP CHILD_SA with SPI c9e510a3
05[ENC] <t|1> generating INFORMATIONAL request 7 [ D ]
05[NET] <t|1> sending packet: from 192.0.2.1[500] to 192.0.2.2[500] (80 bytes)
06[IKE] <t|1> sending DELETE for IKE_SA t[1]
06[ENC] <t|1> generating IKE_AUTH request 8 [ IDi ]
07[NET] <t|1> received packet: from 192.0.2.2[500] to 192.0.2.1[500] (80 bytes)
07[ENC] <t|1> parsed INFORMATIONAL_V1 request 3405691582 [ HASH D ]
07[IKE] <t|1> received DELETE for IKE_SA t[1]
`)
	var got []string
	for _, e := range bag.Events {
		if e.Kind == logs.Deleted {
			got = append(got, fmt.Sprint(e.Line, e.Message.Exchange, e.Message.ID, len(e.Children)))
		}
	}
	if want := []string{"1 37 7 1", "8 5 3405691582 0"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}

// The IKE SA that the peer begins with CREATE_CHILD_SA is not that of the line, which this side may have begun.
func TestCharonRekeyedByPeer(t *testing.T) {
	const parsed = "14[ENC] <t|1> parsed CREATE_CHILD_SA request 0 [ SA No KE ]\n"
	for _, e := range mustRead(t, "14[NET] <t|1> received packet: from 192.0.2.2[4500] to 192.0.2.1[4500] (240 bytes)\n"+parsed+
		"14[IKE] <t|1> 192.0.2.2 is initiating an IKE_SA\n").Events {
		if e.Role != ike.NoSide {
			t.Errorf("%+v", e)
		}
	}
}

// An error that came alone where more was expected is told by the list of payloads only.
func TestCharonErrorAlone(t *testing.T) {
	events := mustRead(t, `Nov 26 07:37:52 08[ENC] <t|1> generating IKE_AUTH request 1 [ IDi IDr AUTH SA TSi TSr ]
Nov 26 07:37:52 11[NET] <t|1> received packet: from 192.0.2.2[4500] to 192.0.2.1[4500] (76 bytes)
Nov 26 07:37:52 11[ENC] <t|1> parsed IKE_AUTH response 1 [ N(NO_PROP) ]
Nov 26 07:37:52 11[IKE] <t|1> IDr payload missing
Nov 26 07:37:52 11[ENC] <t|1> generating INFORMATIONAL request 2 [ N(AUTH_FAILED) ]
`).Events
	if n := len(events); n != 4 || events[2].Kind != logs.PeerError || !events[2].Notify.Is(ike.NoProposalChosen) || events[2].Line != 3 || events[2].Message.ID != 1 {
		t.Errorf("%+v", events)
	}
}

// The thread, the group and the IKE SA stand before a message, or some of them, or none; the newest line may be the first. What the lines say is the same.
func TestCharonForms(t *testing.T) {
	const log = `Nov 25 10:43:06 15[NET] <1> received packet: from 192.0.2.1[500] to 192.0.2.2[500] (464 bytes)
Nov 25 10:43:06 15[ENC] <1> parsed IKE_SA_INIT request 0 [ SA KE No N(NATD_S_IP) N(NATD_D_IP) ]
Nov 25 10:43:06 15[IKE] <1> 192.0.2.1 is initiating an IKE_SA
Nov 25 10:43:06 15[CFG] <1> received proposals: IKE:AES_CBC_128/HMAC_SHA1_96/PRF_HMAC_SHA1/MODP_1024
Nov 25 10:43:06 15[CFG] <1> configured proposals: IKE:AES_CBC_256/HMAC_SHA2_256_128/PRF_HMAC_SHA2_256/MODP_2048
Nov 25 10:43:06 15[IKE] <1> received proposals unacceptable
Nov 25 10:43:06 15[ENC] <1> generating IKE_SA_INIT response 0 [ N(NO_PROP) ]
Nov 25 10:43:06 15[NET] <1> sending packet: from 192.0.2.2[500] to 192.0.2.1[500] (36 bytes)
`
	facts := func(text string) (list []string) {
		for _, e := range mustRead(t, text).Events {
			s := e.Kind.String() + " " + e.Reason.String() + " " + e.Remote.Addr.String()
			if e.Message.Size > 0 {
				s += " " + strconv.Itoa(e.Message.Size)
			}
			if e.Configured != nil {
				s += " " + e.Configured.Words[0]
			}
			list = append(list, s)
		}
		return list
	}
	want := facts(log)
	if len(want) != 5 {
		t.Fatalf("%q", want)
	}
	replace := func(from, to string) string { return regexp.MustCompile("(?m)"+from).ReplaceAllString(log, to) }
	for name, text := range map[string]string{
		"no tags":           replace(` <1> `, " "),
		"journal":           replace(`15\[...\] <1> `, "gwb charon-systemd[1058]: "),
		"NetworkManager":    replace(`15\[(...)\] <1> `, "gwb charon-nm[1058]: 15[$1] "),
		"swanctl":           replace(`^.*15(\[...\]) <1> `, "$1 "),
		"ipsec up":          replace(`^.*15\[...\] <1> `, ""),
		"HTML":              replace(`<1>`, "&lt;1&gt;"),
		"newest line first": reverseLines(log),
		"table":             reverseLines(replace(`^Nov 25 (.{8}) (.*)$`, "2026-11-25T$1\tInformational\tcharon\t$2\t")),
		"RFC 3339":          replace(`^Nov 25 (.{8}) `, "2026-11-25T$1.740050+05:30 gwb charon: "),
	} {
		if got := facts(text); !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
}

// Clients behind a NAT have one address. Without tags their ports tell whose a message is, and of a duplicate its identity.
func TestCharonClientsBehindNAT(t *testing.T) {
	const init = "received packet: from 192.0.2.1[%s] to 192.0.2.2[500] (464 bytes)\nparsed IKE_SA_INIT request 0 [ SA KE No ]\n" +
		"generating IKE_SA_INIT response 0 [ %s ]\nsending packet: from 192.0.2.2[500] to 192.0.2.1[%[1]s] (472 bytes)\n"
	const auth = "received packet: from 192.0.2.1[%s] to 192.0.2.2[4500] (320 bytes)\nparsed IKE_AUTH request 1 [ IDi AUTH SA TSi TSr ]\n"
	const up = "IKE_SA t[%d] established between 192.0.2.2[b.example]...192.0.2.1[%s]\n"
	log := fmt.Sprintf(init, "11", "N(NO_PROP)") + fmt.Sprintf(init, "500", "SA KE No") + fmt.Sprintf(init, "24", "SA KE No") +
		fmt.Sprintf(auth, "4500") + fmt.Sprintf(up, 2, "a.example") +
		fmt.Sprintf(auth, "33966") + "destroying duplicate IKE_SA for peer 'a.example', received INITIAL_CONTACT\n" + fmt.Sprintf(up, 3, "a.example") +
		"received packet: from 192.0.2.1[4500] to 192.0.2.2[4500] (80 bytes)\nparsed INFORMATIONAL request 2 [ ]\n" +
		fmt.Sprintf(init, "500", "SA KE No") + fmt.Sprintf(auth, "4500")
	var got []string
	for _, e := range mustRead(t, everyLine(log, func(l string) string { return "[IKE] " + l })).Events {
		if e.Kind != logs.Sent {
			got = append(got, fmt.Sprintf("%d %v", -e.Group.ID, e.Kind))
		}
	}
	want := []string{"2 received", "3 received", "4 received", "3 received", "3 up", "4 received", "3 deleted", "4 up", "3 received", "5 received", "5 received"}
	if !slices.Equal(got, want) {
		t.Errorf("got %q", got)
	}
}

// Where the line about the packet was cut, the message that is told of next is the one that a reason is about.
func TestCharonCutLines(t *testing.T) {
	events := mustRead(t, `Nov 26 09:01:38 13[NET] <t|1> received packet: from 192.0.2.1[500] to 192.0.2.2[500] (92 bytes)
Nov 26 09:01:38 13[ENC] <t|1> parsed ID_PROT request 0 [ ID HASH N(INITIAL_CONTACT
Nov 26 09:01:38 10[NET] <t|1> received packet: from 192.0.2.1[500] to 192.0.2.2[
Nov 26 09:01:38 10[ENC] <t|1> parsed QUICK_MODE request 2590013288 [ HASH SA No 
Nov 26 09:01:38 10[IKE] <t|1> no matching proposal found, sending NO_PROPOSAL_CH
`).Events
	const quickMode = 32
	if e := events[len(events)-1]; e.Reason != logs.NoProposal || e.Message.Exchange != quickMode || e.Message.ID != 2590013288 {
		t.Errorf("%+v", e)
	}
}

// The data of NAT detection hashes tells which IKE SA a log is about; where one starts anew with other SPIs, each part has its own.
func TestCharonSPIs(t *testing.T) {
	natd := func(id, spis string) string {
		return "Nov 27 07:24:22 07[IKE] <t|" + id + "> natd_chunk => 22 bytes @ 0x5c035a10\n" +
			"Nov 27 07:24:22 07[IKE] <t|" + id + ">    0: " + spis + "  ................\n" +
			"Nov 27 07:24:22 07[IKE] <t|" + id + ">   16: C0 00 02 01 01 F4                                ......\n"
	}
	const refused = "Nov 27 07:24:23 08[IKE] <t|1> received AUTHENTICATION_FAILED notify error\n"
	log := "Nov 27 07:24:22 07[IKE] <t|1> initiating IKE_SA t[1] to 192.0.2.2\n" +
		natd("1", "DE 1F C0 FC BD 22 16 09 00 00 00 00 00 00 00 00") + natd("1", "DE 1F C0 FC BD 22 16 09 A2 33 FA D1 C3 10 84 21") + refused +
		natd("1", "11 1F C0 FC BD 22 16 09 00 00 00 00 00 00 00 00") + refused
	b, err := Read("gwa.log", []byte(log))
	if err != nil {
		t.Fatal(err)
	}
	if len(b.Events) != 3 {
		t.Fatalf("%d events", len(b.Events))
	}
	for i, want := range []string{"de1fc0fcbd221609 a233fad1c3108421", "de1fc0fcbd221609 a233fad1c3108421", "111fc0fcbd221609 0000000000000000"} {
		if got := fmt.Sprintf("%x %x", b.Events[i].SPIs[0][:], b.Events[i].SPIs[1][:]); got != want {
			t.Errorf("event %d: %s, want %s", i, got, want)
		}
	}
}
