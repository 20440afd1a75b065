package exchange

const recentMessages = 32

// Around is the part of a conversation that m is decrypted with: the messages that make the keys of the IKE SA, the last ones, and those of the
// exchange of m. Its size does not grow with the conversation; it is the conversation itself where that is no larger. The messages are shared.
func (c *Conversation) Around(m *Message) *Conversation {
	if len(c.Messages) <= setupMessages+recentMessages {
		return c
	}
	part := *c
	part.Messages = nil
	setup, from := 0, len(c.Messages)-recentMessages
	for i, o := range c.Messages {
		switch {
		case i >= from, o == m, m != nil && o.MessageID == m.MessageID && m.MessageID != 0 && o.startedByInitiator() == m.startedByInitiator():
		case o.setsUp() && setup < setupMessages:
			setup++
		default:
			continue
		}
		part.Messages = append(part.Messages, o)
	}
	return &part
}
