package ikedecode_test

import (
	"bytes"
	"context"
	"slices"
	"testing"

	"github.com/ikedecode/ikedecode"
	"github.com/ikedecode/ikedecode/capture"
	"github.com/ikedecode/ikedecode/esp"
	"github.com/ikedecode/ikedecode/keys/ikesa"
	"github.com/ikedecode/ikedecode/keys/secret"
)

// withSAs adds the SAs of a log that have certain SPIs.
func withSAs(bag, log *secret.Bag, spis ...uint32) *secret.Bag {
	out := &secret.Bag{Secrets: bag.Secrets}
	for _, p := range log.SAs {
		if slices.Contains(spis, p.SPI) {
			out.SAs = append(out.SAs, p)
		}
	}
	return out
}

// hasGap reports whether a run tells of a kind of gap.
func hasGap(r *run, code ikesa.GapCode) bool {
	return slices.ContainsFunc(r.SAs, func(sa *ikesa.SA) bool {
		return slices.ContainsFunc(sa.Gaps, func(g ikesa.Gap) bool { return g.Code == code })
	})
}

// The gap of a Child SA with PFS goes when other keys open what the capture has of it: both directions, or the only one that is there.
// It stays as long as packets of either are closed.
func TestGapOfOneDirection(t *testing.T) {
	dir := recorded(t, "v2-psk-gcm-x25519-pfs-rekey")
	log := logBag(t, dir, "gwa.log")
	sk := only(log, secret.SKd, secret.SKei, secret.SKer, secret.SKai, secret.SKar)
	ps := readPackets(t, wire(dir))
	child := analyze(t, log, wire(dir)).SAs[0].Children[1]
	spi := func(fromInitiator bool) uint32 {
		i := slices.IndexFunc(child.SAs, func(d ikesa.ChildSA) bool { return d.FromInitiator == fromInitiator })
		return child.SAs[i].SPI
	}
	there, back := spi(true), spi(false)
	others := slices.DeleteFunc(slices.Clone(log.SAs), func(p esp.Params) bool { return p.SPI == there || p.SPI == back })
	withOthers := func(spis ...uint32) *secret.Bag {
		b := withSAs(sk, log, spis...)
		b.SAs = append(b.SAs, others...)
		return b
	}
	way := func(spi uint32) []*capture.Packet { // without the packets of the other direction
		drop := there + back - spi
		return slices.DeleteFunc(slices.Clone(ps), func(p *capture.Packet) bool { return espSPI(p) == drop })
	}
	for _, c := range []struct {
		name    string
		bag     *secret.Bag
		packets []*capture.Packet
		gap     bool
	}{
		{"no keys", withOthers(), ps, true},
		{"both", withOthers(there, back), ps, false},
		{"one of two", withOthers(there), ps, true},
		{"the other of two", withOthers(back), ps, true},
		{"the one that is there", withOthers(there), way(there), false},
		{"the other that is there", withOthers(back), way(back), false},
		{"the one that is not there", withOthers(back), way(there), true},
	} {
		if got := hasGap(analyze(t, c.bag, writePackets(t, c.packets)), ikesa.GapPFS); got != c.gap {
			t.Errorf("%s: told %v", c.name, got)
		}
		// The IKE SA's own DH secret is tried for the child, and does not fit.
		c.bag.Secrets = append(slices.Clone(c.bag.Secrets), only(log, secret.DHSecret).Secrets...)
		if got := hasGap(analyze(t, c.bag, writePackets(t, c.packets)), ikesa.GapPFS); got != c.gap {
			t.Errorf("%s, and another secret: told %v", c.name, got)
		}
	}
}

// espSPI is the SPI of an ESP packet right above IPv4; 0 for others.
func espSPI(p *capture.Packet) uint32 {
	ip, _ := capture.IP(p)
	if len(ip) < 24 || ip[9] != byte(esp.ESP) {
		return 0
	}
	return uint32(ip[20])<<24 | uint32(ip[21])<<16 | uint32(ip[22])<<8 | uint32(ip[23])
}

// With the answer of IKE_AUTH lost the SPI of one direction is not known: the gap goes when nothing between the hosts is closed.
func TestGapOfLostAnswer(t *testing.T) {
	dir := recorded(t, "v2-psk-aes128-sha256")
	log := logBag(t, dir, "gwa.log")
	f := sortFrames2(readPackets(t, wire(dir)))
	path := writePackets(t, without(f.all, f.auth[1]))
	sk := only(log, secret.SKd, secret.SKei, secret.SKer, secret.SKai, secret.SKar)
	var there, back []uint32
	for _, d := range analyze(t, log, wire(dir)).SAs[0].Children[0].SAs {
		if d.FromInitiator {
			there = append(there, d.SPI)
		} else {
			back = append(back, d.SPI)
		}
	}
	for name, c := range map[string]struct {
		spis []uint32
		gap  bool
	}{"none": {nil, true}, "that of the request": {back, true}, "that of the answer": {there, true}, "both": {append(there, back...), false}} {
		if got := hasGap(analyze(t, withSAs(sk, log, c.spis...), path), ikesa.GapLost); got != c.gap {
			t.Errorf("%s: told %v", name, got)
		}
	}
}

// With --no-verify a key that nothing proves is used for IKEv2 as well, and said to be unproven; a key log has it only where all is
// asked for.
func TestNoVerify2(t *testing.T) {
	dir := recorded(t, "v2-psk-aes128-sha256")
	wrong := bytes.Repeat([]byte{0x11}, 32)
	bag := &secret.Bag{Secrets: []secret.Secret{{Kind: secret.SKEYSEED, Value: wrong}}}
	src, err := capture.Open([]string{wire(dir)}, capture.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	s, err := ikedecode.Analyze(context.Background(), src, bag, ikedecode.Options{NoVerify: true})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Run(context.Background(), nil); err != nil {
		t.Fatal(err)
	}
	sa := s.SAs[0]
	if len(sa.Generations) != 1 || !sa.Generations[0].Unproven || len(sa.Proofs) != 1 || sa.Proofs[0].By != ikesa.Unproven || s.Counts.IKEClosed > 0 {
		t.Fatalf("%d generations, proofs %v, %+v", len(sa.Generations), sa.Proofs, s.Counts)
	}
	if sa.Established && len(sa.Children) > 0 {
		t.Error("what a wrong key makes of it is believed")
	}
	has := func(all bool) bool {
		return slices.ContainsFunc(s.KeyLog(all).Secrets, func(x secret.Secret) bool { return x.Kind == secret.SKei })
	}
	if has(false) || !has(true) {
		t.Errorf("in the key log %v, with all of it %v", has(false), has(true))
	}
}

// The same is told of a Quick Mode with PFS when only the DH secret of phase 1 was given.
func TestGapOfQuickModePFS(t *testing.T) {
	dir := recorded(t, "v1-aggressive-psk-pfs")
	log := logBag(t, dir, "gwa.log")
	phase1 := &secret.Bag{Secrets: slices.DeleteFunc(slices.Clone(log.Secrets), func(s secret.Secret) bool { return s.Kind == secret.QMDHSecret })}
	for name, c := range map[string]struct {
		bag *secret.Bag
		gap bool
	}{"phase 1 alone": {phase1, true}, "all": {log, false}, "the keys of the SAs": {&secret.Bag{Secrets: phase1.Secrets, SAs: log.SAs}, false}} {
		if got := hasGap(analyze(t, c.bag, wire(dir)), ikesa.GapPFS); got != c.gap {
			t.Errorf("%s: told %v", name, got)
		}
	}
}
