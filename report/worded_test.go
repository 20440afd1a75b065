package report

import (
	"os"
	"path/filepath"
	"testing"
)

// Every finding about a recorded session has words, with keys and without.
func TestEveryFindingIsWorded(t *testing.T) {
	dirs, err := filepath.Glob(filepath.Join(pcaps, "*", "wire.pcap"))
	if err != nil || len(dirs) == 0 {
		t.Fatal("no sessions", err)
	}
	seen := make(map[string]bool)
	for _, wire := range dirs {
		log := filepath.Join(filepath.Dir(wire), "gwb.log")
		keys := [][]string{nil}
		if _, err := os.Stat(log); err == nil {
			keys = append(keys, []string{log})
		}
		for _, k := range keys {
			s, w := analyzed(t, wire, k...)
			for _, f := range Diagnose(s, w).Findings {
				seen[string(f.Code)] = true
				if f.Text == "" {
					t.Errorf("%s: %s has no words", wire, f.Code)
				}
			}
		}
	}
	const fewest = 30 // codes that the recorded sessions show
	if len(seen) < fewest {
		t.Errorf("%d codes are seen in the recorded sessions, fewer than before", len(seen))
	}
}
