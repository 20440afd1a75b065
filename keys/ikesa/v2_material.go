package ikesa

import (
	"github.com/ikedecode/ikedecode/decode"
	"github.com/ikedecode/ikedecode/decode/ike"
	"github.com/ikedecode/ikedecode/decode/ikev2"
	"github.com/ikedecode/ikedecode/keys/alg"
)

// A material2 is what the exchange that set an IKEv2 SA up shows: IKE_SA_INIT, or the CREATE_CHILD_SA that rekeyed it.
type material2 struct {
	ni, nr   []byte
	kei, ker *ikev2.KE
	frameI   int
	frameR   int
	nonces   [2]*Message // that have ni and nr; nil where they are lost
	chosen   *ike.Proposal
	offered  []ike.Proposal
	source   Source
	request  *Message // IKE_SA_INIT's, the one that was answered; nil where it is lost, or the SA rekeys another
	answer   *Message
	rekey    bool
	was      []spiPair
	resume   bool // by IKE_SESSION_RESUME
	// exchanges are the key exchanges of a rekey: that of CREATE_CHILD_SA, and the additional ones.
	exchanges []keyExchange2
	oldDs     [][]byte // candidates for SK_d of the SA that was rekeyed
	oldPRF    alg.PRF  // and its PRF
}

// material2 collects what IKE_SA_INIT shows. It may have been repeated for a COOKIE or INVALID_KE_PAYLOAD, and the capture may
// have its messages in any order.
func (s *solver) material2() *material2 {
	if m := s.rekeyed[spiPair{s.sa.Initiator, s.sa.Responder}]; m != nil {
		s.was = m.was
		return m
	}
	m := &material2{}
	var requests []*Message
	for _, msg := range s.sa.Messages {
		if !isInit2(msg) || nonce2(msg) == nil {
			continue
		}
		switch {
		case msg.FromInitiator:
			requests = append(requests, msg)
		case m.answer == nil || m.chosen == nil:
			m.readAnswer(msg)
		}
	}
	m.readRequest(asked(requests, m.answer, m.ker))
	return m
}

// isInit2 reports whether a message belongs to the exchange that sets an IKE SA up.
func isInit2(m *Message) bool {
	return m.Message.Exchange == ikev2.ExchangeSAInit || m.Message.Exchange == ikev2.ExchangeSessionResume
}

func (m *material2) readAnswer(msg *Message) {
	m.answer, m.nr, m.ker, m.frameR = msg, nonce2(msg), findKE2(msg.Payloads), msg.Frame
	m.nonces[1] = msg
	if sa := offer2(msg); len(proposals(sa)) > 0 {
		m.chosen, m.source = &sa.Proposals[0], Source{Chosen, msg.Frame}
	}
}

func (m *material2) readRequest(msg *Message) {
	if msg == nil {
		return
	}
	m.resume = msg.Message.Exchange == ikev2.ExchangeSessionResume
	m.request, m.ni, m.kei, m.frameI = msg, nonce2(msg), findKE2(msg.Payloads), msg.Frame
	m.nonces[0] = msg
	if sa := offer2(msg); sa != nil && m.chosen == nil {
		m.offered, m.source = sa.Proposals, Source{Offered, msg.Frame}
	}
}

// asked is the request that an answer belongs to: of those with the group of the answer the last one before it, or the last
// one where the capture has the answer first. nil without requests.
func asked(requests []*Message, answer *Message, ker *ikev2.KE) *Message {
	var best *Message
	rank := -1
	for _, q := range requests {
		n := 0
		if kei := findKE2(q.Payloads); kei != nil && ker != nil && kei.Group == ker.Group {
			n = 2
		}
		if answer != nil && q.Frame < answer.Frame {
			n++
		}
		if n >= rank {
			best, rank = q, n
		}
	}
	return best
}

// offer2 is what the SA payload of a message offers, or takes; nil where it has none, or one that does not parse.
func offer2(m *Message) *ike.Offer {
	if p, ok := decode.Find(m.Payloads, ikev2.PayloadSA); !ok || p.Err != nil {
		return nil
	}
	return m.Offer()
}

func findKE2(ps []decode.Payload) *ikev2.KE {
	p, ok := decode.Find(ps, ikev2.PayloadKE)
	if !ok || p.Err != nil {
		return nil
	}
	k, _ := p.Body.(*ikev2.KE)
	return k
}

// A spiPair names an IKE SA.
type spiPair struct{ i, r decode.SPI }
