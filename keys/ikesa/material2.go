package ikesa

import (
	"github.com/ikedecode/ikedecode/decode"
	"github.com/ikedecode/ikedecode/keys/alg"
)

// A material2 is what the exchange that set an IKEv2 SA up shows: IKE_SA_INIT, or the CREATE_CHILD_SA that rekeyed it.
type material2 struct {
	ni, nr   []byte
	kei, ker *decode.KE2
	frameI   int
	frameR   int
	chosen   *decode.Proposal2
	offered  []decode.Proposal2
	source   string
	oldD     []byte  // SK_d of the SA that was rekeyed
	oldPRF   alg.PRF // and its PRF
}

// material2 collects what IKE_SA_INIT shows. It may have been repeated for a COOKIE or INVALID_KE_PAYLOAD: the request
// that counts is the last one before the answer with an SA payload.
func (s *solver) material2() *material2 {
	if m := s.rekeyed[spiPair{s.sa.Initiator, s.sa.Responder}]; m != nil {
		return m
	}
	m := &material2{}
	for _, msg := range s.sa.Messages {
		if msg.Message.Exchange != decode.ExchangeSAInit && msg.Message.Exchange != decode.ExchangeSessionResume {
			continue
		}
		p, hasSA := decode.Find(msg.Payloads, decode.Payload2SA)
		nonce, hasNonce := decode.Find(msg.Payloads, decode.Payload2Nonce)
		ke := findKE2(msg.Payloads)
		if msg.FromInitiator {
			if m.chosen != nil || !hasNonce {
				continue
			}
			m.ni, m.kei, m.frameI = nonce.Data(), ke, msg.Frame
			if sa, ok := p.Body.(*decode.SA2); hasSA && ok {
				m.offered, m.source = sa.Proposals, frameSource("offered", msg.Frame)
			}
			continue
		}
		if !hasNonce {
			continue
		}
		m.nr, m.ker, m.frameR = nonce.Data(), ke, msg.Frame
		if sa, ok := p.Body.(*decode.SA2); hasSA && ok && len(sa.Proposals) > 0 {
			m.chosen, m.source = &sa.Proposals[0], frameSource("chosen", msg.Frame)
		}
	}
	return m
}

func findKE2(ps []decode.Payload) *decode.KE2 {
	p, ok := decode.Find(ps, decode.Payload2KE)
	if !ok || p.Err != nil {
		return nil
	}
	k, _ := p.Body.(*decode.KE2)
	return k
}

// A spiPair names an IKE SA.
type spiPair struct{ i, r decode.SPI }
