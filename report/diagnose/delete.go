package diagnose

import (
	"github.com/ikedecode/ikedecode"
	"slices"
	"time"

	"github.com/ikedecode/ikedecode/keys/ikesa"
	"github.com/ikedecode/ikedecode/report/negotiation"
)

// Who ended an IKE SA or a Child SA, and what came before.

// deletes notes who ended each IKE SA, and what came before.
func (d *diagnosis) deletes() {
	last := d.lastTraffic()
	for _, s := range d.Stories() {
		m := negotiation.IKEDelete(s.SA)
		if m == nil || s.SA.Version == 2 && s.RekeyedBefore(m) {
			continue
		}
		facts := d.whyDeleted(s, m, last)
		d.ageAt(s.SA, m.Time, &facts)
		d.noteSA(s.SA, CodeDeletedByPeer, SideOf(m.FromInitiator), facts, messageFrames(m))
	}
}

// ageAt says how old an IKE SA was at t: since its first message, or since the exchange of another IKE SA that made it. Where the
// capture has neither, only the capture's own beginning is known.
func (d *diagnosis) ageAt(sa *ikesa.SA, t time.Time, facts *Deleted) {
	switch l := d.Family().Rekeyed(sa); {
	case l.Kind != negotiation.NoLineage:
		for _, m := range l.From.Messages {
			if m.Frame == l.Frame {
				facts.Since, facts.Age, facts.Rekeyed = SinceRekeying, t.Sub(m.Time), l.Frame
				return
			}
		}
	case negotiation.Begins(sa):
		facts.Since, facts.Age = SinceStart, t.Sub(sa.Start())
		return
	}
	if since := t.Sub(d.Session.First); !d.Session.First.IsZero() && since > 0 {
		facts.Since, facts.Age = SinceCapture, since
	}
}

// deletesSoon is how long after a Child SA its IKE SA may be deleted for both to be one thing.
const deletesSoon = 5 * time.Second

// childDeletes notes the Child SAs that a side took down though their IKE SA goes on and no other one takes their place.
func (d *diagnosis) childDeletes() {
	last := d.lastPackets()
	followed := d.Followed()
	done := make(map[*ikesa.Child]bool)
	for _, s := range d.Stories() {
		ended := negotiation.IKEDelete(s.SA)
		_, unheard := negotiation.OnlyOneSide(s.SA)
		for _, m := range s.SA.Messages {
			for _, k := range negotiation.DeletedBy(m) {
				c := d.Child(k).Child
				if c == nil || done[c] {
					continue
				}
				done[c] = true
				soon := ended != nil && ended.Time.Sub(m.Time) < deletesSoon && !ended.Time.Before(m.Time)
				began := d.Negotiated(c)
				if soon || followed[c] || began.IsZero() {
					continue
				}
				d.noteSA(s.SA, CodeDeletedByPeer, deleter(m),
					ChildDeleted{Frame: c.Frames[0], Age: m.Time.Sub(began), Idle: idleOf(c, last, m.Time), OneSided: unheard}, messageFrames(m))
			}
		}
	}
}

// deleter is the side that deleted what a message names: the other one where it is a response (RFC 7296, section 1.4.1).
func deleter(m *ikesa.Message) Side {
	return SideOf(m.FromInitiator != (m.Major() == 2 && m.IsResponse()))
}

// undoneWithin is how soon after its birth a Child SA is deleted where something was wrong with it.
const undoneWithin = 2 * time.Second

// undone reports whether a Child SA was deleted at once, before it carried anything. Of two for the same networks that came up together
// one is superfluous (RFC 7296, section 2.8.1).
func (d *diagnosis) undone(sa *ikesa.SA, c *ikesa.Child) bool {
	m := d.undoneBy(c)
	return m != nil && !takenDown(sa, m, m.Time.Sub(d.Negotiated(c))) && !slices.ContainsFunc(sa.Children, func(o *ikesa.Child) bool {
		const together = 10 * time.Second
		a, b := negotiation.TrafficOf(o), negotiation.TrafficOf(c)
		return o != c && o.Complete && a == b && d.Negotiated(o).Sub(d.Negotiated(c)).Abs() < together
	})
}

// takenDown reports whether a side that deleted a Child SA a while after its birth deleted the IKE SA in the same breath: as its administrator tells it to. What is
// wrong with a Child SA shows at once.
func takenDown(sa *ikesa.SA, m *ikesa.Message, age time.Duration) bool {
	const atOnce, breath = 500 * time.Millisecond, time.Second
	end := negotiation.IKEDelete(sa)
	return end != nil && age > atOnce && end.FromInitiator == m.FromInitiator && end.Time.Sub(m.Time).Abs() < breath
}

// undoneBy is the Delete of a Child SA that came within moments of its birth; nil: none did, or it had traffic before.
func (d *diagnosis) undoneBy(c *ikesa.Child) (first *ikesa.Message) {
	began := d.Negotiated(c)
	for _, dir := range c.SAs {
		for _, m := range d.Deletes(negotiation.ChildKey{Protocol: dir.Protocol, SPI: dir.SPI}) {
			late := m.Time.Sub(began)
			if c.Complete && !began.IsZero() && !d.coarse() && late >= 0 && late <= undoneWithin && !d.used(c) && (first == nil || m.Time.Before(first.Time)) {
				first = m
			}
		}
	}
	return first
}

// used reports whether a Child SA carried anything, by the capture or by a log.
func (d *diagnosis) used(c *ikesa.Child) bool {
	return d.carriedByLog(c) || slices.ContainsFunc(d.flows(), func(f flowFacts) bool { return f.Child.Child == c }) ||
		slices.ContainsFunc(d.ClosedFlows(), func(u *ikedecode.UnknownSPI) bool {
			return d.Child(negotiation.ChildKey{Protocol: u.Protocol, SPI: u.SPI}).Child == c
		})
}

// undoneChildren finds Child SAs that a side deleted as soon as they were there.
func (d *diagnosis) undoneChildren() {
	followed := d.Followed()
	for _, s := range d.Stories() {
		for _, c := range s.SA.Children {
			if !d.undone(s.SA, c) {
				continue
			}
			m := d.undoneBy(c)
			if d.besides(s.SA, c, m.Time) {
				continue
			}
			f := Finding{Code: CodeChildUndone, Severity: Problem, Grade: Wire, From: SideOf(m.FromInitiator), Frames: Frames(append(slices.Clip(c.Frames), m.Frame)...),
				Facts: ChildDeleted{Frame: c.Frames[0], Age: m.Time.Sub(d.Negotiated(c))}}
			if followed[c] {
				f.Severity = Warning
			}
			d.addSA(s.SA, f)
		}
	}
}

// lastPackets are the times of the last packets of each SA.
func (d *diagnosis) lastPackets() map[negotiation.ChildKey]time.Time {
	last := make(map[negotiation.ChildKey]time.Time)
	if d.Session.Table == nil {
		return last
	}
	for _, sa := range d.Session.Table.Used() {
		if st := sa.Stats(); st.Packets > 0 {
			last[negotiation.KeyOf(sa)] = st.Last.Time
		}
	}
	return last
}

// idleOf is how long before t the last packet of a child came; 0: none did.
func idleOf(c *ikesa.Child, last map[negotiation.ChildKey]time.Time, t time.Time) (idle time.Duration) {
	for _, sa := range c.SAs {
		if at, ok := last[negotiation.ChildKey{Protocol: sa.Protocol, SPI: sa.SPI}]; ok && at.Before(t) && (idle == 0 || t.Sub(at) < idle) {
			idle = t.Sub(at)
		}
	}
	return idle
}

// IdleAfter is how long nothing came before a Delete that may be for want of traffic.
const IdleAfter = 20 * time.Second

// whyDeleted says what came before a Delete of an IKE SA.
func (d *diagnosis) whyDeleted(s *negotiation.Story, m *ikesa.Message, last map[negotiation.Hosts][]time.Time) (facts Deleted) {
	if from := d.Family().Rekeyed(s.SA).From; from != nil {
		if o := d.Family().Heir(from); o != nil && o != s.SA {
			return Deleted{Why: Redundant, Next: subjectOf(o)}
		}
	}
	switch l := d.Family().Successor(s.SA, m); {
	case l.Likely:
		return Deleted{Why: MadeAnew, Next: subjectOf(l.SA), Wait: l.SA.Start().Sub(m.Time), Frame: l.Frame}
	case l.Kind != negotiation.NoLineage:
		return Deleted{Why: Reauthenticated, Next: subjectOf(l.SA)}
	}
	carried, ok := lastBefore(last[negotiation.HostsOf(s.SA)], m.Time)
	if n := negotiation.ErrorBefore(s.SA, m); n != nil && m.Time.Sub(n.Time) < IdleAfter && !carried.After(n.Time) {
		return Deleted{Why: AfterError, Frame: n.Frame}
	}
	if movedTo(s.SA, m) {
		facts = Deleted{Why: AfterMove, Now: m.Src.Addr()}
		for i, o := range d.Family().Between(negotiation.InOrder(m.Src.Addr(), m.Dst.Addr())) {
			if i < maxBetween && facts.Frame == 0 && o.Start().After(m.Time) {
				facts.Next, facts.Frame = subjectOf(o), o.Messages[0].Frame
			}
		}
		return facts
	}
	if asked, _ := unheard(s.SA, m.FromInitiator); len(asked) > 0 && asked[0].Time.Before(m.Time) {
		return Deleted{Why: AfterChecks, Checks: len(asked)}
	}
	if o := d.Family().Attempted(s.SA, m); o != nil {
		return Deleted{Why: MadeAnew, Next: subjectOf(o), Wait: o.Start().Sub(m.Time), Frame: o.Messages[0].Frame}
	}
	if ok {
		facts = Deleted{Why: AfterTraffic, Idle: m.Time.Sub(carried)}
		if d.Session.Last.Sub(m.Time) < negotiation.ReauthWithin {
			facts.Why = AtEnd
		}
		if facts.Idle > IdleAfter && m.Time.Sub(d.lastNegotiated(s.SA, m)) > IdleAfter {
			facts.Why = AfterIdle
		}
	}
	return facts
}

// movedTo reports whether a message comes from another address than what its sender sent before it.
func movedTo(sa *ikesa.SA, m *ikesa.Message) bool {
	var last *ikesa.Message
	for _, o := range sa.Messages {
		if o.FromInitiator == m.FromInitiator && o.Time.Before(m.Time) && (last == nil || o.Time.After(last.Time)) {
			last = o
		}
	}
	return last != nil && last.Src.Addr() != m.Src.Addr()
}

// lastNegotiated is when an IKE SA last had a new Child SA before a message: one that makes new ones is not given up for being idle.
func (d *diagnosis) lastNegotiated(sa *ikesa.SA, before *ikesa.Message) (last time.Time) {
	for _, c := range sa.Children {
		if t := d.Negotiated(c); t.After(last) && t.Before(before.Time) {
			last = t
		}
	}
	return last
}

// maxBetween bounds the SAs between two hosts that are looked at for each of them.
const maxBetween = 256

// lastTraffic are the times of the last packets of the SAs between each two hosts.
func (d *diagnosis) lastTraffic() map[negotiation.Hosts][]time.Time {
	last := make(map[negotiation.Hosts][]time.Time)
	if d.Session.Table == nil {
		return last
	}
	for _, sa := range d.Session.Table.Used() {
		if st := sa.Stats(); st.Packets > 0 {
			if k := negotiation.InOrder(sa.Src, sa.Dst); len(last[k]) < maxBetween {
				last[k] = append(last[k], st.Last.Time)
			}
		}
	}
	return last
}

// lastBefore is the last of some times before t.
func lastBefore(list []time.Time, t time.Time) (time.Time, bool) {
	list = slices.DeleteFunc(slices.Clone(list), t.Before)
	if len(list) == 0 {
		return time.Time{}, false
	}
	return slices.MaxFunc(list, time.Time.Compare), true
}
