package v1

import (
	"fmt"

	"github.com/ikedecode/ikedecode/decode/ike"
	"github.com/ikedecode/ikedecode/keys/alg"
	"github.com/ikedecode/ikedecode/keys/ikesa"
	"github.com/ikedecode/ikedecode/keys/ikesa/internal/candidate"
)

// policies returns the transforms of phase 1 to try, the likeliest first. The responder's choice is the only one where
// the capture has it; else each offered transform; else, with the first two messages missing, every combination.
func (s *solver) policies() []ikesa.Policy {
	if chosen, frame := s.clearSA(false); chosen != nil {
		return s.suites(chosen, ikesa.Source{Kind: ikesa.Chosen, Frame: frame})
	}
	if offered, frame := s.clearSA(true); offered != nil {
		if ps := s.suites(offered, ikesa.Source{Kind: ikesa.Offered, Frame: frame}); len(ps) > 0 {
			return ps
		}
	}
	return trialPolicies()
}

// clearSA returns what phase 1's SA payload of the initiator, or the responder, says, and the frame that has it.
func (s *solver) clearSA(initiator bool) (*ike.Offer, int) {
	for _, m := range s.sa.Messages {
		if !m.IsPhase1() || m.FromInitiator != initiator {
			continue
		}
		if o := m.Offer(); len(ikesa.Proposals(o)) > 0 {
			return o, m.Frame
		}
	}
	return nil, 0
}

func (sv *Solver) suites(o *ike.Offer, source ikesa.Source) []ikesa.Policy {
	var out []ikesa.Policy
	for _, p := range o.Proposals {
		for i := range p.Suites {
			q := sv.policyOf(&p.Suites[i], source)
			q.Choice = &ike.Proposal{Number: p.Number, Protocol: p.Protocol, SPI: p.SPI, Suites: p.Suites[i : i+1]}
			out = append(out, q)
		}
	}
	return out
}

// policyOf looks a suite's algorithms up. What has no implementation is named in Unsupported.
func (sv *Solver) policyOf(s *ike.Suite, source ikesa.Source) ikesa.Policy {
	p := ikesa.Policy{Source: source}
	if t, ok := s.Find(ike.HashAlg); ok {
		if p.Hash = alg.HashByID(t.ID); p.Hash == nil {
			p.Unsupported = t.Name()
		} else {
			p.PRF = alg.HMAC(p.Hash)
		}
	}
	if t, ok := s.Find(ike.PRF); ok {
		// IKEv1 has no values of its own for the attribute; who sends it means those of IKEv2.
		if prf, ok := alg.PRFByIKEv2(t.ID); ok {
			p.PRF = prf
		} else {
			p.Unsupported = fmt.Sprintf("PRF %d", t.ID)
		}
	}
	if t, ok := s.Find(ike.Encryption); ok {
		setCipher(&p, t)
	}
	if t, ok := s.Find(ike.Auth); ok {
		p.Auth = ike.AuthMethod{Version: ike.V1, Number: t.ID}
	}
	if t, ok := s.Find(ike.KeyExchange); ok {
		p.GroupID, p.Group = t.ID, sv.group(t.ID)
	} else {
		p.Group = groupByValues(s)
	}
	return p
}

// setCipher takes the cipher of phase 1.
func setCipher(p *ikesa.Policy, t ike.Transform) {
	if p.Cipher = alg.CipherByPhase1(t.ID); p.Cipher == nil {
		p.Unsupported = t.Space.AlgorithmName(t.ID)
		return
	}
	n, err := alg.Phase1KeyLen(p.Cipher, t.Bits)
	if err != nil {
		p.Unsupported = t.Name()
	}
	p.KeyLen = n
}

// trialPolicies are all combinations of hash and cipher that phase 1 knows, the usual ones first.
func trialPolicies() []ikesa.Policy {
	var out []ikesa.Policy
	for _, c := range alg.Ciphers() {
		if c.Phase1 == 0 || c.NewBlock == nil {
			continue
		}
		for _, bits := range candidate.KeyBits(c) {
			for _, h := range alg.Hashes() {
				out = append(out, ikesa.Policy{Hash: h, PRF: alg.HMAC(h), Cipher: c, KeyLen: bits / 8, Source: ikesa.Source{Kind: ikesa.Trial}})
			}
		}
	}
	return out
}
