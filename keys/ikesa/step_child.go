package ikesa

import (
	"bytes"
	"encoding/binary"
	"fmt"

	"github.com/ikedecode/ikedecode/esp"
	"github.com/ikedecode/ikedecode/keys"
)

// childSteps are the steps to the keys of the children, and before the first that needs it the one that mixes a PPK in. It reports
// whether to go on.
func (sa *SA) childSteps(yield func(Step) bool) bool {
	toldPPK := false
	for _, c := range sa.Children {
		ni, nr := nonceValue("Ni", c.Nonces[0]), nonceValue("Nr", c.Nonces[1])
		for i := range c.SAs {
			d := &c.SAs[i]
			if !d.Keyed() {
				continue
			}
			from := d.From[0]
			if x, ok := sa.Mixed[string(from.D)]; ok && !toldPPK {
				if toldPPK = true; !yield(sa.mixStep(x, from.D)) {
					return false
				}
			}
			w := &childStep{sa: sa, d: d, p: &d.Candidates[0], from: from, ni: ni, nr: nr}
			if !yield(w.step(c.Version)) {
				return false
			}
		}
	}
	return true
}

// mixStep is the step that mixes a PPK into SK_d (RFC 8784, section 3).
func (sa *SA) mixStep(x MixedPPK, d []byte) Step {
	return Step{
		Formula: FormulaMixPPK, RFC: "RFC 8784, 3", Lines: []string{"SK_d = prf+(PPK, SK_d')", "SK_pi and SK_pr likewise"},
		In:   []Value{hidden("PPK", x.PPK.Value, given(x.PPK)), hidden("SK_d'", x.D, Origin{Kind: OriginEarlier})},
		Out:  []Value{hidden("SK_d", d, Origin{Kind: OriginComputed})},
		Fits: sa.Policy.PRF.Sum != nil && bytes.Equal(keys.MixPPK(sa.Policy.PRF, x.PPK.Value, x.D), d),
	}
}

// A childStep is the work on the step to the keys of one SA.
type childStep struct {
	sa     *SA
	d      *ChildSA
	p      *esp.Params
	from   Derivation
	ni, nr Value
}

func (w *childStep) step(version int) Step {
	derive := w.quickMode
	if version == 2 {
		derive = w.child
	}
	st := derive()
	st.Child = w.d
	if w.p.Cipher != nil && len(w.p.CipherKey) > 0 {
		st.Out = append(st.Out, Value{Name: EncryptionKey, For: w.p.Cipher.Name, Bytes: w.p.CipherKey, Secret: true, Origin: Origin{Kind: OriginComputed}})
	}
	if w.p.MAC != nil {
		st.Out = append(st.Out, Value{Name: IntegrityKey, For: w.p.MAC.Name, Bytes: w.p.MACKey, Secret: true, Origin: Origin{Kind: OriginComputed}})
	}
	if w.d.Proved {
		st.Proof = ByTraffic
	}
	return st
}

// known reports whether all inputs are, so that the step can be computed.
func (w *childStep) known() bool {
	return w.from.D != nil && w.ni.Bytes != nil && w.nr.Bytes != nil && w.sa.Policy.PRF.Sum != nil
}

// quickMode is the step for an SA of a Quick Mode (RFC 2409, section 5.5).
func (w *childStep) quickMode() Step {
	w.ni.Name, w.nr.Name = "Ni_b", "Nr_b"
	st := Step{Formula: FormulaQuickMode, RFC: "RFC 2409, 5.5", In: []Value{hidden("SKEYID_d", w.from.D, Origin{Kind: OriginEarlier})}}
	inner := "protocol | SPI | Ni_b | Nr_b"
	if w.from.GXY != nil {
		inner = "g(qm)^xy | " + inner
		st.In = append(st.In, hidden("g(qm)^xy", w.from.GXY, Origin{Kind: OriginExchange}))
	}
	st.Lines = []string{"KEYMAT = K1 | K2 | …", "K1 = prf(SKEYID_d, " + inner + ")", "K2 = prf(SKEYID_d, K1 | " + inner + ")"}
	spi, protocol := binary.BigEndian.AppendUint32(nil, w.d.SPI), uint8(w.d.Choice.Protocol)
	st.In = append(st.In, Value{Name: "protocol", Bytes: []byte{protocol}, Origin: Origin{Kind: OriginProtocol}},
		Value{Name: "SPI", Bytes: spi, Origin: Origin{Kind: OriginReceiver}}, w.ni, w.nr)
	if w.known() {
		want := append(bytes.Clone(w.p.CipherKey), w.p.MACKey...)
		got := keys.Keymat(w.sa.Policy.PRF, w.from.D, w.from.GXY, protocol, spi, w.ni.Bytes, w.nr.Bytes, len(want))
		st.Fits = bytes.Equal(got, want)
	}
	return st
}

// child is the step for a Child SA (RFC 7296, section 2.17; RFC 9370, section 2.2.4).
func (w *childStep) child() Step {
	st := Step{Formula: FormulaChildKeys, RFC: "RFC 7296, 2.17", In: []Value{hidden("SK_d", w.from.D, Origin{Kind: OriginEarlier})}}
	seed, secrets := "Ni | Nr", [][]byte(nil)
	if w.from.GXY != nil {
		seed, secrets = "g^ir (new) | "+seed, append([][]byte{w.from.GXY}, w.from.More...)
		st.In = append(st.In, hidden("g^ir (new)", w.from.GXY, Origin{Kind: OriginExchange}))
	}
	for i, x := range w.from.More {
		name := fmt.Sprintf("SK(%d)", i+1)
		st.RFC, seed = "RFC 9370, 2.2.4", seed+" | "+name
		st.In = append(st.In, hidden(name, x, Origin{Kind: OriginAdditional}))
	}
	st.Lines = []string{"KEYMAT = prf+(SK_d, " + seed + ")", "cut: encryption and integrity key of the initiator's traffic, then those of the responder's"}
	st.In = append(st.In, w.ni, w.nr)
	if w.known() {
		k := keys.IKEv2Keys{D: w.from.D}.ChildKeys(w.sa.Policy.PRF, w.ni.Bytes, w.nr.Bytes, len(w.p.CipherKey), len(w.p.MACKey), secrets...)
		encr, integ := k.ER, k.AR
		if w.d.FromInitiator {
			encr, integ = k.EI, k.AI
		}
		st.Fits = bytes.Equal(encr, w.p.CipherKey) && bytes.Equal(integ, w.p.MACKey)
	}
	return st
}
