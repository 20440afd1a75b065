package diagnose

import (
	"slices"
	"time"

	"github.com/ikedecode/ikedecode/decode"
	"github.com/ikedecode/ikedecode/decode/ikev1"
	"github.com/ikedecode/ikedecode/keys/ikesa"
	"github.com/ikedecode/ikedecode/report/negotiation"
	"github.com/ikedecode/ikedecode/report/traffic"
)

// Rules about the times of the capture.

// causeStep is how long before its request a response may seem to come.
const causeStep = 5 * time.Millisecond

// worst lists the frames of some jumps and finds the largest one.
func worst(list []traffic.Jump) (at []int, by time.Duration) {
	for _, j := range list {
		at, by = append(at, j.Frame), max(by, j.By)
	}
	return at, by.Round(time.Millisecond)
}

// clock finds times that cannot be right.
func (d *diagnosis) clock() {
	w := &d.watch.Clock
	if n := len(w.Back); n > 0 {
		at, by := worst(w.Back)
		d.add(Finding{Code: CodeClockJump, Severity: Warning, Grade: Wire, Frames: at, Facts: ClockBack{Times: n + w.More, By: by}})
	}
	if n := len(w.Ahead); n > 0 {
		at, by := worst(w.Ahead)
		d.add(Finding{Code: CodeClockJump, Severity: Noteworthy, Grade: Wire, Frames: at, Facts: ClockAhead{Times: n, By: by}})
	}
	for _, s := range d.Stories() {
		for _, x := range s.SA.Exchanges {
			if f, ok := answerBeforeQuestion(x); ok {
				d.addSA(s.SA, f)
				break
			}
		}
	}
}

// answerBeforeQuestion finds an exchange whose response has an earlier time than its request.
func answerBeforeQuestion(x *ikesa.Exchange) (f Finding, ok bool) {
	if len(x.Messages) == 0 || !onlyAnswers(x.Messages[0]) {
		return f, false
	}
	answer := x.Messages[0]
	i := slices.IndexFunc(x.Messages, func(m *ikesa.Message) bool { return m.FromInitiator != answer.FromInitiator })
	if i < 0 || !beginsExchange(x.Messages[i]) || len(answer.Repeats) > 0 { // repeated: it was asked for before, too
		return f, false
	}
	question := x.Messages[i]
	early := question.Time.Sub(answer.Time)
	if early < causeStep {
		return f, false
	}
	return Finding{Code: CodeClockJump, Severity: Warning, Grade: Wire, Frames: Frames(answer.Frame, question.Frame),
		Facts: EarlyAnswer{Exchange: x.Type, Answer: answer.Frame, Question: question.Frame, By: early}}, true
}

// onlyAnswers reports whether m can only be a response: a response of IKEv2, or the SA payload of phase 1 from the responder.
func onlyAnswers(m *ikesa.Message) bool {
	if m.Version>>4 == 2 {
		return m.IsResponse()
	}
	return negotiation.IsPhase1(negotiation.TypeOf(m)) && !m.FromInitiator && m.Offer() != nil
}

// beginsExchange reports whether m begins its exchange.
func beginsExchange(m *ikesa.Message) bool {
	if m.Version>>4 == 2 {
		return !m.IsResponse()
	}
	_, ok := decode.Find(m.Payloads, ikev1.PayloadSA)
	return ok && m.FromInitiator
}
