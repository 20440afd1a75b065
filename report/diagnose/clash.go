package diagnose

import (
	"net/netip"
	"slices"
	"time"

	"github.com/ikedecode/ikedecode/capture"
	"github.com/ikedecode/ikedecode/decode/ike"
	"github.com/ikedecode/ikedecode/decode/ikev1"
	"github.com/ikedecode/ikedecode/keys/ikesa"
	"github.com/ikedecode/ikedecode/keys/logs"
	"github.com/ikedecode/ikedecode/report/negotiation"
)

// IKE SAs that end another one of the same identity or address: of another client, or of one that has restarted.

const (
	// keptMapping is how long a NAT keeps the mapping of a client at the least (RFC 4787, REQ-5).
	keptMapping = 2 * time.Minute
	// justUp is how long a client stays where it is after it connected.
	justUp = 30 * time.Second
)

// clashes finds clients with one identity, or behind one address, that throw each other out, and notes peers that started anew.
func (d *diagnosis) clashes() {
	before := make(map[netip.Addr][]*ikesa.SA) // at each gateway
	shared := d.sharedIdentities()
	for _, s := range d.Stories() {
		sa, gateway := s.SA, s.SA.ResponderAddr.Addr()
		if !d.cameUp(sa) || d.Family().Rekeyed(sa).Kind != negotiation.NoLineage || negotiation.Authenticated(sa) == nil {
			continue
		}
		d.startedAnew(sa)
		list := before[gateway]
		for i := len(list) - 1; i >= max(0, len(list)-maxBetween); i-- {
			if f, ok := d.clash(list[i], sa); ok {
				if facts, is := f.Facts.(IdentityClash); is && f.Grade == Likely && facts.Deleted == 0 && len(f.Logs) == 0 && shared[identityAt{gateway, facts.Identity}] {
					f.Severity = Noteworthy
				}
				d.addSA(sa, f)
				break
			}
		}
		before[gateway] = append(list, sa)
	}
}

// An identityAt is an identity of the clients of a gateway.
type identityAt struct {
	gateway  netip.Addr
	identity string
}

// sharedIdentities are those that more than two clients of a gateway came up with: it most likely lets them, or the capture is merged of several places with
// one gateway's address.
func (d *diagnosis) sharedIdentities() map[identityAt]bool {
	const few = 2
	clients, shared := make(map[identityAt]map[netip.Addr]bool), make(map[identityAt]bool)
	for _, sa := range d.Session.SAs {
		if sa.IDi == nil || !sa.Established {
			continue
		}
		k := identityAt{sa.ResponderAddr.Addr(), sa.IDi.Value()}
		if clients[k] == nil {
			clients[k] = make(map[netip.Addr]bool)
		}
		if len(clients[k]) <= few {
			clients[k][sa.InitiatorAddr.Addr()] = true
		}
		shared[k] = len(clients[k]) > few
	}
	return shared
}

// cameUp reports whether an IKE SA came up, by its messages or by a log.
func (d *diagnosis) cameUp(sa *ikesa.SA) bool {
	return sa.Established || d.eventOf(sa, func(e *entry) bool { return e.Kind == logs.Up }) != nil
}

// clash judges whether a gateway dropped an IKE SA for a newer one, of another client.
func (d *diagnosis) clash(old, sa *ikesa.SA) (f Finding, ok bool) {
	same := old.IDi != nil && sa.IDi != nil && old.IDi.Equal(*sa.IDi)
	replaced := d.replacedByLog(old, sa)
	oneAddress := old.InitiatorAddr.Addr() == sa.InitiatorAddr.Addr()
	if !same && !oneAddress && replaced == nil || oneAddress && !d.Family().OtherSource(old, sa) {
		return f, false
	}
	at := negotiation.Authenticated(sa)
	facts := IdentityClash{Old: old.Messages[0].Src, New: sa.Messages[0].Src}
	if c := negotiation.InitialContact(sa); c != nil && c.FromInitiator {
		if facts.Contact = c.Frame; c.Time.After(at.Time) {
			at = c
		}
	}
	if m := d.endOf(old); m != nil && m.Time.Before(sa.Start()) || d.serves(old, at.Time) {
		return f, false
	} else if m != nil && m.Src.Addr() == sa.ResponderAddr.Addr() && m.Time.Sub(at.Time).Abs() <= deleteGrace {
		facts.Deleted = m.Frame
	}
	facts.Again = d.heardAfter(old, at.Time)
	gone := facts.Deleted > 0 || replaced != nil
	switch {
	case !gone && (facts.Contact == 0 || byUser(sa)): // users may share an identity and are told apart by their names
		return f, false
	case !gone && facts.Again == 0 && (!same || !movesNot(old, sa)):
		return f, false
	}
	f = Finding{Code: CodeIdentityClash, Severity: Problem, Grade: Wire, From: Initiator}
	switch {
	case replaced != nil && replaced.Remote.Identity != nil:
		facts.Identity = replaced.Remote.Identity.Value()
	case same:
		facts.Identity = sa.IDi.Value()
	}
	if !gone || facts.Again == 0 || facts.Identity == "" { // among many clients others have silences and reconnect, too
		f.Severity, f.Grade = Warning, Likely
	}
	if facts.Again == 0 && (!movesNot(old, sa) || same && sameNetwork(old, sa)) {
		facts.OrMoved, f.Severity = true, Noteworthy
	}
	ended := facts.Deleted
	if replaced != nil {
		f.Logs = []LogLine{{At: replaced.Where(), Text: replaced.Text}}
		if replaced.x != nil && ended == 0 {
			ended = replaced.x.Messages[0].Frame
		}
	}
	f.Cause = facts.Identity
	f.Frames, f.Facts = Frames(old.Messages[0].Frame, at.Frame, facts.Contact, ended, facts.Again), facts
	return f, true
}

// sameNetwork reports whether the initiators of two IKE SAs, at different addresses, have one network behind them: other clients have other ones. What a gateway
// assigned is not theirs.
func sameNetwork(a, b *ikesa.SA) bool {
	return a.InitiatorAddr.Addr() != b.InitiatorAddr.Addr() && slices.ContainsFunc(a.Children, func(c *ikesa.Child) bool {
		return c.Complete && behindInitiator(c) && slices.ContainsFunc(b.Children, func(o *ikesa.Child) bool {
			return o.Complete && negotiation.TrafficOf(c) == negotiation.TrafficOf(o)
		})
	})
}

// behindInitiator reports whether a Child SA was asked for with networks on the initiator's side, no single address and not all of them.
func behindInitiator(c *ikesa.Child) bool {
	side := c.Asked.Initiator
	if !c.FromInitiator {
		side = c.Asked.Responder
	}
	return len(side) > 0 && !slices.ContainsFunc(side, func(s ike.Selector) bool {
		p, ok := s.Prefix()
		return !ok || p.Bits() == 0 || p.IsSingleIP()
	})
}

// movesNot reports whether the initiator of an IKE SA is most likely another client than that of an older one, though nothing more is heard of
// that: it had just connected, or a NAT still keeps its port.
func movesNot(old, sa *ikesa.SA) bool {
	return sa.Start().Sub(old.Start()) <= justUp ||
		old.InitiatorAddr.Addr() == sa.InitiatorAddr.Addr() && onOwnPort(old) != onOwnPort(sa) && sa.Start().Sub(old.End()) <= keptMapping
}

// onOwnPort reports whether an initiator starts from a port of IKE.
func onOwnPort(sa *ikesa.SA) bool {
	p := sa.Messages[0].Src.Port()
	return p == capture.PortIKE || p == capture.PortNATT
}

// byUser reports whether the initiator is told from others by the name of a user, not by its identity alone.
func byUser(sa *ikesa.SA) bool {
	if _, ok := eapOf(sa); ok {
		return true
	}
	return slices.ContainsFunc(sa.Exchanges, func(x *ikesa.Exchange) bool { return x.Type == ikev1.ExchangeTransaction })
}

// serves reports whether the gateway goes on with an IKE SA, or those that took it over by rekeying, after t.
func (d *diagnosis) serves(sa *ikesa.SA, t time.Time) bool {
	return d.lastAfter(sa, t.Add(deleteGrace), Responder) > 0
}

// heardAfter is the frame in which the client of an IKE SA goes on after t, as who does not know that it was replaced, or comes back; 0: it
// does not.
func (d *diagnosis) heardAfter(sa *ikesa.SA, t time.Time) int {
	if n := d.lastAfter(sa, t.Add(deleteGrace), Initiator); n > 0 {
		return n
	}
	for _, o := range d.Family().Between(negotiation.HostsOf(sa)) {
		if o.Start().After(t) && negotiation.Begins(o) && o.Messages[0].Src == sa.Messages[0].Src && d.Family().SamePeers(sa, o) {
			return o.Messages[0].Frame
		}
	}
	return 0
}

// lastAfter is the frame of the last message, no Delete of the IKE SA, or packet of a Child SA, that a side sent after t with an IKE SA or
// those that took it over by rekeying; 0: none.
func (d *diagnosis) lastAfter(sa *ikesa.SA, t time.Time, side Side) (frame int) {
	host := hostOf(sa, side)
	for _, o := range d.Family().Between(negotiation.HostsOf(sa)) {
		if d.Family().First(o) != sa {
			continue
		}
		end := negotiation.IKEDelete(o)
		for _, m := range o.Messages {
			if m.Src.Addr() == host && m != end && m.Time.After(t) && (end == nil || m.Time.Before(end.Time)) {
				frame = max(frame, m.Frame)
			}
		}
	}
	if w := d.watch.Duplex.Way(host, hostOf(sa, side.Other())); w != nil && w.Closed.Time.After(t) {
		if last := d.lastBetween(w.Src, w.Dst, w.Closed.Time); last != nil && d.Family().First(last) == sa { // what is not decrypted is of no other IKE SA
			frame = max(frame, w.Closed.Frame)
		}
	}
	for _, f := range d.flows() {
		if f.Child.SA == nil || d.Family().First(f.Child.SA) != sa || !f.Stats.Last.Time.After(t) {
			continue
		}
		if sender := SideOf(f.Child.Dir.FromInitiator == f.Child.Child.FromInitiator); hostOf(f.Child.SA, sender) == host {
			frame = max(frame, f.Stats.Last.Frame)
		}
	}
	return frame
}

// eventOf is the first event about an IKE SA that is as asked for; nil: there is none.
func (d *diagnosis) eventOf(sa *ikesa.SA, is func(*entry) bool) *entry {
	list := d.logbook().events[sa]
	if i := slices.IndexFunc(list, is); i >= 0 {
		return list[i]
	}
	return nil
}

// replacedByLog is what the gateway's log says of an IKE SA that it dropped as a duplicate, right before the newer one came up; nil: nothing.
func (d *diagnosis) replacedByLog(old, sa *ikesa.SA) *entry {
	e := d.eventOf(old, func(e *entry) bool { return e.side == Responder && e.Kind == logs.Deleted && e.Reason == logs.Replaced })
	if e == nil {
		return nil
	}
	all, after := d.Session.Bag.Events, false
	for i := range all {
		o := &all[i]
		switch {
		case o == e.Event:
			after = true
		case after && o.Kind == logs.Up && o.File == e.File && o.Run == e.Run:
			if d.eventOf(sa, func(x *entry) bool { return x.Event == o }) != nil {
				return e
			}
			return nil
		}
	}
	return nil
}

// startedAnew notes a peer that sends INITIAL_CONTACT though it had an IKE SA, which nobody deleted: it has restarted, or lost that.
func (d *diagnosis) startedAnew(sa *ikesa.SA) {
	m := negotiation.InitialContact(sa)
	if m == nil {
		return
	}
	var old *ikesa.SA
	for _, o := range d.Family().Between(negotiation.HostsOf(sa)) {
		auth, end := negotiation.Authenticated(o), d.endOf(o)
		unread := slices.ContainsFunc(o.Messages, func(x *ikesa.Message) bool { return x.State == ikesa.Closed }) // there may be a Delete
		if o == sa || !o.Established || auth == nil || unread || !auth.Time.Before(sa.Start()) || end != nil && end.Time.Before(m.Time) || !d.Family().SamePeers(o, sa) {
			continue
		}
		if old == nil || o.Start().After(old.Start()) {
			old = o
		}
	}
	if old != nil && !gaveUp(old, SideOf(hostOf(old, Initiator) == m.Src.Addr())) {
		d.noteSA(sa, CodePeerRestarted, SideOf(m.FromInitiator), StartedAnew{Old: subjectOf(old), Since: m.Time.Sub(d.lastSign(old, m.Time))}, Frames(m.Frame))
	}
}

// gaveUp reports whether a side sent its last message in an IKE SA again and again, or R-U-THEREs, and got no response: it has lost nothing.
func gaveUp(sa *ikesa.SA, side Side) bool {
	if asked, _ := unheard(sa, side == Initiator); len(asked) > 1 {
		return true
	}
	last := sa.Messages[len(sa.Messages)-1]
	return last.FromInitiator == (side == Initiator) && !last.IsResponse() && last.Sent() > 1
}

// lastSign is when an IKE SA, or a Child SA of it, was heard of last before t.
func (d *diagnosis) lastSign(sa *ikesa.SA, t time.Time) (last time.Time) {
	see := func(at time.Time) {
		if at.After(last) && at.Before(t) {
			last = at
		}
	}
	for _, m := range sa.Messages {
		see(m.Time)
	}
	for _, f := range d.flows() {
		if f.Child.SA == sa {
			see(f.Stats.Last.Time)
		}
	}
	return last
}
