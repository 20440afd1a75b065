package diagnose

import (
	"net/netip"

	"github.com/ikedecode/ikedecode/decode/ikev2"
	"github.com/ikedecode/ikedecode/keys/ikesa"
	"github.com/ikedecode/ikedecode/report/negotiation"
)

// Main or Aggressive Mode, tunnel or transport mode.

// modes are the phase 1 exchanges that each host starts towards another one, the first of each type.
func (d *diagnosis) modes() map[[2]netip.Addr][]modeStart {
	if d.started != nil {
		return d.started
	}
	d.started = make(map[[2]netip.Addr][]modeStart)
	for _, s := range d.Stories() {
		x := negotiation.Phase1Of(s.SA)
		if s.SA.Version != 1 || x == nil {
			continue
		}
		first := x.Messages[0]
		k := [2]netip.Addr{first.Src.Addr(), first.Dst.Addr()}
		known := false
		for _, m := range d.started[k] {
			known = known || m.exchange == x.Type
		}
		if !known {
			d.started[k] = append(d.started[k], modeStart{x.Type, first.Frame})
		}
	}
	return d.started
}

// phase1Mode is the finding about a phase 1 that failed where the peer, when it starts, uses another mode.
func (d *diagnosis) phase1Mode(x *ikesa.Exchange, o *negotiation.Outcome) (f Finding, ok bool) {
	first := x.Messages[0]
	for _, other := range d.modes()[[2]netip.Addr{first.Dst.Addr(), first.Src.Addr()}] {
		if other.exchange == x.Type {
			continue
		}
		return Finding{Code: CodeModeMismatch, Severity: Problem, Grade: Wire, Frames: Frames(first.Frame, o.Frame, other.frame),
			Facts:    OtherMode{Mode: x.Type, Outcome: o, Other: other.exchange, Frame: other.frame},
			Compared: []Compared{{Name: "phase 1 mode", Initiator: x.Type.String(), Responder: other.exchange.String(), Differs: true}},
			Setting:  SettingAggressive, RFC: "RFC 2409, section 5"}, true
	}
	return f, false
}

// transportMode finds Child SAs of IKEv2 for which one side asked for transport mode and did not get it (RFC 7296, section
// 1.3.1): they are in tunnel mode then, or the side that asked gives them up.
func (d *diagnosis) transportMode() {
	for _, s := range d.Stories() {
		if s.SA.Version != 2 {
			continue
		}
		for _, x := range s.Exchanges() {
			asked, answer := transportAsked(x)
			if asked == nil || answer == nil || negotiation.NotifyOf(answer, ikev2.NotifyUseTransportMode) != nil {
				continue
			}
			row := Compared{Name: traitMode, Initiator: "transport", Responder: "tunnel", Differs: true}
			if !asked.FromInitiator {
				row.Initiator, row.Responder = row.Responder, row.Initiator
			}
			f := Finding{Code: CodeModeMismatch, Severity: Warning, Grade: Wire, From: SideOf(asked.FromInitiator), Frames: Frames(asked.Frame, answer.Frame),
				Facts: ModeNotGranted{}, Compared: []Compared{row}}
			if x.Child != nil && d.undone(s.SA, x.Child) && d.undoneBy(x.Child).FromInitiator == asked.FromInitiator {
				deleted := d.undoneBy(x.Child).Frame
				f.Severity, f.Frames, f.Facts = Problem, Frames(append(f.Frames, deleted)...), ModeNotGranted{Deleted: deleted}
			}
			d.addSA(s.SA, f)
		}
	}
}

// transportAsked is the request of x with USE_TRANSPORT_MODE and the response that sets up the Child SA.
func transportAsked(x *ikesa.Exchange) (asked, answer *ikesa.Message) {
	for _, m := range x.Messages {
		switch {
		case !m.IsResponse() && negotiation.NotifyOf(m, ikev2.NotifyUseTransportMode) != nil:
			asked = m
		case m.IsResponse() && m.Offer() != nil:
			answer = m
		}
	}
	return asked, answer
}
