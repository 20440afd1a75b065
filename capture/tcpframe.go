package capture

import (
	"bytes"
	"encoding/binary"
	"sort"

	"github.com/ikedecode/ikedecode/internal/ip"
)

const (
	frameLenSize = 2 // the length field of a frame, which counts itself (RFC 9329, 3)
	minFrameESP  = 16
	// maxHunt is how many bytes are searched for frames before a stream is taken for something else.
	maxHunt    = 256 << 10
	maxHuntBuf = 96 << 10 // more than the longest frame
	chainLen   = 8        // frames looked ahead at
	seqAhead   = 64       // how far apart sequence numbers of successive ESP packets may be
)

// streamPrefix is what the initiator of a TCP connection sends first (RFC 9329, 4).
var streamPrefix = []byte("IKETCP")

// deliver takes the next bytes of the stream and appends the messages that they complete.
func (s *tcpStream) deliver(dst []Datagram, seg tcpSegment, t *tcpStreams) []Datagram {
	n := min(s.skip, len(seg.data))
	s.skip -= n
	seg.data = seg.data[n:]
	if s.mode == modeIgnored || len(seg.data) == 0 {
		return dst
	}
	s.parts = append(s.parts, part{len(s.buf), len(s.buf) + len(seg.data), seg.frame, seg.time})
	s.buf = append(s.buf, seg.data...)
	return s.parse(dst, t)
}

// parse takes as much out of the buffer as there is.
func (s *tcpStream) parse(dst []Datagram, t *tcpStreams) []Datagram {
	for again := true; again; {
		dst, again = s.step(dst, t)
	}
	s.compact()
	return dst
}

// compact takes what was used out of the buffer.
func (s *tcpStream) compact() {
	if s.used == 0 {
		return
	}
	keep := s.parts[:0]
	for _, p := range s.parts {
		if p.end > s.used {
			keep = append(keep, part{max(p.start-s.used, 0), p.end - s.used, p.frame, p.time})
		}
	}
	s.parts = keep
	s.buf = s.buf[:copy(s.buf, s.rest())]
	s.used = 0
	if len(s.buf) == 0 { // most streams are idle most of the time
		s.buf, s.parts = nil, nil
	}
}

// step handles the next thing in the buffer. It reports whether there may be more.
func (s *tcpStream) step(dst []Datagram, t *tcpStreams) ([]Datagram, bool) {
	switch s.mode {
	case modeStart:
		return dst, s.stepStart(t)
	case modeFramed:
		return s.stepFramed(dst, t)
	case modeHunt:
		return dst, s.stepHunt(t)
	}
	return dst, false
}

// stepStart takes the stream prefix off. A stream without it may still be one of frames.
func (s *tcpStream) stepStart(t *tcpStreams) bool {
	b := s.rest()
	n := min(len(b), len(streamPrefix))
	if !bytes.Equal(b[:n], streamPrefix[:n]) {
		s.mode = modeHunt
		return true
	}
	if n < len(streamPrefix) {
		return false
	}
	s.used += n
	s.mode, s.trusted, s.responds = modeFramed, true, false
	t.open(s.reverse()).expectResponder()
	return true
}

// stepFramed takes the frame at the front.
func (s *tcpStream) stepFramed(dst []Datagram, t *tcpStreams) ([]Datagram, bool) {
	b := s.rest()
	if len(b) < frameLenSize {
		return dst, false
	}
	n := int(binary.BigEndian.Uint16(b))
	if n < frameLenSize || !s.trusted && classify(b, n) == implausible {
		s.mode = modeHunt
		return dst, true
	}
	if len(b) < n {
		return dst, false
	}
	if d, ok := s.message(b[frameLenSize:n], s.used+n); ok {
		dst = append(dst, d)
	}
	s.used += n
	return dst, true
}

// stepHunt looks for the first frame.
func (s *tcpStream) stepHunt(t *tcpStreams) bool {
	b := s.rest()
	if at, ok := s.search(b); ok {
		s.abandon(at, 0, t)
		s.mode, s.hunted, s.searched, s.seen = modeFramed, 0, 0, 0
		return true
	}
	if len(b) <= maxHuntBuf {
		return false
	}
	s.hunted += len(b) / 2
	s.abandon(len(b)/2, 0, t)
	s.searched, s.seen = 0, 0
	if s.hunted > maxHunt {
		s.abandon(len(s.rest()), 0, t)
		s.mode = modeIgnored
	}
	return false
}

// search looks for a frame in b. What was searched before is searched again only when b has grown by an eighth since:
// that keeps the work in proportion to the bytes, however small the segments are.
func (s *tcpStream) search(b []byte) (at int, ok bool) {
	from := max(s.seen-frameLenSize-markerLen-ikeHeaderLen, 0)
	if len(b) >= s.searched+s.searched/8 {
		from, s.searched = 0, len(b)
	}
	s.seen = len(b)
	next := sort.Search(len(s.parts), func(k int) bool { return s.parts[k].start >= s.used+from })
	for i := from; i < len(b); i++ {
		starts := next < len(s.parts) && s.parts[next].start == s.used+i
		if starts {
			next++
		}
		if chained(b[i:], starts) {
			return i, true
		}
	}
	return 0, false
}

// A plausibility is how much a frame looks like one.
type plausibility uint8

const (
	implausible plausibility = iota
	possible
	certain
)

// classify judges a frame of n bytes, of which b need not have all.
func classify(b []byte, n int) plausibility {
	body, size := b[frameLenSize:min(n, len(b))], n-frameLenSize
	switch {
	case size < 1:
		return implausible
	case len(body) == 0:
		return possible
	case size < minFrameESP:
		if size == 1 && body[0] == 0xff { // a keepalive
			return possible
		}
		return implausible
	case len(body) < markerLen:
		return possible
	}
	spi := binary.BigEndian.Uint32(body)
	switch {
	case spi >= firstSPI:
		return possible
	case spi != 0 || size < markerLen+ikeHeaderLen:
		return implausible
	case len(body) < markerLen+ikeHeaderLen:
		return possible
	case ikeFits(body[markerLen:], size-markerLen):
		return certain
	}
	return implausible
}

// chained says whether frames start at b: an IKE message does, or two ESP packets of one SA follow one another, or, if a
// segment starts here, whole frames fill it.
func chained(b []byte, segmentStart bool) bool {
	var spi, seq uint32
	for frames := 0; frames < chainLen; frames++ {
		if len(b) == 0 {
			return segmentStart && frames > 0
		}
		if len(b) < frameLenSize {
			return false
		}
		n := int(binary.BigEndian.Uint16(b))
		if n < frameLenSize {
			return false
		}
		switch classify(b, n) {
		case implausible:
			return false
		case certain:
			return true
		}
		if len(b) >= frameLenSize+8 && n >= frameLenSize+8 {
			id, no := binary.BigEndian.Uint32(b[2:]), binary.BigEndian.Uint32(b[6:])
			if id == spi && no-seq-1 < seqAhead {
				return true
			}
			spi, seq = id, no
		}
		if n > len(b) {
			return false
		}
		b = b[n:]
	}
	return segmentStart
}

// hole says that gap bytes are missing behind those had. Where the frame that they are a part of ends is known if its
// length is.
func (s *tcpStream) hole(gap int, t *tcpStreams) {
	b := s.rest()
	want, left := 0, s.skip
	if s.mode == modeFramed && len(b) >= frameLenSize {
		want = int(binary.BigEndian.Uint16(b))
		left = want - len(b)
	}
	s.abandon(len(b), want, t)
	s.searched, s.seen = 0, 0
	s.skip = left - gap
	if s.mode == modeStart || s.mode == modeFramed && s.skip < 0 {
		s.mode = modeHunt
	}
	s.skip = max(s.skip, 0)
}

// abandon gives up the next n bytes, of a frame of want bytes if that is known.
func (s *tcpStream) abandon(n, want int, t *tcpStreams) {
	if n > 0 {
		frames, _ := s.frames(s.used + n)
		t.lose(Incomplete{
			Frames: frames, Src: s.src.Addr(), Dst: s.dst.Addr(), Protocol: ip.ProtoTCP, Have: n, Want: want,
		})
	}
	s.used += n
	s.compact()
}
