package negotiation

import (
	"net/netip"
	"slices"
	"time"

	"github.com/ikedecode/ikedecode/decode/ike"
	"github.com/ikedecode/ikedecode/decode/ikev2"
	"github.com/ikedecode/ikedecode/keys/ikesa"
)

// Which IKE SAs between two addresses are of the same peers: behind a NAT there may be several.

// SamePeers reports whether two IKE SAs between the same hosts may be of the same peers: no identity differs and, behind NAT, some message
// of each came from the same port.
func (f *Family) SamePeers(a, b *ikesa.SA) bool {
	for _, host := range HostsOf(a) {
		one, other := f.identityAt(a, host), f.identityAt(b, host)
		if one != nil && other != nil && !one.Equal(*other) {
			return false
		}
	}
	return !f.OtherSource(a, b)
}

// OtherSource reports whether a peer of b that is behind NAT uses none of the ports of that of a with the same address.
func (f *Family) OtherSource(a, b *ikesa.SA) bool {
	for _, host := range HostsOf(a) {
		if !behindNAT(a, host) && !behindNAT(b, host) {
			continue
		}
		one, other := f.portsAt(a, host), f.portsAt(b, host)
		if len(one) > 0 && len(other) > 0 && !slices.ContainsFunc(other, func(p uint16) bool { return slices.Contains(one, p) }) {
			return true
		}
	}
	return false
}

// sideAt is the side of an IKE SA that has an address.
func sideAt(sa *ikesa.SA, host netip.Addr) ike.Side {
	return ike.SideOf(sa.InitiatorAddr.Addr() == host)
}

// identityAt is the identity of the peer with an address; nil where it is not known.
func (f *Family) identityAt(sa *ikesa.SA, host netip.Addr) *ike.Identity {
	sa = f.First(sa)
	return IdentityOf(sa, sideAt(sa, host))
}

func behindNAT(sa *ikesa.SA, host netip.Addr) bool {
	if sideAt(sa, host) == ike.Initiator {
		return sa.NAT.BehindNATInitiator
	}
	return sa.NAT.BehindNATResponder
}

// maxPorts bounds the ports of a peer that are told apart.
const maxPorts = 64

// portsAt are the ports that the peer with an address was seen on.
func (f *Family) portsAt(sa *ikesa.SA, host netip.Addr) []uint16 {
	f.mu.Lock()
	defer f.mu.Unlock()
	if list, ok := f.ports[saHost{sa, host}]; ok {
		return list
	}
	var list []uint16
	for _, m := range sa.Messages {
		for src, dst := range m.Paths() {
			for _, a := range []netip.AddrPort{src, dst} {
				if a.Addr() == host && len(list) < maxPorts && !slices.Contains(list, a.Port()) {
					list = append(list, a.Port())
				}
			}
		}
	}
	f.ports[saHost{sa, host}] = list
	return list
}

// ReauthWithin is how soon after it deleted an IKE SA a side starts the next one where it reauthenticates, which IKEv2 does by making
// a new IKE SA (RFC 7296, section 2.8.3): a program at once, an administrator later.
const ReauthWithin = time.Second

// Successor is the IKE SA that replaces sa, which m deletes: a newer one of the same peers that was established before m,
// or, likely, one that the sender of m starts right after it.
func (f *Family) Successor(sa *ikesa.SA, m *ikesa.Message) Lineage {
	k := deleted{sa, m}
	f.mu.Lock()
	l, ok := f.next[k]
	f.mu.Unlock()
	if !ok {
		l = f.successor(sa, m)
		f.mu.Lock()
		f.next[k] = l
		f.mu.Unlock()
	}
	return l
}

func (f *Family) successor(sa *ikesa.SA, m *ikesa.Message) Lineage {
	l := Lineage{Kind: Reauthenticated, From: sa}
	up := Authenticated(sa)
	for _, o := range f.between[HostsOf(sa)] {
		if up != nil && o.Start().Before(up.Time) {
			continue // both peers began at once
		}
		if o != sa && o.Established && o.Start().After(sa.Start()) && o.Start().Before(m.Time) && f.SamePeers(sa, o) {
			l.SA, l.Frame = o, o.Messages[0].Frame
			return l
		}
	}
	for _, o := range f.startedAfter(sa, m) {
		if o.Established && f.follows(o, sa, m) {
			l.SA, l.Frame, l.Likely = o, o.Messages[0].Frame, true
			return l
		}
	}
	return Lineage{}
}

// Attempted is the IKE SA that the sender of m, which deletes sa, started right after it, established or not; nil: none.
func (f *Family) Attempted(sa *ikesa.SA, m *ikesa.Message) *ikesa.SA {
	for _, o := range f.startedAfter(sa, m) {
		if f.follows(o, sa, m) {
			return o
		}
	}
	return nil
}

// startedAfter are the IKE SAs between the hosts of sa that started right after m, in that order.
func (f *Family) startedAfter(sa *ikesa.SA, m *ikesa.Message) []*ikesa.SA {
	list := f.starts[HostsOf(sa)]
	from, _ := slices.BinarySearchFunc(list, m.Time, func(o *ikesa.SA, t time.Time) int { return o.Start().Compare(t) })
	to := from
	for to < len(list) && list[to].Start().Sub(m.Time) <= ReauthWithin {
		to++
	}
	return list[from:to]
}

// follows reports whether the sender of m, which deletes sa, started o, with the same peer.
func (f *Family) follows(o, sa *ikesa.SA, m *ikesa.Message) bool {
	return o != sa && Begins(o) && o.Messages[0].Src.Addr() == m.Src.Addr() && f.SamePeers(sa, o)
}

// WentThrough is another attempt between the same hosts that went through after sa, which did not. It is Likely where version and identities do not tell
// that it is of the same connection: between two gateways there may be many.
func (f *Family) WentThrough(sa *ikesa.SA) (l Lineage) {
	for _, o := range f.between[HostsOf(sa)] {
		if o == sa || !o.Established || !o.Start().After(sa.End()) || !f.SamePeers(sa, o) {
			continue
		}
		if l.Kind == NoLineage {
			l = Lineage{Kind: LaterAttempt, SA: o, From: sa, Frame: o.Messages[0].Frame, Likely: true}
		}
		if starter := sa.InitiatorAddr.Addr(); o.Version == sa.Version && f.identityAt(sa, starter) != nil && f.identityAt(o, starter) != nil {
			return Lineage{Kind: LaterAttempt, SA: o, From: sa, Frame: o.Messages[0].Frame}
		}
	}
	return l
}

// TookOver reports whether sa, which came up at a time, replaced another IKE SA of the same peers before end: in a
// reauthentication of IKEv1 it has no Quick Mode of its own.
func (f *Family) TookOver(sa *ikesa.SA, up, end time.Time) bool {
	for _, o := range f.between[HostsOf(sa)] {
		if o == sa || !o.Established || !f.SamePeers(sa, o) || !slices.ContainsFunc(o.Children, func(c *ikesa.Child) bool { return c.Complete }) {
			continue
		}
		if m := IKEDelete(o); m != nil && !m.Time.Before(up) && !m.Time.After(end) {
			return true
		}
	}
	return false
}

// Superseded is the IKE SA that took the place of sa, on which m gets no response: a newer one of the same peers on which the receiver of m goes
// on, while it says nothing more on sa. Who gets INITIAL_CONTACT drops the older IKE SAs without a Delete (RFC 7296, section 2.4). since
// is the frame in which the newer one authenticates, the first after which sa is silent; 0 where the capture starts after that, and nothing tells
// which is newer but that the receiver is silent on sa alone. nil: there is none.
func (f *Family) Superseded(sa *ikesa.SA, m *ikesa.Message) (next *ikesa.SA, since int) {
	speaks := func(list []*ikesa.Message, after time.Time) bool {
		for _, x := range slices.Backward(list) { // the last one tells most, and there may be many
			if x.Src.Addr() == m.Dst.Addr() && x.Time.After(after) {
				return true
			}
		}
		return false
	}
	late := !Begins(sa)
	for _, o := range f.between[HostsOf(sa)] {
		auth := Authenticated(o)
		var from time.Time // since when sa must be silent
		switch {
		case o == sa, auth == nil && (!late || Begins(o)), auth != nil && !auth.Time.Before(m.Time), auth != nil && !late && auth.Time.Before(sa.Start()):
			continue
		case auth != nil:
			from, since = auth.Time, auth.Frame
		case o.Start().After(sa.End()):
			from, since = sa.End(), 0 // most likely it took over by rekeying
		default:
			since = 0
		}
		if f.SamePeers(sa, o) && speaks(o.Messages, m.Time) && !speaks(sa.Messages, from) {
			return o, since
		}
	}
	return nil, 0
}

// Authenticated is the message with which the peers of an IKE SA know each other: the first response of IKE_AUTH, or the last message of phase
// 1; nil where there is none.
func Authenticated(sa *ikesa.SA) *ikesa.Message {
	if x := Phase1Of(sa); x != nil && sa.Version == 1 {
		return x.Messages[len(x.Messages)-1]
	}
	for _, m := range sa.Messages {
		if TypeOf(m) == ikev2.ExchangeAuth && m.IsResponse() {
			return m
		}
	}
	return nil
}

// InitialContact is the first message of an IKE SA with INITIAL_CONTACT (RFC 7296, section 2.4; RFC 2407, section 4.6.3.3); nil: none has it.
func InitialContact(sa *ikesa.SA) *ikesa.Message {
	for _, m := range sa.Messages {
		for _, p := range m.Parts {
			if n, ok := p.(*ike.Notify); ok && n.Is(ike.InitialContact) {
				return m
			}
		}
	}
	return nil
}
