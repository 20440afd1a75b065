package exchange

import (
	"bytes"
	"hash/maphash"
	"net/netip"
	"slices"
	"time"

	"github.com/ikedecode/ikedecode/decode"
	"github.com/ikedecode/ikedecode/decode/ikev1"
	"github.com/ikedecode/ikedecode/decode/ikev2"
)

// spis are those of an IKE SA, or its cookies.
type spis struct{ initiator, responder decode.SPI }

func newConversation(k spis, version int, m *Message) *Conversation {
	return &Conversation{
		Initiator: k.initiator, Responder: k.responder, Version: version, InitiatorAddr: m.Src, ResponderAddr: m.Dst,
		seen: make(map[uint64]*Message), memory: conversationMemory,
	}
}

// between reports whether m runs between the two hosts of c. Of a conversation that is a part of a fragmented message so far, they are
// those of its first fragment.
func (c *Conversation) between(m *Message) bool {
	if len(c.hosts) == 0 {
		return hostPair(m.Src, m.Dst) == hostPair(c.InitiatorAddr, c.ResponderAddr)
	}
	_, src := c.hosts[m.Src.Addr()]
	_, dst := c.hosts[m.Dst.Addr()]
	return src || dst
}

// hostPair are the two hosts in order, whoever sends.
func hostPair(a, b netip.AddrPort) [2]netip.Addr {
	if b.Addr().Less(a.Addr()) {
		a, b = b, a
	}
	return [2]netip.Addr{a.Addr(), b.Addr()}
}

// maxInherited is how many messages are looked at for those that a conversation inherits: they are its first ones.
const maxInherited = 16

// inherit takes over the messages of s, which may be nil, that name no responder.
func (c *Conversation) inherit(s *Conversation) {
	if s == nil {
		return
	}
	for _, m := range s.Messages[:min(len(s.Messages), maxInherited)] {
		if m.Responder.IsZero() {
			cp := *m
			c.insert(&cp)
		}
	}
}

// add takes one message in: a repeat, a fragment, or a message of its own. It returns the message of the conversation that m is then, if any.
func (c *Conversation) add(m *Message, max int) *Message {
	if had, _ := c.same(m); had != nil {
		m.repeat = m.repeat || m.elsewhere(had)
		c.repeat(had, m, m.repeat)
		c.learn(m.Src.Addr(), had.FromInitiator)
		c.learn(m.Dst.Addr(), !had.FromInitiator)
		return had
	}
	if len(c.Messages)+len(c.sets) >= max {
		c.Dropped++
		return nil
	}
	if f := fragment(m.Message); f != nil {
		c.grow(m)
		whole := c.addFragment(m, f)
		if whole == nil {
			return nil
		}
		m = whole
		if had, _ := c.same(m); had != nil {
			c.repeat(had, m, false)
			return had
		}
	}
	c.insert(m)
	return m
}

// elsewhereWithin is how long a message takes, at most, from one place where it is captured to another.
const elsewhereWithin = time.Second

// repeat adds another copy of a message. Captures from both sides of a NAT show each message twice, with other addresses: that the first
// message has two pairs of them tells that these two are one path. Later such a copy is no retransmission, and the message is the one with
// the addresses of the first.
func (c *Conversation) repeat(had, m *Message, mirror bool) {
	before, was := had.Time, hostPair(had.Src, had.Dst)
	if n := len(had.Repeats); n > 0 {
		before, was = had.Repeats[n-1].Time, hostPair(had.Repeats[n-1].Src, had.Repeats[n-1].Dst)
	}
	here, first := hostPair(m.Src, m.Dst), hostPair(c.InitiatorAddr, c.ResponderAddr)
	r := Repeat{Frame: m.Frame, Time: m.Time, Src: m.Src, Dst: m.Dst, Mirror: mirror, repeat: m.repeat}
	if here != was && m.Time.Sub(before) < elsewhereWithin {
		if had == c.Messages[0] && here != first && len(c.Places) == 0 {
			c.Places = []Places{{First: first, Second: here}}
		}
		copied := len(had.Repeats) > 0 && had.Repeats[len(had.Repeats)-1].Mirror && m.Time.Sub(before) >= soonest // the one before has its copy
		r.Mirror = mirror || !copied && (c.are(Places{was, here}) || c.are(Places{here, was}))
	}
	r.Mirror = r.Mirror || here == was && c.notSent(had, m, before)
	if r.Mirror && here == first && hostPair(had.Src, had.Dst) != first {
		r = Repeat{Frame: had.Frame, Time: had.Time, Src: had.Src, Dst: had.Dst, Mirror: true, repeat: had.repeat}
		had.Frame, had.Frames, had.Time, had.Src, had.Dst, had.repeat, had.hops = m.Frame, m.Frames, m.Time, m.Src, m.Dst, m.repeat, m.hops
	}
	had.Repeats = append(had.Repeats, r)
	c.memory += repeatMemory
}

// The first retransmission of any daemon comes after 500 ms and more, the last one within minutes.
const (
	soonest = 200 * time.Millisecond
	latest  = 15 * time.Minute
	// lookBack is how many messages before a copy may be the reason that it was sent.
	lookBack = 16
)

// notSent reports whether another copy of a message, of which the one before was captured at before, is none that its sender sent: the network
// duplicates packets within moments, and what comes much later is replayed. A response is sent again for each copy of its request, and in IKEv1 any
// message when the one before it comes again.
func (c *Conversation) notSent(had, m *Message, before time.Time) bool {
	switch gap := m.Time.Sub(before); {
	case gap > latest:
		return true
	case gap <= 0 || gap >= soonest || had.Exchange == ikev2.ExchangeSAInit: // which is sent again at once for each COOKIE and INVALID_KE_PAYLOAD
		return false
	}
	response := func(m *Message) bool { return m.Flags&ikev2.FlagResponse != 0 }
	for _, o := range c.Messages[max(0, len(c.Messages)-lookBack):] {
		last := o.Time
		if n := len(o.Repeats); n > 0 {
			last = o.Repeats[n-1].Time
		}
		switch {
		case o.Src == m.Src:
		case had.Major() == 1 && !last.Before(before):
			return false
		case had.Major() == 2 && response(had) && !response(o) && o.MessageID == had.MessageID && o.Sent() > had.Sent():
			return false
		}
	}
	return true
}

// same finds the message that has the bytes of m, nil where none has, and the place of m among those seen.
func (c *Conversation) same(m *Message) (had *Message, sum uint64) {
	for sum = maphash.Bytes(seed, m.Raw); ; sum++ {
		if had = c.seen[sum]; had == nil || bytes.Equal(had.Raw, m.Raw) {
			return had, sum
		}
	}
}

func (c *Conversation) insert(m *Message) {
	c.grow(m)
	_, sum := c.same(m)
	c.seen[sum] = m
	i, _ := slices.BinarySearchFunc(c.Messages, m, func(a, b *Message) int {
		if n := a.Time.Compare(b.Time); n != 0 {
			return n
		}
		return a.Frame - b.Frame
	})
	c.Messages = slices.Insert(c.Messages, c.place(m, i), m)
	c.roles(m)
}

// setupMessages are the messages that make the keys of an IKE SA, at most.
const setupMessages = 48

// setsUp reports whether the keys of the IKE SA are made with the message.
func (m *Message) setsUp() bool {
	if m.Major() == 1 {
		return m.MessageID == 0 && m.Exchange != ikev1.ExchangeInformational
	}
	switch m.Exchange {
	case ikev2.ExchangeSAInit, ikev2.ExchangeAuth, ikev2.ExchangeIntermediate, ikev2.ExchangeSessionResume:
		return true
	}
	return false
}

// forget drops all but the messages that set the IKE SA up and the newest: n of those.
func (c *Conversation) forget(n int) {
	setup, from := 0, len(c.Messages)-n
	gone := make(map[*Message]bool)
	for _, m := range c.Messages[:max(0, from)] {
		if m.setsUp() && setup < setupMessages {
			setup++
			continue
		}
		gone[m] = true
		c.shrink(m)
		c.Forgotten++
	}
	c.Messages = slices.DeleteFunc(c.Messages, func(m *Message) bool { return gone[m] })
	clear(c.seen)
	for _, m := range c.Messages {
		_, sum := c.same(m)
		c.seen[sum] = m
	}
	c.sets = slices.DeleteFunc(c.sets, func(s *fragmentSet) bool { return gone[s.whole] })
	c.indexSets()
}

// seed is that of the sums of messages.
var seed = maphash.MakeSeed()
