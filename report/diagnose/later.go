package diagnose

import (
	"net/netip"
	"slices"
	"time"

	"github.com/ikedecode/ikedecode/decode"
	"github.com/ikedecode/ikedecode/decode/ikev1"
	"github.com/ikedecode/ikedecode/decode/ikev2"
	"github.com/ikedecode/ikedecode/keys/ikesa"
	"github.com/ikedecode/ikedecode/keys/logs"
	"github.com/ikedecode/ikedecode/report/negotiation"
	"github.com/ikedecode/ikedecode/report/traffic"
)

// What went through after it had failed.

// laterSuccess is another attempt between the same hosts that went through after the one that a finding is about; nil: none.
func (d *diagnosis) laterSuccess(sa *ikesa.SA, f *Finding) *Success {
	end, ended := f.Facts.(DeadEnd)
	ended = ended && sa.Established
	dead := f.Code == CodeDPDTimeout || ended
	if childCodes[f.Code] || f.Code == CodeKernelRefused {
		if s := d.childSuccess(sa, f.Frames); s != nil {
			return s
		}
	}
	if !dead && (!f.Code.Info().StopsIKE || sa.Established) {
		return nil
	}
	l := d.Family().WentThrough(sa)
	if l.Kind == negotiation.NoLineage || l.Likely {
		if s := d.laterAccepted(sa, f); s != nil {
			return s
		}
	}
	if l.Kind == negotiation.NoLineage && ended {
		return nil
	}
	if l.Kind == negotiation.NoLineage {
		s := d.laterCarried(sa)
		if o := d.lastCarried()[negotiation.HostsOf(sa)]; s != nil && (dead || f.Code.Info().Silence) {
			s.speaks(sa, o, f)
		}
		return s
	}
	if ended && (l.Frame < end.Answer || negotiation.Begins(l.SA)) {
		return nil // that one of a rekeying works shows that the peers did not lose each other
	}
	s := &Success{Version: l.SA.Version, SPIs: spisOf(l.SA), Frame: l.Frame, Over: !l.Likely, Alike: alike(sa, l.SA)}
	if dead || f.Code.Info().Silence {
		s.speaks(sa, l.SA, f)
	}
	return s
}

// speaks takes into account that the host that was silent on sa negotiates with the same host in o: it responds to the same initiator, or starts itself, which
// counts where the first message had no response, for that names no connection yet.
func (s *Success) speaks(sa, o *ikesa.SA, f *Finding) {
	switch a := o.InitiatorAddr.Addr(); {
	case o.Version != sa.Version:
	case a == sa.InitiatorAddr.Addr():
		s.Over = true
	case f.Code == CodeNoResponse && a == sa.ResponderAddr.Addr():
		s.Over, s.From = true, a
	}
}

// laterAccepted is the last attempt of the same initiator whose offer the same responder accepted, where it rejected that of sa before; nil: there is none. What
// became of that attempt is another matter.
func (d *diagnosis) laterAccepted(sa *ikesa.SA, f *Finding) *Success {
	if f.Code != CodePhase1NoProposal && f.Code != CodeNoConnection {
		return nil
	}
	o := d.lastAccepted()[attemptOf(sa)]
	if o == nil || !o.Start().After(sa.Start()) {
		return nil
	}
	return &Success{Version: o.Version, SPIs: spisOf(o), Frame: o.Messages[0].Frame, Over: !o.NAT.BehindNATInitiator, Offer: true}
}

// laterCarried is the last attempt between the same hosts that went through, as the packets after it show, for it is not decrypted; nil: there is none.
func (d *diagnosis) laterCarried(sa *ikesa.SA) *Success {
	o := d.lastCarried()[negotiation.HostsOf(sa)]
	if o == nil || !o.Start().After(sa.End()) {
		return nil
	}
	return &Success{Version: o.Version, SPIs: spisOf(o), Frame: o.Messages[0].Frame, Alike: alike(sa, o)}
}

// alike reports whether the initiators of two IKE SAs are one host, whose first encrypted messages have one length: those of two connections seldom
// do, for they have identities.
func alike(a, b *ikesa.SA) bool {
	n := firstEncrypted(a)
	return n > 0 && n == firstEncrypted(b) && a.Version == b.Version && a.InitiatorAddr.Addr() == b.InitiatorAddr.Addr()
}

// firstEncrypted is how long the first encrypted message of the initiator is, in bytes; 0: there is none.
func firstEncrypted(sa *ikesa.SA) int {
	for _, m := range sa.Messages {
		if m.FromInitiator && m.State != ikesa.Clear {
			return len(m.Raw)
		}
	}
	return 0
}

// lastCarried are the last IKE SAs that are not decrypted, from their first messages on, and after which ESP or AH began both ways between their hosts.
func (d *diagnosis) lastCarried() map[negotiation.Hosts]*ikesa.SA {
	if d.carriedBy != nil {
		return d.carriedBy
	}
	d.carriedBy = make(map[negotiation.Hosts]*ikesa.SA)
	begun := d.lastBegun()
	for _, s := range d.Stories() {
		sa, h := s.SA, negotiation.HostsOf(s.SA)
		m := lastUnread(s)
		if m == nil || begun[h] < m.Frame || begun[[2]netip.Addr{h[1], h[0]}] < m.Frame {
			continue
		}
		if o := d.carriedBy[h]; o == nil || sa.Start().After(o.Start()) {
			d.carriedBy[h] = sa
		}
	}
	return d.carriedBy
}

// lastUnread is the message that ended what may have set up a Child SA, and is not decrypted, in an IKE SA that is in the capture from its first message
// on: the last response of IKE_AUTH, or the third message of a Quick Mode; nil: there is none.
func lastUnread(s *negotiation.Story) (last *ikesa.Message) {
	if !negotiation.Begins(s.SA) {
		return nil
	}
	for _, x := range s.Exchanges() {
		m := x.Messages[len(x.Messages)-1]
		auth := x.Type == ikev2.ExchangeAuth && m.IsResponse() && m.State == ikesa.Closed
		if o := s.Outcome(x); auth || x.Type == ikev1.ExchangeQuick && o != nil && o.Code == negotiation.Closed && o.Whole {
			last = m
		}
	}
	return last
}

// An attemptKey is who negotiates with whom.
type attemptKey struct {
	initiator, responder netip.Addr
	version              int
}

func attemptOf(sa *ikesa.SA) attemptKey {
	return attemptKey{sa.InitiatorAddr.Addr(), sa.ResponderAddr.Addr(), sa.Version}
}

// lastAccepted are the last IKE SAs whose offers were accepted, from their first messages on.
func (d *diagnosis) lastAccepted() map[attemptKey]*ikesa.SA {
	if d.accepted == nil {
		d.accepted = make(map[attemptKey]*ikesa.SA)
		for _, sa := range d.Session.SAs {
			k := attemptOf(sa)
			if negotiation.Begins(sa) && slices.ContainsFunc(sa.Messages, negotiation.Agrees) && (d.accepted[k] == nil || sa.Start().After(d.accepted[k].Start())) {
				d.accepted[k] = sa
			}
		}
	}
	return d.accepted
}

func spisOf(sa *ikesa.SA) [2]decode.SPI { return [2]decode.SPI{sa.Initiator, sa.Responder} }

// weighLater makes a warning of a problem that is over.
func (f *Finding) weighLater() {
	if f.Severity == Problem && f.Later != nil && f.Later.Over {
		f.Severity = Warning
	}
}

// A laterChild is a Child SA that came up.
type laterChild struct {
	sa    *ikesa.SA
	child *ikesa.Child
	at    time.Time
	frame int // of the request
}

// childSuccess is the first Child SA for the same networks that came up, in the same IKE SA or one that replaced it, after the exchange with some frames asked
// for them; where that is not decrypted, the next exchange of its side that is as long, and has a response with a Child SA.
func (d *diagnosis) childSuccess(sa *ikesa.SA, frames []int) *Success {
	x := d.askedIn(sa, frames)
	if x == nil {
		return nil
	}
	last := x.Messages[len(x.Messages)-1]
	if asked, ok := proposedPolicy(sa, x); ok {
		for _, c := range d.childrenUp()[tunnelOf(sa, x, asked)] {
			if c.at.After(last.Time) && d.Family().First(c.sa) == d.Family().First(sa) {
				return &Success{Version: c.sa.Version, SPIs: spisOf(c.sa), Frame: c.frame, Over: true, Child: true}
			}
		}
	}
	if y := d.childUpByLog(sa, last); y != nil {
		asked, ok := proposedPolicy(sa, x)
		later, known := proposedPolicy(sa, y)
		if same := ok && known && tunnelOf(sa, x, asked) == tunnelOf(sa, y, later); same || !ok || !known {
			return &Success{Version: sa.Version, SPIs: spisOf(sa), Frame: y.Messages[0].Frame, Over: same, Child: true}
		}
	}
	if _, ok := proposedPolicy(sa, x); ok {
		return nil
	}
	if m := d.closedRetry(x); m != nil && (x.Type == ikev2.ExchangeAuth || len(m.Raw) == len(x.Messages[0].Raw)) {
		return &Success{Version: sa.Version, SPIs: spisOf(sa), Frame: m.Frame, Child: true}
	}
	return nil
}

// childUpByLog is the first exchange of an IKE SA after a message that made a Child SA, as a log says; nil: none did.
func (d *diagnosis) childUpByLog(sa *ikesa.SA, after *ikesa.Message) (first *ikesa.Exchange) {
	for _, e := range d.logbook().events[sa] {
		if e.Kind != logs.ChildUp || e.grade != Log || e.x == nil || len(e.x.Messages) == 0 || !e.x.Messages[0].Time.After(after.Time) {
			continue
		}
		if first == nil || e.x.Messages[0].Time.Before(first.Messages[0].Time) {
			first = e.x
		}
	}
	return first
}

// childrenUp are the Child SAs that came up, by the networks that were asked for and by those that were agreed on, in order.
func (d *diagnosis) childrenUp() map[traffic.Tunnel][]laterChild {
	if d.came != nil {
		return d.came
	}
	d.came = make(map[traffic.Tunnel][]laterChild)
	for _, sa := range d.Session.SAs {
		for _, x := range sa.Exchanges {
			c := x.Child
			if c == nil || !c.Complete || len(x.Messages) == 0 {
				continue
			}
			up := laterChild{sa, c, x.Messages[0].Time, x.Messages[0].Frame}
			agreed := traffic.TunnelOf(sa, c)
			d.came[agreed] = append(d.came[agreed], up)
			if asked, ok := proposedPolicy(sa, x); ok {
				if k := tunnelOf(sa, x, asked); k != agreed {
					d.came[k] = append(d.came[k], up)
				}
			}
		}
	}
	for _, list := range d.came {
		slices.SortStableFunc(list, func(a, b laterChild) int { return a.at.Compare(b.at) })
	}
	return d.came
}

// besides reports whether another Child SA for the same networks as c had been asked for at t and was not deleted before: c was one too many.
func (d *diagnosis) besides(sa *ikesa.SA, c *ikesa.Child, t time.Time) bool {
	return slices.ContainsFunc(d.childrenUp()[traffic.TunnelOf(sa, c)], func(o laterChild) bool {
		return o.child != c && o.at.Before(t) && !slices.ContainsFunc(o.child.SAs, func(dir ikesa.ChildSA) bool {
			deletes := d.Deletes(negotiation.ChildKey{Protocol: dir.Protocol, SPI: dir.SPI})
			return len(deletes) > 0 && !deletes[0].Time.After(t)
		})
	})
}

// tunnelOf is the tunnel that an exchange asks for.
func tunnelOf(sa *ikesa.SA, x *ikesa.Exchange, asked policy) traffic.Tunnel {
	c := &ikesa.Child{FromInitiator: x.Messages[0].FromInitiator}
	c.Asked.Initiator, c.Asked.Responder = asked.local, asked.remote
	return traffic.TunnelOf(sa, c)
}
