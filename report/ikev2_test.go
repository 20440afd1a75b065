package report

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ikedecode/ikedecode/decode/ike"
	"github.com/ikedecode/ikedecode/report/negotiation"
	"github.com/ikedecode/ikedecode/report/words"
)

// recorded2 is where sessions of IKEv2 are recorded that are not in the repository.
const recorded2 = "../../shared/captures"

// session2 is the folder of a recorded session of IKEv2; where it is not there the test is skipped.
func session2(t *testing.T, name string) string {
	t.Helper()
	dir := filepath.Join(pcaps, name)
	if _, err := os.Stat(dir); err == nil {
		return dir
	}
	dir = filepath.Join(recorded2, name)
	if _, err := os.Stat(filepath.Join(dir, "wire.pcap")); err != nil {
		t.Skipf("%s is not there", dir)
	}
	return dir
}

var sessions2 = []string{
	"v2-psk-aes128-sha256", "v2-psk-gcm-x25519-pfs-rekey", "v2-rsa-certs-frag", "v2-eap-nat-esn", "v2-mlkem", "v2-libreswan-cbc",
	"fail-v2-auth", "fail-v2-ts",
}

// The JSON form of reports with and without keys can be read back.
func TestReports2(t *testing.T) {
	for _, name := range sessions2 {
		t.Run(name, func(t *testing.T) {
			dir := session2(t, name)
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
				for _, sa := range s.SAs {
					for _, g := range sa.Generations {
						for _, key := range [][]byte{g.SKEYSEED, g.GXY, g.D, g.AI, g.AR, g.EI, g.ER, g.PI, g.PR} {
							if hexIn(b.String(), key) {
								t.Fatal("a key is shown")
							}
						}
					}
				}
			}
		})
	}
}

func TestDiagnose2(t *testing.T) {
	for _, c := range []struct {
		session  string
		keys     bool
		code     string
		severity Severity
		frame    int
	}{
		{"fail-v2-auth", true, "auth-failed", SeverityProblem, 4},
		{"fail-v2-auth", false, "auth-failed", SeverityProblem, 4},
		{"fail-v2-ts", true, "ts-mismatch", SeverityProblem, 4},
	} {
		name := c.session
		if !c.keys {
			name += " closed"
		}
		t.Run(name, func(t *testing.T) {
			dir := session2(t, c.session)
			var keys []string
			if c.keys {
				keys = append(keys, filepath.Join(dir, "gwa.log"))
			}
			s, w := analyzed(t, filepath.Join(dir, "wire.pcap"), keys...)
			d := Diagnose(s, w)
			if d.Healthy || len(d.Findings) == 0 {
				t.Fatalf("healthy %v, %d findings", d.Healthy, len(d.Findings))
			}
			f := d.Findings[0]
			if string(f.Code) != c.code || f.Severity != c.severity || f.Hint == "" || !contains(f.Frames, c.frame) {
				t.Errorf("first finding: %+v, want %s with a hint about frame %d", f, c.code, c.frame)
			}
		})
	}
	for _, name := range sessions2 {
		if strings.HasPrefix(name, "fail-") {
			continue
		}
		t.Run(name, func(t *testing.T) {
			dir := session2(t, name)
			s, w := analyzed(t, filepath.Join(dir, "wire.pcap"), filepath.Join(dir, "gwa.log"))
			d := Diagnose(s, w)
			if !d.Healthy || len(d.Findings) == 0 || d.Findings[0].Code != "healthy" {
				t.Error(textOf(t, d))
			}
		})
	}
}

// The SAs of a session with rekeying: selectors, PFS, and what replaced what.
func TestSAs2(t *testing.T) {
	dir := session2(t, "v2-psk-gcm-x25519-pfs-rekey")
	s, _ := analyzed(t, filepath.Join(dir, "wire.pcap"), filepath.Join(dir, "gwa.log"))
	r := NewSAs(s)
	if len(r.IKE) != 2 || !r.IKE[0].Established || !r.IKE[1].Established || r.IKE[0].RekeyedFrom != "" {
		t.Fatalf("IKE SAs: %+v", r.IKE)
	}
	if want := r.IKE[0].Initiator + ":" + r.IKE[0].Responder; !strings.HasPrefix(r.IKE[1].RekeyedFrom, want) {
		t.Errorf("rekeyed from %q, want %s", r.IKE[1].RekeyedFrom, want)
	}
	rekeyed, pfs := 0, 0
	for _, sa := range r.SAs {
		if sa.Selectors != "10.1.0.0/24 <-> 10.2.0.0/24" || sa.Mode != "tunnel" {
			t.Errorf("%s %s: %q, %q", sa.Protocol, sa.SPI, sa.Selectors, sa.Mode)
		}
		if sa.RekeyedFrom != "" {
			rekeyed++
		}
		if sa.PFS == "Curve25519" {
			pfs++
		}
	}
	if len(r.SAs) != 6 || rekeyed != 4 || pfs != 4 {
		t.Errorf("%d SAs, %d rekeyed, %d with PFS", len(r.SAs), rekeyed, pfs)
	}
}

// Who proves itself how: each side by a method of its own, or both by EAP alone (RFC 5998).
func TestAuthMethods2(t *testing.T) {
	for name, want := range map[string][2]string{
		"v2-psk-aes128-sha256": {"shared key", "shared key"}, "v2-eap-nat-esn": {"EAP MSCHAPv2", "shared key"},
		"v2-eap-only": {"EAP TLS", "EAP TLS"},
	} {
		dir := session2(t, name)
		log := filepath.Join(dir, "gwa.log")
		if _, err := os.Stat(log); err != nil {
			log += ".gz"
		}
		s, _ := analyzed(t, filepath.Join(dir, "wire.pcap"), log)
		if got := [2]string{words.Methods(negotiation.MethodsOf(s.SAs[0], ike.Initiator)), words.Methods(negotiation.MethodsOf(s.SAs[0], ike.Responder))}; got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
}
