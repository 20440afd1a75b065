package source

import (
	"net/netip"
	"os"
	"reflect"
	"slices"
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
		"no matching peer config found":                                                       logs.NoPeer,
		"no matching CHILD_SA config found for 10.1.0.0/24 === 10.2.0.0/24":                   logs.NoTraffic,
		"traffic selectors 10.2.0.0/24 === 10.1.0.0/24 unacceptable":                          logs.NoTraffic,
		"received proposals unacceptable":                                                     logs.NoProposal,
		"no proposal found":                                                                   logs.NoProposal,
		"no matching proposal found, sending NO_PROPOSAL_CHOSEN":                              logs.NoProposal,
		"DH group MODP_1024 unacceptable, requesting MODP_2048":                               logs.GroupRefused,
		"tried 1 shared key for 'gwb.example.org' - 'gwa.example.org', but MAC mismatched":    logs.PSKMismatch,
		"tried 2 shared keys for 'gwb.example.org' - 'gwa.example.org', but MAC mismatched":   logs.PSKMismatch,
		"no shared key found for 'gwb.example.org' - 'gwa.example.org'":                       logs.PSKMissing,
		"IDir 'gwb.example.org' does not match to 'other.example.org'":                        logs.IdentityMismatch,
		"IDr 'gwb.example.org' does not match to 'other.example.org'":                         logs.IdentityMismatch,
		"invalid HASH_V1 payload length, decryption failed?":                                  logs.Unreadable,
		"invalid HASH_I received":                                                             logs.InvalidHash,
		"Aggressive Mode PSK disabled for security reasons":                                   logs.AggressiveRefused,
		"constraint requires public key authentication, but pre-shared key was used":          logs.AuthMethod,
		"constraint check failed: identity 'gwa.example.org' required":                        logs.Constraint,
		"no trusted RSA public key found for 'gwb.example.org'":                               logs.NoTrustedKey,
		"no issuer certificate found for \"C=CH, O=Lab, CN=gwb.example.org\"":                 logs.NoIssuer,
		"subject certificate invalid (valid from Jan 01 00:00:00 2020 to Jan 01 00:00:00 21)": logs.InvalidCertificate,
		"issuer certificate invalid (valid from Jan 01 00:00:00 2020 to Jan 01 00:00:00 21)":  logs.InvalidCertificate,
		"certificate was revoked on Jan 01 00:00:00 UTC 2026, reason: key compromise":         logs.RevokedCertificate,
		"signature validation failed, looking for another key":                                logs.InvalidSignature,
		"no private key found for 'gwa.example.org'":                                          logs.NoPrivateKey,
		"no EAP key found for hosts 'gwb.example.org' - 'alice'":                              logs.NoUserKey,
		"no XAuth secret found for 'gwb.example.org' - 'alice'":                               logs.NoUserKey,
		"XAuth authentication of 'alice' (myself) failed":                                     logs.UserRefused,
		"EAP-MS-CHAPv2 failed with error ERROR_AUTHENTICATION_FAILURE: '(null)'":              logs.UserRefused,
		"EAP-MS-CHAPv2 verification failed, retry (1)":                                        logs.UserRefused,
		"EAP_MSCHAPV2 method failed":                                                          logs.UserRefused,
		"no acceptable ENCRYPTION_ALGORITHM found":                                            logs.NoReason, // also before a match
		"IKE_SA t[1] established between 192.0.2.1[a]...192.0.2.2[b]":                         logs.NoReason,
		"candidate \"net\" with prio 5+5":                                                     logs.NoReason,
		"peer requested EAP, config unacceptable, no matching peer config found":              logs.NoReason, // stems are at the front
	} {
		bag := &secret.Bag{}
		b, err := Read("x.log", []byte("Nov 23 08:38:57 16[IKE] <1> "+text+"\n"))
		if err == nil {
			bag = b
		}
		got := logs.NoReason
		if len(bag.Events) == 1 && bag.Events[0].Kind == logs.Refused && bag.Events[0].Text == text {
			got = bag.Events[0].Reason
		}
		if got != want {
			t.Errorf("%q: %v, want %v", text, got, want)
		}
	}
}

// Each start of charon is a run of its own: its numbers of threads and of IKE SAs are others, and what a thread was saying is over.
func TestCharonRestart(t *testing.T) {
	const session = "Nov 23 08:38:57 16[NET] <1> received packet: from 192.0.2.1[500] to 192.0.2.2[500] (176 bytes)\n" +
		"Nov 23 08:38:57 16[ENC] <1> parsed ID_PROT request 0 [ SA V V V V V ]\n" +
		"Nov 23 08:38:57 16[CFG] <1> received proposals: IKE:AES_CBC_128/HMAC_SHA1_96/PRF_HMAC_SHA1/MODP_1024\n"
	const refused = "Nov 23 08:38:58 16[IKE] <1> no proposal found\n"
	const start = "Nov 23 09:00:00 00[DMN] Starting IKE charon daemon (strongSwan 5.9.13, Linux 6.1.0, x86_64)\n"
	const configured = "Nov 23 09:00:01 16[CFG] <1> configured proposals: IKE:AES_CBC_256/HMAC_SHA2_256_128/PRF_HMAC_SHA2_256/MODP_2048\n"
	bag := mustRead(t, session+refused+session+start+configured+refused)
	if len(bag.Events) != 2 {
		t.Fatalf("%+v", bag.Events)
	}
	first, second := bag.Events[0], bag.Events[1]
	want := logs.Message{Size: 176, Exchange: 2, Version: ike.V1}
	if first.Run != 0 || first.Message != want || first.Remote.Addr.String() != "192.0.2.1:500" || first.Local.Addr.String() != "192.0.2.2:500" {
		t.Errorf("before the restart: %+v", first)
	}
	if second.Run != 1 || second.Message != (logs.Message{}) || second.Remote.Addr.IsValid() || second.Group.ID != 1 {
		t.Errorf("after the restart: %+v", second)
	}
}

// A thread goes over to another IKE SA: the message was not for that.
func TestCharonMessage(t *testing.T) {
	bag := mustRead(t, "16[NET] <2> received packet: from 2001:db8::1[4500] to 2001:db8::2[4500] (220 bytes)\n"+
		"16[ENC] <2> parsed IKE_AUTH request 1 [ IDi AUTH SA TSi TSr ]\n"+
		"16[IKE] <t|2> tried 1 shared key for 'gwb.example.org' - 'gwa.example.org', but MAC mismatched\n"+
		"16[IKE] <3> no proposal found\n")
	if len(bag.Events) != 2 {
		t.Fatalf("%+v", bag.Events)
	}
	e := bag.Events[0]
	if e.Message != (logs.Message{Size: 220, Exchange: 35, Version: ike.V2, ID: 1}) || e.Remote.Addr.String() != "[2001:db8::1]:4500" || e.Group != (logs.Group{ID: 2, Name: "t"}) {
		t.Errorf("%+v", e)
	}
	if e.Local.Identity.Value() != "gwb.example.org" || e.Remote.Identity.Value() != "gwa.example.org" || !e.Time.IsZero() {
		t.Errorf("%+v", e)
	}
	if e = bag.Events[1]; e.Message.Size != 0 || e.Remote.Addr.IsValid() {
		t.Errorf("of another IKE SA: %+v", e)
	}
}

// A log without keys serves, too, and stays within bounds.
func TestCharonEventsAlone(t *testing.T) {
	line := "Nov 23 08:38:57 16[IKE] <1> no proposal found\n"
	bag, err := Read("x.log", []byte(strings.Repeat(line, maxEvents+50)))
	if err != nil {
		t.Fatal(err)
	}
	if len(bag.Events) != maxEvents || len(bag.Formats) != 1 || len(bag.Warnings) != 1 {
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
		"CURVE_448": "KE Curve448", "KE1_ML_KEM_768": "ADDKE1 ML-KEM-768", "NO_EXT_SEQ": "ESN no", "EXT_SEQ": "ESN yes",
	} {
		if got, ok := charonTransform(name); !ok || got.String() != want {
			t.Errorf("%s: %v, %v; want %s", name, got, ok, want)
		}
	}
	for _, name := range []string{"", "FOO", "AES_CBC_x", "HMAC_SHA1_96_128", "KE1_AES_CBC", "_128", "AES_CBC_99999"} {
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
