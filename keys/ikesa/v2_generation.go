package ikesa

import (
	"bytes"
	"iter"
	"slices"

	"github.com/ikedecode/ikedecode/decode"
	"github.com/ikedecode/ikedecode/decode/ikev2"
	"github.com/ikedecode/ikedecode/keys"
	"github.com/ikedecode/ikedecode/keys/alg"
	"github.com/ikedecode/ikedecode/keys/secret"
)

// A Generation is one set of keys of an IKEv2 SA (RFC 7296, section 2.14). There is one more for each additional key
// exchange (RFC 9370), under the same SPIs.
type Generation struct {
	SKEYSEED []byte
	keys.IKEv2Keys
	GXY  []byte // the shared secret that it comes from; nil where it was not needed
	Used []secret.Secret
	// Unproven says that nothing proves the keys, which are used all the same, as asked.
	Unproven bool
	proofs   []Proof
	first    int   // frame of the first message that it opens
	root     *root // what SKEYSEED was computed from; nil: it was given, or is not known
}

// generations are the candidates that the bag gives: whole sets of keys first, then those that follow from a shared secret.
func (s *solver) generations(p Policy, m *material2) []*Generation {
	out := s.givenGenerations(p)
	if m.ni == nil || m.nr == nil || p.PRF.Sum == nil {
		return out
	}
	for _, x := range s.secrets(secret.SKEYSEED) {
		out = append(out, s.derive2(p, m, root{secrets: [][]byte{x.Value}, used: []secret.Secret{x}}, nil))
	}
	switch {
	case m.resume:
		return append(out, s.afterResumption(p, m)...)
	case m.rekey:
		return append(out, s.afterRekey(p, m)...)
	}
	for _, sh := range s.shared2(p, m) {
		out = append(out, s.derive2(p, m, root{formula: FormulaSKEYSEED, secrets: [][]byte{sh.gxy}, used: []secret.Secret{sh.used}}, sh.proofs))
	}
	return out
}

// afterRekey are the candidates for an IKE SA that takes the place of another (RFC 7296, section 2.18).
func (s *solver) afterRekey(p Policy, m *material2) []*Generation {
	if m.chosen != nil && len(additional(m.chosen)) > 0 {
		return s.afterFollowUps(p, m)
	}
	var out []*Generation
	for _, sh := range s.shared2(p, m) {
		for _, d := range m.oldDs {
			out = append(out, s.derive2(p, m, m.rekeyRoot(d, [][]byte{sh.gxy}, []secret.Secret{sh.used}), sh.proofs))
		}
	}
	return out
}

// A resumable is what an SA leaves to one that resumes it.
type resumable struct {
	policy Policy
	d      secret.Secret
}

// afterResumption are the candidates for an SA that resumes another (RFC 5723, section 5.1): one of the capture, or one whose
// SK_d was given.
func (s *solver) afterResumption(p Policy, m *material2) []*Generation {
	var ds []secret.Secret
	for _, r := range s.resumables {
		ds = append(ds, r.d)
	}
	const most = 64
	for _, x := range s.bag.Secrets { // it is bound to the SA that was resumed, not to this one
		if len(ds) >= most {
			break
		}
		if x.Kind == secret.SKd {
			ds = append(ds, x)
		}
	}
	var out []*Generation
	for _, d := range ds {
		if len(d.Value) == p.PRF.KeyLen() {
			r := root{formula: FormulaResumption, used: []secret.Secret{d}, old: d.Value, of: spiPair{d.Where.Initiator, d.Where.Responder}}
			out = append(out, s.derive2(p, m, r, nil))
		}
	}
	return out
}

// noteResumable keeps what may be resumed later.
func (s *solver) noteResumable() {
	const most = 64
	for _, d := range s.ds() {
		if s.prfKnown && len(s.sa.Generations) > 0 && len(s.resumables) < most {
			at := secret.Where{Initiator: s.sa.Initiator, Responder: s.sa.Responder}
			s.resumables = append(s.resumables, resumable{s.sa.Policy, secret.Secret{Kind: secret.SKd, Where: at, Value: d}})
		}
	}
}

// afterFollowUps are the candidates for an IKE SA that rekeys another with additional key exchanges (RFC 9370, section 2.2.4).
func (s *solver) afterFollowUps(p Policy, m *material2) []*Generation {
	given := append(s.secrets(secret.DHSecret), s.secrets(secret.ChildDHSecret)...)
	var out []*Generation
	for _, set := range s.secretSets(m.exchanges, given) {
		var proofs []Proof
		var used []secret.Secret
		for _, sh := range set {
			proofs, used = append(proofs, sh.proofs...), append(used, sh.used)
		}
		v := values(set)
		for _, d := range m.oldDs {
			out = append(out, s.derive2(p, m, m.rekeyRoot(d, v, used), proofs))
		}
	}
	return out
}

// rekeyRoot is the way to the SKEYSEED of an SA that rekeys another, from the other's SK_d.
func (m *material2) rekeyRoot(d []byte, secrets [][]byte, used []secret.Secret) root {
	return root{formula: FormulaRekey, secrets: secrets, used: used, old: d, of: m.was[len(m.was)-1], oldPRF: m.oldPRF}
}

// derive2 cuts the keys of an SA out of its SKEYSEED.
func (s *solver) derive2(p Policy, m *material2, r root, proofs []Proof) *Generation {
	seed := r.seed(p.PRF, m.ni, m.nr)
	k := seed.Keys(m.ni, m.nr, s.sa.Initiator, s.sa.Responder, keys.IKEv2Lengths{Integ: p.integLen(), Encr: p.KeyLen})
	g := &Generation{SKEYSEED: seed.Key, IKEv2Keys: k, Used: slices.Clone(r.used), proofs: slices.Clone(proofs)}
	switch r.formula {
	case FormulaSKEYSEED, FormulaRekey, FormulaIntermediate:
		g.GXY = r.secrets[0]
	}
	if r.formula != 0 {
		g.root = &r
	}
	return g
}

// shared2 are the candidates for the shared secret of the exchange that set the SA up.
func (s *solver) shared2(p Policy, m *material2) []shared {
	var gxi, gxr []byte
	if m.kei != nil {
		gxi = m.kei.Data
	}
	if m.ker != nil {
		gxr = m.ker.Data
	}
	mat := material{gxi: gxi, gxr: gxr, frameI: m.frameI, frameR: m.frameR}
	if p.Group == nil && m.ker != nil {
		p.GroupID, p.Group = uint16(m.ker.Group), alg.GroupByID(uint16(m.ker.Group))
	}
	out := s.sharedSecrets(p, mat)
	if p.Group == nil && m.ker != nil {
		out = append(out, s.fromPrivates(keyExchange2{uint16(m.ker.Group), gxi, gxr, m.frameI, m.frameR})...)
	}
	for _, x := range s.secrets(secret.ChildDHSecret) { // a rekeyed IKE SA's
		if m.rekey {
			out = append(out, shared{gxy: pad(x.Value, p.Group, mat), used: x})
		}
	}
	return out
}

// givenGenerations are the sets of given keys that have the length of a policy's.
func (s *solver) givenGenerations(p Policy) []*Generation {
	if s.given == nil {
		s.given = s.groupGiven()
	}
	var out []*Generation
	for _, g := range s.given {
		if len(g.EI) == p.KeyLen || len(g.ER) == p.KeyLen {
			c := *g
			out = append(out, &c)
		}
	}
	return out
}

// groupGiven puts the SK_* values together that a source printed together, or bound to this SA.
func (s *solver) groupGiven() []*Generation {
	type key struct {
		file  string
		group int
		i, r  decode.SPI
	}
	byKey := make(map[key]*Generation)
	var order []*Generation
	for _, i := range inOrder(s.bound(), s.unbound(secret.SKd), s.unbound(secret.SKai), s.unbound(secret.SKar), s.unbound(secret.SKei),
		s.unbound(secret.SKer), s.unbound(secret.SKpi), s.unbound(secret.SKpr)) {
		x := s.bag.Secrets[i]
		k := key{x.Origin.File, x.Group, x.Where.Initiator, x.Where.Responder}
		if x.Group != 0 {
			k.i, k.r = decode.SPI{}, decode.SPI{}
		}
		g := byKey[k]
		if g == nil {
			g = &Generation{}
		}
		dst := g.field(x.Kind)
		if dst == nil {
			continue
		}
		*dst = x.Value
		g.Used = append(g.Used, x)
		if byKey[k] == nil {
			byKey[k] = g
			order = append(order, g)
		}
	}
	return slices.DeleteFunc(order, func(g *Generation) bool { return g.EI == nil && g.ER == nil && g.AI == nil && g.AR == nil })
}

// field is where a secret of a kind belongs; nil for the other kinds.
func (g *Generation) field(k secret.Kind) *[]byte {
	switch k {
	case secret.SKd:
		return &g.D
	case secret.SKai:
		return &g.AI
	case secret.SKar:
		return &g.AR
	case secret.SKei:
		return &g.EI
	case secret.SKer:
		return &g.ER
	case secret.SKpi:
		return &g.PI
	case secret.SKpr:
		return &g.PR
	}
	return nil
}

// nextGenerations finds the keys after each IKE_INTERMEDIATE that had a key exchange (RFC 9370, section 2.2.2), of which there
// are up to seven, or that agreed upon a PPK (RFC 9867).
func (s *solver) nextGenerations(m *material2) {
	for range 8 {
		last := s.sa.Generations[len(s.sa.Generations)-1]
		if last.D == nil || m.ni == nil || m.nr == nil || s.sa.Policy.PRF.Sum == nil || !s.anyClosed() {
			break
		}
		g := s.nextGeneration(m, &last)
		if g == nil {
			break
		}
		s.addGeneration(g)
		s.openAll()
		s.joinFragments()
	}
	s.findRoots(m)
}

// nextGeneration is the one that follows last; nil where no secret makes it.
func (s *solver) nextGeneration(m *material2, last *Generation) *Generation {
	p := s.sa.Policy
	for r, proofs := range s.nextRoots(last.D, len(s.sa.Generations)) {
		if g := s.derive2(p, m, r, proofs); !bytes.Equal(g.EI, last.EI) && s.proves(p, g, true) {
			return g
		}
	}
	return nil
}

// nextRoots are the ways from SK_d of a generation, which counts from 1, to the next SKEYSEED, with what proves their secrets.
func (s *solver) nextRoots(d []byte, generation int) iter.Seq2[root, []Proof] {
	return func(yield func(root, []Proof) bool) {
		for _, sh := range s.intermediateSecrets() {
			r := root{formula: FormulaIntermediate, secrets: [][]byte{sh.gxy}, used: []secret.Secret{sh.used}, old: d, generation: generation}
			if !yield(r, sh.proofs) {
				return
			}
		}
		for _, x := range s.secrets(secret.PPK) {
			r := root{formula: FormulaPPKSeed, secrets: [][]byte{x.Value}, used: []secret.Secret{x}, old: d, generation: generation}
			if !yield(r, nil) {
				return
			}
		}
	}
}

// findRoots says of later generations whose keys were given how they follow from the one before.
func (s *solver) findRoots(m *material2) {
	prf := s.sa.Policy.PRF
	for i := 1; i < len(s.sa.Generations) && m.ni != nil && m.nr != nil && prf.Sum != nil; i++ {
		g, d := &s.sa.Generations[i], s.sa.Generations[i-1].D
		if g.root != nil || g.SKEYSEED == nil || d == nil {
			continue
		}
		for r := range s.nextRoots(d, i) {
			if bytes.Equal(r.seed(prf, m.ni, m.nr).Key, g.SKEYSEED) {
				g.root = &r
				break
			}
		}
	}
}

// intermediateSecrets are the candidates for what a key exchange in IKE_INTERMEDIATE agreed upon: those that a private value makes
// with the KE payloads of the messages that are open so far, and those given.
func (s *solver) intermediateSecrets() []shared {
	var out []shared
	for _, x := range s.sa.Exchanges {
		if x.Type != ikev2.ExchangeIntermediate {
			continue
		}
		if request, response := x.withKE(); request != nil || response != nil {
			out = append(out, s.fromPrivates(newKeyExchange2(0, request, response))...)
		}
	}
	for _, kind := range []secret.Kind{secret.DHSecret, secret.ChildDHSecret} {
		out = append(out, asShared(s.secrets(kind))...)
	}
	return out
}
