package negotiation

import (
	"github.com/ikedecode/ikedecode/decode/ike"
	"github.com/ikedecode/ikedecode/decode/ikev1"
	"github.com/ikedecode/ikedecode/decode/ikev2"
	"github.com/ikedecode/ikedecode/keys/ikesa"
)

// A refusal is an error notification, or an encrypted Informational that looks like one.
type refusal struct {
	message *ikesa.Message
	notify  *ikev1.Notify // nil: the message was not decrypted
	used    bool          // an exchange was found that it ends
}

func refused(r *refusal) *Outcome {
	o := &Outcome{Code: Failed, Cause: ClosedAnswer, Frame: r.message.Frame, From: ike.SideOf(r.message.FromInitiator), Refusal: r.message}
	if r.notify != nil {
		o.Cause, o.Notify = ErrorNotify, ike.NotifyType{Version: ike.V1, Number: uint16(r.notify.Type)}
	}
	return o
}

// A Stray is an error notification of IKEv1 that ends no exchange that was seen.
type Stray struct {
	Message *ikesa.Message
	Notify  *ikev1.Notify
}

// Strays are the error notifications of the IKE SA that are no outcome's.
func (s *Story) Strays() (list []Stray) {
	used := make(map[*ikesa.Message]bool)
	for _, o := range s.outcomes {
		if o.Refusal != nil {
			used[o.Refusal] = true
		}
	}
	for _, r := range s.refusals {
		if !used[r.message] {
			list = append(list, Stray{r.message, r.notify})
		}
	}
	return list
}

// refusalOf finds the error notification that ends x: one inside it, one that names an SPI of it, or an Informational
// of the side that owes x a response, with nothing else that it could mean.
func (s *Story) refusalOf(x *ikesa.Exchange, c *ikesa.Child) *refusal {
	last := LastStep(x)
	for _, r := range s.refusals {
		inside := r.message.Exchange == x
		named := c != nil && r.message.FromInitiator != StartedBy(x) && namesSPI(r.notify, c)
		later := !r.used && r.message.FromInitiator != last.FromInitiator && TypeOf(r.message) == ikev1.ExchangeInformational && !r.message.Time.Before(last.Time) &&
			s.about[r.message] == x
		if inside || named || later {
			r.used = true
			return r
		}
	}
	return nil
}

// subjects finds the negotiation that each Informational most likely is about: the latest one that was started, or went
// on, before it.
func subjects(sa *ikesa.SA) map[*ikesa.Message]*ikesa.Exchange {
	about := make(map[*ikesa.Message]*ikesa.Exchange)
	var latest *ikesa.Exchange
	for _, m := range sa.Messages {
		if TypeOf(m) == ikev1.ExchangeInformational {
			about[m] = latest
		} else {
			latest = m.Exchange
		}
	}
	return about
}

// silentRefusal is a closed Informational of the side that owes x a response.
func (s *Story) silentRefusal(x *ikesa.Exchange) *refusal {
	last := LastStep(x)
	if s.after == nil {
		s.after = make(map[*ikesa.Exchange][]*ikesa.Message)
		for _, m := range s.SA.Messages {
			if about := s.about[m]; about != nil && m.State == ikesa.Closed {
				s.after[about] = append(s.after[about], m)
			}
		}
	}
	for _, m := range s.after[x] {
		if m.FromInitiator != last.FromInitiator && !m.Time.Before(last.Time) {
			return &refusal{message: m}
		}
	}
	return nil
}

func namesSPI(n *ikev1.Notify, c *ikesa.Child) bool {
	spi, ok := ike.ParseChildSPI(n.SPI)
	if !ok || spi == 0 {
		return false
	}
	if c.Offer == nil {
		return false
	}
	for _, p := range c.Offer.Proposals {
		if own, ok := ike.ParseChildSPI(p.SPI); ok && own == spi {
			return true
		}
	}
	return false
}

// errorIn is the first error notification in a response of x, nil where there is none.
func errorIn(x *ikesa.Exchange) (*ikesa.Message, *ikev2.Notify) {
	for _, m := range x.Messages {
		if !m.IsResponse() {
			continue
		}
		for _, n := range NotifiesOf(m) {
			if n.IsError() {
				return m, n
			}
		}
	}
	return nil, nil
}

// refusedBy is for an exchange that an error notification answers; nil for others.
func refusedBy(x *ikesa.Exchange) *Outcome {
	m, n := errorIn(x)
	if n == nil {
		return nil
	}
	return &Outcome{Code: Failed, Cause: ErrorNotify, Frame: m.Frame, From: ike.SideOf(m.FromInitiator), Notify: notifyType(n.Type), Error: n}
}

func notifyType(t ikev2.NotifyType) ike.NotifyType {
	return ike.NotifyType{Version: ike.V2, Number: uint16(t)}
}
