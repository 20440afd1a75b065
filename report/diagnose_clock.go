package report

import (
	"slices"
	"time"

	"github.com/ikedecode/ikedecode/capture"
	"github.com/ikedecode/ikedecode/decode"
	"github.com/ikedecode/ikedecode/decode/ikev1"
	"github.com/ikedecode/ikedecode/keys/ikesa"
	"github.com/ikedecode/ikedecode/report/diagnose"
	"github.com/ikedecode/ikedecode/report/negotiation"
)

// Rules about the times of the capture.

const (
	// clockStep is how far back the time may go from one packet to the next without being a clock that was set: several queues of
	// a network card deliver out of order by less.
	clockStep = 500 * time.Millisecond
	// causeStep is how long before its question an answer may seem to come.
	causeStep = 5 * time.Millisecond
	// clockLeap is how far ahead the time may go from one packet to the next before it is worth a word.
	clockLeap = 24 * time.Hour
)

// A clockWatch follows the times of the packets, file by file. The zero value is ready.
type clockWatch struct {
	last  map[int]time.Time // by file
	steps []clockJump       // back
	more  int
	leaps []clockJump // ahead
}

// A clockJump is a packet whose time does not follow from that of the one before it.
type clockJump struct {
	frame int
	by    time.Duration
}

const maxClockJumps = 100

// packet takes a packet in.
func (w *clockWatch) packet(p *capture.Packet) {
	if w.last == nil {
		w.last = make(map[int]time.Time)
	}
	last, had := w.last[p.File]
	w.last[p.File] = p.Time
	switch back := last.Sub(p.Time); {
	case !had:
	case -back >= clockLeap && len(w.leaps) < maxClockJumps:
		w.leaps = append(w.leaps, clockJump{p.Number, -back})
	case back < clockStep:
	case len(w.steps) >= maxClockJumps:
		w.more++
	default:
		w.steps = append(w.steps, clockJump{p.Number, back})
	}
}

// worst lists the frames of some jumps and finds the largest one.
func worst(list []clockJump) (at []int, by time.Duration) {
	for _, j := range list {
		at, by = append(at, j.frame), max(by, j.by)
	}
	return at, by.Round(time.Millisecond)
}

// clock finds times that cannot be right.
func (d *diagnosis) clock() {
	w := &d.watch.clock
	if n := len(w.steps); n > 0 {
		at, by := worst(w.steps)
		d.typed(diagnose.Finding{Code: diagnose.CodeClockJump, Severity: SeverityWarning, Grade: diagnose.Wire, Frames: at, Facts: diagnose.ClockBack{Times: n + w.more, By: by}})
	}
	if n := len(w.leaps); n > 0 {
		at, by := worst(w.leaps)
		d.typed(diagnose.Finding{Code: diagnose.CodeClockJump, Severity: SeverityNote, Grade: diagnose.Wire, Frames: at, Facts: diagnose.ClockAhead{Times: n, By: by}})
	}
	for _, s := range d.stories {
		for _, x := range s.SA.Exchanges {
			if f, ok := answerBeforeQuestion(x); ok {
				d.typedSA(s.SA, f)
				break
			}
		}
	}
}

// answerBeforeQuestion finds an exchange whose answer has an earlier time than what it answers.
func answerBeforeQuestion(x *ikesa.Exchange) (f diagnose.Finding, ok bool) {
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
	return diagnose.Finding{Code: diagnose.CodeClockJump, Severity: SeverityWarning, Grade: diagnose.Wire, Frames: frames(answer.Frame, question.Frame),
		Facts: diagnose.EarlyAnswer{Exchange: x.Type.String(), Answer: answer.Frame, Question: question.Frame, By: early}}, true
}

// onlyAnswers reports whether m can only be an answer: a response of IKEv2, or the SA payload of phase 1 from the responder.
func onlyAnswers(m *ikesa.Message) bool {
	if m.Version>>4 == 2 {
		return isResponse(m)
	}
	return negotiation.IsPhase1(negotiation.TypeOf(m)) && !m.FromInitiator && sa1Of(m) != nil
}

// beginsExchange reports whether m begins its exchange.
func beginsExchange(m *ikesa.Message) bool {
	if m.Version>>4 == 2 {
		return !isResponse(m)
	}
	_, ok := decode.Find(m.Payloads, ikev1.PayloadSA)
	return ok && m.FromInitiator
}
