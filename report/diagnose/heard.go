package diagnose

import (
	"slices"

	"github.com/ikedecode/ikedecode/keys/ikesa"
	"github.com/ikedecode/ikedecode/keys/logs"
	"github.com/ikedecode/ikedecode/report/negotiation"
)

// What the log of its receiver tells of a message.

// heard is what the log of its receiver says of the last message of an exchange, which got no response; f quotes it.
func (d *diagnosis) heard(sa *ikesa.SA, x *ikesa.Exchange, o *negotiation.Outcome, f *Finding) (h Heard) {
	if o.Code != negotiation.NoAnswer {
		return h
	}
	m := x.Messages[len(x.Messages)-1]
	var came, sent, earlier, unsent, part *entry
	var parts FragmentsHeard
	for _, e := range d.logbook().events[sa] {
		of := e.Message.Exchange == uint8(x.Type)
		switch {
		case e.side != SideOf(!m.FromInitiator) || e.grade != Log:
		case e.Kind == logs.Refused && e.Reason == logs.NotSent:
			unsent = e
		case e.Kind == logs.Refused || e.Kind == logs.PeerError: // perhaps of this message, which the daemon may not name
			earlier = nil
		case e.Kind == logs.Received && of && e.Message.ID == m.MessageID && e.Message.Fragments > 0:
			part = e
			parts.add(&e.Message)
		case e.Kind == logs.Received && of && (e.Message.Size == 0 || e.Message.Size == len(m.Raw)):
			came = e
		case e.Kind == logs.Received:
			earlier = e
		case e.Kind == logs.Sent && of && came != nil && e.File == came.File && uncaptured(x, e):
			sent = e
		}
	}
	switch {
	case unsent != nil: // its line is quoted as a reason
		return Heard{By: unsent.side, Unsent: true, Errno: unsent.Errno}
	case came != nil:
		h = Heard{By: came.side, Responded: sent != nil}
	case parts.lack(): // the rest of the message was lost
		h, came = Heard{By: part.side, Fragments: parts}, part
	case earlier != nil && m.Sent() > 1: // daemons write of everything that comes
		h, came = Heard{By: earlier.side, Missing: true}, earlier
	default:
		return h
	}
	var again *entry
	if h.Responded {
		again = d.sentAgain(sa, h.By)
		h.Again = again != nil
	}
	for _, e := range []*entry{came, sent, again} {
		if e != nil {
			f.Logs = append(f.Logs, LogLine{At: e.Where(), Text: e.Text})
		}
	}
	return h
}

// responseInLog is where the log of its sender says that a response to a message came; nil: it does not.
func (d *diagnosis) responseInLog(sa *ikesa.SA, x *ikesa.Exchange, m *ikesa.Message) *entry {
	for _, e := range d.logbook().events[sa] {
		came := e.Kind == logs.Received || e.Kind == logs.PeerError
		if came && e.grade == Log && e.side == SideOf(m.FromInitiator) && e.Message.Response && e.Message.Exchange == uint8(x.Type) && e.Message.ID == m.MessageID {
			return e
		}
	}
	return nil
}

// sentAgain is where the log of a side says last that it sent its message again, or gave up, and that nothing came after that; nil: it does not.
func (d *diagnosis) sentAgain(sa *ikesa.SA, side Side) (last *entry) {
	for _, e := range d.logbook().events[sa] {
		switch {
		case e.side != side || e.grade != Log:
		case e.Kind == logs.Resent || e.Kind == logs.GaveUp:
			last = e
		case e.Kind == logs.Received || e.Kind == logs.PeerError:
			last = nil
		}
	}
	return last
}

// uncaptured reports whether a message that a log says was sent is none that the capture has of its sender in x: what is sent again is not new.
func uncaptured(x *ikesa.Exchange, sent *entry) bool {
	return sent.Message.Size > 0 && !slices.ContainsFunc(x.Messages, func(m *ikesa.Message) bool {
		return SideOf(m.FromInitiator) == sent.side && len(m.Raw) == sent.Message.Size
	})
}

// FragmentsHeard are the IKE fragments (RFC 7383) of a message that a log says came.
type FragmentsHeard struct {
	Numbers []int
	Total   int // 0: it tells of none
}

// add takes one more. A sender may start again with smaller fragments (RFC 7383, section 2.5.2).
func (p *FragmentsHeard) add(m *logs.Message) {
	if m.Fragments > p.Total {
		*p = FragmentsHeard{Total: m.Fragments}
	}
	if m.Fragments == p.Total && !slices.Contains(p.Numbers, m.Fragment) {
		p.Numbers = append(p.Numbers, m.Fragment)
	}
}

// lack reports whether some of the message did not come.
func (p *FragmentsHeard) lack() bool { return len(p.Numbers) < p.Total }
