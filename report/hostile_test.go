package report

import (
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ikedecode/ikedecode/capture"
	"github.com/ikedecode/ikedecode/decode"
	"github.com/ikedecode/ikedecode/keys/ikesa"
	"github.com/ikedecode/ikedecode/report/diagnose"
)

// Captures of what broke a report once: damaged messages, and many peers at once.

// changed is a copy of a capture in which the byte at each offset has another value.
func changed(t *testing.T, path string, at map[int]byte) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for i, v := range at {
		b[i] = v
	}
	out := filepath.Join(t.TempDir(), "changed.pcap")
	if err := os.WriteFile(out, b, 0o600); err != nil {
		t.Fatal(err)
	}
	return out
}

// A rekeying whose first copy is damaged is still one: the good copy says of what.
func TestDamagedRekeying(t *testing.T) {
	dir := sessionDir(t, "diag-v2-rekey-lost")
	wire := filepath.Join(dir, "wire.pcap")
	const inFrame11 = 3225 // the last byte of the request, in its ICV
	b, err := os.ReadFile(wire)
	if err != nil {
		t.Fatal(err)
	}
	s, w := analyzed(t, changed(t, wire, map[int]byte{inFrame11: b[inFrame11] ^ 1}), filepath.Join(dir, "gwa.log"))
	d := Diagnose(s, w)
	if f := d.Findings[0]; f.Code != "rekey-failed" || !contains(f.Frames, 11) {
		t.Errorf("want rekey-failed in frame 11, got\n%s", textOf(t, d))
	}
}

// silentPeer is an IKE SA that its responder never answers.
func silentPeer(peer, start int) *ikesa.SA {
	a := netip.MustParseAddrPort("192.0.2.1:500")
	b := netip.AddrPortFrom(netip.AddrFrom4([4]byte{10, 1, byte(peer >> 8), byte(peer)}), capture.PortIKE)
	return build1(a, b, start, sketch1{exchange: main1, fromInitiator: true})
}

// More peers than there are findings of one code: each finding is of its own peer, and those left out are counted.
func TestManySilentPeers(t *testing.T) {
	const peers = diagnose.MaxPerCode + 10
	var sas []*ikesa.SA
	for i := range peers {
		sas = append(sas, silentPeer(i+1, i+1))
	}
	sas = append(sas, silentPeer(peers, peers+1)) // tried again
	d := diagnosisOf(sas...)
	d.apply(t, "phase 1")
	other := silentPeer(4000, 9999)
	d.found = append(d.found, diagnose.Finding{Subject: diagnose.Subject{Version: 1, SPIs: [2]decode.SPI{other.Initiator, other.Responder}, Initiator: other.InitiatorAddr.Addr(), Responder: other.ResponderAddr.Addr()},
		Code: diagnose.CodePhase1NoProposal, Severity: SeverityProblem, Frames: []int{9999}})
	var silent, refused []Finding
	for _, f := range d.results() {
		switch f.Code {
		case diagnose.CodeNoResponse:
			silent = append(silent, f)
		case diagnose.CodePhase1NoProposal:
			refused = append(refused, f)
		}
	}
	if n := len(silent); n != diagnose.MaxPerCode+1 {
		t.Fatalf("%d findings", n)
	}
	for i, f := range silent[:diagnose.MaxPerCode] {
		if want := fmt.Sprintf("10.1.%d.%d:500", (i+1)>>8, byte(i+1)); !strings.Contains(f.Text, want) || len(f.Frames) != 1 || f.Alike != 0 {
			t.Errorf("finding %d: %+v, want %s alone", i, f, want)
		}
	}
	if f := refused[0]; f.Alike != 0 || len(f.Frames) != 1 {
		t.Errorf("another peer's finding was added to: %+v", f)
	}
	if f := silent[diagnose.MaxPerCode]; f.Text != "seen on 10 more IKE SAs" {
		t.Errorf("%q", f.Text)
	}
}

// NAT notes of more SAs than are shown do not add to what stands elsewhere, and two peers behind one NAT are two notes.
func TestManyNATs(t *testing.T) {
	var sas []*ikesa.SA
	for i := range diagnose.MaxNotesPerCode + 5 {
		sa := silentPeer(i+1, i+1)
		sa.NAT = ikesa.NAT{Seen: true, BehindNATInitiator: true}
		sas = append(sas, sa, sa)
	}
	d := diagnosisOf(sas...)
	d.found = append(d.found, diagnose.Finding{Code: diagnose.CodeNoKey, Severity: SeverityWarning})
	d.apply(t, "NAT")
	list := d.results()
	if n := len(list); n != diagnose.MaxNotesPerCode+2 || list[0].Alike != 0 {
		t.Fatalf("%d findings, the first %+v", n, list[0])
	}
	for i, f := range list[1 : diagnose.MaxNotesPerCode+1] {
		if f.Alike != 1 || !strings.Contains(f.IKE, sas[2*i].Initiator.String()) {
			t.Errorf("note %d: %+v", i, f)
		}
	}
	if text := list[len(list)-1].Text; text != "seen on 5 more IKE SAs" {
		t.Errorf("%q", text)
	}
}

// What is kept outside the repository of captures that once made a report panic.
func TestFoundCaptures(t *testing.T) {
	files, err := filepath.Glob(filepath.Join("..", "..", "shared", "hostile", "found", "*.pcap*"))
	if err != nil || len(files) == 0 {
		t.Skip("the captures are not there")
	}
	logs := map[string]string{"panic-last-bit-frame11": "diag-v2-rekey-lost/gwa.log", "panic-v2-simultaneous": "v2-simultaneous/gwa.log.gz", "aggr-swap12": "v1-aggressive-rsa-certs/gwa.log"}
	for _, path := range files {
		var keys []string
		for prefix, log := range logs {
			if strings.HasPrefix(filepath.Base(path), prefix) {
				keys = append(keys, filepath.Join(pcaps, log))
			}
		}
		s, w := analyzed(t, path, keys...)
		d := Diagnose(s, w)
		if text := textOf(t, d); strings.ContainsAny(text, "\x1b\x07") {
			t.Errorf("%s: characters that a terminal obeys in\n%s", path, text)
		}
		if swapped := strings.Contains(path, "aggr-swap12"); swapped && !d.Healthy {
			t.Errorf("%s: want a healthy tunnel, got\n%s", path, textOf(t, d))
		}
	}
}
