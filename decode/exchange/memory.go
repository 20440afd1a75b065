package exchange

// What conversations take in memory, in bytes, with what solvers and reports make of them: by the peaks that ikebench -memory shows.
const (
	conversationMemory = 3 << 10
	messageMemory      = 3 << 10
	repeatMemory       = 256
	perByte            = 3 // of a message: the message itself, what is decrypted of it, what reports hold
	largest            = 8 // a conversation may take such a part of all
)

// grow counts a message.
func (c *Conversation) grow(m *Message) {
	c.bytes += len(m.Raw)
	c.memory += memoryOf(m)
}

// shrink is grow the other way.
func (c *Conversation) shrink(m *Message) {
	c.bytes -= len(m.Raw)
	c.memory -= memoryOf(m)
}

func memoryOf(m *Message) int64 {
	return messageMemory + perByte*int64(len(m.Raw)) + repeatMemory*int64(len(m.Repeats))
}

// Memory is about how many bytes the conversation takes, with what solvers and reports make of it.
func (c *Conversation) Memory() int64 { return c.memory }

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

// A list has conversations in the order of their last messages. The zero value is empty.
type list struct {
	first, last *Conversation
	n           int
}

// toEnd makes c, which may be in the list, the last one.
func (l *list) toEnd(c *Conversation) {
	if c == l.last {
		return
	}
	if c == l.first || c.prev != nil {
		l.remove(c)
	}
	if c.prev = l.last; c.prev != nil {
		c.prev.next = c
	} else {
		l.first = c
	}
	l.last = c
	l.n++
}

func (l *list) remove(c *Conversation) {
	if c.prev != nil {
		c.prev.next = c.next
	} else {
		l.first = c.next
	}
	if c.next != nil {
		c.next.prev = c.prev
	} else {
		l.last = c.prev
	}
	c.prev, c.next = nil, nil
	l.n--
}

// replace puts c where old is.
func (l *list) replace(old, c *Conversation) {
	if c.prev = old.prev; c.prev != nil {
		c.prev.next = c
	} else {
		l.first = c
	}
	if c.next = old.next; c.next != nil {
		c.next.prev = c
	} else {
		l.last = c
	}
	old.prev, old.next = nil, nil
}
