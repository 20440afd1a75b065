package diagnose

import (
	"github.com/ikedecode/ikedecode/keys/ikesa"
	"github.com/ikedecode/ikedecode/report/negotiation"
)

// Rekeying: both peers at once, or not at all.

// collisions finds exchanges with which both peers replace the same SA at the same time (RFC 7296, section 2.8.1).
func (d *diagnosis) collisions() {
	for _, s := range d.Stories() {
		var mine, theirs []negotiation.Rekeying
		for _, x := range s.Exchanges() {
			r, ok := s.Rekeying(x)
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
