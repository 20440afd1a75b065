package solve

import (
	"bytes"
	"testing"

	"github.com/ikedecode/ikedecode/decode/exchange"
	"github.com/ikedecode/ikedecode/keys/alg"
	"github.com/ikedecode/ikedecode/keys/ikesa"
	"github.com/ikedecode/ikedecode/keys/secret"
)

// unverified solves all that was sent with keys that need no proof.
func (p *peer2) unverified(bag *secret.Bag) []*ikesa.SA {
	tr := exchange.NewTracker(exchange.Options{})
	for i := range p.out {
		p.must(nil, tr.Add(&p.out[i]))
	}
	sv := New(bag, Options{NoVerify: true})
	var out []*ikesa.SA
	for _, c := range tr.Conversations() {
		out = append(out, sv.Solve(c))
	}
	return out
}

// Keys that nothing proves are used where that is asked for, and marked. Where the messages are damaged, and their ICVs with them,
// the right key shows what is there.
func TestNoVerify2(t *testing.T) {
	for _, c := range []struct {
		cipher uint16
		bits   int
	}{{20, 256}, {12, 128}, {16, 128}, {28, 256}} {
		p := newPeer2(t, alg.CipherByIKEv2(c.cipher), c.bits, aMAC(), aPRF(t))
		p.saInit()
		p.ikeAuth(1, nil)
		for i := 2; i < len(p.out); i++ {
			b := p.out[i].Payload
			b[len(b)-1] ^= 1 // of the ICV
		}
		bound := secretOf(secret.DHSecret, p.gxy)
		bound.Where.Initiator = p.i
		other := secretOf(secret.DHSecret, bytes.Repeat([]byte{9}, 32))
		foreign := p.sk()
		for i := range foreign {
			foreign[i].Group, foreign[i].Value = 2, bytes.Repeat([]byte{9}, len(foreign[i].Value))
		}
		mine := p.sk()
		for i := range mine {
			mine[i].Where = secret.Where{Initiator: p.i, Responder: p.r}
		}
		for name, bag := range map[string]*secret.Bag{
			"SK_*": bagOf(p.sk()...), "DH secret": bagOf(secretOf(secret.DHSecret, p.gxy)), "the bound one of two": bagOf(other, bound),
			"the bound set of two": bagOf(append(foreign, mine...)...),
			"private value":        bagOf(secretOf(secret.DHPrivate, p.xr)),
		} {
			if got := p.solve(bag); got.Messages[2].State != ikesa.Closed || len(got.Generations) > 0 {
				t.Errorf("%s: opened although it was not asked for", name)
			}
			sa := p.unverified(bag)[0]
			wantOpen2(t, sa)
			if len(sa.Generations) != 1 || !sa.Generations[0].Unproven || len(sa.Proofs) == 0 || len(sa.Children) != 1 || len(sa.Children[0].SAs) != 2 {
				t.Fatalf("%s, %s: %d generations, proofs %v, children %v", p.cipher.Name, name, len(sa.Generations), sa.Proofs, sa.Children)
			}
			for _, proof := range sa.Proofs {
				if proof.By != ikesa.Unproven {
					t.Errorf("%s: proof %v", name, proof)
				}
			}
		}
	}
}

// A wrong key gives bytes that make no sense, and no panic; the key that is another SA's is not tried.
func TestNoVerifyWrong2(t *testing.T) {
	p := gcmPeer(t)
	p.saInit()
	p.ikeAuth(1, nil)
	q := p.successor()
	q.out = p.out
	q.saInit()
	q.gxy = bytes.Repeat([]byte{7}, 32) // which no key that is given makes
	q.next(q.rfc().fromInit(q.ni, q.nr, q.gxy))
	q.ikeAuth(1, nil)
	for _, wrong := range []byte{0, 1, 2, 3, 4, 5, 6, 7} {
		sas := q.unverified(bagOf(append(p.sk(), secretOf(secret.SKei, bytes.Repeat([]byte{wrong}, 36)))...))
		if len(sas) != 2 || sas[0].Generations[0].Unproven {
			t.Fatalf("%d SAs", len(sas))
		}
		wantOpen2(t, sas[0])
		for _, m := range sas[1].Messages {
			if m.FromInitiator && m.State == ikesa.Closed {
				t.Errorf("frame %d stays closed", m.Frame)
			}
		}
		for _, g := range sas[1].Generations {
			if !g.Unproven || bytes.Equal(g.EI, p.keys.EI) {
				t.Errorf("keys of the other SA: unproven %v", g.Unproven)
			}
		}
	}
	if sas := q.unverified(bagOf(p.sk()...)); len(sas[1].Generations) > 0 {
		t.Error("the keys of the first SA are used for the second")
	}
}
