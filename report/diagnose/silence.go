package diagnose

import (
	"net/netip"
	"slices"
	"time"

	"github.com/ikedecode/ikedecode/keys/ikesa"
	"github.com/ikedecode/ikedecode/report/negotiation"
	"github.com/ikedecode/ikedecode/report/traffic"
)

// Rules about traffic that goes on while nothing comes back, or as if nothing came.

const (
	hardAsks   = 3               // packets known to ask for an answer that got none
	hardFor    = time.Second     // how long they go on at the least
	moments    = 3               // in which something is sent
	usualAsks  = 5               // packets of lengths that were answered before
	usualFor   = 2 * time.Second // how long those go on
	resentOnce = 3               // times that a segment is sent before it is taken for lost
	waitedFor  = 3 * time.Second // how long hosts that answered before may take, however short what asks them is
)

// fallenSilent finds hosts that answered and then send nothing more, while the other one goes on.
func (d *diagnosis) fallenSilent() {
	var list []Finding
	for _, w := range d.watch.Duplex.Ways() {
		if d.AtSecondPlace(w.Src, w.Dst) {
			continue
		}
		found := d.silences(w)
		if len(found) == 0 { // the host goes on, perhaps not with all of its SAs
			for _, part := range w.Parts() {
				found = append(found, d.silences(part)...)
			}
		}
		list = append(list, found...)
	}
	d.addBounded(list)
}

// silences are the times in which a host sends and nothing comes back.
func (d *diagnosis) silences(w *traffic.Way) (list []Finding) {
	for i := range w.Over {
		if f, ok := d.silence(w, &w.Over[i]); ok {
			list = append(list, f)
		}
	}
	if f, ok := d.silence(w, &w.Now); ok {
		list = append(list, f)
	}
	return list
}

// waited reports whether the capture goes on for long enough after t, and the SA of a flow with it, to have an answer.
func (d *diagnosis) waited(f traffic.Flow, t time.Time) bool {
	end := d.Session.Last
	for _, m := range d.Deletes(negotiation.ChildKey{Protocol: f.Protocol, SPI: f.SPI}) {
		if m.Time.After(t) && m.Time.Before(end) {
			end = m.Time
		}
	}
	f = d.atHome(f)
	if sa := d.lastBetween(f.Src, f.Dst, t); sa != nil {
		if m := negotiation.IKEDelete(sa); m != nil && m.Time.Before(end) {
			end = m.Time
		}
	}
	return end.Sub(t) >= waitedFor
}

// tooLarge reports whether all that asks in a silence, or is retransmitted in it, is larger than anything that arrived.
func (d *diagnosis) tooLarge(s *traffic.Silence) bool {
	h := d.hearingOf(s.Flow)
	if h == nil || h.c.Largest == 0 {
		return false
	}
	again := slices.DeleteFunc(slices.Clone(h.unread), func(x *traffic.Segment) bool { return x.Last.Time.Before(s.First.Time) })
	return len(again) > 0 && !slices.ContainsFunc(again, func(x *traffic.Segment) bool { return x.Size <= h.c.Largest })
}

// stoppedAnswering reports whether what asks in a silence asks hosts that answered before.
func (d *diagnosis) stoppedAnswering(s *traffic.Silence) bool {
	h := d.hearingOf(s.Flow)
	return h != nil && len(d.fallenDeaf(h, s.First.Time)) >= hardAsks
}

// hearingOf is that of the SA of a flow; nil: there is none.
func (d *diagnosis) hearingOf(f traffic.Flow) *hearing {
	if d.heardOn == nil {
		d.heardOn = make(map[traffic.Flow]*hearing)
		list := d.hearings()
		for i := range list {
			d.heardOn[d.atHome(d.watch.Duplex.Seen(traffic.OfSA(list[i].c.SA)))] = &list[i]
		}
	}
	return d.heardOn[d.atHome(f)]
}

// atHome is a flow between the hosts where its SA began, before a NAT or MOBIKE moved it.
func (d *diagnosis) atHome(f traffic.Flow) traffic.Flow {
	f.Src, f.Dst = d.watch.Duplex.Home(f.Src, f.Dst)
	return f
}

// silence judges the time in which a host sends and nothing comes back.
func (d *diagnosis) silence(w *traffic.Way, s *traffic.Silence) (f Finding, ok bool) {
	byLength, ok := d.fallsSilent(w, s)
	if !ok {
		return f, false
	}
	facts := FallenSilent{Src: w.Src, Dst: w.Dst, Packets: s.Packets, Echo: s.Asks[traffic.AskEcho], Query: s.Asks[traffic.AskQuery], Control: s.Asks[traffic.AskControl], SYN: s.Asks[traffic.AskSYN],
		Again: s.Asks[traffic.AskAgain], Decrypted: s.Decrypted, Since: s.Since.Frame, Until: s.Until.Frame, Over: s.Lasted(), ByLength: byLength, Fresh: s.Fresh == s.Packets && w.FlowsSince(s) == 1}
	until := d.Session.Last
	if s.Until.Frame != 0 {
		facts.Gone, until = s.Until.Time.Sub(s.Since.Time), s.Last.Time
	}
	facts.Alive = d.answersIKE(w.Dst, w.Src, s.First.Time, until)
	sa := d.lastBetween(w.Src, w.Dst, s.First.Time)
	if d.silenceToldElsewhere(w, s, sa, &facts) {
		return f, false
	}
	if w.Tunnel || facts.Fresh || s.Resumed {
		facts.Flow = s.Flow
	}
	facts.Hosts = d.hostsDeaf(s)
	f = Finding{Code: CodeESPOneWay, Severity: Warning, Grade: Wire, Frames: Frames(s.First.Frame, s.Last.Frame), Span: true, Setting: SettingDPD}
	if s.Since.Frame != 0 {
		f.Grade = Likely // that nothing comes back any more is certain, why is not
		facts.Instead = d.sentElsewhere(w.Dst, w.Src, s)
		facts.Others = d.sendsToOthers(w, s)
		if p, ok := d.watch.Ports.Plain(s.Flow); ok && p.Frame > s.Since.Frame {
			facts.Plain = p.Frame
		}
	}
	if x := facts.Instead; facts.Fresh || x != nil && (x.Networks != nil || x.Replies > 0) {
		f.Setting = SettingSelectors
	}
	if sa != nil {
		f.Subject, f.From = subjectOf(sa), SideOf(sa.InitiatorAddr.Addr() == w.Src)
		facts.NAT = behindNAT(sa, f.From == Responder) && d.watch.Ports.Keepalives(w.Dst) == 0
		facts.FromNAT = behindNAT(sa, f.From == Initiator)
	}
	f.Facts = facts
	return f, true
}

// fallsSilent reports whether a silence is one: what asks for a response gets none, for long enough. byLength tells that most of its packets are only as long as
// those that got one.
func (d *diagnosis) fallsSilent(w *traffic.Way, s *traffic.Silence) (byLength, ok bool) {
	switch known := s.Packets - s.Asks[traffic.AskNothing]; {
	case s.Moments < moments:
		return false, false
	case s.Hard() >= hardAsks && s.Lasted() >= hardFor:
		return false, true
	case s == &w.Now && s.Hard() >= hardAsks && d.waited(s.Flow, s.Last.Time) && d.stoppedAnswering(s):
		return false, true
	default:
		enough := known >= usualAsks && s.Lasted() >= usualFor && s.Usual*10 >= s.Packets*8
		return enough, enough
	}
}

// silenceToldElsewhere reports whether another rule says why nothing comes back, or nothing is known to be wrong. sa is the last IKE SA of the hosts; nil: none.
func (d *diagnosis) silenceToldElsewhere(w *traffic.Way, s *traffic.Silence, sa *ikesa.SA, x *FallenSilent) bool {
	unanswered := x.Again + x.Echo
	switch {
	case unanswered > 0 && s.Hard() == unanswered && d.tooLarge(s): // that about the path MTU
		return true
	case x.Alive > 0 && s.Packets == x.SYN+x.Query+x.Control: // the gateway is there; a port that does not answer is all that is seen
		return true
	case d.rejected(w, s): // that about ICMP errors
		return true
	case x.Fresh && d.neverUsedBack(s.Flow): // that about a Child SA
		return true
	case s.Resumed && !d.endsFlow(s): // it works later
		return true
	case s.Since.Frame == 0 && (sa != nil || x.ByLength || !d.knowsBack(w) || d.oneSidedCapture(w.Src, w.Dst)): // those about a Child SA, or about the capture
		return true
	case sa != nil: // the SAs went with a Delete
		m := negotiation.IKEDelete(sa)
		return m != nil && m.Time.Before(s.First.Time)
	}
	return false
}

// rejected reports whether ICMP errors in a silence say why the ESP or AH in it does not arrive.
func (d *diagnosis) rejected(w *traffic.Way, s *traffic.Silence) bool {
	return slices.ContainsFunc(d.ipsecErrors(), func(e traffic.ICMPError) bool {
		switch e.Reason.Kind {
		case traffic.ICMPTooBig, traffic.ICMPReassembly:
			return false
		}
		return e.About().IsTraffic() && e.Src.Addr() == w.Src && e.Dst.Addr() == w.Dst && e.Frame > s.First.Frame
	})
}

// endsFlow reports whether a silence has the last packets of its flow, which is not decrypted: nothing of that SA is answered any more.
func (d *diagnosis) endsFlow(s *traffic.Silence) bool {
	if d.lastClosed == nil {
		d.lastClosed = make(map[traffic.Flow]int)
		for _, u := range d.ClosedFlows() {
			d.lastClosed[traffic.OfClosed(u)] = u.Last
		}
	}
	return d.lastClosed[s.Flow] == s.Last.Frame
}

// sendsToOthers reports whether the host that is silent on a way sends ESP or AH to a third one after that began.
func (d *diagnosis) sendsToOthers(w *traffic.Way, s *traffic.Silence) bool {
	if d.waysFrom == nil {
		d.waysFrom = make(map[netip.Addr][]*traffic.Way)
		for _, o := range d.watch.Duplex.Ways() {
			d.waysFrom[o.Src] = append(d.waysFrom[o.Src], o)
		}
	}
	return slices.ContainsFunc(d.waysFrom[w.Dst], func(o *traffic.Way) bool { return o.Dst != w.Src && o.Last.Frame > s.Since.Frame })
}

// neverUsedBack reports whether a flow is known to be of a Child SA of which no packet comes back.
func (d *diagnosis) neverUsedBack(f traffic.Flow) bool {
	c := d.Child(negotiation.ChildKey{Protocol: f.Protocol, SPI: f.SPI}).Child
	return c != nil && !slices.ContainsFunc(c.SAs, func(a ikesa.ChildSA) bool {
		return a.Protocol == f.Protocol && a.SPI != f.SPI && len(d.watch.Duplex.Alike(traffic.Flow{Protocol: a.Protocol, SPI: a.SPI})) > 0
	})
}

// answersIKE is the frame of the first response of IKE that a host sends to another one after t, until another time; 0: none.
func (d *diagnosis) answersIKE(host, peer netip.Addr, t, until time.Time) (frame int) {
	for _, sa := range d.Family().Between(negotiation.InOrder(host, peer)) {
		for _, m := range sa.Messages {
			if m.Time.After(t) && !m.Time.After(until) && m.FromInitiator == (sa.InitiatorAddr.Addr() == host) && !sa.Start().After(t) && (m.IsResponse() || sa.Version == 1) && (frame == 0 || m.Frame < frame) {
				frame = m.Frame
			}
		}
	}
	return frame
}

// lastBetween is the last IKE SA between two hosts that had begun at t; nil: there is none.
func (d *diagnosis) lastBetween(a, b netip.Addr, t time.Time) (last *ikesa.SA) {
	for _, sa := range d.Family().Between(negotiation.InOrder(a, b)) {
		if _, ok := negotiation.OnlyOneSide(sa); !ok && !sa.Start().After(t) && (last == nil || sa.Start().After(last.Start())) {
			last = sa
		}
	}
	return last
}

// oneSidedCapture reports whether the capture has one direction alone of an IKE SA between two hosts.
func (d *diagnosis) oneSidedCapture(a, b netip.Addr) bool {
	hosts := negotiation.InOrder(a, b)
	one, known := d.oneSided[hosts]
	if !known {
		one = slices.ContainsFunc(d.Family().Between(hosts), func(sa *ikesa.SA) bool {
			_, ok := negotiation.OnlyOneSide(sa)
			return ok
		})
		if d.oneSided == nil {
			d.oneSided = make(map[negotiation.Hosts]bool)
		}
		d.oneSided[hosts] = one
	}
	return one
}

// knowsBack reports whether the keys of an SA of the opposite direction were given.
func (d *diagnosis) knowsBack(w *traffic.Way) bool {
	if d.given == nil {
		d.given = make(map[[2]netip.Addr]bool)
		if d.Session.Table != nil {
			for _, g := range negotiation.GroupSAs(d.Session.Table.SAs()) {
				d.given[[2]netip.Addr{g[0].Src, g[0].Dst}] = d.given[[2]netip.Addr{g[0].Src, g[0].Dst}] || !g[0].Keyless()
			}
		}
	}
	return d.given[[2]netip.Addr{w.Dst, w.Src}]
}

// notArriving finds SAs whose packets do not arrive though the other side goes on: what answers it is ignored, and it acknowledges nothing.
func (d *diagnosis) notArriving() {
	var list []Finding
	for _, h := range d.hearings() {
		c := h.c
		facts := NotArriving{Flow: traffic.OfSA(c.SA), Src: c.Src, Dst: c.Dst}
		var at []int
		var first time.Time
		for _, s := range h.lost {
			// What is larger than all that arrives is a matter of the path MTU.
			if s.Passed || s.First.Time.Before(c.Arrived.Time) || s.Ask == traffic.AskACK && c.Largest > 0 && s.Size > c.Largest || s.Ask == traffic.AskSYN && !s.ACK {
				continue
			}
			if first.IsZero() {
				first = s.First.Time
			}
			at = append(at, s.Frames...)
			if s.Ask == traffic.AskSYN {
				facts.SYNACK += s.Sent
			} else {
				facts.Data++
			}
		}
		if x := c.Ignored; x.Packets > 0 && !x.First.Time.Before(c.Arrived.Time) {
			facts.Ignored = x.Packets
			at = append(at, x.First.Frame, x.Last.Frame)
			if first.IsZero() || x.First.Time.Before(first) {
				first = x.First.Time
			}
		}
		f := Finding{Code: CodeESPNotArriving, Severity: Warning, Grade: Wire, Frames: Frames(at...)}
		switch {
		case facts.Ignored >= 2 && facts.SYNACK+facts.Data > 0:
			f.Severity = Problem
		case facts.Ignored >= resentOnce, facts.SYNACK+facts.Data > 0 && h.goesOn(first):
		case h.deaf():
			f.Grade, facts.Unheard = Likely, len(h.unread)
			f.Frames, f.Span = Frames(h.unread[0].Frames[0], h.unread[len(h.unread)-1].Last.Frame), true
		default:
			list := d.fallenDeaf(&h, c.Arrived.Time)
			n := len(list)
			if c.Answered == 0 || n < hardAsks || !h.goesOn(list[n-1].Last.Time) || !d.waited(facts.Flow, list[n-1].Last.Time) {
				continue
			}
			f.Grade, facts.Unheard, facts.Since = Likely, n, c.Arrived.Frame
			f.Frames, f.Span = Frames(list[0].Frames[0], list[n-1].Last.Frame), true
		}
		d.ofSender(&f, facts.Flow)
		f.Facts = facts
		list = append(list, f)
	}
	d.addBounded(list)
}

// silentHosts notes hosts behind a tunnel that works which answer nothing.
func (d *diagnosis) silentHosts() {
	var list []Finding
	missing := d.missingBetween()
	for _, h := range d.hearings() {
		if h.c.Answered == 0 {
			continue
		}
		asked := make(map[netip.AddrPort]*SilentHost)
		var facts SilentHosts
		var at []int
		for _, s := range h.unread {
			k := s.Asked()
			if d.strayPairs()[[2]netip.Addr{s.Src, s.Dst}] || s.TCP() && d.droppedForSums(traffic.OfSA(h.c.SA)) {
				continue
			}
			if s.ACK || s.Ask == traffic.AskACK || h.unreadSince(s.First.Time) || !h.goesOn(s.First.Time) && d.answersIKE(h.c.Dst, h.c.Src, s.First.Time, d.Session.Last) == 0 || d.watch.Inside.Heard(k) {
				continue
			}
			if asked[k] == nil {
				asked[k] = &SilentHost{Host: k, Ask: s.Ask, Service: s.Service}
			}
			asked[k].Packets += s.Sent
			asked[k].frames = append(asked[k].frames, s.Frames...)
		}
		lost := missing[[2]netip.Addr{h.c.Dst, h.c.Src}] // the responses may be among these
		for _, x := range asked {
			if x.Packets >= hardAsks && uint64(x.Packets) > lost {
				facts.Hosts = append(facts.Hosts, *x)
				at = append(at, x.frames...)
			}
		}
		if len(facts.Hosts) == 0 {
			continue
		}
		slices.SortFunc(facts.Hosts, func(a, b SilentHost) int { return a.Host.Compare(b.Host) })
		facts.Flow = traffic.OfSA(h.c.SA)
		list = append(list, Finding{Code: CodeHostSilent, Severity: Noteworthy, Grade: Wire, Frames: Frames(at...), Facts: facts})
	}
	d.addBounded(list)
}

// missingBetween counts the packets that each host sent to another one and that the capture lacks, by their sequence numbers.
func (d *diagnosis) missingBetween() map[[2]netip.Addr]uint64 {
	lost := make(map[[2]netip.Addr]uint64)
	for _, f := range d.flows() {
		lost[[2]netip.Addr{f.SA.Src, f.SA.Dst}] += d.missingOf(f.About, missing(&f.Stats))
	}
	return lost
}

// inUDP reports whether a NAT, or the wish for one, puts the ESP of an IKE SA into UDP.
func inUDP(sa *ikesa.SA) bool { return sa.NAT.BehindNATInitiator || sa.NAT.BehindNATResponder }
