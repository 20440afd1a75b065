package solve

import (
	"bytes"
	"slices"
	"testing"

	"github.com/ikedecode/ikedecode/keys/alg"
	"github.com/ikedecode/ikedecode/keys/ikesa"
	"github.com/ikedecode/ikedecode/keys/secret"
)

// edited are the keys of a peer with those of some kinds changed by one digit.
func edited(p *peer2, kinds ...secret.Kind) *secret.Bag {
	list := p.sk()
	for i := range list {
		if slices.Contains(kinds, list[i].Kind) {
			list[i].Value = bytes.Clone(list[i].Value)
			list[i].Value[3] ^= 0x20
		}
	}
	return bagOf(list...)
}

// Of SK_e and SK_a each proves itself alone: the messages of a side whose SK_e is wrong are not decrypted although their ICVs verify, and
// those whose SK_a is wrong not either; and the gap names the key.
func TestOneKeyWrong2(t *testing.T) {
	for _, cipher := range []uint16{12, 13, 3} { // AES-CBC, AES-CTR, 3DES
		c := alg.CipherByIKEv2(cipher)
		p := newPeer2(t, c, c.KeyBits[0], aMAC(), aPRF(t))
		p.saInit()
		p.ikeAuth(1, nil)
		for _, tt := range []struct {
			wrong           []secret.Kind
			cause           ikesa.Cause
			initiator, both bool
			opened          int
		}{
			{[]secret.Kind{secret.SKei}, ikesa.CauseCipherKey, true, false, 1},
			{[]secret.Kind{secret.SKer}, ikesa.CauseCipherKey, false, false, 1},
			{[]secret.Kind{secret.SKei, secret.SKer}, ikesa.CauseCipherKey, true, true, 0},
			{[]secret.Kind{secret.SKai, secret.SKar}, ikesa.CauseICVKey, true, true, 0},
		} {
			sa := p.solve(edited(p, tt.wrong...))
			opened := 0
			for _, m := range sa.Messages {
				if m.State == ikesa.Opened {
					opened++
				}
			}
			if opened != tt.opened {
				t.Errorf("%s, wrong %v: %d messages decrypted, want %d", c.Name, tt.wrong, opened, tt.opened)
			}
			i := slices.IndexFunc(sa.Gaps, func(g ikesa.Gap) bool { return g.Cause == tt.cause })
			if i < 0 {
				t.Errorf("%s, wrong %v: gaps %v", c.Name, tt.wrong, sa.Gaps)
				continue
			}
			if g := sa.Gaps[i]; g.Initiator != tt.initiator || g.Both != tt.both || g.Needs != ikesa.SetOf(tt.wrong...) {
				t.Errorf("%s, wrong %v: %+v", c.Name, tt.wrong, g)
			}
			for _, x := range sa.Proofs {
				if slices.Contains(tt.wrong, x.Of) {
					t.Errorf("%s, wrong %v: proof %v", c.Name, tt.wrong, x)
				}
			}
		}
	}
}

// Where the key of one side alone was given, the other side's is what is missing.
func TestOneSideGiven2(t *testing.T) {
	p := gcmPeer(t)
	p.saInit()
	p.ikeAuth(1, nil)
	for kind, missing := range map[secret.Kind]secret.Kind{secret.SKei: secret.SKer, secret.SKer: secret.SKei} {
		list := slices.DeleteFunc(p.sk(), func(x secret.Secret) bool { return x.Kind != kind })
		sa := p.solve(bagOf(list...))
		if !slices.ContainsFunc(sa.Gaps, func(g ikesa.Gap) bool { return g.Cause == ikesa.CauseOneSide && g.Needs == ikesa.SetOf(missing) }) {
			t.Errorf("%v alone: gaps %+v", kind, sa.Gaps)
		}
	}
}

// Without IKE_SA_INIT a DH secret makes no keys, and none is asked for.
func TestNeedsWithoutInit2(t *testing.T) {
	p := gcmPeer(t)
	p.saInit()
	p.ikeAuth(1, nil)
	for _, bag := range []*secret.Bag{nil, bagOf(secretOf(secret.PSK, []byte("secret"))), bagOf(secretOf(secret.SKei, bytes.Repeat([]byte{1}, 36)))} {
		if bag == nil {
			bag = bagOf()
		}
		for _, drop := range [][]int{{1}, {2}, {1, 2}} {
			sa := p.solve(bag, drop...)
			for _, g := range sa.Gaps {
				if g.Needs.Has(secret.DHSecret) || g.Needs.Has(secret.DHPrivate) {
					t.Errorf("without %v: %+v", drop, g)
				}
			}
		}
		if sa := p.solve(bag); !slices.ContainsFunc(sa.Gaps, func(g ikesa.Gap) bool { return g.Needs.Has(secret.DHSecret) }) {
			t.Errorf("with all messages: %+v", sa.Gaps)
		}
	}
}

// Wireshark decrypts AES-CCM with a row for AES-CTR, whose nonce has the flags of CCM in front of the salt.
func TestCounterRow2(t *testing.T) {
	for _, cipher := range []uint16{14, 15, 16} {
		p := newPeer2(t, alg.CipherByIKEv2(cipher), 128, aMAC(), aPRF(t))
		p.saInit()
		p.ikeAuth(1, nil)
		var list []secret.Secret
		for _, x := range p.sk() {
			if x.Kind == secret.SKei || x.Kind == secret.SKer {
				at := len(x.Value) - 3
				x.Value = slices.Concat(x.Value[:at], []byte{3}, x.Value[at:])
				list = append(list, x)
			}
		}
		sa := p.solve(bagOf(list...))
		wantOpen2(t, sa)
		if len(sa.Proofs) == 0 || sa.Proofs[0].By != ikesa.ByICV {
			t.Errorf("%s: proofs %v", p.cipher.Name, sa.Proofs)
		}
	}
}
