package source

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ikedecode/ikedecode/decode/ike"
	"github.com/ikedecode/ikedecode/keys/logs"
)

// sonic is a record of SonicOS with a message; its form is that of the lines in tests of rules for logs.
func sonic(msg, note string) string {
	return `<132>id=firewall sn=0017C5000000 time="2026-11-25 10:00:00 UTC" fw=192.0.2.2 pri=4 c=16 m=1 msg="` + msg + `" n=3 src=192.0.2.1:500:X1 dst=192.0.2.2:500:X1 note="` + note + `"`
}

// The messages are from a forum, where people copied the list of the web interface, and from tests of SonicOS that look for them in its log.
func TestSonicWallLines(t *testing.T) {
	const hosts = "\t192.0.2.1, 500 (admin)\t192.0.2.2, 500\tVPN Policy: WAN GroupVPN"
	testLines(t, logs.SonicWall, "", []lineCase{
		{"10/31/2026 10:30:41.624    Warning    VPN IKE    IKE Responder: Proposed IKE ID mismatch    192.0.2.1, 500 (sysadmin)    192.0.2.2, 500    VPN Policy NOT found for proposed ID type: KEY ID ",
			"refused identity differs"},
		{"3\t11/15/2026 10:33:44.592\tInfo\tVPN IKE\tIKE Responder: Received Aggressive Mode request (Phase 1)\t192.0.2.1, 4500 (admin)\t192.0.2.2, 4500\t\t ", "started"},
		{"5\t11/15/2026 10:33:14.592\tInfo\tVPN IKE\tIKE Responder: Aggressive Mode complete (Phase 1)" + hosts + ";3DES; MD5; DH Group 2; lifetime=10800 secs\t ", "up"},
		{"1\t11/15/2026 10:34:02.176\tInfo\tVPN IKE\tIKE Responder: Remote party timeout - Retransmitting IKE request.\t192.0.2.2, 4500\t192.0.2.1, 4500\tVPN Policy: WAN GroupVPN\t ", "resent"},
		{"IKE Responder: No response - remote party timeout 192.0.2.2, 500 192.0.2.1, 500", "gave up"},
		{"IKE negotiation aborted due to timeout 192.0.2.2 192.0.2.1", "gave up"},
		{"2\t11/15/2026 10:34:02.176\tWarning\tVPN IKE\tIKE Responder: IPsec proposal does not match (Phase 2)" + hosts, "refused no proposal"},
		{sonic("IKEv2 IKE proposal does not match", ""), "refused no proposal"},
		{sonic("IKE Responder: Proposed IKE ID mismatch", "VPN Policy NOT found for proposed ID type: KEY ID"), "refused identity differs"},
		{sonic("IKE Initiator: Received notify. NO_PROPOSAL_CHOSEN", "VPN Policy: to-hq"), "peer error NO-PROPOSAL-CHOSEN"},
		{sonic("IKEv2 Initiator: Remote party timeout - Retransmitting IKEv2 request", ""), "resent"},
		{sonic("IKEv2 negotiation complete", ""), "child up"},
		{sonic("IKE Responder: Received Main Mode request (Phase 1)", ""), "started"},
		{sonic("IKE Responder: Mode 9 of 10", ""), ""},
	})
	for _, line := range []string{sonic("IKE Responder: Proposed IKE ID mismatch", ""), "11/15/2026 10:34:02.176\tInfo\tVPN IKE\tIKE Responder: Remote party timeout - Retransmitting IKE request.\t192.0.2.2, 4500\t192.0.2.1, 4500\tx"} {
		_, events := toldBy(t, line+"\n")
		if e := events[0]; e.Remote.Addr.Addr().String() != "192.0.2.1" || e.Local.Addr.Addr().String() != "192.0.2.2" || e.Role != ike.Responder || e.Time.IsZero() {
			t.Errorf("%s: %+v", line, e)
		}
	}
}

// The messages are from notes on the vendor's course.
func TestWatchGuardLines(t *testing.T) {
	const hosts = "iked (192.0.2.2<->192.0.2.1) "
	testLines(t, logs.WatchGuard, "", []lineCase{
		{hosts + "Drop negotiation to peer 192.0.2.1:500 due to phase 1 retry timeout", "gave up"},
		{hosts + "WARNING: Mismatched ID settings at peer 192.0.2.1:500 caused an authentication failure", "refused identity differs"},
		{hosts + "Received No Proposal Chosen message from 192.0.2.1:500 for To_Device_A gateway", "peer error NO-PROPOSAL-CHOSEN"},
		{hosts + "Sending NO_PROPOSAL_CHOSEN message to 192.0.2.1:500", "refused no proposal"},
		{"2026-11-25 10:00:00 " + hosts + "Peer proposes phase one encryption 3DES, expecting AES", "refused no proposal"},
		{"2026-11-25 10:00:00 " + hosts + "Peer proposes phase 2 ESP authentication MD5-HMAC, expecting SHA1-HMAC", "refused no proposal"},
	})
	_, events := toldBy(t, hosts+"Peer proposes phase one encryption 3DES, expecting AES\n")
	if e := events[0]; e.Remote.Addr.Addr().String() != "192.0.2.1" || e.Local.Addr.Addr().String() != "192.0.2.2" || e.Text != "Peer proposes phase one encryption 3DES, expecting AES" {
		t.Errorf("%+v", e)
	}
}

// The lines are those of a support case that someone published, with other addresses: the list of the web interface has its newest line first.
func TestDrayTekLines(t *testing.T) {
	const log = ` 2026-11-25 16:57:57	 [IPSEC/IKE][Local][34:-][@192.0.2.1] smalformed payload: probable authentication (preshared secret) failure:
 2026-11-25 16:57:57	 Prase error : byte 2 of ISAKMP Identification Payload must be zero, but is not
 2026-11-25 16:57:33	 [IPSEC/IKE][Local][34:-][@192.0.2.9] may be security method/subnet setting/GRE setting unmatched?
 2026-11-25 16:57:33	 [IPSEC/IKE][Local][34:-][@192.0.2.9] state transition fail: STATE_QUICK_R0
 2026-11-25 16:57:33	 IKE ==>, Next Payload=ISAKMP_NEXT_HASH, Exchange Type = 0x5, Message ID = 0x9aeb2cf5
 2026-11-25 16:57:33	 Parse dial-in phase2 SA proposals failed
 2026-11-25 16:57:33	 Can't accept phase2 client, please check remote IP/Peer ID(PSK or x509)/Network Settings
 2026-11-25 16:57:33	 [IPSEC/IKE][Local][34:-][@192.0.2.9] quick_inI1_outR1: match network
 2026-11-25 16:57:33	 Receive client L2L remote network setting is 10.0.33.0/24
 2026-11-25 16:57:33	 IKE <==, Next Payload=ISAKMP_NEXT_HASH, Exchange Type = 0x20, Message ID = 0x81943e84
 2026-11-25 16:57:33	 #622 sent MR3, ISAKMP SA established. Dynamic client dial-in from 192.0.2.9
 2026-11-25 16:57:32	 Accept Phase1 proposals : ENCR OAKLEY_AES_CBC, HASH OAKLEY_SHA
 2026-11-25 16:57:32	 Responding to Main Mode from 192.0.2.9
 2026-11-25 16:57:32	 IKE <==, Next Payload=ISAKMP_NEXT_SA, Exchange Type = 0x2, Message ID = 0x0
`
	got, events := toldBy(t, log)
	want := []string{"received", "started", "up", "received", "refused no proposal", "sent", "refused pre-shared key may differ"}
	if !slices.Equal(got, want) {
		t.Fatalf("got %q", got)
	}
	if e := events[4]; e.Remote.Addr.Addr().String() != "192.0.2.9" || e.Message.ID != 0x81943e84 || !e.Unsure || e.Role != ike.Responder || e.Daemon != logs.DrayTek {
		t.Errorf("%+v", e)
	}
	if e := events[6]; e.Remote.Addr.Addr().String() != "192.0.2.1" || e.Time.IsZero() {
		t.Errorf("%+v", e)
	}
}

// The records are from tests of rules for logs, with other addresses.
func TestCheckPointLines(t *testing.T) {
	const front = `1 2026-11-25T16:26:19Z HOSTNAME CheckPoint 19710 - [action:"Reject"; flags:"133376"; ifdir:"inbound"; ifname:"daemon"; origin:"192.0.2.2"; time:"1795600800"; version:"5"; cookiei:"ec39c6c9c5d3669c"; dst:"192.0.2.2"; fw_subproduct:"VPN-1"; ike::"`
	const back = `"; peer_gateway:"192.0.2.1"; reject_category:"IKE failure"; scheme::"IKE"; src:"192.0.2.1"; vpn_feature_name:"IKE"; ]`
	testLines(t, logs.CheckPoint, "", []lineCase{
		{front + "Main Mode Failed to match proposal: Transform: AES-256, SHA256, Pre-shared secret, Group 2 (1024 bit); Reason: Wrong value for: Hash Algorithm" + back, "refused no proposal"},
		{front + "Informational Exchange Received Delete IKE-SA from Peer: 192.0.2.1; Cookies: ec39c6c9c5d3669c-d71409f32c496d13 " + back, "deleted"},
		{front + "Main Mode completion." + back, "up"},
		{"Nov 22 2026 07:09:31: %CHKPNT-6-031070: reject,192.0.2.2,inbound,daemon,192.0.2.1, ,192.0.2.2, , , ,*** Confidential ***, , ,192.0.2.1,IKE,Quick Mode Failed to match proposal: Transform: 3DES  SHA1  Tunnel; Reason: Wrong value for: Authentication Algorithm, , , ,22Nov2026  7:09:31,0",
			"refused no proposal"},
		{`1 2026-11-25T16:26:40Z HOSTNAME CheckPoint 19710 - [action:"Decrypt"; fw_subproduct:"VPN-1"; methods::"ESP: AES-256 + SHA256"; peer_gateway:"192.0.2.1"; scheme::"IKE"; vpn_feature_name:"VPN"; ]` + "\n" + front + "Main Mode completion." + back, "up"},
	})
	_, events := toldBy(t, front+"Main Mode Failed to match proposal: Transform: AES-256; Reason: Wrong value for: Hash Algorithm"+back+"\n")
	if e := events[0]; e.Remote.Addr.Addr().String() != "192.0.2.1" || e.Local.Addr.Addr().String() != "192.0.2.2" || e.SPIs[0].IsZero() || e.Message.Exchange != mainMode {
		t.Errorf("%+v", e)
	}
}

// The line is from the vendor's reference of an API, the reasons from its list of common causes.
func TestHuaweiLines(t *testing.T) {
	for reason, want := range map[string]string{"version mismatch": "refused no connection", "phase1 proposal mismatch": "refused no proposal", "phase2 proposal or pfs mismatch": "refused no proposal",
		"responder dh mismatch": "refused group refused", "flow mismatch": "refused no traffic selectors", "config ID mismatch": "refused no peer", "authentication fail": "refused pre-shared key differs",
		"exchange mode mismatch": "refused mode refused", "encapsulation mode mismatch": "refused mode refused", "peer address mismatch": "refused no connection", "xauth authentication fail": "refused user refused",
		"malformed payload": "refused not readable", "max transmit reached": "gave up", "no valid local cert": "refused no certificate own", "ip assigned fail": "refused no address", "rekey no find old sa": ""} {
		const front = "2026-12-24T07:08:32.730275+00:00 host-1 ipsec_ike[30085]: [192.0.2.2] IPSec tunnel negotiation fails. (IfIndex=[207], PolicyName=[], SeqNum=[0], PeerAddress=[192.0.2.1], PeerPort=[500], Reason=["
		got, events := toldBy(t, front+reason+"])\n")
		if strings.Join(got, "; ") != want {
			t.Errorf("%s: %q", reason, got)
		} else if len(events) > 0 && (events[0].Remote.Addr.String() != "192.0.2.1:500" || events[0].Daemon != logs.Huawei || events[0].Time.IsZero()) {
			t.Errorf("%s: %+v", reason, events[0])
		}
	}
}

// The messages are from the vendor's guide to troubleshooting, the fronts from its description of the log.
func TestAzureLines(t *testing.T) {
	const front = "SESSION_ID :{ae2e57d3-6d4c-4cc9-a5d5-ca3b5d5d5d5d} Remote 192.0.2.1:500: Local 192.0.2.2:500: "
	testLines(t, logs.Azure, "", []lineCase{
		{front + "[SEND] Sending Notify Message - Policy Mismatch", "refused no proposal"},
		{front + "[SEND] Sending Notify Message - Authentication failed", "refused pre-shared key differs"},
		{front + "[LOCAL] IKE Tunnel closed for tunnelId 0x1 with status Policy match error", "refused no proposal"},
		{front + "[LOCAL] IKE Tunnel closed for tunnelId 0x1 with status IKE authentication credentials are unacceptable", "refused pre-shared key differs"},
		{front + "[LOCAL] [ErrorCode] 0x3602 [ErrorMessage] Failed to verify signature", "refused pre-shared key differs"},
		{front + "[LOCAL] [ErrorCode] 0x35ED [ErrorMessage] Negotiation timed out", "gave up"},
		{front + "[RECEIVED] Received Traffic Selector payload request", ""},
	})
	for _, log := range []string{
		`{"time":"2026-11-25T10:00:00.1234567Z","category":"IKEDiagnosticLog","properties":{"message":"` + front + `[SEND] Sending Notify Message - Policy Mismatch"}}`,
		`[{"TimeGenerated":"2026-11-25T10:00:00.123Z","Message":"` + front + `[SEND] Sending Notify Message - Policy Mismatch"}]`,
		`"2026-11-25T10:00:00.123Z",IKEDiagnosticLog,"` + front + `[SEND] Sending Notify Message - Policy Mismatch",Informational`,
	} {
		got, events := toldBy(t, log+"\n")
		if len(got) != 1 || got[0] != "refused no proposal" {
			t.Errorf("%s: %q", log, got)
		} else if e := events[0]; e.Remote.Addr.String() != "192.0.2.1:500" || e.Text != "[SEND] Sending Notify Message - Policy Mismatch" || log[0] != '[' && e.Time.IsZero() {
			t.Errorf("%s: %+v", log, e)
		}
	}
}

// The trace and the event are from the vendor's guides to troubleshooting.
func TestWindowsLines(t *testing.T) {
	const trace = "[0]0368.03A4::11/25/2026-17:36:01.496 [ikeext] 3038|192.0.2.2|"
	const event = "CoId={B4000371-A67F-452F-AA4C-3125AA9CFC78}: The user SYSTEM dialed a connection named AzureGateway that has failed. The error code returned on failure is "
	testLines(t, logs.Windows, "", []lineCase{
		{trace + "Type specific info:\n" + trace + "  Failure error code:0x000035e9\n" + trace + "    IKE authentication credentials are unacceptable\n" + trace + "\n" + trace + "  Failure point: Remote",
			"peer error AUTHENTICATION_FAILED"},
		{trace + "  Failure error code:0x0000362c\n" + trace + "  Failure point: Remote", "peer error NO_PROPOSAL_CHOSEN"},
		{trace + "  Failure error code:0x000035e9\n" + trace + "  Failure point: Local", ""},
		{event + "809.", "gave up"},
		{event + "13801.", "refused invalid certificate"},
		{event + "13868.", "refused no proposal"},
		{event + "0.", ""},
		{"Message            : CoId={B4000371-A67F-452F-AA4C-3125AA9CFC78}: The user SYSTEM dialed a connection named\n                         AzureGateway that has failed. The error code returned on failure is 809.", "gave up"},
	})
	_, events := toldBy(t, trace+"  Failure error code:0x000035e9\n"+trace+"  Failure point: Remote\n")
	if e := events[0]; e.Remote.Addr.Addr().String() != "192.0.2.2" || e.Time.IsZero() {
		t.Errorf("%+v", e)
	}
}

// The messages are from the tables of sample logs in the vendor's manuals.
func TestZyxelLines(t *testing.T) {
	const sent = "2 11/25/2026 10:00:00 Send Main Mode request to <192.0.2.2>\n"
	testLines(t, logs.Zyxel, sent, []lineCase{
		{"3 11/25/2026 10:00:01 !! No proposal chosen", "refused no proposal"},
		{"4 11/25/2026 10:00:01 Phase 1 IKE SA process done", "up"},
		{"5 11/25/2026 10:00:02 !! Verifying Remote ID failed", "refused no traffic selectors"},
		{"6 11/25/2026 10:00:02 !! IKE Packet Retransmit", "resent"},
		{"7 11/25/2026 10:00:02 Recv Aggressive Mode request from <192.0.2.1>", "started"},
	})
	_, events := toldBy(t, sent+"3 11/25/2026 10:00:01 !! No proposal chosen\n")
	if e := events[1]; e.Remote.Addr.Addr().String() != "192.0.2.2" || e.Role != ike.Initiator || e.Message.Exchange != mainMode {
		t.Errorf("%+v", e)
	}
}

// The messages are from the vendor's list of errors.
func TestTencentLines(t *testing.T) {
	const hosts = " ike connection: to-hq, my ip: 192.0.2.2, peer ip: 192.0.2.1."
	const fail = "2026-11-25 10:00:00 IKE_SA_ESTABLISH_FAIL:Failed to establish IKE SA for the reason of "
	testLines(t, logs.Tencent, "", []lineCase{
		{fail + "no matching proposal, configured [IKE:AES_CBC_128/HMAC_SHA1_96/PRF_HMAC_SHA1/MODP_1024], received [IKE:3DES_CBC/HMAC_MD5_96/PRF_HMAC_MD5/MODP_1024]." + hosts, "refused no proposal"},
		{fail + "responder no peer config found by ID payload, received[ID_IPV4_ADDR:192.0.2.1]." + hosts, "refused no peer came=192.0.2.1"},
		{fail + "initiator no peer config found by ID payload, configured[ID_IPV4_ADDR:192.0.2.1], received[ID_IPV4_ADDR:10.0.0.1]." + hosts, "refused identity differs came=10.0.0.1 wanted=192.0.2.1"},
		{fail + "peer no response." + hosts, "gave up"},
		{fail + "no matching secret." + hosts, "refused pre-shared key differs"},
		{"2026-11-25 10:00:00 IKE_NEGO: received NO_PROPOSAL_CHOSEN error notify", "peer error NO-PROPOSAL-CHOSEN"},
		{"2026-11-25 10:00:00 IKE_NEGO: retransmit IKEv1 Main Mode Initiator 5th message 2 times, message ID 0", "resent"},
		{"2026-11-25 10:00:00 TANS_IKE_NEGO: invalid HASH_V1 payload length, decryption failed", "refused not readable"},
	})
	_, events := toldBy(t, fail+"no matching secret."+hosts+"\n")
	if e := events[0]; e.Remote.Addr.Addr().String() != "192.0.2.1" || e.Local.Addr.Addr().String() != "192.0.2.2" {
		t.Errorf("%+v", e)
	}
}

// The message is from notes of someone whose gateway had another kind of key than the profile.
func TestAppleLines(t *testing.T) {
	const log = `2026-11-25 10:00:00.123456+0100 mac NEIKEv2Provider[427]: (NetworkExtension) [IKE_AUTH R resp1 1D034BA18B0595F2-BF9E2A2F95AE9F83] Initiator packet authentication method
    Payload Type = Auth
    Authentication Protocol = ECDSA256
    Authentication Data = 64:{length = 64, bytes = 0x00112233 } does not match proposal RSASignature
2026-11-25 10:00:00.123456+0100 mac NEIKEv2Provider[427]: (NetworkExtension) IKEv2Session[1, 1D034BA18B0595F2-BF9E2A2F95AE9F83] Failed to process IKE Auth packet (connect)
`
	got, events := toldBy(t, log)
	if !slices.Equal(got, []string{"refused authentication method"}) {
		t.Fatalf("got %q", got)
	}
	if e := events[0]; e.SPIs[1].IsZero() || e.Role != ike.Initiator || e.Message.ID != 1 || e.Daemon != logs.Apple {
		t.Errorf("%+v", e)
	}
}

// An MX has a time in seconds and a label before strongSwan's words; the first two lines are from tests of a collector.
func TestMerakiLines(t *testing.T) {
	const front = "<134>1 1795600800.022430458 MX_device_1 events Site-to-Site VPN: "
	for line, want := range map[string]string{
		"<l2tp-over-ipsec-1|241> CHILD_SA net-1{272} established with SPIs c6abe8d0(inbound) 4f04c590(outbound) and TS 192.0.2.1/32[udp/l2f] === 192.0.2.2/32[udp/l2f]": "child up agreed=192.0.2.1 udp/1701=192.0.2.2 udp/1701 children=[0xc6abe8d0 0x4f04c590]",
		"<l2tp-over-ipsec-1|241> IKE_SA l2tp-over-ipsec-1[241] established between 192.0.2.2[192.0.2.2]...192.0.2.1[192.168.1.201]":                                     "up",
		"<site-1|7> received NO_PROPOSAL_CHOSEN error notify": "peer error NO-PROPOSAL-CHOSEN",
	} {
		got, events := toldBy(t, front+line+"\n")
		if !slices.Equal(got, []string{want}) || !events[0].Time.Clock.Equal(time.Unix(1795600800, 22430458)) || events[0].Group.ID == 0 {
			t.Errorf("%s: %q, %+v", line, got, events)
		}
	}
}

// A record of JSON has its time beside the message: those of clouds, in text and in numbers.
func TestRecordTimes(t *testing.T) {
	at := time.Date(2026, 11, 25, 10, 0, 0, 0, time.UTC)
	const message = "received NO_PROPOSAL_CHOSEN error notify"
	for _, log := range []string{
		`{"insertId":"1","textPayload":"` + message + `","resource":{"type":"vpn_gateway"},"timestamp":"2026-11-25T10:00:00Z","severity":"ERROR"}`,
		`{"jsonPayload":{"message":"` + message + `"},"timestamp":"2026-11-25T10:00:00Z"}`,
		`{"event_timestamp":1795600800,"details":"No Proposal Match Found by AWS","ike_phase1_state":"down"}`,
		`{"__REALTIME_TIMESTAMP":"1795600800000000","MESSAGE":"` + message + `"}`,
		`{"@timestamp":1795600800000,"message":"` + message + `"}`,
	} {
		got, events := toldBy(t, log+"\n"+log+"\n")
		if len(got) == 0 || !events[0].Time.Clock.Equal(at) || !events[0].Time.Zoned {
			t.Errorf("%s: %q %+v", log, got, events)
		}
	}
	got, events := toldBy(t, `{"timestamp":"yesterday","time":7,"textPayload":"`+message+`"}`+"\n")
	if len(got) != 1 || !events[0].Time.IsZero() {
		t.Errorf("%q %+v", got, events)
	}
}

// What manuals, guides and forums say of messages is no event.
func TestBoxProse(t *testing.T) {
	for _, prose := range []string{
		`!! No proposal chosen The parameters configured for Phase 1 or Phase 2 negotiations don't match.`,
		"!! No proposal chosen",
		`I get "IKE Responder: Proposed IKE ID mismatch" on the SonicWall, any ideas?`,
		"The log shows IKE Responder: IPsec proposal does not match (Phase 2). What is wrong?",
		"| `Sending Notify Message - Authentication failed`, `IKE Tunnel closed ... with status IKE authentication credentials are unacceptable` | The pre-shared key does not match |",
		`In addition, the event log records an error from RasClient: The error code returned on failure is 13801.`,
		"13801: IKE authentication credentials are unacceptable.",
		"phase1 proposal mismatch: IKE proposal parameters on both ends do not match.",
		"If you see IPSec tunnel negotiation fails, look for Reason=[phase1 proposal mismatch] in it.",
		"Mismatched ID settings at peer is a problem with the Phase 1 identifier.",
		"Drop negotiation to peer due to phase 1 retry timeout means that the gateway was not reachable.",
		"Main Mode Failed to match proposal: Transform: AES-256, SHA256; Reason: Wrong value for: Hash Algorithm",
		"IKE_SA_ESTABLISH_FAIL: the reason may be no matching secret",
		"probable authentication (preshared secret) failure means that the keys differ",
		"Authentication Data = 64 does not match proposal RSASignature",
	} {
		if b, err := Read("x.txt", []byte("A page about VPNs.\n"+prose+"\nAnother line.\n")); err == nil && len(b.Events) > 0 {
			t.Errorf("%s: %s", prose, told(&b.Events[0]))
		}
	}
}
