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
		{"Nov 25 10:00:00 gw racoon: [192.0.2.1] ERROR: exchange Aggressive not allowed in any applicable rmconf.", "refused exchange refused"},
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
		{"2026-11-25 10:00:00: WARNING: unable to get certificate CRL(3) at depth:0 SubjectName:/CN=gwa", ""},
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

// Before OpenBSD 6.6 iked tells one IKE SA from another by the addresses alone.
func TestOldIkedLines(t *testing.T) {
	const began = "ikev2_recv: IKE_SA_INIT request from initiator 192.0.2.1:500 to 192.0.2.2:500 policy 't' id 0, 510 bytes\n"
	testLines(t, logs.Iked, began, []lineCase{
		{"ikev2_msg_send: IKE_SA_INIT response from 192.0.2.2:500 to 192.0.2.1:500 msgid 0, 451 bytes", "sent"},
		{"ikev2_recv: IKE_AUTH request from initiator 192.0.2.1:4500 to 192.0.2.2:4500 policy 't' id 1, 800 bytes", "received"},
		{"sa_state: VALID -> ESTABLISHED from 192.0.2.1:4500 to 192.0.2.2:4500 policy 't'", "up"},
		{"ikev2_resp_recv: no proposal chosen", "refused no proposal"},
	})
	_, events := toldBy(t, began+began+"ikev2_msg_send: IKE_SA_INIT request from 0.0.0.0:500 to 192.0.2.3:500 msgid 0, 510 bytes, NAT-T\n")
	e, again, sent := events[0], events[1], events[2]
	if e.Remote.Addr.String() != "192.0.2.1:500" || e.Local.Addr.String() != "192.0.2.2:500" || e.Role != ike.Responder || e.Message.Size != 510 || e.Message.Response {
		t.Errorf("%+v", e)
	}
	if again.Group.ID == e.Group.ID || sent.Group.ID == again.Group.ID || sent.Role != ike.Initiator || sent.Local.Addr.IsValid() {
		t.Errorf("%+v, %+v", again, sent)
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
		{"spi=0x1d034ba18b0595f2: ikev2_init_recv: failed to negotiate IKE SA", "peer error NO_PROPOSAL_CHOSEN"},
		{"spi=0x1d034ba18b0595f2: ikev2_resp_recv: failed to negotiate IKE SA", "refused no proposal"},
		{"spi=0x1d034ba18b0595f2: sa_free: authentication failed notification from peer", "peer error AUTHENTICATION_FAILED"},
		{"spi=0x1d034ba18b0595f2: ikev2_dispatch_cert: peer certificate is invalid", "refused no trusted key"},
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
		{"vpnc: authentication unsuccessful", "peer error user refused"},
		{"vpnc: no response from target", "gave up"},
		{"vpnc: quick mode response rejected:  (ISAKMP_N_NO_PROPOSAL_CHOSEN)(14)", "peer error NO-PROPOSAL-CHOSEN"},
		{"vpnc: response was invalid [1]:  (ISAKMP_N_INVALID_EXCHANGE_TYPE)(7)", ""},
	})
	got, events := toldBy(t, front+"   i_cookie: c6b35285 40aedce4\n   r_cookie: c3ee5f93 a4f38f08\n   exchange_type: 05 (ISAKMP_EXCHANGE_INFORMATIONAL)\n   message_id: 4c442a54\n   len: 00000038\n")
	if !slices.Equal(got, []string{"received"}) {
		t.Fatalf("got %q", got)
	}
	if e := events[0]; e.Time.IsZero() || e.Role != ike.Initiator || e.Message.Size != 56 || e.Message.ID != 0x542a444c || e.SPIs[1].IsZero() {
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
		{"SEC_ERROR_EXPIRED_CERTIFICATE: Peer's Certificate has expired.", "refused certificate expired or not yet valid"}, {"SEC_ERROR_REVOKED_CERTIFICATE: Peer's Certificate has been revoked.", revoked},
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
