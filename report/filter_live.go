package report

import (
	"slices"
	"time"

	"github.com/ikedecode/ikedecode"
	"github.com/ikedecode/ikedecode/capture"
	"github.com/ikedecode/ikedecode/decode"
	"github.com/ikedecode/ikedecode/keys/ikesa"
	"github.com/ikedecode/ikedecode/report/negotiation"
)

// An owner is the IKE SA that negotiated an SA, as far as a filter asks for it.
type owner struct {
	known                bool
	initiator, responder decode.SPI
	peer                 bool // one of the peers that are asked for takes part
}

// A learned is what a Scope has been told of a capture that is read as it comes. Each list is bounded by maxFlows.
type learned struct {
	owners map[negotiation.ChildKey]owner
	peers  map[[2]decode.SPI]bool // IKE SAs in which a peer that is asked for takes part, or took part in the one that they replace
}

// Live readies the filter for a capture that is read as it comes. The scope takes in each IKE SA as it is known (Learn) and each packet, after that;
// Settled is the scope of what has come.
func (f *Filter) Live(s *ikedecode.Session) *Scope {
	sc := f.Scope(s)
	sc.learned = &learned{make(map[negotiation.ChildKey]owner), make(map[[2]decode.SPI]bool)}
	return sc
}

// Learn takes in the IKE SA of a message that has come: the only one that the session has then.
func (sc *Scope) Learn(sa *ikesa.SA) {
	if !sc.filter.Active() {
		return
	}
	t := NewTimeline(sc.session)
	if len(t.SAs) != 1 {
		return
	}
	whole, spis := sc.filter.fitsSA(sa)
	pair := [2]decode.SPI{sa.Initiator, sa.Responder}
	peer := sc.learned.peers[pair] || sc.filter.fitsPeer(sa, &t.SAs[0].IKESA)
	for _, c := range sa.Children {
		for i := range c.SAs {
			one := &c.SAs[i]
			k := negotiation.ChildKey{Protocol: one.Protocol, SPI: one.SPI}
			if len(sc.learned.owners) < maxFlows {
				sc.learned.owners[k] = owner{true, sa.Initiator, sa.Responder, peer}
			}
			if peer && spis[spiOf(*one)] && len(sc.spis) < maxFlows {
				sc.spis[k] = true
			}
		}
	}
	if !peer {
		return
	}
	sc.addPeer(pair)
	for _, x := range sa.Exchanges {
		if i, r, _, ok := negotiation.NewSPIs(x); ok && sa.Version == 2 {
			sc.addPeer([2]decode.SPI{i, r})
		}
	}
	for k := range t.SAs[0].Exchanges {
		if x := &t.SAs[0].Exchanges[k]; whole || x.names(spis) {
			sc.addExchange(x)
		}
	}
}

// Late takes in what is counted of a packet after it was taken in.
func (sc *Scope) Late(frame int, c ikedecode.Counts) {
	if !sc.filter.Active() || sc.inTime.has(frame) && sc.fits.has(frame) {
		sc.counts = sc.counts.Plus(c)
	}
}

// fitsIKE reports whether an IKE message, or a fragment of one, is in the selection of a capture that is read as it comes: by its hosts and
// its header, or as a repeat of a message that is, which Learn is not told of.
func (sc *Scope) fitsIKE(it *ikedecode.Item) bool {
	d := it.Datagram
	if sc.learned == nil || d.Kind != capture.IKE {
		return false
	}
	if it.IKE != nil && sc.fits.has(it.IKE.Frame) {
		return true
	}
	if len(sc.filter.peers) > 0 && !sc.fitsPeers(d.Src.Addr().Unmap(), d.Dst.Addr().Unmap()) {
		return false
	}
	h, err := decode.ParseHeader(d.Payload)
	return len(sc.filter.sas) == 0 || err == nil && slices.ContainsFunc(sc.filter.sas, func(s saFilter) bool {
		return !s.isSPI && s.fitsCookies(h.Initiator.String(), h.Responder.String())
	})
}

func (sc *Scope) addPeer(pair [2]decode.SPI) {
	if len(sc.learned.peers) < maxFlows {
		sc.learned.peers[pair] = true
	}
}

// Settled is the scope of all that a session has now. Of one that is not of Live it is the scope itself.
func (sc *Scope) Settled() *Scope {
	if sc == nil || sc.learned == nil {
		return sc
	}
	now := sc.filter.Scope(sc.session)
	if !sc.filter.Active() {
		return now
	}
	now.inTime, now.opened, now.flows, now.shut = sc.inTime, sc.opened, sc.flows, sc.shut
	now.closed, now.counts, now.last = sc.closed, sc.counts, sc.last
	for i, word := range sc.fits {
		if i == len(now.fits) {
			now.fits = append(now.fits, 0)
		}
		now.fits[i] |= word
	}
	for hosts := range sc.hosts {
		now.hosts[hosts] = true
	}
	return now
}

// owner is the IKE SA that negotiated an SA.
func (sc *Scope) owner(k negotiation.ChildKey) owner {
	if sc.learned != nil {
		return sc.learned.owners[k]
	}
	sa := sc.before.Child(k).SA
	if sa == nil {
		return owner{}
	}
	return owner{true, sa.Initiator, sa.Responder, sc.peer[sa]}
}

// capturedBy is the time of a session. One that goes on has at least a day, so that a time of the day is the next one.
func capturedBy(s *ikedecode.Session) captured {
	c := captured{s.First, s.Last}
	if day := c.first.Add(24 * time.Hour); s.Source != nil && s.Source.Live() && c.last.Before(day) {
		c.last = day
	}
	return c
}
