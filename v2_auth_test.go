package ikedecode_test

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/ikedecode/ikedecode/decode/ikev2"
	"github.com/ikedecode/ikedecode/keys/ikesa"
	"github.com/ikedecode/ikedecode/keys/secret"
	"github.com/ikedecode/ikedecode/keys/source"
)

// The AUTH payloads of real sessions fit: shared keys, signatures with the certificate in the capture, after IKE_INTERMEDIATE.
func TestAuth2(t *testing.T) {
	psk := secret.Secret{Kind: secret.PSK, Value: []byte("sekrit"), Origin: secret.Origin{Label: "PSK"}}
	for _, c := range []struct {
		session string
		ok      int
		method  ikev2.AuthMethod
	}{
		{"v2-psk-aes128-sha256", 2, ikev2.AuthSharedKey},
		{"v2-psk-gcm-x25519-pfs-rekey", 2, ikev2.AuthSharedKey},
		{"v2-libreswan-cbc", 2, ikev2.AuthSharedKey},
		{"v2-mlkem", 2, ikev2.AuthSharedKey},
		{"v2-rsa-certs-frag", 2, ikev2.AuthDigitalSignature},
		{"v2-ppk", 2, ikev2.AuthSharedKey},         // with a PPK (RFC 8784)
		{"v2-eap-only", 2, ikev2.AuthSharedKey},    // EAP-TLS alone (RFC 5998): both with its MSK
		{"v2-eap-nat-esn", 3, ikev2.AuthSharedKey}, // the responder's, and both again with the MSK of EAP
	} {
		t.Run(c.session, func(t *testing.T) {
			dir := recorded(t, c.session)
			bag := only(logBag(t, dir, "gwa.log"), secret.DHSecret, secret.ChildDHSecret, secret.EAPMSK, secret.PPK)
			bag.Add(psk)
			r := analyze(t, bag, wire(dir))
			ok := 0
			if !r.SAs[0].Established {
				t.Error("not established")
			}
			for _, a := range r.SAs[0].Auth {
				t.Logf("frame %d, %v: %+v", a.Frame, a.Method, a)
				if a.Done != a.OK {
					t.Errorf("frame %d: %+v", a.Frame, a)
				}
				if a.OK && a.Method == c.method {
					ok++
				}
			}
			if ok != c.ok {
				t.Errorf("%d AUTH payloads fit, want %d", ok, c.ok)
			}
			for _, g := range r.SAs[0].Gaps {
				t.Errorf("gap: %+v", g)
			}
		})
	}
}

// A wrong PSK is told apart from a peer that refuses the right one.
func TestWrongPSK2(t *testing.T) {
	dir := recorded(t, "fail-v2-auth")
	log := logBag(t, dir, "gwa.log")
	for _, c := range []struct {
		psk string
		ok  bool
	}{{"sekrit", true}, {"secret", false}} {
		bag := only(log, secret.DHSecret)
		bag.Add(secret.Secret{Kind: secret.PSK, Value: []byte(c.psk)})
		r := analyze(t, bag, wire(dir))
		sa := r.SAs[0]
		if len(sa.Auth) != 1 || !sa.Auth[0].Done || sa.Auth[0].OK != c.ok || !sa.Auth[0].Refused {
			t.Fatalf("%s: %+v", c.psk, sa.Auth)
		}
		if sa.Established {
			t.Error("said to be established")
		}
		wrong := len(sa.Gaps) == 1 && sa.Gaps[0].Code == ikesa.GapWrongPSK && sa.Gaps[0].Cause == ikesa.CauseAuthKey && sa.Gaps[0].Initiator
		if wrong == c.ok || c.ok && len(sa.Gaps) > 0 {
			t.Errorf("%s: gaps %v", c.psk, sa.Gaps)
		}
		if proved := sa.Proofs[len(sa.Proofs)-1].By == ikesa.ByAuth; proved != c.ok {
			t.Errorf("%s: proofs %v", c.psk, sa.Proofs)
		}
	}
}

// The key log without the keys of ESP SAs opens the traffic all the same: it has what those come from.
func TestKeyLogWithoutESP2(t *testing.T) {
	for _, dir := range sessionsV2(t) {
		t.Run(filepath.Base(dir), func(t *testing.T) {

			r := analyze(t, logBag(t, dir, "gwa.log"), wire(dir))
			told := gapsOf(r)
			log, err := os.ReadFile(exportKeyLog(t, r))
			if err != nil {
				t.Fatal(err)
			}
			var kept []string
			for l := range strings.Lines(string(log)) {
				if !strings.HasPrefix(l, "ESP_SA") {
					kept = append(kept, l)
				}
			}
			bag, err := source.Read("keys.log", []byte(strings.Join(kept, "")))
			if err != nil {
				t.Fatal(err)
			}
			r = analyze(t, bag, wire(dir))
			checkTraffic(t, r, clearTruth(t, dir))
			if got := gapsOf(r); !slices.Equal(got, told) {
				t.Errorf("gaps %q, with the log %q", got, told)
			}
		})
	}
}

// gapsOf is what a run tells to have stayed closed.
func gapsOf(r *run) (gaps []ikesa.Gap) {
	for _, sa := range r.SAs {
		gaps = append(gaps, sa.Gaps...)
	}
	return gaps
}

// A PPK (RFC 8784) is proved by AUTH or, where that can't be checked, by the traffic; the keys before and after it are one set. A wrong
// one is not proved, and what needs it stays closed.
func TestPPK2(t *testing.T) {
	dir := recorded(t, "v2-ppk")
	log := logBag(t, dir, "gwa.log")
	ppk := only(log, secret.PPK).Secrets[0].Value
	dh := only(log, secret.DHSecret, secret.ChildDHSecret, secret.PPK)
	for _, c := range []struct {
		name string
		bag  *secret.Bag
		by   ikesa.Evidence
	}{{"log", log, ikesa.ByAuth}, {"DH secrets and PPK", dh, ikesa.ByTraffic}, {"a wrong PPK", changed(dh, secret.PPK), ikesa.Unproven}} {
		r := analyze(t, c.bag, wire(dir))
		sa := r.SAs[0]
		if len(sa.Generations) != 1 {
			t.Errorf("%s: %d sets of keys", c.name, len(sa.Generations))
		}
		var proofs []ikesa.Evidence
		for _, p := range sa.Proofs {
			if p.Of == secret.PPK {
				proofs = append(proofs, p.By)
			}
		}
		if c.by == ikesa.Unproven {
			if len(proofs) > 0 || sa.Keys.PPK != nil || r.Counts.BadICV == 0 {
				t.Errorf("%s: proofs %v, %+v", c.name, proofs, r.Counts)
			}
			continue
		}
		if !slices.Equal(proofs, []ikesa.Evidence{c.by}) || !bytes.Equal(sa.Keys.PPK, ppk) {
			t.Errorf("%s: proofs %v, PPK of %d bytes", c.name, proofs, len(sa.Keys.PPK))
		}
		checkOpened(t, r)
		checkTraffic(t, r, clearTruth(t, dir))
	}
}
