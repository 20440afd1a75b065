package capture

import (
	"bytes"
	"container/list"
	"net/netip"
	"slices"
	"time"

	"github.com/ikedecode/ikedecode/internal/ip"
)

const (
	streamOverhead  = 1024
	segmentOverhead = 96
	// maxWindow is the farthest that a segment can be from its stream's place; beyond, it is of another connection.
	maxWindow = 16 << 20
	// A segment that was not captured does not come any more. It is given up when later ones fill maxHole bytes or
	// maxHoleSegments, have waited holeWait, or holeAcked once the receiver has acknowledged what is missing.
	maxHole         = 512 << 10
	maxHoleSegments = 512
	holeWait        = 3 * time.Second
	holeAcked       = 200 * time.Millisecond
)

func newTCPStreams(maxBytes int, lose func(Incomplete)) *tcpStreams {
	if maxBytes <= 0 {
		maxBytes = defaultFragmentBytes
	}
	return &tcpStreams{lose: lose, maxBytes: maxBytes, streams: map[flow]*tcpStream{}, order: list.New()}
}

// split takes a TCP packet: d for itself if nothing in it waits or completes, else the messages that it completes.
func (t *tcpStreams) split(dst []Datagram, d Datagram, pk *ipPacket) []Datagram {
	tcp := pk.payload()
	h, ok := ip.ParseTCP(tcp)
	if !ok {
		return append(dst, d)
	}
	d.Src, d.Dst = netip.AddrPortFrom(pk.Src, h.Src), netip.AddrPortFrom(pk.Dst, h.Dst)
	seg := tcpSegment{seq: h.Seq, data: tcp[h.Len:], frame: d.Frame, time: d.Time}
	s := t.stream(flow{d.Src, d.Dst}, seg.data)
	if s == nil {
		return append(dst, d)
	}
	s.version = pk.Version
	before := len(dst)
	if h.Flags&ip.ACK != 0 {
		dst = t.acknowledge(dst, s.reverse(), h.Ack, d.Time)
	}
	if h.Flags&ip.SYN != 0 {
		dst = s.finish(dst, t)
		seg.seq++
		s.start(seg.seq, h.Flags&ip.ACK != 0)
	}
	waits := false
	if len(seg.data) > 0 {
		dst, waits = s.add(dst, seg, t)
	}
	dst = t.account(dst, s)
	for i := before; i < len(dst); i++ {
		dst[i].Wrapping = d.Wrapping // that of the frame that they take the place of
	}
	if !waits && len(dst) == before {
		dst = append(dst, d)
	}
	return dst
}

// stream returns the stream of a segment, nil if it carries no IPsec as far as is known.
func (t *tcpStreams) stream(f flow, data []byte) *tcpStream {
	if f.odd() && !bytes.HasPrefix(data, streamPrefix) && (t.odd == 0 || t.streams[f] == nil) {
		if t.known == nil || !t.known(f.src, f.dst) {
			return nil
		}
		t.open(f).responds = f.src.Port() < f.dst.Port() // as a rule the higher port is the initiator's, given by its system
	}
	s := t.open(f)
	t.order.MoveToBack(s.order)
	return s
}

// account notes the memory that s has now, and drops idle streams until all fit.
func (t *tcpStreams) account(dst []Datagram, s *tcpStream) []Datagram {
	if t.streams[s.flow] != s {
		return dst // dropped meanwhile
	}
	size := streamOverhead + cap(s.buf) + s.waiting + segmentOverhead*(len(s.later)+cap(s.parts))
	t.bytes += size - s.size
	s.size = size
	for t.bytes > t.maxBytes && t.order.Len() > 0 {
		dst = t.drop(dst, t.order.Front().Value.(*tcpStream))
	}
	return dst
}

func (t *tcpStreams) drop(dst []Datagram, s *tcpStream) []Datagram {
	dst = s.finish(dst, t)
	t.order.Remove(s.order)
	delete(t.streams, s.flow)
	t.bytes -= s.size
	if s.odd() {
		t.odd--
	}
	return dst
}

func (t *tcpStreams) flush(dst []Datagram) []Datagram {
	for e := t.order.Front(); e != nil; e = t.order.Front() {
		dst = t.drop(dst, e.Value.(*tcpStream))
	}
	return dst
}

// acknowledge notes that the receiver of stream f has everything before ack.
func (t *tcpStreams) acknowledge(dst []Datagram, f flow, ack uint32, now time.Time) []Datagram {
	s := t.streams[f]
	if s == nil {
		return dst
	}
	s.acked, s.hasAck = ack, true
	if len(s.later) > 0 {
		dst = t.account(s.skipHoles(dst, now, t), s)
	}
	return dst
}

// start begins a connection whose first byte has the sequence number next.
func (s *tcpStream) start(next uint32, responds bool) {
	s.next, s.placed, s.hasAck = next, true, false
	s.responds = responds
	s.framing = framing{mode: modeStart}
	if responds { // there is no prefix; if the initiator sends one, expectResponder
		s.mode = modeHunt
	}
}

// add takes a segment with data. It reports whether some of it waits for more.
func (s *tcpStream) add(dst []Datagram, seg tcpSegment, t *tcpStreams) (out []Datagram, waits bool) {
	ahead := int32(seg.seq - s.next)
	if !s.placed || ahead > maxWindow || ahead < -maxWindow {
		dst = s.finish(dst, t)
		s.next, s.placed, s.hasAck = seg.seq, true, false
		s.framing = framing{mode: modeHunt, trusted: s.trusted}
		if bytes.HasPrefix(seg.data, streamPrefix) {
			s.mode = modeStart
		}
		ahead = 0
	}
	if ahead > 0 {
		s.keep(seg)
		return s.skipHoles(dst, seg.time, t), true
	}
	if int64(-ahead) >= int64(len(seg.data)) {
		return dst, false // had already
	}
	dst = s.take(dst, seg, t)
	dst = s.takeLater(dst, t)
	dst = s.skipHoles(dst, seg.time, t)
	return dst, len(s.buf) > 0
}

// take delivers a segment that starts at next or before it.
func (s *tcpStream) take(dst []Datagram, seg tcpSegment, t *tcpStreams) []Datagram {
	seg.data = seg.data[s.next-seg.seq:]
	s.next += uint32(len(seg.data))
	return s.deliver(dst, seg, t)
}

// takeLater delivers the segments that wait for nothing any more.
func (s *tcpStream) takeLater(dst []Datagram, t *tcpStreams) []Datagram {
	for len(s.later) > 0 && int32(s.later[0].seq-s.next) <= 0 {
		seg := s.later[0]
		s.later = s.later[1:]
		s.waiting -= len(seg.data)
		if int(s.next-seg.seq) < len(seg.data) {
			dst = s.take(dst, seg, t)
		}
	}
	if len(s.later) == 0 {
		s.later = nil
	}
	return dst
}

// keep stores a copy of a segment until those before it come.
func (s *tcpStream) keep(seg tcpSegment) {
	i, _ := slices.BinarySearchFunc(s.later, seg.seq, func(l tcpSegment, seq uint32) int { return int(int32(l.seq - seq)) })
	for j := i; j < len(s.later) && s.later[j].seq == seg.seq; j++ {
		if len(s.later[j].data) >= len(seg.data) {
			return // the same again
		}
	}
	seg.data = slices.Clone(seg.data)
	s.later = slices.Insert(s.later, i, seg)
	s.waiting += len(seg.data)
}

// skipHoles goes on behind bytes that will not come any more.
func (s *tcpStream) skipHoles(dst []Datagram, now time.Time, t *tcpStreams) []Datagram {
	for len(s.later) > 0 && s.isHole(now) {
		dst = s.skipHole(dst, t)
	}
	return dst
}

func (s *tcpStream) isHole(now time.Time) bool {
	if s.waiting > maxHole || len(s.later) > maxHoleSegments {
		return true
	}
	first := s.later[0].time
	for _, l := range s.later[:min(len(s.later), 8)] {
		if l.time.Before(first) {
			first = l.time
		}
	}
	waited := now.Sub(first)
	acked := s.hasAck && int32(s.acked-s.later[0].seq) >= 0
	return waited > holeWait || acked && waited > holeAcked
}

func (s *tcpStream) skipHole(dst []Datagram, t *tcpStreams) []Datagram {
	gap := int(s.later[0].seq - s.next)
	s.hole(gap, t)
	s.next = s.later[0].seq
	return s.takeLater(dst, t)
}

// finish gives up all that waits.
func (s *tcpStream) finish(dst []Datagram, t *tcpStreams) []Datagram {
	for len(s.later) > 0 {
		dst = s.skipHole(dst, t)
	}
	s.searched = 0 // the last chance
	dst = s.parse(dst, t)
	s.abandon(len(s.buf), 0, t)
	return dst
}
