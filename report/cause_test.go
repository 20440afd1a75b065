package report

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/ikedecode/ikedecode"
	"github.com/ikedecode/ikedecode/capture"
	"github.com/ikedecode/ikedecode/decode"
	"github.com/ikedecode/ikedecode/decode/ike"
	"github.com/ikedecode/ikedecode/decode/ikev1"
	"github.com/ikedecode/ikedecode/decode/ikev2"
	"github.com/ikedecode/ikedecode/keys/ikesa"
	"github.com/ikedecode/ikedecode/report/diagnose"
	"github.com/ikedecode/ikedecode/report/negotiation"
	"github.com/ikedecode/ikedecode/report/traffic"
)

// A truth is a session whose cause is known, with what a diagnosis has to say of it.
type truth struct {
	session string
	sources string // files beside the capture, with blanks between them; "" for none
	code    string // of the first finding that is no note; "" for none
	says    string // somewhere in its text, details or hint
	never   string // codes that no finding has, with blanks between them
}

var truths = []truth{
	{"v2-4500-blocked-at-responder", "", "stopped-after-init", "4500", "healthy"},
	{"v1-4500-blocked-at-responder", "", "phase1-stopped", "4500", ""},
	{"v2-redirect", "", "redirected", "192.0.2.9", "healthy"},
	{"v1-id-behind-nat", "", "auth-failed", "identity", "psk-mismatch"},
	{"v1-psk-not-allowed", "", "auth-failed", "authentication method", "psk-mismatch"},
	{"v1-psk-not-allowed", "gwa.log.gz", "auth-failed", "identity or authentication method", "psk-mismatch identity-mismatch"},
	{"v2-eap-but-psk-wanted", "gwa.log.gz", "auth-method-mismatch", "frame 3 has no AUTH payload", "identity-mismatch psk-mismatch"},
	{"v2-auth-method", "gwa.log.gz", "auth-method-mismatch", "192.0.2.2 requests certificates in frame 2", "identity-mismatch psk-mismatch"},
	{"v1-to-v2-only", "", "phase1-no-proposal", "or none for IKEv1", ""},
	{"v2-unknown-peer", "", "phase1-no-proposal", "no connection for 192.0.2.1", ""},
	{"v2-eap-refused", "gwa.log.gz", "eap-failed", "no EAP method in common", "auth-failed psk-mismatch"},
	{"v2-eap-server-cert-untrusted", "gwa.log.gz", "certificate-problem", "its issuer is not known", "eap-failed"},
	{"v2-eap-server-cert-untrusted", "gwb.log.gz", "certificate-problem", "does not trust the certificate of 192.0.2.2", "eap-failed"},
	{"v2-libreswan-ignores-noprop", "gwb.log.gz", "phase1-no-proposal", "AES-GCM-16-256", "one-way-ike"},
	{"v2-iked-ts-outside", "gwa.log.gz", "ts-mismatch", "10.20.0.0/24", "dpd-timeout"},
	{"v2-iked-ts-outside", "", "phase2-refused", "deleted the Child SA", "dpd-timeout auth-failed"},
	{"v2-rekey-invalid-ke-healthy", "", "", "", "phase2-refused rekey-failed"},
	{"v2-rekey-invalid-ke-healthy", "gwa.log.gz", "", "", "phase2-refused rekey-failed not-enough-seen"},
	{"v2-psk-trailing-blank", "gwa.log.gz gwb.log.gz", "psk-mismatch", "one has a blank at the end", "auth-failed"},
	{"v2-psk-trailing-blank", "gwb.log.gz", "psk-mismatch", "one has a blank at the end", "auth-failed"},
	{"v1-message5-lost", "", "phase1-stopped", "message 5", "psk-mismatch"},
	{"v1-message5-lost", "gwa.log.gz", "phase1-stopped", "message 5", "psk-mismatch"},
	{"v1-message5-lost", "gwb.log.gz", "phase1-stopped", "message 5", "psk-mismatch"},
	{"v1-message5-lost", "gwa.log.gz gwb.log.gz", "phase1-stopped", "message 5", "psk-mismatch"},
}

// The first finding names the true cause, and no other finding a false one.
func TestCauses(t *testing.T) {
	for _, c := range truths {
		t.Run(c.session+" "+c.sources, func(t *testing.T) {
			dir := filepath.Join("../../shared/diagnosis", c.session)
			if _, err := os.Stat(dir); err != nil {
				t.Skipf("%s is not there", dir)
			}
			var files []string
			for _, name := range strings.Fields(c.sources) {
				files = append(files, filepath.Join(dir, name))
			}
			c.check(t, Diagnose(analyzed(t, filepath.Join(dir, "wire.pcap"), files...)))
		})
	}
}

func (c *truth) check(t *testing.T, d *Diagnosis) {
	t.Helper()
	list := slices.Clone(d.Findings)
	list = slices.DeleteFunc(list, func(f Finding) bool { return f.Severity == SeverityNote })
	switch {
	case c.code == "" && len(list) > 0:
		t.Errorf("%s, want nothing", textOf(t, d))
	case c.code != "" && (len(list) == 0 || string(list[0].Code) != c.code):
		t.Errorf("want %s first, got\n%s", c.code, textOf(t, d))
	case c.code != "" && !strings.Contains(strings.Join(append(list[0].Details, list[0].Text, list[0].Hint), "\n"), c.says):
		t.Errorf("want %q in\n%s", c.says, textOf(t, d))
	}
	for _, code := range strings.Fields(c.never) {
		if len(withCode(d, code)) > 0 {
			t.Errorf("%s in\n%s", code, textOf(t, d))
		}
	}
}

// A filter on one port leaves out IKE_AUTH, and not the ESP that shows that it went through.
func TestFilterOfCapture(t *testing.T) {
	path := edited(t, "v2-psk-aes128-sha256", byPacket(func(p *capture.Packet, d *capture.Datagram) []byte {
		if p.Number > 2 && d.Kind == capture.IKE {
			return nil
		}
		return p.Data
	}))
	list := withCode(Diagnose(analyzed(t, path)), "stopped-after-init")
	if len(list) != 1 || list[0].Severity != SeverityNote || !strings.Contains(list[0].Text, "the capture lacks IKE_AUTH") {
		t.Errorf("%+v", list)
	}
}

// A redirection leads to another gateway, whose IKE SA may be in the capture.
func TestRedirected(t *testing.T) {
	d := Diagnose(analyzed(t, filepath.Join(pcaps, "diag-v2-redirect", "wire.pcap")))
	c := truth{code: "redirected", says: "no IKE with 192.0.2.9 in the capture", never: "healthy stopped-after-init"}
	c.check(t, d)
}

// Captures from both sides of a NAT are one conversation: nothing was retransmitted, there is one tunnel, and NAT is what it is.
func TestBothSidesOfNAT(t *testing.T) {
	for _, name := range []string{"v1-main-psk-nat", "v2-eap-nat-esn"} {
		dir := filepath.Join(pcaps, name)
		if !exists(filepath.Join(dir, "wire-behind-nat.pcap")) {
			dir = filepath.Join("../../shared/captures", name)
		}
		if !exists(filepath.Join(dir, "wire-behind-nat.pcap")) {
			t.Skipf("%s has no capture behind the NAT", dir)
		}
		for _, keys := range [][]string{nil, {filepath.Join(dir, "gwa.log")}} {
			s := solvedAll(t, []string{filepath.Join(dir, "wire.pcap"), filepath.Join(dir, "wire-behind-nat.pcap")}, bagOf(t, keys...), ikedecode.Options{})
			w, rates := &traffic.Watch{}, &traffic.Rates{}
			if err := s.Run(context.Background(), traffic.Shown(w, rates)); err != nil {
				t.Fatal(err)
			}
			d := Diagnose(s, w)
			if len(withCode(d, "retransmissions")) > 0 || len(withCode(d, "esp-replay")) > 0 || d.Verdict != diagnose.VerdictHealthy {
				t.Errorf("%s: %s", name, textOf(t, d))
			}
			if sent := strings.Join(d.Findings[0].Details, "\n"); !strings.Contains(sent, map[string]string{"v1-main-psk-nat": "63 and 25 ESP", "v2-eap-nat-esn": "14 and 12 ESP"}[name]) {
				t.Errorf("%s: counts %s", name, sent)
			}
			if list := withCode(d, "nat-detected"); len(list) != 1 || !strings.Contains(list[0].Text, "172.16.9.2 is behind NAT and appears as 192.0.2.1 port 500, then 4500") {
				t.Errorf("%s: %+v", name, list)
			}
			if list, _ := negotiation.Read(s).Topology(rates); len(list) != 1 {
				t.Errorf("%s: %d pairs of gateways", name, len(list))
			}
		}
	}
}

// An initiator that comes back with the group that it was asked for is the same attempt, whatever its SPI is.
func TestRetryUnderAnotherInitiatorSPI(t *testing.T) {
	nonce, sa := payload2(ikev2.PayloadNonce, &ikev2.Nonce{Data: make([]byte, 16)}), payload2(ikev2.PayloadSA, &ikev2.SA{})
	offer := func(g decode.Group) sketch2 {
		return sketch2{ikev2.ExchangeSAInit, 0, request2, []decode.Payload{sa, nonce, payload2(ikev2.PayloadKE, &ikev2.KE{Group: g})}, false}
	}
	for _, c := range []struct {
		group    decode.Group
		severity Severity
	}{{19, SeverityNote}, {14, SeverityProblem}} {
		first := build2(offer(14), sketch2{ikev2.ExchangeSAInit, 0, answer2, []decode.Payload{notify2(ikev2.NotifyInvalidKE, 0, 19)}, false})
		next := offer(c.group)
		second := build2(next, next, next, sketch2{ikev2.ExchangeSAInit, 0, answer2, next.payloads, false})
		second.Messages, second.Exchanges[0].Messages = second.Messages[2:], second.Exchanges[0].Messages[2:]
		second.Initiator, second.Responder = decode.SPI{8}, decode.SPI{9}
		d := diagnosisOf(first, second)
		d.apply(t, "IKEv2")
		if len(d.results()) != 1 || d.results()[0].Code != "invalid-ke" || d.results()[0].Severity != c.severity {
			t.Errorf("%v: findings: %+v", c.group, d.results())
		}
	}
}

// An error that answers an error of the other side is no second cause.
func TestErrorThatAnswers(t *testing.T) {
	offer := []decode.Payload{phase1SA(7, 2, 14, 3600)}
	informs := func(id uint32, initiator bool, n ikev1.NotifyType) sketch1 {
		return sketch1{ikev1.ExchangeInformational, id, initiator, []decode.Payload{notify1(ike.IKE, n)}, false}
	}
	auth := payload2(ikev2.PayloadAuth, &ikev2.Auth{Method: ikev2.AuthSharedKey})
	init := []decode.Payload{payload2(ikev2.PayloadSA, &ikev2.SA{}), payload2(ikev2.PayloadNonce, &ikev2.Nonce{Data: make([]byte, 16)})}
	failed, unexpected := []decode.Payload{notify2(ikev2.NotifyAuthenticationFailed)}, []decode.Payload{notify2(ikev2.NotifyInvalidMessageID)}
	asked := []sketch2{{ikev2.ExchangeSAInit, 0, request2, init, false}, {ikev2.ExchangeSAInit, 0, answer2, init, false}, {ikev2.ExchangeAuth, 1, request2, []decode.Payload{auth}, false}}
	for name, sa := range map[string]*ikesa.SA{
		"phase1-no-proposal": build1(hostA, hostB, 1, sketch1{main1, 0, true, offer, false}, informs(9, false, ikev1.NotifyNoProposalChosen), informs(10, true, ikev1.NotifyPayloadMalformed)),
		"auth-failed": build2(append(asked[:3:3], sketch2{ikev2.ExchangeAuth, 1, answer2, failed, false}, sketch2{ikev2.ExchangeInformational, 2, request2, unexpected, false},
			sketch2{ikev2.ExchangeInformational, 2, answer2, unexpected, false})...),
	} {
		d := diagnosisOf(sa)
		for _, rule := range []string{"phase 1", "IKEv2", "other errors"} {
			d.apply(t, rule)
		}
		for i, f := range d.results() {
			if (string(f.Code) == name) != (i == 0) || i > 0 && f.Severity != SeverityNote {
				t.Errorf("%s: %s %s %q", name, f.Severity, f.Code, f.Text)
			}
		}
	}
}
