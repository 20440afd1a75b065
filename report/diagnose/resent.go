package diagnose

import (
	"slices"
	"time"

	"github.com/ikedecode/ikedecode/keys/ikesa"
	"github.com/ikedecode/ikedecode/report/negotiation"
)

// Messages that were retransmitted.

// maxResentLines bounds the messages that are listed for one IKE SA.
const maxResentLines = 8

// retransmissions notes the messages that were retransmitted: who did, how often, and whether a response came in the end.
func (d *diagnosis) retransmissions() {
	for _, s := range d.Stories() {
		var list []*ikesa.Message
		var at []int
		parts := make(map[fragmented]bool)
		for _, m := range s.SA.Messages {
			if m.Sent() <= 1 {
				continue
			}
			at = append(at, messageFrames(m)...)
			if f := negotiation.FragmentOf(m); f != nil { // a message counts once, however many fragments it has
				k := fragmented{m.Exchange, m.FromInitiator, f.Total}
				if parts[k] {
					continue
				}
				parts[k] = true
			}
			list = append(list, m)
		}
		if len(list) == 0 {
			continue
		}
		facts := Resent{}
		for i, m := range list {
			if i == maxResentLines {
				facts.More = len(list) - i
				break
			}
			facts.Messages = append(facts.Messages, resentMessage(s.SA, m))
		}
		d.noteSA(s.SA, CodeRetransmissions, NoSide, facts, Frames(at...))
	}
}

// A fragmented is a message in IKE fragments.
type fragmented struct {
	exchange      *ikesa.Exchange
	fromInitiator bool
	total         uint16
}

// resentMessage says how often m was retransmitted, and whether a response came.
func resentMessage(sa *ikesa.SA, m *ikesa.Message) ResentMessage {
	last := m.Repeats[len(m.Repeats)-1].Time
	r := ResentMessage{Frame: m.Frame, From: SideOf(m.FromInitiator), Exchange: negotiation.TypeOf(m), Sent: m.Sent(), Over: last.Sub(m.Time)}
	if sa.Version == 2 && m.IsResponse() {
		whySentAgain(m, &r)
		return r
	}
	for _, o := range m.Exchange.Messages {
		if o.FromInitiator != m.FromInitiator && o.Frame > m.Frame && !o.Time.Before(m.Time) && !precedes(o, m) {
			r.Answer, r.Late = o.Frame, o.Time.Before(last)
			break
		}
	}
	return r
}

// A sending is one time that a message was sent.
type sending struct {
	m     *ikesa.Message
	frame int
	time  time.Time
}

// sendings are those of the requests, or of the response, of an exchange, in order of time; what the capture shows twice counts once.
func sendings(x *ikesa.Exchange, answers bool) (list []sending) {
	for _, m := range x.Messages {
		if m.IsResponse() != answers {
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

// whySentAgain tells why a response of IKEv2 was sent more than once. A responder sends one for each request that comes and none by
// itself (RFC 7296, section 2.1), so that a copy without a request was made on the path.
func whySentAgain(m *ikesa.Message, r *ResentMessage) {
	requests := sendings(m.Exchange, false)
	if len(requests) == 0 {
		r.Response = NoRequest // the capture has one direction alone
		return
	}
	again := 0
	for i, s := range sendings(m.Exchange, true) {
		switch {
		case s.m != m || s.frame == m.Frame:
		case i >= len(requests) || requests[i].time.After(s.time):
			r.Copies++
		case requests[i].frame != requests[i].m.Frame:
			again++
		default:
			r.Other = requests[i].frame
		}
	}
	switch {
	case r.Copies > 0 && again == 0 && r.Other == 0:
		r.Response = Duplicated
	case r.Copies > 0:
		r.Response = SomeCopies
	case r.Other > 0:
		r.Response = OtherRequest
	default:
		r.Response = RequestResent
	}
}
