package report

import (
	"fmt"

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
	line := fmt.Sprintf("frame %d of the %s (%v): sent %d times in %s", m.Frame, side(m.FromInitiator), typeOf(m), m.Sent(), seconds(last.Sub(m.Time)))
	for _, o := range m.Exchange.Messages {
		if o.FromInitiator != m.FromInitiator && o.Time.After(m.Time) {
			if o.Time.Before(last) {
				return line + fmt.Sprintf(", although frame %d answers it: that did not arrive in time", o.Frame)
			}
			return line + fmt.Sprintf(", answered in frame %d", o.Frame)
		}
	}
	if sa.Version == 2 && isResponse(m) {
		return line + ", as answer to a request that was sent again"
	}
	return line + ", without an answer"
}
