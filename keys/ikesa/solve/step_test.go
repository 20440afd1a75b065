package solve

import (
	"bytes"
	"slices"
	"testing"

	"github.com/ikedecode/ikedecode/decode/ikev2"
	"github.com/ikedecode/ikedecode/keys/alg"
	"github.com/ikedecode/ikedecode/keys/ikesa"
	"github.com/ikedecode/ikedecode/keys/secret"
)

// wantSteps demands that every step whose inputs are known fits, that what an earlier step computes is one of its outputs, and that
// frames are those of messages.
func wantSteps(t *testing.T, sa *ikesa.SA) {
	t.Helper()
	var earlier [][]byte
	for st := range sa.Steps() {
		known := sa.Policy.PRF.Sum != nil && st.Formula != ikesa.FormulaDH && st.Formula != ikesa.FormulaSKEYID
		for _, v := range st.In {
			known = known && v.Bytes != nil
			if v.Origin.Kind == ikesa.OriginEarlier && !slices.ContainsFunc(earlier, func(b []byte) bool { return bytes.Equal(b, v.Bytes) }) {
				t.Errorf("%s: no step before gives %s", st.Lines[0], v.Name)
			}
			if (v.Bytes == nil) != (v.Origin.Kind == ikesa.OriginUnknown) || (v.Origin.Kind == ikesa.OriginFrame) != (v.Origin.Frame > 0) {
				t.Errorf("%s: %s, %d bytes, comes from %+v", st.Lines[0], v.Name, len(v.Bytes), v.Origin)
			}
		}
		if known && !st.Fits {
			t.Errorf("%s: does not fit", st.Lines[0])
		}
		if st.RFC == "" || len(st.Lines) == 0 || len(st.Out) == 0 {
			t.Errorf("step %d has no section, no formula or no output", st.Formula)
		}
		for _, v := range st.Out {
			earlier = append(earlier, v.Bytes)
		}
	}
}

// wantFormulas demands steps by these formulas that fit.
func wantFormulas(t *testing.T, sa *ikesa.SA, want ...ikesa.Formula) {
	t.Helper()
	var have []ikesa.Formula
	for st := range sa.Steps() {
		if st.Fits {
			have = append(have, st.Formula)
		}
	}
	for _, f := range want {
		if !slices.Contains(have, f) {
			t.Errorf("no step by formula %d fits, of %v", f, have)
		}
	}
}

// The steps of an IKEv1 SA say where each input comes from, which of them were in the clear, and what proves them.
func TestSteps(t *testing.T) {
	p := newPeer(t, alg.HashByID(4), alg.CipherByPhase1(7), 256, alg.GroupByID(2), 1)
	p.phase1()
	p.quickMode(0x77, true, nil)
	flag := secret.Origin{Label: "PSK"}
	sa := p.solve(bagOf(secret.Secret{Kind: secret.PSK, Value: p.psk, Origin: flag}, secret.Secret{Kind: secret.DHPrivate, Value: p.xr}))
	var list []ikesa.Step
	for st := range sa.Steps() {
		list = append(list, st)
	}
	var got []ikesa.Formula
	for _, st := range list {
		got = append(got, st.Formula)
		if want := ikesa.ByHash; st.Child == nil && st.Proof != want {
			t.Errorf("%s: proved by %v, want %v", st.Lines[0], st.Proof, want)
		}
	}
	want := []ikesa.Formula{ikesa.FormulaDH, ikesa.FormulaSKEYIDPSK, ikesa.FormulaPhase1Keys, ikesa.FormulaCipherKey, ikesa.FormulaFirstIV, ikesa.FormulaQuickMode, ikesa.FormulaQuickMode}
	if !slices.Equal(got, want) {
		t.Fatalf("formulas %v, want %v", got, want)
	}
	psk, ni := list[1].In[0], list[1].In[1]
	if psk.Origin.Kind != ikesa.OriginGiven || psk.Origin.Secret.Origin != flag || !psk.Secret || !bytes.Equal(psk.Bytes, p.psk) {
		t.Errorf("pre-shared key: secret %v, origin %+v", psk.Secret, psk.Origin)
	}
	if ni.Secret || !bytes.Equal(ni.Bytes, p.ni) || ni.Origin.Kind != ikesa.OriginFrame || ni.Origin.Frame != 3 {
		t.Errorf("Ni_b: secret %v, %x, origin %+v", ni.Secret, ni.Bytes, ni.Origin)
	}
	quick := list[5]
	if n := quick.In[len(quick.In)-1]; !n.Secret || n.Origin.Kind != ikesa.OriginFrame {
		t.Errorf("Nr_b of Quick Mode, which was encrypted: secret %v, origin %+v", n.Secret, n.Origin)
	}
	for range sa.Steps() {
		break // whoever wants one step gets one
	}
}

// Of an SA without keys there are no steps; of one whose last keys alone were given, those that are known, taken as they are.
func TestStepsOfLittle(t *testing.T) {
	p := newPeer(t, alg.HashByID(4), alg.CipherByPhase1(7), 256, alg.GroupByID(2), 1)
	p.phase1()
	sa := p.solve(bagOf())
	for range sa.Steps() {
		t.Fatal("a step without keys")
	}
	if sa.KeysKnown() {
		t.Error("keys are said to be known")
	}
	sa = p.solve(bagOf(secret.Secret{Kind: secret.EncKey, Value: p.solve(bagOf(psk(p), dhSecret(p))).Keys.Ka}))
	wantSteps(t, sa)
	wantFormulas(t, sa, ikesa.FormulaFirstIV)
	for st := range sa.Steps() {
		if st.Formula == ikesa.FormulaCipherKey && (st.Fits || st.Out[0].Origin.Kind != ikesa.OriginGiven || st.In[0].Bytes != nil) {
			t.Errorf("Ka: fits %v, %+v from %+v", st.Fits, st.Out[0].Origin, st.In[0].Origin)
		}
	}
}

// Where a log gives the keys of both generations, the steps say how the second one followed from the first.
func TestStepsOfGivenGenerations(t *testing.T) {
	p := gcmPeer(t)
	p.saInit()
	g := alg.GroupByID(19)
	xi, xr := privateOf(g, 21), privateOf(g, 22)
	given := p.sk()
	p.sendSK(true, ikev2.ExchangeIntermediate, 1, false, p.ke(19, p.must(g.Public(xi))))
	p.sendSK(false, ikev2.ExchangeIntermediate, 1, true, p.ke(19, p.must(g.Public(xr))))
	shared := p.must(g.Shared(xi, p.must(g.Public(xr))))
	seed := p.rfc().sum(p.keys.D, shared, p.ni, p.nr)
	p.next(seed)
	p.ikeAuth(2, nil)
	for _, x := range p.sk() {
		x.Group = 2
		given = append(given, x)
	}
	given = append(given, secretOf(secret.SKEYSEED, seed), secretOf(secret.DHSecret, p.gxy), secretOf(secret.DHSecret, shared))
	sa := p.solve(bagOf(given...))
	wantOpen2(t, sa)
	wantFormulas(t, sa, ikesa.FormulaSKEYSEED, ikesa.FormulaIntermediate, ikesa.FormulaIKEv2Keys, ikesa.FormulaChildKeys)
}
