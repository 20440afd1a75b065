package diagnose

import (
	"net/netip"
	"slices"
	"time"

	"github.com/ikedecode/ikedecode"
	"github.com/ikedecode/ikedecode/decode/ike"
	"github.com/ikedecode/ikedecode/decode/ikev2"
	"github.com/ikedecode/ikedecode/esp"
	"github.com/ikedecode/ikedecode/keys/ikesa"
	"github.com/ikedecode/ikedecode/report/negotiation"
	"github.com/ikedecode/ikedecode/report/traffic"
)

// Traffic that a Child SA is for and that goes past it, in the clear.

// outsideTunnel finds packets in the clear between hosts of a Child SA's selectors, or from a gateway's own address to the remote network,
// as where it translates addresses before IPsec. What is not decrypted may be the same packets: see sinceESP.
func (d *diagnosis) outsideTunnel() {
	for _, s := range d.Stories() {
		if readAfterDecryption(s.SA) {
			continue
		}
		if f, ok := d.pastDeleteTold(s.SA); ok {
			d.addSA(s.SA, f)
			continue
		}
		if f, ok := d.pastTold(s.SA); ok {
			d.addSA(s.SA, f)
		}
		if !s.SA.Established || d.unreadBetween(negotiation.HostsOf(s.SA)) {
			continue
		}
		for _, c := range childrenByTraffic(s.SA) {
			if f, ok := d.pastTunnel(s.SA, c); ok {
				d.addSA(s.SA, f)
				break
			}
		}
	}
}

// childrenByTraffic are the last Child SAs that came up in sa, one for each traffic, the last first; the first maxTraffics of them.
func childrenByTraffic(sa *ikesa.SA) (list []*ikesa.Child) {
	const maxTraffics = 16
	type traffics [2]ike.SelectorsKey
	seen := make(map[traffics]bool)
	for _, c := range slices.Backward(sa.Children) {
		if !c.Complete || len(c.Frames) == 0 {
			continue
		}
		t, _ := c.Carries()
		k := traffics{t.Initiator.Key(), t.Responder.Key()}
		if !c.FromInitiator {
			k[0], k[1] = k[1], k[0]
		}
		if !seen[k] && len(list) < maxTraffics {
			seen[k] = true
			list = append(list, c)
		}
	}
	return list
}

// unreadBetween reports whether some ESP or AH between two hosts was not decrypted.
func (d *diagnosis) unreadBetween(hosts negotiation.Hosts) bool {
	return slices.ContainsFunc(d.Session.Unknown, func(u *ikedecode.UnknownSPI) bool { return negotiation.InOrder(u.Src, u.Dst) == hosts })
}

// alone leaves of packets in the clear those that nothing in ESP or AH is the same as, where that can be told.
type alone func([]esp.Point) []esp.Point

// seenOnce leaves out what may go through the tunnel all the same, where packets from one network to another are in the capture before or
// after IPsec as well, as on a gateway. One interface shows that in one direction alone. Of what is seen before IPsec nothing is certain, for the
// kernel may drop it there; what is decrypted begins and ends with ESP before it, and what comes a while before or later has been in none.
func (d *diagnosis) seenOnce(from, to ike.Selectors) alone {
	const apart = time.Second // from the first and the last copy
	var first, last time.Time
	for _, p := range d.watch.Clear.Hosts() {
		if !holds(from, p.Src, p.Protocol) || !holds(to, p.Dst, p.Protocol) {
			continue
		}
		if p.Before > 0 {
			return func([]esp.Point) []esp.Point { return nil }
		}
		if p.Copied.After(last) {
			last = p.Copied
		}
		if !p.CopiedFirst.IsZero() && (first.IsZero() || p.CopiedFirst.Before(first)) {
			first = p.CopiedFirst
		}
	}
	if last.IsZero() {
		return all
	}
	return func(list []esp.Point) []esp.Point {
		return slices.DeleteFunc(slices.Clone(list), func(p esp.Point) bool { return p.Time.Sub(last) < apart && first.Sub(p.Time) < apart })
	}
}

// pastTunnel looks for packets past a Child SA: of what it is for, else of what was asked for and the answer left out.
func (d *diagnosis) pastTunnel(sa *ikesa.SA, c *ikesa.Child) (f Finding, ok bool) {
	t, carries := c.Carries()
	if !carries {
		return f, false
	}
	up, nets := func(list []esp.Point) []int { return d.whileUp(sa, c, list) }, networks(c.FromInitiator, t)
	if f, ok = d.pastSelectors(sa, nets, up, d.seenOnce); ok {
		return f, ok
	}
	if m := d.goneBefore(sa, c); m != nil {
		if f, ok = d.pastDeleted(sa, nets, m, m == d.endOf(sa)); ok {
			return f, true
		}
	}
	if !narrowed(c) {
		return f, false
	}
	if f, ok = d.pastSelectors(sa, networks(c.FromInitiator, c.Asked), up, d.seenOnce); !ok {
		return f, false
	}
	facts, _ := f.Facts.(PastTunnel)
	facts.Narrowed = narrowing(sa, c)
	f.Facts = facts
	return f, !facts.OwnAddress
}

// narrowed reports whether the answer left something out of the traffic that was asked for (RFC 7296, section 2.9).
func narrowed(c *ikesa.Child) bool {
	return c.Version == 2 && c.Mode != ike.Transport && c.Asked.Known() && c.Agreed.Known() &&
		!(c.Agreed.Initiator.Covers(c.Asked.Initiator) && c.Agreed.Responder.Covers(c.Asked.Responder))
}

// narrowing is what a Child SA was asked for and became, seen from the side that asked; nil: no less.
func narrowing(sa *ikesa.SA, c *ikesa.Child) *Narrowing {
	if !narrowed(c) {
		return nil
	}
	n := &Narrowing{By: sa.ResponderAddr.Addr(), Asked: c.Asked, Agreed: c.Agreed}
	if !c.FromInitiator {
		n.By = sa.InitiatorAddr.Addr()
	}
	return n
}

// sinceESP is for ESP or AH that is not decrypted, and may be the same packets: it leaves those of each side that come a while after the last one of its gateway,
// where that has sent some. One that never did may do so where the capture does not show it, as with a network card that encrypts. Packets beside its ESP
// are seen before IPsec or after it: then nothing can be told.
func (d *diagnosis) sinceESP(sa *ikesa.SA, nets [2]ike.Selectors) func(from, to ike.Selectors) alone {
	const apart, some = time.Second, 3
	gateways := [2]netip.Addr{sa.InitiatorAddr.Addr(), sa.ResponderAddr.Addr()}
	return func(from, to ike.Selectors) alone {
		near := 0
		if !from.Equal(nets[0]) {
			near = 1
		}
		sent, seen := d.watch.Duplex.Way(gateways[near], gateways[1-near]), d.seenOnce(from, to)
		beside := 0
		for _, p := range d.watch.Clear.Hosts() {
			if sent == nil || !holds(from, p.Src, p.Protocol) || !holds(to, p.Dst, p.Protocol) {
				continue
			}
			for _, q := range p.Packets {
				if q.Time.Before(sent.Last.Time) {
					beside++
				}
			}
		}
		if sent == nil || beside >= some || nets[0].Equal(nets[1]) {
			return func([]esp.Point) []esp.Point { return nil }
		}
		return func(list []esp.Point) []esp.Point {
			return slices.DeleteFunc(slices.Clone(seen(list)), func(p esp.Point) bool { return p.Time.Sub(sent.Last.Time) < apart })
		}
	}
}

// noneTwice is for times without a Child SA, which can carry no copy.
func noneTwice(_, _ ike.Selectors) alone { return all }

func all(list []esp.Point) []esp.Point { return list }

// pastTold looks for packets past a Child SA of messages that are not decrypted, by the traffic that a log says it is for. It lasts until the next message
// of the IKE SA, which may be a Delete.
func (d *diagnosis) pastTold(sa *ikesa.SA) (f Finding, ok bool) {
	e, _ := d.childToldOf(sa)
	nets, known := e.nets()
	if !known || lastChild(sa) != nil {
		return f, false
	}
	once := d.seenOnce
	if d.unreadBetween(negotiation.HostsOf(sa)) {
		once = d.sinceESP(sa, nets)
	}
	f, ok = d.pastSelectors(sa, nets, untilNext(sa, e.x), once)
	f.Grade, f.Logs = e.grade, []LogLine{{At: e.Where(), Text: e.Text}}
	return f, ok
}

// pastDeleteTold looks for packets since a Delete that is not decrypted and that a log tells of. Nothing carries copies of them: no ESP or AH comes any more.
func (d *diagnosis) pastDeleteTold(sa *ikesa.SA) (f Finding, ok bool) {
	e, gone := d.childToldOf(sa)
	nets, known := e.nets()
	if !known || gone == nil || lastChild(sa) != nil {
		return f, false
	}
	m := gone.x.Messages[0]
	if len(gone.Children) == 0 && mayBeRekeyed(sa, m) {
		return f, false
	}
	for _, hosts := range []negotiation.Hosts{negotiation.HostsOf(sa), negotiation.InOrder(m.Src.Addr(), m.Dst.Addr())} {
		if slices.ContainsFunc(d.waysBetween(hosts), func(w *traffic.Way) bool { return w.Last.Time.After(m.Time) }) {
			return f, false
		}
	}
	f, ok = d.pastDeleted(sa, nets, m, len(gone.Children) == 0)
	f.Grade, f.Logs = e.grade, []LogLine{{At: e.Where(), Text: e.Text}, {At: gone.Where(), Text: gone.Text}}
	return f, ok
}

// mayBeRekeyed reports whether a CREATE_CHILD_SA, not decrypted, comes right before the Delete of an IKE SA, whose Child SAs live on then.
func mayBeRekeyed(sa *ikesa.SA, m *ikesa.Message) bool {
	i := slices.Index(sa.Messages, m)
	return i > 0 && negotiation.TypeOf(sa.Messages[i-1]) == ikev2.ExchangeCreateChild
}

// nets are what a Child SA that an event tells of is for, behind the initiator and behind the responder.
func (e *entry) nets() (nets [2]ike.Selectors, ok bool) {
	if e == nil || e.Agreed == nil || e.side == NoSide {
		return nets, false
	}
	return networks(e.side == Initiator, ikesa.Traffic{Initiator: e.Agreed.Local, Responder: e.Agreed.Remote}), true
}

// untilNext tells the frames of packets between an exchange and the next message of its IKE SA.
func untilNext(sa *ikesa.SA, x *ikesa.Exchange) func([]esp.Point) []int {
	last := x.Messages[len(x.Messages)-1]
	var until time.Time
	for _, m := range sa.Messages {
		if m.Time.After(last.Time) && (until.IsZero() || m.Time.Before(until)) {
			until = m.Time
		}
	}
	return func(list []esp.Point) (frames []int) {
		for _, p := range list {
			if p.Time.After(last.Time) && p.Frame > last.Frame && (until.IsZero() || p.Time.Before(until)) {
				frames = append(frames, p.Frame)
			}
		}
		return frames
	}
}

// pastDeleted looks for packets since a message that deleted a Child SA for these networks, or its IKE SA.
func (d *diagnosis) pastDeleted(sa *ikesa.SA, nets [2]ike.Selectors, m *ikesa.Message, isIKE bool) (f Finding, ok bool) {
	f, ok = d.pastSelectors(sa, nets, d.betweenSAs(sa, m), noneTwice)
	facts, is := f.Facts.(PastTunnel)
	if !ok || !is {
		return f, false
	}
	facts.Deleted, facts.DeletedBy, facts.DeletedIKE = m.Frame, senderIn(sa, m), isIKE
	f.Facts, f.Frames = facts, Frames(append([]int{m.Frame}, f.Frames...)...)
	return f, !facts.OwnAddress
}

// senderIn is the side of an IKE SA that sent a message of it, or of one that took it over, whose roles may be the other way round. The initiator is the one
// that moves (RFC 4555).
func senderIn(sa *ikesa.SA, m *ikesa.Message) Side {
	return SideOf(m.Src.Addr() != sa.ResponderAddr.Addr())
}

// networks are what the initiator and the responder of an IKE SA have behind them, of the traffic of a Child SA that one of them asked for.
func networks(fromInitiator bool, t ikesa.Traffic) [2]ike.Selectors {
	if fromInitiator {
		return [2]ike.Selectors{t.Initiator, t.Responder}
	}
	return [2]ike.Selectors{t.Responder, t.Initiator}
}

// pastSelectors looks for packets in the clear between networks, of those that in tells the frames of; once leaves out those that may be copies of what
// a Child SA carries.
func (d *diagnosis) pastSelectors(sa *ikesa.SA, nets [2]ike.Selectors, in func([]esp.Point) []int, once func(from, to ike.Selectors) alone) (f Finding, ok bool) {
	gateways := [2]netip.Addr{sa.InitiatorAddr.Addr(), sa.ResponderAddr.Addr()}
	facts := PastTunnel{Gateways: gateways}
	var at []int
	left := [2]alone{once(nets[0], nets[1]), once(nets[1], nets[0])}
	for _, p := range d.watch.Clear.Hosts() {
		for near := range nets {
			far := 1 - near
			if len(p.Packets) == 0 || slices.Contains(gateways[:], p.Dst) || !holds(nets[far], p.Dst, p.Protocol) {
				continue
			}
			own := p.Src == gateways[near] && !holds(nets[near], p.Src, p.Protocol)
			if !own && !holds(nets[near], p.Src, p.Protocol) {
				continue
			}
			frames := in(left[near](p.Packets))
			if len(frames) == 0 {
				continue
			}
			facts.Packets += len(frames)
			at = append(at, frames...)
			if facts.Local == nil || own && !facts.OwnAddress {
				facts.Src, facts.Dst, facts.OwnAddress, facts.Local, facts.Remote, facts.Near = p.Src, p.Dst, own, nets[near], nets[far], gateways[near]
				f.From = SideOf(near == 0)
			}
		}
	}
	const some = 2
	if facts.Packets < some {
		return f, false
	}
	f.Code, f.Severity, f.Grade, f.Frames, f.Facts = CodeTrafficOutside, Warning, Wire, Frames(at...), facts
	return f, true
}

// holds reports whether packets of a protocol that an address sends or receives are for a Child SA with these selectors: all of them, whatever
// their ports, and not as part of the whole Internet.
func holds(list ike.Selectors, a netip.Addr, protocol uint8) bool {
	return slices.ContainsFunc(list, func(s ike.Selector) bool {
		const widest4, widest6 = 8, 16
		p, ok := s.Prefix()
		wide := ok && (a.Is4() && p.Bits() < widest4 || a.Is6() && p.Bits() < widest6)
		return s.IsRange() && s.Contains(a) && !wide && (s.Protocol == 0 || s.Protocol == protocol) && s.AnyPort()
	})
}

// goneBefore is the first Delete of a Child SA that none replaced, or of its IKE SA; nil: there is none.
func (d *diagnosis) goneBefore(sa *ikesa.SA, c *ikesa.Child) (first *ikesa.Message) {
	if d.Followed()[c] {
		return nil
	}
	for _, m := range append(d.childGone(c), d.endOf(sa)) {
		if m != nil && (first == nil || m.Time.Before(first.Time)) {
			first = m
		}
	}
	return first
}

// childGone are the messages that delete a Child SA.
func (d *diagnosis) childGone(c *ikesa.Child) (list []*ikesa.Message) {
	for _, dir := range c.SAs {
		list = append(list, d.Deletes(negotiation.ChildKey{Protocol: dir.Protocol, SPI: dir.SPI})...)
	}
	return list
}

// betweenSAs tells the frames of packets that came after a message, by the clock and in the capture, and before the hosts of an IKE SA, wherever they had
// moved to, had another one.
func (d *diagnosis) betweenSAs(sa *ikesa.SA, after *ikesa.Message) func([]esp.Point) []int {
	later := d.Family().Between(negotiation.HostsOf(sa))
	if moved := negotiation.InOrder(after.Src.Addr(), after.Dst.Addr()); moved != negotiation.HostsOf(sa) {
		later = slices.Concat(later, d.Family().Between(moved))
	}
	var until time.Time
	for _, o := range later {
		if !o.Start().After(after.Time) {
			continue
		}
		up := o.Start()
		if m := negotiation.Authenticated(o); m != nil {
			up = m.Time
		}
		if until.IsZero() || up.Before(until) {
			until = up
		}
	}
	return func(list []esp.Point) (frames []int) {
		for _, p := range list {
			if p.Time.After(after.Time) && p.Frame > after.Frame && (until.IsZero() || !p.Time.After(until)) {
				frames = append(frames, p.Frame)
			}
		}
		return frames
	}
}

// whileUp are the frames of packets that came while a Child SA was up.
func (d *diagnosis) whileUp(sa *ikesa.SA, c *ikesa.Child, list []esp.Point) (frames []int) {
	began, gone := d.Negotiated(c), d.childGone(c)
	if m := d.endOf(sa); m != nil && c.Version == 2 {
		gone = append(gone, m)
	}
	for _, p := range list {
		over := slices.ContainsFunc(gone, func(m *ikesa.Message) bool { return m.Time.Before(p.Time) })
		if p.Time.After(began) && !over {
			frames = append(frames, p.Frame)
		}
	}
	return frames
}
