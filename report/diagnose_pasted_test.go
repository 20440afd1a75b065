package report

import (
	"path/filepath"
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
	} {
		t.Run(name, func(t *testing.T) {
			if f := diagnosedLog(t, filepath.Join(pcaps, c.session), c.log).Findings[0]; f.Code != c.code {
				t.Errorf("%+v", f)
			}
		})
	}
}
