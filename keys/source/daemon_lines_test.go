package source

import (
	"slices"
	"strings"
	"testing"

	"github.com/ikedecode/ikedecode/decode/ike"
	"github.com/ikedecode/ikedecode/keys/logs"
)

func TestRacoonLines(t *testing.T) {
	testLines(t, logs.Racoon, "2026-11-25 10:00:00: INFO: begin Identity Protection mode.\n", []lineCase{
		{"2026-11-25 10:00:00: INFO: respond new phase 1 negotiation: 192.0.2.2[500]<=>192.0.2.1[500]", "started"},
		{"Nov 25 10:00:00 gw racoon: [192.0.2.1] ERROR: exchange Aggressive not allowed in any applicable rmconf.", "refused no connection"},
		{"2026-11-25 10:00:00: ERROR: couldn't find configuration.", "refused no connection"},
		{"2026-11-25 10:00:00: ERROR: couldn't find the pskey for 192.0.2.1.", "refused no pre-shared key"},
		{"2026-11-25 10:00:00: ERROR: rejected dh_group: DB(prop#1:trns#1):Peer(prop#1:trns#1) = 2048-bit MODP group:1024-bit MODP group", "refused no proposal"},
		{"2026-11-25 10:00:00: ERROR: rejected authmethod: DB(prop#1:trns#1):Peer(prop#1:trns#1) = pre-shared key:RSA signatures", "refused authentication method used=2 required=1"},
		{"2026-11-25 10:00:00: ERROR: no suitable proposal found.", "refused no proposal"},
		{"2026-11-25 10:00:00: ERROR: pfs group mismatched: my:14 peer:0", "refused PFS differs"},
		{"2026-11-25 10:00:00: ERROR: proposal.c:260:cmpsaprop_alloc(): pfs group mismatched: my:2 peer:0", "refused PFS differs"},
		{"Nov 25 10:00:00 gw racoon: ERROR: failed to get sainfo.", "refused no traffic selectors"},
		{"2026-11-25 10:00:00: ERROR: no policy found: 10.1.0.0/24[0] 10.2.0.0/24[0] proto=any dir=in", "refused no traffic selectors"},
		{"2026-11-25 10:00:00: WARNING: the length in the isakmp header is too big.", "refused not readable"},
		{"2026-11-25 10:00:00: ERROR: HASH mismatched", "refused invalid HASH"},
		{"2026-11-25 10:00:00: ERROR: sendfromto failed", "refused not sent own"},
		{"2026-11-25 10:00:00: ERROR: unable to get local issuer certificate(20) at depth:0 SubjectName:/CN=gwa", "refused no issuer"},
		{"2026-11-25 10:00:00: INFO: login failed for user \"alice\"", "refused user refused user=alice"},
		{"2026-11-25 10:00:00: ERROR: phase1 negotiation failed due to time up. 84222f276c2fa2e9:0000000000000000", "gave up"},
		{"2026-11-25 10:00:00: ERROR: notification NO-PROPOSAL-CHOSEN received in unencrypted informational exchange.", "peer error NO-PROPOSAL-CHOSEN"},
		{"2026-11-25 10:00:00: ERROR: fatal INVALID-ID-INFORMATION notify messsage, phase1 should be deleted.", "peer error INVALID-ID-INFORMATION"},
		{"2026-11-25 10:00:00: INFO: ISAKMP-SA established 192.0.2.2[500]-192.0.2.1[500] spi:84222f276c2fa2e9:93d8f26be5d8a1d2", "up"},
		{"2026-11-25 10:00:00: INFO: IPsec-SA established: ESP/Tunnel 192.0.2.1[500]->192.0.2.2[500] spi=4233547948(0xfc56d0ac)", "child up children=[0xfc56d0ac]"},
		{"2026-11-25 10:00:00: DEBUG: hmac(hmac_sha1)", ""},
		{"Nov 25 10:00:00 racoon: ERROR: failed to get sainfo.", "refused no traffic selectors"},
		{"Nov 25 10:00:00\tracoon: [Office]: [192.0.2.1] ERROR: failed to get sainfo.", "refused no traffic selectors"},
	})
}

func TestMikroTikLines(t *testing.T) {
	testLines(t, logs.MikroTik, "", []lineCase{
		{"10:00:00 ipsec,info respond new phase 1 (Identity Protection): 192.0.2.2[500]<=>192.0.2.1[500]", "started"},
		{"nov/23/2026 15:03:36 ipsec,error rejected hashtype: DB(prop#1:trns#1):Peer(prop#1:trns#1) = SHA:MD5", "refused no proposal"},
		{"nov/23 15:03:36 ipsec,error 192.0.2.1 failed to get valid proposal.", "refused no proposal"},
		{"2026-11-25 10:00:00 ipsec,error 192.0.2.1 parsing packet failed, possible cause: wrong password", "refused pre-shared key may differ"},
		{"Nov 25 10:00:00 router ipsec,error: no IKEv1 peer config for 192.0.2.1", "refused no connection"},
		{"10:00:00 ipsec,error identity not found for peer: FQDN: gwa.example.org", "refused no peer came=gwa.example.org"},
		{"10:00:00 ipsec,error identity not found for responder: ADDR4:192.0.2.2 peer: ADDR4:192.0.2.1", "refused no peer came=192.0.2.1"},
		{"10:00:00 ipsec,error initiator can't find identity for peer: office", "refused no peer own"},
		{"ipsec processing payload: TS_R\nipsec reply notify: TS_UNACCEPTABLE", "refused no traffic selectors"},
		{"10:00:00 ipsec,info new ike2 SA (R): t 192.0.2.2[500]-192.0.2.1[500] spi:93d8f26be5d8a1d2:84222f276c2fa2e9", "started"},
		{"10:00:00 ipsec,error got fatal error: AUTHENTICATION_FAILED", "peer error AUTHENTICATION_FAILED"},
		{"10:00:00 ipsec,error phase1 negotiation failed due to time up 192.0.2.2[500]<=>192.0.2.1[500] f2c30bba12d1b8a4:0000000000000000", "gave up"},
	})
	_, events := toldBy(t, "10:00:00 ipsec,info respond new phase 1 (Identity Protection): 192.0.2.2[500]<=>192.0.2.1[500]\n"+
		"10:00:00 ipsec,error 192.0.2.1 no suitable proposal found.\n")
	if e := events[1]; e.Remote.Addr.String() != "192.0.2.1:500" || e.Local.Addr.String() != "192.0.2.2:500" || e.Role != ike.Responder {
		t.Errorf("%+v", e)
	}
}

func TestIkedLines(t *testing.T) {
	const received = "spi=0x1d034ba18b0595f2: recv IKE_AUTH req 1 peer 192.0.2.1:4500 local 192.0.2.2:4500, 336 bytes, policy 't'\n"
	testLines(t, logs.Iked, received, []lineCase{
		{"spi=0x1d034ba18b0595f2: ikev2_resp_recv: no proposal chosen", "refused no proposal"},
		{"spi=0x1d034ba18b0595f2: ikev2_ike_auth_recv: unexpected auth method RSA_SIG, was expecting SHARED_KEY_MIC", "refused authentication method used=2 required=1"},
		{"spi=0x1d034ba18b0595f2: ikev2_ike_auth_recv: ikev2_msg_authverify failed", "refused pre-shared key differs"},
		{"ikev2_msg_authverify: method RSA_SIG keylen 32 type X509_CERT\nikev2_msg_authverify: authentication failed", "refused invalid signature used=2 required=0"},
		{"ikev2_msg_auth: no pre-shared key found", "refused no pre-shared key"},
		{"spi=0x1d034ba18b0595f2: ikev2_ike_auth_recv: No matching Policy found, terminating SA.", "refused no peer"},
		{"ca_validate_cert: /CN=gwa unable to get local issuer certificate", "refused no issuer"},
		{"pfkey_sa: unsupported integrity algorithm HMAC_SHA2_256_128", "refused kernel refused own errno=unsupported integrity algorithm HMAC_SHA2_256_128"},
		{"ikev2_msg_decrypt: integrity check failed", "refused not readable"},
		{"spi=0x1d034ba18b0595f2: ikev2_handle_notifies: TS_UNACCEPTABLE", "peer error TS_UNACCEPTABLE"},
		{"spi=0x1d034ba18b0595f2: established peer 192.0.2.1:4500[FQDN/gwa.example.org] local 192.0.2.2:4500[FQDN/gwb.example.org] policy 't' as responder", "up"},
		{"spi=0x1d034ba18b0595f2: ikev2_childsa_enable: loaded SPIs: 0xc12159b6, 0xdf9cf623 (enc aes-128 auth hmac-sha1)", "child up children=[0xc12159b6 0xdf9cf623]"},
		{"ikev2_pld_payloads: payload NOTIFY nextpayload NONE critical 0x00 length 8", "received"},
	})
	_, events := toldBy(t, received+"ikev2_recv: ispi 0x1d034ba18b0595f2 rspi 0xbf9e2a2f95ae9f83\nikev2_pld_id: id FQDN/gwa.example.org length 19\npfkey_sa: no reply from PF_KEY\n")
	e := events[len(events)-1]
	if e.SPIs[0].IsZero() || e.SPIs[1].IsZero() || e.Message.Size != 336 || e.Message.ID != 1 || e.Message.Exchange != 35 || e.Remote.Identity.Value() != "gwa.example.org" {
		t.Errorf("%+v", e)
	}
}

// What a policy is set to take stands beside the proposals of which it chose none: of the IKE SA, and of a child.
func TestIkedOffers(t *testing.T) {
	const log = `ikev2 "t" passive tunnel esp inet from 10.2.0.0/24 to 10.1.0.0/24 local 192.0.2.2 peer 192.0.2.1 ikesa enc aes-256-gcm prf hmac-sha2-384 group ecp384 ` +
		`ikesa enc aes-256 enc aes-128 prf hmac-sha2-256 auth hmac-sha2-256 group curve25519 group brainpool256 childsa enc aes-128 auth hmac-sha1 group none noesn ` +
		`srcid gwb.example.org dstid gwa.example.org lifetime 10800 bytes 4294967296 psk 0x00
spi=0x3c823f3741352c48: recv IKE_SA_INIT req 0 peer 192.0.2.1:500 local 192.0.2.2:500, 464 bytes, policy 't'
ikev2_sa_responder: no proposal chosen
spi=0x3c823f3741352c48: ikev2_log_proposal: IKE #1 ENCR=AES_CBC-128
spi=0x3c823f3741352c48: ikev2_log_proposal: IKE #1 INTEGR=HMAC_SHA2_256_128
spi=0x3c823f3741352c48: ikev2_log_proposal: IKE #1 PRF=HMAC_SHA2_256
spi=0x3c823f3741352c48: ikev2_log_proposal: IKE #1 DH=MODP_2048
spi=0x3c823f3741352c48: ikev2_log_proposal: IKE #2 ENCR=AES_GCM_16-256
spi=0x3c823f3741352c48: ikev2_add_error: NO_PROPOSAL_CHOSEN
spi=0x3c823f3741352c48: recv IKE_AUTH req 1 peer 192.0.2.1:4500 local 192.0.2.2:4500, 300 bytes, policy 't'
ikev2_sa_responder: no proposal chosen
spi=0x3c823f3741352c48: ikev2_log_proposal: ESP #1 ENCR=AES_CBC-256
spi=0x3c823f3741352c48: ikev2_log_proposal: ESP #1 INTEGR=HMAC_SHA2_512_256
spi=0x3c823f3741352c48: ikev2_log_proposal: ESP #1 ESN=NONE
spi=0x3c823f3741352c48: ikev2_add_error: NO_PROPOSAL_CHOSEN
`
	_, events := toldBy(t, log)
	var offers []*logs.Event
	for i := range events {
		if events[i].Kind == logs.Offers {
			offers = append(offers, &events[i])
		}
	}
	if len(offers) != 2 {
		t.Fatalf("%d events with proposals, want 2", len(offers))
	}
	phase1, child := offers[0], offers[1]
	if c := phase1.Configured; phase1.Line != 1 || len(c.Proposals) != 2 || c.Words[0] != "ikesa enc aes-256-gcm prf hmac-sha2-384 group ecp384" ||
		len(c.Proposals[0].Suites[0].Transforms) != 3 || len(c.Proposals[1].Suites[0].Transforms) != 6 || c.Proposals[1].Suites[0].Transforms[1].Bits != 128 {
		t.Errorf("configured: %+v", c)
	}
	if r := phase1.Received; len(r.Proposals) != 2 || len(r.Proposals[0].Suites[0].Transforms) != 4 || r.Words[1] != "IKE #2 ENCR=AES_GCM_16-256" {
		t.Errorf("received: %+v", r)
	}
	if c, r := child.Configured, child.Received; len(c.Proposals) != 1 || len(c.Proposals[0].Suites[0].Transforms) != 3 || c.Proposals[0].Protocol != ike.ESP ||
		len(r.Proposals[0].Suites[0].Transforms) != 3 || r.Proposals[0].Suites[0].Transforms[2].ID != 0 {
		t.Errorf("child: %+v, %+v", c, r)
	}
	// Of several policies that of the message counts.
	const other = `ikev2 "u" passive tunnel esp inet from 10.4.0.0/24 to 10.3.0.0/24 local 192.0.2.2 peer 192.0.2.9 ikesa enc 3des prf hmac-sha1 auth hmac-sha1 group modp1024 ` +
		"childsa enc aes-128 auth hmac-sha1 group none noesn lifetime 10800 bytes 4294967296 psk 0x00\n"
	if _, events := toldBy(t, other+log); !slices.ContainsFunc(events, func(e logs.Event) bool {
		return e.Kind == logs.Offers && e.Line == 2 && e.Configured.Words[0] == phase1.Configured.Words[0]
	}) {
		t.Error("of two policies that of the message was not compared")
	}
	// Of an algorithm that is not known, nothing is told.
	if _, events := toldBy(t, strings.Replace(log, "hmac-sha2-384", "hmac-sha9", 1)); slices.ContainsFunc(events, func(e logs.Event) bool {
		return e.Kind == logs.Offers && e.Received.Proposals[0].Protocol == ike.IKE
	}) {
		t.Error("a policy that is not understood was compared")
	}
}

func TestVPNCLines(t *testing.T) {
	const front = "vpnc version 0.5.3\nS4.4 AM_packet2\n [2026-11-25 21:25:17]\n receiving: <========================\n"
	testLines(t, logs.VPNC, front, []lineCase{
		{"   n.type: 000e (ISAKMP_N_NO_PROPOSAL_CHOSEN)", "peer error NO-PROPOSAL-CHOSEN"},
		{"/usr/sbin/vpnc: hash comparison failed:  (ISAKMP_N_AUTHENTICATION_FAILED)(24)", "refused pre-shared key differs"},
		{"vpnc: authentication unsuccessful", "refused user refused"},
		{"vpnc: no response from target", "gave up"},
		{"vpnc: quick mode response rejected:  (ISAKMP_N_NO_PROPOSAL_CHOSEN)(14)", "peer error NO-PROPOSAL-CHOSEN"},
		{"vpnc: response was invalid [1]:  (ISAKMP_N_INVALID_EXCHANGE_TYPE)(7)", ""},
	})
	got, events := toldBy(t, front+"   i_cookie: c6b35285 40aedce4\n   r_cookie: c3ee5f93 a4f38f08\n   exchange_type: 05 (ISAKMP_EXCHANGE_INFORMATIONAL)\n   message_id: 4c442a54\n   len: 00000038\n")
	if !slices.Equal(got, []string{"received"}) {
		t.Fatalf("got %q", got)
	}
	if e := events[0]; e.Time.IsZero() || e.Role != ike.Initiator || e.Message.Size != 56 || e.Message.ID != 0x4c442a54 || e.SPIs[1].IsZero() {
		t.Errorf("%+v", e)
	}
}

func TestIsakmpdLines(t *testing.T) {
	testLines(t, logs.Isakmpd, "Nov 25 10:00:00 gw isakmpd[123]: starting [priv]\n", []lineCase{
		{"101112.123456 Default message_negotiate_sa: no compatible proposal found", "refused no proposal"},
		{"Nov 25 10:00:00 gw isakmpd[123]: dropped message from 192.0.2.1 port 500 due to notification type NO_PROPOSAL_CHOSEN", "refused no proposal"},
		{"101112.123456 Default responder_recv_HASH_SA_NONCE: peer proposed invalid phase 2 IDs: initiator id 10.1.0.0/255.255.255.0", "refused no traffic selectors"},
		{"101112.123456 Default ike_phase_1_recv_ID: received remote ID other than expected gwa.example.org", "refused identity differs wanted=gwa.example.org"},
		{"101112.123456 Default dropped message from 192.0.2.1 port 500 due to notification type INVALID_PAYLOAD_TYPE", "refused not readable"},
		{"101112.123456 Default transport_send_messages: giving up on exchange peer-192.0.2.1, no response from peer 192.0.2.1:500", "gave up"},
	})
}

// fortiRecord begins a record of a FortiGate's event log.
const fortiRecord = `date=2026-11-25 time=10:00:00 tz="+0100" logid="0101037124" type="event" subtype="vpn" level="error" msg="IPsec phase 1 error" ` +
	`remip=192.0.2.1 locip=192.0.2.2 remport=500 locport=4500 cookies="d1ae31d584881057/2df52bfbf2f4581e" role="responder" vpntunnel="to-hq" `

// A record has the hosts, the SPIs and its time in fields.
func TestFortiGateRecord(t *testing.T) {
	_, events := toldBy(t, fortiRecord+`status="negotiate_error" reason="invalid certificate"`+"\n")
	e := events[0]
	if e.Remote.Addr.String() != "192.0.2.1:500" || e.Local.Addr.String() != "192.0.2.2:4500" || e.SPIs[1].IsZero() || e.Role != ike.Responder ||
		e.Group.Name != "to-hq" || !e.Time.Dated || !e.Time.Zoned || e.Text != "IPsec phase 1 error: invalid certificate" {
		t.Errorf("%+v", e)
	}
	for _, broken := range []string{`subtype="vpn" date= time= msg="IPsec phase`, `subtype="vpn" msg="IPsec" date=9 time=9 = = "=" in_spi=`} {
		if got, _ := toldBy(t, fortiRecord+"\n"+broken+"\n"); len(got) > 0 {
			t.Errorf("%s: %q", broken, got)
		}
	}
}

func TestFortiGateLines(t *testing.T) {
	testLines(t, logs.FortiGate, "", []lineCase{
		{"ike 0: IKEv2 exchange=SA_INIT id=d1ae31d584881057/0000000000000000 len=464", "received"},
		{"2026-11-25 10:00:00.123456 ike V=root:0:to-hq:12: sent IKE msg (SA_INIT_RESPONSE): 192.0.2.2:500->192.0.2.1:500, len=432, vrf=0, id=d1ae31d584881057/2df52bfbf2f4581e", "sent"},
		{"ike 0:to-hq:12: probable pre-shared secret mismatch", "refused pre-shared key may differ"},
		{"ike 0:to-hq:12: PSK auth failed: probable pre-shared key mismatch", "refused pre-shared key differs"},
		{"ike 0:d1ae31d584881057/0000000000000000:12: no SA proposal chosen", "refused no proposal"},
		{"ike Negotiate ISAKMP SA Error: ike 0:d1ae31d584881057/0000000000000000:12: no SA proposal chosen", "refused no proposal"},
		{"ike 0: no matching gateway for new request 192.0.2.1->192.0.2.2:500", "refused no connection"},
		{"ike 0:to-hq:12:to-hq:34: specified selectors mismatch", "refused no traffic selectors"},
		{"ike 0:to-hq:12: notify msg received: NO-PROPOSAL-CHOSEN", "peer error NO_PROPOSAL_CHOSEN"},
		{"ike 0:to-hq:12:to-hq:34: added IPsec SA: SPIs=c0077ff1/c203f085", "child up children=[0xc0077ff1 0xc203f085]"},
		{"ike 0:to-hq:12: established IKE SA d1ae31d584881057/2df52bfbf2f4581e", "up"},
		{"ike 0:to-hq:12: negotiation timeout, deleting", "gave up"},
		{"ike 0:to-hq:12: initiator: main mode is sending 1st message...", "started"},
		{fortiRecord + `action="negotiate" status="negotiate_error" reason="peer SA proposal not match local policy"`, "refused no proposal"},
		{fortiRecord + `action="negotiate" status="negotiate_error" reason="probable preshared key mismatch"`, "refused pre-shared key may differ"},
		{fortiRecord + `action="negotiate" status="negotiate_error" reason="peer notification" peer_notif="NO-PROPOSAL-CHOSEN"`, "peer error NO-PROPOSAL-CHOSEN"},
		{fortiRecord + `action="negotiate" status=negotiate_error error_reason=no matching gateway for new request peer_notif=N/A`, "refused no connection"},
		{fortiRecord + `action="install_sa" in_spi="c0077ff1" out_spi="c203f085"`, "child up children=[0xc0077ff1 0xc203f085]"},
		{fortiRecord + `action="negotiate" status="success" result="DONE"`, "up"},
		{fortiRecord + `action="dpd" status="dpd_failure"`, "gave up"},
		{fortiRecord + `action="negotiate" status="failure" reason="N/A"`, ""},
	})
	got, events := toldBy(t, strings.ReplaceAll(`comes 192.0.2.1:500->192.0.2.2:500,ifindex=3,vrf=0....
IKEv2 exchange=SA_INIT id=d1ae31d584881057/0000000000000000 len=464
incoming proposal:
proposal id = 1:
  protocol = IKEv2:
     encapsulation = IKEv2/none
        type=ENCR, val=AES_CBC (key_len = 256)
        type=INTEGR, val=AUTH_HMAC_SHA_2_256_128
        type=PRF, val=PRF_HMAC_SHA2_256
        type=DH_GROUP, val=MODP1024.
my proposal, gw to-hq:
proposal id = 1:
  protocol = IKEv2:
        type=ENCR, val=AES_CBC (key_len = 128)
        type=DH_GROUP, val=MODP2048.
no SA proposal chosen
peer proposal is: peer:0:10.1.0.0-10.1.0.255:0, me:0:10.2.0.0-10.2.0.255:0
no matching phase2 found`, "\n", "\nike 0: ")+"\n")
	want := []string{"received", "offers received=AES_CBC_256/AUTH_HMAC_SHA_2_256_128/PRF_HMAC_SHA2_256/MODP1024 configured=AES_CBC_128/MODP2048",
		"refused no proposal", "refused no traffic selectors asked=10.2.0.0/24=10.1.0.0/24"}
	_ = events
	if got = got[max(0, len(got)-4):]; !slices.Equal(got[1:], want[1:]) {
		t.Errorf("got %q", got)
	}
}

func TestCiscoLines(t *testing.T) {
	testLines(t, logs.Cisco, "ISAKMP:(0): processing SA payload. message ID = 0\n", []lineCase{
		{"*Nov 25 10:00:00.003: ISAKMP:(0):Encryption algorithm offered does not match policy!", "refused no proposal"},
		{"000123: Nov 25 10:00:00.003 UTC: ISAKMP:(0):Preshared authentication offered but does not match policy!", "refused authentication method"},
		{"ISAKMP:(0):No pre-shared key with 192.0.2.1!", "refused no pre-shared key"},
		{"ISAKMP: reserved not zero on ID payload!", "refused pre-shared key may differ"},
		{"%CRYPTO-4-IKMP_BAD_MESSAGE: IKE message from 192.0.2.1 failed its sanity check or is malformed", "refused pre-shared key may differ"},
		{"ISAKMP:(1001): IPSec policy invalidated proposal with error 32", "refused no traffic selectors"},
		{"IPSEC(ipsec_process_proposal): transform proposal not supported for identity:", "refused no proposal"},
		{"ISAKMP:(1001):deleting SA reason \"Death by retransmission P1\" state (I) MM_KEY_EXCH (peer 192.0.2.2)", "gave up"},
		{"ISAKMP (0): received packet from 192.0.2.1 dport 500 sport 500 Global (N) NEW SA", "received"},
		{"ISAKMP:(0): sending packet to 192.0.2.1 my_port 500 peer_port 500 (R) MM_SA_SETUP", "sent"},
		{"[IKEv1]: Group = 192.0.2.1, IP = 192.0.2.1, All SA proposals found unacceptable", "refused no proposal"},
		{"%ASA-3-713061: Group = 192.0.2.1, IP = 192.0.2.1, Rejecting IPSec tunnel: no matching crypto map entry for remote proxy 10.1.0.0/255.255.255.0/0/0 local proxy 10.2.0.0/255.255.255.0/0/0 on interface outside",
			"refused no traffic selectors asked=10.2.0.0/24=10.1.0.0/24"},
		{"[IKEv1]: Group = x, IP = 192.0.2.1, ERROR, had problems decrypting packet, probably due to mismatched pre-shared key.  Aborting", "refused pre-shared key may differ"},
		{"IKEv2-ERROR:(SESSION ID = 1,SA ID = 1):: There was no IPSEC policy found for received TS", "refused no traffic selectors"},
		{"IKEv2-PROTO-1: (12): The peer's KE payload contained the wrong DH group", "refused group refused"},
		{"IKEv2:(SESSION ID = 1,SA ID = 1):Verification of peer's authentication data FAILED", "refused pre-shared key differs"},
		{"IKEv2:(SA ID = 1):Retransmitting packet", "resent"},
		{"<164>Nov 25 2026 10:00:00 asa1 : %ASA-3-713042: IKE Initiator unable to find policy: Intf inside, Src: 10.1.0.1, Dst: 10.2.0.1", "refused no traffic selectors own"},
		{"Nov 25 10:00:00 192.0.2.254 12: Nov 25 10:00:00.003: ISAKMP:(0):No pre-shared key with 192.0.2.1!", "refused no pre-shared key"},
	})
	got, events := toldBy(t, `*Nov 25 10:00:00.001: IKEv2:(SESSION ID = 1,SA ID = 1):Received Packet [From 192.0.2.1:500/To 192.0.2.2:500/VRF i0:f0]
Initiator SPI : 112124CC538AC351 - Responder SPI : 0000000000000000 Message id: 0
IKEv2 IKE_SA_INIT Exchange REQUEST
*Nov 25 10:00:00.003: IKEv2-ERROR:(SESSION ID = 1,SA ID = 1):: Received Policies:
Proposal 1: AES-GCM-128 SHA256 Don't use ESN DH_GROUP_2048_MODP/Group 14 DH_GROUP_521_ECP/Group 21
*Nov 25 10:00:00.003: IKEv2-ERROR:(SESSION ID = 1,SA ID = 1):: Expected Policies:
Proposal 1: AES-CBC-256 SHA512 SHA512 DH_GROUP_521_ECP/Group 21
*Nov 25 10:00:00.004: IKEv2-ERROR:(SESSION ID = 1,SA ID = 1):: Failed to find a matching policy
`)
	if len(got) != 3 || !strings.HasPrefix(got[1], "offers ") || got[2] != "refused no proposal" {
		t.Fatalf("got %q", got)
	}
	if e := events[2]; e.Remote.Addr.String() != "192.0.2.1:500" || e.SPIs[0].IsZero() || e.Role != ike.Responder {
		t.Errorf("%+v", e)
	}
	var names []string
	for _, a := range events[1].Configured.Proposals[0].Suites[0].Transforms {
		names = append(names, a.Name())
	}
	if want := []string{"AES-CBC-256", "HMAC-SHA2-512", "HMAC-SHA2-512-256", "ECP-521"}; !slices.Equal(names, want) {
		t.Errorf("configured: %q", names)
	}
}

func TestAppleRacoonLines(t *testing.T) {
	const front = "Nov 25 10:00:00 mac racoon[427]: "
	testLines(t, logs.Racoon, front+"IPSec connecting to server 192.0.2.2\n", []lineCase{
		{front + "IPSec Phase 1 started (Initiated by me).", "started"},
		{front + "IPSec Phase1 established (Initiated by me).", "up"},
		{front + "IKE Packet: transmit success. (Initiator, Main-Mode message 1).", ""},
		{front + "IKE Packet: transmit success. (Phase 1 Retransmit).", "resent"},
		{front + "IKEv1 Phase 1: maximum retransmits. (Phase 1 Maximum Retransmits).", "gave up"},
		{front + "IKEv1 Phase1 AUTH: failed. (Initiator, Aggressive-Mode Message 2).", "refused pre-shared key may differ"},
		{front + "IKEv1 XAUTH: failed. (XAUTH Status is not OK).", "peer error user refused"},
		{"11/25/26 10:00:00.123 PM racoon[427]: IPSec Phase 2 established (Initiated by me).", "child up"},
	})
	_, events := toldBy(t, front+"IPSec connecting to server 192.0.2.2\n"+front+"IPSec Phase1 started (Initiated by me).\n")
	if e := events[0]; e.Remote.Addr.Addr().String() != "192.0.2.2" || e.Role != ike.Initiator {
		t.Errorf("%+v", e)
	}
}

func TestAWSLines(t *testing.T) {
	for details, want := range map[string]string{
		"AWS tunnel detected a pre-shared key mismatch with cgw: cgw-0123456789abcdef0":              "refused pre-shared key differs",
		"AWS tunnel payload decryption was unsuccessful due to invalid Pre-shared Key":               "refused pre-shared key may differ",
		"No Proposal Match Found by AWS":                                                             "refused no proposal",
		`No Proposal Match Found. Notifying with \"No proposal chosen\"`:                             "refused no proposal",
		"AWS: Traffic Selector: TS_UNACCEPTABLE: received from responder":                            "peer error TS_UNACCEPTABLE",
		"AWS tunnel DPD timed out after 3 retransmits":                                               "gave up count=3",
		"AWS tunnel Timeout: deleting un-established Phase 1 IKE_SA with cgw: cgw-0123456789abcdef0": "gave up",
		"AWS tunnel received DELETE for IKE_SA from CGW":                                             "deleted",
		"AWS tunnel is sending request (id=12) for CREATE_CHILD_SA":                                  "",
	} {
		got, events := toldBy(t, `{"event_timestamp":1795600800,"details":"AWS tunnel is sending response (id=1) for IKE_AUTH","dpd_enabled":true}`+"\n"+
			`{"event_timestamp":1795600801,"details":"`+details+`","dpd_enabled":true,"ike_phase1_state":"down"}`+"\n")
		if strings.Join(got, ", ") != want || len(events) > 0 && events[0].Daemon != logs.AWS {
			t.Errorf("%s: %q", details, got)
		}
	}
}

func TestJuniperLines(t *testing.T) {
	const rest = " IKE Version: 2, VPN: v Gateway: g, Local: 192.0.2.2/500, Remote: 192.0.2.1/500, Local IKE-ID: Not-Available, Remote IKE-ID: gwa.example.org, VR-ID: 0, Role: Responder"
	testLines(t, logs.Junos, "", []lineCase{
		{"Nov 25 10:00:00 srx kmd[1234]: IKE negotiation failed with error: No proposal chosen." + rest, "refused no proposal"},
		{"Nov 25 10:00:00 srx kmd[1234]: IKE negotiation failed with error: TS unacceptable." + rest, "refused no traffic selectors"},
		{"Nov 25 10:00:00 srx kmd[1234]: IKE negotiation failed with error: IKE gateway configuration lookup failed during negotiation." + rest, "refused no connection"},
		{"Nov 25 10:00:00 srx kmd[1234]: IKE negotiation failed with error: Peer's IKE-ID validation failed during negotiation." + rest, "refused identity differs"},
		{"Nov 25 10:00:00 srx kmd[1234]: IKE negotiation failed with error: Timed out." + rest, "gave up"},
		{"[Nov 25 10:00:00][192.0.2.2 <-> 192.0.2.1]  IKE negotiation fail for local:192.0.2.2, remote:192.0.2.1 IKEv2 with status: Authentication failed", "refused pre-shared key may differ"},
		{"Nov 25 10:00:00 srx kmd[1234]: IKE Phase-2 Failure: IKE Phase-2: Phase-2 [responder] failed with error(No proposal chosen) for p1_local=ipv4(any:0,[0..3]=192.0.2.2) p1_remote=ipv4(any:0,[0..3]=192.0.2.1) p2_local=ipv4_subnet(any:0,[0..7]=10.2.0.0/24) p2_remote=ipv4_subnet(any:0,[0..7]=10.1.0.0/24)", "refused no proposal"},
		{"Nov 25 10:00:00 srx kmd[1234]: KMD_VPN_TS_MISMATCH: Traffic-selector mismatch, vpn name: v, peer proposed traffic-selector local-ip: ipv4(10.2.0.0-10.2.0.255), remote-ip: ipv4(10.1.0.0-10.1.0.255)",
			"refused no traffic selectors asked=10.2.0.0/24=10.1.0.0/24"},
	})
	testLines(t, logs.Junos, "", []lineCase{
		{"Nov 25 10:00:00  srx (FPC Slot 1, PIC Slot 0) SPC1_PIC0 kmd[1234]: IKE negotiation failed with error: No proposal chosen." + rest, "refused no proposal"},
		{"Nov 25 10:00:00 srx kmd[1234]: KMD_PM_SA_ESTABLISHED: Local gateway: 192.0.2.2, Remote gateway: 192.0.2.1, Local ID: ipv4_subnet(any:0,[0..7]=0.0.0.0/0), Remote ID: ipv4_subnet(any:0,[0..7]=0.0.0.0/0), Direction: inbound, SPI: 0x9cc87ce6, AUX-SPI: 0, Mode: Tunnel, Type: dynamic",
			"child up children=[0x9cc87ce6]"},
	})
	_, events := toldBy(t, "Nov 25 10:00:00 srx kmd[1234]: IKE negotiation failed with error: No proposal chosen."+rest+"\n")
	if e := events[0]; e.Remote.Addr.String() != "192.0.2.1:500" || e.Local.Addr.String() != "192.0.2.2:500" || e.Role != ike.Responder || e.Message.Version != ike.V2 {
		t.Errorf("%+v", e)
	}
}

func TestPANOSLines(t *testing.T) {
	const front = "2026-11-25 10:00:00.123 +0100  [PNTF]: {    1:     }: "
	testLines(t, logs.PANOS, front+"====> PHASE-1 NEGOTIATION STARTED AS RESPONDER, MAIN MODE <====\n", []lineCase{
		{"====> Initiated SA: 192.0.2.2[500]-192.0.2.1[500] cookie:84222f276c2fa2e9:0000000000000000 <====", "started"},
		{front + "IKE phase-1 negotiation is failed. no suitable proposal found in peer's SA payload.", "refused no proposal"},
		{front + "rejected enctype: DB(prop#1:trns#1):Peer(prop#1:trns#1) = AES-CBC:3DES-CBC", "refused no proposal"},
		{front + "IKE phase-1 negotiation is failed. Couldn't find configuration for IKE phase-1 request for peer IP 192.0.2.1[500]", "refused no connection"},
		{front + "IKE phase-1 negotiation is failed likely due to pre-shared key mismatch.", "refused pre-shared key may differ"},
		{front + "IKE phase-1 negotiation is failed. Peer's ID payload (type ipaddr [192.0.2.1]) does not match a configured IKE gateway.", "refused identity differs came=192.0.2.1"},
		{front + "IKE phase-2 negotiation failed when processing proxy ID. cannot find matching phase-2 tunnel for received proxy ID. received local id: 10.2.0.0/24 type IPv4_subnet protocol 0 port 0, received remote id: 10.1.0.0/24 type IPv4_subnet protocol 0 port 0.",
			"refused no traffic selectors asked=10.2.0.0/24=10.1.0.0/24"},
		{front + "[gw]: Configured encryption algorithm 'AES256-CBC' was not presented in the IKE proposal. Please ensure that matching proposals are configured on both sides.", "refused no proposal"},
		{"IKEv2 child SA negotiation is failed message lacks KE payload", "refused PFS differs"},
		{`<14>Nov 25 10:00:00 fw1 1,2026/11/25 10:00:00,0128,SYSTEM,vpn,0,2026/11/25 10:00:00,,ike-nego-p1-fail,gw,0,0,general,informational,"IKE phase-1 negotiation is failed. no suitable proposal found in peer's SA payload.",12,0x0,0,0`,
			"refused no proposal"},
		{front + "IKE protocol notification message received: NO-PROPOSAL-CHOSEN (14).", "peer error NO-PROPOSAL-CHOSEN"},
		{front + "IKE phase-1 negotiation is failed as initiator, main mode. Failed SA: 192.0.2.1[500]-192.0.2.2[500] cookie:84222f276c2fa2e9:0000000000000000. Due to timeout.", "gave up"},
	})
}

// Expired, not yet valid, revoked and not trusted are four faults, in the words of each daemon.
func TestCertificateLines(t *testing.T) {
	const expired, early, revoked, unknown, untrusted = "refused expired certificate", "refused certificate not yet valid", "refused revoked certificate", "refused no issuer",
		"refused untrusted issuer"
	testLines(t, logs.Racoon, "2026-11-25 10:00:00: INFO: begin Identity Protection mode.\n2026-11-25 10:00:01: ERROR: ", []lineCase{
		{"certificate has expired(10) at depth:0 SubjectName:/CN=gwa", expired}, {"certificate is not yet valid(9) at depth:0 SubjectName:/CN=gwa", early},
		{"certificate revoked(23) at depth:0 SubjectName:/CN=gwa", revoked}, {"self signed certificate in certificate chain(19) at depth:1 SubjectName:/CN=ca", untrusted},
	})
	testLines(t, logs.Iked, "spi=0x1d034ba18b0595f2: recv IKE_AUTH req 1 peer 192.0.2.1:500 local 192.0.2.2:500, 464 bytes, policy 't'\nspi=0x1d034ba18b0595f2: ca_validate_cert: /CN=gwa ", []lineCase{
		{"certificate has expired", expired}, {"certificate is not yet valid", early}, {"certificate revoked", revoked}, {"self-signed certificate in certificate chain", untrusted},
	})
	testLines(t, logs.Pluto, `"t" #1: NSS: ERROR: IPsec certificate CN=gwa invalid: `, []lineCase{
		{"SEC_ERROR_EXPIRED_CERTIFICATE: Peer's Certificate has expired.", expired}, {"SEC_ERROR_REVOKED_CERTIFICATE: Peer's Certificate has been revoked.", revoked},
		{"SEC_ERROR_UNKNOWN_ISSUER: Peer's Certificate issuer is not recognized.", unknown},
		{"SEC_ERROR_UNTRUSTED_ISSUER: Peer's certificate issuer has been marked as not trusted by the user.", untrusted},
	})
	testLines(t, logs.FortiGate, "ike 0:to-hq:86: ", []lineCase{
		{"certificate validation failed: certificate has expired", expired}, {"certificate validation failed: certificate is not yet valid", early},
		{"certificate validation failed: certificate revoked", revoked}, {"certificate validation failed: unable to get local issuer certificate", unknown},
		{"certificate validation failed", "refused invalid certificate"},
	})
	testLines(t, logs.Cisco, "%CRYPTO-6-IKMP_MODE_FAILURE: Processing of ISAKMP mode failed\n", []lineCase{
		{"%PKI-3-CERTIFICATE_INVALID_EXPIRED: Certificate chain validation has failed. The certificate (SN: 05) has expired. Validity period ended on 2026-11-22T08:00:00Z", expired},
		{"%PKI-3-CERTIFICATE_INVALID_NOT_YET_VALID: Certificate chain validation has failed. The certificate (SN: 05) is not yet valid. Validity period starts on 2027-11-22T08:00:00Z", early},
		{"%PKI-3-CERTIFICATE_REVOKED: Certificate chain validation has failed. The certificate (SN: 05) is revoked", revoked},
		{"%ASA-3-717009: Certificate validation failed. Certificate is expired, serial number: 05, subject name: cn=gwa.", expired},
	})
	testLines(t, logs.Junos, "[Nov 25 10:00:00][192.0.2.2 <-> 192.0.2.1]  IKE negotiation fail for local:192.0.2.2, remote:192.0.2.1 IKEv2 with status: ", []lineCase{
		{"Certificate has expired", expired}, {"Certificate is not yet valid", early}, {"Certificate was revoked", revoked}, {"Certificate is not trusted", untrusted},
	})
	testLines(t, logs.PANOS, "2026-11-25 10:00:00.123 +0100  [PNTF]: {    1:     }: ", []lineCase{
		{"certificate has expired", expired}, {"certificate is not yet valid", early}, {"certificate revoked", revoked}, {"self signed certificate in certificate chain", untrusted},
	})
	testLines(t, logs.Isakmpd, "101112.123456 Default x509_cert_validate: ", []lineCase{
		{"certificate has expired", expired}, {"certificate is not yet valid", early}, {"certificate revoked", revoked}, {"self signed certificate", untrusted},
	})
}
