package report

import (
	"fmt"
	"time"

	"github.com/ikedecode/ikedecode/decode/ikev1"
	"github.com/ikedecode/ikedecode/decode/ikev2"
	"github.com/ikedecode/ikedecode/keys/ikesa"
	"github.com/ikedecode/ikedecode/report/diagnose"
)

// Rekeying: both sides at once, or not at all.

// A rekeying is an exchange that replaces something, as far as it can be told.
type rekeying struct {
	x          *ikesa.Exchange
	start, end time.Time
	what       string // what it replaces: "IKE", or a name of the child; "" where it is closed
}

// collisions finds exchanges with which both sides replace the same SA at the same time (RFC 7296, section 2.8.1).
func (d *diagnosis) collisions() {
	for _, s := range d.stories {
		var mine, theirs []rekeying
		for _, x := range s.exchanges() {
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
				d.typedSA(s.sa, s.collision(a, theirs[k]))
				k++
			}
		}
	}
}

// sameRekeying reports whether both replace the same, as far as it can be told.
func sameRekeying(a, b rekeying) bool { return a.what == b.what || a.what == "" || b.what == "" }

// rekeying tells whether x replaces an SA. One that stayed closed may: of IKEv2 by its type, of IKEv1 when another Quick Mode
// came before.
func (s *story) rekeying(x *ikesa.Exchange) (r rekeying, byInitiator, ok bool) {
	if len(x.Messages) == 0 {
		return r, false, false
	}
	first, last := x.Messages[0], x.Messages[len(x.Messages)-1]
	r = rekeying{x: x, start: first.Time, end: last.Time}
	if s.sa.Version == 2 {
		if x.Type != ikev2.ExchangeCreateChild || isResponse(first) {
			return r, false, false
		}
		switch ike, child := replaces(x); {
		case ike:
			r.what = "IKE"
		case child != nil:
			r.what = s.rekeyedChild(child)
		case first.State != ikesa.Closed:
			return r, false, false // a new Child SA
		}
		return r, first.FromInitiator, true
	}
	if x.Type != ikev1.ExchangeQuick || s.earlierChild(x) == nil {
		return r, false, false
	}
	if c := x.Child; c != nil && !c.Implied && c.Asked.Known() {
		r.what = childName(c)
	}
	return r, first.FromInitiator, true
}

// replacedAlready is the exchange, of the other side, that went through and replaced what x is about at the same time; nil: there is
// none.
func (s *story) replacedAlready(x *ikesa.Exchange) *ikesa.Exchange {
	r, byInitiator, ok := s.rekeying(x)
	if !ok || r.what == "" {
		return nil
	}
	for _, y := range s.exchanges() {
		o, other, ok := s.rekeying(y)
		if ok && other != byInitiator && o.what == r.what && s.outcomes[y].Code == OutcomeEstablished && !o.end.Before(r.start) {
			return y
		}
	}
	return nil
}

// rekeyedChild names the Child SA that REKEY_SA names by its pair of SPIs: each side names the one that it receives on (RFC 7296,
// section 1.3.3).
func (s *story) rekeyedChild(n *ikev2.Notify) string {
	spi, ok := spiNumber(n.SPI)
	if !ok {
		return ""
	}
	for _, c := range s.sa.Children {
		for _, d := range c.SAs {
			if d.SPI == spi {
				return fmt.Sprintf("child %v", c.Frames)
			}
		}
	}
	return ""
}

// childName names a child of IKEv1 by its selectors, whoever started it.
func childName(c *ikesa.Child) string {
	a, b := c.Asked.Initiator.String(), c.Asked.Responder.String()
	if !c.FromInitiator {
		a, b = b, a
	}
	return a + " " + b
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
	last := make(map[string]int) // by name; "" of those that stayed closed, "*" of all
	for i, x := range s.sa.Exchanges {
		if x.Type != ikev1.ExchangeQuick {
			continue
		}
		name := ""
		at, ok := last["*"]
		if x.Child != nil {
			name = childName(x.Child)
			named, okNamed := last[name]
			closed, okClosed := last[""]
			at, ok = max(named, closed), okNamed || okClosed
		}
		if ok {
			s.earlier[x] = s.sa.Exchanges[at]
		}
		if o := s.outcomes[x]; len(x.Messages) >= 2 && o != nil && (o.Code == OutcomeEstablished || o.Code == OutcomeClosed) {
			last[name], last["*"] = i, i
		}
	}
}

func (s *story) collision(a, b rekeying) diagnose.Finding {
	facts := diagnose.Collision{BothFail: s.outcomes[a.x].Code == OutcomeFailed && s.outcomes[b.x].Code == OutcomeFailed}
	switch {
	case a.what == "IKE" || b.what == "IKE":
		facts.What = diagnose.AnIKESA
	case a.what != "" && b.what != "":
		facts.What = diagnose.AChildSA
	}
	first, second := a, b
	if b.start.Before(a.start) {
		first, second = b, a
	}
	facts.Apart = second.start.Sub(first.start)
	f := diagnose.Finding{Code: diagnose.CodeRekeyCollision, Severity: SeverityNote, Grade: diagnose.Wire, Frames: frames(first.x.Messages[0].Frame, second.x.Messages[0].Frame), Facts: facts,
		Compared: []Compared{{Name: "starts in frame", Initiator: fmt.Sprint(a.x.Messages[0].Frame), Responder: fmt.Sprint(b.x.Messages[0].Frame)},
			{Name: "which came to", Initiator: s.outcomes[a.x].Text, Responder: s.outcomes[b.x].Text}}}
	if purpose(a.x) != "" && purpose(b.x) != "" {
		f.Compared = append(f.Compared, Compared{Name: "for the", Initiator: purpose(a.x), Responder: purpose(b.x)})
	}
	if facts.BothFail {
		f.Severity = SeverityWarning
	}
	return f
}
