package report

import (
	"encoding/binary"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ikedecode/ikedecode/capture"
	"github.com/ikedecode/ikedecode/internal/ip"
)

// A session that failed is not called healthy, nor does it get another cause, where the snap length cut its messages or the capture has those of one
// peer alone.
func TestDiagnoseDegraded(t *testing.T) {
	const a, b = "192.0.2.1", "192.0.2.2"
	for _, c := range []struct {
		session, log string
		change       func(*capture.Packet, *capture.Datagram) []byte
		first        string   // code of the first finding
		never        []string // codes that would be false
	}{
		// Not even the header is whole.
		{"diag-ts", "gwa.log", cutTo(64), "snap-length", []string{"healthy"}},
		{"diag-v2-identity", "", cutTo(68), "snap-length", []string{"healthy"}},
		{"v2-psk-aes128-sha256", "gwa.log", cutTo(64), "snap-length", []string{"healthy"}},
		// The rejection is there, but truncated.
		{"diag-phase1-proposal", "", cutTo(96), "snap-length", []string{"no-response", "phase1-stopped"}},
		{"fail-phase1-proposal", "gwa.log", cutTo(96), "snap-length", []string{"no-response", "phase1-stopped"}},
		// So is the retry that was accepted.
		{"diag-v2-invalid-ke", "", cutTo(96), "snap-length", []string{"invalid-ke"}},
		// What is in a response cannot be told by its length where the algorithms are not known.
		{"diag-v2-auth-method", "", cutTo(160), "snap-length", []string{"phase2-refused", "auth-failed"}},
		{"diag-v2-identity", "", cutTo(400), "snap-length", []string{"phase2-refused"}},
		// What was rejected is not in the capture, but phase 1 was over.
		{"diag-pfs", "gwa.log", fromSide(a), "phase2-no-proposal", []string{"phase1-no-proposal"}},
		{"diag-phase2-proposal", "gwa.log", fromSide(a), "phase2-no-proposal", []string{"phase1-no-proposal"}},
		// Who sends message 3 has a response to the first one.
		{"diag-psk-nat", "", fromSide(a), "phase1-stopped", []string{"no-response"}},
		{"fail-psk-mismatch", "gwa.log", fromSide(a), "phase1-stopped", []string{"no-response"}},
		// AUTHENTICATION_FAILED of the client ends EAP, which is not to be seen.
		{"diag-v2-eap", "gwa.log", fromSide(a), "eap-failed", []string{"auth-failed"}},
		{"diag-v2-eap", "gwa.log", cutTo(160), "eap-failed", []string{"auth-failed"}}, // by the log, then the snap length
		// What the log rejects is the Main Mode of the other peer.
		{"diag-aggressive-main", "gwa.log", fromSide(a), "auth-method-mismatch", []string{"mode-mismatch"}},
		{"diag-phase1-proposal", "", fromSide(b), "", []string{"phase1-no-proposal", "healthy"}},
	} {
		var logs []string
		if c.log != "" {
			logs = []string{filepath.Join(pcaps, c.session, c.log)}
		}
		s, w := analyzed(t, edited(t, c.session, byPacket(c.change)), logs...)
		d := Diagnose(s, w)
		if c.first != "" && (len(d.Findings) == 0 || string(d.Findings[0].Code) != c.first) {
			t.Errorf("%s: %s is not first:\n%s", c.session, c.first, textOf(t, d))
		}
		for _, f := range d.Findings {
			if f.Code == "auth-method-mismatch" && !strings.HasPrefix(f.Text, a+" has no connection for "+b) {
				t.Errorf("%s: the log is that of the responder, whose peer it rejects: %s", c.session, f.Text)
			}
			if f.Severity != SeverityNote && slices.Contains(c.never, string(f.Code)) || f.Code == "healthy" && slices.Contains(c.never, "healthy") {
				t.Errorf("%s: %s: %s", c.session, f.Code, f.Text)
			}
		}
	}
}

// Message 1 of Aggressive Mode whose SA payload is truncated is no message 3, which has none.
func TestCutAggressive(t *testing.T) {
	s, _ := analyzed(t, edited(t, "v1-aggressive-psk-pfs", func(ps []*capture.Packet) []*capture.Packet {
		const snap, first = 100, 2
		for _, p := range ps[:first] {
			p.Data = p.Data[:snap]
		}
		return ps[:first]
	}))
	if len(s.SAs) != 1 || s.SAs[0].Established {
		t.Errorf("%d IKE SAs; established: %t", len(s.SAs), len(s.SAs) > 0 && s.SAs[0].Established)
	}
}

// A Child SA that was tried again with the group that the peer asked for is not called rejected where the response to that is truncated.
func TestCutRetry(t *testing.T) {
	const wire = "../../shared/diagnosis/v2-rekey-invalid-ke-healthy/wire.pcap"
	if !exists(wire) {
		t.Skipf("%s is not there", wire)
	}
	s, w := analyzed(t, editedFile(t, wire, byPacket(cutTo(400))))
	if list := withCode(Diagnose(s, w), "phase2-refused"); len(list) > 0 {
		t.Error(list[0].Text)
	}
}

// Two requests in one window that are rejected for their group, and both tried again behind: each has its own retry.
func TestRetriesInWindow(t *testing.T) {
	const wire = "../../shared/diagnosis/v2-rekey-invalid-ke-healthy/wire.pcap"
	if !exists(wire) {
		t.Skipf("%s is not there", wire)
	}
	const first, messageID = 31, 14 + ip.IPv4Len + ip.UDPLen + 4 + 20 // its frames 31 to 34: request, error, retry, response
	s, w := analyzed(t, editedFile(t, wire, func(ps []*capture.Packet) []*capture.Packet {
		create := ps[first-1 : first+3]
		out := slices.Clone(ps[:first-1])
		for n, k := range []struct{ of, id int }{{0, 0}, {0, 1}, {1, 0}, {1, 1}, {2, 2}, {2, 3}, {3, 2}, {3, 3}} {
			p := *create[k.of]
			p.Data = slices.Clone(p.Data)
			binary.BigEndian.PutUint32(p.Data[messageID:], uint32(k.id))
			p.Data[messageID+12] = byte(k.id) // of the IV: no copy
			p.Time = create[0].Time.Add(time.Duration(n) * 10 * time.Millisecond)
			out = append(out, &p)
		}
		return out
	}))
	d := Diagnose(s, w)
	if list := withCode(d, "phase2-refused"); len(list) > 0 {
		t.Error(list[0].Text)
	}
	list := withCode(d, "invalid-ke")
	if len(list) != 3 || !slices.Equal(list[1].Frames, []int{31, 33, 35}) || !slices.Equal(list[2].Frames, []int{32, 34, 36}) { // the first is of IKE_SA_INIT
		t.Errorf("%+v", list)
	}
}

// Where nothing but CREATE_CHILD_SA, not decrypted, may have set up a Child SA and no ESP is seen, that exchange is named.
func TestCreatedWithoutESP(t *testing.T) {
	const wire = "../../shared/diagnosis/v2-rekey-invalid-ke-healthy/wire.pcap"
	if !exists(wire) {
		t.Skipf("%s is not there", wire)
	}
	d := Diagnose(analyzed(t, editedFile(t, wire, func(ps []*capture.Packet) []*capture.Packet {
		return slices.DeleteFunc(ps[:34], func(p *capture.Packet) bool { return espAt(p) > 0 })
	})))
	const want = "no ESP or AH packet between 192.0.2.1 and 192.0.2.2 after the CREATE_CHILD_SA that ended in frame 10"
	if text := textOf(t, d); !strings.Contains(text, want) || strings.Contains(text, "no sign of a Child SA") {
		t.Error(text)
	}
}

// AUTH covers all of IKE_SA_INIT, HASH_I the nonces: where they are truncated the keys may be correct all the same.
func TestCutSetup(t *testing.T) {
	const dir = "../../shared/diagnosis"
	if !exists(dir) {
		t.Skipf("%s is not there", dir)
	}
	for _, session := range []string{"v2-rekey-invalid-ke-healthy", "v1-psk-not-allowed"} {
		d := merged(t, []string{editedFile(t, filepath.Join(dir, session, "wire.pcap"), byPacket(cutSetup))}, filepath.Join(dir, session, "gwa.log.gz"))
		for _, f := range d.Findings {
			if f.Code == "wrong-psk" || f.Code == "psk-mismatch" {
				t.Errorf("%s: %s", session, f.Text)
			}
		}
		if d.Findings[0].Code != "snap-length" && d.Findings[1].Code != "snap-length" {
			t.Errorf("%s:\n%s", session, textOf(t, d))
		}
	}
}

// cutSetup cuts what IKE messages of a capture have after the 262nd byte where they are not encrypted.
func cutSetup(p *capture.Packet, d *capture.Datagram) []byte {
	const snap, flags, encryption = 262, 19, 1
	if m := d.Payload; d.Kind != capture.IKE || len(m) <= flags || m[flags]&encryption != 0 || m[flags-1] != 34 && m[flags-1] != 2 {
		return p.Data
	}
	return p.Data[:min(snap, len(p.Data))]
}
