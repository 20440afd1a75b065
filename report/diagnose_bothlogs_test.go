package report

import (
	"path/filepath"
	"strings"
	"testing"
)

// What both sides' logs say of one rejection, why and with which error, is one problem with the words of both.
func TestBothLogs(t *testing.T) {
	for session, words := range map[string][2]string{
		"diag-v2-cert-name": {"no trusted public key", "N(AUTH_FAILED)"},
		"diag-v2-ocsp":      {"RULE_CRL_VALIDATION is FAILED", "N(AUTH_FAILED)"},
		"../../../shared/diagnosis/v1-id-behind-nat": {"no peer config found", "AUTHENTICATION_FAILED"},
	} {
		t.Run(session, func(t *testing.T) {
			dir := sessionDir(t, session)
			d := Diagnose(analyzed(t, filepath.Join(dir, "wire.pcap"), filepath.Join(dir, "gwa.low.log"), filepath.Join(dir, "gwb.low.log")))
			problems := 0
			for _, f := range d.Findings {
				if f.Severity == SeverityProblem {
					problems++
				}
			}
			text := textOf(t, d)
			first, _, _ := strings.Cut(text, "hint:")
			if problems != 1 || !strings.Contains(first, words[0]) || !strings.Contains(first, words[1]) {
				t.Errorf("want one problem with %q:\n%s", words, text)
			}
		})
	}
}
