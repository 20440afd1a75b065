package v2

import (
	"slices"

	"github.com/ikedecode/ikedecode/decode/ike"
	"github.com/ikedecode/ikedecode/keys/alg"
	"github.com/ikedecode/ikedecode/keys/ikesa"
	"github.com/ikedecode/ikedecode/keys/ikesa/internal/candidate"
)

// maxPolicies bounds the combinations of offered transforms that are tried where the response is lost.
const maxPolicies = 256

// policies returns the transforms of an IKEv2 SA to try: what the responder chose, else each combination that was offered,
// else, for a capture that begins later, every combination that the lengths of the given keys allow.
func (s *solver) policies(m *material) []ikesa.Policy {
	switch {
	case m.resume:
		return s.resumedPolicies()
	case m.chosen != nil:
		return combinations(m.chosen, m.source)
	case len(m.offered) > 0:
		var out []ikesa.Policy
		for i := range m.offered {
			out = append(out, combinations(&m.offered[i], m.source)...)
		}
		return out[:min(len(out), maxPolicies)]
	}
	return trialPolicies()
}

// resumedPolicies are those of the SAs that may have been resumed, which goes on with the algorithms that it had (RFC 5723,
// section 5), then every combination.
func (s *solver) resumedPolicies() []ikesa.Policy {
	var out []ikesa.Policy
	for _, r := range s.resumables {
		p := r.policy
		p.Source = ikesa.Source{Kind: ikesa.Inherited}
		out = append(out, p)
	}
	for _, p := range trialPolicies() {
		for _, prf := range alg.PRFs() {
			if prf.IKEv2 != 0 {
				p.PRF = prf
				out = append(out, p)
			}
		}
	}
	return out
}

// combinations are the policies that a proposal allows: one of a chosen proposal, more of an offered one.
func combinations(p *ike.Proposal, source ikesa.Source) []ikesa.Policy {
	out := []ikesa.Policy{{Choice: p, Source: source}}
	expand := func(kind ike.Kind, set func(*ikesa.Policy, ike.Transform)) {
		var next []ikesa.Policy
		for _, have := range out {
			found := false
			for _, x := range p.Suites[0].Transforms {
				if x.Kind != kind || len(next) >= maxPolicies {
					continue
				}
				found = true
				q := have
				set(&q, x)
				next = append(next, q)
			}
			if !found {
				next = append(next, have)
			}
		}
		out = next
	}
	expand(ike.Encryption, setCipher)
	expand(ike.PRF, func(q *ikesa.Policy, t ike.Transform) {
		if prf, ok := alg.PRFByIKEv2(t.ID); ok {
			q.PRF = prf
		} else {
			q.Unsupported = "PRF " + t.Name()
		}
	})
	expand(ike.Integrity, func(q *ikesa.Policy, t ike.Transform) {
		if t.ID == 0 {
			return
		}
		if q.Integ = alg.MACByIKEv2(t.ID); q.Integ == nil {
			q.Unsupported = t.Name()
		}
	})
	expand(ike.KeyExchange, func(q *ikesa.Policy, t ike.Transform) {
		q.GroupID, q.Group = t.ID, alg.GroupByID(t.ID)
	})
	return out
}

func setCipher(q *ikesa.Policy, t ike.Transform) {
	if q.Cipher = alg.CipherByIKEv2(t.ID); q.Cipher == nil {
		q.Unsupported = t.Name()
		return
	}
	n, err := alg.CipherKeyLen(q.Cipher, t.Bits)
	if err != nil {
		q.Unsupported = t.Name()
		return
	}
	q.KeyLen = n + q.Cipher.SaltLen
}

// trialPolicies are all ciphers with the MACs that go with them. The PRF says nothing about what SK_e and SK_a open.
func trialPolicies() []ikesa.Policy {
	var out []ikesa.Policy
	for _, c := range alg.Ciphers() {
		if c.IKEv2 == 0 {
			continue
		}
		for _, bits := range candidate.KeyBits(c) {
			p := ikesa.Policy{Cipher: c, KeyLen: bits/8 + c.SaltLen, Source: ikesa.Source{Kind: ikesa.Trial}}
			if c.AEAD {
				out = append(out, p)
				continue
			}
			for _, m := range alg.MACs() {
				if m.IKEv2 != 0 && m.ICVLen > 0 {
					p.Integ = m
					out = append(out, p)
				}
			}
		}
	}
	return out
}

// integLen is the length of SK_ai and SK_ar.
func integLen(p ikesa.Policy) int {
	if p.Integ == nil {
		return 0
	}
	return p.Integ.KeyLen
}

// prfs are the PRFs that the SA may use: the one that is known, else all whose keys are as long as SK_d.
func (s *solver) prfs(d []byte) []alg.PRF {
	if s.prfKnown {
		return []alg.PRF{s.sa.Policy.PRF}
	}
	return slices.DeleteFunc(alg.PRFs(), func(p alg.PRF) bool { return p.IKEv2 == 0 || p.KeyLen() != len(d) })
}
