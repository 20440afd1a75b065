package report

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/ikedecode/ikedecode/report/diagnose"
)

// Logs as people paste them decide the first finding as those of the lab do, and what is no fault in them decides nothing.
func TestPastedLogDecides(t *testing.T) {
	for name, c := range map[string]struct {
		session, log string
		code         diagnose.Code
	}{
		"pluto, peer redacted": {"fail-v2-auth", `"t"[1] x.x.x.x #1: processing decrypted IKE_AUTH request from x.x.x.x:UDP/500 containing SK{IDi,AUTH,SA,TSi,TSr}
"t"[1] x.x.x.x #1: authentication failed: computed hash does not match hash received from peer ID_FQDN '@gwa'
`, "psk-mismatch"},
		"pluto sends a DN": {"fail-v2-auth", `"t" #1: initiating IKEv2 connection to 192.0.2.2 using UDP
"t" #1: sent IKE_AUTH request to 192.0.2.2:UDP/500 with digital-signature RSASSA-PSS with SHA2_512 and DER_ASN1_DN 'CN=gwa'; Child SA #2 {ESP <0xc0ffee01} [10.1.0.0/24===10.2.0.0/24]
"t" #1: IKE SA authentication request rejected by peer: AUTHENTICATION_FAILED
`, "auth-failed"},
		"pluto has no CA": {"diag-v2-cert-untrusted", `003 "t" #1: initiating IKEv2 connection to 192.0.2.2 using UDP
003 "t" #1: processing IKE_AUTH response from 192.0.2.2:UDP/500 containing SK{IDr,CERT,AUTH}
003 "t" #1: no Certificate Authority in NSS Certificate DB! certificate payloads discarded
`, "certificate-problem"},
		"charon of 2015": {"fail-v2-auth", `Nov 23 08:43:30 gwb charon: 07[NET] received packet: from 192.0.2.1[500] to 192.0.2.2[500]
Nov 23 08:43:30 gwb charon: 07[ENC] parsed IKE_AUTH request 1 [ IDi SA TSi TSr ]
Nov 23 08:43:30 gwb charon: 07[IKE] peer requested EAP, config inacceptable
`, "auth-method-mismatch"},
		"RouterOS 7": {"diag-v2-identity", `10:00:00 ipsec,info new ike2 SA (R): t 192.0.2.2[500]-192.0.2.1[500] spi:a224c3fc2bb4155c:0146309fe619519d
10:00:00 ipsec,error identity not found for responder: ADDR4:192.0.2.2 peer: FQDN:gwa.example.org
`, "identity-mismatch"},
		"offers compared": {"v1-main-psk-multi-proposals", `ISAKMP (0): received packet from 192.0.2.1 dport 500 sport 500 Global (N) NEW SA
ISAKMP:(0):Encryption algorithm offered does not match policy!
ISAKMP:(0):atts are acceptable. Next payload is 0
`, "healthy"},
		"SonicWall": {"fail-phase2-proposal", `<132>id=firewall sn=0017C5000000 time="2026-11-23 08:40:30 UTC" fw=192.0.2.2 pri=4 c=16 m=1 msg="IKE Responder: IPsec proposal does not match (Phase 2)" n=3 src=192.0.2.1:500:X1 dst=192.0.2.2:500:X1
`, "phase2-no-proposal"},
		"WatchGuard": {"fail-phase1-proposal", "iked (192.0.2.2<->192.0.2.1) Peer proposes phase one encryption 3DES, expecting AES\n", "phase1-no-proposal"},
		"Check Point": {"fail-phase1-proposal", `[action:"Reject"; origin:"192.0.2.2"; ike::"Main Mode Failed to match proposal: Transform: AES-256, SHA256; Reason: Wrong value for: Hash Algorithm"; peer_gateway:"192.0.2.1"; scheme::"IKE"; ]
`, "phase1-no-proposal"},
		"Huawei, selectors": {"fail-v2-ts", huaweiLine("flow mismatch"), "ts-mismatch"},
		"Huawei, identity":  {"diag-v2-identity", huaweiLine("config ID mismatch"), "identity-mismatch"},
		"Huawei, peer":      {"diag-no-connection", huaweiLine("peer address mismatch"), "no-connection"},
		"Huawei, key":       {"fail-v2-auth", huaweiLine("authentication fail"), "psk-mismatch"},
		"Azure": {"fail-v2-auth", `{"Message":"SESSION_ID :{ae2e57d3-6d4c-4cc9-a5d5-ca3b5d5d5d5d} Remote 192.0.2.1:500: Local 192.0.2.2:500: [SEND] Sending Notify Message - Authentication failed"}
`, "psk-mismatch"},
		"Tencent Cloud": {"fail-v2-auth", "IKE_SA_ESTABLISH_FAIL:Failed to establish IKE SA for the reason of no matching secret. ike connection: t, my ip: 192.0.2.2, peer ip: 192.0.2.1.\n", "psk-mismatch"},
		"Zyxel":         {"fail-phase2-ts", "1 11/23/2026 08:40:30 Recv Main Mode request from <192.0.2.1>\n2 11/23/2026 08:40:31 !! Verifying Remote ID failed\n", "ts-mismatch"},
		"DrayTek":       {"fail-psk-mismatch", "[IPSEC/IKE][Local][34:-][@192.0.2.1] smalformed payload: probable authentication (preshared secret) failure:\n", "psk-mismatch"},
		"Google Cloud": {"fail-v2-auth", `{"textPayload":"received packet: from 192.0.2.1[500] to 192.0.2.2[500] (252 bytes)","timestamp":"2026-11-23T08:43:30.2Z"}
{"textPayload":"parsed IKE_AUTH request 1 [ IDi AUTH SA TSi TSr ]","timestamp":"2026-11-23T08:43:30.2Z"}
{"textPayload":"tried 1 shared key for '192.0.2.2' - '192.0.2.1', but MAC mismatched","timestamp":"2026-11-23T08:43:30.2Z"}
`, "psk-mismatch"},
		"of a tunnel that came up": {"v2-psk-aes128-sha256", huaweiLine("phase1 proposal mismatch"), "healthy"},
	} {
		t.Run(name, func(t *testing.T) {
			if f := diagnosedLog(t, filepath.Join(pcaps, c.session), c.log).Findings[0]; f.Code != c.code {
				t.Errorf("%+v", f)
			}
		})
	}
}

// huaweiLine is what a Huawei gateway logs of a negotiation with 192.0.2.1 that failed.
func huaweiLine(reason string) string {
	return "gw ipsec_ike[85]: [192.0.2.2] IPSec tunnel negotiation fails. (IfIndex=[207], PolicyName=[], SeqNum=[0], PeerAddress=[192.0.2.1], PeerPort=[500], Reason=[" + reason + "])\n"
}

// Where the words of a log have several causes, the first line says which is the most likely, the next what else fits, and nothing that they differ.
func TestSupposedReason(t *testing.T) {
	for _, c := range []struct{ session, reason, headline, also string }{
		{"fail-v2-auth", "authentication fail", "192.0.2.2 rejected 192.0.2.1, most likely because the pre-shared keys differ",
			"its log says the same of a rejected identity, certificate or method"},
		{"fail-v2-auth", "malformed message", "192.0.2.2 rejected IKE_AUTH, most likely with AUTHENTICATION_FAILED", ""}, // which has other causes, too
		{"fail-psk-mismatch", "malformed message", "phase 1 failed at message 5 of Main Mode, most likely because the pre-shared keys differ", ""},
		{"fail-phase2-proposal", "phase2 proposal or pfs mismatch", "192.0.2.2 rejected 192.0.2.1, most likely because the proposals differ",
			"its log says the same of a PFS group or another setting that differs"},
		{"diag-v2-identity", "config ID mismatch", "192.0.2.2 has no connection for the identity of 192.0.2.1", ""},
	} {
		f := diagnosedLog(t, filepath.Join(pcaps, c.session), huaweiLine(c.reason)).Findings[0]
		if !strings.HasPrefix(f.Text, c.headline) || c.also != "" && !slices.Contains(f.Details, c.also) {
			t.Errorf("%s, %s: %s\n%q", c.session, c.reason, f.Text, f.Details)
		}
		if c.also != "" && slices.ContainsFunc(f.Values, func(v Compared) bool { return v.Differs }) {
			t.Errorf("%s, %s: %+v", c.session, c.reason, f.Values)
		}
	}
}
