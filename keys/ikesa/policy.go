package ikesa

import (
	"fmt"
	"math"
	"slices"

	"github.com/ikedecode/ikedecode/decode"
	"github.com/ikedecode/ikedecode/decode/ike"
	"github.com/ikedecode/ikedecode/decode/ikev1"
	"github.com/ikedecode/ikedecode/keys/alg"
)

// Attribute types of phase 1 (RFC 2409, appendix A).
const (
	attrCipher    = 1
	attrHash      = 2
	attrAuth      = 3
	attrGroup     = 4
	attrPrime     = 6
	attrGenerator = 7
	attrPRF       = 13
	attrKeyLength = 14
)

// policies returns the transforms of phase 1 to try, the likeliest first. The responder's choice is the only one where
// the capture has it; else each offered transform; else, with the first two messages missing, every combination.
func (s *solver) policies() []Policy {
	if chosen := s.clearSA(false); chosen != nil {
		return s.transforms(chosen.sa, Source{Chosen, chosen.frame})
	}
	if offered := s.clearSA(true); offered != nil {
		if ps := s.transforms(offered.sa, Source{Offered, offered.frame}); len(ps) > 0 {
			return ps
		}
	}
	return trialPolicies()
}

type framedSA struct {
	sa    *ikev1.SA
	frame int
}

// clearSA returns the SA payload of phase 1 that the initiator, or the responder, sent.
func (s *solver) clearSA(initiator bool) *framedSA {
	for _, m := range s.sa.Messages {
		if !isPhase1(m) || m.FromInitiator != initiator {
			continue
		}
		if p, ok := decode.Find(m.Message.Payloads, ikev1.PayloadSA); ok {
			if sa, ok := p.Body.(*ikev1.SA); ok && len(sa.Proposals) > 0 {
				return &framedSA{sa, m.Frame}
			}
		}
	}
	return nil
}

func (sv *Solver) transforms(sa *ikev1.SA, source Source) []Policy {
	var out []Policy
	for _, p := range sa.Proposals {
		for i := range p.Transforms {
			q := sv.policyOf(&p.Transforms[i], source)
			q.Choice = &ike.Proposal{Number: p.Number, Protocol: ike.Protocol(p.Protocol), SPI: p.SPI,
				Suites: []ike.Suite{p.Transforms[i].Suite(ike.Protocol(p.Protocol))}}
			out = append(out, q)
		}
	}
	return out
}

// policyOf looks a transform's algorithms up. What has no implementation is named in Unsupported.
func (sv *Solver) policyOf(t *ikev1.Transform, source Source) Policy {
	p := Policy{Chosen: t, Source: source}
	if id, ok := attr(t, attrHash); ok {
		if p.Hash = alg.HashByID(uint16(id)); p.Hash == nil {
			p.Unsupported = ike.Phase1Hash.AlgorithmName(uint16(id))
		} else {
			p.PRF = alg.HMAC(p.Hash)
		}
	}
	if id, ok := attr(t, attrPRF); ok {
		// IKEv1 has no values of its own for the attribute; who sends it means those of IKEv2.
		if prf, ok := alg.PRFByIKEv2(uint16(id)); ok {
			p.PRF = prf
		} else {
			p.Unsupported = fmt.Sprintf("PRF %d", id)
		}
	}
	if id, ok := attr(t, attrCipher); ok {
		if p.Cipher = alg.CipherByPhase1(uint16(id)); p.Cipher == nil {
			p.Unsupported = ike.Phase1Cipher.AlgorithmName(uint16(id))
		}
	}
	if p.Cipher != nil {
		bits, _ := attr(t, attrKeyLength)
		n, err := alg.Phase1KeyLen(p.Cipher, uint16(min(bits, math.MaxUint16)))
		if err != nil {
			p.Unsupported = err.Error()
		}
		p.KeyLen = n
	}
	if id, ok := attr(t, attrAuth); ok {
		p.Auth = ike.AuthMethod{Version: ike.V1, Number: uint16(id)}
	}
	if id, ok := attr(t, attrGroup); ok {
		p.GroupID, p.Group = uint16(id), sv.group(uint16(id))
	} else {
		p.Group = groupByValues(t)
	}
	return p
}

func attr(t *ikev1.Transform, typ uint16) (uint64, bool) {
	a, ok := t.Attr(typ)
	if !ok {
		return 0, false
	}
	return a.Uint()
}

// trialPolicies are all combinations of hash and cipher that phase 1 knows, the usual ones first.
func trialPolicies() []Policy {
	var out []Policy
	for _, c := range alg.Ciphers() {
		if c.Phase1 == 0 || c.NewBlock == nil {
			continue
		}
		for _, bits := range trialBits(c) {
			for _, h := range alg.Hashes() {
				out = append(out, Policy{Hash: h, PRF: alg.HMAC(h), Cipher: c, KeyLen: bits / 8, Source: Source{Kind: Trial}})
			}
		}
	}
	return out
}

// trialBits are the key lengths worth a trial: of ciphers that take any number of bytes, the usual ones.
func trialBits(c *alg.Cipher) []int {
	if len(c.KeyBits) <= 3 {
		return c.KeyBits
	}
	bits := []int{c.KeyBits[0]}
	for _, b := range []int{c.Phase1Bits, 128, 192, 256} {
		if b != 0 && !slices.Contains(bits, b) && slices.Contains(c.KeyBits, b) {
			bits = append(bits, b)
		}
	}
	return bits
}
