package report

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ikedecode/ikedecode/internal/testfile"
)

// The log of pluto without debugging has neither message IDs nor addresses: what it says is bound by its order and time.
func TestPlutoLogWithoutDebugging(t *testing.T) {
	for session, code := range map[string]string{"v1-pfs-required-libreswan": "pfs-mismatch", "v2-libreswan-id-type": "identity-mismatch"} {
		dir := filepath.Join("../../shared/diagnosis", session)
		if _, err := os.Stat(dir); err != nil {
			t.Skipf("%s is not there", dir)
		}
		log := filepath.Join(t.TempDir(), "gwb.low.log")
		if err := os.WriteFile(log, []byte(withoutDebugging(t, filepath.Join(dir, "gwb.log.gz"))), 0o600); err != nil {
			t.Fatal(err)
		}
		c := truth{session: session, code: code, never: "dpd-timeout healthy"}
		c.check(t, Diagnose(analyzed(t, filepath.Join(dir, "wire.pcap"), log)))
	}
}

// withoutDebugging is a log of pluto's as it is by default.
func withoutDebugging(t *testing.T, path string) string {
	t.Helper()
	var b strings.Builder
	for l := range strings.Lines(string(testfile.Read(t, path))) {
		if !strings.Contains(l, ": | ") {
			b.WriteString(l)
		}
	}
	return b.String()
}
