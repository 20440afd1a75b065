package ikesa

import (
	"github.com/ikedecode/ikedecode/decode/ike"
	"github.com/ikedecode/ikedecode/keys/alg"
)

// maxPolicies2 bounds the combinations of offered transforms that are tried where the answer is lost.
const maxPolicies2 = 256

// policies2 returns the transforms of an IKEv2 SA to try: what the responder chose, else each combination that was offered,
// else, for a capture that begins later, every combination that the lengths of the given keys allow.
func (s *solver) policies2(m *material2) []Policy {
	switch {
	case m.resume:
		return s.resumedPolicies()
	case m.chosen != nil:
		return combinations(m.chosen, m.source)
	case len(m.offered) > 0:
		var out []Policy
		for i := range m.offered {
			out = append(out, combinations(&m.offered[i], m.source)...)
		}
		return out[:min(len(out), maxPolicies2)]
	}
	return trialPolicies2()
}

// resumedPolicies are those of the SAs that may have been resumed, which goes on with the algorithms that it had (RFC 5723,
// section 5), then every combination.
func (s *solver) resumedPolicies() []Policy {
	var out []Policy
	for _, r := range s.resumables {
		p := r.policy
		p.Source = Source{Kind: Inherited}
		out = append(out, p)
	}
	for _, p := range trialPolicies2() {
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
func combinations(p *ike.Proposal, source Source) []Policy {
	out := []Policy{{Choice: p, Source: source}}
	expand := func(kind ike.Kind, set func(*Policy, ike.Transform)) {
		var next []Policy
		for _, have := range out {
			found := false
			for _, x := range p.Suites[0].Transforms {
				if x.Kind != kind || len(next) >= maxPolicies2 {
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
	expand(ike.Encryption, setCipher2)
	expand(ike.PRF, func(q *Policy, t ike.Transform) {
		if prf, ok := alg.PRFByIKEv2(t.ID); ok {
			q.PRF = prf
		} else {
			q.Unsupported = "PRF " + t.Name()
		}
	})
	expand(ike.Integrity, func(q *Policy, t ike.Transform) {
		if t.ID == 0 {
			return
		}
		if q.Integ = alg.MACByIKEv2(t.ID); q.Integ == nil {
			q.Unsupported = t.Name()
		}
	})
	expand(ike.KeyExchange, func(q *Policy, t ike.Transform) {
		q.GroupID, q.Group = t.ID, alg.GroupByID(t.ID)
	})
	return out
}

func setCipher2(q *Policy, t ike.Transform) {
	if q.Cipher = alg.CipherByIKEv2(t.ID); q.Cipher == nil {
		q.Unsupported = t.Name()
		return
	}
	n, err := alg.CipherKeyLen(q.Cipher, t.Bits)
	if err != nil {
		q.Unsupported = err.Error()
		return
	}
	q.KeyLen = n + q.Cipher.SaltLen
}

// trialPolicies2 are all ciphers with the MACs that go with them. The PRF says nothing about what SK_e and SK_a open.
func trialPolicies2() []Policy {
	var out []Policy
	for _, c := range alg.Ciphers() {
		if c.IKEv2 == 0 {
			continue
		}
		for _, bits := range trialBits(c) {
			p := Policy{Cipher: c, KeyLen: bits/8 + c.SaltLen, Source: Source{Kind: Trial}}
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

// lengths are the lengths of SK_d and of the other keys of a policy, for the key schedule.
func (p Policy) integLen() int {
	if p.Integ == nil {
		return 0
	}
	return p.Integ.KeyLen
}
