package report

import (
	"fmt"
	"time"

	"github.com/ikedecode/ikedecode/decode/ike"
	"github.com/ikedecode/ikedecode/decode/ikev1"
	"github.com/ikedecode/ikedecode/decode/ikev2"
	"github.com/ikedecode/ikedecode/keys/ikesa"
	"github.com/ikedecode/ikedecode/report/diagnose"
	"github.com/ikedecode/ikedecode/report/negotiation"
	"github.com/ikedecode/ikedecode/report/words"
)

// Rekeying: both sides at once, or not at all.

// A rekeying is an exchange that replaces something, as far as it can be told.
type rekeying struct {
	x          *ikesa.Exchange
	start, end time.Time
	what       replaced
}

// A replaced is what an exchange replaces; zero where it is closed.
type replaced struct {
	ike     bool         // the IKE SA
	child   *ikesa.Child // of IKEv2
	traffic trafficKey   // of IKEv1, whose children are known by what they carry
}

// A trafficKey is the traffic of a child of IKEv1, whoever started it: of the IKE SA's initiator and of its responder.
type trafficKey [2]ike.SelectorKey

// collisions finds exchanges with which both sides replace the same SA at the same time (RFC 7296, section 2.8.1).
func (d *diagnosis) collisions() {
	for _, s := range d.stories {
		var mine, theirs []rekeying
		for _, x := range s.Exchanges() {
			r, byInitiator, ok := s.rekeying(x)
			switch {
			case !ok:
			case byInitiator:
				mine = append(mine, r)
			default:
				theirs = append(theirs, r)
			}
		}
		k := 0
		for _, a := range mine {
			for k < len(theirs) && theirs[k].end.Before(a.start) {
				k++
			}
			if k < len(theirs) && !theirs[k].start.After(a.end) && sameRekeying(a, theirs[k]) {
				d.typedSA(s.SA, s.collision(a, theirs[k]))
				k++
			}
		}
	}
}

// sameRekeying reports whether both replace the same, as far as it can be told.
func sameRekeying(a, b rekeying) bool {
	return a.what == b.what || a.what == (replaced{}) || b.what == (replaced{})
}

// rekeying tells whether x replaces an SA. One that stayed closed may: of IKEv2 by its type, of IKEv1 when another Quick Mode
// came before.
func (s *story) rekeying(x *ikesa.Exchange) (r rekeying, byInitiator, ok bool) {
	if len(x.Messages) == 0 {
		return r, false, false
	}
	first, last := x.Messages[0], x.Messages[len(x.Messages)-1]
	r = rekeying{x: x, start: first.Time, end: last.Time}
	if s.SA.Version == 2 {
		if x.Type != ikev2.ExchangeCreateChild || isResponse(first) {
			return r, false, false
		}
		switch wholeSA, child := replaces(x); {
		case wholeSA:
			r.what.ike = true
		case child != nil:
			r.what.child = s.rekeyedChild(child)
		case first.State != ikesa.Closed:
			return r, false, false // a new Child SA
		}
		return r, first.FromInitiator, true
	}
	if x.Type != ikev1.ExchangeQuick || s.earlierChild(x) == nil {
		return r, false, false
	}
	if c := x.Child; c != nil && !c.Implied && c.Asked.Known() {
		r.what.traffic = trafficOf(c)
	}
	return r, first.FromInitiator, true
}

// replacedAlready is the exchange, of the other side, that went through and replaced what x is about at the same time; nil: there is
// none.
func (s *story) replacedAlready(x *ikesa.Exchange) *ikesa.Exchange {
	r, byInitiator, ok := s.rekeying(x)
	if !ok || r.what == (replaced{}) {
		return nil
	}
	for _, y := range s.Exchanges() {
		o, other, ok := s.rekeying(y)
		if ok && other != byInitiator && o.what == r.what && s.Outcome(y).Code == negotiation.Established && !o.end.Before(r.start) {
			return y
		}
	}
	return nil
}

// rekeyedChild is the Child SA that REKEY_SA names by its pair of SPIs: each side names the one that it receives on (RFC 7296,
// section 1.3.3).
func (s *story) rekeyedChild(n *ikev2.Notify) *ikesa.Child {
	spi, ok := spiNumber(n.SPI)
	if !ok {
		return nil
	}
	for _, c := range s.SA.Children {
		for _, d := range c.SAs {
			if d.SPI == spi {
				return c
			}
		}
	}
	return nil
}

// trafficOf is the traffic of a child of IKEv1.
func trafficOf(c *ikesa.Child) (k trafficKey) {
	a, b := c.Asked.Initiator, c.Asked.Responder
	if !c.FromInitiator {
		a, b = b, a
	}
	for i, list := range []ike.Selectors{a, b} {
		if len(list) > 0 { // IKEv1 has one of each
			k[i] = list[0].Key()
		}
	}
	return k
}

// earlierChild is the last Quick Mode before x for the same selectors that went through; one that stayed closed may be for any.
func (s *story) earlierChild(x *ikesa.Exchange) *ikesa.Exchange {
	if s.earlier == nil {
		s.findEarlier()
	}
	return s.earlier[x]
}

func (s *story) findEarlier() {
	s.earlier = make(map[*ikesa.Exchange]*ikesa.Exchange)
	const none = -1
	last, closed, all := make(map[trafficKey]int), none, none // the last one for some traffic, that stayed closed, and of all
	for i, x := range s.SA.Exchanges {
		if x.Type != ikev1.ExchangeQuick {
			continue
		}
		at, k := all, trafficKey{}
		if x.Child != nil {
			k, at = trafficOf(x.Child), closed
			if same, ok := last[k]; ok {
				at = max(same, closed)
			}
		}
		if at != none {
			s.earlier[x] = s.SA.Exchanges[at]
		}
		if o := s.Outcome(x); len(x.Messages) >= 2 && o != nil && (o.Code == negotiation.Established || o.Code == negotiation.Closed) {
			if all = i; x.Child != nil {
				last[k] = i
			} else {
				closed = i
			}
		}
	}
}

func (s *story) collision(a, b rekeying) diagnose.Finding {
	facts := diagnose.Collision{BothFail: s.Outcome(a.x).Code == negotiation.Failed && s.Outcome(b.x).Code == negotiation.Failed}
	switch {
	case a.what.ike || b.what.ike:
		facts.What = diagnose.AnIKESA
	case a.what != (replaced{}) && b.what != (replaced{}):
		facts.What = diagnose.AChildSA
	}
	first, second := a, b
	if b.start.Before(a.start) {
		first, second = b, a
	}
	facts.Apart = second.start.Sub(first.start)
	f := diagnose.Finding{Code: diagnose.CodeRekeyCollision, Severity: SeverityNote, Grade: diagnose.Wire, Frames: frames(first.x.Messages[0].Frame, second.x.Messages[0].Frame), Facts: facts,
		Compared: []Compared{{Name: "starts in frame", Initiator: fmt.Sprint(a.x.Messages[0].Frame), Responder: fmt.Sprint(b.x.Messages[0].Frame)},
			{Name: "which came to", Initiator: words.Outcome(s.Outcome(a.x)), Responder: words.Outcome(s.Outcome(b.x))}}}
	if purpose(a.x) != "" && purpose(b.x) != "" {
		f.Compared = append(f.Compared, Compared{Name: "for the", Initiator: purpose(a.x), Responder: purpose(b.x)})
	}
	if facts.BothFail {
		f.Severity = SeverityWarning
	}
	return f
}
