package exchange

import (
	"net/netip"

	"github.com/ikedecode/ikedecode/decode"
	"github.com/ikedecode/ikedecode/decode/ikev1"
	"github.com/ikedecode/ikedecode/decode/ikev2"
)

// roles sets who sent m, and learns from m who the initiator is. Any message may be the first one that the capture has.
func (c *Conversation) roles(m *Message) {
	if m.Major() == 2 {
		c.rolesByFlag(m)
		return
	}
	if initiator, sure := roleByContent(m); sure && !c.RolesKnown {
		c.RolesKnown = true
		c.setRoles(m, initiator)
	}
	if !c.RolesKnown && !c.RolesByOrder && c.isMessage5(m) {
		c.RolesByOrder = true
		c.setRoles(m, true)
	}
	if len(c.hosts) == 0 {
		c.setRoles(m, guess(m))
		return
	}
	m.FromInitiator = c.fromInitiator(m)
	c.learn(m.Src.Addr(), m.FromInitiator)
	c.learn(m.Dst.Addr(), !m.FromInitiator)
}

// rolesByFlag sets who sent m of IKEv2, where each message says so itself (RFC 7296, section 3.1): addresses may change on the
// way (RFC 4555).
func (c *Conversation) rolesByFlag(m *Message) {
	initiator := m.Flags&ikev2.FlagInitiator != 0
	if !c.RolesKnown {
		c.RolesKnown = true
		c.setRoles(m, initiator)
	}
	m.FromInitiator = initiator
	c.learn(m.Src.Addr(), initiator)
	c.learn(m.Dst.Addr(), !initiator)
}

// roleByContent tells whether the sender of m is the initiator where m verifies it.
func roleByContent(m *Message) (initiator, sure bool) {
	phase1 := m.Exchange == ikev1.ExchangeMain || m.Exchange == ikev1.ExchangeAggressive || m.Exchange == ikev1.ExchangeBase
	if !phase1 {
		return false, false
	}
	if m.Responder.IsZero() {
		return true, true
	}
	// Phase 1's SA payload goes out once in each direction; with the responder's cookie set it is the response.
	if _, ok := decode.Find(m.Payloads, ikev1.PayloadSA); ok {
		return false, true
	}
	return false, false
}

// isMessage5 reports whether m is message 5 of Main Mode, the first that is encrypted, as far as its order shows: it follows a message of its peer, which is
// message 4.
func (c *Conversation) isMessage5(m *Message) bool {
	if m.Exchange != ikev1.ExchangeMain || m.Flags&ikev1.FlagEncryption == 0 {
		return false
	}
	at := len(c.Messages) - 1
	for at > 0 && c.Messages[at] != m { // the last one, but for captures out of order
		at--
	}
	if at < 1 {
		return false
	}
	last := c.Messages[at-1]
	ofPeer := last.Src.Addr() == m.Dst.Addr() && last.Dst.Addr() == m.Src.Addr() && m.Src.Addr() != m.Dst.Addr()
	return ofPeer && last.Exchange == ikev1.ExchangeMain && last.Flags&ikev1.FlagEncryption == 0
}

// guess tells whether the sender of the first message seen is the initiator: in phase 1 the initiator speaks first, and
// what comes later says nothing.
func guess(*Message) bool { return true }

func (c *Conversation) setRoles(m *Message, initiator bool) {
	flip := len(c.hosts) > 0 && c.fromInitiator(m) != initiator
	if initiator {
		c.InitiatorAddr, c.ResponderAddr = m.Src, m.Dst
	} else {
		c.InitiatorAddr, c.ResponderAddr = m.Dst, m.Src
	}
	if len(c.hosts) == 0 || flip {
		c.hosts = make(map[netip.Addr]bool)
		c.learn(m.Src.Addr(), initiator)
		c.learn(m.Dst.Addr(), !initiator)
	}
	m.FromInitiator = initiator
	if flip {
		for _, o := range c.Messages {
			o.FromInitiator = c.fromInitiator(o)
		}
	}
}

// Flip exchanges the roles: a HASH has shown that the guess was wrong.
func (c *Conversation) Flip() {
	c.InitiatorAddr, c.ResponderAddr = c.ResponderAddr, c.InitiatorAddr
	for a, i := range c.hosts {
		c.hosts[a] = !i
	}
	for _, m := range c.Messages {
		m.FromInitiator = !m.FromInitiator
	}
}

// fromInitiator tells by the addresses who sent m. Where both peers have one address, the ports decide.
func (c *Conversation) fromInitiator(m *Message) bool {
	if m.Src.Addr() == m.Dst.Addr() {
		return m.Src.Port() == c.InitiatorAddr.Port() || m.Dst.Port() == c.ResponderAddr.Port()
	}
	if i, ok := c.hosts[m.Src.Addr()]; ok {
		return i
	}
	if i, ok := c.hosts[m.Dst.Addr()]; ok {
		return !i
	}
	return m.Src == c.InitiatorAddr
}

// learn notes that addr is the initiator's or the responder's; what is known first stays.
func (c *Conversation) learn(addr netip.Addr, initiator bool) {
	if _, ok := c.hosts[addr]; !ok {
		c.hosts[addr] = initiator
	}
}
