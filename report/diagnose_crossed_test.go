package report

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/ikedecode/ikedecode/capture"
)

// Peers that rekey an IKE SA and a Child SA at the same time reject each other's, and go on with both: that is no problem, wherever the capture begins.
func TestRekeyingsOfTwoKindsCross(t *testing.T) {
	const session = "diag-v2-rekey-crossed"
	keys := filepath.Join(pcaps, session, "keys.txt")
	for _, first := range []int{1, 20} {
		s, w := analyzed(t, edited(t, session, from(first)), keys)
		d := Diagnose(s, w)
		if !d.Healthy || len(withCode(d, "rekey-failed")) == 0 || len(withCode(d, "rekey-collision")) > 0 ||
			slices.ContainsFunc(d.Findings, func(f Finding) bool { return f.Severity != SeverityNote && f.Code != "healthy" }) {
			t.Errorf("from packet %d:\n%s", first, textOf(t, d))
		}
	}
}

// What a log says of proposals that were decrypted is said once.
func TestRekeyedWithoutPFS(t *testing.T) {
	dir := sessionDir(t, "diag-v2-rekey-pfs")
	s, w := analyzed(t, filepath.Join(dir, "wire.pcap"), filepath.Join(dir, "keys.txt"), filepath.Join(dir, "gwb.low.log"))
	d := Diagnose(s, w)
	if list := withCode(d, "pfs-mismatch"); len(list) != 1 || list[0].Severity != SeverityProblem {
		t.Errorf("%s", textOf(t, d))
	}
}

// Who gets no response to a liveness check, and none in the moment after the first retransmission at which the capture ends, may get it in the next file.
func TestCheckAtTheEnd(t *testing.T) {
	const session, check, again = "diag-v2-dpd-recovered", 13, 14
	for last, want := range map[int]Severity{again: SeverityNote, again + 1: SeverityProblem} {
		s, w := analyzed(t, edited(t, session, func(ps []*capture.Packet) []*capture.Packet { return ps[:last] }))
		d := Diagnose(s, w)
		list := withCode(d, "dpd-timeout")
		if len(list) != 1 || list[0].Severity != want || !slices.Contains(list[0].Frames, check) || strings.Contains(list[0].Hint, "capture longer") != (want == SeverityNote) {
			t.Errorf("until packet %d:\n%s", last, textOf(t, d))
		}
	}
}

// A certificate that is decrypted and that a log rejects was rejected, for what the certificate shows; and the log's lack of an issuer is that of this one.
func TestCertificateByLog(t *testing.T) {
	for _, c := range []struct{ session, log, text, hint string }{
		{"diag-v2-cert-expired-pluto", "gwa.low.log", "192.0.2.1 rejected the certificate of 192.0.2.2: it expired on 2023-01-01", "use a valid certificate"},
		{"diag-v2-cert-chain-pluto", "gwb.low.log", "192.0.2.2 rejected the certificate of 192.0.2.1: its issuer is not known", "install the issuer's certificate on 192.0.2.2"},
	} {
		dir := sessionDir(t, c.session)
		s, w := analyzed(t, filepath.Join(dir, "wire.pcap"), filepath.Join(dir, "keys.txt"), filepath.Join(dir, c.log))
		d := Diagnose(s, w)
		if f := d.Findings[0]; f.Code != "certificate-problem" || f.Severity != SeverityProblem || !strings.HasPrefix(f.Text, c.text) || !strings.Contains(f.Hint, c.hint) {
			t.Errorf("%s:\n%s", c.session, textOf(t, d))
		}
	}
}

// Message 1 of Main Mode is no response to message 2, though the capture begins between them.
func TestFirstMessageIsNoResponse(t *testing.T) {
	const session, second = "path-one-way-v1", 2
	s, w := analyzed(t, edited(t, session, from(second)))
	d := Diagnose(s, w)
	if len(withCode(d, "one-way-ike")) > 0 || d.Findings[0].Code != "phase1-stopped" || !strings.Contains(d.Findings[0].Text, "no response from 192.0.2.1 to frame 1") {
		t.Errorf("%s", textOf(t, d))
	}
}

// Hosts whose packets ESP carried, as its keys alone show, and that go on unencrypted keep a tunnel from being called healthy.
func TestLeavesTunnel(t *testing.T) {
	dir := sessionDir(t, "diag-v1-bypass")
	s, w := analyzed(t, filepath.Join(dir, "wire.pcap"), filepath.Join(dir, "gwa.xfrm"))
	if text := textOf(t, Diagnose(s, w)); !strings.Contains(text, "unencrypted packets from 10.1.0.10 to 10.2.0.10 since frame 39, which ESP or AH carried before") {
		t.Error(text)
	}
}
