package exchange

import (
	"bytes"
	"cmp"
	"hash/maphash"
	"math"
	"net/netip"
	"slices"
	"time"

	"github.com/ikedecode/ikedecode/capture"
	"github.com/ikedecode/ikedecode/decode"
	"github.com/ikedecode/ikedecode/decode/ikev1"
	"github.com/ikedecode/ikedecode/decode/ikev2"
)

// Options bound what a Tracker keeps. Zero values mean the defaults.
type Options struct {
	MaxConversations int   // 0: as many as MaxMemory has room for
	MaxMemory        int64 // bytes of all conversations, with what solvers and reports make of them; default 512 MiB
	MaxMessages      int   // of one conversation; default 20,000
	// Forget is how many messages a conversation has at most before its older ones are forgotten, but for those that make its keys; 0: none
	// is. It is for captures without an end.
	Forget int
	// Archive, if set, gets the conversations for which there is no room.
	Archive *Archive
}

// A Tracker sorts messages into conversations. What goes over its bounds pushes out the conversation that had no message for the longest
// time: into the archive where there is one.
type Tracker struct {
	opt    Options
	quiet  list // of all, the one that had no message for the longest time first
	made   int
	bySPIs map[spis]*Conversation
	byInit map[decode.SPI][]*Conversation // at most maxAlike each
	memory int64
	// OnEvict, if set, gets each conversation that is pushed out and not archived, so that it can still be reported.
	OnEvict func(*Conversation)
	evicts  int
}

// NewTracker returns an empty tracker.
func NewTracker(opt Options) *Tracker {
	if opt.MaxConversations <= 0 {
		opt.MaxConversations = math.MaxInt
	}
	if opt.MaxMemory <= 0 {
		opt.MaxMemory = 512 << 20
	}
	if opt.MaxMessages <= 0 {
		opt.MaxMessages = 20_000
	}
	if a := opt.Archive; a != nil {
		a.max, a.maxSize, a.maxRows = opt.MaxMessages, opt.MaxMemory/(largest*perByte), int(opt.MaxMemory*3/4/RowBytes)
	}
	return &Tracker{opt: opt, bySPIs: make(map[spis]*Conversation), byInit: make(map[decode.SPI][]*Conversation)}
}

// Add takes one IKE datagram in. It reports an error only for what is not an ISAKMP message at all.
func (t *Tracker) Add(d *capture.Datagram) error {
	_, _, err := t.Take(d)
	return err
}

// Take is Add that returns the conversation, and the message of it that d is, repeats, or completes by an IKE fragment; nil for a fragment
// that completes none.
func (t *Tracker) Take(d *capture.Datagram) (*Conversation, *Message, error) {
	m, err := messageOf(d)
	if m == nil {
		return nil, nil, err
	}
	c := t.conversation(m)
	if t.full(c) {
		if t.opt.Archive == nil {
			c.Dropped++
			return c, nil, nil
		}
		t.push(c)
		c = t.conversation(m)
	}
	before := c.memory
	m = c.add(m, t.opt.MaxMessages)
	if t.opt.Forget > 0 && len(c.Messages) > t.opt.Forget {
		c.forget(t.opt.Forget / 2)
	}
	t.memory += c.memory - before
	t.quiet.toEnd(c)
	t.evict()
	return c, m, nil
}

// spis are those of an IKE SA, or its cookies.
type spis struct{ initiator, responder decode.SPI }

// maxAlike is how many conversations with one initiator's SPI are looked through for a message that names no responder. As a rule there is
// one, but whoever answers can make any number.
const maxAlike = 64

// conversation finds or starts the conversation that m belongs to.
func (t *Tracker) conversation(m *Message) *Conversation {
	k := spis{m.Initiator, m.Responder}
	if c := t.bySPIs[k]; c != nil {
		return c
	}
	if !m.Responder.IsZero() {
		if i, ok := t.opt.Archive.find(k); ok {
			return t.goOn(i, m)
		}
	}
	same := t.byInit[m.Initiator]
	if m.Responder.IsZero() {
		// A first message that came again after its answer, or a response that leaves the responder's cookie zero.
		for _, c := range same {
			if c.Version == m.Major() && c.between(m) {
				return c
			}
		}
	} else {
		open := spis{initiator: m.Initiator}
		if c := t.bySPIs[open]; c != nil && c.Version == m.Major() && c.between(m) {
			c.Responder = m.Responder
			if c.row > 0 {
				t.opt.Archive.answered(c.row-1, m.Responder)
			}
			delete(t.bySPIs, open)
			t.bySPIs[k] = c
			return c
		}
	}
	if c := t.fromArchive(m); c != nil {
		return c
	}
	c := newConversation(k, m.Major(), m)
	// Two responders may answer one first message: each conversation has it.
	if !m.Responder.IsZero() {
		if len(same) > 0 {
			c.inherit(same[0])
		} else if i, ok := t.opt.Archive.find(spis{initiator: m.Initiator}); ok {
			c.inherit(t.opt.Archive.head(i))
		}
	}
	t.enter(k, c)
	return c
}

func newConversation(k spis, version int, m *Message) *Conversation {
	return &Conversation{
		Initiator: k.initiator, Responder: k.responder, Version: version, InitiatorAddr: m.Src, ResponderAddr: m.Dst,
		seen: make(map[uint64]*Message), memory: conversationMemory,
	}
}

// enter makes c one of the conversations.
func (t *Tracker) enter(k spis, c *Conversation) {
	t.bySPIs[k] = c
	if same := t.byInit[k.initiator]; len(same) < maxAlike {
		t.byInit[k.initiator] = append(same, c)
	}
	c.number = t.made
	t.made++
	t.quiet.toEnd(c)
	t.memory += c.memory
}

// fromArchive finds the conversation of a message without responder, or of a response that names it first, among those in the archive.
func (t *Tracker) fromArchive(m *Message) *Conversation {
	a := t.opt.Archive
	i, ok := a.find(spis{initiator: m.Initiator})
	if !ok || !m.Responder.IsZero() && !a.rows[i].responder.IsZero() {
		return nil
	}
	if head := a.head(i); head == nil || head.Version != m.Major() || !head.between(m) {
		return nil
	}
	if a.rows[i].responder.IsZero() && !m.Responder.IsZero() {
		a.answered(i, m.Responder)
	}
	return t.goOn(i, m)
}

// goOn is the conversation in memory of one in the archive.
func (t *Tracker) goOn(i int, m *Message) *Conversation {
	k := t.opt.Archive.rows[i].spis
	c := t.bySPIs[k]
	if c == nil {
		c = newConversation(k, m.Major(), m)
		c.row = i + 1
		t.enter(k, c)
	}
	return c
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
		if had == c.Messages[0] && here != first && c.Elsewhere == nil {
			c.Elsewhere = &[2]netip.Addr{here[0], here[1]}
		}
		r.Mirror = mirror || c.Elsewhere != nil && (here == *c.Elsewhere && was == first || here == first && was == *c.Elsewhere)
	}
	if r.Mirror && here == first && hostPair(had.Src, had.Dst) != first {
		r = Repeat{Frame: had.Frame, Time: had.Time, Src: had.Src, Dst: had.Dst, Mirror: true, repeat: had.repeat}
		had.Frame, had.Frames, had.Time, had.Src, had.Dst, had.repeat = m.Frame, m.Frames, m.Time, m.Src, m.Dst, m.repeat
	}
	had.Repeats = append(had.Repeats, r)
	c.memory += repeatMemory
}

// seed is that of the sums of messages.
var seed = maphash.MakeSeed()

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
	c.Messages = slices.Insert(c.Messages, i, m)
	c.roles(m)
}

// evict pushes the conversations out that had no message for the longest time, while the bounds are exceeded. The last one stays.
func (t *Tracker) evict() {
	for t.quiet.n > 1 && (t.quiet.n > t.opt.MaxConversations || t.Memory() > t.opt.MaxMemory) {
		t.push(t.quiet.first)
	}
}

// push pushes a conversation out.
func (t *Tracker) push(old *Conversation) {
	t.quiet.remove(old)
	t.memory -= old.memory
	delete(t.bySPIs, spis{old.Initiator, old.Responder})
	same := slices.DeleteFunc(t.byInit[old.Initiator], func(c *Conversation) bool { return c == old })
	if len(same) == 0 {
		delete(t.byInit, old.Initiator)
	} else {
		t.byInit[old.Initiator] = same
	}
	if a := t.opt.Archive; a != nil && a.put(old) {
		return
	}
	t.evicts++
	if t.OnEvict != nil {
		t.OnEvict(old)
	}
}

// Evicted is the number of conversations that were pushed out and are in no archive.
func (t *Tracker) Evicted() int { return t.evicts }

// Conversations returns those in memory, in order of their first message; one that is in the archive in part is there as a whole then, or all
// in the archive. A conversation of nothing but IKE fragments that never came together has the fragments as its messages.
func (t *Tracker) Conversations() []*Conversation {
	t.gather()
	var out []*Conversation
	for c := t.quiet.first; c != nil; c = c.next {
		out = append(out, c)
	}
	for _, c := range out {
		if len(c.Messages) == 0 {
			for _, f := range c.OpenFragments() {
				c.insert(f)
			}
		}
	}
	out = slices.DeleteFunc(out, func(c *Conversation) bool { return len(c.Messages) == 0 })
	slices.SortFunc(out, func(a, b *Conversation) int {
		return cmp.Or(a.Messages[0].Frame-b.Messages[0].Frame, a.number-b.number)
	})
	return out
}

// gather puts together what is in memory and in the archive, as far as there is room.
func (t *Tracker) gather() {
	for c := t.quiet.first; c != nil; {
		old := c
		c = c.next
		if old.row == 0 {
			continue
		}
		a := t.opt.Archive
		r := &a.rows[old.row-1]
		more := int64(r.n)*messageMemory + perByte*r.size
		if !a.inOne(old.row-1) || t.Memory()+more > t.opt.MaxMemory {
			t.push(old)
			continue
		}
		whole := a.take(old)
		whole.number = old.number
		t.memory += whole.memory - old.memory
		t.bySPIs[spis{old.Initiator, old.Responder}] = whole
		t.quiet.replace(old, whole)
	}
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
