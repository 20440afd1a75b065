package ikesa

import (
	"bytes"
	"fmt"

	"github.com/ikedecode/ikedecode/keys"
	"github.com/ikedecode/ikedecode/keys/alg"
	"github.com/ikedecode/ikedecode/keys/secret"
)

// Seed computes the SKEYSEED.
func (r *Root) Seed(prf alg.PRF, ni, nr []byte) keys.SKEYSEED {
	switch r.Formula {
	case FormulaSKEYSEED:
		return keys.SKEYSEEDFromInit(prf, ni, nr, r.Secrets[0])
	case FormulaRekey:
		return keys.SKEYSEEDFromRekey(r.OldPRF, prf, r.Old, r.Secrets[0], ni, nr, r.Secrets[1:]...)
	case FormulaResumption:
		return keys.SKEYSEEDFromResumption(prf, r.Old, ni, nr)
	case FormulaIntermediate:
		return keys.SKEYSEEDFromIntermediate(prf, r.Old, r.Secrets[0], ni, nr)
	case FormulaPPKSeed:
		return keys.SKEYSEEDFromPPK(prf, r.Secrets[0], r.Old)
	}
	return keys.SKEYSEED{PRF: prf, Key: r.Secrets[0]}
}

// secret is one of the secrets as the input of a step.
func (r *Root) secret(i int, name string) Value {
	from := givenAs(r.Used, r.Secrets[i], OriginComputed)
	for _, x := range r.Used {
		if from.Kind == OriginComputed && x.Kind == secret.DHPrivate {
			from = Origin{Kind: OriginPrivate, Secret: x}
		}
	}
	return hidden(name, r.Secrets[i], from)
}

// oldD is SK_d as the input of a step.
func (r *Root) oldD() Value {
	switch {
	case r.Generation > 0:
		return hidden(fmt.Sprintf("SK_d(%d)", r.Generation-1), r.Old, Origin{Kind: OriginGeneration, Generation: r.Generation})
	case r.Of == SPIPair{}:
		return hidden("SK_d (old)", r.Old, givenAs(r.Used, r.Old, OriginGiven))
	}
	return hidden("SK_d (old)", r.Old, Origin{Kind: OriginOtherSA, Initiator: r.Of.I, Responder: r.Of.R})
}

// generationSteps are the steps to the keys of an IKEv2 SA (RFC 7296, section 2.14), one generation after another (RFC 9370). It
// reports whether to go on.
func (sa *SA) generationSteps(yield func(Step) bool) bool {
	ni, nr := nonceValue("Ni", sa.Nonces[0]), nonceValue("Nr", sa.Nonces[1])
	for i := range sa.Generations {
		proof := strongest(sa.Generations[i].Proofs)
		for _, st := range []Step{sa.seedStep(i, ni, nr), sa.keysStep(i, ni, nr)} {
			if st.Generation, st.Proof = i+1, proof; !yield(st) {
				return false
			}
		}
	}
	return true
}

// seedStep is the step to the SKEYSEED of generation i.
func (sa *SA) seedStep(i int, ni, nr Value) Step {
	g, prf := &sa.Generations[i], sa.Policy.PRF
	r := g.Root
	if r == nil {
		r = unknownRoot(i)
	}
	st := Step{Formula: r.Formula, Out: []Value{hidden("SKEYSEED", g.SKEYSEED, givenAs(g.Used, g.SKEYSEED, OriginComputed))}}
	switch r.Formula {
	case FormulaRekey:
		more, values := r.more()
		st.RFC, st.Lines = "RFC 7296, 2.18", []string{"SKEYSEED = prf(SK_d (old), g^ir (new) | Ni | Nr" + more + ")"}
		st.In = append([]Value{r.oldD(), r.secret(0, "g^ir (new)"), ni, nr}, values...)
	case FormulaResumption:
		st.RFC, st.Lines = "RFC 5723, 5.1", []string{`SKEYSEED = prf(SK_d (old), "Resumption" | Ni | Nr)`}
		st.In = []Value{r.oldD(), ni, nr}
	case FormulaIntermediate:
		st.RFC, st.Lines = "RFC 9370, 2.2.2", []string{"SKEYSEED(n) = prf(SK_d(n-1), SK(n) | Ni | Nr)"}
		st.In = []Value{r.oldD(), r.secret(0, fmt.Sprintf("SK(%d)", i)), ni, nr}
	case FormulaPPKSeed:
		st.RFC, st.Lines = "RFC 9867, 3.1", []string{"SKEYSEED' = prf+(PPK, SK_d)"}
		st.In = []Value{r.secret(0, "PPK"), r.oldD()}
	default:
		st.RFC, st.Lines = "RFC 7296, 2.14", []string{"SKEYSEED = prf(Ni | Nr, g^ir)"}
		st.In = []Value{ni, nr, r.secret(0, "g^ir")}
	}
	st.Fits = g.Root != nil && prf.Sum != nil && ni.Bytes != nil && nr.Bytes != nil && bytes.Equal(r.Seed(prf, ni.Bytes, nr.Bytes).Key, g.SKEYSEED)
	return st
}

// unknownRoot is the formula by which generation i must have come about, without its inputs.
func unknownRoot(i int) *Root {
	if i > 0 {
		return &Root{Formula: FormulaIntermediate, Generation: i, Secrets: [][]byte{nil}}
	}
	return &Root{Formula: FormulaSKEYSEED, Secrets: [][]byte{nil}}
}

// more are the secrets of additional key exchanges, in a formula and as values (RFC 9370, section 2.2.4).
func (r *Root) more() (formula string, values []Value) {
	for i := 1; i < len(r.Secrets); i++ {
		name := fmt.Sprintf("SK(%d)", i)
		formula += " | " + name
		values = append(values, r.secret(i, name))
	}
	return formula, values
}

// keysStep is the step from SKEYSEED to the seven keys of generation i.
func (sa *SA) keysStep(i int, ni, nr Value) Step {
	g, prf := &sa.Generations[i], sa.Policy.PRF
	st := Step{Formula: FormulaIKEv2Keys, RFC: "RFC 7296, 2.13 and 2.14", Lines: []string{
		"{SK_d | SK_ai | SK_ar | SK_ei | SK_er | SK_pi | SK_pr} = prf+(SKEYSEED, Ni | Nr | SPIi | SPIr)",
		"prf+(K, S) = T1 | T2 | …   T1 = prf(K, S | 1)   T2 = prf(K, T1 | S | 2)",
	}, In: []Value{hidden("SKEYSEED", g.SKEYSEED, Origin{Kind: OriginEarlier}), ni, nr, spiValue("SPIi", sa.Initiator), spiValue("SPIr", sa.Responder)}}
	var k keys.IKEv2Keys
	if g.SKEYSEED != nil && prf.Sum != nil && ni.Bytes != nil && nr.Bytes != nil {
		l := keys.IKEv2Lengths{Encr: max(len(g.EI), len(g.ER)), Integ: max(len(g.AI), len(g.AR))}
		k = keys.SKEYSEED{PRF: prf, Key: g.SKEYSEED}.Keys(ni.Bytes, nr.Bytes, sa.Initiator, sa.Responder, l)
		st.Fits = true
	}
	for _, o := range []struct {
		name      string
		have, got []byte
	}{
		{"SK_d", g.D, k.D}, {"SK_ai", g.AI, k.AI}, {"SK_ar", g.AR, k.AR}, {"SK_ei", g.EI, k.EI}, {"SK_er", g.ER, k.ER},
		{"SK_pi", g.PI, k.PI}, {"SK_pr", g.PR, k.PR},
	} {
		if len(o.have) > 0 {
			st.Out = append(st.Out, hidden(o.name, o.have, givenAs(g.Used, o.have, OriginComputed)))
			st.Fits = st.Fits && bytes.Equal(o.got, o.have)
		}
	}
	return st
}
