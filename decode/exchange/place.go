package exchange

import "net/netip"

// onePlace gives the conversations that were captured on both sides of a NAT the addresses of one side: those that the first one has. A conversation has
// those of its first message, which is first on the one side or on the other, by who sends it.
func onePlace(list []*Conversation) {
	type place = [2]netip.Addr
	first := make(map[place]place) // by the other place
	for _, c := range list {
		if c.Elsewhere == nil {
			continue
		}
		here, there := hostPair(c.InitiatorAddr, c.ResponderAddr), place(*c.Elsewhere)
		if first[here] == there {
			c.move()
		} else if _, ok := first[there]; !ok {
			first[there] = here
		}
	}
}

// move gives a conversation, and each message of it that was captured there, too, the addresses of the second place.
func (c *Conversation) move() {
	here, there := hostPair(c.InitiatorAddr, c.ResponderAddr), *c.Elsewhere
	for i, m := range c.Messages {
		if hostPair(m.Src, m.Dst) != here {
			continue
		}
		for k := range m.Repeats {
			if r := &m.Repeats[k]; r.Mirror && hostPair(r.Src, r.Dst) == there {
				m.swap(r)
				break
			}
		}
		if i == 0 && hostPair(m.Src, m.Dst) == there {
			c.InitiatorAddr, c.ResponderAddr = m.Src, m.Dst
			if !m.FromInitiator {
				c.InitiatorAddr, c.ResponderAddr = m.Dst, m.Src
			}
		}
	}
	if hostPair(c.InitiatorAddr, c.ResponderAddr) == there {
		c.Elsewhere = &here
	}
}

// swap makes a copy of m the message, and the message a copy.
func (m *Message) swap(r *Repeat) {
	was := Repeat{Frame: m.Frame, Time: m.Time, Src: m.Src, Dst: m.Dst, Mirror: true, repeat: m.repeat}
	m.Frame, m.Frames, m.Time, m.Src, m.Dst, m.repeat = r.Frame, nil, r.Time, r.Src, r.Dst, r.repeat
	*r = was
}
