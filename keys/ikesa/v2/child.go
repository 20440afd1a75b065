package v2

import (
	"encoding/binary"
	"slices"

	"github.com/ikedecode/ikedecode/decode/ike"
	"github.com/ikedecode/ikedecode/decode/ikev2"
	"github.com/ikedecode/ikedecode/esp"
	"github.com/ikedecode/ikedecode/keys/ikesa"
)

// children reads the exchanges that set up children, or rekey the IKE SA, and derives their keys.
func (s *solver) children(m *material) {
	for _, c := range s.childExchanges() {
		if rekey, ok := c.rekeys(); ok {
			s.noteRekey(rekey)
			continue
		}
		if !c.makesChild() {
			continue
		}
		child := s.child(m, c)
		c.x.Child = child
		s.sa.Children = append(s.sa.Children, child)
	}
}

// noteRekey keeps what the new IKE SA's keys are derived from (RFC 7296, section 2.18).
func (s *solver) noteRekey(r rekeyOf) {
	m := &material{
		exchanges: s.keyExchanges(*r.c),
		ni:        nonce(r.c.request), nr: nonce(r.c.response), kei: findKE(r.c.request.Payloads), ker: findKE(r.c.response.Payloads),
		frameI: r.c.request.Frame, frameR: r.c.response.Frame, nonces: [2]*ikesa.Message{r.c.request, r.c.response}, chosen: &r.c.chosen[0],
		source: ikesa.Source{Kind: ikesa.Chosen, Frame: r.c.response.Frame}, rekey: true, oldDs: s.ds(), oldPRF: s.sa.Policy.PRF,
		was: append(slices.Clone(s.Was), ikesa.SPIPair{I: s.sa.Initiator, R: s.sa.Responder}),
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
		s.rekeyed = make(map[ikesa.SPIPair]*material)
	}
	s.rekeyed[r.spis], s.heirs = m, append(s.heirs, r.spis)
}

// child reads one child and derives its keys, as far as both messages are there.
func (s *solver) child(m *material, c childExchange) *ikesa.Child {
	q, r := c.request, c.response
	child := &ikesa.Child{MessageID: c.x.MessageID, Version: 2, Complete: q != nil && r != nil, Nonces: [2]*ikesa.Message{q, r}}
	settle(child, c)
	k := childKeys{s: s, child: child, rootKnown: m.lost() == ikesa.LostNone}
	var ker *ikev2.KE
	if q != nil {
		child.Frames = append(child.Frames, q.Frame)
		child.FromInitiator, child.Initiator, child.Responder = q.FromInitiator, q.Src.Addr(), q.Dst.Addr()
		k.ni = nonce(q)
	}
	if r != nil {
		child.Frames = append(child.Frames, r.Frame)
		child.FromInitiator, child.Initiator, child.Responder = !r.FromInitiator, r.Dst.Addr(), r.Src.Addr()
		k.transport = hasNotify(r, ikev2.NotifyUseTransportMode)
		k.nr, ker = nonce(r), findKE(r.Payloads)
	}
	first := c.x.Type == ikev2.ExchangeAuth
	if k.first = first; first {
		k.ni, k.nr, child.Nonces = m.ni, m.nr, m.nonces
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

// settle notes what the two messages agree on, of which one may be lost.
func settle(c *ikesa.Child, x childExchange) {
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
	c.IPTFS = iptfs(x)
	for i := range c.Choice.Proposals {
		if t, ok := c.Choice.Proposals[i].Find(ike.ESN); ok && t.ID == 1 {
			c.ESN = true
		}
	}
}

// iptfs is what both messages say of AGGFRAG payloads. A responder does not offer them of its own accord (RFC 9347, section 5.1): where the
// request is lost, the response tells for both.
func iptfs(x childExchange) *ikesa.IPTFS {
	answer := x.response.Notify(ike.UseAGGFRAG)
	if answer == nil {
		return nil
	}
	t := &ikesa.IPTFS{Responder: aggfrag(answer)}
	if x.request == nil {
		return t
	}
	asked := x.request.Notify(ike.UseAGGFRAG)
	if asked == nil {
		return nil
	}
	t.Initiator = aggfrag(asked)
	return t
}

// aggfrag reads the flags of USE_AGGFRAG.
func aggfrag(n *ike.Notify) (a ikesa.AGGFRAG) {
	const noFragment, congestion = 0x01, 0x02
	if len(n.Data) > 0 {
		a.NoFragment, a.Congestion = n.Data[0]&noFragment != 0, n.Data[0]&congestion != 0
	}
	return a
}

// unanswered notes the SAs towards the initiator of an exchange whose answer is lost: their keys may come from elsewhere.
func (k *childKeys) unanswered(offered []ike.Proposal) {
	k.gap(ikesa.Gap{Code: ikesa.GapLost, Cause: ikesa.CauseChildMessage, Lost: ikesa.LostResponse})
	for i := range offered {
		p := &offered[i]
		if len(p.SPI) != 4 || i > 0 && string(p.SPI) == string(offered[i-1].SPI) {
			continue
		}
		c := ikesa.ChildSA{Protocol: esp.ESP, SPI: binary.BigEndian.Uint32(p.SPI), Choice: p}
		if p.Protocol == ike.AH {
			c.Protocol = esp.AH
		}
		c.Src, c.Dst = k.ends(false)
		k.child.SAs = append(k.child.SAs, c)
	}
}
