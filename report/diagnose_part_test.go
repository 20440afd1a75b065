package report

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/ikedecode/ikedecode/capture"
)

// A capture that begins late or ends early has a part of what failed, and the log of a peer the rest.
func TestFirstLineOfPart(t *testing.T) {
	for _, c := range []struct {
		session, log   string
		from, to       int // packets that are left, from 0; to 0: up to the end
		code, headline string
		not            string // nowhere in the text
	}{
		// A Child SA that came up before the capture begins says nothing of the exchange that was rejected.
		{"diag-v1-rekey-rejected", "gwa.low.log", 0, 0, "phase2-no-proposal", "192.0.2.2 rejected those of 192.0.2.1 with NO-PROPOSAL-CHOSEN", "healthy"},
		{"diag-v2-pluto-rekey-rejected", "gwa.low.log", 0, 0, "phase2-no-proposal", "192.0.2.2 rejected those of 192.0.2.1 with NO_PROPOSAL_CHOSEN", "healthy"},
		{"diag-v2-other-child", "gwb.low.log", 7, 0, "healthy", "carried traffic both ways", "problem: "},
		// Of Main Mode, message 5 is the first that is encrypted: its sender is the initiator.
		{"diag-v1-psk-racoon-pluto", "", 0, 0, "phase1-stopped", "phase 1 stopped: no response from 192.0.2.2 to frame 2", "did not arrive"},
		{"diag-v1-psk-racoon-pluto", "gwb.low.log", 0, 0, "psk-mismatch", "the pre-shared keys differ: 192.0.2.2 could not verify", "did not arrive"},
		// Where the roles are a guess, a log of either peer is bound all the same.
		{"diag-v1-xauth-pluto", "gwa.low.log", 6, 0, "xauth-failed", "192.0.2.2 rejected the user of 192.0.2.1", "nothing wrong"},
		// The capture ends after IKE_SA_INIT.
		{"diag-v2-iked-authentication", "gwa.low.log", 0, 2, "auth-failed", "192.0.2.2 rejected 192.0.2.1 with AUTHENTICATION_FAILED", "no IKE_AUTH"},
		{"diag-v2-iked-authentication", "gwb.low.log", 0, 2, "certificate-problem", "192.0.2.2 has no trusted public key", "no IKE_AUTH"},
		{"diag-v2-iked-proposal", "gwa.low.log", 0, 2, "phase2-no-proposal", "no proposal chosen for ESP or AH", "IKE proposal"},
		{"diag-v2-esp-ah", "gwb.low.log", 0, 2, "phase2-no-proposal", "accepted no ESP or AH proposal", "IKE proposal"},
		// It ends with the request, whose response the log of its receiver has.
		{"diag-v2-cert-name", "gwb.low.log", 0, 4, "phase1-stopped", "the capture ends there", "find what drops"},
		{"diag-v2-eap-tls", "gwa.log.gz", 0, 8, "certificate-problem", "192.0.2.", "stopped after message"},
		// What is missing at its ends does not matter where all packets are decrypted.
		{"diag-v1-rekey-storm", "keys.txt", 0, 72, "healthy", "carried traffic both ways", "warning: "},
	} {
		t.Run(c.session+" "+c.log, func(t *testing.T) {
			dir := sessionDir(t, c.session)
			var keys []string
			if c.log != "" {
				keys = []string{filepath.Join(dir, c.log)}
			}
			path := edited(t, c.session, func(ps []*capture.Packet) []*capture.Packet {
				if c.to != 0 {
					ps = ps[:c.to]
				}
				return ps[c.from:]
			})
			d := Diagnose(analyzed(t, path, keys...))
			checkFirst(t, c.log, d, c.code)
			text := textOf(t, d)
			if f := d.Findings[0]; !strings.Contains(f.Text, c.headline) || c.not != "" && strings.Contains(text, c.not) {
				t.Errorf("want %q and nowhere %q:\n%s", c.headline, c.not, text)
			}
		})
	}
}
