package report

import (
	"bytes"
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"
)

// The JSON form of every report of every session can be read back.
func TestReportsOfAllSessions(t *testing.T) {
	if testing.Short() {
		t.Skip("every recorded session: the race detector makes it slow")
	}
	dirs := append(sessions(t, "v1-"), sessions(t, "fail-")...)
	for _, dir := range dirs {
		t.Run(filepath.Base(dir), func(t *testing.T) {
			for _, keys := range [][]string{nil, {filepath.Join(dir, "gwa.log")}} {
				s, w := analyzed(t, filepath.Join(dir, "wire.pcap"), keys...)
				doc := &Document{Report: "test", Timeline: NewTimeline(s), SAs: NewSAs(s), Diagnosis: Diagnose(s, w)}
				var b bytes.Buffer
				if err := doc.Write(&b); err != nil {
					t.Fatal(err)
				}
				var back Document
				if err := json.Unmarshal(b.Bytes(), &back); err != nil {
					t.Fatal(err)
				}
				if back.Schema != Schema || len(back.Timeline.SAs) != len(s.SAs) {
					t.Errorf("read back: schema %d, %d SAs", back.Schema, len(back.Timeline.SAs))
				}
			}
		})
	}
}

// The obvious cause of each failure comes first, with the secrets and, where it can be told, without.
func TestDiagnoseFailures(t *testing.T) {
	for _, c := range []struct {
		session, keys, code string
		frame               int
	}{
		{"fail-no-answer", "", "no-response", 1},
		{"fail-phase1-proposal", "", "phase1-no-proposal", 2},
		{"fail-phase2-proposal", "gwa.log", "phase2-no-proposal", 8},
		{"fail-phase2-proposal", "", "phase2-refused", 8},
		{"fail-phase2-ts", "gwa.log", "ts-mismatch", 8},
		{"fail-phase2-ts", "", "phase2-refused", 8},
		{"fail-psk-mismatch", "gwa.log", "psk-mismatch", 5},
		{"fail-psk-mismatch", "", "psk-mismatch", 5},
		{"fail-id-mismatch", "gwa.log", "identity-mismatch", 7},
		{"fail-id-mismatch", "", "identity-mismatch", 7},
	} {
		t.Run(c.session+" "+c.keys, func(t *testing.T) {
			var keys []string
			if c.keys != "" {
				keys = append(keys, filepath.Join(pcaps, c.session, c.keys))
			}
			s, w := analyzed(t, filepath.Join(pcaps, c.session, "wire.pcap"), keys...)
			d := Diagnose(s, w)
			if d.Healthy || len(d.Findings) == 0 {
				t.Fatalf("healthy %v, %d findings", d.Healthy, len(d.Findings))
			}
			f := d.Findings[0]
			if string(f.Code) != c.code || f.Severity != SeverityProblem || f.Hint == "" {
				t.Errorf("first finding: %+v, want %s with a hint", f, c.code)
			}
			if !contains(f.Frames, c.frame) {
				t.Errorf("frames %v, want %d among them", f.Frames, c.frame)
			}
		})
	}
}

func contains(list []int, n int) bool {
	for _, x := range list {
		if x == n {
			return true
		}
	}
	return false
}

// Nothing is wrong with the sessions that work.
func TestDiagnoseHealthy(t *testing.T) {
	for _, dir := range sessions(t, "v1-") {
		t.Run(filepath.Base(dir), func(t *testing.T) {
			s, w := analyzed(t, filepath.Join(dir, "wire.pcap"), filepath.Join(dir, "gwa.log"))
			d := Diagnose(s, w)
			if !d.Healthy || len(d.Findings) == 0 || d.Findings[0].Code != "healthy" {
				t.Errorf("%s", textOf(t, d))
			}
		})
	}
}

// A password of XAUTH is in no report.
func TestPasswordsAreMasked(t *testing.T) {
	dir := filepath.Join(pcaps, "v1-xauth-modecfg")
	s, _ := analyzed(t, filepath.Join(dir, "wire.pcap"), filepath.Join(dir, "gwa.log"))
	doc := &Document{Timeline: NewTimeline(s)}
	var b bytes.Buffer
	if err := doc.Write(&b); err != nil {
		t.Fatal(err)
	}
	text := textOf(t, doc.Timeline)
	for _, s := range []string{text, b.String()} {
		if !strings.Contains(s, "XAUTH-USER-PASSWORD") || !strings.Contains(s, "********") {
			t.Error("the masked password is not shown")
		}
	}
	for _, sa := range s.SAs {
		for _, key := range [][]byte{sa.Keys.SKEYID, sa.Keys.D, sa.Keys.Ka} {
			if hexIn(text, key) || hexIn(b.String(), key) {
				t.Error("a key is shown")
			}
		}
	}
}
