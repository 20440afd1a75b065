package negotiation

import (
	"github.com/ikedecode/ikedecode/decode"
	"github.com/ikedecode/ikedecode/decode/ike"
	"github.com/ikedecode/ikedecode/decode/ikev1"
	"github.com/ikedecode/ikedecode/decode/ikev2"
	"github.com/ikedecode/ikedecode/keys/ikesa"
)

func (s *Story) quick(x *ikesa.Exchange) *Outcome {
	c := x.Child
	if c != nil && c.Complete {
		if len(x.Messages) == 2 && !OneSided(x) { // the initiator may reject the answer
			if r := s.refusalOf(x, c); r != nil {
				return refused(r)
			}
		}
		last := x.Messages[len(x.Messages)-1]
		return &Outcome{Code: Established, Made: MadeChild, Frame: last.Frame, Deleted: s.ChildDeleted(c)}
	}
	if lost := lostOf(x); lost != NothingLost {
		return &Outcome{Code: Incomplete, Lost: lost, Frame: x.Messages[0].Frame}
	}
	if r := s.refusalOf(x, c); r != nil {
		return refused(r)
	}
	if OneSided(x) {
		if r := s.silentRefusal(x); r != nil {
			return refused(r)
		}
		return unanswered(x)
	}
	if o := closedOutcome(x); o != nil {
		o.Whole = len(x.Messages) >= 3
		return o
	}
	return unanswered(x)
}

// lostOf tells which messages of a Quick Mode are missing where its third one shows that it went through: the third is
// the second that its sender sends, or has nothing but a HASH.
func lostOf(x *ikesa.Exchange) Lost {
	last := x.Messages[len(x.Messages)-1]
	third := len(last.Payloads) == 1 && last.Payloads[0].Type == ikev1.PayloadHash
	switch {
	case len(x.Messages) >= 2 && OneSided(x):
		return LostSecond
	case len(x.Messages) == 2 && third:
		return LostFirst
	case len(x.Messages) == 1 && third:
		return LostBeginning
	}
	return NothingLost
}

func (s *Story) createOutcome(x *ikesa.Exchange) *Outcome {
	if o := refusedBy(x); o != nil {
		return o
	}
	if i, r, frame, ok := NewSPIs(x); ok {
		return &Outcome{Code: Established, Made: MadeIKESA, SPIs: &[2]decode.SPI{i, r}, Frame: frame}
	}
	last := x.Messages[len(x.Messages)-1]
	if c := x.Child; c != nil && c.Complete {
		return &Outcome{Code: Established, Made: MadeChild, Frame: last.Frame, Deleted: s.ChildDeleted(c)}
	}
	if last.State == ikesa.Closed {
		return &Outcome{Code: Closed, Answered: true, Partly: true, Frame: last.Frame}
	}
	return &Outcome{Code: Incomplete, Lost: LostPart, Frame: last.Frame}
}

// AsksForChild reports whether x sets up a Child SA, or may.
func AsksForChild(x *ikesa.Exchange) bool {
	return x.Type == ikev1.ExchangeQuick || x.Type == ikev2.ExchangeAuth || x.Type == ikev2.ExchangeCreateChild
}

// NewSPIs are the SPIs of the IKE SA that x sets up in place of its own (RFC 7296, section 1.3.2).
func NewSPIs(x *ikesa.Exchange) (i, r decode.SPI, frame int, ok bool) {
	chosen := AnswerOf(x)
	if chosen == nil || len(chosen.Proposals) == 0 || chosen.Proposals[0].Protocol != ike.IKE || len(chosen.Proposals[0].SPI) != len(r) {
		return i, r, 0, false
	}
	answer := &chosen.Proposals[0]
	var request *ike.Proposal
	for _, m := range x.Messages {
		o := m.Offer()
		switch {
		case o == nil:
		case m.IsResponse():
			frame = m.Frame
		default:
			for k := range o.Proposals {
				if p := &o.Proposals[k]; len(p.SPI) == len(i) && (request == nil || p.Number == answer.Number) {
					request = p
				}
			}
		}
	}
	if request == nil {
		return i, r, 0, false
	}
	copy(i[:], request.SPI)
	copy(r[:], answer.SPI)
	return i, r, frame, true
}
