package report

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// The log of a gateway goes on after its settings were mended: what it had when it rejected something is what it says of that, not what it says later.
func TestLogAfterSettingsWereMended(t *testing.T) {
	dir := filepath.Join(pcaps, "fail-v2-ts")
	remarks, err := os.ReadFile(filepath.Join(dir, "gwb.remarks"))
	if err != nil {
		t.Fatal(err)
	}
	later := `Nov 23 08:43:59 09[CFG] <t|1> looking for a child config for 10.2.0.0/24 === 10.1.0.0/24
Nov 23 08:43:59 09[CFG] <t|1> proposing traffic selectors for us:
Nov 23 08:43:59 09[CFG] <t|1>  10.2.0.0/24
Nov 23 08:43:59 09[CFG] <t|1> proposing traffic selectors for other:
Nov 23 08:43:59 09[CFG] <t|1>  10.1.0.0/24
Nov 23 08:43:59 09[CFG] <t|1>   candidate "net" with prio 5+5
`
	log := filepath.Join(t.TempDir(), "gwb.log")
	if err := os.WriteFile(log, append(remarks, later...), 0o600); err != nil {
		t.Fatal(err)
	}
	s, w := analyzed(t, filepath.Join(dir, "wire.pcap"), filepath.Join(dir, "gwa.log"), log)
	d := Diagnose(s, w)
	checkFirst(t, "with a log that goes on", d, "ts-mismatch")
	if text := strings.Join(d.Findings[0].Details, "\n"); !strings.Contains(text, "configured on 192.0.2.2: local 10.3.0.0/24") {
		t.Error(text)
	}
}

// A gateway whose log names the networks of a Child SA that is up needs another one, not others for that.
func TestLogOfChildInUse(t *testing.T) {
	dir := filepath.Join(pcaps, "diag-v2-no-second-net")
	d := Diagnose(analyzed(t, filepath.Join(dir, "wire.pcap"), filepath.Join(dir, "keys.txt"), filepath.Join(dir, "gwb.remarks")))
	checkFirst(t, "with keys and the responder's log", d, "ts-mismatch")
	if f := d.Findings[0]; !strings.Contains(f.Hint, "on 192.0.2.2 add a Child SA with local subnet fd02::/64") {
		t.Error(f.Hint)
	}
	if text := textOf(t, d); strings.Contains(text, "following the error") { // the tunnel carried traffic after it
		t.Error(text)
	}
}
