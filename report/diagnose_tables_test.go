package report

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/ikedecode/ikedecode/report/diagnose"
)

// The tables of both peers, or the one of the receiver, say why it drops what arrives; that of the sender does not.
func TestTablesDiffer(t *testing.T) {
	const otherKey = "0xabababababababababababababababababababababababababababababababab"
	dir := filepath.Join(pcaps, "diag-esp-sa-mismatch")
	of := func(change ...string) string { // gwb's table, changed
		b, err := os.ReadFile(filepath.Join(dir, "gwb.xfrm"))
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(t.TempDir(), "gwb.xfrm")
		if err := os.WriteFile(path, []byte(strings.NewReplacer(change...).Replace(string(b))), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	gwa, gwb := filepath.Join(dir, "gwa.xfrm"), filepath.Join(dir, "gwb.xfrm")
	keyA, cipherA := "0x"+strings.Repeat("aa", 32), "0x"+strings.Repeat("11", 16)
	for _, c := range []struct {
		how      string
		keys     []string
		code     string
		severity Severity
		text     string
	}{
		{"the sender's", []string{gwa}, "esp-not-arriving", SeverityWarning, "gets a response, although 192.0.2.2 sends packets of its own"},
		{"the receiver's", []string{gwb}, "esp-sa-mismatch", SeverityWarning, "the packets verify without extended sequence numbers, and"},
		{"both", []string{gwa, gwb}, "esp-sa-mismatch", SeverityProblem, "the peers' SAs differ in extended sequence numbers"},
		{"the other order", []string{gwb, gwa}, "esp-sa-mismatch", SeverityProblem, "the peers' SAs differ in extended sequence numbers"},
		{"a different key", []string{gwa, of(" flag esn", "", keyA, otherKey)}, "esp-sa-mismatch", SeverityProblem, "the peers' SAs differ in authentication key"},
		{"that alone", []string{of(" flag esn", "", keyA, otherKey)}, "wrong-esp-key", SeverityProblem, "if this is what the kernel of 192.0.2.2 has, it drops these packets"},
		{"a different encryption key", []string{gwa, of(" flag esn", "", cipherA, "0x"+strings.Repeat("13", 16))}, "esp-sa-mismatch", SeverityProblem, "gwa.xfrm:8 decrypts the packets, "},
		{"a different SPI", []string{gwa, of(" flag esn", "", "spi 0x00001001", "spi 0x00001003")}, "esp-sa-mismatch", SeverityProblem, "the peers' SAs differ in the SPI"},
		{"the same", []string{gwa, of(" flag esn", "")}, "esp-not-arriving", SeverityWarning, "cannot tell"},
	} {
		d := Diagnose(analyzed(t, filepath.Join(dir, "wire.pcap"), c.keys...))
		checkFirst(t, c.how, d, c.code)
		if d.Findings[0].Severity != c.severity || !strings.Contains(textOf(t, d), c.text) {
			t.Errorf("%s: want %s and %q:\n%s", c.how, c.severity, c.text, textOf(t, d))
		}
	}
}

// An SA whose packets are answered has the right keys, whatever a further file says.
func TestTablesDifferAnswered(t *testing.T) {
	const session = "v2-psk-aes128-sha256"
	gwa := filepath.Join(pcaps, session, "gwa.xfrm")
	b, err := os.ReadFile(gwa)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "other.xfrm")
	if err := os.WriteFile(path, regexp.MustCompile(`(auth-trunc \S+ 0x)..`).ReplaceAll(b, []byte("${1}00")), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, keys := range [][]string{{gwa}, {gwa, path}} {
		d := Diagnose(analyzed(t, filepath.Join(pcaps, session, "wire.pcap"), keys...))
		if list := withCode(d, "esp-sa-mismatch"); len(list) > 0 {
			t.Errorf("%d tables: %s", len(keys), list[0].Text)
		}
	}
}

// What is known to be UDP alone may need no reply, whether IKE was decrypted or not.
func TestUDPOneWay(t *testing.T) {
	dir := filepath.Join(pcaps, "diag-v2-udp-one-way")
	for _, c := range []struct {
		keys     []string
		severity Severity
		verdict  diagnose.Verdict
	}{
		{nil, SeverityWarning, VerdictProblem}, {[]string{filepath.Join(dir, "gwa.xfrm")}, SeverityNote, VerdictUnknown},
	} {
		d := Diagnose(analyzed(t, filepath.Join(dir, "wire.pcap"), c.keys...))
		list := withCode(d, "esp-one-way")
		if len(list) != 1 || list[0].Severity != c.severity || d.Verdict != c.verdict {
			t.Errorf("%v:\n%s", c.keys, textOf(t, d))
		}
	}
}
