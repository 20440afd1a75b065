package report

import (
	"fmt"
	"net/netip"
	"time"

	"github.com/ikedecode/ikedecode/decode/ikev1"
	"github.com/ikedecode/ikedecode/keys/ikesa"
	"github.com/ikedecode/ikedecode/report/diagnose"
)

// A peer that is gone.

// deadPeer finds R-U-THEREs after which nothing more came from the other side (RFC 3706).
func (d *diagnosis) deadPeer() {
	for _, s := range d.stories {
		if s.sa.Version != 1 {
			continue
		}
		for _, initiator := range []bool{true, false} {
			asked, closed := unheard(s.sa, initiator)
			switch {
			case len(asked) >= 2:
				d.addSA(s.sa, d.dpdFinding(s, initiator, asked, count(len(asked), "R-U-THERE")))
			case len(closed) >= 3 && len(asked) == 0 && s.sa.Established:
				f := d.dpdFinding(s, initiator, closed, count(len(closed), "encrypted Informational"))
				f.Text += "; R-U-THEREs, most likely"
				f.Severity = SeverityWarning
				f.Hint += "; a key for the IKE SA shows what they are"
				d.addSA(s.sa, f)
			}
		}
	}
}

// liveInterval is how far apart R-U-THEREs are at the least. Informationals that follow each other at once are Deletes, most
// likely.
const liveInterval = time.Second

// unheard are the R-U-THEREs of a side, and its Informationals that stayed closed and may be some, since the other side was heard
// last. A capture of one direction has no answers to miss.
func unheard(sa *ikesa.SA, initiator bool) (asked, closed []*ikesa.Message) {
	if _, ok := onlyOneSide(sa); ok {
		return nil, nil
	}
	for _, m := range sa.Messages {
		switch {
		case m.FromInitiator != initiator:
			asked, closed = nil, nil
		case typeOf(m) != ikev1.ExchangeInformational:
		case m.State == ikesa.Closed:
			if n := len(closed); n == 0 || m.Time.Sub(closed[n-1].Time) >= liveInterval {
				closed = append(closed, m)
			}
		case asksLife(m):
			asked = append(asked, m)
		}
	}
	return asked, closed
}

func asksLife(m *ikesa.Message) bool {
	for _, p := range m.Payloads {
		if n, ok := p.Body.(*ikev1.Notify); ok && n.Type == ikev1.NotifyRUThere {
			return true
		}
	}
	return false
}

// dpdFinding is for checks of a side that nobody answers.
func (d *diagnosis) dpdFinding(s *story, initiator bool, asked []*ikesa.Message, what string) Finding {
	first, last := asked[0], asked[len(asked)-1]
	var list []int
	end := last.Time
	for _, m := range asked {
		list = append(list, messageFrames(m)...)
		if n := len(m.Repeats); n > 0 {
			end = m.Repeats[n-1].Time
		}
	}
	f := Finding{Code: "dpd-timeout", Severity: SeverityProblem, Frames: frames(list...), from: diagnose.SideOf(initiator),
		Text: fmt.Sprintf("the %s sent %s in %s without an answer: the %s is gone, cannot be reached, or has lost the IKE SA", side(initiator), what,
			seconds(end.Sub(first.Time)), side(!initiator)),
		Hint: fmt.Sprintf("look whether the %s has restarted or changed its address, and whether UDP %d still passes", side(!initiator), first.Dst.Port())}
	host := s.sa.InitiatorAddr.Addr()
	if initiator {
		host = s.sa.ResponderAddr.Addr()
	}
	if frame := d.lastESP(host); frame > first.Frame {
		f.Text += fmt.Sprintf("; its ESP packets still come (frame %d)", frame)
		f.Hint = fmt.Sprintf("its IKE daemon hangs or has restarted, or UDP %d is dropped while ESP passes", first.Dst.Port())
	}
	frame, at := lastOf(s.sa, !initiator)
	switch {
	case frame == 0:
	case at.After(first.Time):
		f.Text = fmt.Sprintf("the %s sent %s in %s without an answer, though the %s still sends (frame %d): it does not get them, or does not take them for its own",
			side(initiator), what, seconds(end.Sub(first.Time)), side(!initiator), frame)
		f.Hint = fmt.Sprintf("look for a packet filter or a route that loses packets from %v to %v", first.Src, first.Dst)
	default:
		f.Details = append(f.Details, fmt.Sprintf("the last IKE message of the %s is frame %d, %s before", side(!initiator), frame, seconds(first.Time.Sub(at))))
	}
	return f
}

// lastOf is the frame and the time of the last message of a side, sent anew or again; 0: there is none.
func lastOf(sa *ikesa.SA, initiator bool) (frame int, at time.Time) {
	for _, m := range sa.Messages {
		if m.FromInitiator != initiator {
			continue
		}
		if frame == 0 || m.Time.After(at) {
			frame, at = m.Frame, m.Time
		}
		for _, r := range m.Repeats {
			if !r.Mirror && r.Time.After(at) {
				frame, at = r.Frame, r.Time
			}
		}
	}
	return frame, at
}

// lastESP is the frame of the last ESP or AH packet from a host; 0: none.
func (d *diagnosis) lastESP(host netip.Addr) (frame int) {
	if d.session.Table == nil {
		return 0
	}
	for _, sa := range d.session.Table.SAs() {
		if st := sa.Stats(); sa.Src == host && st.Packets > 0 {
			frame = max(frame, st.Last.Frame)
		}
	}
	for _, u := range d.session.Unknown {
		if u.Src == host {
			frame = max(frame, u.Last)
		}
	}
	return frame
}
