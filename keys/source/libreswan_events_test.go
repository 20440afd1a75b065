package source

import (
	"slices"
	"strings"
	"testing"

	"github.com/ikedecode/ikedecode/decode/ike"
	"github.com/ikedecode/ikedecode/keys/logs"
)

func TestPlutoLines(t *testing.T) {
	testLines(t, logs.Pluto, "", []lineCase{
		{`Nov 20 15:30:41 gwb pluto[4790]: packet from 192.0.2.1:500: initial parent SA message received on 192.0.2.2:500 but no suitable connection found with IKEv2 policy`, "refused no connection"},
		{`packet from 192.0.2.1:500: initial Main Mode message received on 192.0.2.2:500 but no connection has been authorized with policy PSK+IKEV1_ALLOW`, "refused no connection"},
		{`packet from 192.0.2.1:500: initial Aggressive Mode packet claiming to be from @gwa on 192.0.2.1:500 but no connection has been authorized`, "refused no connection"},
		{`packet from 192.0.2.1:500: dropping IKE_SA_INIT request from 192.0.2.1:500 received on 192.0.2.2:500, no suitable connection found with IKEv2 policy`, "refused no connection"},
		{`packet from 192.0.2.1:500: responding to IKE_SA_INIT message (ID 0) from 192.0.2.1:500 with unencrypted notification NO_PROPOSAL_CHOSEN`, ""},
		{`2026-11-25T10:00:00.123456+05:30 gwb pluto[1]: "t" #1: no suitable connection for peer '@gwa.example.org'`, "refused no peer came=gwa.example.org"},
		{`"t" #1: Peer ID '192.0.2.1' mismatched on first found connection and no better connection found`, "refused identity differs came=192.0.2.1"},
		{`"t" #1: we require IKEv1 peer to have ID '@b.example.org', but peer declares '@a.example.org'`, "refused identity differs came=a.example.org wanted=b.example.org"},
		{`"t" #1: Can't authenticate: no preshared key found for ` + "`@gwb' and `@gwa'" + `.  Attribute OAKLEY_AUTHENTICATION_METHOD`, "refused no pre-shared key"},
		{`"t" #1: authentication failed: computed hash does not match hash received from peer ID_FQDN '@gwa'`, "refused pre-shared key differs"},
		{`Nov 20 15:30:41 gwb pluto[4790]: ERROR: "t" #1: send on wanb from 192.0.2.2:500 to 192.0.2.1:500 using UDP failed in STATE_V2_PARENT_R0: Operation not permitted (errno 1)`, "refused not sent own errno=Operation not permitted"},
		{`Nov 20 15:30:41 gwb pluto[4790]: ERROR: "t" #1: sendto on eth0 to 192.0.2.1:500 failed in reply packet from main_inR1_outI2. Errno 113: No route to host`, "refused not sent own errno=No route to host"},
		{`"t" #1: Requested PPK_ID not found and connection requires a valid PPK`, "refused no PPK"},
		{`"t" #1: failed to receive PPK confirmation and connection has ppk=insist`, "refused PPK required"},
		{`"t" #1: PSK Authentication failed: AUTH mismatch in v2 I2!`, "refused pre-shared key differs"},
		{`"t" #1: probable authentication failure (mismatch of preshared secrets?): malformed payload in packet`, "refused pre-shared key may differ"},
		{`"t" #1: authentication failed: peer authentication requires policy RSASIG_v1_5`, "refused authentication method used=2 required=0"},
		{`"t" #1: authentication failed: peer authentication requires hash algorithm SHA1`, "refused weak signature"},
		{`"t" #1: authentication failed: peer attempted PSK authentication but we want RSASIG`, "refused authentication method used=1 required=2"},
		{`"t" #1: policy does not allow OAKLEY_PRESHARED_KEY authentication.  Attribute OAKLEY_AUTHENTICATION_METHOD`, "refused authentication method"},
		{`"t" #2: we require PFS but Quick I1 SA specifies no GROUP_DESCRIPTION`, "refused PFS differs"},
		{`"t" #1: no acceptable Oakley Transform`, "refused no proposal"},
		{`"t" #2: cannot respond to IPsec SA request because no connection is known for 10.2.0.0/24===192.0.2.2[@gwb]...192.0.2.1[@gwa]===10.1.0.0/24`,
			"refused no traffic selectors asked=10.2.0.0/24=10.1.0.0/24"},
		{`"t" #2: initiator established Child SA using #1; IPsec tunnel [fd02::/64===fd01::/64] {ESP/ESN=>0xc3d4a9eb <0x925e7283 xfrm=AES_GCM_16_256-NONE DPD=passive}`,
			"child up agreed=fd02::/64=fd01::/64 children=[0xc3d4a9eb 0x925e7283]"},
		{`"t" #2: responder established Child SA using #1; IPsec tunnel [10.2.0.9-10.2.0.9:1701-1701 17] -> [10.1.0.0-10.1.0.255:0-65535 17] {ESP=>0xc3d4a9eb <0x925e7283 xfrm=AES_CBC_128}`, "child up children=[0xc3d4a9eb 0x925e7283]"},
		{`"t" #2: local policy requires Transport Mode but peer requires required Tunnel Mode`, "refused mode refused"},
		{`"t" #1: no RSA public key known for 'CN=gwa'`, "refused no trusted key"},
		{`"t" #1: NSS: ERROR: IPsec certificate CN=gwa invalid: SEC_ERROR_UNKNOWN_ISSUER: Peer's Certificate issuer is not recognized.`, "refused no issuer"},
		{`"t" #1: X509: certificate rejected for this connection`, "refused invalid certificate"},
		{`"t" #1: connection t's RSA private key not found`, "refused no private key own"},
		{`"t" #1: local policy does not allow legacy RSA-SHA1 but connection allows no other hash policy`, "refused weak signature own"},
		{`"t" #1: unable to locate my private key for RSA Signature`, "refused no private key own"},
		{`"x"[1] 198.51.100.7 #1: XAUTH: User alice: Authentication Failed: Incorrect Username or Password`, "refused user refused user=alice"},
		{`"t" #2: ERROR: netlink response for Add SA esp.c0ffee01@192.0.2.2 included errno 93: Protocol not supported`, "refused kernel refused own errno=Protocol not supported"},
		{`ERROR: "t" #2: netlink response for Add SA esp.c0ffee01@192.0.2.2: Protocol not supported (errno 93)`, "refused kernel refused own errno=Protocol not supported"},
		{`ERROR: "t" #2: netlink response for Del SA esp.c0ffee01@192.0.2.2: No such process (errno 3)`, ""},
		{`"t" #1: dropping unexpected IKE_SA_INIT message containing NO_PROPOSAL_CHOSEN notification; message payloads: N; missing payloads: SA,KE,Ni`, "peer error NO_PROPOSAL_CHOSEN"},
		{`"t" #1: STATE_PARENT_I1: received unauthenticated v2N_NO_PROPOSAL_CHOSEN - ignored`, "peer error NO_PROPOSAL_CHOSEN"},
		{`"t" #1: ignoring informational payload INVALID_ID_INFORMATION, msgid=00000000, length=12`, "peer error INVALID-ID-INFORMATION"},
		{`"t" #1: IKE SA authentication request rejected by peer: AUTHENTICATION_FAILED`, "peer error AUTHENTICATION_FAILED"},
		{`"t" #2: IKE_AUTH response rejected Child SA with TS_UNACCEPTABLE`, "peer error TS_UNACCEPTABLE"},
		{`"t" #1: STATE_V2_PARENT_I1: retransmission; will wait 0.5 seconds for response`, "resent"},
		{`"t" #1: max number of retransmissions (8) reached STATE_MAIN_I3.  Possible authentication failure: no acceptable response to our first encrypted message`, "gave up count=8"},
		{`"t" #1: STATE_MAIN_I1: 60 second timeout exceeded after 7 retransmits.  No response (or no acceptable response) to our first IKEv1 message`, "gave up count=7"},
		{`"t" #1: initiating IKEv2 connection to 192.0.2.2 using UDP`, "started"},
		{`"t" #1: responding to Main Mode`, "started"},
		{`"t" #1: STATE_MAIN_R3: sent MR3, ISAKMP SA established {auth=PRESHARED_KEY cipher=aes_256}`, "up"},
		{`"t" #2: responder established Child SA using #1; IPsec tunnel [10.2.0.0-10.2.0.255:0-65535 0] -> [10.1.0.0-10.1.0.255:0-65535 0] {ESP=>0xc12159b6 <0xdf9cf623 xfrm=AES_CBC_256-HMAC_SHA2_256_128}`,
			"child up agreed=10.2.0.0/24=10.1.0.0/24 children=[0xc12159b6 0xdf9cf623]"},
		{`"t" #1: sent IKE_AUTH request to 192.0.2.2:UDP/500 with digital-signature RSASSA-PSS with SHA2_512 and DER_ASN1_DN 'CN=gwa'; Child SA #2 {ESP <0xc0ffee01} [10.1.0.0/24===10.2.0.0/24]`, ""},
		{`"t" #1: X509: authentication failed; peer ID DER_ASN1_DN 'CN=gwa' does not match expected 'CN=gwc'`, "refused identity differs came=CN=gwa wanted=CN=gwc"},
		{`"t" #1: ignoring IKE_SA_INIT response containing NO_PROPOSAL_CHOSEN notification (Message ID 0; message payloads N, missing SA,KE,Ni)`, "peer error NO_PROPOSAL_CHOSEN"},
		{`"t" #1: ignoring IKE_SA_INIT response containing IKEV2_FRAGMENTATION_SUPPORTED... notification (Message ID 0; message payloads SA,Ni,N, missing KE)`, ""},
		{`"t" #1: response for Child SA #2 was rejected (NO_PROPOSAL_CHOSEN) and IKE SA does not have policy UP`, "peer error NO_PROPOSAL_CHOSEN"},
		{`"t" #1: peer rejected Child SA  (TS_UNACCEPTABLE) and IKE SA does not have policy UP`, "peer error TS_UNACCEPTABLE"},
		{`"t" #2: Child SA's Traffic Selector response {TSi=10.1.0.0/24;TSr=10.3.0.0/24} does not fit the proposal {TSi=10.1.0.0/24;TSr=10.2.0.0/24}`, "refused no traffic selectors"},
		{`"t" #1: connection has ppk=insist but peer does not support PPK`, "refused PPK required"},
		{`packet from 192.0.2.1:500: rejecting IKEv1 packet as policy is set to reject all IKEv1 packets`, "refused version refused"},
		{`packet from 192.0.2.1:500: ignoring IKEv1 packet as global policy is set to silently drop all IKEv1 packets`, "refused version refused"},
		{`packet from 192.0.2.1:500: responding to IKE_SA_INIT message (ID 0) from 192.0.2.1:500 with unencrypted notification INVALID_MAJOR_VERSION`, "refused invalid message"},
		{`"t" #1: certificate does not contain ID_IP subjectAltName=192.0.2.2`, "refused certificate without the identity"},
		{`"t" #1: no Certificate Authority in NSS Certificate DB! certificate payloads discarded`, "refused no issuer"},
		{`"t" #1: NSS: ERROR: IPsec certificate CN=ca invalid: SEC_ERROR_CA_CERT_INVALID: Issuer certificate is invalid.`, "refused invalid certificate"},
		{`"t" #1: NSS ERROR: Peer's certificate has an invalid signature.`, "refused invalid signature"},
		{`"t" #1: NSS: ERROR: IPsec certificate CN=gwa invalid: SEC_ERROR_OCSP_SERVER_ERROR: The OCSP server experienced an internal error.`, "refused revocation not known"},
		{`"t" #1: no crl from issuer "CN=ca" found (strict=yes)`, "refused revocation not known"},
		{`"t" #1: no crl from issuer "CN=ca" found (strict=no)`, ""},
		{`"t" #1: FIPS: Rejecting peer cert with key size 1024 under 2048`, "refused weak signature"},
		{`"t" #1: certificate CN=gwa failed IPsec verification`, "refused invalid certificate"},
		{`"t" #1: authentication failed: no certificate matched RSASSA-PSS with SHA2_512 and 'CN=gwa'`, "refused no trusted key"},
		{`"t" #1: authentication failed: using RSA with SHA2_512 for '192.0.2.1' tried preloaded: *AwEAAbEef`, "refused invalid signature"},
		{`"t" #1: private key matching CKAID '61559973d3acef7d3a370e3e82ad92c18a8225f1' not found: can't find the private key matching the NSS CKAID`, "refused no private key own"},
		{`"t" #1: No acceptable ECDSA/RSA-PSS ASN.1 signature hash proposal included for rsasig in I2 Auth Payload`, "refused weak signature"},
		{`"t" #2: dropping negotiation as superseeded by established IKE SA #1`, "refused replaced"},
		{`"t" #1: dropping unexpected IKE_AUTH message containing INITIAL_CONTACT... notification; message payloads: SK; encrypted payloads: IDi,IDr,SA,TSi,TSr,CP,N; missing payloads: AUTH`, "refused authentication method"},
		{`"t"[1] 192.0.2.1 #1: Oakley Transform [AES_CBC (256), HMAC_SHA1, DH20] refused`, ""},
		{`"t" #1: sent IKE_SA_INIT request to 192.0.2.2:500`, ""},
		{`"t": added IKEv2 connection`, ""},
	})
}

// A responder lists its proposals when the connection is loaded, and those of the peer when none fits.
func TestPlutoProposals(t *testing.T) {
	got, events := toldBy(t, `Nov 25 10:00:00.100000: "t": IKE SA proposals (connection add):
Nov 25 10:00:00.100001: "t":   1:IKE=AES_GCM_C_256-HMAC_SHA2_512-NONE-MODP4096+DH19
Nov 25 10:00:00.100002: "t": Child SA proposals (connection add):
Nov 25 10:00:00.100003: "t":   1:ESP=AES_CBC_256-HMAC_SHA2_256_128-NONE-ENABLED+DISABLED
Nov 25 10:00:01.100000: "t"[1] 192.0.2.1 #1: no local proposal matches remote proposals 1:IKE:ENCR=AES_CBC_128;PRF=HMAC_SHA2_256;INTEG=HMAC_SHA2_256_128;DH=MODP2048
Nov 25 10:00:01.200000: "t"[1] 192.0.2.1 #1: responding to IKE_SA_INIT message (ID 0) from 192.0.2.1:500 with unencrypted notification NO_PROPOSAL_CHOSEN
Nov 25 10:00:02.100000: "t"[1] 192.0.2.1 #2: no local proposal matches remote proposals 1:ESP:ENCR=AES_CBC_128;INTEG=HMAC_SHA1_96;ESN=DISABLED
`)
	want := []string{"offers received=1:IKE:ENCR=AES_CBC_128;PRF=HMAC_SHA2_256;INTEG=HMAC_SHA2_256_128;DH=MODP2048 configured=1:IKE=AES_GCM_C_256-HMAC_SHA2_512-NONE-MODP4096+DH19",
		"refused no proposal",
		"offers received=1:ESP:ENCR=AES_CBC_128;INTEG=HMAC_SHA1_96;ESN=DISABLED configured=1:ESP=AES_CBC_256-HMAC_SHA2_256_128-NONE-ENABLED+DISABLED",
		"refused no proposal"}
	if !slices.Equal(got, want) {
		t.Fatalf("got %q", got)
	}
	if s := events[0].Configured.Proposals[0].Suites[0].Summary(ike.IKE); !strings.Contains(s, "AES-GCM") || !strings.Contains(s, "MODP-4096") {
		t.Errorf("configured: %s", s)
	}
	if events[0].Remote.Addr.Addr().String() != "192.0.2.1" || events[0].Group.ID != events[3].Group.ID {
		t.Errorf("%v, %v", events[0].Remote, events[3].Group)
	}
}

// A responder may say of the first message of an IKE SA first that it does not know a vendor ID. It has names of its own for some algorithms.
func TestPlutoVendorIDFirst(t *testing.T) {
	got, events := toldBy(t, `Nov 29 06:50:08.878831: "t": IKE SA proposals (connection add):
Nov 29 06:50:08.878931: "t":   1:IKE=AES_CBC_256-HMAC_SHA1-HMAC_SHA1_96-MODP2048
Nov 29 06:50:08.883902: "t": added IKEv2 connection
Nov 29 06:50:15.069100: "t" #1: ignoring unknown Vendor ID payload [4f 70 65 6e  49 4b 45 44  2d 37 2e 32]
Nov 29 06:50:15.070919: "t" #1: no local proposal matches remote proposals 1:IKE:INTEG=HMAC_SHA1_96;ENCR=3DES;DH=MODP2048;PRF=HMAC_SHA1
Nov 29 06:50:15.071382: "t" #1: responding to IKE_SA_INIT message (ID 0) from 192.0.2.1:500 with unencrypted notification NO_PROPOSAL_CHOSEN
`)
	want := []string{"offers received=1:IKE:INTEG=HMAC_SHA1_96;ENCR=3DES;DH=MODP2048;PRF=HMAC_SHA1 configured=1:IKE=AES_CBC_256-HMAC_SHA1-HMAC_SHA1_96-MODP2048", "refused no proposal"}
	if !slices.Equal(got, want) || events[0].Group.ID != 1 {
		t.Errorf("got %q, %v", got, events[0].Group)
	}
}

// Debugging has the header of each packet; types of exchanges below 16 are one hex digit.
func TestPlutoHeader(t *testing.T) {
	_, events := toldBy(t, `"t" #1: initiating IKEv1 Aggressive Mode connection
| *received 536 bytes from 192.0.2.2:500 on wana 192.0.2.1:500 using UDP
|    initiator SPI: 49 37 4d f7  7a 1a bf f0
|    responder SPI: aa ce f3 40  23 32 f4 84
|    exchange type: ISAKMP_XCHG_AGGR (0x4)
|    Message ID: 0 (00 00 00 00)
"t" #1: received Hash Payload does not match computed value
`)
	if m := events[len(events)-1].Message; m.Exchange != 4 || m.Version != ike.V1 || m.Size != 536 {
		t.Errorf("got %+v", m)
	}
}

// A missing key is the reason, not that no transform is left without it.
func TestPlutoReasonBeforeWhatFollows(t *testing.T) {
	got, events := toldBy(t, `"t" #1: responding to Main Mode
"t" #1: Can't authenticate: no preshared key found for `+"`@gwb' and `@gwa'"+`.  Attribute OAKLEY_AUTHENTICATION_METHOD
"t" #1: no acceptable Oakley Transform
packet from 192.0.2.1:500: sending notification NO_PROPOSAL_CHOSEN to 192.0.2.1:500
`)
	if want := []string{"started", "refused no pre-shared key"}; !slices.Equal(got, want) {
		t.Errorf("got %q", got)
	}
	if e := events[1]; e.Remote.Addr.String() != "192.0.2.1:500" || e.Role != ike.Responder || e.Local.Identity.Value() != "gwb" {
		t.Errorf("%+v", e)
	}
}

// What is said of a child is not about the messages of phase 1 that came before.
func TestPlutoChildren(t *testing.T) {
	_, events := toldBy(t, `"t" #1: responding to Main Mode
"t" #1: IKE SA established {auth=PRESHARED_KEY cipher=AES_CBC_128}
"t" #2: responding to Quick Mode proposal {msgid:dbe6cd62}
"t" #2: no acceptable Proposal in IPsec SA
"t" #1: the peer proposed: 10.2.0.0/24 -<all>-> 10.1.0.0/24
"t" #1: cannot respond to IPsec SA request because no connection is known for 10.2.0.0/24===192.0.2.2[@gwb]...192.0.2.1[@gwa]===10.1.0.0/24
`)
	const quickMode = 32
	if e := events[2]; e.Message.Exchange != quickMode || e.Message.ID != 0xdbe6cd62 || e.Group.ID != 1 {
		t.Errorf("%+v", e)
	}
	if e := events[3]; e.Message.Exchange != quickMode || e.Reason != logs.NoTraffic || e.Asked == nil {
		t.Errorf("%+v", e)
	}
}

// An error that answers phase 1 is not one about a child.
func TestPlutoErrorOfPhase1(t *testing.T) {
	got, events := toldBy(t, `"t" #1: initiating IKEv1 Main Mode connection
"t" #1: sent Main Mode I3
"t" #1: ignoring informational payload INVALID_ID_INFORMATION, msgid=00000000, length=12
`)
	if want := []string{"started", "peer error INVALID-ID-INFORMATION"}; !slices.Equal(got, want) {
		t.Fatalf("got %q", got)
	}
	if e := events[1]; e.Message.Exchange != mainMode || e.Message.Version != ike.V1 || e.Role != ike.Initiator {
		t.Errorf("%+v", e)
	}
}

// Debugging has the header of each packet.
func TestPlutoDebugging(t *testing.T) {
	b := readLog(t, "../../../shared/diagnosis/v2-libreswan-id-type/gwb.log.gz")
	e := b.Events[len(b.Events)-1]
	if e.Reason != logs.IdentityMismatch || e.SPIs[0].IsZero() || e.SPIs[1].IsZero() || e.Local.Addr.String() != "192.0.2.2:4500" ||
		e.Message.Exchange != 35 || e.Message.ID != 1 || e.Message.Size == 0 {
		t.Errorf("%+v", e)
	}
}
