package exchange

import (
	"cmp"
	"errors"
	"math"
	"slices"

	"github.com/ikedecode/ikedecode/capture"
	"github.com/ikedecode/ikedecode/decode"
)

// errNotIKE is of a datagram on a port of IKE whose header no IKE message can have.
var errNotIKE = errors.New("not an IKE message")

// messageOf parses a datagram; nil for what is not an ISAKMP message at all.
func messageOf(d *capture.Datagram) (*Message, error) {
	dm, err := Parse(d.Payload)
	if dm == nil {
		return nil, err
	}
	if impossible(dm.Header) {
		return nil, errNotIKE
	}
	return &Message{
		Message: dm, Err: err, Frame: d.Frame, Frames: d.Frames, Time: d.Time, Src: d.Src, Dst: d.Dst,
		Marker: d.Marker, TCP: d.TCP, OddPort: d.OddPort, Cut: d.Cut, repeat: d.Repeat, hops: d.Hops,
	}, nil
}

// impossible reports whether a header is of something else, such as DNS from port 500 or a payload that was overwritten with zeros. The initiator's SPI
// must not be zero, and there are the versions 1 and 2 (RFC 7296, section 3.1); an implementation that gets one of both wrong is still heard. A length is
// beyond what UDP and the 16 bits before a message in TCP (RFC 9329, section 3) can carry.
func impossible(h decode.Header) bool {
	return h.Initiator.IsZero() && h.Major() != 1 && h.Major() != 2 || h.Length > math.MaxUint16
}

// datagrams are what the conversation was made of, in the order of the capture: taken in again they make it anew.
func (c *Conversation) datagrams() []capture.Datagram {
	var list []capture.Datagram
	fragments := make(map[int]bool) // their frames: a message put together from them has their repeats as its own
	one := func(m *Message) {
		list = append(list, capture.Datagram{
			Kind: capture.IKE, Frame: m.Frame, Frames: m.Frames, Time: m.Time, Src: m.Src, Dst: m.Dst, Repeat: m.repeat,
			Marker: m.Marker, TCP: m.TCP, OddPort: m.OddPort, Cut: m.Cut, Payload: m.Raw, Hops: m.hops,
		})
	}
	again := func(m *Message) {
		for _, r := range m.Repeats {
			if m.Fragments > 0 && fragments[r.Frame] {
				continue
			}
			list = append(list, capture.Datagram{
				Kind: capture.IKE, Frame: r.Frame, Time: r.Time, Src: r.Src, Dst: r.Dst, Repeat: r.repeat,
				Marker: m.Marker, TCP: m.TCP, OddPort: m.OddPort, Cut: m.Cut, Payload: m.Raw, Hops: m.hops,
			})
		}
	}
	for _, s := range c.sets {
		for n := 1; n <= maxFragments; n++ {
			p := s.parts[uint8(n)]
			if p == nil {
				continue
			}
			one(p)
			again(p)
			fragments[p.Frame] = true
			for _, r := range p.Repeats {
				fragments[r.Frame] = true
			}
		}
	}
	for _, m := range slices.Backward(c.Messages) { // of those with one time and frame the first stands last
		if m.Fragments == 0 {
			one(m)
		}
		again(m)
	}
	slices.SortStableFunc(list, func(a, b capture.Datagram) int { return cmp.Compare(a.Frame, b.Frame) })
	return list
}

// again makes a conversation of its datagrams, as far as max messages go.
func again(k spis, version int, list []capture.Datagram, max int) *Conversation {
	var c *Conversation
	for i := range list {
		d := &list[i]
		m, _ := messageOf(d)
		if m == nil {
			continue // cannot be: it was one before
		}
		if c == nil {
			c = newConversation(k, version, m)
		}
		c.add(m, max)
	}
	return c
}
