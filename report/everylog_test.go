package report

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// causes are the sessions whose cause is known (their README says it), with what is found without a log, with that of the initiator, of the
// responder, both, and with each at its default level, in the order of logSets; problems and warnings, the first of which names the cause.
// Where the cause is not in what was given, it is not guessed: "unknown", or a code that says "cannot tell". "-" is for a log that is not there.
var causes = map[string][6]string{
	"v1-4500-blocked-at-responder": {"phase1-stopped", "phase1-stopped", "phase1-stopped", "phase1-stopped", "phase1-stopped", "phase1-stopped"},
	"v1-cert-id-low":               {"auth-failed", "auth-failed", "identity-mismatch", "identity-mismatch", "auth-failed", "identity-mismatch"},
	"v1-esp-return-dropped":        {"unknown", "esp-not-arriving", "esp-not-arriving", "esp-not-arriving", "esp-not-arriving", "unknown"},
	"v1-id-behind-nat":             {"auth-failed", "identity-mismatch", "identity-mismatch", "identity-mismatch", "auth-failed", "identity-mismatch"},
	"v1-message5-lost":             {"phase1-stopped", "phase1-stopped", "phase1-stopped", "phase1-stopped", "phase1-stopped", "phase1-stopped"},
	"v1-pfs-required-libreswan":    {"phase2-refused", "phase2-no-proposal", "pfs-mismatch", "pfs-mismatch", "phase2-no-proposal", "-"},
	"v1-psk-not-allowed":           {"auth-failed", "auth-failed", "auth-method-mismatch", "auth-method-mismatch", "-", "-"},
	"v1-to-v2-only":                {"phase1-no-proposal", "phase1-no-proposal", "no-connection", "no-connection", "phase1-no-proposal", "no-connection"},
	"v2-4500-blocked-at-responder": {"stopped-after-init", "stopped-after-init", "stopped-after-init", "stopped-after-init", "stopped-after-init", "stopped-after-init"},
	"v2-auth-method":               {"auth-failed", "auth-method-mismatch", "auth-method-mismatch", "auth-method-mismatch", "auth-failed", "auth-method-mismatch"},
	"v2-cert-no-intermediate":      {"auth-failed", "auth-failed", "certificate-problem", "certificate-problem", "auth-failed", "certificate-problem"},
	"v2-child-deleted-at-once":     {"auth-failed", "kernel-refused", "child-undone", "kernel-refused", "kernel-refused", "child-undone"},
	"v2-eap-but-psk-wanted":        {"auth-failed", "auth-method-mismatch", "auth-method-mismatch", "auth-method-mismatch", "-", "-"},
	"v2-eap-refused":               {"eap-failed", "eap-failed", "eap-failed", "eap-failed", "eap-failed", "eap-failed"},
	"v2-eap-server-cert-untrusted": {"auth-failed", "certificate-problem", "certificate-problem", "certificate-problem", "certificate-problem", "auth-failed"},
	"v2-esn-low-log":               {"unknown", "phase2-no-proposal", "phase2-no-proposal", "phase2-no-proposal", "phase2-no-proposal", "phase2-no-proposal"},
	"v2-iked-ts-outside":           {"phase2-refused", "ts-mismatch", "ts-mismatch kernel-refused", "ts-mismatch kernel-refused", "ts-mismatch", "-"},
	"v2-kernel-no-esp":             {"unknown", "phase2-no-proposal", "kernel-refused", "kernel-refused", "phase2-no-proposal", "kernel-refused"},
	"v2-libreswan-id-type":         {"auth-failed", "auth-failed", "identity-mismatch", "identity-mismatch", "auth-failed", "-"},
	"v2-libreswan-ignores-noprop":  {"phase1-no-proposal", "phase1-no-proposal", "phase1-no-proposal", "phase1-no-proposal", "-", "phase1-no-proposal"},
	"v2-nat-exemption":             {"unknown", "traffic-outside-tunnel", "traffic-outside-tunnel", "traffic-outside-tunnel", "traffic-outside-tunnel", "traffic-outside-tunnel"},
	"v2-peer-restarted":            {"esp-one-way", "esp-one-way", "esp-one-way", "esp-one-way", "esp-one-way", "esp-one-way"},
	"v2-psk-but-eap-wanted":        {"auth-failed", "auth-failed", "auth-method-mismatch", "auth-method-mismatch", "-", "-"},
	"v2-psk-trailing-blank":        {"auth-failed", "auth-failed", "psk-mismatch", "psk-mismatch", "auth-failed", "psk-mismatch"},
	"v2-redirect":                  {"redirected", "redirected", "redirected", "redirected", "redirected", "-"},
	"v2-rekey-invalid-ke-healthy":  {"healthy", "healthy", "healthy", "healthy", "healthy", "healthy"},
	"v2-same-id-two-clients":       {"unknown", "no-key", "identity-clash", "identity-clash", "unknown", "identity-clash"},
	"v2-two-ike-sas-wrong-owner":   {"healthy", "healthy", "healthy", "healthy", "healthy", "healthy"},
	"v2-unknown-peer":              {"phase1-no-proposal", "phase1-no-proposal", "no-connection", "no-connection", "phase1-no-proposal", "no-connection"},
	"vpnc-dh-group":                {"phase1-no-proposal", "phase1-no-proposal", "phase1-no-proposal", "phase1-no-proposal", "-", "phase1-no-proposal"},
}

var logSets = [6][]string{nil, {"gwa.log"}, {"gwb.log"}, {"gwa.log", "gwb.log"}, {"gwa.low.log"}, {"gwb.low.log"}}

// The right cause comes first, and no false one beside it, whichever log is given.
func TestKnownCauses(t *testing.T) {
	root := filepath.Join("..", "..", "shared", "diagnosis")
	if !exists(root) {
		t.Skipf("%s is not there", root)
	}
	dirs, err := os.ReadDir(root)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range dirs {
		if want, ok := causes[e.Name()]; e.IsDir() && ok {
			t.Run(e.Name(), func(t *testing.T) {
				t.Parallel()
				knownCause(t, filepath.Join(root, e.Name()), want)
			})
		} else if e.IsDir() {
			t.Errorf("%s has no row", e.Name())
		}
	}
}

func knownCause(t *testing.T, dir string, want [6]string) {
	for i, names := range logSets {
		var files []string
		for _, name := range names {
			for _, path := range []string{filepath.Join(dir, name), filepath.Join(dir, name+".gz")} {
				if exists(path) {
					files = append(files, path)
				}
			}
		}
		if len(files) != len(names) {
			if want[i] != "-" {
				t.Errorf("%v is not there", names)
			}
			continue
		}
		d := Diagnose(analyzed(t, filepath.Join(dir, "wire.pcap"), files...))
		var codes []string
		for _, f := range d.Findings {
			if f.Severity != SeverityNote {
				codes = append(codes, string(f.Code))
			}
		}
		got := strings.Join(codes, " ")
		if got == "" {
			got = string(d.Verdict)
		}
		if got != want[i] {
			t.Errorf("with %v: %s, want %s\n%s", names, got, want[i], textOf(t, d))
		}
	}
}
