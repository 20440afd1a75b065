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
