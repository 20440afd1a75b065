package ike

import "github.com/ikedecode/ikedecode/keys/alg"

// hashOfPRF are the hash algorithms of IKEv1 that the HMACs of IKEv2's PRFs are made of.
var hashOfPRF = map[uint16]uint16{1: 1, 2: 2, 3: 3, 5: 4, 6: 5, 7: 6}

// In is an offer as version v has it. Daemons write the proposals of IKEv1 in the terms of IKEv2; those of IKEv2 stay as they are.
// What IKEv1 has no attribute for is left out, and so is what goes without saying: that sequence numbers are of 32 bits. An algorithm that it has
// no number for stays one of IKEv2.
// The hash of phase 1 is that of the PRF.
func (o *Offer) In(v Version) *Offer {
	if v == o.Version || v != V1 {
		return o
	}
	r := &Offer{Version: v, Proposals: make([]Proposal, len(o.Proposals))}
	for i, p := range o.Proposals {
		r.Proposals[i] = p
		r.Proposals[i].Suites = make([]Suite, len(p.Suites))
		for k, s := range p.Suites {
			list := s.Transforms
			s.Transforms = nil
			for _, t := range list {
				if t, ok := t.in1(p.Protocol); ok {
					s.Transforms = append(s.Transforms, t)
				}
			}
			r.Proposals[i].Suites[k] = s
		}
	}
	return r
}

// in1 is a transform of IKEv2 as a proposal of IKEv1 for protocol p has it.
func (t Transform) in1(p Protocol) (Transform, bool) {
	switch {
	case t.Kind == KeyExchange:
		return t, true
	case t.Kind == PRF && p == IKE:
		t.Kind, t.Space, t.ID = HashAlg, Phase1Hash, hashOfPRF[t.ID]
	case t.Kind == Encryption:
		switch c := alg.CipherByIKEv2(t.ID); {
		case c == nil:
		case p == IKE && c.Phase1 != 0:
			t.Space, t.ID = Phase1Cipher, c.Phase1
		case p != IKE && c.ESP != 0:
			t.Space, t.ID = ESPTransform, uint16(c.ESP)
		}
	case t.Kind == Integrity && p != IKE:
		if m := alg.MACByIKEv2(t.ID); m != nil && m.AuthAttr != 0 {
			t.Space, t.ID = Phase2Auth, m.AuthAttr
		}
	case t.Kind == ESN && p != IKE && t.ID == 1:
		t.Space = Phase2ESN
	default:
		return t, false
	}
	return t, t.ID != 0
}
