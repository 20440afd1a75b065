package diagnose

import (
	"cmp"
	"net/netip"
	"slices"
	"time"

	"github.com/ikedecode/ikedecode/capture"
	"github.com/ikedecode/ikedecode/esp"
	"github.com/ikedecode/ikedecode/keys/ikesa"
	"github.com/ikedecode/ikedecode/report/negotiation"
	"github.com/ikedecode/ikedecode/report/traffic"
)

// Rules about ICMP errors about IKE, ESP and AH.

// ipsecErrors are the ICMP errors about IKE, ESP or AH, and of each what the packet was that it is about.
func (d *diagnosis) ipsecErrors() (list []traffic.ICMPError) {
	endpoints := make(map[netip.AddrPort]bool)
	for _, sa := range d.Session.SAs {
		for _, m := range sa.Messages {
			endpoints[m.Src], endpoints[m.Dst] = true, true
		}
	}
	for _, e := range d.watch.ICMP.Errors {
		if e.About() != traffic.AboutOther || e.UDP() && endpoints[e.Src] && endpoints[e.Dst] {
			list = append(list, e)
		}
	}
	return list
}

// unreachable finds ICMP errors about the packets of IKE, ESP and AH, but those about ports of IKE that were open before.
func (d *diagnosis) unreachable() {
	list, _ := d.icmpFindings()
	d.addBounded(list)
}

// closedSince finds the errors about ports of IKE that were open before. What made a daemon end, or came before it, stands first.
func (d *diagnosis) closedSince() {
	_, closed := d.icmpFindings()
	d.addBounded(closed)
}

// icmpFindings are the findings of both sorts.
func (d *diagnosis) icmpFindings() (list, closed []Finding) {
	type key struct {
		from   netip.Addr
		dst    netip.AddrPort
		proto  uint8
		reason *traffic.ICMPReason
		code   uint8
		mtu    int
	}
	groups := make(map[key][]traffic.ICMPError)
	var order []key
	for _, e := range d.ipsecErrors() {
		k := key{e.From, e.Dst, e.Protocol, e.Reason, e.Code, e.MTU}
		if groups[k] == nil {
			order = append(order, k)
		}
		groups[k] = append(groups[k], e)
	}
	for _, k := range order {
		switch es := groups[k]; es[0].Reason.Kind {
		case traffic.ICMPTooBig:
			list = append(list, d.tooBig(es))
		case traffic.ICMPReassembly:
			list = append(list, reassemblyFailed(es))
		default:
			f := d.icmpFinding(es)
			if f.Facts.(ICMPError).SentBefore > 0 {
				closed = append(closed, f)
				continue
			}
			list = append(list, f)
		}
	}
	return list, closed
}

func icmpFrames(es []traffic.ICMPError) (list []int) {
	for _, e := range es {
		list = append(list, e.Frame)
	}
	return Frames(list...)
}

// icmpFinding is for errors of one sort. Those that a tunnel outlives, because a daemon was started or stopped, are a warning.
func (d *diagnosis) icmpFinding(es []traffic.ICMPError) Finding {
	f := Finding{Code: CodeICMPUnreachable, Severity: Problem, Grade: Wire, Frames: icmpFrames(es)}
	facts := ICMPError{ICMPError: es[0]}
	d.reportedOn(es, &f, &facts)
	facts.Answered = d.answeredSince(&es[len(es)-1])
	facts.MovedTo = d.movedAway(&es[0])
	f.Facts = facts
	switch {
	case facts.Answered > 0, facts.MovedTo.IsValid():
		f.Severity = Noteworthy
	case d.outlived(es):
		f.Severity = Warning
	case es[0].UDP():
		f.Later = d.cameUpSince(&es[len(es)-1])
		f.weighLater()
	}
	return f
}

// movedAway is the address that the host which e says cannot be reached moved to, where the tunnel goes on; not valid: it is not known to have moved.
func (d *diagnosis) movedAway(e *traffic.ICMPError) (to netip.Addr) {
	here, left := e.Src.Addr(), e.Dst.Addr()
	for _, sa := range d.Family().Met(negotiation.InOrder(here, left)) {
		var at, last time.Time // when it was first seen where it is now, and last where it was
		to = netip.Addr{}
		for _, m := range sa.Messages {
			switch {
			case m.Src.Addr() == left && m.Dst.Addr() == here:
				last = m.Time
			case m.Dst.Addr() == here && m.Src.Addr() != to:
				to, at = m.Src.Addr(), m.Time
			}
		}
		knew := slices.ContainsFunc(sa.Messages, func(m *ikesa.Message) bool { return m.Dst.Addr() == left })
		if knew && to.IsValid() && at.After(last) && d.carriesBoth(negotiation.InOrder(here, to), at) {
			return to
		}
	}
	return netip.Addr{}
}

// answeredSince is the frame of the first response to the first message of an IKE SA that e is about, where it comes after e: nobody listened yet; 0: none.
func (d *diagnosis) answeredSince(e *traffic.ICMPError) int {
	for _, sa := range d.Family().Between(negotiation.InOrder(e.Src.Addr(), e.Dst.Addr())) {
		first := sa.Messages[0]
		if !e.UDP() || !negotiation.Begins(sa) || first.Src != e.Src || first.Dst != e.Dst || first.Frame > e.Frame {
			continue
		}
		at := slices.IndexFunc(sa.Messages, func(m *ikesa.Message) bool { return !m.FromInitiator })
		if at >= 0 && sa.Messages[at].Frame > e.Frame {
			return sa.Messages[at].Frame
		}
	}
	return 0
}

// cameUpSince is the first IKE SA that began after e, and came up, between the hosts that e is about: the port is open again; nil: none.
func (d *diagnosis) cameUpSince(e *traffic.ICMPError) (s *Success) {
	for _, sa := range d.Family().Between(negotiation.InOrder(e.Src.Addr(), e.Dst.Addr())) {
		if frame := sa.Messages[0].Frame; sa.Established && negotiation.Begins(sa) && frame > e.Frame && (s == nil || frame < s.Frame) {
			s = &Success{Version: sa.Version, SPIs: spisOf(sa), Frame: frame, Over: true}
		}
	}
	return s
}

// outlived reports whether there were but a few errors, and, of those about IKE, an IKE SA with the host came up all the same, or ESP went both
// ways after them.
func (d *diagnosis) outlived(es []traffic.ICMPError) bool {
	const few = 2
	if len(es) > few || !es[0].UDP() {
		return len(es) <= few
	}
	return d.Family().CameUp(negotiation.InOrder(es[0].Src.Addr(), es[0].Dst.Addr())) || d.espAfter(&es[len(es)-1])
}

// espAfter reports whether, after e, the peers sent ESP to each other between the same ports.
func (d *diagnosis) espAfter(e *traffic.ICMPError) bool {
	last := func(from, to netip.Addr) (way traffic.Mapping, ok bool) {
		for k, list := range d.watch.Ports.Ways() {
			for _, m := range list {
				if k.Src == from && k.Dst == to && m.Last.Frame > max(e.Frame, way.Last.Frame) {
					way, ok = m, true
				}
			}
		}
		return way, ok
	}
	there, ok := last(e.Src.Addr(), e.Dst.Addr())
	back, also := last(e.Dst.Addr(), e.Src.Addr())
	return ok && also && there.Src == back.Dst && there.Dst == back.Src
}

// Rules about packets that are too large for the path.

// tooBig is for errors that name the MTU of a hop (RFC 1191, RFC 8201).
func (d *diagnosis) tooBig(es []traffic.ICMPError) Finding {
	e := &es[0]
	facts := ICMPError{ICMPError: *e}
	if e.MTU > 0 {
		facts.Room = d.roomIn(e)
	}
	f := Finding{Code: CodeMTUSuspect, Severity: Warning, Grade: Wire, Frames: icmpFrames(es), RFC: "RFC 1191, section 4", Facts: facts}
	if e.Reason.IP == 6 {
		f.RFC = "RFC 8201, section 4"
	}
	return f
}

// roomIn is the largest inner packet that fits the MTU that e names, by the tunnel mode SA that e is about; 0 where none is known.
func (d *diagnosis) roomIn(e *traffic.ICMPError) int {
	for _, f := range d.flows() {
		if f.SA.Protocol == esp.ESP && f.SA.Src == e.Src.Addr() && f.SA.Dst == e.Dst.Addr() && f.SA.Cipher != nil && !f.SA.Transport {
			return innerRoom(f.SA, e.MTU, e.UDP(), e.Src.Addr().Is6())
		}
	}
	return 0
}

// innerRoom is the most bytes that a packet in tunnel mode may have for its ESP packet to have at most mtu (RFC 4303, section 2).
func innerRoom(sa *esp.SA, mtu int, udp, ip6 bool) int {
	room := mtu - 20
	if ip6 {
		room = mtu - 40
	}
	if udp {
		room -= 8
	}
	room -= 8 + sa.Cipher.IVLen + sa.ICVLength() // SPI and sequence number
	if align := max(sa.Cipher.BlockLen, 4); room > 0 {
		room -= room % align
	}
	return max(room-2, 0) // pad length and next header
}

// largeMessage is the size of a message of IKE from which on a path with a small MTU may lose it: what IPv6 lets every link carry,
// without the headers of IPv6, UDP and the marker.
const largeMessage = 1280 - 40 - 8 - 4

// tooSmallToDrop reports whether the message that ends an exchange, which nobody answered, is one that any path carries whole.
func tooSmallToDrop(x *ikesa.Exchange) bool {
	m := negotiation.LastStep(x)
	return wireSize(m) < largeMessage && !inIPFragments(m) && negotiation.FragmentOf(m) == nil
}

// usualMessage is the size of a message of IKE that nearly every path carries whole, tunnels and PPPoE included: who sends no answer to it has other reasons.
const usualMessage = 1400 - 20 - 8 - 4

// largeUnanswered finds large messages of IKE without a response where smaller ones were answered.
func (d *diagnosis) largeUnanswered() {
	for _, s := range d.Stories() {
		for _, x := range s.Exchanges() {
			o := s.Outcome(x)
			if o == nil || o.Code != negotiation.NoAnswer || len(x.Messages) == 0 {
				continue
			}
			last, frames := largestOfLast(x)
			f, ok := largeLost(s.SA, last)
			if !ok {
				continue
			}
			f.Frames = frames
			h := d.heard(s.SA, x, o, &f)
			if h.By != NoSide && !h.Missing {
				continue // it arrived
			}
			if facts, is := f.Facts.(LargeIKE); is && h.Missing {
				facts.Missing = hostOf(s.SA, h.By)
				f.Facts = facts
			}
			d.found = append(d.found, f)
		}
	}
}

// largestOfLast is the last message of an exchange, with its frames; of one in IKE fragments of IKEv2, each a message, it is the largest.
func largestOfLast(x *ikesa.Exchange) (largest *ikesa.Message, frames []int) {
	groups := negotiation.FoldFragments(x.Messages)
	for _, m := range groups[len(groups)-1] {
		frames = append(frames, messageFrames(m)...)
		if largest == nil || wireSize(m) > wireSize(largest) {
			largest = m
		}
	}
	slices.Sort(frames)
	return largest, frames
}

// largeLost looks at the last message of an exchange, which nobody answered.
func largeLost(sa *ikesa.SA, last *ikesa.Message) (_ Finding, ok bool) {
	const resent = 2
	answered := largestAnswered(sa, last)
	if answered == nil || inIPFragments(answered) { // the path lets as large packets pass
		return Finding{}, false
	}
	small, size := wireSize(answered), wireSize(last)
	if size < largeMessage || small >= size || last.Sent() < resent || size < usualMessage && !inIPFragments(last) && negotiation.FragmentOf(last) == nil {
		return Finding{}, false
	}
	facts := LargeIKE{Exchange: negotiation.TypeOf(last), From: SideOf(last.FromInitiator), Size: size, Small: small, InFragments: negotiation.FragmentOf(last) != nil,
		Moved: firstOnNATT(sa, last)}
	if inIPFragments(last) {
		facts.Fragments = len(last.Frames)
	}
	return Finding{Code: CodeMTUSuspect, Severity: Warning, Subject: subjectOf(sa), From: facts.From, Frames: messageFrames(last),
		Setting: SettingFragmentation, Facts: facts}, true
}

// largestAnswered is the largest message before m that its sender sent, and that the peer answered: it responded to it, or the sender went
// on. nil: there is none.
func largestAnswered(sa *ikesa.SA, m *ikesa.Message) (largest *ikesa.Message) {
	for _, x := range sa.Exchanges {
		first := x.Messages[0]
		answered := sa.Version == 2 && !m.IsResponse() && first.FromInitiator == m.FromInitiator && first.MessageID < m.MessageID // the window is mostly 1
		for _, o := range slices.Backward(x.Messages) {
			if o.FromInitiator != m.FromInitiator {
				answered = true
			} else if answered && o.Time.Before(m.Time) && (largest == nil || wireSize(o) > wireSize(largest)) {
				largest = o
			}
		}
	}
	return largest
}

// inIPFragments reports whether a message came in several IP packets, but for IKE fragments.
func inIPFragments(m *ikesa.Message) bool { return len(m.Frames) > 1 && m.Fragments == 0 }

// firstOnNATT reports whether a message went to UDP 4500 before anything came from there.
func firstOnNATT(sa *ikesa.SA, m *ikesa.Message) bool {
	return m.Dst.Port() == capture.PortNATT && !slices.ContainsFunc(sa.Messages, func(o *ikesa.Message) bool {
		return o.FromInitiator != m.FromInitiator && o.Src.Port() == capture.PortNATT
	})
}

// wireSize is the most bytes that one packet of m has, IP and UDP headers left out: of a message in IKE fragments a fragment's.
func wireSize(m *ikesa.Message) int {
	if m.Fragments > 0 {
		return len(m.Raw)/m.Fragments + 1
	}
	return len(m.Raw)
}

// largeInside finds content that arrives only where it is small.
func (d *diagnosis) largeInside() {
	var list []Finding
	waiting := d.watch.Inside.Waiting()
	for _, c := range d.watch.Inside.Contents() {
		if stuck := stuckIn(waiting[c.SA], c); len(stuck) > 0 {
			list = append(list, stuckFinding(c, stuck[0]))
		}
	}
	d.addBounded(list)
}

// leastMTU is what every path to a host carries: by RFC 8200, section 5, or as those of IPv4 do in fact, which may say less.
func leastMTU(host netip.Addr) int {
	if host.Is4() {
		return 576
	}
	return 1280
}

// stuckIn are the segments of an SA that were retransmitted several times without a response, and its pings without one where there are
// several, although smaller packets got responses. As large ones may have got some before: then what was sent behind the segment has to have arrived.
func stuckIn(all map[traffic.Connection][]*traffic.Segment, c *traffic.Content) (list []*traffic.Segment) {
	const again, pings = 3, 2
	for k, waiting := range all {
		lost := slices.DeleteFunc(waiting, func(s *traffic.Segment) bool {
			return s.Size <= c.Largest && (!s.Passed || c.AnswersSince(s.Size, s.First.Time)) || c.Largest == 0 || s.Outer <= leastMTU(c.Src) || s.Ask == traffic.AskSYN || s.Sent < again && k.TCP()
		})
		if k.TCP() || len(lost) >= pings {
			list = append(list, lost...)
		}
	}
	slices.SortFunc(list, func(a, b *traffic.Segment) int { return cmp.Or(b.Sent-a.Sent, a.Frames[0]-b.Frames[0]) })
	return list
}

func stuckFinding(c *traffic.Content, s *traffic.Segment) Finding {
	facts := LargeInside{
		Protocol: c.SA.Protocol, SPI: c.SA.SPI, TCP: s.TCP(), Src: netip.AddrPortFrom(s.Src, s.SrcPort), Dst: netip.AddrPortFrom(s.Dst, s.DstPort),
		Sent: s.Sent, Size: s.Size, Answered: c.Largest, Outer: s.Outer, Pieces: s.Pieces, NoFrag: s.NoFrag}
	if s.Size <= c.Largest {
		facts.Since = s.Frames[0]
	}
	return Finding{Code: CodeMTUSuspect, Severity: Warning, Frames: Frames(s.Frames...), Facts: facts}
}

const espFragmentRFC = "RFC 4303, section 3.3.4; RFC 4459"

// reassemblyFailed is for a host that says that it waited for a fragment in vain.
func reassemblyFailed(es []traffic.ICMPError) Finding {
	f := Finding{Code: CodeFragmentLost, Severity: Problem, Grade: Wire, Frames: icmpFrames(es), Facts: ICMPError{ICMPError: es[0]}}
	if es[0].About().IsTraffic() {
		f.Setting, f.RFC = SettingMTU, espFragmentRFC
	}
	return f
}
