package report

import (
	"path/filepath"
	"strings"
	"testing"
)

// Pings without a reply show in the lengths and numbers of packets that are not decrypted, as a guess; where all are answered nothing does.
func TestDiagnoseFewerBack(t *testing.T) {
	for session, want := range map[string]string{
		"diag-v2-half-lost":        "note: most likely 13 of 30 echo requests from behind 192.0.2.1 got no reply",
		"path-nat-moved":           "",
		"diag-v2-rekeyed-often":    "",
		"diag-v2-rekey-storm":      "",
		"v2-psk-aes128-sha256":     "",
		"v1-main-psk-aes128-sha1":  "",
		"diag-v2-ping-fragments":   "",
		"diag-v2-esp-one-way":      "",
		"diag-v2-same-network":     "",
		"diag-v2-peer-restarted":   "",
		"diag-esp-counter-restart": "",
	} {
		d := merged(t, []string{filepath.Join(pcaps, session, "wire.pcap")})
		switch text := textOf(t, d); {
		case want == "" && strings.Contains(text, "got no reply"):
			t.Errorf("%s:\n%s", session, text)
		case !strings.Contains(text, want):
			t.Errorf("%s: no %q:\n%s", session, want, text)
		}
	}
}
