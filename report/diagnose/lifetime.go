package diagnose

import (
	"fmt"
	"net/netip"
	"slices"

	"github.com/ikedecode/ikedecode/decode/ike"
	"github.com/ikedecode/ikedecode/decode/ikev1"
	"github.com/ikedecode/ikedecode/keys/ikesa"
	"github.com/ikedecode/ikedecode/report/negotiation"
)

// Rules about the lifetimes of IKEv1, which are negotiated; those of IKEv2 are not.

func (d *diagnosis) lifetimes() {
	for _, s := range d.Stories() {
		if s.SA.Version != 1 {
			continue
		}
		for _, x := range s.SA.Exchanges {
			d.shortened(s, x)
		}
		for _, m := range s.SA.Messages {
			for _, p := range m.Payloads {
				if n, ok := p.Body.(*ikev1.Notify); ok {
					d.responderLifetime(s, m, n)
				}
			}
		}
	}
	d.offeredLifetimes()
}

// shortened notes a response with another lifetime than the proposal that it accepts.
func (d *diagnosis) shortened(s *negotiation.Story, x *ikesa.Exchange) {
	var offer []stance
	for _, m := range x.Messages {
		phase, list := stances(s.SA, m, false)
		if len(list) == 0 {
			continue
		}
		if offer == nil || !tookOffer(s.SA, x, m) {
			offer = list
			continue
		}
		best, ok := nearestStance(offer, list, negotiation.StartedBy(x))
		if a, b := best.lives(); ok && len(best.differing) == 0 && a != b {
			d.addSA(s.SA, lifeFinding(best, Noteworthy, SideOf(m.FromInitiator), Lifetimes{Said: InAnswer, Phase: phase, One: b, Two: a}))
		}
		return
	}
}

func lifeFinding(m match, severity Severity, from Side, facts Lifetimes) Finding {
	f := Finding{Code: CodeLifetimeDiffers, Severity: severity, Grade: Wire, From: from, Frames: Frames(m.offer.frame, m.known.frame), Facts: facts}
	for _, r := range m.rows {
		if r.Name == traitLife {
			r.Name, r.Differs = fmt.Sprintf("lifetime of phase %d", facts.Phase), true
			f.Compared = []Compared{r}
		}
	}
	return f
}

// responderLifetime notes that the responder keeps an SA for another time than was agreed (RFC 2407, section 4.6.3.1).
func (d *diagnosis) responderLifetime(s *negotiation.Story, m *ikesa.Message, n *ikev1.Notify) {
	life, ok := n.Lifetime()
	if !ok {
		return
	}
	phase := 2
	if n.Protocol == ike.IKE {
		phase = 1
	}
	facts := Lifetimes{Said: InNotify, Phase: phase, One: life.String()}
	row := Compared{Name: fmt.Sprintf("lifetime of phase %d", phase), Initiator: "not seen", Responder: life.String(), Differs: true}
	if _, offer := offeredIn(s.SA, m.Exchange); len(offer) > 0 {
		facts.Two = offer[0].life.String()
		row.Initiator = facts.Two
	}
	if m.FromInitiator {
		row.Initiator, row.Responder = row.Responder, row.Initiator
	}
	d.addSA(s.SA, Finding{Code: CodeLifetimeDiffers, Severity: Noteworthy, Grade: Wire, From: SideOf(m.FromInitiator),
		Frames: messageFrames(m), Facts: facts, Compared: []Compared{row}})
}

// offeredLifetimes compares what two sides offer, each when it starts.
func (d *diagnosis) offeredLifetimes() {
	type pair struct {
		a, b  netip.Addr
		phase int
	}
	done := make(map[pair]bool)
	for _, s := range d.Stories() {
		if s.SA.Version != 1 {
			continue
		}
		a, b := s.SA.InitiatorAddr.Addr(), s.SA.ResponderAddr.Addr()
		for phase := 1; phase <= 2; phase++ {
			if done[pair{a, b, phase}] || done[pair{b, a, phase}] {
				continue
			}
			done[pair{a, b, phase}] = true
			mine, theirs := d.offersTo(a, b, phase), d.offersTo(b, a, phase)
			m, ok := nearestStance(mine, theirs, true)
			if x, y := m.lives(); ok && len(m.differing) == 0 && x != y {
				facts, severity := Lifetimes{Said: InOwnOffers, Phase: phase, One: x, Two: y, HostOne: a, HostTwo: b, InTime: d.replacedInTime(&m)}, Warning
				if facts.InTime > 0 {
					severity = Noteworthy
				}
				d.addSA(s.SA, lifeFinding(m, severity, NoSide, facts))
			}
		}
	}
}

// replacedInTime is the frame of a Quick Mode with which the host that offers the shorter lifetime replaced an SA of the other one's offer that nobody had
// deleted; 0: the offers are no such Quick Modes.
func (d *diagnosis) replacedInTime(m *match) (frame int) {
	late, early := m.offer, m.known
	if late.frame < early.frame {
		late, early = early, late
	}
	msg := d.Message(late.frame)
	if msg == nil || late.life.Seconds == 0 || early.life.Seconds < late.life.Seconds || late.logged != "" || early.logged != "" {
		return 0
	}
	for _, sa := range d.Family().Between(negotiation.InOrder(late.from, late.to)) {
		for _, x := range sa.Exchanges {
			if x.Type != ikev1.ExchangeQuick || x.Messages[0] != msg {
				continue
			}
			before := d.story(sa).EarlierChild(x)
			if before == nil || before.Child == nil || !before.Child.Complete || d.deletedBy(before.Child, msg) {
				return 0
			}
			return late.frame
		}
	}
	return 0
}

// deletedBy reports whether a side had deleted an IPsec SA of a child when m came.
func (d *diagnosis) deletedBy(c *ikesa.Child, m *ikesa.Message) bool {
	return slices.ContainsFunc(c.SAs, func(a ikesa.ChildSA) bool {
		return slices.ContainsFunc(d.Deletes(negotiation.ChildKey{Protocol: a.Protocol, SPI: a.SPI}), func(o *ikesa.Message) bool { return o.Time.Before(m.Time) })
	})
}

// offersTo is what a side offers to another one.
func (d *diagnosis) offersTo(a, b netip.Addr, phase int) (list []stance) {
	for _, s := range d.known()[stanceKey{a, 1, phase}] {
		if s.to == b && !s.took && len(list) < maxOfferLines {
			list = append(list, s)
		}
	}
	return list
}

// Rekeying by both peers at once.

// collisions finds exchanges with which both peers replace the same SA at the same time (RFC 7296, section 2.8.1).
func (d *diagnosis) collisions() {
	for _, s := range d.Stories() {
		var mine, theirs []negotiation.Rekeying
		for _, x := range s.Exchanges() {
			r, ok := s.Rekeying(x)
			if ok && !r.What.Known() {
				r.What.Child = d.rekeyedChild(x)
			}
			switch {
			case !ok:
			case r.ByInitiator:
				mine = append(mine, r)
			default:
				theirs = append(theirs, r)
			}
		}
		k := 0
		for _, a := range mine {
			for k < len(theirs) && theirs[k].End.Before(a.Start) {
				k++
			}
			if k < len(theirs) && !theirs[k].Start.After(a.End) && a.Same(&theirs[k]) {
				d.addSA(s.SA, collision(s, a, theirs[k]))
				k++
			}
		}
	}
}

// rekeyedChild is the Child SA that an exchange of IKEv2 replaces, whichever IKE SA made it; nil: it is not known.
func (d *diagnosis) rekeyedChild(x *ikesa.Exchange) *ikesa.Child {
	k, ok := negotiation.RekeyedKey(x)
	if !ok {
		return nil
	}
	return d.Child(k).Child
}

func collision(s *negotiation.Story, a, b negotiation.Rekeying) Finding {
	facts := Collision{BothFail: s.Outcome(a.Exchange).Code == negotiation.Failed && s.Outcome(b.Exchange).Code == negotiation.Failed,
		Apart: a.Start.Sub(b.Start).Abs(), Initiator: attempt(s, a.Exchange), Responder: attempt(s, b.Exchange)}
	switch {
	case a.What.IKE || b.What.IKE:
		facts.What = AnIKESA
	case a.What.Known() && b.What.Known():
		facts.What = AChildSA
	}
	f := Finding{Code: CodeRekeyCollision, Severity: Noteworthy, Grade: Wire,
		Frames: Frames(facts.Initiator.Frame, facts.Responder.Frame), Facts: facts}
	if facts.BothFail {
		f.Severity = Warning
	}
	return f
}

func attempt(s *negotiation.Story, x *ikesa.Exchange) Attempt {
	return Attempt{Frame: x.Messages[0].Frame, Outcome: s.Outcome(x), Purpose: negotiation.PurposeOf(x)}
}
