package report

import (
	"cmp"
	"net/netip"
	"slices"

	"github.com/ikedecode/ikedecode"
	"github.com/ikedecode/ikedecode/esp"
	"github.com/ikedecode/ikedecode/internal/ip"
	"github.com/ikedecode/ikedecode/report/diagnose"
)

// What the traffic inside the tunnel tells of the way: TCP segments and pings that are answered, and those that are not.

const (
	maxPathFlows    = 4096 // directions of TCP connections, and pings
	maxPathSegments = 32   // of a direction that wait for an answer
	maxPathFrames   = 8    // of a segment
)

// A pathWatch follows the traffic inside the tunnels. The zero value is ready.
type pathWatch struct {
	flows map[pathKey]*pathFlow
	sas   map[*esp.SA]*pathSA
	order []*esp.SA
}

// A pathKey is one direction of a TCP connection, or of a ping with its identifier in place of the ports.
type pathKey struct {
	src, dst     netip.Addr
	sport, dport uint16
	proto        uint8
}

func (k pathKey) reverse() pathKey { return pathKey{k.dst, k.src, k.dport, k.sport, k.proto} }

// A pathFlow is what waits for an answer in one direction, by sequence number.
type pathFlow struct {
	waiting map[uint32]*pathSegment
}

// A pathSegment is a segment, or an echo request.
type pathSegment struct {
	sa     *esp.SA
	key    pathKey
	end    uint32 // sequence number behind it
	size   int    // of the inner packet
	outer  int    // of the packet that carries it
	pieces int    // IP fragments that the outer packet came in; 0: whole
	noFrag bool   // the outer packet must not be fragmented
	frames []int
	sent   int
}

// A pathSA is what is known of the packets of one SA.
type pathSA struct {
	answered int // size of the largest inner packet that was
	count    int // of those that were
}

// inner takes an opened packet in.
func (w *pathWatch) inner(it *ikedecode.Item) {
	d, o := it.Datagram, it.Opened
	if o == nil || o.SA == nil || o.Cut || d.Repeat || o.Notes&esp.NoteDuplicate != 0 {
		return
	}
	in, ok := innerPacket(it)
	if !ok {
		return
	}
	if w.flows == nil {
		w.flows, w.sas = make(map[pathKey]*pathFlow), make(map[*esp.SA]*pathSA)
	}
	seg := &pathSegment{sa: o.SA, size: in.size, outer: len(d.IP), pieces: len(d.Frames), noFrag: ip.DontFragment(d.IP), frames: []int{d.Frame}, sent: 1}
	switch in.proto {
	case ip.ProtoTCP:
		w.tcp(in, seg)
	case ip.ProtoICMP, ip.ProtoICMPv6:
		w.echo(in, seg)
	}
}

// An innerL4 is the content of an opened packet: addresses, and the header of its transport protocol.
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
func (w *pathWatch) tcp(in innerL4, seg *pathSegment) {
	h, ok := ip.ParseTCP(in.l4)
	if !ok {
		return
	}
	seg.key = pathKey{in.src, in.dst, h.Src, h.Dst, in.proto}
	if h.Flags&ip.ACK != 0 {
		w.acknowledge(seg.key.reverse(), func(s *pathSegment) bool { return int32(h.Ack-s.end) >= 0 })
	}
	switch n := len(in.l4) - h.Len; {
	case h.Flags&ip.RST != 0:
		delete(w.flows, seg.key)
		delete(w.flows, seg.key.reverse())
	case n > 0 && h.Flags&ip.SYN == 0:
		seg.end = h.Seq + uint32(n)
		w.wait(h.Seq, seg)
	}
}

// echo follows requests and replies (RFC 792; RFC 4443, section 4): the identifier stands for the ports.
func (w *pathWatch) echo(in innerL4, seg *pathSegment) {
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
	seg.key = pathKey{in.src, in.dst, id, id, in.proto}
	switch m.Type {
	case request:
		w.wait(seq, seg)
	case reply:
		if f := w.flows[seg.key.reverse()]; f != nil && f.waiting[seq] != nil {
			w.sa(seg.sa).answer(seg.size) // that the reply arrives says as much of the way back
			w.acknowledge(seg.key.reverse(), func(s *pathSegment) bool { return s == f.waiting[seq] })
		}
	}
}

// wait notes a segment that is to be answered.
func (w *pathWatch) wait(seq uint32, seg *pathSegment) {
	f := w.flows[seg.key]
	if f == nil {
		if len(w.flows) >= maxPathFlows {
			return
		}
		f = &pathFlow{make(map[uint32]*pathSegment)}
		w.flows[seg.key] = f
	}
	w.sa(seg.sa)
	had := f.waiting[seq]
	switch {
	case had == nil && len(f.waiting) < maxPathSegments:
		f.waiting[seq] = seg
	case had != nil && had.size == seg.size:
		had.sent++
		if len(had.frames) < maxPathFrames {
			had.frames = append(had.frames, seg.frames...)
		}
	case had != nil && had.size > seg.size:
		f.waiting[seq] = seg // the sender tries smaller ones: it has learned
	}
}

// acknowledge takes the segments that are answered off a direction.
func (w *pathWatch) acknowledge(k pathKey, done func(*pathSegment) bool) {
	f := w.flows[k]
	if f == nil {
		return
	}
	for seq, s := range f.waiting {
		if done(s) {
			w.sa(s.sa).answer(s.size)
			delete(f.waiting, seq)
		}
	}
}

func (w *pathWatch) sa(sa *esp.SA) *pathSA {
	p := w.sas[sa]
	if p == nil {
		p = &pathSA{}
		w.sas[sa] = p
		w.order = append(w.order, sa)
	}
	return p
}

func (p *pathSA) answer(size int) {
	p.answered = max(p.answered, size)
	p.count++
}

// stuck are the segments of an SA that were sent again and again for nothing, and the pings without an answer where there are
// several, although smaller packets were answered.
func (w *pathWatch) stuck(sa *esp.SA) (list []*pathSegment) {
	const again, pings = 3, 2
	p := w.sas[sa]
	for k, f := range w.flows {
		var lost []*pathSegment
		for _, s := range f.waiting {
			if s.sa == sa && s.size > p.answered && p.count > 0 && (s.sent >= again || k.proto != ip.ProtoTCP) {
				lost = append(lost, s)
			}
		}
		if k.proto == ip.ProtoTCP || len(lost) >= pings {
			list = append(list, lost...)
		}
	}
	slices.SortFunc(list, func(a, b *pathSegment) int { return cmp.Or(b.sent-a.sent, a.frames[0]-b.frames[0]) })
	return list
}

// largeInside finds content that arrives only where it is small.
func (d *diagnosis) largeInside() {
	w := &d.watch.path
	var list []diagnose.Finding
	for _, sa := range w.order {
		if stuck := w.stuck(sa); len(stuck) > 0 {
			list = append(list, stuckFinding(sa, w.sas[sa], stuck[0]))
		}
	}
	d.addBounded(list)
}

func stuckFinding(sa *esp.SA, p *pathSA, s *pathSegment) diagnose.Finding {
	return diagnose.Finding{Code: diagnose.CodeMTUSuspect, Severity: SeverityWarning, Frames: frames(s.frames...), Facts: diagnose.LargeInside{
		Protocol: sa.Protocol, SPI: sa.SPI, TCP: s.key.proto == ip.ProtoTCP, Src: netip.AddrPortFrom(s.key.src, s.key.sport), Dst: netip.AddrPortFrom(s.key.dst, s.key.dport),
		Sent: s.sent, Size: s.size, Answered: p.answered, Outer: s.outer, Pieces: s.pieces, NoFrag: s.noFrag}}
}
