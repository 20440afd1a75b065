package capture

import (
	"errors"
	"io"
)

const (
	streamBuffer = 128 << 10 // read at once
	shortHead    = 4 << 10   // of a file are looked at to see that it is a capture
	// maxPacket is the largest packet taken for one; libpcap's MAXIMUM_SNAPLEN. A record that claims more is garbage.
	maxPacket = 256 << 10
	// maxPeek is the most that is held of one record or block: a packet and its headers, or a block's options.
	maxPeek = maxPacket + 4096
)

// errShort says that a stream ends inside what was asked for.
var errShort = errors.New("the file ends inside it")

// A stream reads a capture front to back and knows at which offset it is. It holds at most maxPeek bytes, whatever a
// record claims to have.
type stream struct {
	r        io.Reader
	buf      []byte
	pos, end int   // buf[pos:end] was read and not consumed
	off      int64 // offset of buf[pos]
	err      error // of r; sticks
	record   int64 // where the record of the last packet starts
	bound    bool  // what is read from here on needs what came after the first packet: another section or interface
	keep     bool  // what was consumed stays where it is: it belongs to a Batch
}

// newStream reads so many bytes at once at first.
func newStream(r io.Reader, buffer int) *stream {
	return &stream{r: r, buf: make([]byte, buffer)}
}

// use makes the stream go on in buf, if that is long enough; what it has read and not consumed moves there. From then on what was
// consumed stays where it is.
func (s *stream) use(buf []byte) {
	s.keep = true
	if need := max(s.end-s.pos, streamBuffer); len(buf) < need {
		s.move(need)
		return
	}
	s.end = copy(buf, s.buf[s.pos:s.end])
	s.buf, s.pos = buf, 0
}

// leave makes the stream go on in a buffer of its own, after use.
func (s *stream) leave() {
	s.move(max(s.end-s.pos, streamBuffer))
	s.keep = false
}

// used reports whether little is left in the buffer, and no room to read much more.
func (s *stream) used() bool {
	return s.end-s.pos < streamBuffer/32 && len(s.buf)-s.end < streamBuffer/4
}

// buffered is what was read and not consumed.
func (s *stream) buffered() []byte { return s.buf[s.pos:s.end] }

// peek returns the next n bytes without consuming them. They are valid until the next call. At the end of the stream the
// error is io.EOF if nothing is left, errShort if something is but less than n; the bytes there are come with it.
func (s *stream) peek(n int) ([]byte, error) {
	if s.end-s.pos >= n {
		return s.buf[s.pos : s.pos+n], nil
	}
	s.fill(n)
	if have := s.end - s.pos; have < n {
		switch {
		case s.err != io.EOF:
			return s.buf[s.pos:s.end], s.err
		case have == 0:
			return nil, io.EOF
		}
		return s.buf[s.pos:s.end], errShort
	}
	return s.buf[s.pos : s.pos+n], nil
}

// fill reads until n bytes are there or the stream ends. n is at most maxPeek.
func (s *stream) fill(n int) {
	switch {
	case s.keep && n <= len(s.buf)-s.pos:
	case s.keep:
		s.move(max(n, streamBuffer))
	case n > len(s.buf):
		s.move(max(n, min(2*len(s.buf), maxPeek)))
	case s.pos > 0:
		s.end = copy(s.buf, s.buf[s.pos:s.end])
		s.pos = 0
	}
	for idle := 0; s.end-s.pos < n && s.err == nil; {
		m, err := s.r.Read(s.buf[s.end:])
		s.end += m
		s.err = err
		if m > 0 {
			idle = 0
		} else if idle++; idle > 100 && err == nil {
			s.err = io.ErrNoProgress
		}
	}
}

// move makes the stream go on in a new buffer of n bytes.
func (s *stream) move(n int) {
	buf := make([]byte, n)
	s.end = copy(buf, s.buf[s.pos:s.end])
	s.buf, s.pos = buf, 0
}

// skip consumes n bytes, which need not fit into the buffer. The error is errShort if there are fewer.
func (s *stream) skip(n int64) error {
	for n > 0 {
		if have := int64(s.end - s.pos); have > 0 {
			step := min(n, have)
			s.pos += int(step)
			s.off += step
			n -= step
			continue
		}
		if _, err := s.peek(1); err == io.EOF {
			return errShort
		} else if err != nil {
			return err
		}
	}
	return nil
}

// take consumes n bytes that a peek has returned before.
func (s *stream) take(n int) {
	s.pos += n
	s.off += int64(n)
}
