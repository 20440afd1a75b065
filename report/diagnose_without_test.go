package report

import (
	"path/filepath"
	"testing"

	"github.com/ikedecode/ikedecode/capture"
	"github.com/ikedecode/ikedecode/report/diagnose"
)

// A message that the capture missed, and the peers did not, leads to nothing false beside the gap.
func TestDiagnoseWithoutMessage(t *testing.T) {
	for _, c := range []struct {
		dir, log string
		frames   []int // that are missing
		never    diagnose.Code
	}{
		{pcaps + "/diag-v2-cert-id", "gwa.log", []int{2}, "auth-method-mismatch"}, // has the CERTREQ, if there is one
		{pcaps + "/diag-v2-cert-id", "gwa.log", []int{4}, "auth-method-mismatch"}, // the fragment that has the AUTH payload
		{pcaps + "/diag-v2-invalid-ke", "gwa.log", []int{3}, "wrong-psk"},         // AUTH covers the retry
		{"../../shared/diagnosis/v2-rekey-invalid-ke-healthy", "gwa.log.gz", []int{4}, "invalid-ke"},
		{"../../shared/diagnosis/v2-rekey-invalid-ke-healthy", "gwa.log.gz", []int{34}, "invalid-ke"},
		{"../../shared/captures/v2-psk-gcm-x25519-pfs-rekey", "gwa.log", []int{97}, "esp-after-delete"}, // the new IKE SA has the Child SAs
		{"../../shared/captures/v2-psk-gcm-x25519-pfs-rekey", "gwa.log", []int{98}, "esp-after-delete"},
		{"../../shared/captures/v2-psk-gcm-x25519-pfs-rekey", "gwa.log", []int{97, 98}, "esp-after-delete"},
	} {
		if !exists(c.dir) {
			t.Logf("%s is not there", c.dir)
			continue
		}
		log := filepath.Join(c.dir, c.log)
		path := editedFile(t, filepath.Join(c.dir, "wire.pcap"), func(ps []*capture.Packet) (out []*capture.Packet) {
			for _, p := range ps {
				if !contains(c.frames, p.Number) {
					out = append(out, p)
				}
			}
			return out
		})
		for _, f := range Diagnose(analyzed(t, path, log)).Findings {
			if f.Code == c.never && f.Severity != SeverityNote {
				t.Errorf("%s without frames %v: %s [%s]", c.dir, c.frames, f.Text, f.Code)
			}
		}
	}
}

// A response that a second tap, or another queue of the card, gives a little before its request is one all the same.
func TestDiagnoseEarlyResponse(t *testing.T) {
	for dir, request := range map[string]int{"diag-phase1-proposal": 3, "diag-v2-proposal": 3, "diag-v2-identity": 3, "diag-v2-redirect": 1, "diag-deleted": 1} {
		wire := filepath.Join(pcaps, dir, "wire.pcap")
		path := editedFile(t, wire, func(ps []*capture.Packet) []*capture.Packet {
			q, r := ps[request-1], ps[request]
			q.Time, r.Time = r.Time, q.Time
			ps[request-1], ps[request] = r, q
			return ps
		})
		whole, early := Diagnose(analyzed(t, wire)), Diagnose(analyzed(t, path))
		if whole.Verdict != early.Verdict || whole.Findings[0].Text != early.Findings[0].Text {
			t.Errorf("%s: %v: %s; in order %v: %s", dir, early.Verdict, early.Findings[0].Text, whole.Verdict, whole.Findings[0].Text)
		}
	}
}
