package ikesa

import (
	"bytes"
	"slices"

	"github.com/ikedecode/ikedecode/decode/ike"
	"github.com/ikedecode/ikedecode/keys"
	"github.com/ikedecode/ikedecode/keys/alg"
	"github.com/ikedecode/ikedecode/keys/secret"
)

// A material is what phase 1 shows in the clear: bodies of payloads, nil where the capture lacks them.
type material struct {
	ni, nr, gxi, gxr, sai []byte
	frameI, frameR        int         // of the KE payloads
	nonces                [2]*Message // that have ni and nr
}

// swapped exchanges the roles: for captures that begin after the messages that tell them.
func (m material) swapped() material {
	m.ni, m.nr, m.gxi, m.gxr, m.frameI, m.frameR = m.nr, m.ni, m.gxr, m.gxi, m.frameR, m.frameI
	m.nonces[0], m.nonces[1] = m.nonces[1], m.nonces[0]
	return m
}

// A keyset is one candidate for the keys of phase 1.
type keyset struct {
	keys   Keys
	proofs []Proof // had before anything was decrypted: a public value that fits
}

// keysets returns the candidates that the bag gives under a policy, those that lead furthest first.
func (s *solver) keysets(p Policy, m material) []keyset {
	var out []keyset
	for _, g := range s.sharedSecrets(p, m) {
		out = append(out, s.fromSharedSecret(p, m, g)...)
	}
	for _, e := range s.secrets(secret.SKEYIDe) {
		ks := keyset{keys: Keys{E: e.Value, Used: []secret.Secret{e}}}
		s.companions(&ks, e)
		out = append(out, ks)
	}
	for i := range out {
		out[i].keys.Ka = keys.CipherKey(p.PRF, out[i].keys.E, p.KeyLen)
	}
	for _, k := range s.secrets(secret.EncKey) {
		if len(k.Value) != p.KeyLen {
			continue
		}
		ks := keyset{keys: Keys{Ka: k.Value, Used: []secret.Secret{k}}}
		s.companions(&ks, k)
		out = append(out, ks)
	}
	return dedupe(out)
}

// dedupe drops candidates that have the same keys as an earlier one.
func dedupe(in []keyset) []keyset {
	seen := make(map[string]bool)
	out := in[:0]
	for _, k := range in {
		id := string(k.keys.Ka) + "|" + string(k.keys.A) + "|" + string(k.keys.D)
		if !seen[id] {
			seen[id] = true
			out = append(out, k)
		}
	}
	return out
}

// A shared is one candidate for g^xy.
type shared struct {
	gxy    []byte
	used   secret.Secret
	proofs []Proof
}

// sharedSecrets returns the candidates for g^xy: those given, and those that a private value gives together with the
// other side's public value. A private value counts only where its public value is in the capture.
func (s *solver) sharedSecrets(p Policy, m material) []shared {
	var out []shared
	for _, x := range s.secrets(secret.DHPrivate) {
		for _, g := range groupsFor(p, m) {
			if sh, ok := s.fromPrivate(g, m.gxi, m.gxr, m.frameI, m.frameR, x); ok {
				out = append(out, sh)
				break
			}
		}
	}
	for _, g := range s.secrets(secret.DHSecret) {
		if p.Group != nil && (len(g.Value) > p.Group.SharedLen || len(g.Value)+maxZeros < p.Group.SharedLen) {
			continue
		}
		out = append(out, shared{gxy: pad(g.Value, p.Group, m), used: g})
	}
	return out
}

// pad restores leading zeros that a source left out: g^xy has the length of the group (RFC 2409, section 5).
func pad(gxy []byte, g *alg.Group, m material) []byte {
	n := 0
	switch {
	case g != nil:
		n = g.SharedLen
	case len(m.gxi) > 0 && len(gxy) > 64: // MODP: as long as the public values
		n = len(m.gxi)
	}
	if len(gxy) < n {
		return append(make([]byte, n-len(gxy)), gxy...)
	}
	return gxy
}

// groupsFor are the groups that fit the negotiated one or, where it is not known, the length of the public values.
func groupsFor(p Policy, m material) []*alg.Group {
	if p.Group != nil {
		return []*alg.Group{p.Group}
	}
	n := max(len(m.gxi), len(m.gxr))
	if p.GroupID != 0 || n == 0 {
		return nil
	}
	return alg.GroupsByPublicLen(n)
}

// fromPrivate matches a private value with the public values of both sides.
func (s *solver) fromPrivate(g *alg.Group, gxi, gxr []byte, frameI, frameR int, x secret.Secret) (shared, bool) {
	pub := s.public(g, x.Value)
	if pub == nil {
		return shared{}, false
	}
	peer, frame := []byte(nil), 0
	switch {
	case bytes.Equal(pub, gxi):
		peer, frame = gxr, frameI
	case bytes.Equal(pub, gxr):
		peer, frame = gxi, frameR
	default:
		return shared{}, false
	}
	proof := proofOf(x, ByPublic, frame)
	s.matched = append(s.matched, proof)
	if peer == nil {
		return shared{}, false
	}
	gxy, err := g.Shared(x.Value, peer)
	if err != nil {
		return shared{}, false
	}
	return shared{gxy: gxy, used: x, proofs: []Proof{proof}}, true
}

// public computes a public value once for each group and private value.
func (s *solver) public(g *alg.Group, private []byte) []byte {
	k := publicKey{g, string(private)}
	if s.publics == nil {
		s.publics = make(map[publicKey][]byte)
	}
	if pub, ok := s.publics[k]; ok {
		return pub
	}
	pub, err := g.Public(private)
	if err != nil {
		pub = nil
	}
	s.publics[k] = pub
	return pub
}

// fromSharedSecret derives the candidates that follow from one g^xy: by the authentication method where it is known.
func (s *solver) fromSharedSecret(p Policy, m material, g shared) []keyset {
	var out []keyset
	i, r := s.sa.Initiator, s.sa.Responder
	add := func(f Formula, k keys.SKEYID, psk []byte, used ...secret.Secret) {
		p1 := k.Keys(g.gxy, i, r)
		out = append(out, keyset{proofs: g.proofs, keys: Keys{
			GXY: g.gxy, SKEYID: k.Key, D: p1.D, A: p1.A, E: p1.E, PSK: psk, Used: append([]secret.Secret{g.used}, used...), root: f,
		}})
	}
	kind := p.Auth.Kind()
	if m.ni != nil && m.nr != nil {
		if kind == ike.AuthPSK || kind == ike.AuthUnknown {
			for _, psk := range s.psks() {
				add(FormulaSKEYIDPSK, keys.SKEYIDFromPSK(p.PRF, psk.Value, m.ni, m.nr), psk.Value, psk)
			}
		}
		if kind == ike.AuthSignature || kind == ike.AuthUnknown {
			add(FormulaSKEYIDSignature, keys.SKEYIDFromSignature(p.PRF, m.ni, m.nr, g.gxy), nil)
		}
	}
	if kind == ike.AuthPublicKey || kind == ike.AuthUnknown {
		for _, ni := range s.secrets(secret.NonceI) {
			for _, nr := range s.secrets(secret.NonceR) {
				add(FormulaSKEYIDPublicKey, keys.SKEYIDFromPublicKey(p.PRF, p.Hash, ni.Value, nr.Value, i, r), nil, ni, nr)
			}
		}
	}
	for _, k := range s.secrets(secret.SKEYID) {
		add(0, keys.SKEYID{PRF: p.PRF, Key: k.Value}, nil, k)
	}
	return out
}

// companions adds SKEYID_d, SKEYID_a and the like that the source printed together with have, or bound to the same SA.
func (s *solver) companions(ks *keyset, have secret.Secret) {
	var printed []int
	if have.Group != 0 {
		printed = s.shelf().printed[together{have.Origin.File, have.Group}]
	}
	for _, i := range inOrder(printed, s.bound()) {
		x := s.bag.Secrets[i]
		k := &ks.keys
		var dst *[]byte
		switch x.Kind {
		case secret.SKEYIDd:
			dst = &k.D
		case secret.SKEYIDa:
			dst = &k.A
		case secret.SKEYIDe:
			dst = &k.E
		case secret.SKEYID:
			dst = &k.SKEYID
		default:
			continue
		}
		if *dst == nil {
			*dst = x.Value
			k.Used = append(k.Used, x)
		}
	}
}

// secrets returns those of a kind that may belong to this SA: bound to it first, then the unbound ones.
func (s *solver) secrets(kind secret.Kind) []secret.Secret {
	var list []secret.Secret
	for _, i := range s.bound() {
		if x := s.bag.Secrets[i]; x.Kind == kind {
			list = append(list, x)
		}
	}
	for _, i := range s.unbound(kind) {
		list = append(list, s.bag.Secrets[i])
	}
	return list
}

// psks returns the pre-shared keys, those for one of this SA's addresses first. None is left out: the HASH decides.
func (s *solver) psks() []secret.Secret {
	var near, rest []secret.Secret
	i, r := s.sa.InitiatorAddr.Addr().String(), s.sa.ResponderAddr.Addr().String()
	for _, x := range s.secrets(secret.PSK) {
		if x.Where.Peer != "" && (x.Where.Peer == i || x.Where.Peer == r) {
			near = append(near, x)
		} else {
			rest = append(rest, x)
		}
	}
	return append(near, rest...)
}

// binds reports whether a secret may belong to this SA by what it is bound to.
func (s *solver) binds(x secret.Secret) bool {
	return boundTo(x.Where, spiPair{s.sa.Initiator, s.sa.Responder}) ||
		slices.ContainsFunc(s.was, func(p spiPair) bool { return boundTo(x.Where, p) })
}

// boundTo reports whether a binding allows an IKE SA.
func boundTo(w secret.Where, sa spiPair) bool {
	if !w.Initiator.IsZero() && w.Initiator != sa.i {
		return false
	}
	return w.Responder.IsZero() || w.Responder == sa.r
}
