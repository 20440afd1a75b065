package report

import (
	"fmt"
	"net/netip"
	"slices"

	"github.com/ikedecode/ikedecode/decode"
	"github.com/ikedecode/ikedecode/keys/ikesa"
)

// Rules about IKE that goes through in one direction alone.

// A deadEnd is a message that was sent and did not arrive, or is ignored: its receiver goes on resending what it answers.
type deadEnd struct {
	asked, answer *ikesa.Message
	again         []int // frames of asked after answer
}

// A deadWay is from where to where messages do not arrive.
type deadWay struct{ src, dst netip.Addr }

// lostAnswers finds exchanges in which one side keeps asking although it was answered. What it finds takes the place of what
// other rules say of the silence that follows; several attempts of the same hosts are one finding.
func (d *diagnosis) lostAnswers() {
	said := make(map[deadWay]*Finding)
	for _, s := range d.stories {
		for _, x := range s.sa.Exchanges {
			e, ok := deadEndOf(s.sa, x)
			if !ok {
				continue
			}
			f := e.finding(x)
			f.IKE = s.sa.Initiator.String() + ":" + s.sa.Responder.String()
			way := deadWay{e.answer.Src.Addr(), e.answer.Dst.Addr()}
			if first := said[way]; first != nil {
				first.Frames = frames(append(first.Frames, f.Frames...)...)
				first.Alike++
				continue
			}
			f.complete(s.sa.Version)
			if silence := d.silenceOf(s.sa, &e); silence != nil {
				*silence, said[way] = f, silence
			} else {
				said[way] = d.add(f)
			}
		}
	}
}

// silenceOf finds what another rule says of the silence after e in an IKE SA; nil: none does. The checks of the side that is not heard
// are not answered, either.
func (d *diagnosis) silenceOf(sa *ikesa.SA, e *deadEnd) *Finding {
	checks := func(frame int) bool {
		return slices.ContainsFunc(sa.Messages, func(m *ikesa.Message) bool { return m.Frame == frame && m.FromInitiator == e.answer.FromInitiator })
	}
	i := slices.IndexFunc(d.findings, func(f *Finding) bool {
		if f.Code == "dpd-timeout" && slices.ContainsFunc(f.Frames[:min(1, len(f.Frames))], checks) {
			return true
		}
		silence := f.Code == "phase1-stopped" || f.Code == "phase2-no-response" || f.Code == "no-response"
		return silence && (slices.Contains(f.Frames, e.answer.Frame) || slices.Contains(f.Frames, e.asked.Frame))
	})
	if i < 0 {
		return nil
	}
	return d.findings[i]
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
	return isPhase1Exchange(typeOf(m)) && m.Flags&decode.FlagEncryption != 0
}

// goesOn reports whether the receiver of m sent anything new after it.
func goesOn(sa *ikesa.SA, m *ikesa.Message) bool {
	return slices.ContainsFunc(sa.Messages, func(o *ikesa.Message) bool {
		return o.FromInitiator != m.FromInitiator && o.Time.After(m.Time)
	})
}

func (e *deadEnd) finding(x *ikesa.Exchange) Finding {
	sender, receiver := side(e.answer.FromInitiator), side(!e.answer.FromInitiator)
	f := Finding{Code: "one-way-ike", Severity: SeverityProblem, Frames: frames(append([]int{e.asked.Frame, e.answer.Frame}, e.again...)...),
		Text: fmt.Sprintf("%v: what the %s sends in frame %d does not reach the %s: it sends frame %d again %s after that", x.Type, sender, e.answer.Frame,
			receiver, e.asked.Frame, count(len(e.again), "time")),
		Hint: fmt.Sprintf("look for a packet filter or a route that loses packets from %v to %v; a capture at %v shows whether they arrive", e.answer.Src, e.answer.Dst, e.answer.Dst.Addr())}
	switch {
	case e.answer.Src.Addr() != e.asked.Dst.Addr():
		f.Text += fmt.Sprintf("; it comes from %v, but %v was asked", e.answer.Src, e.asked.Dst)
		f.Hint = fmt.Sprintf("have the %s answer from the address that the %s asks", sender, receiver)
	case wireSize(e.answer) >= largeMessage:
		f.Text += fmt.Sprintf("; it is %d bytes large", wireSize(e.answer))
		f.Hint += "; large packets may be lost on the way: use IKE fragmentation (RFC 7383)"
	}
	return f
}
