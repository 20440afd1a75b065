package report

import (
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/ikedecode/ikedecode/report/diagnose"
)

// The log of another attempt between the same hosts says nothing of the one in the capture: its SPIs, its message IDs, the sizes of its messages or its type of
// phase 1 are others.
func TestLogOfAnotherAttempt(t *testing.T) {
	for _, c := range []struct{ session, log string }{
		{"diag-cert-expired", "diag-v2-cert-untrusted/gwa.log"}, // IKEv1 and IKEv2
		{"diag-lifetime", "diag-mode/gwa.log"},                  // four minutes before
		{"diag-pfs", "diag-ts/gwa.log"},
		{"diag-v2-dpd", "diag-v2-eap/gwa.log"},
		{"diag-v2-cert-id", "diag-v2-ts/gwa.log"},
		{"diag-v2-asked-id", "fail-v2-ts/gwa.log"},
		{"diag-v2-narrowed", "diag-v2-ppk/gwb.low.log"},
		{"diag-v2-eap-refused", "diag-v2-eap-user/gwb.low.log"},
		{"diag-v1-same-identity", "diag-v1-xauth-refused/gwb.low.log"}, // the messages of phase 1 have the same sizes
		{"diag-v1-ah-nat", "diag-v1-mode-libreswan/gwb.log"},
		{"diag-v2-esp-prohibited", "diag-v2-gave-up-then-anew/gwa.low.log"}, // the SPIs of its Child SA are others
	} {
		wire := filepath.Join(sessionDir(t, c.session), "wire.pcap")
		known := make(map[diagnose.Code]bool)
		for _, f := range Diagnose(analyzed(t, wire)).Findings {
			known[f.Code] = true
		}
		for _, f := range Diagnose(analyzed(t, wire, filepath.Join(pcaps, filepath.FromSlash(c.log)))).Findings {
			if f.Severity == SeverityProblem && !known[f.Code] {
				t.Errorf("%s with the log of another attempt, %s: %s [%s]", c.session, c.log, f.Text, f.Code)
			}
		}
	}
}

// A log says nothing of an IKE SA that works if one of its messages had another size there, whatever the time: that was another attempt.
func TestLogOfRejectionThatCameUp(t *testing.T) {
	log, err := os.ReadFile(filepath.Join(pcaps, "diag-v2-two-faults", "gwa.low.log"))
	if err != nil {
		t.Fatal(err)
	}
	dir := sessionDir(t, "diag-v2-esp-prohibited")
	s, _ := analyzed(t, filepath.Join(dir, "wire.pcap"))
	at := s.SAs[0].Messages[3].Time.UTC().Format("Jan _2 15:04:05")
	for _, f := range diagnosedLog(t, dir, regexp.MustCompile(`(?m)^\w{3} [ \d]\d \d\d:\d\d:\d\d`).ReplaceAllString(string(log), at)).Findings {
		if f.Code == "auth-failed" || f.Code == "ts-mismatch" {
			t.Errorf("%s [%s]", f.Text, f.Code)
		}
	}
}
