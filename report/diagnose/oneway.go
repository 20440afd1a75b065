package diagnose

import (
	"net/netip"
	"slices"
	"time"

	"github.com/ikedecode/ikedecode/decode/ikev2"
	"github.com/ikedecode/ikedecode/esp"
	"github.com/ikedecode/ikedecode/keys/ikesa"
	"github.com/ikedecode/ikedecode/report/negotiation"
	"github.com/ikedecode/ikedecode/report/traffic"
)

// Rules about IKE that goes through in one direction alone.

// A deadEnd is a message that was sent and did not arrive, or is ignored: its receiver goes on retransmitting what it answers.
type deadEnd struct {
	asked, answer *ikesa.Message
	again         []int // frames of asked after answer
}

// A deadWay is from where to where messages do not arrive.
type deadWay struct{ src, dst netip.Addr }

// lostAnswers finds exchanges in which one side keeps asking although it was answered.
func (d *diagnosis) lostAnswers() {
	for _, s := range d.Stories() {
		heard := lastHeard(s.SA)
		for _, x := range s.SA.Exchanges {
			if e, ok := deadEndOf(x, heard); ok {
				d.addSA(s.SA, e.finding(s.SA, x))
			}
		}
	}
}

// deadEndOf looks at the last message of x and at what it answers. heard is when each side sent anything new last.
func deadEndOf(x *ikesa.Exchange, heard map[Side]time.Time) (e deadEnd, ok bool) {
	if len(x.Messages) < 2 {
		return e, false
	}
	const resent = 2
	e.answer = x.Messages[len(x.Messages)-1]
	for _, m := range x.Messages {
		if m.FromInitiator != e.answer.FromInitiator {
			e.asked = m
		}
	}
	if e.asked != nil && e.asked.Major() == 2 && e.asked.IsResponse() {
		return e, false // the capture begins with a response; it is sent again because its request was
	}
	if e.asked == nil || precedes(e.answer, e.asked) || maybeUnreadable(e.answer) || mayIgnore(e.answer) || heard[SideOf(!e.answer.FromInitiator)].After(e.answer.Time) {
		return e, false
	}
	for _, r := range e.asked.Repeats {
		if !r.Mirror && r.After(e.answer.Message) {
			e.again = append(e.again, r.Frame)
		}
	}
	return e, len(e.again) >= resent
}

// precedes reports whether m of phase 1 of IKEv1 can only be from before o, though it was captured after it: it was sent again, and the capture begins late.
func precedes(m, o *ikesa.Message) bool {
	return negotiation.IsPhase1(negotiation.TypeOf(o)) && (encrypted(o) && !encrypted(m) || m.Responder.IsZero() && !o.Responder.IsZero())
}

// maybeUnreadable reports whether a message of phase 1 may have come through and not been understood: a responder with another pre-shared
// key cannot read message 5 of Main Mode, and some say nothing then. Who sends message 6 has verified message 5: the keys are the same.
func maybeUnreadable(m *ikesa.Message) bool {
	return negotiation.IsPhase1(negotiation.TypeOf(m)) && encrypted(m) && m.FromInitiator
}

// mayIgnore reports whether a response is one that its receiver rightly ignores, for anybody can send it: an error that is not protected (RFC
// 7296, section 2.21.1).
func mayIgnore(m *ikesa.Message) bool {
	return m.Major() == 2 && m.State == ikesa.Clear && slices.ContainsFunc(negotiation.NotifiesOf(m), func(n *ikev2.Notify) bool { return n.IsError() })
}

// lastHeard is when each side of an IKE SA sent a new message last.
func lastHeard(sa *ikesa.SA) map[Side]time.Time {
	last := make(map[Side]time.Time)
	for _, m := range sa.Messages {
		if side := SideOf(m.FromInitiator); m.Time.After(last[side]) {
			last[side] = m.Time
		}
	}
	return last
}

func (e *deadEnd) finding(sa *ikesa.SA, x *ikesa.Exchange) Finding {
	facts := DeadEnd{Exchange: x.Type, Asked: e.asked.Frame, Answer: e.answer.Frame, Again: len(e.again),
		From: e.answer.Src, To: e.answer.Dst, AskedAt: e.asked.Dst}
	facts.First = firstFragment(x, e.answer)
	if size := wireSize(e.answer); size >= largeMessage {
		facts.Large = size
	}
	return Finding{Code: CodeOneWayIKE, Severity: Problem, Grade: Wire, Subject: subjectOf(sa),
		From: SideOf(e.answer.FromInitiator), Frames: Frames(append([]int{e.asked.Frame, e.answer.Frame}, e.again...)...),
		Facts: facts, Cause: deadWay{e.answer.Src.Addr(), e.answer.Dst.Addr()}}
}

// firstFragment is the frame of the first IKE fragment of a message, of which m is the last one or that was put together from them; 0: it came whole.
func firstFragment(x *ikesa.Exchange, m *ikesa.Message) int {
	if m.Fragments > 1 {
		return slices.Min(m.Frames)
	}
	for _, group := range negotiation.FoldFragments(x.Messages) {
		if len(group) > 1 && slices.Contains(group, m) {
			return group[0].Frame
		}
	}
	return 0
}

// A closedWay is the ESP and AH packets from one host to another that no negotiation is known for.
type closedWay struct {
	packets, first, last int  // frames
	opened               bool // some were decrypted, with a key that was given
	mayAsk               bool // some ask for an answer, or nobody knows
	spis                 []uint32
}

// closedOneWay finds hosts between which ESP or AH goes in one direction alone, while their IKE goes in both: that shows without any
// key. Where the negotiation is known, oneWay tells more.
func (d *diagnosis) closedOneWay() {
	if d.Session.Table == nil {
		return
	}
	opened := make(map[deadWay]bool)
	for _, f := range d.flows() {
		if f.Child.Child != nil && f.Stats.Packets > 0 {
			opened[d.homeOf(f.About)] = true
		}
	}
	closed, order := make(map[deadWay]*closedWay), []deadWay(nil)
	add := func(k deadWay, spi uint32, packets, first, last int) *closedWay {
		w := closed[k]
		if w == nil {
			w = &closedWay{first: first}
			closed[k], order = w, append(order, k)
		}
		w.packets, w.spis = w.packets+packets, append(w.spis, spi)
		w.first, w.last = min(w.first, first), max(w.last, last)
		return w
	}
	for _, u := range d.ClosedFlows() {
		packets := u.Sent()
		if u.Protocol == esp.IPComp {
			packets = 0
		}
		w := add(d.homeOf(traffic.OfClosed(u)), u.SPI, packets, u.First, u.Last)
		w.mayAsk = w.mayAsk || packets > 0
	}
	for _, f := range d.flows() { // with a key that was given, and nothing that negotiates it
		if s := &f.Stats; f.Child.Child == nil && s.Packets > 0 && f.About.Protocol != esp.IPComp {
			w := add(d.homeOf(f.About), f.About.SPI, s.Packets-s.Repeats, s.First.Frame, s.Last.Frame)
			w.opened, w.mayAsk = w.opened || s.Opened > 0, w.mayAsk || !d.asksNothing(&f)
		}
	}
	for _, k := range order {
		back := deadWay{k.dst, k.src}
		w := closed[k]
		if w.packets < oneWayAfter || opened[k] || opened[back] || closed[back] != nil {
			continue
		}
		sa := d.upWithoutChild(k)
		if sa == nil || !negotiation.Begins(sa) && d.lasted(w) < hardFor { // what a capture begins amid may be a burst
			continue
		}
		severity := Warning
		if !w.mayAsk {
			severity = Noteworthy
		}
		facts := ClosedOneWay{Packets: w.packets, Src: k.src, Dst: k.dst, Opened: w.opened, Silent: !w.mayAsk}
		f := Finding{Code: CodeESPOneWay, Severity: severity, Grade: Wire, Subject: subjectOf(sa), Frames: Frames(w.first, w.last), Span: true}
		if all, ok := d.received(w.spis); ok && whyOf(all) != WayUnknown && (negotiation.Begins(sa) || whyOf(all) != SentBack) { // or before the capture
			facts.Why = whyOf(all)
			f.counted(all.Log, facts.Why)
		}
		f.Facts = facts
		d.found = append(d.found, f)
	}
}

// lasted is the time from the first to the last packet of w.
func (d *diagnosis) lasted(w *closedWay) time.Duration {
	first, ok := d.watch.Times.Of(w.first)
	last, ok2 := d.watch.Times.Of(w.last)
	if !ok || !ok2 {
		return 0
	}
	return last.Sub(first)
}

// homeOf is from where to where the packets of a flow went before their SA moved, by the addresses in the capture: keys may name those behind a NAT.
func (d *diagnosis) homeOf(f traffic.Flow) deadWay {
	f = d.atHome(d.watch.Duplex.Seen(f))
	return deadWay{f.Src, f.Dst}
}

// upWithoutChild is an IKE SA between the hosts of k that speaks in both directions and was not decrypted, so that its Child SAs are not
// known; nil: there is none.
func (d *diagnosis) upWithoutChild(k deadWay) (up *ikesa.SA) {
	for _, sa := range d.Family().Between(negotiation.InOrder(k.src, k.dst)) {
		if len(sa.Children) > 0 {
			return nil
		}
		if closedFrom(sa, true) != 0 && closedFrom(sa, false) != 0 {
			up = sa
		}
	}
	return up
}
