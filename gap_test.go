package ikedecode_test

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/ikedecode/ikedecode/keys/ikesa"
	"github.com/ikedecode/ikedecode/keys/secret"
)

// changed returns a copy of the bag in which every value of a kind has one bit flipped.
func changed(bag *secret.Bag, kind secret.Kind) *secret.Bag {
	out := &secret.Bag{}
	for _, s := range bag.Secrets {
		if s.Kind == kind {
			s.Value = slices.Clone(s.Value)
			s.Value[len(s.Value)-1] ^= 1
		}
		out.Secrets = append(out.Secrets, s)
	}
	return out
}

// A wrong or missing secret is told as such, with the sentence that ends the search.
func TestGaps(t *testing.T) {
	const plain, pfs, certs = "v1-main-psk-aes128-sha1", "v1-racoon-dh-private", "v1-main-rsa-certs-frag"
	racoon := readBag(t, filepath.Join(pcaps, pfs, "gwb.log"))
	psk := scenarioPSK(t, filepath.Join(pcaps, plain))
	with := func(b *secret.Bag, s ...secret.Secret) *secret.Bag {
		out := &secret.Bag{}
		out.Merge(b)
		out.Add(s...)
		return out
	}
	log := func(name string) *secret.Bag { return readBag(t, filepath.Join(pcaps, name, "gwa.log")) }
	wrong := secret.Secret{Kind: secret.PSK, Value: []byte("wrong")}
	cases := []struct {
		name, session string
		bag           *secret.Bag
		code          ikesa.GapCode
		cause         ikesa.Cause
		opened        bool // the negotiation opens all the same
	}{
		{"nothing", plain, &secret.Bag{}, ikesa.GapNoSecret, ikesa.CauseNothingGiven, false},
		{"PSK alone", plain, with(&secret.Bag{}, psk), ikesa.GapNeedDH, ikesa.CausePSKAlone, false},
		{"DH secret alone", plain, only(log(plain), secret.DHSecret), ikesa.GapNeedPSK, ikesa.CauseNoPSK, false},
		{"wrong PSK, DH private value", pfs, with(only(racoon, secret.DHPrivate), wrong), ikesa.GapWrongPSK, ikesa.CausePSK, false},
		{"DH private value alone", pfs, only(racoon, secret.DHPrivate), ikesa.GapNeedPSK, ikesa.CauseNoPSK, false},
		{"wrong DH secret", plain, with(changed(only(log(plain), secret.DHSecret), secret.DHSecret), psk), ikesa.GapWrongKey, ikesa.CauseSecrets, false},
		{"wrong DH secret, signatures", certs, changed(only(log(certs), secret.DHSecret), secret.DHSecret), ikesa.GapWrongKey, ikesa.CauseSecrets, false},
		{"DH private value of another SA", plain, with(only(racoon, secret.DHPrivate), psk), ikesa.GapWrongKey, ikesa.CausePrivate, false},
		{"Ka of another SA", plain, unbound(only(log(pfs), secret.EncKey)), ikesa.GapWrongKey, ikesa.CauseNoKeyFits, false},
		{"log of another SA", plain, log(pfs), ikesa.GapWrongKey, ikesa.CauseOtherSA, false},
		{"PSK with signatures", certs, with(&secret.Bag{}, psk), ikesa.GapNoSecret, ikesa.CausePSKUnused, false},
		{"Ka alone", plain, only(log(plain), secret.EncKey), ikesa.GapNeedSKEYIDd, ikesa.CauseChildKey, true},
		{"SKEYID_e alone", plain, only(log(plain), secret.SKEYIDe), ikesa.GapNeedSKEYIDd, ikesa.CauseChildKey, true},
		{"PFS without its secret", pfs, only(log(pfs), secret.SKEYIDd, secret.SKEYIDa, secret.SKEYIDe), ikesa.GapPFS, ikesa.CausePFS, true},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			r := analyze(t, c.bag, filepath.Join(pcaps, c.session, "wire.pcap"))
			if r.Complete() {
				t.Error("said to be complete")
			}
			if len(r.SAs) != 1 || len(r.SAs[0].Gaps) == 0 {
				t.Fatalf("no gap is told: %+v", r.Counts)
			}
			g := r.SAs[0].Gaps[0]
			if g.Code != c.code || g.Cause != c.cause {
				t.Errorf("got %+v; want %s by cause %d", g, c.code, c.cause)
			}
			if opened := r.Counts.IKEClosed == 0; opened != c.opened {
				t.Errorf("negotiation open: %v, want %v", opened, c.opened)
			}
		})
	}
}

// Each kind of secret opens what it can, and the report names the proof.
func TestSecretsAndProofs(t *testing.T) {
	const plain, certs = "v1-main-psk-aes128-sha1", "v1-main-rsa-certs-frag"
	log := readBag(t, filepath.Join(pcaps, plain, "gwa.log"))
	psk := scenarioPSK(t, filepath.Join(pcaps, plain))
	with := func(b *secret.Bag) *secret.Bag { b.Add(psk); return b }
	cases := []struct {
		name, session string
		bag           *secret.Bag
		by            ikesa.Evidence
		traffic       bool
	}{
		{"PSK and g^xy", plain, with(only(log, secret.DHSecret)), ikesa.ByHash, true},
		{"SKEYID and g^xy", plain, only(log, secret.SKEYID, secret.DHSecret), ikesa.ByHash, true},
		{"SKEYID_d, _a, _e", plain, only(log, secret.SKEYIDd, secret.SKEYIDa, secret.SKEYIDe), ikesa.ByHash, true},
		{"SKEYID_e", plain, only(log, secret.SKEYIDe), ikesa.ByChain, false},
		{"Ka", plain, only(log, secret.EncKey), ikesa.ByChain, false},
		{"Ka and SKEYID_a", plain, unbound(only(log, secret.EncKey, secret.SKEYIDa)), ikesa.ByHash, false},
		{"Ka and SKEYID_d", plain, unbound(only(log, secret.EncKey, secret.SKEYIDd)), ikesa.ByChain, true},
		{"g^xy with signatures", certs, only(readBag(t, filepath.Join(pcaps, certs, "gwa.log")), secret.DHSecret), ikesa.ByHash, true},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			dir := filepath.Join(pcaps, c.session)
			r := analyze(t, c.bag, filepath.Join(dir, "wire.pcap"))
			checkOpened(t, r)
			sa := r.SAs[0]
			if len(sa.Proofs) == 0 || sa.Proofs[0].By != c.by {
				t.Errorf("proofs %v, want the first by %v", sa.Proofs, c.by)
			}
			if c.traffic {
				checkTraffic(t, r, clearTruth(t, dir))
			} else if r.Counts.Opened > 0 {
				t.Errorf("%d packets opened without a key", r.Counts.Opened)
			}
		})
	}
}

// unbound takes away what ties secrets to each other.
func unbound(bag *secret.Bag) *secret.Bag {
	for i := range bag.Secrets {
		bag.Secrets[i].Group, bag.Secrets[i].Where = 0, secret.Where{}
	}
	return bag
}

// With several secrets in the bag that fit nothing here, the right ones are found all the same.
func TestBagOfMany(t *testing.T) {
	bag := &secret.Bag{}
	for _, dir := range sessionsV1(t) {
		bag.Merge(readBag(t, filepath.Join(dir, "gwa.log")))
	}
	bag = unbound(only(bag, secret.SKEYIDd, secret.SKEYIDa, secret.SKEYIDe, secret.DHSecret, secret.QMDHSecret))
	for _, dir := range sessionsV1(t) {
		t.Run(filepath.Base(dir), func(t *testing.T) {
			r := analyze(t, bag, filepath.Join(dir, "wire.pcap"))
			checkOpened(t, r)
			checkTraffic(t, r, clearTruth(t, dir))
		})
	}
}

// NAT-D payloads tell who is behind a NAT, seen from either side of it.
func TestNATDetection(t *testing.T) {
	for _, dir := range sessionsV1(t) {
		for _, name := range []string{"wire.pcap", "wire-behind-nat.pcap"} {
			path := filepath.Join(dir, name)
			if !exists(path) {
				continue
			}
			t.Run(filepath.Base(dir)+"/"+name, func(t *testing.T) {
				r := analyze(t, nil, path)
				want := ikesa.NAT{Seen: !strings.Contains(dir, "racoon"), BehindNATInitiator: strings.Contains(dir, "nat")}
				if got := r.SAs[0].NAT; got != want {
					t.Errorf("got %+v, want %+v", got, want)
				}
			})
		}
	}
}

// Both sides of a NAT in one run are one negotiation.
func TestTwoCapturePoints(t *testing.T) {
	dir := filepath.Join(pcaps, "v1-main-psk-nat")
	r := analyze(t, readBag(t, filepath.Join(dir, "gwa.log")), filepath.Join(dir, "wire.pcap"), filepath.Join(dir, "wire-behind-nat.pcap"))
	if len(r.SAs) != 1 {
		t.Errorf("%d IKE SAs, want 1", len(r.SAs))
	}
	checkOpened(t, r)
	want := clearTruth(t, dir)
	checkTraffic(t, r, append(slices.Clone(want), want...))
}
