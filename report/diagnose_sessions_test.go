package report

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ikedecode/ikedecode/report/diagnose"
)

// A sessionCase is what the diagnosis of a recorded session has to find first.
type sessionCase struct {
	session string
	open    string // code with the log of the initiator
	closed  string // without any secret
	frames  []int  // that the finding with the log has among its own
	says    string // in the text of the finding with the log
	values  string // "name: initiator | responder" of a row that differs; "" where the other side's is not visible
}

var sessionCases = []sessionCase{
	{"fail-no-answer", "no-response", "no-response", []int{1, 2, 3}, "no response from 192.0.2.2:500 to 192.0.2.1:500", ""},
	{"fail-phase1-proposal", "phase1-no-proposal", "phase1-no-proposal", []int{1, 2}, "NO-PROPOSAL-CHOSEN", ""},
	{"fail-phase2-proposal", "phase2-no-proposal", "phase2-refused", []int{7, 8}, "NO-PROPOSAL-CHOSEN", ""},
	{"fail-phase2-ts", "ts-mismatch", "phase2-refused", []int{7, 8}, "INVALID-ID-INFORMATION", ""},
	{"fail-psk-mismatch", "psk-mismatch", "psk-mismatch", []int{5, 6}, "the pre-shared keys differ: 192.0.2.2 could not decrypt message 5 of Main Mode",
		"pre-shared key: the PSK of the secrets given | a different key"},
	{"fail-id-mismatch", "identity-mismatch", "identity-mismatch", []int{6, 7}, "it rejected the identity ID_FQDN gwb.example.org",
		"identity of the responder: other.example.org (gwa.log:614) | ID_FQDN gwb.example.org"},
	{"fail-v2-auth", "auth-failed", "auth-failed", []int{3, 4}, "192.0.2.2 rejected the authentication of 192.0.2.1", ""},
	{"fail-v2-ts", "ts-mismatch", "not-enough-seen", []int{3, 4}, "TS_UNACCEPTABLE", ""},

	{"diag-aggressive-main", "mode-mismatch", "mode-mismatch", []int{1, 2, 3, 8}, "192.0.2.1 uses Aggressive Mode, 192.0.2.2 uses Main Mode", "phase 1 mode: Aggressive Mode | Main Mode"},
	{"diag-cert-expired", "certificate-problem", "auth-failed", []int{7, 8}, "it expired on 2026-04-01, 236 days before",
		"valid: 2026-11-23 to 2046-11-18 | 2025-01-01 to 2026-04-01"},
	{"diag-dpd", "dpd-timeout", "dpd-timeout", []int{16, 17, 18}, "3 R-U-THEREs in 4.0 s", ""},
	{"diag-lifetime", "lifetime-differs", "healthy", []int{7, 24}, "192.0.2.1 offers 4200 s, 192.0.2.2 1200 s", "lifetime of phase 2: 4200 s | 1200 s"},
	{"diag-mode", "mode-mismatch", "phase2-refused", []int{7, 8, 16, 17}, "the subnets match, but the mode differs", "mode: transport | tunnel"},
	{"diag-pfs", "pfs-mismatch", "pfs-mismatch", []int{7, 8, 9, 10}, "the PFS group differs", "PFS group: MODP-1024 | none"},
	{"diag-phase1-proposal", "", "phase1-no-proposal", []int{1, 2, 3, 4}, "encryption and hash differ", "encryption: AES-CBC-128 | AES-CBC-256"},
	{"diag-psk-nat", "psk-mismatch", "psk-mismatch", []int{5, 6}, "the pre-shared keys differ: 192.0.2.2 could not decrypt message 5 of Main Mode",
		"pre-shared key: the PSK of the secrets given | a different key"},
	{"diag-ts", "ts-mismatch", "phase2-refused", []int{7, 8}, "rejected the traffic selectors",
		"network behind the initiator: 10.1.0.0/24 | 10.3.0.0/24"},
	{"diag-v2-cert-expired", "certificate-problem", "auth-failed", []int{6, 7}, "it expired on 2026-04-01, 236 days before",
		"valid: 2026-11-23 to 2046-11-18 | 2025-01-01 to 2026-04-01"},
	{"diag-v2-cert-untrusted", "certificate-problem", "auth-failed", []int{6, 7}, "its issuer is C=CH, O=Other, CN=Other CA",
		"issuer: C=CH, O=Lab, CN=Lab CA | C=CH, O=Other, CN=Other CA"},
	{"diag-v2-cert-id", "auth-failed", "auth-failed", []int{3, 5}, "rejected the authentication of 192.0.2.1", ""},
	{"diag-v2-dpd", "dpd-timeout", "dpd-timeout", []int{11, 12, 13, 14}, "liveness check in INFORMATIONAL 0x00000002, retransmitted 3 times in 3.6 s", ""},
	{"diag-v2-eap", "eap-failed", "eap-failed", []int{4, 6, 7}, "wrong user name or password, E=691", "user: ID_FQDN gwa.example.org | rejected"},
	{"diag-v2-identity", "identity-mismatch", "auth-failed", []int{3, 4, 7}, "the identity of 192.0.2.2 is not the one that 192.0.2.1 expects",
		"identity of the responder: ID_FQDN vpn.example.org | ID_FQDN gwb.example.org"},
	{"diag-v2-mode", "mode-mismatch", "healthy", []int{3, 4}, "192.0.2.1 requested transport mode, 192.0.2.2 did not", "mode: transport | tunnel"},
	{"diag-v2-pfs-rekey", "pfs-mismatch", "phase2-refused", []int{11, 12}, "rekey of ESP", "PFS group: MODP-2048 | another, or none"},
	{"diag-v2-proposal", "", "phase1-no-proposal", []int{1, 2, 3, 4}, "encryption and DH group differ", "DH group: MODP-2048 | ECP-256"},
	{"diag-v2-ts", "ts-mismatch", "phase2-refused", []int{3, 4, 5, 6}, "TS_UNACCEPTABLE", "network behind the initiator: 10.1.0.0/24 | 10.11.0.0/16"},
	{"diag-xauth", "xauth-failed", "xauth-failed", []int{8, 9}, "rejected the user alice", "user: alice | rejected"},
	{"diag-v2-rekey-lost", "rekey-failed", "phase2-no-response", []int{11, 12, 13, 14}, "no response from 192.0.2.2", ""},
	{"diag-phase2-proposal", "phase2-no-proposal", "phase2-refused", []int{7, 8, 9, 10}, "encryption and integrity differ", "encryption: AES-CBC-128 | AES-CBC-256"},
}

// sessionDir finds a recorded session, in the repository or beside it.
func sessionDir(t *testing.T, name string) string {
	t.Helper()
	dir := filepath.Join(pcaps, name)
	if _, err := os.Stat(dir); err != nil {
		return session2(t, name)
	}
	return dir
}

func TestDiagnoseSessions(t *testing.T) {
	for _, c := range sessionCases {
		t.Run(c.session, func(t *testing.T) {
			dir := sessionDir(t, c.session)
			s, w := analyzed(t, filepath.Join(dir, "wire.pcap"))
			closed := Diagnose(s, w)
			checkFirst(t, "without secrets", closed, c.closed)
			open := closed
			if c.open != "" {
				s, w = analyzed(t, filepath.Join(dir, "wire.pcap"), filepath.Join(dir, "gwa.log"))
				open = Diagnose(s, w)
				checkFirst(t, "with the log", open, c.open)
			}
			c.checkContent(t, open)
		})
	}
}

func checkFirst(t *testing.T, how string, d *Diagnosis, code string) {
	t.Helper()
	if d.Healthy != (code == "healthy") || len(d.Findings) == 0 || d.Findings[0].Code != diagnose.Code(code) {
		t.Errorf("%s: want %s first, got\n%s", how, code, textOf(t, d))
	}
}

func (c *sessionCase) checkContent(t *testing.T, d *Diagnosis) {
	t.Helper()
	if len(d.Findings) == 0 {
		return
	}
	f := d.Findings[0]
	for _, n := range c.frames {
		if !contains(f.Frames, n) {
			t.Errorf("frames %v, want %d among them", f.Frames, n)
		}
	}
	if !strings.Contains(f.Text, c.says) {
		t.Errorf("text %q does not say %q", f.Text, c.says)
	}
	var rows []string
	for _, v := range f.Values {
		if v.Differs {
			rows = append(rows, v.Name+": "+v.Initiator+" | "+v.Responder)
		}
	}
	if c.values != "" && !strings.Contains(strings.Join(rows, "\n"), c.values) {
		t.Errorf("values that differ: %q, want %q", rows, c.values)
	}
	if f.Hint == "" || f.RFC == "" || len(f.Options) == 0 {
		t.Errorf("hint %q, RFC %q, %d options: all are wanted", f.Hint, f.RFC, len(f.Options))
	}
	if c.values == "" && (strings.HasSuffix(string(f.Code), "-proposal") || f.Code == "ts-mismatch") && !strings.Contains(f.Hint+strings.Join(f.Details, " "), "not in the capture") {
		t.Errorf("nothing says that the other side's values are not visible: %q, %q", f.Hint, f.Details)
	}
}

// Who deleted what, and what came before.
func TestDiagnoseDeletes(t *testing.T) {
	for session, want := range map[string][]string{
		"diag-deleted": {"the responder 192.0.2.2 deleted the IKE SA", "cannot tell: shut down, or replaced after the end of the capture"},
		"diag-idle": {"the responder 192.0.2.2 deleted the Child SA of frame 3 after 5.0 s and did not replace it; cannot tell: it was idle, or an administrator shut it down",
			"the initiator 192.0.2.1 deleted the IKE SA after 27.6 s; cannot tell: it was idle"},
		// The last packet was long before, but not the last new Child SA.
		"diag-v2-idle-rekeyed":    {"the initiator 192.0.2.1 deleted the IKE SA", "cannot tell: shut down, or replaced after the end of the capture"},
		"diag-v2-reauth-proposal": {"4 ms later: most likely a reauthentication"},
		"v1-reauth-rekey":         {": reauthenticated as IKE SA"},
		"diag-v2-pfs-rekey":       {"following the error in frame 12"},
		"diag-v2-rekey-collision": {"the initiator 192.0.2.1 deleted the IKE SA"},
	} {
		t.Run(session, func(t *testing.T) {
			dir := sessionDir(t, session)
			keys := filepath.Join(dir, "gwa.log")
			if _, err := os.Stat(keys); err != nil {
				keys = filepath.Join(dir, "keys.txt")
			}
			s, w := analyzed(t, filepath.Join(dir, "wire.pcap"), keys)
			var said []string
			for _, f := range Diagnose(s, w).Findings {
				if f.Code == "deleted-by-peer" {
					said = append(said, f.Text)
				}
			}
			for _, text := range want {
				if !strings.Contains(strings.Join(said, "\n"), text) {
					t.Errorf("%q do not say %q", said, text)
				}
			}
			if session == "diag-v2-rekey-collision" && len(said) != 1 {
				t.Errorf("a Child SA that was replaced: %q", said)
			}
		})
	}
}

// Both peers rekey at once while neither hears the other, on two IKE SAs of which one was dropped for the other: the tunnel works.
func TestCrossedRekeyings(t *testing.T) {
	dir := sessionDir(t, "v2-simultaneous")
	for keys, want := range map[string][]string{
		"":           {"rejected CREATE_CHILD_SA 0x00000002, most likely with TEMPORARY_FAILURE", "most likely 192.0.2.1 dropped this IKE SA for a newer one in frame 10"},
		"gwa.xfrm":   {"rejected CREATE_CHILD_SA 0x00000002, most likely with TEMPORARY_FAILURE", "most likely 192.0.2.1 dropped this IKE SA for a newer one in frame 10"},
		"gwa.log.gz": {"failed: TEMPORARY_FAILURE from 192.0.2.1 in frame 65", "most likely 192.0.2.1 dropped this IKE SA for a newer one in frame 10"},
	} {
		var files []string
		if keys != "" {
			files = append(files, filepath.Join(dir, keys))
		}
		s, w := analyzed(t, filepath.Join(dir, "wire.pcap"), files...)
		d := Diagnose(s, w)
		if d.Verdict != diagnose.VerdictHealthy {
			t.Errorf("%q: %s", keys, d.Verdict)
		}
		for _, text := range want {
			if !strings.Contains(textOf(t, d), text) {
				t.Errorf("%q: does not say %q:\n%s", keys, text, textOf(t, d))
			}
		}
	}
}

// Keys that name a host as it is behind its NAT decrypt what the capture has of its outer address.
func TestKeysFromBehindNAT(t *testing.T) {
	for _, session := range []string{"v1-main-psk-nat", "v2-eap-nat-esn"} {
		dir := sessionDir(t, session)
		s, w := analyzed(t, filepath.Join(dir, "wire.pcap"), filepath.Join(dir, "gwa.xfrm"))
		if d := Diagnose(s, w); d.Verdict != diagnose.VerdictHealthy {
			t.Errorf("%s: %s", session, textOf(t, d))
		}
	}
}

// What works has no problem, with the log; some of it is worth a note.
func TestDiagnoseWorking(t *testing.T) {
	if testing.Short() {
		t.Skip("every recorded session: the race detector makes it slow")
	}
	notes := map[string]string{
		"diag-deleted": "deleted-by-peer", "diag-idle": "deleted-by-peer", "diag-v2-invalid-ke": "invalid-ke", "diag-v2-rekey-collision": "rekey-collision", "v1-xauth-modecfg": "address-assigned",
		"v2-eap-nat-esn": "address-assigned", "v1-reauth-rekey": "deleted-by-peer",
	}
	var names []string
	for _, dir := range []string{pcaps, recorded2} {
		for _, pattern := range []string{"v1-*", "v2-*", "esp-*"} {
			found, _ := filepath.Glob(filepath.Join(dir, pattern))
			for _, d := range found {
				if _, err := os.Stat(filepath.Join(d, "gwa.log")); err == nil || pattern == "esp-*" {
					names = append(names, filepath.Base(d))
				}
			}
		}
	}
	for name := range notes {
		names = append(names, name)
	}
	done := make(map[string]bool)
	for _, name := range names {
		if done[name] {
			continue
		}
		done[name] = true
		t.Run(name, func(t *testing.T) {
			dir := sessionDir(t, name)
			var keys []string
			for _, log := range []string{"gwa.log", "gwb.xfrm"} {
				if _, err := os.Stat(filepath.Join(dir, log)); err == nil {
					keys = append(keys, filepath.Join(dir, log))
				}
			}
			s, w := analyzed(t, filepath.Join(dir, "wire.pcap"))
			for _, f := range Diagnose(s, w).Findings {
				if f.Severity == SeverityProblem {
					t.Errorf("without secrets: %+v", f)
				}
			}
			s, w = analyzed(t, filepath.Join(dir, "wire.pcap"), keys...)
			d := Diagnose(s, w)
			found := false
			for _, f := range d.Findings {
				found = found || string(f.Code) == notes[name] && f.Severity == SeverityNote && len(f.Frames) > 0
				if f.Severity == SeverityProblem {
					t.Error(textOf(t, d))
				}
			}
			if notes[name] != "" && !found {
				t.Errorf("no note %s:\n%s", notes[name], textOf(t, d))
			}
			if len(d.Findings) == 0 || d.Findings[0].Code != "healthy" && !strings.HasPrefix(name, "esp-") {
				t.Errorf("not healthy:\n%s", textOf(t, d))
			}
		})
	}
}
