package solve

import (
	"slices"
	"testing"

	"github.com/ikedecode/ikedecode/keys/alg"
	"github.com/ikedecode/ikedecode/keys/ikesa"
	"github.com/ikedecode/ikedecode/keys/secret"
)

// saltedPeer is an IKE SA of a cipher whose salts are small numbers, so that a search comes to them soon, and its SK_* without them.
func saltedPeer(t testing.TB, c *alg.Cipher) (*peer2, *secret.Bag) {
	prf, _ := alg.PRFByIKEv2(5)
	p := newPeer2(t, c, c.KeyBits[len(c.KeyBits)-1], alg.MACByIKEv2(12), prf)
	p.saInit()
	n := len(p.keys.EI) - c.SaltLen
	small := []byte{0, 0, 3, 9}[4-c.SaltLen:]
	p.keys.EI, p.keys.ER = slices.Concat(p.keys.EI[:n], small), slices.Concat(p.keys.ER[:n], small)
	p.ikeAuth(1, nil)
	p.createChild(2, true, nil)
	p.createChild(3, false, nil)
	var list []secret.Secret
	for _, x := range p.sk() {
		switch x.Kind {
		case secret.SKei, secret.SKer:
			x.Value = x.Value[:n]
		case secret.SKai, secret.SKar:
		default:
			continue
		}
		list = append(list, x)
	}
	bag := &secret.Bag{}
	bag.Add(list...)
	return p, bag
}

// Keys without their salts decrypt as those with them do, whatever the cipher.
func TestSaltsOfEveryCipher2(t *testing.T) {
	for _, c := range alg.Ciphers() {
		if c.SaltLen == 0 || c.IKEv2 == 0 || c.IVLen == 0 || c.Null() {
			continue
		}
		t.Run(c.Name, func(t *testing.T) {
			p, bag := saltedPeer(t, c)
			sa := New(bag, Options{Salts: &alg.SaltSearch{Long: true}}).Solve(conversation(t, p.out, nil))
			for _, m := range sa.Messages {
				if m.State == ikesa.Closed {
					t.Errorf("frame %d is not decrypted: %v", m.Frame, m.Why)
				}
			}
			for _, x := range sa.Proofs {
				if (x.Salt != 0) != (x.Of == secret.SKei || x.Of == secret.SKer) || !x.By.Proved() {
					t.Errorf("%v: salt from frame %d, verified by %v", x.Of, x.Salt, x.By)
				}
			}
			if g := sa.Generations; len(g) != 1 || string(g[0].EI) != string(p.keys.EI) || string(g[0].ER) != string(p.keys.ER) {
				t.Error("the keys are others")
			}
		})
	}
}

// A salt that takes long to find is named, not searched; a wrong key is a wrong key.
func TestSaltsNotSearched2(t *testing.T) {
	for id, want := range map[uint16]ikesa.GapCode{13: ikesa.GapNeedSalt, 18: ikesa.GapNeedSalt, 19: ikesa.GapNeedSalt, 28: ikesa.GapNeedSalt, 14: "", 20: ""} {
		p, bag := saltedPeer(t, alg.CipherByIKEv2(id))
		sa := p.solve(bag)
		if got := codeOf(sa); got != want {
			t.Errorf("%d: gap %q, want %q", id, got, want)
		}
		for i := range bag.Secrets {
			bag.Secrets[i].Value = slices.Clone(bag.Secrets[i].Value)
			bag.Secrets[i].Value[0] ^= 1
		}
		if want == "" {
			want = ikesa.GapWrongKey
		}
		sa = p.solve(bag)
		if got := codeOf(sa); got != want {
			t.Errorf("%d, wrong key: gap %q, want %q", id, got, want)
		}
	}
}

// codeOf is the code of the first gap, but for that of the children, whose SK_d nobody gave; "" where there is none.
func codeOf(sa *ikesa.SA) ikesa.GapCode {
	for _, g := range sa.Gaps {
		if g.Code != ikesa.GapNeedSKEYIDd {
			return g.Code
		}
	}
	return ""
}

// A key of which the source says that its salt is left out is no key of another cipher, where none was seen to be negotiated.
func TestStatedNoSalt2(t *testing.T) {
	p, bag := saltedPeer(t, alg.CipherByIKEv2(20))
	for i := range bag.Secrets {
		bag.Secrets[i].NoSalt = bag.Secrets[i].Kind == secret.SKei || bag.Secrets[i].Kind == secret.SKer
	}
	for _, drop := range [][]int{nil, {0, 1}} {
		sa := p.solve(bag, drop...)
		for _, m := range sa.Messages {
			if m.State == ikesa.Closed {
				t.Errorf("%v dropped: frame %d is not decrypted: %v", drop, m.Frame, m.Why)
			}
		}
	}
}
