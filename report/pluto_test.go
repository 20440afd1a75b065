package report

import (
	"bufio"
	"compress/gzip"
	"os"
	"path/filepath"
	"strings"
	"testing"
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
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for s := bufio.NewScanner(z); s.Scan(); {
		if !strings.Contains(s.Text(), ": | ") {
			b.WriteString(s.Text() + "\n")
		}
	}
	return b.String()
}
