package diagnose

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"github.com/ikedecode/ikedecode/decode/ike"
	"github.com/ikedecode/ikedecode/decode/ikev2"
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
	b.guessClocks(talks)
	type weak struct {
		t    *talk
		at   int // in the logs
		fit  fit
		away time.Duration
	}
	var list []weak
	for i, t := range talks {
		if t.sa != nil || len(list) == maxWeakTalks || !slices.ContainsFunc(t.events, decides) {
			continue
		}
		if best, f := b.best(t, taken); len(best) > 0 {
			least := slices.MinFunc(best, func(x, y seat) int { return cmp.Compare(b.away(t, x.sa), b.away(t, y.sa)) })
			list = append(list, weak{t, i, f, b.away(t, least.sa)})
		}
	}
	// The nearest in time first; where that says nothing, the latest, for what failed last is what one looks for.
	slices.SortFunc(list, func(x, y weak) int {
		order := cmp.Compare(x.away, y.away)
		if !x.fit.inTime() {
			order = 0
		}
		return cmp.Or(cmp.Compare(y.fit, x.fit), order, cmp.Compare(y.at, x.at))
	})
	for _, w := range list {
		best, f := b.best(w.t, taken)
		if len(best) == 0 {
			continue
		}
		b.settle(w.t, best, f)
		if e := w.t.events[0]; w.t.sa != nil && e.Group.ID != 0 { // an event of no IKE SA stands for itself
			taken[logSeat{seat{w.t.sa, w.t.side}, e.File}] = true
		}
	}
}

// best are the seats that a talk fits best, of those that its log tells of in no other talk.
func (b *binder) best(t *talk, taken map[logSeat]bool) (best []seat, most fit) {
	for _, at := range b.weakCandidates(t) {
		switch f := b.fits(t, at); {
		case taken[logSeat{at, t.events[0].File}]:
		case f > most:
			best, most = []seat{at}, f
		case f == most && f != fitsNot:
			best = append(best, at)
		}
	}
	return best, most
}

// guessClocks guesses by how much the clocks of logs are off whose talks no message binds: by what brings most of what they say of failures to
// the messages that failed in the capture, else by the least beside a zone. Where they say different things, one alone is no guess.
func (b *binder) guessClocks(talks []*talk) {
	type votes struct {
		by      map[time.Duration]int
		reasons map[logs.Reason]bool
	}
	files, left := make(map[string]*votes), maxWeakTalks
	for _, t := range talks {
		i := slices.IndexFunc(t.events, decides)
		if t.sa != nil || i < 0 || left == 0 {
			continue
		}
		left--
		e := t.events[i]
		if _, known := b.offsets[e.File]; known {
			continue
		}
		v := files[e.File]
		if v == nil {
			v = &votes{make(map[time.Duration]int), make(map[logs.Reason]bool)}
			files[e.File] = v
		}
		v.reasons[e.Reason] = true
		for _, at := range b.weakCandidates(t) {
			if m := b.failed(t, e, at); m != nil {
				if d, ok := e.Time.Since(m.Time); ok {
					v.by[d.Round(time.Second)]++
				}
			}
		}
	}
	for file, v := range files {
		near := func(d time.Duration) int { return v.by[d-time.Second] + v.by[d] + v.by[d+time.Second] }
		list := slices.SortedFunc(maps.Keys(v.by), func(x, y time.Duration) int {
			return cmp.Or(cmp.Compare(near(y), near(x)), cmp.Compare(logs.LessZone(x).Abs(), logs.LessZone(y).Abs()), cmp.Compare(x, y))
		})
		if len(list) > 0 && logs.LessZone(list[0]).Abs() > saidAfter && (len(v.reasons) == 1 || near(list[0]) > 1) {
			b.guesses[file] = list[0]
		}
	}
}

// failed is the message of an IKE SA that an event of a failure is about, where the side failed that the event tells of; nil: none.
func (b *binder) failed(t *talk, e *logs.Event, at seat) *ikesa.Message {
	m := messageOf(e, at.sa, at.side)
	if score, other := b.score(t, at); m == nil || score == never || other {
		return nil
	}
	teller := at.side // who rejected, if it is the log of this side
	if e.Kind != logs.Refused {
		teller = at.side.Other()
	}
	if side, failed := b.d.refuser(at.sa); !failed || side != NoSide && side != teller {
		return nil
	}
	return m
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
	fitsKind            // what failed, as the log says, did; nothing tells when
	fitsTime            // nothing else is known
	fitsHosts           // the clock may be off
	fitsContent         // what came, as the log says, is what was sent
	fitsHostsTime       //
	fitsContentTime     //
)

// inTime reports whether the time fits.
func (f fit) inTime() bool { return f == fitsTime || f == fitsHostsTime || f == fitsContentTime }

func (b *binder) fits(t *talk, at seat) fit {
	owners := b.owners[t.events[0].File]
	score, other := b.score(t, at)
	if score == never || len(owners) > 0 && !slices.Contains(owners, hostOf(at.sa, at.side)) {
		return fitsNot
	}
	if other && b.d.works(at.sa) {
		return fitsNot // whatever the time: of another attempt
	}
	hosts := slices.ContainsFunc(t.events, func(e *logs.Event) bool {
		n, _ := b.addresses(e, at)
		return n > 0
	})
	content := b.sameContent(t, at)
	_, known := b.offsets[t.events[0].File]
	switch near := b.away(t, at.sa) <= saidAfter; {
	case near && content:
		return fitsContentTime
	case near && hosts:
		return fitsHostsTime
	case near:
		return fitsTime
	case other || b.otherDay(t, at.sa): // of another attempt
		return fitsNot
	case content:
		return fitsContent
	case hosts && !known && !b.d.works(at.sa):
		return fitsHosts
	case timeless(t) && b.failed(t, t.events[slices.IndexFunc(t.events, decides)], at) != nil:
		return fitsKind
	}
	return fitsNot
}

// timeless reports whether nothing that a talk has says when it was.
func timeless(t *talk) bool {
	return !slices.ContainsFunc(t.events, func(e *logs.Event) bool { return !e.Time.IsZero() })
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

// otherDay reports whether a talk is of another day than an IKE SA, whatever the zone; a clock that was never set tells nothing of it.
func (b *binder) otherDay(t *talk, sa *ikesa.SA) bool {
	const most, firstYear = 26 * time.Hour, 2000
	if sa.Messages[0].Time.Year() < firstYear {
		return false
	}
	for _, e := range t.events {
		if year := e.Time.Clock.Year(); 0 < year && year < firstYear {
			continue
		}
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
				if phaseOf(&e.Received.Offer) == phase && allOffered(loggedOffer(e.Received, ike.Version(at.sa.Version), nil), offered) {
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
	first, sides, sas, clients := best[0], false, false, false
	for _, s := range best[1:] {
		sides = sides || s.sa == first.sa
		sas = sas || s.sa != first.sa
		clients = clients || s.sa.InitiatorAddr != first.sa.InitiatorAddr && s.sa.ResponderAddr == first.sa.ResponderAddr
	}
	if sides && rank(first) == 0 && !refused { // it may be the log of either
		return
	}
	t.sa, t.side, t.grade = first.sa, first.side, Log
	if sides && f <= fitsTime {
		t.side = NoSide
	}
	exact := f == fitsTime && !sides && !sas && b.keepsPace(t, first.sa)
	if f <= fitsTime && !exact || sas && f < fitsHostsTime || clients && f == fitsHostsTime {
		t.grade = Likely
	}
}

// keepsPace reports whether several events of a talk, by a log that has fractions of seconds, each follow a message of an IKE SA at once.
func (b *binder) keepsPace(t *talk, sa *ikesa.SA) bool {
	const most, enough = 100 * time.Millisecond, 2
	n := 0
	for _, e := range t.events {
		if e.Time.Precision < time.Second && slices.ContainsFunc(sa.Messages[:min(len(sa.Messages), maxTalkMessages)], func(m *ikesa.Message) bool {
			d, ok := e.Time.Since(m.Time)
			return ok && d >= 0 && d < most
		}) {
			n++
		}
	}
	return n >= enough
}

// refuser is the side that rejected something in an IKE SA, as the capture shows; NoSide where it does not. failed tells that something failed.
func (d *diagnosis) refuser(sa *ikesa.SA) (side Side, failed bool) {
	s := d.story(sa)
	if s == nil {
		return NoSide, false
	}
	for _, x := range s.Exchanges() {
		switch o := s.Outcome(x); {
		case o == nil:
		case o.Code == negotiation.Failed:
			return o.From, true
		case rejectedByLength(sa, x):
			return SideOf(x.Messages[len(x.Messages)-1].FromInitiator), true
		case o.Code == negotiation.NoAnswer:
			failed = true
		}
	}
	return NoSide, failed || !sa.Established && !d.carried(sa)
}

// works reports whether an IKE SA rejected nothing, as far as the capture shows, and what it set up carried traffic.
func (d *diagnosis) works(sa *ikesa.SA) bool {
	_, failed := d.refuser(sa)
	return !failed && d.carried(sa)
}

// carried reports whether ESP or AH went both ways between the hosts of an IKE SA after its last message of IKE_AUTH, or of phase 1, while no other
// IKE SA can have set that up: whatever the messages say that are not decrypted, they rejected nothing.
func (d *diagnosis) carried(sa *ikesa.SA) bool {
	h := negotiation.HostsOf(sa)
	if !negotiation.Begins(sa) || slices.ContainsFunc(d.Family().Between(h), func(o *ikesa.SA) bool { return o != sa && !d.rejectedAtFirst(o) }) {
		return false
	}
	var end time.Time
	for _, m := range sa.Messages {
		if t := negotiation.TypeOf(m); negotiation.IsPhase1(t) || t == ikev2.ExchangeAuth {
			end = m.Time
		}
	}
	there, back := d.watch.Duplex.Way(h[0], h[1]), d.watch.Duplex.Way(h[1], h[0])
	return there != nil && back != nil && there.Last.Time.After(end) && back.Last.Time.After(end)
}

// rejectedAtFirst reports whether an IKE SA ends with a rejection in phase 1 or IKE_AUTH: it set up nothing.
func (d *diagnosis) rejectedAtFirst(sa *ikesa.SA) bool {
	s := d.story(sa)
	if s == nil {
		return false
	}
	list := s.Exchanges()
	if len(list) == 0 {
		return false
	}
	x := list[len(list)-1]
	o := s.Outcome(x)
	return (negotiation.IsPhase1(x.Type) || x.Type == ikev2.ExchangeAuth) && (o != nil && o.Code == negotiation.Failed || rejectedByLength(sa, x))
}
