package report

import (
	"net/netip"
	"slices"

	"github.com/ikedecode/ikedecode/decode/ikev1"
	"github.com/ikedecode/ikedecode/keys/ikesa"
	"github.com/ikedecode/ikedecode/report/diagnose"
	"github.com/ikedecode/ikedecode/report/negotiation"
)

// Rules about IKE that goes through in one direction alone.

// A deadEnd is a message that was sent and did not arrive, or is ignored: its receiver goes on resending what it answers.
type deadEnd struct {
	asked, answer *ikesa.Message
	again         []int // frames of asked after answer
}

// A deadWay is from where to where messages do not arrive.
type deadWay struct{ src, dst netip.Addr }

// lostAnswers finds exchanges in which one side keeps asking although it was answered.
func (d *diagnosis) lostAnswers() {
	for _, s := range d.stories {
		for _, x := range s.SA.Exchanges {
			if e, ok := deadEndOf(s.SA, x); ok {
				d.found = append(d.found, e.finding(s.SA, x))
			}
		}
	}
}

// deadEndOf looks at the last message of x and at what it answers.
func deadEndOf(sa *ikesa.SA, x *ikesa.Exchange) (e deadEnd, ok bool) {
	if len(x.Messages) < 2 {
		return e, false
	}
	const resent = 2
	e.answer = x.Messages[len(x.Messages)-1]
	for _, m := range x.Messages {
		if m.FromInitiator != e.answer.FromInitiator {
			e.asked = m
		}
	}
	if e.asked == nil || maybeUnreadable(e.answer) || goesOn(sa, e.answer) {
		return e, false
	}
	for _, r := range e.asked.Repeats {
		if !r.Mirror && r.Time.After(e.answer.Time) {
			e.again = append(e.again, r.Frame)
		}
	}
	return e, len(e.again) >= resent
}

// maybeUnreadable reports whether a message of phase 1 may have come through and not been understood: the receiver of Main
// Mode 5 and 6 with another pre-shared key cannot read them, and some say nothing then.
func maybeUnreadable(m *ikesa.Message) bool {
	return negotiation.IsPhase1(negotiation.TypeOf(m)) && m.Flags&ikev1.FlagEncryption != 0
}

// goesOn reports whether the receiver of m sent anything new after it.
func goesOn(sa *ikesa.SA, m *ikesa.Message) bool {
	return slices.ContainsFunc(sa.Messages, func(o *ikesa.Message) bool {
		return o.FromInitiator != m.FromInitiator && o.Time.After(m.Time)
	})
}

func (e *deadEnd) finding(sa *ikesa.SA, x *ikesa.Exchange) diagnose.Finding {
	facts := diagnose.DeadEnd{Exchange: x.Type, Asked: e.asked.Frame, Answer: e.answer.Frame, Again: len(e.again),
		From: e.answer.Src, To: e.answer.Dst, AskedAt: e.asked.Dst}
	if size := wireSize(e.answer); size >= largeMessage {
		facts.Large = size
	}
	return diagnose.Finding{Code: diagnose.CodeOneWayIKE, Severity: SeverityProblem, Grade: diagnose.Wire, Subject: subjectOf(sa),
		From: diagnose.SideOf(e.answer.FromInitiator), Frames: frames(append([]int{e.asked.Frame, e.answer.Frame}, e.again...)...),
		Facts: facts, Cause: deadWay{e.answer.Src.Addr(), e.answer.Dst.Addr()}}
}
