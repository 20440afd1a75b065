package report

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ikedecode/ikedecode/capture"
	"github.com/ikedecode/ikedecode/keys/secret"
)

// The first line says what is true with whatever log was given, and claims nothing that another cause would show as well.
func TestFirstLine(t *testing.T) {
	for _, c := range []struct {
		session, log   string
		code, headline string
		not            string // nowhere in the text
	}{
		{"diag-v1-no-address", "gwa.log.gz", "no-address", "192.0.2.2 assigned no virtual address to 192.0.2.1", "healthy"},
		{"diag-v1-one-address", "gwb.low.log", "healthy", "came up and carried traffic both ways", "no-address"},                            // asked for IPv6 as well
		{"diag-v1-one-address", "../diag-v1-xauth-refused/gwb.low.log", "healthy", "came up and carried traffic both ways", "xauth-failed"}, // of another attempt
		{"diag-v2-child-deleted", "../diag-v2-ppk/gwb.low.log", "healthy", "came up and carried traffic both ways", "auth-failed"},          // likewise
		{"diag-v1-xauth-refused", "gwb.log.gz", "xauth-failed", "XAUTH rejected the user alice", "XAUTH failed"},                            // said once
		{"diag-v1-xauth-refused", "gwb.low.log", "xauth-failed", "192.0.2.2 rejected the user alice", "more time"},
		{"diag-v1-mode-libreswan", "", "no-response", "no response from 192.0.2.2:500", ""},
		{"diag-v1-mode-libreswan", "gwb.log", "no-connection", "192.0.2.2 has no connection for 192.0.2.1 that allows Aggressive Mode", "with IKEv1"},
		{"diag-v2-cert-name", "", "auth-failed", "192.0.2.1 rejected the IKE_AUTH response; cannot tell", "not trusted"},
		{"diag-v2-cert-name", "gwa.low.log", "certificate-problem", "192.0.2.1 has no trusted public key for gwb.example.net", "is not trusted ("},
		{"diag-v2-cert-name", "gwb.low.log", "auth-failed", "192.0.2.1 rejected 192.0.2.2 with AUTHENTICATION_FAILED", "not-enough-seen"},
		{"diag-v2-eap-user", "gwa.low.log", "eap-failed", "192.0.2.2 rejected the user", "192.0.2.1 rejected the user"},
		{"diag-v2-eap-user", "gwb.low.log", "eap-failed", "192.0.2.2 has no password for the user mallory", "AUTHENTICATION_FAILED"},
		{"diag-v2-ppk", "gwb.log.gz", "auth-failed", "the post-quantum pre-shared keys (PPK) or the pre-shared keys differ", "wrong-psk"},
		{"diag-v2-ppk", "gwb.low.log", "auth-failed", "the post-quantum pre-shared keys (PPK) or the pre-shared keys differ", "psk-mismatch"},
		{"diag-v2-ppk-required", "gwb.low.log", "auth-failed", "192.0.2.2 requires a post-quantum pre-shared key (PPK), 192.0.2.1 uses none", "psk-mismatch"},
		{"diag-v2-nat-expired", "", "esp-one-way", "cannot tell: its NAT mapping timed out, it is gone or lost the IPsec SA", "healthy"},
		{"diag-v2-child-deleted", "gwa.log.gz", "traffic-outside-tunnel", "6 packets unencrypted since 192.0.2.2 deleted the Child SA in frame 18", "healthy"},
	} {
		t.Run(c.session+" "+c.log, func(t *testing.T) {
			dir := sessionDir(t, c.session)
			var keys []string
			if c.log != "" {
				keys = []string{filepath.Join(dir, c.log)}
			}
			d := Diagnose(analyzed(t, filepath.Join(dir, "wire.pcap"), keys...))
			checkFirst(t, c.log, d, c.code)
			text := textOf(t, d)
			if f := d.Findings[0]; !strings.Contains(f.Text, c.headline) || c.not != "" && strings.Contains(text, c.not) {
				t.Errorf("want %q and nowhere %q:\n%s", c.headline, c.not, text)
			}
		})
	}
}

// A responder of IKEv2 that has no address to give says so, and sets up no Child SA (RFC 7296, section 3.15.4).
func TestInternalAddressFailure(t *testing.T) {
	const failure = 36 // INTERNAL_ADDRESS_FAILURE
	c := editedCapture{session: "diag-v2-ts", secrets: func(b *secret.Bag) *secret.Bag { return b }, packets: notifying(t, failure)}
	checkFirst(t, "INTERNAL_ADDRESS_FAILURE", c.diagnosis(t), "no-address")
}

// Where a capture has no IPsec, the log may say to whom messages went that got no response.
func TestUnheardByLog(t *testing.T) {
	path := edited(t, "v2-psk-aes128-sha256", func(ps []*capture.Packet) []*capture.Packet {
		ps[0].Data = ps[0].Data[:14] // an Ethernet header
		return ps[:1]
	})
	log := filepath.Join(t.TempDir(), "gwa.log")
	for text, want := range map[string]string{
		"": "no IKE message and no ESP or AH packet in 1 packet",
		"Nov 27 07:24:22 07[NET] <t|1> sending packet: from 192.0.2.1[500] to 192.0.2.99[500] (272 bytes)\n": "192.0.2.1 sent IKE messages to 192.0.2.99 without a response",
		"Nov 27 07:24:22 07[NET] <t|1> sending packet: from 192.0.2.1[500] to 192.0.2.99[500] (272 bytes)\n" +
			"Nov 27 07:24:23 08[NET] <t|1> received packet: from 192.0.2.99[500] to 192.0.2.1[500] (272 bytes)\n" +
			"Nov 27 07:24:23 08[ENC] <t|1> parsed IKE_SA_INIT response 0 [ SA KE No ]\n": "no IKE message and no ESP or AH packet in 1 packet",
	} {
		var keys []string
		if text != "" {
			if err := os.WriteFile(log, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			keys = []string{log}
		}
		if f := Diagnose(analyzed(t, path, keys...)).Findings[0]; f.Code != "no-ipsec" || !strings.HasSuffix(f.Text, want) {
			t.Errorf("%q: %s %q, want %q", text, f.Code, f.Text, want)
		}
	}
}
