package report

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/ikedecode/ikedecode/report/diagnose"
)

// Every finding about a recorded session has words, with keys and without, and is one that its rule declares.
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
			read := Read(s)
			for _, rule := range diagnose.Rules {
				for _, f := range rule.Find(read.Reading, w) {
					if !slices.Contains(rule.Codes, f.Code) {
						t.Errorf("%s: the rule %s does not say that it finds %s", wire, rule.Name, f.Code)
					}
				}
			}
			for _, f := range read.Diagnose(w).Findings {
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
