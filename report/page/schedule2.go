package page

import (
	"bytes"
	"fmt"

	"github.com/ikedecode/ikedecode/decode"
	"github.com/ikedecode/ikedecode/decode/ikev2"
	"github.com/ikedecode/ikedecode/esp"
	"github.com/ikedecode/ikedecode/keys"
	"github.com/ikedecode/ikedecode/keys/alg"
	"github.com/ikedecode/ikedecode/keys/ikesa"
	"github.com/ikedecode/ikedecode/keys/secret"
)

// A nonces is the pair of nonces of one exchange.
type nonces struct{ i, r nonce }

// ikev2 is the schedule of an IKEv2 SA (RFC 7296, sections 2.14 and 2.17), a generation of keys after another (RFC 9370).
func (w *scheduler) ikev2(sa *ikesa.SA) schedule {
	s := schedule{Title: saTitle(sa)}
	if sa.Policy.PRF.Sum != nil {
		s.Sub = fmt.Sprintf("prf is %s: %d bytes come out of it", sa.Policy.PRF.Name, sa.Policy.PRF.Size)
	}
	pairs := w.seedNonces(sa)
	for i := range sa.Generations {
		g := &sa.Generations[i]
		n, fits := w.noncesOf(sa, g, pairs)
		s.Steps = append(s.Steps, w.skeyseed(sa, i, n), w.split(sa, i, n, fits))
	}
	w.children2(sa, &s, pairs)
	return s
}

// seedNonces are the pairs of nonces that the keys of sa may come from: those of IKE_SA_INIT, which may have been repeated, and
// those of every CREATE_CHILD_SA that rekeys an IKE SA. Recomputing the keys tells which pair it is.
func (w *scheduler) seedNonces(sa *ikesa.SA) (list []nonces) {
	const most = 64
	add := func(messages []*ikesa.Message) {
		for _, q := range messages {
			for _, a := range messages {
				ni, nr := nonceOf(q), nonceOf(a)
				if isResponse(q) || !isResponse(a) || ni.data == nil || nr.data == nil || len(list) == most {
					continue
				}
				list = append(list, nonces{ni, nr})
			}
		}
	}
	var first []*ikesa.Message
	for _, m := range sa.Messages {
		if t := m.Message.Exchange; t == ikev2.ExchangeSAInit || t == ikev2.ExchangeSessionResume {
			first = append(first, m)
		}
	}
	add(first)
	for _, other := range w.s.SAs {
		for _, x := range other.Exchanges {
			if other.Version == 2 && x.Type == ikev2.ExchangeCreateChild && proposes(x, sa.Responder) {
				add(x.Messages)
			}
		}
	}
	return list
}

// proposes reports whether an answer of x names an SPI as that of a new IKE SA.
func proposes(x *ikesa.Exchange, spi decode.SPI) bool {
	for _, m := range x.Messages {
		p, ok := decode.Find(m.Payloads, ikev2.PayloadSA)
		if !ok || !isResponse(m) {
			continue
		}
		if b, ok := p.Body.(*ikev2.SA); ok && len(b.Proposals) > 0 && bytes.Equal(b.Proposals[0].SPI, spi[:]) {
			return true
		}
	}
	return false
}

func isResponse(m *ikesa.Message) bool { return m.Flags&ikev2.FlagResponse != 0 }

// noncesOf is the pair that makes the keys of a generation out of its SKEYSEED; the first pair, and false, where none does.
func (w *scheduler) noncesOf(sa *ikesa.SA, g *ikesa.Generation, pairs []nonces) (nonces, bool) {
	if g.SKEYSEED != nil && sa.Policy.PRF.Sum != nil {
		for _, n := range pairs {
			k := keysOf(sa, g, n)
			if g.EI != nil && bytes.Equal(k.EI, g.EI) || g.ER != nil && bytes.Equal(k.ER, g.ER) {
				return n, true
			}
		}
	}
	if len(pairs) > 0 {
		return pairs[0], false
	}
	return nonces{}, false
}

func keysOf(sa *ikesa.SA, g *ikesa.Generation, n nonces) keys.IKEv2Keys {
	l := keys.IKEv2Lengths{Encr: max(len(g.EI), len(g.ER)), Integ: max(len(g.AI), len(g.AR))}
	return keys.SKEYSEED{PRF: sa.Policy.PRF, Key: g.SKEYSEED}.Keys(n.i.data, n.r.data, sa.Initiator, sa.Responder, l)
}

const whyInit = "The nonces make it fresh, the shared secret keeps it from whoever listens."

// A seedTrial is one way in which a SKEYSEED may come about.
type seedTrial struct {
	title, rfc, why, formula string
	in                       []value
	seed                     keys.SKEYSEED
}

// skeyseed is the step to the SKEYSEED of generation i. Of the formulas that may apply it shows the one that fits.
func (w *scheduler) skeyseed(sa *ikesa.SA, i int, n nonces) step {
	g := &sa.Generations[i]
	st := step{Title: "SKEYSEED: the root", RFC: "RFC 7296, 2.14", Why: whyInit, Formula: []string{"SKEYSEED = prf(Ni | Nr, g^ir)"},
		In:  []value{w.nonce("Ni", n.i), w.nonce("Nr", n.r), w.hidden("g^ir", g.GXY, or(origin(g.Used, g.GXY), "computed"))},
		Out: []value{w.hidden("SKEYSEED", g.SKEYSEED, or(origin(g.Used, g.SKEYSEED), "computed"))}}
	for _, t := range w.seedTrials(sa, i, n) {
		if g.SKEYSEED != nil && bytes.Equal(t.seed.Key, g.SKEYSEED) {
			st.Title, st.RFC, st.Why, st.Formula, st.In = t.title, t.rfc, t.why, []string{t.formula}, t.in
			st.checked(true, "")
			return st
		}
	}
	if i > 0 {
		st.Title, st.RFC, st.Why, st.Formula = fmt.Sprintf("SKEYSEED of key generation %d", i+1), "RFC 9370, 2.2.2", "", []string{"SKEYSEED(n) = prf(SK_d(n-1), SK(n) | Ni | Nr)"}
	}
	st.checked(false, "not recomputed: the keys below were given, or an input is not known")
	return st
}

// An agreed is what a key exchange may have agreed upon.
type agreed struct {
	secret []byte
	from   string
}

// agreements are the candidates for the shared secret of a generation: the one that it was derived from, else all that were
// given. Recomputing SKEYSEED tells which one it is.
func (w *scheduler) agreements(g *ikesa.Generation) (list []agreed) {
	if g.GXY != nil {
		return []agreed{{g.GXY, or(origin(g.Used, g.GXY), "computed from a private value")}}
	}
	const most = 64
	for _, x := range w.s.Bag.Secrets {
		if (x.Kind == secret.DHSecret || x.Kind == secret.ChildDHSecret) && len(list) < most {
			list = append(list, agreed{x.Value, given(x)})
		}
	}
	return list
}

// seedTrials are the ways to the SKEYSEED of generation i, by what is known.
func (w *scheduler) seedTrials(sa *ikesa.SA, i int, n nonces) (list []seedTrial) {
	prf, g := sa.Policy.PRF, &sa.Generations[i]
	if prf.Sum == nil || n.i.data == nil || n.r.data == nil {
		return nil
	}
	ni, nr := w.nonce("Ni", n.i), w.nonce("Nr", n.r)
	shared := w.agreements(g)
	for _, x := range shared {
		list = append(list, seedTrial{"SKEYSEED: the root", "RFC 7296, 2.14", whyInit, "SKEYSEED = prf(Ni | Nr, g^ir)",
			[]value{ni, nr, w.hidden("g^ir", x.secret, x.from)}, keys.SKEYSEEDFromInit(prf, n.i.data, n.r.data, x.secret)})
	}
	for j := range i {
		d := sa.Generations[j].D
		if d == nil {
			continue
		}
		was := w.hidden(fmt.Sprintf("SK_d(%d)", j), d, fmt.Sprintf("key generation %d", j+1))
		for _, x := range shared {
			list = append(list, seedTrial{fmt.Sprintf("SKEYSEED(%d): after an additional key exchange in IKE_INTERMEDIATE", i), "RFC 9370, 2.2.2",
				"Another shared secret goes in, of ML-KEM for instance: who wants the keys has to break both exchanges.", "SKEYSEED(n) = prf(SK_d(n-1), SK(n) | Ni | Nr)", []value{was, w.hidden(fmt.Sprintf("SK(%d)", i), x.secret, x.from), ni, nr},
				keys.SKEYSEEDFromIntermediate(prf, d, x.secret, n.i.data, n.r.data)})
		}
		for _, x := range w.ppks() {
			list = append(list, seedTrial{"SKEYSEED after a PPK in IKE_INTERMEDIATE", "RFC 9867, 3.1", "A key goes in that both sides had before.", "SKEYSEED' = prf+(PPK, SK_d)",
				[]value{w.hidden("PPK", x.Value, given(x)), was}, keys.SKEYSEEDFromPPK(prf, x.Value, d)})
		}
	}
	return append(list, w.seedFromOther(sa, shared, n)...)
}

// seedFromOther are the ways in which an SA takes its SKEYSEED from another one: rekeying and resumption.
func (w *scheduler) seedFromOther(sa *ikesa.SA, shared []agreed, n nonces) (list []seedTrial) {
	prf := sa.Policy.PRF
	ni, nr := w.nonce("Ni", n.i), w.nonce("Nr", n.r)
	const most = 512
	for _, other := range w.s.SAs {
		for i := range other.Generations {
			d := other.Generations[i].D
			if other == sa || d == nil || other.Policy.PRF.Sum == nil || len(list) >= most {
				continue
			}
			old := w.hidden("SK_d (old)", d, saTitle(other))
			for _, x := range shared {
				list = append(list, seedTrial{"SKEYSEED: the root, rekeyed from an older IKE SA", "RFC 7296, 2.18",
					"The old SA vouches for the new one: nobody authenticates again.", "SKEYSEED = prf(SK_d (old), g^ir (new) | Ni | Nr)", []value{old, w.hidden("g^ir (new)", x.secret, x.from), ni, nr},
					keys.SKEYSEEDFromRekey(other.Policy.PRF, prf, d, x.secret, n.i.data, n.r.data)})
			}
			list = append(list, seedTrial{"SKEYSEED: the root, resumed from an older IKE SA", "RFC 5723, 5.1",
				"No key exchange: what the old SA left is used again.", `SKEYSEED = prf(SK_d (old), "Resumption" | Ni | Nr)`, []value{old, ni, nr},
				keys.SKEYSEEDFromResumption(prf, d, n.i.data, n.r.data)})
		}
	}
	return list
}

func (w *scheduler) ppks() (list []secret.Secret) {
	const most = 16
	for _, x := range w.s.Bag.Secrets {
		if x.Kind == secret.PPK && len(list) < most {
			list = append(list, x)
		}
	}
	return list
}

// split is the step from SKEYSEED to the seven keys of generation i.
func (w *scheduler) split(sa *ikesa.SA, i int, n nonces, fits bool) step {
	g := &sa.Generations[i]
	st := step{Title: "Seven keys, cut from one stream", RFC: "RFC 7296, 2.13 and 2.14",
		Why: "Each direction has a key to encrypt and, but for an AEAD, one to authenticate; SK_d makes further keys, SK_pi and SK_pr go into AUTH.", Formula: []string{
			"{SK_d | SK_ai | SK_ar | SK_ei | SK_er | SK_pi | SK_pr} = prf+(SKEYSEED, Ni | Nr | SPIi | SPIr)",
			"prf+(K, S) = T1 | T2 | …   T1 = prf(K, S | 1)   T2 = prf(K, T1 | S | 2)",
		}, In: []value{w.hidden("SKEYSEED", g.SKEYSEED, "above"), w.nonce("Ni", n.i), w.nonce("Nr", n.r), cookie("SPIi", sa.Initiator), cookie("SPIr", sa.Responder)}}
	if len(sa.Generations) > 1 {
		st.Title += fmt.Sprintf(" (key generation %d)", i+1)
	}
	for _, o := range []struct {
		name string
		b    []byte
	}{
		{"SK_d, to derive", g.D}, {"SK_ai, integrity", g.AI}, {"SK_ar, integrity", g.AR}, {"SK_ei, encryption", g.EI}, {"SK_er, encryption", g.ER},
		{"SK_pi, for AUTH", g.PI}, {"SK_pr, for AUTH", g.PR},
	} {
		if len(o.b) > 0 {
			st.Out = append(st.Out, w.hidden(o.name, o.b, or(origin(g.Used, o.b), "computed")))
		}
	}
	ok := fits
	if fits {
		k := keysOf(sa, g, n)
		for _, x := range [][2][]byte{{k.D, g.D}, {k.AI, g.AI}, {k.AR, g.AR}, {k.EI, g.EI}, {k.ER, g.ER}, {k.PI, g.PI}, {k.PR, g.PR}} {
			ok = ok && (len(x[1]) == 0 || bytes.Equal(x[0], x[1]))
		}
	}
	st.checked(ok, "taken as given: SKEYSEED is not known")
	return st
}

// children2 are the steps to the keys of the Child SAs (RFC 7296, section 2.17).
func (w *scheduler) children2(sa *ikesa.SA, s *schedule, pairs []nonces) {
	left, mixed := 0, false
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
			from := ikesa.Derivation{}
			if len(d.From) > 0 {
				from = d.From[0]
			}
			if st, ok := w.mixPPK(sa, from.D); ok && !mixed {
				mixed = true
				s.Steps = append(s.Steps, st)
			}
			s.Steps = append(s.Steps, w.childKeymat(sa, c, d, from, pairs))
		}
	}
	s.leave(left)
}

// mixPPK is the step that mixes a PPK into SK_d, where the keys of a child come from such a one (RFC 8784, section 3).
func (w *scheduler) mixPPK(sa *ikesa.SA, d []byte) (step, bool) {
	if d == nil || sa.Policy.PRF.Sum == nil {
		return step{}, false
	}
	for i := range sa.Generations {
		for _, x := range w.ppks() {
			if old := sa.Generations[i].D; old != nil && bytes.Equal(keys.MixPPK(sa.Policy.PRF, x.Value, old), d) {
				st := step{Title: "The PPK goes into SK_d", RFC: "RFC 8784, 3", Why: "A key that both sides had before protects what is derived from here on.", Formula: []string{"SK_d = prf+(PPK, SK_d')", "SK_pi and SK_pr likewise"},
					In:  []value{w.hidden("PPK", x.Value, given(x)), w.hidden("SK_d'", old, "above")},
					Out: []value{w.hidden("SK_d", d, "computed")}}
				st.checked(true, "")
				return st, true
			}
		}
	}
	return step{}, false
}

func (w *scheduler) childKeymat(sa *ikesa.SA, c *ikesa.Child, d *ikesa.ChildSA, from ikesa.Derivation, pairs []nonces) step {
	p := d.Candidates[0]
	st := step{Title: childTitle + childName(d), RFC: "RFC 7296, 2.17", Why: "One stream is cut into the keys of both directions.", In: []value{w.hidden("SK_d", from.D, "above")}}
	seed, secrets := "Ni | Nr", [][]byte(nil)
	if from.GXY != nil {
		st.Why += " A key exchange of its own goes in: SK_d alone does not give the keys."
		seed, secrets = "g^ir (new) | "+seed, append([][]byte{from.GXY}, from.More...)
		st.In = append(st.In, w.hidden("g^ir (new)", from.GXY, "a key exchange of its own"))
	}
	for i, x := range from.More {
		st.RFC = "RFC 9370, 2.2.4"
		seed += fmt.Sprintf(" | SK(%d)", i+1)
		st.In = append(st.In, w.hidden(fmt.Sprintf("SK(%d)", i+1), x, "an additional key exchange"))
	}
	st.Formula = []string{"KEYMAT = prf+(SK_d, " + seed + ")", "cut: encryption and integrity key of the initiator's traffic, then those of the responder's"}
	n, ok := w.childNonces(sa, c, d, from.D, secrets, pairs)
	st.In = append(st.In, w.nonce("Ni", n.i), w.nonce("Nr", n.r))
	st.Out = w.cut(&p)
	st.checked(ok, "not recomputed: an input is not known")
	return st
}

// childNonces are the nonces that make the keys of a child: those of its own exchange, or those of IKE_SA_INIT for the first one.
func (w *scheduler) childNonces(sa *ikesa.SA, c *ikesa.Child, d *ikesa.ChildSA, sk []byte, secrets [][]byte, pairs []nonces) (nonces, bool) {
	p := &d.Candidates[0]
	var try []nonces
	for _, x := range sa.Exchanges {
		if x.Child != c {
			continue
		}
		var n nonces
		for _, m := range x.Messages {
			side := &n.i
			if isResponse(m) {
				side = &n.r
			}
			if got := nonceOf(m); got.data != nil {
				*side = got
			}
		}
		if n.i.data != nil && n.r.data != nil {
			try = append(try, n)
		}
	}
	try = append(try, pairs...)
	for _, n := range try {
		if sk != nil && sa.Policy.PRF.Sum != nil && makes(sa.Policy.PRF, sk, n, p, d.FromInitiator, secrets) {
			return n, true
		}
	}
	if len(try) > 0 {
		return try[0], false
	}
	return nonces{}, false
}

// makes reports whether SK_d and a pair of nonces make the keys of p.
func makes(prf alg.PRF, d []byte, n nonces, p *esp.Params, fromInitiator bool, secrets [][]byte) bool {
	k := keys.IKEv2Keys{D: d}.ChildKeys(prf, n.i.data, n.r.data, len(p.CipherKey), len(p.MACKey), secrets...)
	encr, integ := k.ER, k.AR
	if fromInitiator {
		encr, integ = k.EI, k.AI
	}
	return bytes.Equal(encr, p.CipherKey) && bytes.Equal(integ, p.MACKey)
}
