package diagnose

import (
	"cmp"
	"net/netip"
	"slices"
	"time"

	"github.com/ikedecode/ikedecode/decode"
	"github.com/ikedecode/ikedecode/decode/ike"
	"github.com/ikedecode/ikedecode/decode/ikev1"
	"github.com/ikedecode/ikedecode/esp"
	"github.com/ikedecode/ikedecode/keys/ikesa"
	"github.com/ikedecode/ikedecode/keys/logs"
	"github.com/ikedecode/ikedecode/report/negotiation"
)

// How logs are bound to the negotiations of the capture by SPIs, message IDs and messages.

// Bounds on the work with hostile captures and logs.
const (
	maxCandidates   = 64  // IKE SAs that a talk is compared with
	maxTalkMessages = 128 // messages of a talk, and of an IKE SA, that are compared
	maxTimes        = 16  // of each, times
	maxWeakTalks    = 500
)

// A shape is what a log says of a message, and the capture shows. The size is 0 where it is not looked at.
type shape struct {
	fromInitiator bool
	exchange      decode.ExchangeType
	id            uint32
	size          int
}

// A seat is a side of an IKE SA, whose log a log may be.
type seat struct {
	sa   *ikesa.SA
	side Side
}

// A logSeat is a seat in one log: of an IKE SA, a log tells once.
type logSeat struct {
	seat
	file string
}

// A binder finds the IKE SAs that logs are about.
type binder struct {
	d       *diagnosis
	shapes  map[shape][]*ikesa.SA
	ids     map[uint32][]*ikesa.SA // by the message IDs of IKEv1, which are random
	spis    map[decode.SPI][]*ikesa.SA
	hosts   map[netip.Addr][]*ikesa.SA
	sides   map[*ikesa.SA][2][]netip.Addr // addresses of the initiator and of the responder
	offsets map[string]time.Duration      // of the clocks, by file
	guesses map[string]time.Duration      // of those that no message tells
	owners  map[string][]netip.Addr       // the hosts that logs are of, as far as they are known, by file
}

func newBinder(d *diagnosis) *binder {
	b := &binder{d: d, shapes: make(map[shape][]*ikesa.SA), ids: make(map[uint32][]*ikesa.SA), spis: make(map[decode.SPI][]*ikesa.SA),
		hosts: make(map[netip.Addr][]*ikesa.SA), sides: make(map[*ikesa.SA][2][]netip.Addr), offsets: make(map[string]time.Duration), guesses: make(map[string]time.Duration), owners: make(map[string][]netip.Addr)}
	for _, sa := range d.Session.SAs {
		b.index(sa)
	}
	return b
}

// index takes in what logs may say of an IKE SA.
func (b *binder) index(sa *ikesa.SA) {
	put(b.spis, sa.Initiator, sa)
	if !sa.Responder.IsZero() {
		put(b.spis, sa.Responder, sa)
	}
	var sides [2][]netip.Addr
	see := func(initiator bool, a netip.Addr) {
		i := 1
		if initiator {
			i = 0
		}
		if len(sides[i]) < maxCandidates && !slices.Contains(sides[i], a) {
			sides[i] = append(sides[i], a)
			put(b.hosts, a, sa)
		}
	}
	see(true, sa.InitiatorAddr.Addr())
	see(false, sa.ResponderAddr.Addr())
	for _, m := range sa.Messages[:min(len(sa.Messages), maxTalkMessages)] {
		see(m.FromInitiator, m.Src.Addr())
		see(!m.FromInitiator, m.Dst.Addr())
		s := shapeOf(m)
		put(b.shapes, s, sa)
		put(b.shapes, shape{fromInitiator: s.fromInitiator, size: s.size}, sa)
		if sa.Version == 1 && m.MessageID != 0 {
			put(b.ids, m.MessageID, sa)
		}
	}
	b.sides[sa] = sides
}

func shapeOf(m *ikesa.Message) shape {
	return shape{fromInitiator: m.FromInitiator, exchange: negotiation.TypeOf(m), id: m.MessageID, size: len(m.Raw)}
}

// put adds an IKE SA to a list that has each once, within bounds.
func put[K comparable](index map[K][]*ikesa.SA, k K, sa *ikesa.SA) {
	if list := index[k]; len(list) < maxCandidates && (len(list) == 0 || list[len(list)-1] != sa) {
		index[k] = append(list, sa)
	}
}

// bindStrong binds the talks whose SPIs or messages are in the capture, and learns the clocks of their logs.
func (b *binder) bindStrong(talks []*talk) {
	type offer struct {
		t     *talk
		at    seat
		score int
		away  time.Duration
	}
	var offers []offer
	for _, t := range talks {
		for _, at := range b.candidates(t) {
			if score, _ := b.score(t, at); score >= certainScore || score >= strongScore && !b.otherDay(t, at.sa) {
				offers = append(offers, offer{t: t, at: at, score: score, away: b.away(t, at.sa)})
			}
		}
	}
	// Retries look alike: of those the nearest in time, then the first in order.
	slices.SortStableFunc(offers, func(a, b offer) int { return cmp.Or(cmp.Compare(b.score, a.score), cmp.Compare(a.away, b.away)) })
	taken := make(map[logSeat]bool)
	for _, o := range offers {
		p := logSeat{o.at, o.t.events[0].File}
		if o.t.sa != nil || taken[p] && o.score < certainScore {
			continue
		}
		taken[p] = true
		o.t.sa, o.t.side, o.t.grade, o.t.strong = o.at.sa, o.at.side, Log, true
	}
	b.learnClocks(talks)
}

// Scores of what a talk and an IKE SA have in common. An SPI, or a random message ID, decides alone; a message of the same kind and size
// does where nothing contradicts it.
const (
	scoreSPI      = 1000
	scoreID       = 400
	scoreMessage  = 20
	scoreSize     = 12 // of which nothing but the size is known
	scoreMissing  = 8  // taken off for a message of the talk that is not in the capture
	scoreOther    = 60 // and for one that has another size there
	scoreAddrs    = 4
	scoreIdentity = 2
	strongScore   = 12
	certainScore  = scoreID
	never         = -1 << 30
)

// candidates are the seats that a talk may be told from.
func (b *binder) candidates(t *talk) (list []seat) {
	add := func(sas []*ikesa.SA) {
		for _, sa := range sas {
			for _, side := range []Side{Initiator, Responder} {
				if s := (seat{sa, side}); len(list) < 2*maxCandidates && !slices.Contains(list, s) {
					list = append(list, s)
				}
			}
		}
	}
	for _, e := range t.events[:min(len(t.events), maxTalkMessages)] {
		for _, spi := range e.SPIs {
			if !spi.IsZero() {
				add(b.spis[spi])
			}
		}
		for _, spi := range e.Children {
			if sa := b.d.childOf(spi); sa != nil {
				add([]*ikesa.SA{sa})
			}
			if sa := b.d.closedOwners()[spi]; sa != nil {
				add([]*ikesa.SA{sa})
			}
		}
		if e.Message.Version == ike.V1 && e.Message.ID != 0 {
			add(b.ids[e.Message.ID])
		}
		if m := e.Message; m.Size > 0 {
			for _, fromInitiator := range []bool{true, false} {
				add(b.shapes[shape{fromInitiator, decode.ExchangeType(m.Exchange), m.ID, m.Size}])
			}
		}
		if e.Remote.Addr.IsValid() {
			add(b.hosts[e.Remote.Addr.Addr()])
		}
	}
	return list
}

// childOf is the IKE SA that negotiated an SPI of ESP or AH; nil: none.
func (d *diagnosis) childOf(spi ike.ChildSPI) *ikesa.SA {
	if sa := d.Child(negotiation.ChildKey{Protocol: esp.ESP, SPI: uint32(spi)}).SA; sa != nil {
		return sa
	}
	return d.Child(negotiation.ChildKey{Protocol: esp.AH, SPI: uint32(spi)}).SA
}

// closedOwners are the IKE SAs that most likely negotiated the flows that are not decrypted, by SPI.
func (d *diagnosis) closedOwners() map[ike.ChildSPI]*ikesa.SA {
	if d.closedBy == nil {
		d.closedBy = make(map[ike.ChildSPI]*ikesa.SA)
		for _, u := range d.ClosedFlows() {
			if sa := d.Owner(negotiation.InOrder(u.Src, u.Dst), u.First); sa != nil && !u.Inside {
				d.closedBy[ike.ChildSPI(u.SPI)] = sa
			}
		}
	}
	return d.closedBy
}

// learnClocks finds by how much the clock of each log is off: the median over the messages of the talks that are bound.
func (b *binder) learnClocks(talks []*talk) {
	steps := make(map[string][]time.Duration)
	for _, t := range talks {
		if !t.strong {
			continue
		}
		for _, e := range t.events {
			if m := messageOf(e, t.sa, t.side); m != nil && e.Message.Size == len(m.Raw) && (e.Kind == logs.Sent || e.Kind == logs.Received) {
				if d, ok := e.Time.Since(m.Time); ok {
					steps[e.File] = append(steps[e.File], d)
				}
			}
		}
	}
	for file, list := range steps {
		slices.Sort(list)
		b.offsets[file] = list[len(list)/2]
	}
}

// away is how far a talk is from an IKE SA in time, less what zones and clocks make of it; a long time where that is not known.
func (b *binder) away(t *talk, sa *ikesa.SA) time.Duration {
	const unknown = 24 * time.Hour
	least := unknown
	for _, e := range t.events[max(len(t.events)-maxTimes, 0):] {
		for _, m := range sa.Messages[:min(len(sa.Messages), 4*maxTimes)] {
			d, ok := e.Time.Since(m.Time)
			if !ok {
				continue
			}
			if offset, known := b.offsets[e.File]; known {
				d -= offset
			} else if guess, guessed := b.guesses[e.File]; guessed {
				d -= guess
			} else {
				d = logs.LessZone(d)
			}
			least = min(least, d.Abs())
		}
	}
	return least
}

// A talk is what one log tells of one IKE SA.
type talk struct {
	events []*logs.Event
	sa     *ikesa.SA // nil: none of the capture
	side   Side
	grade  Grade
	strong bool // bound by SPIs or messages
}

// talksOf sorts events by what they are about: the IKE SA as the daemon counts them. An event without one stands alone.
func talksOf(events []logs.Event) (list []*talk) {
	type key struct {
		file    string
		run, id int
	}
	seen := make(map[key]*talk)
	for i := range events {
		e := &events[i]
		k := key{e.File, e.Run, e.Group.ID}
		t := seen[k]
		if t == nil || e.Group.ID == 0 {
			t = &talk{}
			list = append(list, t)
			seen[k] = t
		}
		t.events = append(t.events, e)
	}
	return list
}

// messageOf is the message of an IKE SA that an event tells of, or came after; nil: none.
func messageOf(e *logs.Event, sa *ikesa.SA, side Side) *ikesa.Message {
	want := e.Message
	if want == (logs.Message{}) {
		return nil
	}
	came := (e.Kind == logs.Sent) == (side == Initiator)
	if m := messageFrom(e, sa, came); m != nil || e.Kind == logs.Sent || e.Kind == logs.Received {
		return m
	}
	return messageFrom(e, sa, !came) // the one that this side sent is all that there is of the exchange
}

// messageFrom is the message of one side that an event tells of, or came after; nil: none.
func messageFrom(e *logs.Event, sa *ikesa.SA, fromInitiator bool) *ikesa.Message {
	want := e.Message
	// Not every daemon names the message ID of a Quick Mode, which is never 0, or of CREATE_CHILD_SA: it is the one that is nearest in time.
	nameless := want.Exchange == uint8(ikev1.ExchangeQuick) && want.ID == 0 || want.NoID
	var found *ikesa.Message
	for _, m := range sa.Messages {
		if m.FromInitiator != fromInitiator || want.Exchange != 0 && (uint8(negotiation.TypeOf(m)) != want.Exchange || m.MessageID != want.ID && !nameless) {
			continue
		}
		if nameless {
			if found == nil || nearer(e, m, found) {
				found = m
			}
			continue
		}
		if want.Exchange == 0 && len(m.Raw) != want.Size {
			continue
		}
		if found == nil || len(m.Raw) == want.Size {
			found = m
		}
	}
	return found
}

// nearer reports whether an event is nearer in time to one message than to another, whatever the zone of its log.
func nearer(e *logs.Event, a, b *ikesa.Message) bool {
	toA, ok := e.Time.Since(a.Time)
	toB, _ := e.Time.Since(b.Time)
	return ok && logs.LessZone(toA).Abs() < logs.LessZone(toB).Abs()
}
