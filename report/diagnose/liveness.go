package diagnose

import (
	"net/netip"
	"slices"
	"time"

	"github.com/ikedecode/ikedecode/decode/ikev1"
	"github.com/ikedecode/ikedecode/keys/ikesa"
	"github.com/ikedecode/ikedecode/report/negotiation"
)

// Rules about dead peers.

// deadPeer finds R-U-THEREs after which nothing more came from the peer (RFC 3706).
func (d *diagnosis) deadPeer() {
	for _, s := range d.Stories() {
		if s.SA.Version != 1 {
			continue
		}
		for _, initiator := range []bool{true, false} {
			asked, closed := unheard(s.SA, initiator)
			enough := 3
			if answeredBefore(s.SA, closed) && d.lastESP(s.SA, hostOf(s.SA, SideOf(!initiator))) < closed[0].Frame {
				enough = 2
			}
			switch {
			case len(asked) >= 2:
				d.unheardSA(s, initiator, asked, Unheard{What: RUThere, Count: len(asked)})
			case len(closed) >= enough && len(asked) == 0 && s.SA.Established:
				d.unheardSA(s, initiator, closed, Unheard{What: ClosedMessage, Count: len(closed)})
			}
		}
	}
}

// liveInterval is how far apart R-U-THEREs are at the least. Informationals that follow each other at once are Deletes, most
// likely.
const liveInterval = time.Second

// unheard are the R-U-THEREs of a side, and its Informationals that were not decrypted and may be some, since the peer was heard
// last. A capture of one direction has no answers to miss.
func unheard(sa *ikesa.SA, initiator bool) (asked, closed []*ikesa.Message) {
	if _, ok := negotiation.OnlyOneSide(sa); ok {
		return nil, nil
	}
	return checksSince(sa, initiator)
}

// checksSince are the R-U-THEREs of a side since its peer was heard last, and its Informationals that were not decrypted and may be some: what follows one
// of the peer at once may answer it instead.
func checksSince(sa *ikesa.SA, initiator bool) (asked, closed []*ikesa.Message) {
	var heard time.Time
	for _, m := range sa.Messages {
		switch {
		case m.FromInitiator != initiator:
			asked, closed = nil, nil
			if negotiation.TypeOf(m) == ikev1.ExchangeInformational {
				heard = m.Time
			}
		case negotiation.TypeOf(m) != ikev1.ExchangeInformational:
		case m.State == ikesa.Closed && m.Time.Sub(heard) < liveInterval:
		case m.State == ikesa.Closed:
			if n := len(closed); n == 0 || m.Time.Sub(closed[n-1].Time) >= liveInterval {
				closed = append(closed, m)
			}
		case asksLife(m):
			asked = append(asked, m)
		}
	}
	return asked, closed
}

// checksInVain reports whether a host, which becomes that of x, sends at the end what may be R-U-THEREs, and the other one, whose ESP or AH shows that the
// capture has what it sends, nothing at all.
func (d *diagnosis) checksInVain(t *tunnel, x *Doubt) bool {
	const enough = 3
	for _, sa := range d.Family().Between(t.hosts) {
		for _, side := range []Side{Initiator, Responder} {
			_, closed := checksSince(sa, side == Initiator)
			alike := !slices.ContainsFunc(closed, func(m *ikesa.Message) bool { return len(m.Raw) != len(closed[0].Raw) })
			if sa.Version == 1 && len(closed) >= enough && alike && !d.sendsAfter(hostOf(sa, side.Other()), hostOf(sa, side), closed[0].Time) {
				x.From = hostOf(sa, side)
				return true
			}
		}
	}
	return false
}

// sendsAfter reports whether a host sends ESP or AH to another one after t.
func (d *diagnosis) sendsAfter(src, dst netip.Addr, t time.Time) bool {
	w := d.watch.Duplex.Way(src, dst)
	return w != nil && w.Last.Time.After(t)
}

// answeredBefore reports whether the Informationals of list are equally long, and the peer followed an earlier one of that length with one of its own, the
// next message of the IKE SA.
func answeredBefore(sa *ikesa.SA, list []*ikesa.Message) bool {
	if len(list) == 0 || slices.ContainsFunc(list, func(m *ikesa.Message) bool { return len(m.Raw) != len(list[0].Raw) }) {
		return false
	}
	closed := func(m *ikesa.Message) bool {
		return negotiation.TypeOf(m) == ikev1.ExchangeInformational && m.State == ikesa.Closed
	}
	for i, m := range sa.Messages[:len(sa.Messages)-1] {
		next := sa.Messages[i+1]
		if m == list[0] {
			return false
		}
		if closed(m) && m.FromInitiator == list[0].FromInitiator && len(m.Raw) == len(list[0].Raw) &&
			closed(next) && next.FromInitiator != m.FromInitiator && next.Time.Sub(m.Time) < liveInterval {
			return true
		}
	}
	return false
}

func asksLife(m *ikesa.Message) bool {
	for _, p := range m.Payloads {
		if n, ok := p.Body.(*ikev1.Notify); ok && n.Type == ikev1.NotifyRUThere {
			return true
		}
	}
	return false
}

// onNewPath reports whether a message goes between addresses on which its peer never sent anything, though it did on others: an address changed.
func onNewPath(sa *ikesa.SA, m *ikesa.Message) bool {
	elsewhere := false
	for _, o := range sa.Messages {
		if o.FromInitiator == m.FromInitiator {
			continue
		}
		if o.Src.Addr() == m.Dst.Addr() && o.Dst.Addr() == m.Src.Addr() {
			return false
		}
		elsewhere = true
	}
	return elsewhere
}

// unheardSA adds the finding about checks of a side that got no response; facts say what they are. With closed messages, which may be
// something else, it is a warning; on an IKE SA that another one took the place of, a note.
func (d *diagnosis) unheardSA(s *negotiation.Story, initiator bool, asked []*ikesa.Message, facts Unheard) {
	first, last := asked[0], asked[len(asked)-1]
	var list []int
	end := last.Time
	for _, m := range asked {
		list = append(list, messageFrames(m)...)
		if n := len(m.Repeats); n > 0 {
			end = m.Repeats[n-1].Time
		}
	}
	facts.Over, facts.Port, facts.Src, facts.Dst = end.Sub(first.Time), first.Dst.Port(), first.Src, first.Dst
	facts.NewPath = onNewPath(s.SA, first)
	host := s.SA.InitiatorAddr.Addr()
	if initiator {
		host = s.SA.ResponderAddr.Addr()
	}
	if frame := d.lastESP(s.SA, host); frame > first.Frame {
		facts.ESP = frame
	}
	facts.Outage = d.outageAt(s.SA, host, first.Time, end)
	frame, at := lastOf(s.SA, !initiator)
	facts.Last, facts.Later = frame, frame != 0 && at.After(first.Time)
	if frame != 0 && !facts.Later {
		facts.Before = first.Time.Sub(at)
	}
	f := Finding{Code: CodeDPDTimeout, Severity: Problem, Grade: Wire, Subject: subjectOf(s.SA), From: SideOf(initiator),
		Frames: Frames(list...), Facts: facts, Cause: facts.What}
	switch {
	case facts.Next.IsSA():
		f.Severity, f.Grade = Noteworthy, Likely
	case facts.What == Request && !d.outlasts(last):
		f.Severity, f.AtEdge = Noteworthy, true // the response may be in the next file
	case facts.What == ClosedMessage:
		f.Severity, f.Grade = Warning, Likely
	case facts.Count == 2 && facts.ESP > 0: // two that were lost; the tunnel goes on
		f.Severity = Warning
	}
	d.addSA(s.SA, f)
}

// lastOf is the frame and the time of the last message of a side, sent anew or again; 0: there is none.
func lastOf(sa *ikesa.SA, initiator bool) (frame int, at time.Time) {
	for _, m := range sa.Messages {
		if m.FromInitiator != initiator {
			continue
		}
		if frame == 0 || m.Time.After(at) {
			frame, at = m.Frame, m.Time
		}
		for _, r := range m.Repeats {
			if !r.Mirror && r.Time.After(at) {
				frame, at = r.Frame, r.Time
			}
		}
	}
	return frame, at
}

// espSince is the frame of the last ESP or AH packet from the peer of who sent m, after m; 0: none, or not while m was sent, again and again.
func (d *diagnosis) espSince(sa *ikesa.SA, m *ikesa.Message) int {
	host, end := hostOf(sa, SideOf(!m.FromInitiator)), m.Time
	if n := len(m.Repeats); n > 0 {
		end = m.Repeats[n-1].Time
	}
	if frame := d.lastESP(sa, host); frame > m.Frame && d.outageAt(sa, host, m.Time, end).Missing == 0 {
		return frame
	}
	return 0
}

// lastESP is the frame of the last ESP or AH packet from a host that an IKE SA negotiated, as far as it can be told; 0: none.
func (d *diagnosis) lastESP(owner *ikesa.SA, host netip.Addr) (frame int) {
	if d.Session.Table == nil {
		return 0
	}
	for _, sa := range d.Session.Table.Used() {
		if st := sa.Stats(); sa.Src == host && st.Packets > 0 && d.Child(negotiation.KeyOf(sa)).SA == owner {
			frame = max(frame, st.Last.Frame)
		}
	}
	for _, u := range d.ClosedFlows() {
		if u.Src == host && d.Owner(negotiation.InOrder(u.Src, u.Dst), u.First) == owner {
			frame = max(frame, u.Last)
		}
	}
	return frame
}
