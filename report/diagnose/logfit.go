package diagnose

import (
	"cmp"
	"slices"
	"time"

	"github.com/ikedecode/ikedecode/decode/ike"
	"github.com/ikedecode/ikedecode/keys/ikesa"
	"github.com/ikedecode/ikedecode/keys/logs"
	"github.com/ikedecode/ikedecode/report/negotiation"
)

// How the logs that no message binds are bound to the negotiations of the capture: by hosts, identities and content, or by the time alone.

// bindWeak binds what no message binds: by hosts, identities and content, or by the time alone.
func (b *binder) bindWeak(talks []*talk) {
	taken := make(map[logSeat]bool)
	for _, t := range talks {
		if t.strong {
			file, host := t.events[0].File, hostOf(t.sa, t.side)
			taken[logSeat{seat{t.sa, t.side}, file}] = true
			if !slices.Contains(b.owners[file], host) {
				b.owners[file] = append(b.owners[file], host)
			}
		}
	}
	left := maxWeakTalks
	for _, t := range talks {
		if t.sa != nil || left == 0 || !slices.ContainsFunc(t.events, decides) {
			continue
		}
		left--
		var best []seat
		most := fitsNot
		for _, at := range b.weakCandidates(t) {
			switch f := b.fits(t, at); {
			case taken[logSeat{at, t.events[0].File}]: // by what is told of it
			case f > most:
				best, most = []seat{at}, f
			case f == most && f != fitsNot:
				best = append(best, at)
			}
		}
		if len(best) > 0 {
			b.settle(t, best, most)
		}
	}
}

// decides reports whether an event may say why something failed.
func decides(e *logs.Event) bool {
	return e.Kind == logs.Refused || e.Kind == logs.PeerError
}

// A fit says how well a talk fits a seat that no message binds it to.
type fit uint8

// The fits, the weakest first.
const (
	fitsNot         fit = iota
	fitsTime            // nothing else is known
	fitsHosts           // the clock may be off
	fitsContent         // what came, as the log says, is what was sent
	fitsHostsTime       //
	fitsContentTime     //
)

func (b *binder) fits(t *talk, at seat) fit {
	owners := b.owners[t.events[0].File]
	if b.score(t, at) == never || len(owners) > 0 && !slices.Contains(owners, hostOf(at.sa, at.side)) {
		return fitsNot
	}
	hosts := slices.ContainsFunc(t.events, func(e *logs.Event) bool {
		n, ok := b.addresses(e, at)
		return ok && n > 0
	})
	content := b.sameContent(t, at)
	_, known := b.offsets[t.events[0].File]
	switch near := b.away(t, at.sa) <= saidAfter; {
	case near && content:
		return fitsContentTime
	case near && hosts:
		return fitsHostsTime
	case content:
		return fitsContent
	case near:
		return fitsTime
	case hosts && !known && !b.otherDay(t, at.sa):
		return fitsHosts
	}
	return fitsNot
}

// saidAfter is how long after a message, or before it, a log may say something of it: it may have no fractions.
const saidAfter = 2 * time.Second

// weakCandidates are the seats of all IKE SAs that a talk may be about, nearest in time where there are many.
func (b *binder) weakCandidates(t *talk) []seat {
	if list := b.candidates(t); len(list) > 0 {
		return list
	}
	sas := b.d.Session.SAs
	if len(sas) > maxCandidates {
		sas = slices.Clone(sas)
		slices.SortStableFunc(sas, func(x, y *ikesa.SA) int { return cmp.Compare(b.away(t, x), b.away(t, y)) })
	}
	var list []seat
	for _, sa := range sas[:min(len(sas), maxCandidates)] {
		list = append(list, seat{sa, Initiator}, seat{sa, Responder})
	}
	return list
}

// otherDay reports whether a talk is of another day than an IKE SA, whatever the zone.
func (b *binder) otherDay(t *talk, sa *ikesa.SA) bool {
	const most = 26 * time.Hour
	for _, e := range t.events {
		if d, ok := e.Time.Since(sa.Messages[0].Time); ok {
			return d.Abs() > most
		}
	}
	return false
}

// sameContent reports whether what a talk says that the peer proposed is what it proposed in an IKE SA.
func (b *binder) sameContent(t *talk, at seat) bool {
	for _, e := range t.events {
		for _, x := range at.sa.Exchanges {
			if len(x.Messages) == 0 || SideOf(x.Messages[0].FromInitiator) == at.side {
				continue
			}
			switch asked, ok := proposedPolicy(at.sa, x); {
			case e.Kind == logs.Offers:
				phase, offered := offeredIn(at.sa, x)
				if phaseOf(&e.Received.Offer) == phase && allOffered(loggedOffer(e.Received, ike.Version(at.sa.Version)), offered) {
					return true
				}
			case e.Kind == logs.Selectors && ok:
				if sameAddrs(e.Asked.Local, asked.remote) && sameAddrs(e.Asked.Remote, asked.local) {
					return true
				}
			}
		}
	}
	return false
}

// settle binds a talk to one of the seats that it fits best: one that rejected something, if that is what it tells of, then the nearest
// in time.
func (b *binder) settle(t *talk, best []seat, f fit) {
	refused := slices.ContainsFunc(t.events, func(e *logs.Event) bool { return e.Kind == logs.Refused })
	rank := func(s seat) int {
		teller := s.side // who rejected, if it is the log of this side
		if !refused {
			teller = s.side.Other()
		}
		switch side, failed := b.d.refuser(s.sa); {
		case failed && side == teller:
			return -2
		case failed && (side == NoSide && teller == Responder):
			return -1
		}
		return 0
	}
	slices.SortStableFunc(best, func(x, y seat) int {
		return cmp.Or(cmp.Compare(rank(x), rank(y)), cmp.Compare(b.away(t, x.sa), b.away(t, y.sa)))
	})
	first, sides, sas := best[0], false, false
	for _, s := range best[1:] {
		sides = sides || s.sa == first.sa
		sas = sas || s.sa != first.sa
	}
	if sides && rank(first) == 0 && !refused { // it may be the log of either
		return
	}
	t.sa, t.side, t.grade = first.sa, first.side, Log
	if sides && f == fitsTime {
		t.side = NoSide
	}
	if f == fitsTime || sas && f < fitsHostsTime {
		t.grade = Likely
	}
}

// refuser is the side that rejected something in an IKE SA, as the capture shows; NoSide where it does not. failed tells that something failed.
func (d *diagnosis) refuser(sa *ikesa.SA) (side Side, failed bool) {
	s := d.story(sa)
	if s == nil {
		return NoSide, false
	}
	for _, x := range s.Exchanges() {
		if o := s.Outcome(x); o != nil && (o.Code == negotiation.Failed || o.Code == negotiation.NoAnswer) {
			if failed = true; o.Code == negotiation.Failed {
				return o.From, true
			}
		}
	}
	return NoSide, failed || !sa.Established
}
