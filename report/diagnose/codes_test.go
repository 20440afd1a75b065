package diagnose

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/ikedecode/ikedecode/keys/logs"
)

// Every code of the table is documented, once, with an RFC or a reason why there is none.
func TestCodesAreDocumented(t *testing.T) {
	b, err := os.ReadFile("../../docs/json.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, ok := strings.Cut(string(b), "\n## diagnose\n")
	if !ok {
		t.Fatal("docs/json.md has no section diagnose")
	}
	section, _, _ = strings.Cut(section, "\n## ")
	listed := make(map[string]int)
	for line := range strings.Lines(section) {
		if cells := strings.Split(line, "|"); len(cells) > 2 {
			for _, m := range regexp.MustCompile("`([a-z0-9-]+)`").FindAllStringSubmatch(cells[1], -1) {
				listed[m[1]]++
			}
		}
	}
	seen := make(map[string]bool)
	for _, c := range Codes {
		if seen[string(c.Code)] {
			t.Errorf("%s is in the table twice", string(c.Code))
		}
		seen[string(c.Code)] = true
		if (c.RFC == "") == (c.NoRFC == "") {
			t.Errorf("%s: RFC %q, reason for none %q: one of them is wanted", string(c.Code), c.RFC, c.NoRFC)
		}
		if listed[string(c.Code)] != 1 {
			t.Errorf("docs/json.md lists %s %d times", string(c.Code), listed[string(c.Code)])
		}
	}
	for code := range listed {
		if !seen[code] {
			t.Errorf("docs/json.md lists %s, which is not in the table of codes", code)
		}
	}
}

// A problem of the negotiation says where to change it, in the terms of each product.
func TestCodesHaveOptions(t *testing.T) {
	for _, c := range Codes {
		for _, o := range c.Setting.Options() {
			if o.Product == "" || o.Name == "" {
				t.Errorf("%s: option %+v", string(c.Code), o)
			}
		}
	}
	for _, code := range []Code{"no-response", "phase1-no-proposal", "phase2-no-proposal", "psk-mismatch", "identity-mismatch", "certificate-problem", "ts-mismatch",
		"pfs-mismatch", "mode-mismatch", "lifetime-differs", "xauth-failed", "eap-failed", "dpd-timeout", "rekey-failed"} {
		if n := len(code.Info().Setting.Options()); n != 4 {
			t.Errorf("%s: %d products", code, n)
		}
	}
}

// The RFC is that of the version of IKE that the finding is about.
func TestRFCOfVersion(t *testing.T) {
	for version, want := range map[int]string{1: "RFC 2409, section 5.4", 2: "RFC 7296, section 2.15", 0: "RFC 7296, section 2.15; RFC 2409, section 5.4"} {
		f := Finding{Code: CodePSKMismatch, Severity: Problem, Subject: Subject{Version: version}}
		if got := f.References(); got != want || len(f.Options()) != 4 {
			t.Errorf("version %d: %q with %d options, want %q", version, got, len(f.Options()), want)
		}
	}
	f := Finding{Code: CodeCookieChallenge, Severity: Noteworthy, RFC: "RFC 1"}
	if f.References() != "RFC 1" || f.Options() != nil {
		t.Errorf("a note says %q and %v", f.References(), f.Options())
	}
}

// Every code has a rule that may find it, but for what is said of the capture as a whole; no two rules have one name.
func TestCodesHaveRules(t *testing.T) {
	found, names := map[Code]bool{CodeHealthy: true, CodeUnproven: true, CodeNoIPsec: true}, make(map[string]bool)
	for _, r := range Rules {
		if names[r.Name] {
			t.Errorf("two rules are called %s", r.Name)
		}
		names[r.Name] = true
		for _, c := range r.Codes {
			found[c] = true
		}
	}
	for _, c := range Codes {
		if !found[c.Code] {
			t.Errorf("no rule finds %s", string(c.Code))
		}
	}
}

func TestReasonCode(t *testing.T) {
	for _, c := range []struct {
		e     logs.Event
		child bool
		want  Code
	}{
		{logs.Event{Reason: logs.NoProposal}, false, CodePhase1NoProposal},
		{logs.Event{Reason: logs.NoProposal}, true, CodePhase2NoProposal},
		{logs.Event{Reason: logs.UserRefused}, false, CodeEAPFailed},
		{logs.Event{Reason: logs.UserRefused, XAUTH: true}, false, CodeXAUTHFailed},
		{logs.Event{Reason: logs.NoTraffic}, true, CodeTSMismatch},
		{logs.Event{}, false, ""},
	} {
		if got := ReasonCode(&c.e, c.child); got != c.want {
			t.Errorf("%v, child %v: %q, want %q", c.e.Reason, c.child, got, c.want)
		}
	}
}
