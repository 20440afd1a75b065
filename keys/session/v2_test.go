package session_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ikedecode/ikedecode/keys/ikesa"
	"github.com/ikedecode/ikedecode/keys/secret"
)

// sessionsV2 lists the recorded IKEv2 sessions, which are not ours to commit yet.
func sessionsV2(t *testing.T) []string {
	t.Helper()
	dirs, err := filepath.Glob(filepath.Join(shared(t, "captures"), "v2-*"))
	if err != nil || len(dirs) == 0 {
		t.Fatalf("no IKEv2 sessions: %v", err)
	}
	return dirs
}

// Every IKEv2 session opens as a whole from a daemon's log: by all of its values, by SK_* alone, and by the DH secrets alone.
func TestIKEv2Sessions(t *testing.T) {
	for _, dir := range sessionsV2(t) {
		full := readBag(t, filepath.Join(dir, "gwa.log"))
		want := clearTruth(t, dir)
		for name, bag := range map[string]*secret.Bag{
			"everything": full,
			"SK values":  only(full, secret.SKd, secret.SKei, secret.SKer, secret.SKai, secret.SKar, secret.ChildDHSecret),
			"DH secrets": unbound(only(full, secret.DHSecret, secret.ChildDHSecret)),
		} {
			t.Run(filepath.Base(dir)+"/"+name, func(t *testing.T) {
				r := analyze(t, bag, filepath.Join(dir, "wire.pcap"))
				for _, sa := range r.SAs {
					for _, m := range sa.Messages {
						if m.State == ikesa.Closed {
							t.Errorf("frame %d is closed: %s", m.Frame, m.Why)
						}
						if m.PayErr != nil {
							t.Errorf("frame %d: %v", m.Frame, m.PayErr)
						}
					}
				}
				if _, err := os.Stat(filepath.Join(dir, "clear.pcap")); err == nil || strings.Contains(dir, "psk") {
					checkTraffic(t, r, want)
				}
			})
		}
	}
}
