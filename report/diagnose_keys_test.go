package report

import (
	"bytes"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/ikedecode/ikedecode/esp"
	"github.com/ikedecode/ikedecode/keys/secret"
	"github.com/ikedecode/ikedecode/keys/source"
	"github.com/ikedecode/ikedecode/report/diagnose"
)

// saKeys is a key log with the IPsec SAs of a log alone, each as change makes it; nil: without it.
func saKeys(t *testing.T, path string, change func(*esp.Params) *esp.Params) string {
	t.Helper()
	bag, err := source.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var sas []esp.Params
	for i := range bag.SAs {
		if p := change(&bag.SAs[i]); p != nil {
			sas = append(sas, *p)
		}
	}
	if len(sas) == 0 {
		t.Fatalf("%s: none of %d SAs is left", path, len(bag.SAs))
	}
	var b bytes.Buffer
	if err := secret.WriteKeyLog(&b, &secret.Bag{SAs: sas}); err != nil {
		t.Fatal(err)
	}
	out := filepath.Join(t.TempDir(), "keys.log")
	if err := os.WriteFile(out, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return out
}

// With the keys of one direction nobody knows what the other one answers: no packet is called lost, no host silent.
func TestDiagnoseKeysOfOneDirection(t *testing.T) {
	for _, session := range []string{"v2-psk-gcm-x25519-pfs-rekey", "v2-ss5-rekey", "v1-main-psk-aes128-sha1"} {
		log := matching(filepath.Join(pcaps, session), "gwa.log*")[0]
		for _, from := range []string{"192.0.2.1", "192.0.2.2"} {
			keys := saKeys(t, log, func(p *esp.Params) *esp.Params {
				if p.Src != netip.MustParseAddr(from) {
					return nil
				}
				return p
			})
			for _, f := range Diagnose(analyzed(t, filepath.Join(pcaps, session, "wire.pcap"), keys)).Findings {
				if f.Severity == SeverityProblem || slices.Contains([]diagnose.Code{"esp-not-arriving", "host-silent", "esp-one-way"}, f.Code) {
					t.Errorf("%s, keys of %s alone: %s [%s]", session, from, f.Text, f.Code)
				}
			}
		}
	}
}

// Keys that name the addresses behind NAT, where the capture has others, are those of the SPI all the same.
func TestDiagnoseKeysOfOtherAddresses(t *testing.T) {
	inside := map[netip.Addr]netip.Addr{netip.MustParseAddr("192.0.2.1"): netip.MustParseAddr("10.9.9.1"), netip.MustParseAddr("192.0.2.2"): netip.MustParseAddr("10.9.9.2")}
	for _, session := range []string{"v2-psk-gcm-x25519-pfs-rekey", "v1-main-psk-aes128-sha1", "v1-ah-tunnel"} {
		log := matching(filepath.Join(pcaps, session), "gwa.log*")[0]
		keys := saKeys(t, log, func(p *esp.Params) *esp.Params {
			q := *p
			q.Src, q.Dst = inside[p.Src], inside[p.Dst]
			return &q
		})
		if d := Diagnose(analyzed(t, filepath.Join(pcaps, session, "wire.pcap"), keys)); !d.Healthy || d.Findings[0].Code != "healthy" {
			t.Errorf("%s:\n%s", session, textOf(t, d))
		}
	}
}

// A log that names the SPIs of an IKE SA is about that one, whatever NAT makes of the addresses of both peers.
func TestDiagnoseLogBehindNAT(t *testing.T) {
	for session, want := range map[string]diagnose.Code{"diag-v2-eap-tls": "certificate-problem", "diag-v2-name-constraints": "certificate-problem", "diag-v2-kernel-refused": "kernel-refused"} {
		d := merged(t, []string{edited(t, session, elsewhen(0, other))}, matching(filepath.Join(pcaps, session), "gw?.*")...)
		if d.Findings[0].Code != want {
			t.Errorf("%s: want %s first\n%s", session, want, textOf(t, d))
		}
	}
	// Seven minutes away it may be the log of any other peer with the same settings.
	const session = "diag-v2-name-constraints"
	if d := merged(t, []string{edited(t, session, elsewhen(7*time.Minute, other))}, filepath.Join(pcaps, session, "gwa.low.log")); d.Findings[0].Code == "certificate-problem" {
		t.Errorf("the log of another IKE SA:\n%s", textOf(t, d))
	}
}
