package exchange

import (
	"cmp"
	"net/netip"
	"slices"
	"time"

	"github.com/ikedecode/ikedecode/decode/ikev2"
)

// Bounds on what is looked through for each message: the paths of a conversation, and what of a message waits for its copy.
const (
	maxPlaces  = 64
	maxWaiting = 64
)

// Places are the two hosts of a conversation as they were captured at two places, on both sides of a NAT; of each the lower address first.
type Places struct{ First, Second [2]netip.Addr }

// onePlace gives the conversations that were captured on both sides of a NAT the addresses of one side: those that the first one has. A conversation has
// those of its first message, which is first on the one side or on the other, by who sends it.
func onePlace(list []*Conversation) {
	first := make(map[[2]netip.Addr][2]netip.Addr) // by the other place
	for _, c := range list {
		if len(c.Places) == 0 {
			continue
		}
		c.learnPlaces()
		c.mirror()
		p := &c.Places[0]
		if first[p.First] == p.Second {
			c.move()
		} else if _, ok := first[p.Second]; !ok {
			first[p.Second] = p.First
		}
		c.settle()
	}
}

// A sighting is a message as it was captured once.
type sighting struct {
	hosts [2]netip.Addr
	time  time.Time
	frame int
}

// sightings are those of a message in order of time.
func (m *Message) sightings() []sighting {
	list := []sighting{{hostPair(m.Src, m.Dst), m.Time, m.Frame}}
	for i := range m.Repeats {
		r := &m.Repeats[i]
		list = append(list, sighting{hostPair(r.Src, r.Dst), r.Time, r.Frame})
	}
	slices.SortFunc(list, func(a, b sighting) int { return cmp.Or(a.time.Compare(b.time), cmp.Compare(a.frame, b.frame)) })
	return list
}

// learnPlaces finds the further paths that a conversation was captured on at both places: MOBIKE moves it, or the NAT gives it another address. A request
// may be sent on several paths at once to try them (RFC 4555, section 3.10), its response comes on one.
func (c *Conversation) learnPlaces() {
	var early [2]int // what comes from the responder, the initiator: 1 first at the first place, -1 at the second, 0 not known
	for _, m := range c.Messages {
		if len(c.Places) == maxPlaces {
			return
		}
		seen := m.sightings()
		if len(seen) != 2 || seen[0].hosts == seen[1].hosts || seen[1].time.Sub(seen[0].time) >= elsewhereWithin {
			continue
		}
		side := 0
		if m.FromInitiator {
			side = 1
		}
		a, b := seen[0].hosts, seen[1].hosts
		switch {
		case c.are(Places{a, b}):
			early[side] = 1
		case c.are(Places{b, a}):
			early[side] = -1
		case c.Version == 2 && m.Flags&ikev2.FlagResponse == 0:
		case c.isFirst(b), !c.isFirst(a) && early[side] < 0:
			c.Places = append(c.Places, Places{b, a})
		default:
			c.Places = append(c.Places, Places{a, b})
		}
	}
}

func (c *Conversation) are(p Places) bool { return slices.Contains(c.Places, p) }

func (c *Conversation) isFirst(hosts [2]netip.Addr) bool {
	return slices.ContainsFunc(c.Places, func(p Places) bool { return p.First == hosts })
}

// mirror marks the copies of messages that are those of the other place.
func (c *Conversation) mirror() {
	if len(c.Places) < 2 {
		return // they were marked as they came
	}
	for _, m := range c.Messages {
		had := []sighting{{hostPair(m.Src, m.Dst), m.Time, m.Frame}}
		for i := range m.Repeats {
			r := &m.Repeats[i]
			s := sighting{hostPair(r.Src, r.Dst), r.Time, r.Frame}
			k := slices.IndexFunc(had, func(o sighting) bool {
				return s.time.Sub(o.time).Abs() < elsewhereWithin && (c.are(Places{o.hosts, s.hosts}) || c.are(Places{s.hosts, o.hosts}))
			})
			if k < 0 {
				had = append(had[max(0, len(had)-maxWaiting+1):], s)
				continue
			}
			r.Mirror = true
			had = slices.Delete(had, k, k+1) // each has one copy
		}
	}
}

// move takes the second place for the first one.
func (c *Conversation) move() {
	for i := range c.Places {
		p := &c.Places[i]
		p.First, p.Second = p.Second, p.First
	}
}

// settle gives each message that was captured at the first place, too, the addresses that it has there.
func (c *Conversation) settle() {
	for i, m := range c.Messages {
		here := hostPair(m.Src, m.Dst)
		k := slices.IndexFunc(m.Repeats, func(r Repeat) bool { return r.Mirror && c.are(Places{hostPair(r.Src, r.Dst), here}) })
		if c.isFirst(here) || k < 0 {
			continue
		}
		m.swap(&m.Repeats[k])
		if i == 0 {
			c.InitiatorAddr, c.ResponderAddr = m.Src, m.Dst
			if !m.FromInitiator {
				c.InitiatorAddr, c.ResponderAddr = m.Dst, m.Src
			}
		}
	}
}

// swap makes a copy of m the message, and the message a copy.
func (m *Message) swap(r *Repeat) {
	was := Repeat{Frame: m.Frame, Time: m.Time, Src: m.Src, Dst: m.Dst, Mirror: true, repeat: m.repeat}
	m.Frame, m.Frames, m.Time, m.Src, m.Dst, m.repeat = r.Frame, nil, r.Time, r.Src, r.Dst, r.repeat
	*r = was
}
