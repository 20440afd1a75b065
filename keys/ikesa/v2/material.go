package v2

import (
	"github.com/ikedecode/ikedecode/decode/ikev2"
	"github.com/ikedecode/ikedecode/keys/ikesa"
)

// readMaterial collects what IKE_SA_INIT shows. It may have been repeated for a COOKIE or INVALID_KE_PAYLOAD, and the capture may
// have its messages in any order.
func (s *solver) readMaterial() *material {
	if m := s.rekeyed[ikesa.SPIPair{I: s.sa.Initiator, R: s.sa.Responder}]; m != nil {
		s.Was = m.was
		return m
	}
	m := &material{}
	var requests []*ikesa.Message
	for _, msg := range s.sa.Messages {
		if !isInit(msg) || nonce(msg) == nil {
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

func (m *material) readAnswer(msg *ikesa.Message) {
	m.answer, m.nr, m.ker, m.frameR = msg, nonce(msg), findKE(msg.Payloads), msg.Frame
	m.nonces[1] = msg
	if sa := offer(msg); len(ikesa.Proposals(sa)) > 0 {
		m.chosen, m.source = &sa.Proposals[0], ikesa.Source{Kind: ikesa.Chosen, Frame: msg.Frame}
	}
}

func (m *material) readRequest(msg *ikesa.Message) {
	if msg == nil {
		return
	}
	m.resume = msg.Message.Exchange == ikev2.ExchangeSessionResume
	m.request, m.ni, m.kei, m.frameI = msg, nonce(msg), findKE(msg.Payloads), msg.Frame
	m.nonces[0] = msg
	if sa := offer(msg); sa != nil && m.chosen == nil {
		m.offered, m.source = sa.Proposals, ikesa.Source{Kind: ikesa.Offered, Frame: msg.Frame}
	}
}

// asked is the request that a response belongs to: of those with the group of the response the last one before it, or the last
// one where the capture has the response first. nil without requests.
func asked(requests []*ikesa.Message, answer *ikesa.Message, ker *ikev2.KE) *ikesa.Message {
	var best *ikesa.Message
	rank := -1
	for _, q := range requests {
		n := 0
		if kei := findKE(q.Payloads); kei != nil && ker != nil && kei.Group == ker.Group {
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
