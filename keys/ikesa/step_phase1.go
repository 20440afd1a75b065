package ikesa

import (
	"bytes"
	"fmt"

	"github.com/ikedecode/ikedecode/decode/ike"
	"github.com/ikedecode/ikedecode/keys"
	"github.com/ikedecode/ikedecode/keys/alg"
	"github.com/ikedecode/ikedecode/keys/secret"
)

// skeyidLines are the formulas for SKEYID (RFC 2409, section 5).
var skeyidLines = map[Formula]string{
	FormulaSKEYIDPSK:       "SKEYID = prf(pre-shared-key, Ni_b | Nr_b)",
	FormulaSKEYIDSignature: "SKEYID = prf(Ni_b | Nr_b, g^xy)",
	FormulaSKEYIDPublicKey: "SKEYID = prf(hash(Ni_b | Nr_b), CKY-I | CKY-R)",
}

var skeyidSections = map[Formula]string{
	FormulaSKEYIDPSK: "RFC 2409, 5.4", FormulaSKEYIDSignature: "RFC 2409, 5.1", FormulaSKEYIDPublicKey: "RFC 2409, 5.2",
}

// A phase1 is the work on the steps of an IKEv1 SA.
type phase1 struct {
	sa  *SA
	m   Phase1
	k   Keys
	prf alg.PRF
}

// phase1Steps are the steps to the keys of an IKEv1 SA (RFC 2409, section 5 and appendix B). It reports whether to go on.
func (sa *SA) phase1Steps(yield func(Step) bool) bool {
	p := &phase1{sa: sa, m: sa.Phase1(), k: sa.Keys, prf: sa.Policy.PRF}
	proof := strongest(sa.Proofs)
	for _, x := range []struct {
		there bool
		make  func() Step
	}{
		{p.k.GXY != nil, p.diffieHellman}, {p.k.SKEYID != nil, p.skeyid}, {true, p.keys}, {true, p.cipherKey}, {p.hasFirstIV(), p.firstIV},
	} {
		if !x.there {
			continue
		}
		st := x.make()
		st.Proof = proof
		if !yield(st) {
			return false
		}
	}
	return true
}

func (p *phase1) gxi() Value { return seen("g^xi", p.m.GXI, p.m.FrameI) }
func (p *phase1) gxr() Value { return seen("g^xr", p.m.GXR, p.m.FrameR) }

func (p *phase1) diffieHellman() Step {
	st := Step{
		Formula: FormulaDH, RFC: "RFC 2409, 5", Lines: []string{"g^xy = (g^xr)^xi = (g^xi)^xr"}, In: []Value{p.gxi(), p.gxr()},
		Out: []Value{hidden("g^xy", p.k.GXY, givenAs(p.k.Used, p.k.GXY, OriginComputed))},
	}
	g := p.sa.Policy.Group
	for _, x := range p.k.Used {
		if x.Kind != secret.DHPrivate || g == nil {
			continue
		}
		st.In = append(st.In, hidden("private value", x.Value, given(x)))
		peer := p.m.GXI
		if own, err := g.Public(x.Value); err == nil && bytes.Equal(own, p.m.GXI) {
			peer = p.m.GXR
		}
		gxy, err := g.Shared(x.Value, peer)
		st.Fits = st.Fits || err == nil && bytes.Equal(gxy, p.k.GXY)
	}
	return st
}

// skeyid is the step to SKEYID, by the formula that the solver took.
func (p *phase1) skeyid() Step {
	k := p.k
	st := Step{
		Formula: k.Root, RFC: skeyidSections[k.Root], Lines: []string{skeyidLines[k.Root]},
		Out: []Value{hidden("SKEYID", k.SKEYID, givenAs(k.Used, k.SKEYID, OriginComputed))},
	}
	ni, nr := nonceValue("Ni_b", p.m.Nonces[0]), nonceValue("Nr_b", p.m.Nonces[1])
	i, r := p.sa.Initiator, p.sa.Responder
	var got keys.SKEYID
	switch k.Root {
	case FormulaSKEYIDPSK:
		st.In = []Value{hidden("pre-shared-key", k.PSK, givenAs(k.Used, k.PSK, OriginGiven)), ni, nr}
		got = keys.SKEYIDFromPSK(p.prf, k.PSK, ni.Bytes, nr.Bytes)
	case FormulaSKEYIDSignature:
		st.In = []Value{ni, nr, hidden("g^xy", k.GXY, Origin{Kind: OriginEarlier})}
		got = keys.SKEYIDFromSignature(p.prf, ni.Bytes, nr.Bytes, k.GXY)
	case FormulaSKEYIDPublicKey:
		ni, nr = usedNonce("Ni_b", secret.NonceI, k.Used), usedNonce("Nr_b", secret.NonceR, k.Used)
		st.In = []Value{ni, nr, spiValue("CKY-I", i), spiValue("CKY-R", r)}
		got = keys.SKEYIDFromPublicKey(p.prf, p.sa.Policy.Hash, ni.Bytes, nr.Bytes, i, r)
	default:
		st.Formula, st.RFC, st.Lines = FormulaSKEYID, "RFC 2409, 5", []string{skeyidLine(p.sa.Policy.Auth.Kind())}
		st.In = []Value{ni, nr}
		return st
	}
	st.Fits = bytes.Equal(got.Key, k.SKEYID)
	return st
}

// usedNonce is a nonce that the wire shows encrypted only: the user gave it.
func usedNonce(name string, kind secret.Kind, used []secret.Secret) Value {
	for _, x := range used {
		if x.Kind == kind {
			return hidden(name, x.Value, given(x))
		}
	}
	return hidden(name, nil, Origin{})
}

// skeyidLine is the formula of a kind of authentication.
func skeyidLine(kind ike.AuthKind) string {
	psk, sign := skeyidLines[FormulaSKEYIDPSK], skeyidLines[FormulaSKEYIDSignature]
	switch kind {
	case ike.AuthPSK:
		return psk
	case ike.AuthPublicKey:
		return skeyidLines[FormulaSKEYIDPublicKey]
	case ike.AuthSignature:
		return sign
	}
	return psk + ", with signatures prf(Ni_b | Nr_b, g^xy)"
}

// keys is the step to SKEYID_d, SKEYID_a and SKEYID_e.
func (p *phase1) keys() Step {
	k, i, r := p.k, p.sa.Initiator, p.sa.Responder
	st := Step{Formula: FormulaPhase1Keys, RFC: "RFC 2409, 5", Lines: []string{
		"SKEYID_d = prf(SKEYID, g^xy | CKY-I | CKY-R | 0)",
		"SKEYID_a = prf(SKEYID, SKEYID_d | g^xy | CKY-I | CKY-R | 1)",
		"SKEYID_e = prf(SKEYID, SKEYID_a | g^xy | CKY-I | CKY-R | 2)",
	}, In: []Value{
		hidden("SKEYID", k.SKEYID, Origin{Kind: OriginEarlier}), hidden("g^xy", k.GXY, Origin{Kind: OriginEarlier}), spiValue("CKY-I", i), spiValue("CKY-R", r),
	}}
	if k.SKEYID != nil && k.GXY != nil && p.prf.Sum != nil {
		x := keys.SKEYID{PRF: p.prf, Key: k.SKEYID}.Keys(k.GXY, i, r)
		st.Fits = bytes.Equal(x.D, k.D) && bytes.Equal(x.A, k.A) && bytes.Equal(x.E, k.E)
	}
	from := st.from()
	for _, o := range []struct {
		name string
		b    []byte
	}{{"SKEYID_d", k.D}, {"SKEYID_a", k.A}, {"SKEYID_e", k.E}} {
		st.Out = append(st.Out, hidden(o.name, o.b, givenAs(k.Used, o.b, from)))
	}
	return st
}

// from says where an output comes from that is none of the secrets given.
func (st *Step) from() OriginKind {
	if st.Fits {
		return OriginComputed
	}
	return OriginGiven
}

// cipherKey is the step to Ka (RFC 2409, appendix B).
func (p *phase1) cipherKey() Step {
	k, n := p.k, p.sa.Policy.KeyLen
	st := Step{Formula: FormulaCipherKey, RFC: "RFC 2409, appendix B", In: []Value{hidden("SKEYID_e", k.E, Origin{Kind: OriginEarlier})}}
	if k.E != nil && n <= len(k.E) {
		st.Lines = []string{fmt.Sprintf("Ka = the first %d bytes of SKEYID_e", n)}
	} else {
		st.Lines = []string{fmt.Sprintf("Ka = the first %d bytes of K1 | K2 | …", n), "K1 = prf(SKEYID_e, 0)", "K2 = prf(SKEYID_e, K1)"}
	}
	st.Fits = k.E != nil && k.Ka != nil && p.prf.Sum != nil && bytes.Equal(keys.CipherKey(p.prf, k.E, n), k.Ka)
	from := Origin{Kind: OriginComputed}
	if !st.Fits {
		from = givenAs(k.Used, k.Ka, OriginGiven)
	}
	out := hidden("Ka", k.Ka, from)
	if c := p.sa.Policy.Cipher; c != nil {
		out.For = c.Name
	}
	st.Out = []Value{out}
	return st
}

func (p *phase1) hasFirstIV() bool {
	x := p.sa.Policy
	return x.Hash != nil && x.Cipher != nil && x.Cipher.BlockLen > 0 && p.m.GXI != nil && p.m.GXR != nil
}

// firstIV is the step to the first IV, which is no secret: whoever saw the KE payloads knows it.
func (p *phase1) firstIV() Step {
	iv := keys.FirstIV(p.sa.Policy.Hash, p.m.GXI, p.m.GXR, p.sa.Policy.Cipher.BlockLen)
	return Step{
		Formula: FormulaFirstIV, RFC: "RFC 2409, appendix B", Fits: true, In: []Value{p.gxi(), p.gxr()},
		Lines: []string{"IV = hash(g^xi | g^xr), cut to a block; each later message takes the last block of the one before"},
		Out:   []Value{{Name: "IV", Bytes: iv, Origin: Origin{Kind: OriginComputed}}},
	}
}
