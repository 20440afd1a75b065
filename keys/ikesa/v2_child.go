package ikesa

import (
	"slices"

	"github.com/ikedecode/ikedecode/decode"
	"github.com/ikedecode/ikedecode/decode/ike"
	"github.com/ikedecode/ikedecode/decode/ikev2"
	"github.com/ikedecode/ikedecode/esp"
)

// Notify types of IKEv2 that decide how a child is used (RFC 7296, section 3.10.1).
const (
	notifyIPComp    = 16387
	notifyTransport = 16391
)

// children2 reads the exchanges that set up children, or rekey the IKE SA, and derives their keys.
func (s *solver) children2(m *material2) {
	for _, c := range s.childExchanges() {
		if rekey, ok := c.rekeys(); ok {
			s.noteRekey(rekey)
			continue
		}
		if !c.makesChild() {
			continue
		}
		child := s.child2(m, c)
		c.x.Child = child
		s.sa.Children = append(s.sa.Children, child)
	}
}

// makesChild reports whether the exchange, as far as it can be read, negotiated a child. An answer that says why it did not
// is no lost one; neither is one that stayed closed.
func (c *childExchange) makesChild() bool {
	switch {
	case c.response != nil:
		return len(c.chosen) > 0 && c.chosen[0].Protocol != ike.IKE
	case c.request != nil:
		return !c.refused && len(c.offered) > 0 && c.offered[0].Protocol != ike.IKE
	}
	return false
}

// A childExchange is the pair of messages that negotiate a child.
type childExchange struct {
	request, response *Message
	offered, chosen   []ike.Proposal
	x                 *Exchange // with the last SA payload
	refused           bool      // answered without an SA payload, or by a message that stayed closed
}

// childExchanges are IKE_AUTH, whose messages may be several where EAP is used, and each CREATE_CHILD_SA.
func (s *solver) childExchanges() []childExchange {
	var out []childExchange
	var auth childExchange
	for _, x := range s.sa.Exchanges {
		switch x.Type {
		case ikev2.ExchangeAuth:
			auth.read(x)
		case ikev2.ExchangeCreateChild:
			var c childExchange
			c.read(x)
			out = append(out, c)
		}
	}
	return append([]childExchange{auth}, out...)
}

// read takes the messages with SA payloads out of an exchange.
func (c *childExchange) read(x *Exchange) {
	for _, m := range x.Messages {
		answer := m.Flags&ikev2.FlagResponse != 0
		sa := offer2(m)
		switch {
		case sa == nil:
			c.refused = c.refused || answer && (m.State == Closed || hasError(m))
		case answer:
			c.response, c.chosen, c.x = m, sa.Proposals, x
		case c.request == nil:
			c.request, c.offered, c.x = m, sa.Proposals, x
		}
	}
}

// hasError reports whether a message has a notify of an error (RFC 7296, section 3.10.1).
func hasError(m *Message) bool {
	for _, p := range m.Payloads {
		if n, ok := p.Body.(*ikev2.Notify); ok && uint16(n.Type) < 16384 {
			return true
		}
	}
	return false
}

// rekeys reports whether the exchange sets up a new IKE SA in place of this one.
func (c *childExchange) rekeys() (rekeyOf, bool) {
	if c.request == nil || c.response == nil || len(c.chosen) == 0 || c.chosen[0].Protocol != ike.IKE || len(c.chosen[0].SPI) != 8 {
		return rekeyOf{}, false
	}
	r := rekeyOf{c: c}
	copy(r.spis.r[:], c.chosen[0].SPI)
	for _, p := range c.offered {
		if len(p.SPI) == 8 && (p.Number == c.chosen[0].Number || r.spis.i.IsZero()) {
			copy(r.spis.i[:], p.SPI)
		}
	}
	return r, !r.spis.i.IsZero()
}

type rekeyOf struct {
	c    *childExchange
	spis spiPair
}

// noteRekey keeps what the new IKE SA's keys are derived from (RFC 7296, section 2.18).
func (s *solver) noteRekey(r rekeyOf) {
	m := &material2{
		exchanges: s.keyExchanges(*r.c),
		ni:        nonce2(r.c.request), nr: nonce2(r.c.response), kei: findKE2(r.c.request.Payloads), ker: findKE2(r.c.response.Payloads),
		frameI: r.c.request.Frame, frameR: r.c.response.Frame, nonces: [2]*Message{r.c.request, r.c.response}, chosen: &r.c.chosen[0],
		source: Source{Chosen, r.c.response.Frame}, rekey: true, oldDs: s.ds(), oldPRF: s.sa.Policy.PRF,
		was: append(slices.Clone(s.was), spiPair{s.sa.Initiator, s.sa.Responder}),
	}
	if m.oldPRF.Sum == nil && len(m.oldDs) > 0 {
		// Nothing tells the old SA's PRF apart from others of the same length: the first one is as good as any.
		if ps := s.prfs(m.oldDs[0]); len(ps) > 0 {
			m.oldPRF = ps[0]
		}
	}
	if m.oldPRF.Sum == nil {
		m.oldDs = nil
	}
	if s.rekeyed == nil {
		s.rekeyed = make(map[spiPair]*material2)
	}
	s.rekeyed[r.spis] = m
}

func nonce2(m *Message) []byte {
	p, ok := decode.Find(m.Payloads, ikev2.PayloadNonce)
	if !ok || p.Err != nil {
		return nil
	}
	return p.Data()
}

// child2 reads one child and derives its keys, as far as both messages are there.
func (s *solver) child2(m *material2, c childExchange) *Child {
	q, r := c.request, c.response
	child := &Child{MessageID: c.x.MessageID, Version: 2, Complete: q != nil && r != nil, nonces: [2]*Message{q, r}}
	child.settle2(c)
	k := childKeys{s: s, child: child}
	var ker *ikev2.KE
	if q != nil {
		child.Frames = append(child.Frames, q.Frame)
		child.FromInitiator, child.Initiator, child.Responder = q.FromInitiator, q.Src.Addr(), q.Dst.Addr()
		k.ni = nonce2(q)
	}
	if r != nil {
		child.Frames = append(child.Frames, r.Frame)
		child.FromInitiator, child.Initiator, child.Responder = !r.FromInitiator, r.Dst.Addr(), r.Src.Addr()
		k.transport = hasNotify(r, notifyTransport)
		k.nr, ker = nonce2(r), findKE2(r.Payloads)
	}
	first := c.x.Type == ikev2.ExchangeAuth
	if k.first = first; first {
		k.ni, k.nr, child.nonces = m.ni, m.nr, m.nonces
	} else if ker != nil {
		child.PFS.Group = uint16(ker.Group)
	}
	if r == nil {
		k.unanswered(c.offered)
		return child
	}
	k.find(ker, c)
	for i := range c.chosen {
		k.add(&c.chosen[i], c.offered)
	}
	if q != nil {
		k.addIPComp(q, r)
	}
	return child
}

// settle2 notes what the two messages agree on, of which one may be lost.
func (c *Child) settle2(x childExchange) {
	c.PFS.Applies = x.x.Type != ikev2.ExchangeAuth
	if x.request != nil {
		c.Offer = x.request.Offer()
		c.Asked, _ = x.request.Traffic()
	}
	if x.response == nil {
		return
	}
	c.Choice = x.response.Offer()
	c.Agreed, _ = x.response.Traffic()
	switch {
	case x.response.Notify(ike.UseTransportMode) != nil:
		c.Mode = ike.Transport
	case x.response.Notify(ike.UseBEETMode) != nil:
		c.Mode = ike.BEET
	default:
		c.Mode = ike.Tunnel
	}
	for i := range c.Choice.Proposals {
		if t, ok := c.Choice.Proposals[i].Find(ike.ESN); ok && t.ID == 1 {
			c.ESN = true
		}
	}
}

// unanswered notes the SAs towards the initiator of an exchange whose answer is lost: their keys may come from elsewhere.
func (k *childKeys) unanswered(offered []ike.Proposal) {
	k.gap(Gap{Code: GapLost, Cause: CauseChildMessage, Lost: LostResponse})
	for i := range offered {
		p := &offered[i]
		if len(p.SPI) != 4 || i > 0 && string(p.SPI) == string(offered[i-1].SPI) {
			continue
		}
		c := ChildSA{Protocol: esp.ESP, SPI: spiNumber(p.SPI), Choice: p}
		if p.Protocol == ike.AH {
			c.Protocol = esp.AH
		}
		c.Src, c.Dst = k.ends(false)
		k.child.SAs = append(k.child.SAs, c)
	}
}

func hasNotify(m *Message, typ uint16) bool {
	for _, p := range m.Payloads {
		if n, ok := p.Body.(*ikev2.Notify); ok && uint16(n.Type) == typ {
			return true
		}
	}
	return false
}
