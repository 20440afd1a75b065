package report

import (
	"fmt"
	"slices"
	"time"

	"github.com/ikedecode/ikedecode/keys/ikesa"
)

// Messages that were sent again.

// maxResentLines bounds the messages that are listed for one IKE SA.
const maxResentLines = 8

// retransmissions notes the messages that were sent again: who did, how often, and whether an answer came in the end.
func (d *diagnosis) retransmissions() {
	for _, s := range d.stories {
		var list []*ikesa.Message
		var at []int
		for _, m := range s.sa.Messages {
			if m.Sent() > 1 {
				list, at = append(list, m), append(at, messageFrames(m)...)
			}
		}
		if len(list) == 0 {
			continue
		}
		f := Finding{Code: "retransmissions", Severity: SeverityNote, Frames: frames(at...),
			Text: fmt.Sprintf("%s: %s sent again", nameOf(s.sa), count(len(list), "message"))}
		for i, m := range list {
			if i == maxResentLines {
				f.Details = append(f.Details, fmt.Sprintf("and %d more", len(list)-i))
				break
			}
			f.Details = append(f.Details, resentLine(s.sa, m))
		}
		d.addSA(s.sa, f)
	}
}

// resentLine is "frame 5 of the initiator (Main Mode): sent 3 times in 11.2 s, answered 0.1 s later".
func resentLine(sa *ikesa.SA, m *ikesa.Message) string {
	last := m.Repeats[len(m.Repeats)-1].Time
	line := fmt.Sprintf("frame %d of the %s (%v): sent %d times in %s", m.Frame, side(m.FromInitiator), typeOf(m), m.Sent(), brief(last.Sub(m.Time)))
	if sa.Version == 2 && isResponse(m) {
		return line + whySentAgain(m)
	}
	for _, o := range m.Exchange.Messages {
		if o.FromInitiator != m.FromInitiator && o.Time.After(m.Time) {
			if o.Time.Before(last) {
				return line + fmt.Sprintf(", although frame %d answers it: that did not arrive in time", o.Frame)
			}
			return line + fmt.Sprintf(", answered in frame %d", o.Frame)
		}
	}
	return line + ", without an answer"
}

// A sending is one time that a message was sent.
type sending struct {
	m     *ikesa.Message
	frame int
	time  time.Time
}

// sendings are those of the requests, or of the answers, of an exchange, in order of time; what the capture shows twice counts once.
func sendings(x *ikesa.Exchange, answers bool) (list []sending) {
	for _, m := range x.Messages {
		if isResponse(m) != answers {
			continue
		}
		list = append(list, sending{m, m.Frame, m.Time})
		for _, r := range m.Repeats {
			if !r.Mirror {
				list = append(list, sending{m, r.Frame, r.Time})
			}
		}
	}
	slices.SortStableFunc(list, func(a, b sending) int { return a.time.Compare(b.time) })
	return list
}

// whySentAgain tells why an answer of IKEv2 was sent more than once. A responder sends one for each request that comes and none by
// itself (RFC 7296, section 2.1), so that a copy without a request was made on the way.
func whySentAgain(m *ikesa.Message) string {
	requests := sendings(m.Exchange, false)
	if len(requests) == 0 {
		return "" // the capture has one direction alone
	}
	again, other, copies := 0, 0, 0
	for i, s := range sendings(m.Exchange, true) {
		switch {
		case s.m != m || s.frame == m.Frame:
		case i >= len(requests) || requests[i].time.After(s.time):
			copies++
		case requests[i].frame != requests[i].m.Frame:
			again++
		default:
			other = requests[i].frame
		}
	}
	switch {
	case copies > 0 && again == 0 && other == 0:
		return ", though no request was sent again: duplicated on the way, or by the capture"
	case copies > 0:
		return fmt.Sprintf(", %s without a request that was sent again: duplicated on the way, or by the capture", count(copies, "time"))
	case other > 0:
		return fmt.Sprintf(", as answer to frame %d as well", other)
	}
	return ", as answer to a request that was sent again"
}
