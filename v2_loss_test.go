package ikedecode_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/ikedecode/ikedecode/capture"
	"github.com/ikedecode/ikedecode/decode/ikev2"
	"github.com/ikedecode/ikedecode/keys/ikesa"
	"github.com/ikedecode/ikedecode/keys/secret"
)

// The packets of an IKEv2 capture by their place in the negotiation.
type frames2 struct {
	init, auth, create []*capture.Packet
	all                []*capture.Packet
}

func sortFrames2(ps []*capture.Packet) frames2 {
	f := frames2{all: ps}
	for _, p := range ps {
		m := ikeOf(p)
		if m == nil {
			continue
		}
		switch m.Exchange {
		case ikev2.ExchangeSAInit:
			f.init = append(f.init, p)
		case ikev2.ExchangeAuth:
			f.auth = append(f.auth, p)
		case ikev2.ExchangeCreateChild:
			f.create = append(f.create, p)
		}
	}
	return f
}

// swapped exchanges the places of two packets.
func swapped(ps []*capture.Packet, a, b *capture.Packet) []*capture.Packet {
	out := slices.Clone(ps)
	i, j := slices.Index(out, a), slices.Index(out, b)
	out[i], out[j] = out[j], out[i]
	return out
}

// A lossCase2 drops, repeats and reorders packets of an IKEv2 capture. Its keys are "log", everything; "sk", the SK_* values and
// the DH secrets of children; "dh", the DH secrets alone.
type lossCase2 struct {
	name    string
	edit    func(f frames2) []*capture.Packet
	keys    string
	closed  bool          // no message opens
	gap     ikesa.GapCode // told; "" where everything is there
	traffic string        // "all", "any" or "none" of it opens; "seen": all that the capture has
}

var lossCases2 = []lossCase2{
	{"complete", func(f frames2) []*capture.Packet { return f.all }, "dh", false, "", "all"},
	{"every packet twice", func(f frames2) []*capture.Packet { return doubled(f.all) }, "dh", false, "", "all"},
	{"IKE_SA_INIT answered before it is asked", func(f frames2) []*capture.Packet { return swapped(f.all, f.init[0], f.init[1]) }, "dh", false, "", "all"},
	{"IKE_AUTH answered before it is asked", func(f frames2) []*capture.Packet { return swapped(f.all, f.auth[0], f.auth[1]) }, "dh", false, "", "all"},
	{"IKE_SA_INIT request resent late", func(f frames2) []*capture.Packet { return repeated(f.all, f.init[0], f.auth[1]) }, "dh", false, "", "all"},
	{"IKE_SA_INIT request missing, log given", func(f frames2) []*capture.Packet { return without(f.all, f.init[0]) }, "log", false, "", "all"},
	{"IKE_SA_INIT answer missing, log given", func(f frames2) []*capture.Packet { return without(f.all, f.init[1]) }, "log", false, "", "all"},
	{"starts at IKE_AUTH, log given", func(f frames2) []*capture.Packet { return without(f.all, f.init...) }, "log", false, "", "all"},
	{"starts after IKE_AUTH, log given", func(f frames2) []*capture.Packet { return without(f.all, append(slices.Clone(f.init), f.auth...)...) }, "log", false, "", "all"},
	{"IKE_SA_INIT request missing", func(f frames2) []*capture.Packet { return without(f.all, f.init[0]) }, "sk", false, ikesa.GapLost, "any"},
	{"IKE_SA_INIT answer missing", func(f frames2) []*capture.Packet { return without(f.all, f.init[1]) }, "sk", false, ikesa.GapLost, "any"},
	{"starts at IKE_AUTH", func(f frames2) []*capture.Packet { return without(f.all, f.init...) }, "sk", false, ikesa.GapLost, "any"},
	{"starts at IKE_AUTH, DH secret", func(f frames2) []*capture.Packet { return without(f.all, f.init...) }, "dh", true, ikesa.GapLost, "none"},
	{"IKE_AUTH request lost", func(f frames2) []*capture.Packet { return without(f.all, f.auth[0]) }, "dh", false, "", "all"},
	{"IKE_AUTH answer lost", func(f frames2) []*capture.Packet { return without(f.all, f.auth[1]) }, "dh", false, ikesa.GapLost, "any"},
	{"initiator only", func(f frames2) []*capture.Packet { return oneWay(f.all, 0) }, "sk", false, ikesa.GapLost, "none"},
	{"responder only", func(f frames2) []*capture.Packet { return oneWay(f.all, 1) }, "sk", false, ikesa.GapLost, "none"},
	{"initiator only, log given", func(f frames2) []*capture.Packet { return oneWay(f.all, 0) }, "log", false, "", "seen"},
	{"responder only, log given", func(f frames2) []*capture.Packet { return oneWay(f.all, 1) }, "log", false, "", "seen"},
}

// In each case everything that the remaining packets allow opens.
func TestLossAndRepeats2(t *testing.T) {
	for _, name := range []string{"v2-psk-aes128-sha256", "v2-psk-gcm-x25519-pfs-rekey", "v2-libreswan-cbc"} {
		dir := recorded(t, name)
		frames := sortFrames2(readPackets(t, wire(dir)))
		want := clearTruth(t, dir)
		full := logBag(t, dir, "gwa.log")
		for _, c := range lossCases2 {
			t.Run(name+"/"+c.name, func(t *testing.T) {
				edited := c.edit(frames)
				r := analyze(t, lossKeys2(c.keys, full), writePackets(t, edited))
				checkLoss2(t, c, r)
				w := want
				if c.name == "every packet twice" {
					w = append(slices.Clone(want), want...)
				}
				checkShare(t, c.traffic, r, w)
			})
		}
	}
}

func lossKeys2(which string, full *secret.Bag) *secret.Bag {
	switch which {
	case "dh":
		return only(full, secret.DHSecret, secret.ChildDHSecret, secret.PPK)
	case "sk":
		return only(full, secret.SKd, secret.SKei, secret.SKer, secret.SKai, secret.SKar, secret.ChildDHSecret, secret.PPK)
	}
	return full
}

func checkLoss2(t *testing.T, c lossCase2, r *run) {
	t.Helper()
	closed, gaps := 0, []string{}
	told := c.gap == ""
	for _, sa := range r.SAs {
		for _, m := range sa.Messages {
			if m.State == ikesa.Closed {
				closed++
				if !c.closed {
					t.Errorf("frame %d is closed: %v", m.Frame, m.Why)
				}
			}
			if m.PayErr != nil {
				t.Errorf("frame %d: %v", m.Frame, m.PayErr)
			}
		}
		for _, g := range sa.Gaps {
			gaps = append(gaps, fmt.Sprintf("%+v", g))
			told = told || g.Code == c.gap
		}
	}
	if c.closed && closed == 0 {
		t.Error("opened without keys")
	}
	if !told || c.gap == "" && len(gaps) > 0 {
		t.Errorf("gaps %q, want %q", gaps, c.gap)
	}
}

// checkShare compares the traffic that opened with what crossed the tunnel: all of it, none, or any part.
func checkShare(t *testing.T, share string, r *run, want [][]byte) {
	t.Helper()
	missing, extra := compare(r.inner, want)
	if extra > 0 {
		t.Errorf("%d packets that never crossed the tunnel", extra)
	}
	switch {
	case share == "all" && missing > 0:
		t.Errorf("%d packets of %d missing", missing, len(want))
	case share == "seen" && (r.Counts.Opened == 0 || r.Counts.Opened < r.Counts.ESP):
		t.Errorf("%d packets of %d opened", r.Counts.Opened, r.Counts.ESP)
	case share == "none" && missing < len(want) && len(r.SAs) < 2:
		t.Errorf("%d packets opened without a key", len(want)-missing)
	}
}

// A rekeyed Child SA whose answer, or whose request, is lost says so, and all messages open.
func TestLostCreateChild(t *testing.T) {
	dir := recorded(t, "v2-libreswan-cbc")
	f := sortFrames2(readPackets(t, wire(dir)))
	full := logBag(t, dir, "gwa.log")
	for i, lost := range []ikesa.Lost{ikesa.LostRequest, ikesa.LostResponse} {
		t.Run([]string{"request", "answer"}[i], func(t *testing.T) {
			edited := writePackets(t, without(f.all, f.create[i]))
			r := analyze(t, lossKeys2("dh", full), edited)
			checkLoss2(t, lossCase2{gap: ikesa.GapLost}, r)
			if g := r.SAs[0].Gaps; len(g) != 1 || g[0].Lost != lost || g[0].Exchange != ikev2.ExchangeCreateChild {
				t.Errorf("gaps %v", g)
			}
			r = analyze(t, full, edited)
			checkLoss2(t, lossCase2{}, r)
			checkTraffic(t, r, clearTruth(t, dir))
		})
	}
}

// Encrypted fragments (RFC 7383) may come in any order and twice; with one lost, what is in front of it can be read.
func TestFragments2(t *testing.T) {
	dir := recorded(t, "v2-rsa-certs-frag")
	ps := readPackets(t, wire(dir))
	f := sortFrames2(ps)
	bag := only(logBag(t, dir, "gwa.log"), secret.DHSecret)
	want := clearTruth(t, dir)
	reversed := slices.Clone(ps)
	at := slices.Index(reversed, f.auth[0])
	if at < 0 || len(f.auth) < 4 {
		t.Fatalf("%d frames of IKE_AUTH", len(f.auth))
	}
	slices.Reverse(reversed[at : at+len(f.auth)])
	for name, edited := range map[string][]*capture.Packet{
		"last first": reversed, "twice": doubled(ps), "one resent": repeated(ps, f.auth[1], f.auth[3]), "reversed, twice": doubled(reversed),
	} {
		t.Run(name, func(t *testing.T) {
			r := analyze(t, bag, writePackets(t, edited))
			checkLoss2(t, lossCase2{}, r)
			w := want
			if strings.Contains(name, "twice") {
				w = append(slices.Clone(want), want...)
			}
			checkTraffic(t, r, w)
		})
	}
	t.Run("one lost", func(t *testing.T) {
		r := analyze(t, bag, writePackets(t, without(ps, f.auth[1])))
		checkLoss2(t, lossCase2{gap: ikesa.GapLost}, r)
		if id := r.SAs[0].IDi; id == nil || id.Value() != "gwa.example.org" {
			t.Errorf("the identity in front of the hole: %v", id)
		}
	})
}

// Two SAs between the same hosts, whose message IDs are the same, are told apart.
func TestTwoSAs2(t *testing.T) {
	bag, want := &secret.Bag{}, [][]byte(nil)
	var ps []*capture.Packet
	for _, name := range []string{"v2-psk-aes128-sha256", "v2-libreswan-cbc"} {
		dir := recorded(t, name)
		bag.Merge(only(logBag(t, dir, "gwa.log"), secret.DHSecret))
		want = append(want, clearTruth(t, dir)...)
		for i, p := range readPackets(t, wire(dir)) {
			ps = slices.Insert(ps, min(2*i+1, len(ps)), p)
		}
	}
	r := analyze(t, unbound(bag), writePackets(t, ps))
	if len(r.SAs) != 2 {
		t.Errorf("%d IKE SAs, want 2", len(r.SAs))
	}
	checkLoss2(t, lossCase2{}, r)
	checkTraffic(t, r, want)
}

// A wrong or missing secret is told as such.
func TestGaps2(t *testing.T) {
	const plain, pfs, other = "v2-psk-aes128-sha256", "v2-psk-gcm-x25519-pfs-rekey", "v2-libreswan-cbc"
	log := func(name string) *secret.Bag {
		return logBag(t, recorded(t, name), "gwa.log")
	}
	psk := secret.Secret{Kind: secret.PSK, Value: []byte("sekrit")}
	cases := []struct {
		name, session string
		bag           *secret.Bag
		code          ikesa.GapCode
		cause         ikesa.Cause
		opened        bool
	}{
		{"nothing", plain, &secret.Bag{}, ikesa.GapNoSecret, ikesa.CauseNothingGiven, false},
		{"PSK alone", plain, &secret.Bag{Secrets: []secret.Secret{psk}}, ikesa.GapNeedDH, ikesa.CausePSKAlone, false},
		{"wrong DH secret", plain, changed(only(log(plain), secret.DHSecret), secret.DHSecret), ikesa.GapWrongKey, ikesa.CauseSecrets, false},
		{"log of another SA", plain, log(other), ikesa.GapWrongKey, ikesa.CauseOtherSA, false},
		{"SK_e of another SA", plain, unbound(only(log(other), secret.SKei, secret.SKer)), ikesa.GapWrongKey, ikesa.CauseNoKeyFits, false},
		{"SK_e and SK_a without SK_d", plain, only(log(plain), secret.SKei, secret.SKer, secret.SKai, secret.SKar), ikesa.GapNeedSKEYIDd, ikesa.CauseChildKey, true},
		{"SK_e alone", plain, only(log(plain), secret.SKei, secret.SKer), ikesa.GapNeedSKEYIDd, ikesa.CauseChildKey, true},
		{"PFS without its secret", pfs, only(log(pfs), secret.SKd, secret.SKei, secret.SKer), ikesa.GapPFS, ikesa.CausePFS, true},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			r := analyze(t, c.bag, wire(recorded(t, c.session)))
			if len(r.SAs[0].Gaps) == 0 {
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
