package sip

import (
	"bytes"
	"slices"
)

// A Stream is one direction of a TCP connection with SIP, of which segments may come twice or out of order. What it keeps is bounded:
// behind a segment that never comes it begins again at the next one that starts with a message.
type Stream struct {
	next  uint32 // the sequence number of what follows buf
	known bool
	buf   []byte // from the start of a message on
	seen  int    // bytes of buf in which no header ends
	skip  int    // bytes of a body to come
	later []segment
}

type segment struct {
	seq  uint32
	data []byte
}

const (
	maxLater  = 16      // segments that wait for one before them
	maxWindow = 1 << 20 // bytes; what is farther off is of another connection
)

// Size is how many bytes it keeps.
func (s *Stream) Size() int {
	n := cap(s.buf)
	for _, l := range s.later {
		n += cap(l.data)
	}
	return n
}

// Start begins a connection; seq is that of its first byte.
func (s *Stream) Start(seq uint32) { *s = Stream{next: seq, known: true} }

// Add takes a segment, and returns the messages whose headers it completes.
func (s *Stream) Add(seq uint32, data []byte) (list []*Message) {
	ahead := int32(seq - s.next)
	switch {
	case len(data) == 0:
		return nil
	case !s.known || ahead > maxWindow || ahead < -maxWindow:
		if !startsMessage(data) {
			return nil
		}
		s.Start(seq)
	case ahead > 0:
		s.keep(seq, data)
		if len(s.later) <= maxLater {
			return nil
		}
		held := s.later // the one before them does not come any more
		*s = Stream{}
		for _, l := range held {
			list = append(list, s.Add(l.seq, l.data)...)
		}
		return list
	}
	list = s.take(list, seq, data)
	for len(s.later) > 0 && int32(s.later[0].seq-s.next) <= 0 {
		l := s.later[0]
		s.later = s.later[1:]
		list = s.take(list, l.seq, l.data)
	}
	return list
}

func (s *Stream) keep(seq uint32, data []byte) {
	i, _ := slices.BinarySearchFunc(s.later, seq, func(l segment, seq uint32) int { return int(int32(l.seq - seq)) })
	s.later = slices.Insert(s.later, i, segment{seq, bytes.Clone(data)})
}

// take takes a segment that begins at next or before it.
func (s *Stream) take(list []*Message, seq uint32, data []byte) []*Message {
	had := int(s.next - seq)
	if had >= len(data) {
		return list
	}
	data = data[had:]
	s.next += uint32(len(data))
	n := min(s.skip, len(data))
	s.skip -= n
	s.buf = append(s.buf, data[n:]...)
	return s.parse(list)
}

// parse takes the messages out of what is there.
func (s *Stream) parse(list []*Message) []*Message {
	for {
		if s.seen == 0 {
			s.buf = bytes.TrimLeft(s.buf, "\r\n") // keepalives (RFC 5626, section 3.5.1)
		}
		if len(s.buf) == 0 {
			s.buf = nil
			return list
		}
		if !s.ends() && len(s.buf) < maxHeader && startsMessage(s.buf) {
			return list
		}
		m, err := Parse(s.buf)
		switch {
		case err != nil || !m.stated:
			if m != nil {
				list = append(list, m)
			}
			*s = Stream{} // where the next one begins is not known
			return list
		}
		list = append(list, m)
		end := min(m.size+m.length, len(s.buf))
		s.skip = m.size + m.length - end
		s.buf, s.seen = s.buf[end:], 0
	}
}

// ends reports whether there is an empty line in buf, whatever the size of segments: each byte is looked at once.
func (s *Stream) ends() bool {
	const emptyLine = 3 // bytes before the last
	b := s.buf[max(0, s.seen-emptyLine):]
	s.seen = len(s.buf)
	return bytes.Contains(b, []byte("\n\n")) || bytes.Contains(b, []byte("\n\r\n"))
}

// startsMessage reports whether b begins as a message does, as far as it goes.
func startsMessage(b []byte) bool {
	n := min(len(b), len(response))
	if bytes.Equal(b[:n], response[:n]) {
		return true
	}
	method, _, more := bytes.Cut(b, []byte(" "))
	return isToken(method) && (more || len(b) < maxHeader)
}
