package exchange

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
