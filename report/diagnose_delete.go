package report

import (
	"net/netip"
	"slices"
	"time"

	"github.com/ikedecode/ikedecode/decode/ikev1"
	"github.com/ikedecode/ikedecode/decode/ikev2"
	"github.com/ikedecode/ikedecode/keys/ikesa"
	"github.com/ikedecode/ikedecode/report/diagnose"
	"github.com/ikedecode/ikedecode/report/negotiation"
)

// Who ended an IKE SA or a Child SA, and what came before.

// deletes notes who ended each IKE SA, and what came before.
func (d *diagnosis) deletes() {
	last := d.lastTraffic()
	for _, s := range d.stories {
		m := ikeDelete(s.SA)
		if m == nil || s.SA.Version == 2 && s.rekeyedBefore(m) {
			continue
		}
		facts := d.whyDeleted(s, m, last)
		d.ageAt(s.SA, m.Time, &facts)
		d.noteSA(s.SA, diagnose.CodeDeletedByPeer, diagnose.SideOf(m.FromInitiator), facts, messageFrames(m))
	}
}

// ageAt says how old an IKE SA was at t: since its first message, or since the exchange of another IKE SA that made it. Where the
// capture has neither, only the capture's own beginning is known.
func (d *diagnosis) ageAt(sa *ikesa.SA, t time.Time, facts *diagnose.Deleted) {
	switch old, frame := rekeyedFrom(sa, d.session.SAs); {
	case old != nil:
		for _, m := range old.Messages {
			if m.Frame == frame {
				facts.Since, facts.Age, facts.Rekeyed = diagnose.SinceRekeying, t.Sub(m.Time), frame
				return
			}
		}
	case begins(sa):
		facts.Since, facts.Age = diagnose.SinceStart, t.Sub(sa.Start())
		return
	}
	if since := t.Sub(d.session.First); !d.session.First.IsZero() && since > 0 {
		facts.Since, facts.Age = diagnose.SinceCapture, since
	}
}

// begins reports whether the first message of an IKE SA is in the capture.
func begins(sa *ikesa.SA) bool {
	if len(sa.Messages) == 0 {
		return false
	}
	m := sa.Messages[0]
	if sa.Version == 2 {
		return (negotiation.TypeOf(m) == ikev2.ExchangeSAInit || negotiation.TypeOf(m) == ikev2.ExchangeSessionResume) && !isResponse(m)
	}
	return negotiation.IsPhase1(negotiation.TypeOf(m)) && sa.RolesKnown && m.FromInitiator
}

// deletesSoon is how long after a Child SA its IKE SA may be deleted for both to be one thing.
const deletesSoon = 5 * time.Second

// childDeletes notes the Child SAs that a side took down though their IKE SA goes on and no other one takes their place.
func (d *diagnosis) childDeletes() {
	refs, last, times := d.children(), d.lastPackets(), d.times()
	replaced := replacements(d.session.SAs, times)
	done := make(map[*ikesa.Child]bool)
	for _, s := range d.stories {
		ended := ikeDelete(s.SA)
		for _, m := range s.SA.Messages {
			for _, p := range m.Payloads {
				protocol, spis := deleted(p.Body)
				for _, b := range spis {
					spi, _ := spiNumber(b)
					ref := refs[negotiation.ChildKey{Protocol: negotiation.ESPProtocols[protocol], SPI: spi}]
					if ref.Child == nil || done[ref.Child] {
						continue
					}
					done[ref.Child] = true
					soon := ended != nil && ended.Time.Sub(m.Time) < deletesSoon && !ended.Time.Before(m.Time)
					began := negotiatedAt(ref.Child, times)
					if soon || replaced[ref.Child] || began.IsZero() {
						continue
					}
					d.noteSA(s.SA, diagnose.CodeDeletedByPeer, diagnose.SideOf(m.FromInitiator),
						diagnose.ChildDeleted{Frame: ref.Child.Frames[0], Age: m.Time.Sub(began), Idle: idleOf(ref.Child, last, m.Time)}, messageFrames(m))
				}
			}
		}
	}
}

// replacements are the children that another one for the same networks followed.
func replacements(sas []*ikesa.SA, times map[int]time.Time) map[*ikesa.Child]bool {
	type place struct {
		hosts    [2]netip.Addr
		networks string
	}
	list := make(map[*ikesa.Child]bool)
	newest := make(map[place]*ikesa.Child)
	for _, sa := range sas {
		for _, c := range sa.Children {
			if !c.Complete {
				continue
			}
			from, to := selectorsOf(c, true)
			if from > to {
				from, to = to, from
			}
			k := place{hostsOf(sa), from + " " + to}
			old := newest[k]
			if old != nil && negotiatedAt(old, times).After(negotiatedAt(c, times)) {
				old, c = c, old
			}
			if old != nil {
				list[old] = true
			}
			newest[k] = c
		}
	}
	return list
}

// lastPackets are the times of the last packets of each SA.
func (d *diagnosis) lastPackets() map[negotiation.ChildKey]time.Time {
	last := make(map[negotiation.ChildKey]time.Time)
	if d.session.Table == nil {
		return last
	}
	for _, sa := range d.session.Table.SAs() {
		if st := sa.Stats(); st.Packets > 0 {
			last[negotiation.ChildKey{Protocol: sa.Protocol, SPI: sa.SPI}] = st.Last.Time
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

// ikeDelete is the first message that deletes an IKE SA; nil: none was seen.
func ikeDelete(sa *ikesa.SA) *ikesa.Message {
	frame := negotiation.IKEDeleted(sa)
	for _, m := range sa.Messages {
		if m.Frame == frame {
			return m
		}
	}
	return nil
}

// idleAfter is how long nothing came before a Delete that is taken to be for want of traffic.
const idleAfter = 20 * time.Second

// whyDeleted says what came before a Delete of an IKE SA.
func (d *diagnosis) whyDeleted(s *story, m *ikesa.Message, last map[[2]netip.Addr][]time.Time) (facts diagnose.Deleted) {
	if by := d.replacedBy(s, m); by != nil {
		return diagnose.Deleted{Why: diagnose.Reauthenticated, Next: subjectOf(by.SA)}
	}
	if next := d.madeAnew(s, m); next != nil {
		return diagnose.Deleted{Why: diagnose.MadeAnew, Next: subjectOf(next.SA), Wait: next.SA.Start().Sub(m.Time), Frame: next.SA.Messages[0].Frame}
	}
	if n := errorBefore(s.SA, m); n != nil && m.Time.Sub(n.Time) < idleAfter {
		return diagnose.Deleted{Why: diagnose.AfterError, Frame: n.Frame}
	}
	if asked, _ := unheard(s.SA, m.FromInitiator); len(asked) > 0 && asked[0].Time.Before(m.Time) {
		return diagnose.Deleted{Why: diagnose.AfterChecks, Checks: len(asked)}
	}
	if t, ok := lastBefore(last[hostsOf(s.SA)], m.Time); ok {
		facts = diagnose.Deleted{Why: diagnose.AfterTraffic, Idle: m.Time.Sub(t)}
		if facts.Idle > idleAfter {
			facts.Why = diagnose.AfterIdle
		}
	}
	return facts
}

// replacedBy is a newer IKE SA between the same hosts that was established before m.
func (d *diagnosis) replacedBy(s *story, m *ikesa.Message) *story {
	for _, o := range d.byHosts()[hostsOf(s.SA)] {
		if o != s && established(o.SA) && o.SA.Start().After(s.SA.Start()) && o.SA.Start().Before(m.Time) {
			return o
		}
	}
	return nil
}

// reauthWithin is how soon after it deleted an IKE SA a side starts the next one where it reauthenticates, which IKEv2 does by making
// a new IKE SA (RFC 7296, section 2.8.3): a program at once, an administrator later.
const reauthWithin = time.Second

// madeAnew is an IKE SA between the same hosts that the side that sent m starts right after it; nil: none.
func (d *diagnosis) madeAnew(s *story, m *ikesa.Message) *story {
	for _, o := range d.byHosts()[hostsOf(s.SA)] {
		if o == s || !established(o.SA) || !begins(o.SA) || o.SA.Messages[0].Src.Addr() != m.Src.Addr() {
			continue
		}
		if wait := o.SA.Start().Sub(m.Time); wait >= 0 && wait <= reauthWithin {
			return o
		}
	}
	return nil
}

// hostsOf are the two hosts of an IKE SA, the lower address first.
func hostsOf(sa *ikesa.SA) [2]netip.Addr {
	return inOrder(sa.InitiatorAddr.Addr(), sa.ResponderAddr.Addr())
}

func inOrder(a, b netip.Addr) [2]netip.Addr {
	if b.Less(a) {
		a, b = b, a
	}
	return [2]netip.Addr{a, b}
}

// maxBetween bounds the SAs between two hosts that are looked at for each of them.
const maxBetween = 256

// byHosts are the stories between each two hosts.
func (d *diagnosis) byHosts() map[[2]netip.Addr][]*story {
	if d.between == nil {
		d.between = make(map[[2]netip.Addr][]*story)
		for _, s := range d.stories {
			if k := hostsOf(s.SA); len(d.between[k]) < maxBetween {
				d.between[k] = append(d.between[k], s)
			}
		}
	}
	return d.between
}

// lastTraffic are the times of the last packets of the SAs between each two hosts.
func (d *diagnosis) lastTraffic() map[[2]netip.Addr][]time.Time {
	last := make(map[[2]netip.Addr][]time.Time)
	if d.session.Table == nil {
		return last
	}
	for _, sa := range d.session.Table.SAs() {
		if st := sa.Stats(); st.Packets > 0 {
			if k := inOrder(sa.Src, sa.Dst); len(last[k]) < maxBetween {
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

// errorBefore is the last message with an error notification before m; nil: none.
func errorBefore(sa *ikesa.SA, m *ikesa.Message) (found *ikesa.Message) {
	for _, o := range sa.Messages {
		if o == m {
			return found
		}
		if negotiation.TypeOf(o) == ikev2.ExchangeSAInit {
			continue // which was tried again
		}
		for _, p := range o.Payloads {
			switch n := p.Body.(type) {
			case *ikev1.Notify:
				if n.Type.IsError() {
					found = o
				}
			case *ikev2.Notify:
				if n.IsError() {
					found = o
				}
			}
		}
	}
	return found
}
