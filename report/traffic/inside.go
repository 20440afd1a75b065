package traffic

import (
	"net/netip"
	"time"

	"github.com/ikedecode/ikedecode"
	"github.com/ikedecode/ikedecode/esp"
	"github.com/ikedecode/ikedecode/internal/ip"
)

const (
	maxConnections   = 4096 // directions of TCP connections, and pings
	maxSegments      = 32   // of a direction that wait for a response
	maxSegmentFrames = 8    // of a segment
	maxContents      = 4096 // SAs with a segment or ping
	maxSizes         = 256  // of the packets in one of them
	maxRefusals      = 256  // kinds of ICMP errors inside tunnels
)

// Inside follows the traffic inside the tunnels: TCP segments, pings, requests of services and control messages of L2TP that are answered, and those that are not.
type Inside struct {
	flows map[Connection]map[uint32]*Segment // what waits for a response, by sequence number
	acks  map[Connection]ack                 // what was acknowledged last
	sas   map[*esp.SA]*Content
	order []*Content
	heard map[netip.AddrPort]bool // hosts, with the port of TCP or UDP, that answered anything

	queries int // connections with a request that waits
	ppp     ppp

	resets   map[netip.AddrPort]*Reset
	refusals []*Refusal
	refused  map[refusalKey]*Refusal
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

// A Segment is a segment of TCP or a control message of L2TP that is to be acknowledged, an echo request, or one of a service.
type Segment struct {
	Connection
	Ask     Ask    // AskEcho, AskQuery, AskControl, AskSYN, AskACK
	Service string // of AskQuery: "DNS"
	ACK     bool   // of a SYN: it answers another one
	Size    int    // of the inner packet
	Outer   int    // of the packet that carries it
	Pieces  int    // IP fragments that the outer packet came in; 0: whole
	NoFrag  bool   // the outer packet must not be fragmented
	Frames  []int  // the first of them
	Sent    int    // how often
	// First and Last are when it was sent.
	First, Last esp.Point
	Passed      bool // what was sent behind it arrived, by a selective acknowledgement

	sa   *esp.SA
	from [2]netip.Addr // source and destination of the outer packet
	end  uint32        // sequence number behind it
}

// A Content is what is known of the segments and pings in one SA.
type Content struct {
	SA       *esp.SA
	Src, Dst netip.Addr // of its first packet
	Asked    int        // how many there are, those that were sent again once
	Answered int        // how many were
	Largest  int        // bytes of the largest inner packet that was
	TCP      int        // of those that were, segments of TCP
	Resent   int        // of these, those that were sent more than once
	// Arrived is the last answer: what came before it in the SA arrives.
	Arrived esp.Point
	// Ignored are segments that were sent again though this SA carried their acknowledgement.
	Ignored Ignored
	// Unseen counts the segments after a SYN that the capture has no response to: there was one, for the connection goes on.
	Unseen int
	// Astray are answers that an SA of the receiver to another host carried.
	Astray Astray

	sizes map[int]time.Time // of inner packets that were answered, the first ones: when one was sent last
}

// Astray are answers that went to another host than the one whose packets they answer.
type Astray struct {
	To      netip.Addr // the first such host
	Packets int
}

// Ignored are packets that seem not to arrive, since their receiver goes on as if they had not been sent.
type Ignored struct {
	Packets     int
	First, Last esp.Point
}

// spurious is how soon after an acknowledgement a segment may be sent again because the acknowledgement was still on its way: TCP waits longer
// than this before it takes one for lost (RFC 6298, section 2.4).
const spurious = 100 * time.Millisecond

// An ack is the last acknowledgement of a connection.
type ack struct {
	number uint32
	at     time.Time // when the number was sent first
	sa     *esp.SA   // that carried it
	from   [2]netip.Addr
}

func (c *Content) answer(s *Segment, at esp.Point) {
	c.Largest, c.Arrived = max(c.Largest, s.Size), at
	c.Answered++
	if _, known := c.sizes[s.Size]; known || len(c.sizes) < maxSizes {
		if c.sizes == nil {
			c.sizes = make(map[int]time.Time)
		}
		c.sizes[s.Size] = s.Last.Time
	}
	if s.TCP() {
		c.TCP++
		if s.Sent > 1 {
			c.Resent++
		}
	}
}

// Answers reports whether anything of a size was answered, as far as sizes were noted.
func (c *Content) Answers(size int) bool {
	_, known := c.sizes[size]
	return known
}

// AnswersSince reports whether anything of at least a size that was sent after t was answered; also where too many sizes were answered to tell.
func (c *Content) AnswersSince(size int, t time.Time) bool {
	for n, at := range c.sizes {
		if n >= size && at.After(t) {
			return true
		}
	}
	return len(c.sizes) == maxSizes
}

// Contents are those of all SAs with a segment or ping that asks for a response, in the order in which the first ones came.
func (w *Inside) Contents() []*Content { return w.order }

// Waiting are the segments and pings of each SA that had no answer until the end, by connection.
func (w *Inside) Waiting() map[*esp.SA]map[Connection][]*Segment {
	all := make(map[*esp.SA]map[Connection][]*Segment)
	for k, waiting := range w.flows {
		for _, s := range waiting {
			of := all[s.sa]
			if of == nil {
				of = make(map[Connection][]*Segment)
				all[s.sa] = of
			}
			of[k] = append(of[k], s)
		}
	}
	return all
}

// Heard reports whether a host answered anything on a port of TCP or UDP, or, port 0, an echo request.
func (w *Inside) Heard(host netip.AddrPort) bool { return w.heard[host] }

// Asked is who is asked: a host and its port, 0 for an echo request.
func (s *Segment) Asked() netip.AddrPort {
	if s.Ask == AskEcho {
		return netip.AddrPortFrom(s.Dst, 0)
	}
	return netip.AddrPortFrom(s.Dst, s.DstPort)
}

// item takes a decrypted packet in and says what it asks for.
func (w *Inside) item(it *ikedecode.Item, c *carriage) Ask {
	d, o := it.Datagram, it.Opened
	if o == nil || o.SA == nil || o.Cut || d.Repeat || o.Notes&esp.NoteDuplicate != 0 {
		return AskUnknown
	}
	if w.flows == nil {
		w.flows, w.sas, w.acks = make(map[Connection]map[uint32]*Segment), make(map[*esp.SA]*Content), make(map[Connection]ack)
		w.heard = make(map[netip.AddrPort]bool)
	}
	if o.Aggregate == nil {
		if in, ok := innerPacket(it, c); ok {
			return w.packet(it, in)
		}
		return AskUnknown
	}
	return w.aggregate(it)
}

// aggregate takes the packets of an AGGFRAG payload in. It asks for what one of them asks for; padding asks for nothing.
func (w *Inside) aggregate(it *ikedecode.Item) Ask {
	asks := AskNothing
	for i := range it.Opened.Aggregate.Packets {
		ask := AskUnknown
		if in, ok := innerOf(it.Opened.Aggregate.Packets[i].IP); ok {
			in.size = len(it.Opened.Payload) // that is what the path has to carry, whatever the packet's own size
			ask = w.packet(it, in)
		}
		if asks == AskNothing || ask > AskNothing {
			asks = ask
		}
	}
	return asks
}

// packet takes an inner packet in.
func (w *Inside) packet(it *ikedecode.Item, in innerL4) Ask {
	d, o := it.Datagram, it.Opened
	now := esp.Point{Frame: d.Frame, Time: d.Time}
	seg := Segment{sa: o.SA, from: [2]netip.Addr{d.Src.Addr(), d.Dst.Addr()}, Size: in.size, Outer: len(d.IP), Pieces: len(d.Frames), NoFrag: ip.DontFragment(d.IP), Sent: 1, First: now, Last: now}
	if in.dst.IsMulticast() {
		return AskUnknown // nobody need be in the group
	}
	switch in.proto {
	case ip.ProtoTCP:
		return w.tcp(in, &seg)
	case ip.ProtoICMP, ip.ProtoICMPv6:
		return w.echo(in, &seg)
	case ip.ProtoUDP:
		return w.udp(in, &seg)
	}
	return AskUnknown
}

// udp follows the protocols over UDP that ask for an answer.
func (w *Inside) udp(in innerL4, seg *Segment) Ask {
	if len(in.l4) < ip.UDPLen {
		return AskUnknown
	}
	if src, dst := ip.Ports(in.l4); src == portL2TP || dst == portL2TP {
		return w.l2tp(in, seg)
	}
	return w.request(in, seg)
}

// An innerL4 is the content of a decrypted packet: addresses, and the header of its transport protocol.
type innerL4 struct {
	src, dst netip.Addr
	proto    uint8
	l4       []byte
	size     int // of the inner IP packet, with what GRE adds; in transport mode of the content
}

// innerPacket finds the transport header inside. Of fragments, an echo request or reply is looked at by its first one: its size is what
// the path has to carry.
func innerPacket(it *ikedecode.Item, c *carriage) (in innerL4, ok bool) {
	o, size := it.Opened, len(it.Opened.Payload)
	if o.IP != nil {
		size = len(o.IP)
	}
	if c.packet == nil {
		return innerL4{it.Datagram.Src.Addr(), it.Datagram.Dst.Addr(), o.NextHeader, o.Payload, size}, o.IP == nil && !o.Dummy
	}
	return ofHeader(&c.header, c.proto, c.upper, size, c.ok)
}

// innerOf finds the transport header of an inner packet.
func innerOf(packet []byte) (in innerL4, ok bool) {
	h, ok := ip.Parse(packet)
	if !ok {
		return in, false
	}
	proto, l4, ok := h.Upper(packet)
	return ofHeader(&h, proto, l4, len(packet), ok)
}

// ofHeader is what follows the headers of a packet. Of fragments it is looked into where it is ICMP.
func ofHeader(h *ip.Header, proto uint8, l4 []byte, size int, ok bool) (innerL4, bool) {
	if h.Fragment && proto != ip.ProtoICMP && proto != ip.ProtoICMPv6 {
		return innerL4{}, false
	}
	return innerL4{h.Src, h.Dst, proto, l4, size}, ok
}

// tcp follows the sequence and acknowledgement numbers (RFC 9293, section 3.4).
func (w *Inside) tcp(in innerL4, seg *Segment) Ask {
	h, ok := ip.ParseTCP(in.l4)
	if !ok {
		return AskUnknown
	}
	seg.Connection = Connection{in.src, in.dst, h.Src, h.Dst, in.proto}
	if h.Flags&ip.RST != 0 && w.opens(seg.reverse()) {
		w.reset(seg)
	}
	if h.Flags&ip.ACK != 0 {
		w.acknowledge(seg, func(s *Segment) bool { return int32(h.Ack-s.end) >= 0 })
		blocks, n := h.SACK(in.l4)
		w.selective(seg, blocks[:n])
		if len(w.acks) < maxConnections || w.acks[seg.reverse()].sa != nil {
			at := seg.First.Time
			if had := w.acks[seg.reverse()]; had.sa != nil && had.number == h.Ack {
				at = had.at
			}
			w.acks[seg.reverse()] = ack{h.Ack, at, seg.sa, seg.from}
		}
	}
	n := len(in.l4) - h.Len
	switch {
	case h.Flags&ip.RST != 0: // the other side's packets arrived; of its own none is waited for any more
		w.acknowledge(seg, func(*Segment) bool { return true })
		delete(w.flows, seg.Connection)
		delete(w.flows, seg.reverse())
		return AskNothing
	case h.Flags&(ip.SYN|ip.ACK) == ip.ACK && w.opens(seg.Connection):
		w.content(seg.sa, seg.from).Unseen++
	}
	switch {
	case h.Flags&ip.SYN != 0:
		if r := w.resets[netip.AddrPortFrom(seg.Src, seg.SrcPort)]; r != nil && h.Flags&ip.ACK != 0 {
			r.Open = true
		}
		seg.Ask, seg.ACK, seg.end = AskSYN, h.Flags&ip.ACK != 0, h.Seq+1
		if had, ok := w.acks[seg.Connection]; ok && !seg.ACK && had.number != seg.end {
			delete(w.acks, seg.Connection) // the ports are used again
		}
		w.wait(h.Seq, seg)
	case n > 0:
		seg.Ask, seg.end = AskACK, h.Seq+uint32(n)
		if w.wait(h.Seq, seg) {
			return AskAgain
		}
	default:
		return AskNothing
	}
	return seg.Ask
}

// selective takes the segments off that a selective acknowledgement names, and marks those that it leaves out before them.
func (w *Inside) selective(answer *Segment, blocks [][2]uint32) {
	waiting := w.flows[answer.reverse()]
	for _, b := range blocks {
		w.acknowledge(answer, func(s *Segment) bool { return int32(s.end-b[0]) > 0 && int32(b[1]-s.end) >= 0 })
		for _, s := range waiting {
			s.Passed = s.Passed || int32(b[0]-s.end) >= 0
		}
	}
}

// opens reports whether a SYN of one direction of a connection waits for its response.
func (w *Inside) opens(c Connection) bool {
	for _, s := range w.flows[c] {
		if s.Ask == AskSYN && !s.ACK {
			return true
		}
	}
	return false
}

// echo follows requests and replies (RFC 792; RFC 4443, section 4): the identifier stands for the ports.
func (w *Inside) echo(in innerL4, seg *Segment) Ask {
	m, ok := ip.ParseICMP(in.l4)
	if !ok {
		return AskUnknown
	}
	request, reply, version := uint8(ip.ICMPEcho), uint8(ip.ICMPEchoReply), 4
	if in.proto == ip.ProtoICMPv6 {
		request, reply, version = ip.ICMPv6Echo, ip.ICMPv6EchoReply, 6
	}
	if m.IsError(version) {
		w.refuse(in, seg)
		return AskNothing
	}
	id, number := m.Echo()
	seq := uint32(number)
	seg.Connection = Connection{in.src, in.dst, id, id, in.proto}
	switch m.Type {
	case request:
		seg.Ask = AskEcho
		w.wait(seq, seg)
		return AskEcho
	case reply:
		if asked := w.flows[seg.reverse()][seq]; asked != nil {
			c := w.content(seg.sa, seg.from)
			c.Largest = max(c.Largest, seg.Size) // that the reply was sent says as much of the way back
			w.acknowledge(seg, func(s *Segment) bool { return s == asked })
		}
	}
	return AskNothing
}

// wait notes a segment that is to be answered, and reports whether it was sent before.
func (w *Inside) wait(seq uint32, seg *Segment) (again bool) {
	if had, ok := w.acks[seg.Connection]; ok && seg.end-seq <= 1<<20 && int32(had.number-seg.end) >= 0 && (seg.end-seq > 1 || seg.Ask == AskSYN) {
		if seg.First.Time.Sub(had.at) >= spurious {
			w.content(had.sa, had.from).ignored(seg.First) // the acknowledgement was sent; a byte below it only asks whether the peer lives
		}
		again = true
	}
	waiting := w.flows[seg.Connection]
	if waiting == nil {
		if len(w.flows) >= maxConnections {
			return again
		}
		waiting = make(map[uint32]*Segment)
		w.flows[seg.Connection] = waiting
	}
	c := w.content(seg.sa, seg.from)
	had := waiting[seq]
	switch {
	case had == nil && len(waiting) < maxSegments:
		waiting[seq] = seg.kept()
		c.Asked++
	case had != nil && had.Size == seg.Size:
		had.Sent++
		had.Last = seg.Last
		if len(had.Frames) < maxSegmentFrames {
			had.Frames = append(had.Frames, seg.First.Frame)
		}
	case had != nil && had.Size > seg.Size:
		waiting[seq] = seg.kept() // the sender tries smaller ones: it has learned
	}
	return again || had != nil
}

// kept is a copy of a segment for who waits for the answer: most packets ask for none.
func (s *Segment) kept() *Segment {
	k := *s
	k.Frames = []int{s.First.Frame}
	return &k
}

func (c *Content) ignored(at esp.Point) {
	if c.Ignored.Packets++; c.Ignored.Packets == 1 {
		c.Ignored.First = at
	}
	c.Ignored.Last = at
}

// acknowledge takes the segments that an answer is to off its opposite direction.
func (w *Inside) acknowledge(answer *Segment, done func(*Segment) bool) {
	waiting := w.flows[answer.reverse()]
	for seq, s := range waiting {
		if done(s) {
			c := w.content(s.sa, s.from)
			c.answer(s, answer.First)
			if to := answer.from[1]; answer.from[0] == s.from[1] && to != s.from[0] && (c.Astray.Packets == 0 || c.Astray.To == to) {
				c.Astray.To = to
				c.Astray.Packets++
			}
			if len(w.heard) < maxConnections {
				w.heard[s.Asked()] = true
			}
			delete(waiting, seq)
		}
	}
}

func (w *Inside) content(sa *esp.SA, from [2]netip.Addr) *Content {
	c := w.sas[sa]
	if c == nil {
		c = &Content{SA: sa, Src: from[0], Dst: from[1]}
		if len(w.order) < maxContents {
			w.sas[sa] = c
			w.order = append(w.order, c)
		}
	}
	return c
}
