package source

import (
	"slices"
	"strings"
	"testing"

	"github.com/ikedecode/ikedecode/decode/ike"
	"github.com/ikedecode/ikedecode/keys/logs"
)

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
		{"ike V=root:0:to-hq:12: gw validation failed", "refused identity differs"},
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

// An MX before 15.12 has the messages of racoon, with the time in seconds.
func TestMerakiRacoonLines(t *testing.T) {
	const front = "<134>1 1795600800.917669303 MX_1 events Site-to-site VPN: initiate new phase 1 negotiation: 192.0.2.2[500]<=>192.0.2.1[500]\n"
	testLines(t, logs.Meraki, front, []lineCase{
		{"<134>1 1795600801.829677788 MX_1 events Site-to-site VPN: failed to get sainfo", "refused no traffic selectors"},
		{"1795600802.321445408 MX_1 events Site-to-site VPN: phase1 negotiation failed due to time up. 3f1d9c0a52b7e846:0000000000000000", "gave up"},
		{"<134>1 1795600801.915091184 MX_1 flows src=192.0.2.9 dst=192.0.2.1 failed to get sainfo", "started"},
	})
	_, events := toldBy(t, front)
	if e := events[0]; e.Time.Clock.Unix() != 1795600800 || e.Remote.Addr.String() != "192.0.2.1:500" {
		t.Errorf("%+v", e)
	}
}

// A message of an ASA that a viewer broke behind the user name is known by its number, and its reason by the next line.
func TestBrokenASALine(t *testing.T) {
	_, events := toldBy(t, "The log says:\nApr  7 13:08:35 asa1.example.org %ASA-4-750003: Local:192.0.2.2:500 Remote:192.0.2.1:500 Username:Unknown \nIKEv2 Negotiation aborted due to ERROR: Failed to receive the AUTH msg before the timer expired\n")
	if len(events) != 1 || events[0].Kind != logs.GaveUp || events[0].Remote.Addr.String() != "192.0.2.1:500" {
		t.Errorf("%+v", events)
	}
}

// IOS before 12.3 has a blank before the number of the SA, and on a console no time.
func TestOldIOSLines(t *testing.T) {
	testLines(t, logs.Cisco, "ISAKMP (0:1): processing SA payload. message ID = 0\n", []lineCase{
		{"ISAKMP (0:1): no offers accepted!", "refused no proposal"},
		{"ISAKMP (0:1): phase 2 SA not acceptable!", "refused no proposal"},
		{"ISAKMP (0:0): received packet from 192.0.2.1 dport 500 sport 500 Global (R) MM_NO_STATE", "received"},
	})
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
		{"%ASA-4-750003: Local:192.0.2.2:500 Remote:192.0.2.1:500 Username:Unknown IKEv2 Negotiation aborted due to ERROR: Failed to find a matching policy", "refused no proposal"},
		{"%FTD-4-751015: Local:192.0.2.2:500 Remote:192.0.2.1:500 Username:192.0.2.1 IKEv2 SA request rejected by CAC. Reason: IN-NEGOTIATION SA LIMIT REACHED", "refused too busy"},
		{"%ASA-3-751002: Local:192.0.2.2:500 Remote:192.0.2.1:500 Username:192.0.2.1 IKEv2 No preshared key or trustpoint configured for self in tunnel group 192.0.2.1", "refused no pre-shared key own"},
		{"Apr  7 13:08:35 asa1.example.org %ASA-4-750003: Local:192.0.2.2:500 Remote:192.0.2.1:500 Username:Unknown IKEv2 Negotiation aborted due to ERROR: Failed to receive the AUTH msg before the timer expired", "gave up"},
		{"Apr  7 13:08:35 asa1.example.org %ASA-4-750003: Local:192.0.2.2:500 Remote:192.0.2.1:500 Username:Unknown \nIKEv2 Negotiation aborted due to ERROR: Failed to receive the AUTH msg before the timer expired", "gave up"},
		{"1w2d: ISAKMP:(0):No pre-shared key with 192.0.2.1!", "refused no pre-shared key"},
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
		{"Nov 25 10:00:00 srx iked[1234]: IKE negotiation failed with error: No proposal chosen." + rest, "refused no proposal"},
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
		{"IKE phase 1 negotiation is failed. Couldn\u2019t find configuration for IKE phase-1 request for peer IP 192.0.2.1[500]", "refused no connection"},
		{`<14>Nov 25 10:00:00 fw1 1,2026/11/25 10:00:00,0128,SYSTEM,vpn,0,2026/11/25 10:00:00,,ike-nego-p1-fail,gw,0,0,general,informational,"IKE phase-1 negotiation is failed. no suitable proposal found in peer's SA payload.",12,0x0,0,0`,
			"refused no proposal"},
		{front + "IKE protocol notification message received: NO-PROPOSAL-CHOSEN (14).", "peer error NO-PROPOSAL-CHOSEN"},
		{front + "IKE phase-1 negotiation is failed as initiator, main mode. Failed SA: 192.0.2.1[500]-192.0.2.2[500] cookie:84222f276c2fa2e9:0000000000000000. Due to timeout.", "gave up"},
		{`<14>Nov  9 19:53:08 fw1.example.org 1,2026/11/06 15:46:26,009732949126,SYSTEM,vpn,0,2026/11/06 15:39:29,,ike-send-p2-delete,gw,0,0,general,informational,"IKE protocol IPSec SA delete message sent to peer. SPI:0xA1CD910F.",18249042,0x80,0,0`,
			"deleted children=[0xa1cd910f]"},
	})
}
