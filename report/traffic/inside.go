package traffic

import (
	"net/netip"

	"github.com/ikedecode/ikedecode"
	"github.com/ikedecode/ikedecode/esp"
	"github.com/ikedecode/ikedecode/internal/ip"
)

const (
	maxConnections   = 4096 // directions of TCP connections, and pings
	maxSegments      = 32   // of a direction that wait for a response
	maxSegmentFrames = 8    // of a segment
)

// Inside follows the traffic inside the tunnels: TCP segments and pings that are answered, and those that are not.
type Inside struct {
	flows map[Connection]map[uint32]*Segment // what waits for a response, by sequence number
	sas   map[*esp.SA]*Content
	order []*Content
}

// A Connection is one direction of a TCP connection, or of a ping with its identifier in place of the ports.
type Connection struct {
	Src, Dst         netip.Addr
	SrcPort, DstPort uint16
	Protocol         uint8
}

// TCP reports whether c is one of TCP, and no ping.
func (c Connection) TCP() bool { return c.Protocol == ip.ProtoTCP }

func (c Connection) reverse() Connection {
	return Connection{c.Dst, c.Src, c.DstPort, c.SrcPort, c.Protocol}
}

// A Segment is a segment of TCP with data, or an echo request.
type Segment struct {
	Connection
	Size   int   // of the inner packet
	Outer  int   // of the packet that carries it
	Pieces int   // IP fragments that the outer packet came in; 0: whole
	NoFrag bool  // the outer packet must not be fragmented
	Frames []int // the first of them
	Sent   int   // how often

	sa  *esp.SA
	end uint32 // sequence number behind it
}

// A Content is what is known of the segments and pings in one SA.
type Content struct {
	SA       *esp.SA
	Answered int // how many were
	Largest  int // bytes of the largest inner packet that was
}

func (c *Content) answer(size int) {
	c.Largest = max(c.Largest, size)
	c.Answered++
}

// Contents are those of all SAs with a segment or ping that asks for a response, in the order in which the first ones came.
func (w *Inside) Contents() []*Content { return w.order }

// Waiting are the segments and pings of an SA that had no answer until the end, by connection.
func (w *Inside) Waiting(sa *esp.SA) map[Connection][]*Segment {
	all := make(map[Connection][]*Segment)
	for k, waiting := range w.flows {
		for _, s := range waiting {
			if s.sa == sa {
				all[k] = append(all[k], s)
			}
		}
	}
	return all
}

// item takes a decrypted packet in.
func (w *Inside) item(it *ikedecode.Item) {
	d, o := it.Datagram, it.Opened
	if o == nil || o.SA == nil || o.Cut || d.Repeat || o.Notes&esp.NoteDuplicate != 0 {
		return
	}
	in, ok := innerPacket(it)
	if !ok {
		return
	}
	if w.flows == nil {
		w.flows, w.sas = make(map[Connection]map[uint32]*Segment), make(map[*esp.SA]*Content)
	}
	seg := &Segment{sa: o.SA, Size: in.size, Outer: len(d.IP), Pieces: len(d.Frames), NoFrag: ip.DontFragment(d.IP), Frames: []int{d.Frame}, Sent: 1}
	switch in.proto {
	case ip.ProtoTCP:
		w.tcp(in, seg)
	case ip.ProtoICMP, ip.ProtoICMPv6:
		w.echo(in, seg)
	}
}

// An innerL4 is the content of a decrypted packet: addresses, and the header of its transport protocol.
type innerL4 struct {
	src, dst netip.Addr
	proto    uint8
	l4       []byte
	size     int // of the inner IP packet; in transport mode of the content
}

// innerPacket finds the transport header inside. Inner fragments have none.
func innerPacket(it *ikedecode.Item) (in innerL4, ok bool) {
	packet := it.Opened.IP
	if packet == nil {
		return innerL4{it.Datagram.Src.Addr(), it.Datagram.Dst.Addr(), it.Opened.NextHeader, it.Opened.Payload, len(it.Opened.Payload)}, !it.Opened.Dummy
	}
	h, ok := ip.Parse(packet)
	if !ok || h.Fragment {
		return in, false
	}
	_, l4, ok := h.Upper(packet)
	return innerL4{h.Src, h.Dst, h.Proto, l4, len(packet)}, ok
}

// tcp follows the sequence and acknowledgement numbers (RFC 9293, section 3.4).
func (w *Inside) tcp(in innerL4, seg *Segment) {
	h, ok := ip.ParseTCP(in.l4)
	if !ok {
		return
	}
	seg.Connection = Connection{in.src, in.dst, h.Src, h.Dst, in.proto}
	if h.Flags&ip.ACK != 0 {
		w.acknowledge(seg.reverse(), func(s *Segment) bool { return int32(h.Ack-s.end) >= 0 })
	}
	switch n := len(in.l4) - h.Len; {
	case h.Flags&ip.RST != 0:
		delete(w.flows, seg.Connection)
		delete(w.flows, seg.reverse())
	case n > 0 && h.Flags&ip.SYN == 0:
		seg.end = h.Seq + uint32(n)
		w.wait(h.Seq, seg)
	}
}

// echo follows requests and replies (RFC 792; RFC 4443, section 4): the identifier stands for the ports.
func (w *Inside) echo(in innerL4, seg *Segment) {
	m, ok := ip.ParseICMP(in.l4)
	if !ok {
		return
	}
	request, reply := uint8(ip.ICMPEcho), uint8(ip.ICMPEchoReply)
	if in.proto == ip.ProtoICMPv6 {
		request, reply = ip.ICMPv6Echo, ip.ICMPv6EchoReply
	}
	id, number := m.Echo()
	seq := uint32(number)
	seg.Connection = Connection{in.src, in.dst, id, id, in.proto}
	switch m.Type {
	case request:
		w.wait(seq, seg)
	case reply:
		if asked := w.flows[seg.reverse()][seq]; asked != nil {
			w.content(seg.sa).answer(seg.Size) // that the reply arrives says as much of the way back
			w.acknowledge(seg.reverse(), func(s *Segment) bool { return s == asked })
		}
	}
}

// wait notes a segment that is to be answered.
func (w *Inside) wait(seq uint32, seg *Segment) {
	waiting := w.flows[seg.Connection]
	if waiting == nil {
		if len(w.flows) >= maxConnections {
			return
		}
		waiting = make(map[uint32]*Segment)
		w.flows[seg.Connection] = waiting
	}
	w.content(seg.sa)
	had := waiting[seq]
	switch {
	case had == nil && len(waiting) < maxSegments:
		waiting[seq] = seg
	case had != nil && had.Size == seg.Size:
		had.Sent++
		if len(had.Frames) < maxSegmentFrames {
			had.Frames = append(had.Frames, seg.Frames...)
		}
	case had != nil && had.Size > seg.Size:
		waiting[seq] = seg // the sender tries smaller ones: it has learned
	}
}

// acknowledge takes the segments that are answered off a direction.
func (w *Inside) acknowledge(k Connection, done func(*Segment) bool) {
	waiting := w.flows[k]
	for seq, s := range waiting {
		if done(s) {
			w.content(s.sa).answer(s.Size)
			delete(waiting, seq)
		}
	}
}

func (w *Inside) content(sa *esp.SA) *Content {
	c := w.sas[sa]
	if c == nil {
		c = &Content{SA: sa}
		w.sas[sa] = c
		w.order = append(w.order, c)
	}
	return c
}
