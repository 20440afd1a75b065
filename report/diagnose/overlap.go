package diagnose

import (
	"cmp"
	"net/netip"
	"slices"
	"sync"
	"time"

	"github.com/ikedecode/ikedecode/decode/ike"
	"github.com/ikedecode/ikedecode/keys/ikesa"
	"github.com/ikedecode/ikedecode/report/negotiation"
	"github.com/ikedecode/ikedecode/report/traffic"
)

// Peers of one gateway with the same network behind them: it sends to the one that came up last what is for the other.

// SentElsewhere is another peer that a gateway sends to since one of its peers gets nothing more.
type SentElsewhere struct {
	Peer     netip.Addr
	Frame    int           // in which its IKE SA or Child SA came up
	Networks ike.Selectors // that are behind both peers by their Child SAs; nil: not known
	Replies  int           // to what the peer without packets asked that went to the other one
}

// An arrival is a Child SA that came up, or an IKE SA whose Child SAs are not known.
type arrival struct {
	peer  netip.Addr // of the host
	at    time.Time
	frame int
	sa    *ikesa.SA
	child *ikesa.Child // nil: not known
}

// sentElsewhere looks for a peer of a gateway that came up between the last packet that went to peer and the first that it did not answer, and that it goes on
// sending to; nil: there is none, or it is for other networks.
func (d *diagnosis) sentElsewhere(gateway, peer netip.Addr, s *traffic.Silence) *SentElsewhere {
	list := d.arrivalsAt()[gateway]
	next, _ := slices.BinarySearchFunc(list, s.First.Time, func(a arrival, t time.Time) int {
		if a.at.After(t) {
			return 1
		}
		return -1
	})
	var perhaps *SentElsewhere
	behind := sync.OnceValue(func() ike.Selectors { return d.networksBehind(gateway, peer, s.First.Time) })
	for i := next - 1; i >= max(0, next-maxBetween) && list[i].at.After(s.Since.Time); i-- {
		a := &list[i]
		way := d.watch.Duplex.Way(gateway, a.peer)
		if a.peer == peer || way == nil || !way.Last.Time.After(s.First.Time) {
			continue
		}
		facts := &SentElsewhere{Peer: a.peer, Frame: a.frame}
		if h := d.hearingOf(s.Flow); h != nil && h.c.Astray.To == a.peer {
			facts.Replies = h.c.Astray.Packets
		}
		if a.child != nil && behind() != nil {
			far, _ := networksOf(a.sa, a.child, gateway)
			if facts.Networks = behind().Common(far); facts.Networks == nil {
				continue
			}
			return facts
		}
		if perhaps == nil {
			perhaps = facts
		}
	}
	return perhaps
}

// networksBehind are those of the last Child SA between a gateway and a peer that had come up at t; nil: not known.
func (d *diagnosis) networksBehind(gateway, peer netip.Addr, t time.Time) (far ike.Selectors) {
	var last time.Time
	for _, sa := range d.Family().Between(negotiation.InOrder(gateway, peer)) {
		for _, c := range sa.Children {
			if at := d.Negotiated(c); c.Complete && !at.After(t) && at.After(last) {
				if list, ok := networksOf(sa, c, gateway); ok {
					far, last = list, at
				}
			}
		}
	}
	return far
}

// networksOf are the networks of a Child SA that are not the gateway's; ok is false where they are not known.
func networksOf(sa *ikesa.SA, c *ikesa.Child, gateway netip.Addr) (far ike.Selectors, ok bool) {
	t, ok := c.Carries()
	if (sa.InitiatorAddr.Addr() == gateway) == c.FromInitiator {
		return t.Responder, ok
	}
	return t.Initiator, ok
}

// arrivalsAt are the arrivals at each host in order of time.
func (d *diagnosis) arrivalsAt() map[netip.Addr][]arrival {
	if d.arrivals != nil {
		return d.arrivals
	}
	d.arrivals = make(map[netip.Addr][]arrival)
	add := func(sa *ikesa.SA, a arrival) {
		hosts := [2]netip.Addr{sa.InitiatorAddr.Addr(), sa.ResponderAddr.Addr()}
		a.sa = sa
		for i, h := range hosts {
			a.peer = hosts[1-i]
			d.arrivals[h] = append(d.arrivals[h], a)
		}
	}
	for _, sa := range d.Session.SAs {
		known := false
		for _, c := range sa.Children {
			if c.Complete && len(c.Frames) > 0 {
				known = true
				add(sa, arrival{at: d.Negotiated(c), frame: c.Frames[len(c.Frames)-1], child: c})
			}
		}
		if m := negotiation.Authenticated(sa); m != nil && !known {
			add(sa, arrival{at: m.Time, frame: m.Frame})
		}
	}
	for _, list := range d.arrivals {
		slices.SortStableFunc(list, func(a, b arrival) int { return cmp.Or(a.at.Compare(b.at), a.frame-b.frame) })
	}
	return d.arrivals
}
