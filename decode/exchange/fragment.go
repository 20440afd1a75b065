package exchange

import (
	"bytes"
	"slices"

	"github.com/ikedecode/ikedecode/decode"
	"github.com/ikedecode/ikedecode/decode/ikev1"
)

// maxFragments bounds the fragments of one message: the number is one byte on the wire.
const maxFragments = 255

// maxSets is how many sets with one ID a fragment may belong to. As a rule all but the newest are complete.
const maxSets = 64

// indexSets finds the sets by their IDs.
func (c *Conversation) indexSets() {
	c.byID = nil
	for _, s := range c.sets {
		c.indexSet(s)
	}
}

func (c *Conversation) indexSet(s *fragmentSet) {
	if c.byID == nil {
		c.byID = make(map[fragmentID][]*fragmentSet)
	}
	list := c.byID[s.fragmentID]
	if len(list) == maxSets {
		list = slices.Delete(list, 0, 1)
	}
	c.byID[s.fragmentID] = append(list, s)
}

// fragment returns the fragment payload of m, nil if it has none.
func fragment(m *decode.Message) *ikev1.Fragment {
	p, ok := decode.Find(m.Payloads, ikev1.PayloadFragment)
	if !ok || p.Err != nil {
		return nil
	}
	f, ok := p.Body.(*ikev1.Fragment)
	if !ok || f.Number == 0 {
		return nil
	}
	return f
}

// addFragment takes one fragment in and returns the message that it completes, or nil.
func (c *Conversation) addFragment(m *Message, f *ikev1.Fragment) *Message {
	id := fragmentID{m.Src.Addr(), f.ID}
	// The newest set first: an older one with a hole must not swallow the fragments of a later message.
	for _, s := range slices.Backward(c.byID[id]) {
		had := s.parts[f.Number]
		if had != nil && bytes.Equal(had.Raw, m.Raw) {
			s.repeat(had, m)
			return nil
		}
	}
	for _, s := range slices.Backward(c.byID[id]) {
		if s.takes(f) {
			return s.add(m, f)
		}
	}
	s := &fragmentSet{fragmentID: id, parts: make(map[uint8]*Message)}
	c.sets = append(c.sets, s)
	c.indexSet(s)
	return s.add(m, f)
}

func (s *fragmentSet) takes(f *ikev1.Fragment) bool {
	if s.whole != nil || s.parts[f.Number] != nil {
		return false
	}
	if s.last != 0 && (f.Last || f.Number > s.last) {
		return false
	}
	return true
}

// repeat notes that a fragment came again. A resent message shows by its first fragment.
func (s *fragmentSet) repeat(had, m *Message) {
	m.repeat = m.repeat || m.elsewhere(had)
	r := Repeat{Frame: m.Frame, Time: m.Time, Src: m.Src, Dst: m.Dst, Mirror: m.repeat, repeat: m.repeat}
	had.Repeats = append(had.Repeats, r)
	if s.whole != nil && s.parts[1] == had {
		s.whole.Repeats = append(s.whole.Repeats, r)
	}
}

func (s *fragmentSet) add(m *Message, f *ikev1.Fragment) *Message {
	s.parts[f.Number] = m
	if f.Last {
		s.last = f.Number
	}
	if s.last == 0 || len(s.parts) < int(s.last) {
		return nil
	}
	var raw []byte
	var frames []int
	for n := 1; n <= int(s.last); n++ {
		part := s.parts[uint8(n)]
		if part == nil {
			return nil
		}
		raw = append(raw, fragment(part.Message).Data...)
		frames = append(frames, part.Frame)
	}
	slices.Sort(frames)
	whole, err := Parse(raw)
	if whole == nil {
		return nil
	}
	w := *m // addresses, time and frame of the fragment that completed it
	w.Message, w.Err, w.Frames, w.Fragments, w.Repeats = whole, err, frames, len(frames), nil
	s.whole = &w
	return &w
}

// OpenFragments returns the IKE fragments whose message never came together.
func (c *Conversation) OpenFragments() []*Message {
	var out []*Message
	for _, s := range c.sets {
		if s.whole != nil {
			continue
		}
		for n := 1; n <= maxFragments; n++ {
			if p := s.parts[uint8(n)]; p != nil {
				out = append(out, p)
			}
		}
	}
	return out
}

// A Part is an IKE fragment of IKEv1 with what became of it.
type Part struct {
	*Message
	Number, Total int            // from 1; Total is 0 where the last one is missing
	Whole         *Message       // put together; nil: the others never came
	Inner         *decode.Header // of the message that it is a part of; nil where the first fragment is missing
}

// Parts returns all IKE fragments of the conversation.
func (c *Conversation) Parts() (list []Part) {
	for _, s := range c.sets {
		var inner *decode.Header
		if first := s.parts[1]; first != nil {
			if h, err := decode.ParseHeader(fragment(first.Message).Data); err == nil {
				inner = &h
			}
		}
		for n := 1; n <= maxFragments; n++ {
			if p := s.parts[uint8(n)]; p != nil {
				list = append(list, Part{p, n, int(s.last), s.whole, inner})
			}
		}
	}
	return list
}
