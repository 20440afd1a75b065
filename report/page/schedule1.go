package page

import (
	"bytes"
	"encoding/binary"
	"fmt"

	"github.com/ikedecode/ikedecode/decode"
	"github.com/ikedecode/ikedecode/decode/ike"
	"github.com/ikedecode/ikedecode/decode/ikev1"
	"github.com/ikedecode/ikedecode/esp"
	"github.com/ikedecode/ikedecode/keys"
	"github.com/ikedecode/ikedecode/keys/ikesa"
	"github.com/ikedecode/ikedecode/keys/secret"
)

// A phase1 is what phase 1 of IKEv1 shows in the clear.
type phase1 struct {
	ni, nr, gxi, gxr nonce // the KE payloads likewise
}

func readPhase1(sa *ikesa.SA) (p phase1) {
	for _, m := range sa.Messages {
		if m.State != ikesa.Clear || m.MessageID != 0 {
			continue
		}
		n, ke := &p.nr, &p.gxr
		if m.FromInitiator {
			n, ke = &p.ni, &p.gxi
		}
		if n.data == nil {
			*n = nonceOf(m)
		}
		if x, ok := decode.Find(m.Payloads, ikev1.PayloadKE); ok && x.Err == nil && ke.data == nil {
			*ke = nonce{x.Data(), m.Frame, true}
		}
	}
	return p
}

// ikev1 is the schedule of an IKEv1 SA (RFC 2409, section 5 and appendix B).
func (w *scheduler) ikev1(sa *ikesa.SA) schedule {
	p := readPhase1(sa)
	s := schedule{Title: saTitle(sa)}
	if sa.Policy.PRF.Sum != nil {
		s.Sub = fmt.Sprintf("prf is %s: %d bytes come out of it", sa.Policy.PRF.Name, sa.Policy.PRF.Size)
	}
	if sa.Keys.GXY != nil {
		s.Steps = append(s.Steps, w.diffieHellman(sa, p))
	}
	if sa.Keys.SKEYID != nil {
		s.Steps = append(s.Steps, w.skeyid(sa, p))
	}
	s.Steps = append(s.Steps, w.skeyids(sa, p), w.cipherKey(sa))
	if sa.Policy.Hash != nil && sa.Policy.Cipher != nil && p.gxi.data != nil && p.gxr.data != nil && sa.Policy.Cipher.BlockLen > 0 {
		s.Steps = append(s.Steps, firstIV(sa, p))
	}
	w.quickModes(sa, &s)
	return s
}

func (w *scheduler) diffieHellman(sa *ikesa.SA, p phase1) step {
	k := sa.Keys
	st := step{Title: "Diffie-Hellman: the secret that both sides share", RFC: "RFC 2409, 5",
		Why: "Each side keeps a private value and sends its public one: whoever listens has both public values and cannot compute the secret.", Formula: []string{"g^xy = (g^xr)^xi = (g^xi)^xr"},
		In:  []value{public("g^xi, KE of the initiator", p.gxi.data, fromFrame(p.gxi.frame)), public("g^xr, KE of the responder", p.gxr.data, fromFrame(p.gxr.frame))},
		Out: []value{w.hidden("g^xy", k.GXY, or(origin(k.Used, k.GXY), "computed"))}}
	ok := false
	for _, x := range k.Used {
		if x.Kind != secret.DHPrivate || sa.Policy.Group == nil {
			continue
		}
		st.In = append(st.In, w.hidden("private value", x.Value, given(x)))
		for _, peer := range [][]byte{p.gxi.data, p.gxr.data} {
			shared, err := sa.Policy.Group.Shared(x.Value, peer)
			ok = ok || err == nil && bytes.Equal(shared, k.GXY)
		}
	}
	st.checked(ok, "g^xy was given: without a private value it cannot be computed from the capture")
	return st
}

// skeyid is the step to SKEYID: the formula is the one that fits.
func (w *scheduler) skeyid(sa *ikesa.SA, p phase1) step {
	k, prf := sa.Keys, sa.Policy.PRF
	st := step{Title: "SKEYID: the root", RFC: "RFC 2409, 5", Out: []value{w.hidden("SKEYID", k.SKEYID, or(origin(k.Used, k.SKEYID), "computed"))}}
	ni, nr := w.nonce("Ni_b", p.ni), w.nonce("Nr_b", p.nr)
	have := prf.Sum != nil && p.ni.data != nil && p.nr.data != nil
	switch {
	case have && k.PSK != nil && bytes.Equal(keys.SKEYIDFromPSK(prf, k.PSK, p.ni.data, p.nr.data).Key, k.SKEYID):
		st.Title, st.RFC, st.Formula = "SKEYID: the root, from the pre-shared key", "RFC 2409, 5.4", []string{"SKEYID = prf(pre-shared-key, Ni_b | Nr_b)"}
		st.Why = "Who does not know the pre-shared key gets another root, and its HASH does not fit."
		st.In = []value{w.hidden("pre-shared-key", k.PSK, or(origin(k.Used, k.PSK), "given")), ni, nr}
		st.checked(true, "")
	case have && k.GXY != nil && bytes.Equal(keys.SKEYIDFromSignature(prf, p.ni.data, p.nr.data, k.GXY).Key, k.SKEYID):
		st.Title, st.RFC, st.Formula = "SKEYID: the root, with signatures", "RFC 2409, 5.1", []string{"SKEYID = prf(Ni_b | Nr_b, g^xy)"}
		st.Why = "No secret goes in that proves who a side is: the signatures do."
		st.In = []value{ni, nr, w.hidden("g^xy", k.GXY, "the step before")}
		st.checked(true, "")
	case w.encryptedNonces(sa, &st):
	default:
		st.Formula = []string{skeyidFormula(sa.Policy.Auth)}
		st.In = []value{ni, nr}
		st.checked(false, "SKEYID was given; its inputs are not all known")
	}
	return st
}

// skeyidFormula is the one of an authentication method (RFC 2409, appendix A; draft-ietf-ipsec-isakmp-xauth-06, section 7.2).
func skeyidFormula(method ike.AuthMethod) string {
	switch method.Kind() {
	case ike.AuthPSK:
		return "SKEYID = prf(pre-shared-key, Ni_b | Nr_b)"
	case ike.AuthPublicKey:
		return "SKEYID = prf(hash(Ni_b | Nr_b), CKY-I | CKY-R)"
	case ike.AuthSignature:
		return "SKEYID = prf(Ni_b | Nr_b, g^xy)"
	}
	return "SKEYID = prf(pre-shared-key, Ni_b | Nr_b), with signatures prf(Ni_b | Nr_b, g^xy)"
}

// encryptedNonces fills the step in for authentication by public key encryption, whose nonces are secrets.
func (w *scheduler) encryptedNonces(sa *ikesa.SA, st *step) bool {
	var ni, nr []byte
	for _, x := range sa.Keys.Used {
		switch x.Kind {
		case secret.NonceI:
			ni = x.Value
		case secret.NonceR:
			nr = x.Value
		}
	}
	p := sa.Policy
	if ni == nil || nr == nil || p.Hash == nil || p.PRF.Sum == nil ||
		!bytes.Equal(keys.SKEYIDFromPublicKey(p.PRF, p.Hash, ni, nr, sa.Initiator, sa.Responder).Key, sa.Keys.SKEYID) {
		return false
	}
	st.Title, st.RFC, st.Formula = "SKEYID: the root, with public key encryption", "RFC 2409, 5.2", []string{"SKEYID = prf(hash(Ni_b | Nr_b), CKY-I | CKY-R)"}
	st.In = []value{w.hidden("Ni_b", ni, origin(sa.Keys.Used, ni)), w.hidden("Nr_b", nr, origin(sa.Keys.Used, nr)), cookie("CKY-I", sa.Initiator), cookie("CKY-R", sa.Responder)}
	st.checked(true, "")
	return true
}

func cookie(name string, spi decode.SPI) value { return public(name, spi[:], "the header") }

// skeyids is the step to SKEYID_d, SKEYID_a and SKEYID_e.
func (w *scheduler) skeyids(sa *ikesa.SA, p phase1) step {
	k := sa.Keys
	st := step{Title: "Three keys: to derive, to authenticate, to encrypt", RFC: "RFC 2409, 5",
		Why: "SKEYID_d makes the keys of every Quick Mode, SKEYID_a goes into each HASH, SKEYID_e makes the key of the cipher.", Formula: []string{
			"SKEYID_d = prf(SKEYID, g^xy | CKY-I | CKY-R | 0)",
			"SKEYID_a = prf(SKEYID, SKEYID_d | g^xy | CKY-I | CKY-R | 1)",
			"SKEYID_e = prf(SKEYID, SKEYID_a | g^xy | CKY-I | CKY-R | 2)",
		}}
	ok := false
	if k.SKEYID != nil && k.GXY != nil && sa.Policy.PRF.Sum != nil {
		x := keys.SKEYID{PRF: sa.Policy.PRF, Key: k.SKEYID}.Keys(k.GXY, sa.Initiator, sa.Responder)
		ok = bytes.Equal(x.D, k.D) && bytes.Equal(x.A, k.A) && bytes.Equal(x.E, k.E)
	}
	from := "computed"
	if !ok {
		from = "given"
	}
	st.In = []value{w.hidden("SKEYID", k.SKEYID, "above"), w.hidden("g^xy", k.GXY, "above"), cookie("CKY-I", sa.Initiator), cookie("CKY-R", sa.Responder)}
	for _, o := range []struct {
		name string
		b    []byte
	}{{"SKEYID_d", k.D}, {"SKEYID_a", k.A}, {"SKEYID_e", k.E}} {
		st.Out = append(st.Out, w.hidden(o.name, o.b, or(origin(k.Used, o.b), from)))
	}
	st.checked(ok, "taken as given: SKEYID and g^xy are not both known")
	return st
}

// cipherKey is the step to Ka (RFC 2409, appendix B).
func (w *scheduler) cipherKey(sa *ikesa.SA) step {
	k, p := sa.Keys, sa.Policy
	st := step{Title: "Ka: the key of the cipher that protects the messages", RFC: "RFC 2409, appendix B",
		In: []value{w.hidden("SKEYID_e", k.E, "above")}}
	if k.E != nil && p.KeyLen <= len(k.E) {
		st.Formula = []string{fmt.Sprintf("Ka = the first %d bytes of SKEYID_e", p.KeyLen)}
	} else {
		st.Formula = []string{fmt.Sprintf("Ka = the first %d bytes of K1 | K2 | …", p.KeyLen), "K1 = prf(SKEYID_e, 0)", "K2 = prf(SKEYID_e, K1)"}
	}
	name := "Ka"
	if p.Cipher != nil {
		name = "Ka, for " + p.Cipher.Name
	}
	ok := k.E != nil && k.Ka != nil && p.PRF.Sum != nil && bytes.Equal(keys.CipherKey(p.PRF, k.E, p.KeyLen), k.Ka)
	from := "computed"
	if !ok {
		from = or(origin(k.Used, k.Ka), "given")
	}
	st.Out = []value{w.hidden(name, k.Ka, from)}
	st.checked(ok, "taken as given: SKEYID_e is not known")
	return st
}

// firstIV is the step to the first IV, which is no secret: whoever saw the KE payloads knows it.
func firstIV(sa *ikesa.SA, p phase1) step {
	iv := keys.FirstIV(sa.Policy.Hash, p.gxi.data, p.gxr.data, sa.Policy.Cipher.BlockLen)
	st := step{Title: "The first IV", RFC: "RFC 2409, appendix B",
		Formula: []string{"IV = hash(g^xi | g^xr), cut to a block; each later message takes the last block of the one before"},
		In:      []value{public("g^xi", p.gxi.data, fromFrame(p.gxi.frame)), public("g^xr", p.gxr.data, fromFrame(p.gxr.frame))},
		Out:     []value{public("IV", iv, "computed")}}
	st.Check = "no secret: both values went over the wire in the clear"
	return st
}

// quickModes are the steps to the keys of the ESP and AH SAs (RFC 2409, section 5.5).
func (w *scheduler) quickModes(sa *ikesa.SA, s *schedule) {
	left := 0
	for _, c := range sa.Children {
		for i := range c.SAs {
			d := &c.SAs[i]
			if d.Protocol == esp.IPComp || len(d.Candidates) == 0 {
				continue
			}
			if childSteps(s) == maxChildSteps {
				left++
				continue
			}
			s.Steps = append(s.Steps, w.keymat(sa, c, d))
		}
	}
	s.leave(left)
}

const childTitle = "Keys of "

// childSteps counts the steps to keys of ESP and AH SAs.
func childSteps(s *schedule) (n int) {
	for i := range s.Steps {
		if len(s.Steps[i].Title) > len(childTitle) && s.Steps[i].Title[:len(childTitle)] == childTitle {
			n++
		}
	}
	return n
}

func (s *schedule) leave(n int) {
	if n > 0 {
		s.Note = fmt.Sprintf("The keys of %d more SAs follow in the same way and are left out.", n)
	}
}

func (w *scheduler) keymat(sa *ikesa.SA, c *ikesa.Child, d *ikesa.ChildSA) step {
	p := d.Candidates[0]
	from := ikesa.Derivation{D: sa.Keys.D, GXY: c.GXY}
	if len(d.From) > 0 {
		from = d.From[0]
	}
	ni, nr := quickNonces(sa, c)
	spi := binary.BigEndian.AppendUint32(nil, d.SPI)
	st := step{Title: childTitle + childName(d), RFC: "RFC 2409, 5.5", Why: "The SPI goes in, so that each direction has keys of its own."}
	inner := "protocol | SPI | Ni_b | Nr_b"
	st.In = []value{w.hidden("SKEYID_d", from.D, "above")}
	if from.GXY != nil {
		inner = "g(qm)^xy | " + inner
		st.Why += " With PFS a secret of its own goes in, too: SKEYID_d alone does not give the keys."
		st.In = append(st.In, w.hidden("g(qm)^xy", from.GXY, "PFS: a key exchange of its own"))
	}
	st.Formula = []string{"KEYMAT = K1 | K2 | …", "K1 = prf(SKEYID_d, " + inner + ")", "K2 = prf(SKEYID_d, K1 | " + inner + ")"}
	st.In = append(st.In, public("protocol", []byte{byte(d.Proposal.Protocol)}, fmt.Sprint(d.Protocol)),
		public("SPI", spi, "of the receiver"), w.nonce("Ni_b", ni), w.nonce("Nr_b", nr))
	st.Out = w.cut(&p)
	n := len(p.CipherKey) + len(p.MACKey)
	ok := from.D != nil && ni.data != nil && nr.data != nil && sa.Policy.PRF.Sum != nil && bytes.Equal(
		keys.Keymat(sa.Policy.PRF, from.D, from.GXY, uint8(d.Proposal.Protocol), spi, ni.data, nr.data, n), append(bytes.Clone(p.CipherKey), p.MACKey...))
	st.checked(ok, "not recomputed: an input is not known")
	return st
}

// cut are the keys that KEYMAT is cut into.
func (w *scheduler) cut(p *esp.Params) (out []value) {
	if p.Cipher != nil && len(p.CipherKey) > 0 {
		out = append(out, w.hidden("encryption key, "+p.Cipher.Name, p.CipherKey, "the front of KEYMAT"))
	}
	if p.MAC != nil {
		out = append(out, w.hidden("integrity key, "+p.MAC.Name, p.MACKey, "what follows"))
	}
	return out
}

func childName(d *ikesa.ChildSA) string {
	return fmt.Sprintf("%v 0x%08x, %v to %v", d.Protocol, d.SPI, d.Src, d.Dst)
}

// quickNonces are the nonces of a Quick Mode.
func quickNonces(sa *ikesa.SA, c *ikesa.Child) (ni, nr nonce) {
	for _, x := range sa.Exchanges {
		if x.Child != c {
			continue
		}
		for _, m := range x.Messages {
			n := &nr
			if m.FromInitiator == c.FromInitiator {
				n = &ni
			}
			if n.data == nil {
				*n = nonceOf(m)
			}
		}
	}
	return ni, nr
}

// saTitle names an IKE SA.
func saTitle(sa *ikesa.SA) string {
	return fmt.Sprintf("IKEv%d SA %v:%v", sa.Version, sa.Initiator, sa.Responder)
}
