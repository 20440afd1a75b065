package v2

import (
	"bytes"
	"iter"
	"slices"

	"github.com/ikedecode/ikedecode/decode"
	"github.com/ikedecode/ikedecode/decode/ikev2"
	"github.com/ikedecode/ikedecode/keys"
	"github.com/ikedecode/ikedecode/keys/alg"
	"github.com/ikedecode/ikedecode/keys/ikesa"
	"github.com/ikedecode/ikedecode/keys/ikesa/internal/candidate"
	"github.com/ikedecode/ikedecode/keys/secret"
)

// generations are the candidates that the bag gives: whole sets of keys first, then those that follow from a shared secret.
func (s *solver) generations(p ikesa.Policy, m *material) []*ikesa.Generation {
	out := s.givenGenerations(p)
	if m.ni == nil || m.nr == nil || p.PRF.Sum == nil {
		return out
	}
	for _, x := range s.Of(secret.SKEYSEED) {
		out = append(out, s.derive(p, m, ikesa.Root{Secrets: [][]byte{x.Value}, Used: []secret.Secret{x}}, nil))
	}
	switch {
	case m.resume:
		return append(out, s.afterResumption(p, m)...)
	case m.rekey:
		return append(out, s.afterRekey(p, m)...)
	}
	for _, sh := range s.shared(p, m) {
		out = append(out, s.derive(p, m, ikesa.Root{Formula: ikesa.FormulaSKEYSEED, Secrets: [][]byte{sh.Value}, Used: []secret.Secret{sh.Used}}, sh.Proofs))
	}
	return out
}

// afterRekey are the candidates for an IKE SA that replaces another (RFC 7296, section 2.18).
func (s *solver) afterRekey(p ikesa.Policy, m *material) []*ikesa.Generation {
	if m.chosen != nil && len(additional(m.chosen)) > 0 {
		return s.afterFollowUps(p, m)
	}
	var out []*ikesa.Generation
	for _, sh := range s.shared(p, m) {
		for _, d := range m.oldDs {
			out = append(out, s.derive(p, m, m.rekeyRoot(d, [][]byte{sh.Value}, []secret.Secret{sh.Used}), sh.Proofs))
		}
	}
	return out
}

// afterResumption are the candidates for an SA that resumes another (RFC 5723, section 5.1): one of the capture, or one whose
// SK_d was given.
func (s *solver) afterResumption(p ikesa.Policy, m *material) []*ikesa.Generation {
	var ds []secret.Secret
	for _, r := range s.resumables {
		ds = append(ds, r.d)
	}
	const most = 64
	for _, x := range s.All() { // it is bound to the SA that was resumed, not to this one
		if len(ds) >= most {
			break
		}
		if x.Kind == secret.SKd {
			ds = append(ds, x)
		}
	}
	var out []*ikesa.Generation
	for _, d := range ds {
		if len(d.Value) == p.PRF.KeyLen() {
			r := ikesa.Root{Formula: ikesa.FormulaResumption, Used: []secret.Secret{d}, Old: d.Value, Of: ikesa.SPIPair{I: d.Where.Initiator, R: d.Where.Responder}}
			out = append(out, s.derive(p, m, r, nil))
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
			if slices.ContainsFunc(s.resumables, func(r resumable) bool { return r.d.Where == at && bytes.Equal(r.d.Value, d) }) {
				continue
			}
			s.resumables = append(s.resumables, resumable{s.sa.Policy, secret.Secret{Kind: secret.SKd, Where: at, Value: d}})
		}
	}
}

// afterFollowUps are the candidates for an IKE SA that rekeys another with additional key exchanges (RFC 9370, section 2.2.4).
func (s *solver) afterFollowUps(p ikesa.Policy, m *material) []*ikesa.Generation {
	given := append(s.Of(secret.DHSecret), s.Of(secret.ChildDHSecret)...)
	var out []*ikesa.Generation
	for _, set := range s.secretSets(m.exchanges, given) {
		var proofs []ikesa.Proof
		var used []secret.Secret
		for _, sh := range set {
			proofs, used = append(proofs, sh.Proofs...), append(used, sh.Used)
		}
		v := values(set)
		for _, d := range m.oldDs {
			out = append(out, s.derive(p, m, m.rekeyRoot(d, v, used), proofs))
		}
	}
	return out
}

// rekeyRoot is the way to the SKEYSEED of an SA that rekeys another, from the other's SK_d.
func (m *material) rekeyRoot(d []byte, secrets [][]byte, used []secret.Secret) ikesa.Root {
	return ikesa.Root{Formula: ikesa.FormulaRekey, Secrets: secrets, Used: used, Old: d, Of: m.was[len(m.was)-1], OldPRF: m.oldPRF}
}

// derive cuts the keys of an SA out of its SKEYSEED.
func (s *solver) derive(p ikesa.Policy, m *material, r ikesa.Root, proofs []ikesa.Proof) *ikesa.Generation {
	seed := r.Seed(p.PRF, m.ni, m.nr)
	k := seed.Keys(m.ni, m.nr, s.sa.Initiator, s.sa.Responder, keys.IKEv2Lengths{Integ: integLen(p), Encr: p.KeyLen})
	g := &ikesa.Generation{SKEYSEED: seed.Key, IKEv2Keys: k, Used: slices.Clone(r.Used), Proofs: slices.Clone(proofs)}
	switch r.Formula {
	case ikesa.FormulaSKEYSEED, ikesa.FormulaRekey, ikesa.FormulaIntermediate:
		g.GXY = r.Secrets[0]
	}
	if r.Formula != 0 {
		g.Root = &r
	}
	return g
}

// shared are the candidates for the shared secret of the exchange that set the SA up.
func (s *solver) shared(p ikesa.Policy, m *material) []candidate.Shared {
	x := candidate.KeyExchange{Method: p.GroupID, Group: p.Group, FrameI: m.frameI, FrameR: m.frameR}
	if m.kei != nil {
		x.I = m.kei.Data
	}
	if m.ker != nil {
		x.R = m.ker.Data
	}
	if p.Group == nil && m.ker != nil {
		x.Method, x.Group = uint16(m.ker.Group), alg.GroupByID(uint16(m.ker.Group))
	}
	out := s.Shared(x)
	if x.Group == nil {
		out = append(out, s.decapsulated(x)...)
	}
	for _, sh := range candidate.Given(s.Of(secret.ChildDHSecret)) { // a rekeyed IKE SA's
		if m.rekey {
			sh.Value = x.Pad(sh.Value)
			out = append(out, sh)
		}
	}
	return out
}

// givenGenerations are the sets of given keys that have the length of a policy's.
func (s *solver) givenGenerations(p ikesa.Policy) []*ikesa.Generation {
	if s.given == nil {
		s.given = s.groupGiven()
	}
	var out []*ikesa.Generation
	for _, g := range s.given {
		c := *g
		c.EI, c.ER = fromCounterRow(p, g.EI), fromCounterRow(p, g.ER)
		s.complete(p, &c)
		if len(c.EI) == p.KeyLen || len(c.ER) == p.KeyLen {
			out = append(out, &c)
		}
	}
	return out
}

// fromCounterRow makes the key of AES-CCM of one that Wireshark's table has for AES-CTR: the counter mode inside CCM is CTR with a
// nonce of four bytes, the flags of RFC 3610, section 2.3, and the salt. That is how its users decrypt what it cannot verify.
func fromCounterRow(p ikesa.Policy, key []byte) []byte {
	const ccmSalt, flags = 3, 3 // bytes; a counter of four bytes
	at := len(key) - ccmSalt - 1
	if !p.Cipher.AEAD || p.Cipher.SaltLen != ccmSalt || len(key) != p.KeyLen+1 || key[at] != flags {
		return key
	}
	return slices.Concat(key[:at], key[at+1:])
}

// groupGiven puts the SK_* values together that a source printed together, or bound to this SA.
func (s *solver) groupGiven() []*ikesa.Generation {
	type key struct {
		file  string
		group int
		i, r  decode.SPI
	}
	byKey := make(map[key]*ikesa.Generation)
	var order []*ikesa.Generation
	kinds := []secret.Kind{secret.SKd, secret.SKai, secret.SKar, secret.SKei, secret.SKer, secret.SKpi, secret.SKpr}
	list := s.InOrder(kinds...)
	for _, x := range list {
		k := key{x.Origin.File, x.Group, x.Where.Initiator, x.Where.Responder}
		if x.Group != 0 {
			k.i, k.r = decode.SPI{}, decode.SPI{}
		}
		g := byKey[k]
		if g == nil {
			g = &ikesa.Generation{Used: make([]secret.Secret, 0, min(len(list), len(kinds)))}
		}
		dst := field(g, x.Kind)
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
	return slices.DeleteFunc(order, func(g *ikesa.Generation) bool { return g.EI == nil && g.ER == nil && g.AI == nil && g.AR == nil })
}

// field is where a secret of a kind belongs; nil for the other kinds.
func field(g *ikesa.Generation, k secret.Kind) *[]byte {
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
func (s *solver) nextGenerations(m *material) {
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
func (s *solver) nextGeneration(m *material, last *ikesa.Generation) *ikesa.Generation {
	p := s.sa.Policy
	for r, proofs := range s.nextRoots(last.D, len(s.sa.Generations)) {
		if g := s.derive(p, m, r, proofs); !bytes.Equal(g.EI, last.EI) && s.proves(p, g, true) {
			return g
		}
	}
	return nil
}

// nextRoots are the ways from SK_d of a generation, which counts from 1, to the next SKEYSEED, with what verifies their secrets.
func (s *solver) nextRoots(d []byte, generation int) iter.Seq2[ikesa.Root, []ikesa.Proof] {
	return func(yield func(ikesa.Root, []ikesa.Proof) bool) {
		for _, sh := range s.intermediateSecrets() {
			r := ikesa.Root{Formula: ikesa.FormulaIntermediate, Secrets: [][]byte{sh.Value}, Used: []secret.Secret{sh.Used}, Old: d, Generation: generation}
			if !yield(r, sh.Proofs) {
				return
			}
		}
		for _, x := range s.Of(secret.PPK) {
			r := ikesa.Root{Formula: ikesa.FormulaPPKSeed, Secrets: [][]byte{x.Value}, Used: []secret.Secret{x}, Old: d, Generation: generation}
			if !yield(r, nil) {
				return
			}
		}
	}
}

// findRoots says of later generations whose keys were given how they follow from the one before.
func (s *solver) findRoots(m *material) {
	prf := s.sa.Policy.PRF
	for i := 1; i < len(s.sa.Generations) && m.ni != nil && m.nr != nil && prf.Sum != nil; i++ {
		g, d := &s.sa.Generations[i], s.sa.Generations[i-1].D
		if g.Root != nil || g.SKEYSEED == nil || d == nil {
			continue
		}
		for r := range s.nextRoots(d, i) {
			if bytes.Equal(r.Seed(prf, m.ni, m.nr).Key, g.SKEYSEED) {
				g.Root = &r
				break
			}
		}
	}
}

// intermediateSecrets are the candidates for what a key exchange in IKE_INTERMEDIATE agreed upon: those that a private value makes
// with the KE payloads of the messages that are open so far, and those given.
func (s *solver) intermediateSecrets() []candidate.Shared {
	var out []candidate.Shared
	for _, x := range s.sa.Exchanges {
		if x.Type != ikev2.ExchangeIntermediate {
			continue
		}
		if request, response := withKE(x); request != nil || response != nil {
			out = append(out, s.computed(newKeyExchange(0, request, response))...)
		}
	}
	for _, kind := range []secret.Kind{secret.DHSecret, secret.ChildDHSecret} {
		out = append(out, candidate.Given(s.Of(kind))...)
	}
	return out
}
