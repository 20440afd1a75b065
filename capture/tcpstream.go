package capture

import (
	"container/list"
	"net/netip"
	"time"
)

// A tcpSegment is a TCP segment with data.
type tcpSegment struct {
	seq   uint32
	data  []byte
	frame int
	time  time.Time
}

// tcpStreams are the TCP connections that carry IKE and ESP, each direction a stream. The memory is bounded; the stream that
// has been idle longest goes first.
type tcpStreams struct {
	lose     func(Incomplete)
	known    func(src, dst netip.AddrPort) bool // see Splitter.KnownTCP
	maxBytes int
	bytes    int
	odd      int // streams on other ports than 4500
	streams  map[flow]*tcpStream
	order    *list.List // of *tcpStream, longest idle first
}

type flow struct{ src, dst netip.AddrPort }

func (f flow) reverse() flow { return flow{f.dst, f.src} }

func (f flow) odd() bool { return f.src.Port() != PortNATT && f.dst.Port() != PortNATT }

// A tcpStream is one direction of a connection.
type tcpStream struct {
	flow
	order *list.Element
	size  int // memory

	next    uint32 // sequence number of the first byte not had
	placed  bool   // next is known
	later   []tcpSegment
	waiting int // bytes in later
	acked   uint32
	hasAck  bool

	version  int  // of IP
	responds bool // from the responder to the initiator
	framing
}

// A frameMode is how well the place of the next frame in a stream is known.
type frameMode uint8

const (
	modeHunt    frameMode = iota // not at all
	modeStart                    // the stream prefix comes first
	modeFramed                   // it is at the front of the buffer
	modeIgnored                  // this is no stream of frames
)

// A part is a segment's share of the buffer.
type part struct {
	start, end int // in buf
	frame      int
	time       time.Time
}

// framing is what is known of the frames in a stream.
type framing struct {
	mode    frameMode
	trusted bool   // a stream prefix was seen, here or in the other direction: these are frames, plausible or not
	buf     []byte // had, in order
	used    int    // of buf
	parts   []part // of buf, without gaps
	skip    int    // bytes to come that belong to a frame with a hole in it
	hunted  int    // bytes searched in vain
	// While hunting: the bytes of buf that were there at the last search of all of it, and at the last search.
	searched, seen int
}

// rest is what was not used yet.
func (f *framing) rest() []byte { return f.buf[f.used:] }

// frames returns the capture frames that brought buf[used:end], in order, and when the last of them came.
func (s *tcpStream) frames(end int) (frames []int, last time.Time) {
	for _, p := range s.parts {
		if p.end <= s.used || p.start >= end {
			continue
		}
		frames = insertFrame(frames, p.frame)
		if p.time.After(last) {
			last = p.time
		}
	}
	return frames, last
}

// insertFrame keeps frames in order: segments may have come in another.
func insertFrame(frames []int, n int) []int {
	i := len(frames)
	for i > 0 && frames[i-1] > n {
		i--
	}
	if i > 0 && frames[i-1] == n {
		return frames
	}
	frames = append(frames, 0)
	copy(frames[i+1:], frames[i:])
	frames[i] = n
	return frames
}

// open returns the stream of f, a new one if there is none.
func (t *tcpStreams) open(f flow) *tcpStream {
	if s := t.streams[f]; s != nil {
		return s
	}
	s := &tcpStream{flow: f}
	s.size = streamOverhead
	s.order = t.order.PushBack(s)
	t.streams[f] = s
	t.bytes += s.size
	if f.odd() {
		t.odd++
	}
	return s
}

// expectResponder prepares the direction opposite to one that began with the stream prefix.
func (s *tcpStream) expectResponder() {
	s.responds, s.trusted = true, true
	if s.placed && s.mode == modeHunt && len(s.buf) == 0 {
		s.mode = modeFramed
	}
}
