// Package exchange groups ISAKMP messages into conversations (one pair of cookies, or IKE SPIs, between two hosts) and
// exchanges (one message ID). It folds retransmissions and duplicates, reassembles IKE fragments and tells the
// initiator from the responder. It has no keys.
package exchange

import (
	"iter"
	"net/netip"
	"time"

	"github.com/ikedecode/ikedecode/decode"
	"github.com/ikedecode/ikedecode/decode/ikev1"
	"github.com/ikedecode/ikedecode/decode/ikev2"
)

// A Message is one ISAKMP message of a conversation. Copies of it are folded into Repeats.
type Message struct {
	*decode.Message
	Err      error // what was wrong with it on the wire; Message holds what could be read
	Frame    int   // the frame that completed it
	Frames   []int // all frames it came in, where it was fragmented; nil otherwise
	Time     time.Time
	Src, Dst netip.AddrPort
	Marker   bool // it had the non-ESP marker
	TCP      bool
	OddPort  bool // found on a port that is not IKE's
	Cut      bool // the snap length cut it

	FromInitiator bool // sent by the initiator of the IKE SA
	Repeats       []Repeat
	// Fragments is the number of IKE fragments it was put together from; 0 for a message that came whole.
	Fragments int

	repeat bool  // the datagram that it came in is a Repeat, or was captured elsewhere
	hops   uint8 // the hop limit that it came with; 0: not known
}

// A Repeat is another copy of a message.
type Repeat struct {
	Frame    int
	Time     time.Time
	Src, Dst netip.AddrPort
	Mirror   bool // captured twice, not sent twice

	repeat bool // the datagram is a Repeat
}

// After reports whether m was captured after o: where the times are the same, or there are none, by the order of frames.
func (m *Message) After(o *Message) bool { return after(m.Time, m.Frame, o) }

// After is that of [Message], for a copy.
func (r *Repeat) After(o *Message) bool { return after(r.Time, r.Frame, o) }

// elsewhere reports whether m is a copy of o that was captured at another place on the way between the same hosts: what is sent again comes as far as
// the first one did.
func (m *Message) elsewhere(o *Message) bool {
	return m.Src == o.Src && m.Dst == o.Dst && m.hops != o.hops && m.hops > 0 && o.hops > 0
}

func after(t time.Time, frame int, o *Message) bool {
	if n := t.Compare(o.Time); n != 0 {
		return n > 0
	}
	return frame > o.Frame
}

// Sent is the number of times that the message was sent, as far as the capture shows: copies that the capture point
// saw twice are not counted.
func (m *Message) Sent() int {
	n := 1
	for _, r := range m.Repeats {
		if !r.Mirror {
			n++
		}
	}
	return n
}

// Paths are the addresses with which the message was captured: its own, and those of its copies at another place.
func (m *Message) Paths() iter.Seq2[netip.AddrPort, netip.AddrPort] {
	return func(yield func(src, dst netip.AddrPort) bool) {
		if !yield(m.Src, m.Dst) {
			return
		}
		for _, r := range m.Repeats {
			if r.Mirror && hostPair(r.Src, r.Dst) != hostPair(m.Src, m.Dst) && !yield(r.Src, r.Dst) {
				return
			}
		}
	}
}

// startedByInitiator reports whether m, of IKEv2, belongs to an exchange that the IKE SA's initiator started: each side
// counts its message IDs for itself (RFC 7296, section 2.2).
func (m *Message) startedByInitiator() bool {
	return (m.Flags&ikev2.FlagInitiator != 0) == (m.Flags&ikev2.FlagResponse == 0)
}

// An Exchange is what belongs to one message ID (or, for phase 1, to message ID 0) and exchange type.
type Exchange struct {
	Type      decode.ExchangeType
	MessageID uint32
	Messages  []*Message // in order of time
}

// A Conversation is all that was said under one pair of cookies.
type Conversation struct {
	Initiator, Responder         decode.SPI
	Version                      int            // major
	InitiatorAddr, ResponderAddr netip.AddrPort // as in the first message
	// RolesKnown tells that a message shows who the initiator is; else it is the sender of the first message.
	RolesKnown bool
	// RolesByOrder tells that the order of the messages shows which peer is the initiator, where the first ones are missing.
	RolesByOrder bool
	Messages     []*Message // in order of time, IKE fragments left out
	// Places are the paths whose messages were captured at two places, the one that the conversation began on first; none: there is one place.
	Places []Places
	// Dropped counts messages that went over the bound on a conversation's size.
	Dropped int
	// Forgotten counts messages that Options.Forget let go.
	Forgotten int

	number     int // in which it was made
	row        int // of the archive, from 1, with the messages before; 0: there are none
	bytes      int // of messages
	memory     int64
	prev, next *Conversation // see list

	seen  map[uint64]*Message // by the sum of the raw bytes, or the next free one behind it
	sets  []*fragmentSet
	byID  map[fragmentID][]*fragmentSet // the newest of sets, at most maxSets of one ID
	hosts map[netip.Addr]bool           // true: the initiator's; nil before the first message
}

// Start and End are the times of the first and the last message.
func (c *Conversation) Start() time.Time { return c.Messages[0].Time }

// End is the time of the last message.
func (c *Conversation) End() time.Time { return c.Messages[len(c.Messages)-1].Time }

// Exchanges groups the messages, in order of their first one. Phase 1 comes as one exchange; every message of an
// exchange without message ID that is not phase 1 stands alone.
func (c *Conversation) Exchanges() []*Exchange {
	type key struct {
		t         decode.ExchangeType
		id        uint32
		initiator bool
	}
	byKey := make(map[key]*Exchange)
	var all []*Exchange
	for _, m := range c.Messages {
		k := key{m.Exchange, m.MessageID, c.Version == 2 && m.startedByInitiator()}
		x := byKey[k]
		if x == nil || (m.MessageID == 0 && m.Exchange == ikev1.ExchangeInformational && c.Version == 1) {
			x = &Exchange{Type: m.Exchange, MessageID: m.MessageID}
			byKey[k] = x
			all = append(all, x)
		}
		x.Messages = append(x.Messages, m)
	}
	return all
}

// A fragmentID is the ID of fragments from one host.
type fragmentID struct {
	src netip.Addr
	id  uint16
}

// A fragmentSet is one IKE message that came in fragments (payload 132). Implementations reuse the fragment ID for the
// next message of the same SA, so sets are told apart by content, not by ID alone.
type fragmentSet struct {
	fragmentID
	parts map[uint8]*Message
	last  uint8    // number of the last fragment, 0 while it is missing
	whole *Message // once complete
}
