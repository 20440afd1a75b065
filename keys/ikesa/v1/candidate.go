package v1

import (
	"github.com/ikedecode/ikedecode/decode/ike"
	"github.com/ikedecode/ikedecode/keys"
	"github.com/ikedecode/ikedecode/keys/ikesa"
	"github.com/ikedecode/ikedecode/keys/ikesa/internal/candidate"
	"github.com/ikedecode/ikedecode/keys/secret"
)

// keysets returns the candidates that the bag gives under a policy, those that lead furthest first.
func (s *solver) keysets(p ikesa.Policy, m ikesa.Phase1) []keyset {
	var out []keyset
	for _, g := range s.Shared(exchangeOf(p, m)) {
		out = append(out, s.fromSharedSecret(p, m, g)...)
	}
	for _, e := range s.Of(secret.SKEYIDe) {
		ks := keyset{keys: ikesa.Keys{E: e.Value, Used: []secret.Secret{e}}}
		s.companions(&ks, e)
		out = append(out, ks)
	}
	for i := range out {
		out[i].keys.Ka = keys.CipherKey(p.PRF, out[i].keys.E, p.KeyLen)
	}
	for _, k := range s.Of(secret.EncKey) {
		if len(k.Value) != p.KeyLen {
			continue
		}
		ks := keyset{keys: ikesa.Keys{Ka: k.Value, Used: []secret.Secret{k}}}
		s.companions(&ks, k)
		out = append(out, ks)
	}
	return dedupe(out)
}

// exchangeOf is the key exchange of phase 1.
func exchangeOf(p ikesa.Policy, m ikesa.Phase1) candidate.KeyExchange {
	return candidate.KeyExchange{Method: p.GroupID, Group: p.Group, I: m.GXI, R: m.GXR, FrameI: m.FrameI, FrameR: m.FrameR}
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

// fromSharedSecret derives the candidates that follow from one g^xy: by the authentication method where it is known.
func (s *solver) fromSharedSecret(p ikesa.Policy, m ikesa.Phase1, g candidate.Shared) []keyset {
	var out []keyset
	i, r := s.sa.Initiator, s.sa.Responder
	add := func(f ikesa.Formula, k keys.SKEYID, psk []byte, used ...secret.Secret) {
		p1 := k.Keys(g.Value, i, r)
		out = append(out, keyset{proofs: g.Proofs, keys: ikesa.Keys{
			GXY: g.Value, SKEYID: k.Key, D: p1.D, A: p1.A, E: p1.E, PSK: psk, Used: append([]secret.Secret{g.Used}, used...), Root: f,
		}})
	}
	kind := p.Auth.Kind()
	if m.NI != nil && m.NR != nil {
		if kind == ike.AuthPSK || kind == ike.AuthUnknown {
			for _, psk := range s.PSKs() {
				add(ikesa.FormulaSKEYIDPSK, keys.SKEYIDFromPSK(p.PRF, psk.Value, m.NI, m.NR), psk.Value, psk)
			}
		}
		if kind == ike.AuthSignature || kind == ike.AuthUnknown {
			add(ikesa.FormulaSKEYIDSignature, keys.SKEYIDFromSignature(p.PRF, m.NI, m.NR, g.Value), nil)
		}
	}
	if kind == ike.AuthPublicKey || kind == ike.AuthUnknown {
		for _, ni := range s.Of(secret.NonceI) {
			for _, nr := range s.Of(secret.NonceR) {
				add(ikesa.FormulaSKEYIDPublicKey, keys.SKEYIDFromPublicKey(p.PRF, p.Hash, ni.Value, nr.Value, i, r), nil, ni, nr)
			}
		}
	}
	for _, k := range s.Of(secret.SKEYID) {
		add(0, keys.SKEYID{PRF: p.PRF, Key: k.Value}, nil, k)
	}
	return out
}

// otherForm looks for a pre-shared key that differs from one that was given as keys do that were entered in another way.
func (s *solver) otherForm() (secret.Form, secret.Origin) {
	m, given := s.sa.Phase1(), s.PSKs()
	given = given[:min(len(given), candidate.MaxForms)]
	for _, p := range s.policies() {
		if p.Hash == nil || p.Cipher == nil || p.Cipher.NewBlock == nil {
			continue
		}
		for _, g := range s.Shared(exchangeOf(p, m)) {
			for _, x := range given {
				for f, psk := range secret.Forms(x.Value) {
					k := keys.SKEYIDFromPSK(p.PRF, psk, m.NI, m.NR)
					p1 := k.Keys(g.Value, s.sa.Initiator, s.sa.Responder)
					ks := keyset{keys: ikesa.Keys{GXY: g.Value, SKEYID: k.Key, D: p1.D, A: p1.A, E: p1.E, PSK: psk, Ka: keys.CipherKey(p.PRF, p1.E, p.KeyLen)}}
					if o := s.open(p, m, ks, false, 1); o != nil && o.hashProved() {
						return f, x.Origin
					}
				}
			}
		}
	}
	return 0, secret.Origin{}
}

// companions adds SKEYID_d, SKEYID_a and the like that the source printed together with have, or bound to the same SA.
func (s *solver) companions(ks *keyset, have secret.Secret) {
	for _, x := range s.With(have) {
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
