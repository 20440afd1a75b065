package exchange

import (
	"cmp"
	"math"
	"slices"

	"github.com/ikedecode/ikedecode/capture"
	"github.com/ikedecode/ikedecode/decode"
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
	onePlace(out)
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

// Memory is about how many bytes the conversations take, those in the archive, too.
func (t *Tracker) Memory() int64 { return t.memory + t.archiveMemory() }

// full reports whether one conversation takes too much of the room of all. With an archive it goes on there.
func (t *Tracker) full(c *Conversation) bool {
	return c.memory > t.opt.MaxMemory/largest && c.memory > conversationMemory+messageMemory ||
		t.opt.Archive != nil && len(c.Messages)+len(c.sets) >= t.opt.MaxMessages
}

// archiveMemory is what the rows of the archive take.
func (t *Tracker) archiveMemory() int64 {
	if t.opt.Archive == nil {
		return 0
	}
	return RowBytes * int64(len(t.opt.Archive.rows))
}
