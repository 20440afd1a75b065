package negotiation

import (
	"slices"

	"github.com/ikedecode/ikedecode/decode/exchange"
	"github.com/ikedecode/ikedecode/decode/ike"
	"github.com/ikedecode/ikedecode/decode/ikev1"
	"github.com/ikedecode/ikedecode/decode/ikev2"
	"github.com/ikedecode/ikedecode/keys/ikesa"
)

// A Story follows an IKE SA through its exchanges and says how each of them ended.
type Story struct {
	SA       *ikesa.SA
	Retried  bool                          // of IKEv2: the initiator got what it wanted under another SPI of the responder
	deletes  map[ChildKey][]*ikesa.Message // of the whole capture: what one SA negotiates, another may delete after a reauthentication
	refusals []*refusal
	about    map[*ikesa.Message]*ikesa.Exchange   // the negotiation that an Informational follows
	after    map[*ikesa.Exchange][]*ikesa.Message // the Informationals of about that were not decrypted; nil until asked for
	outcomes map[*ikesa.Exchange]*Outcome
	blocks   []*ikesa.Exchange                   // of IKEv2
	earlier  map[*ikesa.Exchange]*ikesa.Exchange // of IKEv1: the Quick Mode that each one replaces; nil until asked for
	rekeys   *rekeySpans                         // likewise
	bySPI    map[uint32]*ikesa.Child             // the Child SAs, likewise
}

// storiesOf follows all IKE SAs of a capture, by their messages alone.
func storiesOf(sas []*ikesa.SA, deletes map[ChildKey][]*ikesa.Message) []*Story {
	list := make([]*Story, len(sas))
	half := halves(sas)
	for i, sa := range sas {
		list[i] = newStory(sa, deletes)
		list[i].halfCaptured(half)
	}
	linkRetries(list)
	return list
}

// Outcome is how an exchange of the IKE SA ended, nil for one of another.
func (s *Story) Outcome(x *ikesa.Exchange) *Outcome { return s.outcomes[x] }

func newStory(sa *ikesa.SA, deletes map[ChildKey][]*ikesa.Message) *Story {
	s := &Story{SA: sa, deletes: deletes, about: subjects(sa), outcomes: make(map[*ikesa.Exchange]*Outcome)}
	for _, m := range sa.Messages {
		for _, p := range m.Payloads {
			if n, ok := p.Body.(*ikev1.Notify); ok && n.Type.IsError() {
				s.refusals = append(s.refusals, &refusal{message: m, notify: n})
			}
		}
	}
	if sa.Version == 2 {
		s.tell()
	} else {
		for _, x := range sa.Exchanges {
			s.outcomes[x] = s.outcome(x)
		}
	}
	s.notSilent()
	return s
}

// Exchanges are what reports show as exchanges: of IKEv2 all rounds of IKE_AUTH are one (RFC 7296, section 2.16).
func (s *Story) Exchanges() []*ikesa.Exchange {
	if s.SA.Version == 2 {
		return s.blocks
	}
	return s.SA.Exchanges
}

// tell says how the exchanges of an IKEv2 SA ended.
func (s *Story) tell() {
	s.blocks = blocksOf(s.SA)
	byMessage := make(map[*ikesa.Message]*Outcome)
	for _, x := range s.blocks {
		o := s.requestAnswered(x)
		s.outcomes[x] = o
		for _, m := range x.Messages {
			byMessage[m] = o
		}
	}
	for _, x := range s.SA.Exchanges {
		o := &Outcome{Code: Incomplete, Lost: LostAll}
		if len(x.Messages) > 0 {
			o = byMessage[x.Messages[0]]
		}
		s.outcomes[x] = o
	}
}

// blocksOf puts the requests and answers of IKE_AUTH, which are several with EAP, into one exchange.
func blocksOf(sa *ikesa.SA) (list []*ikesa.Exchange) {
	var auth *ikesa.Exchange
	for _, x := range sa.Exchanges {
		switch {
		case len(x.Messages) == 0:
		case x.Type != ikev2.ExchangeAuth || x.Exchange == nil:
			list = append(list, x)
		case auth == nil:
			auth = &ikesa.Exchange{Exchange: &exchange.Exchange{Type: x.Type, MessageID: x.MessageID}, Messages: x.Messages, Child: x.Child}
			list = append(list, auth)
		default:
			auth.Messages = append(auth.Messages[:len(auth.Messages):len(auth.Messages)], x.Messages...)
			if x.Child != nil {
				auth.Child = x.Child
			}
		}
	}
	return list
}

// outcome tells how an exchange of IKEv1 ended.
func (s *Story) outcome(x *ikesa.Exchange) *Outcome {
	switch {
	case len(x.Messages) == 0:
		return &Outcome{Code: Incomplete, Lost: LostAll}
	case s.SA.Version != 1:
		return requestOutcome(x)
	case IsPhase1(x.Type):
		return s.phase1(x)
	case x.Type == ikev1.ExchangeQuick:
		return s.quick(x)
	case x.Type == ikev1.ExchangeTransaction:
		return s.transaction(x)
	case x.Type == ikev1.ExchangeInformational:
		return informational(x)
	}
	return requestOutcome(x)
}

// requestAnswered tells how an exchange of IKEv2 ended.
func (s *Story) requestAnswered(x *ikesa.Exchange) *Outcome {
	last := x.Messages[len(x.Messages)-1]
	if o := unpaired(x); o != nil {
		return o
	}
	if !last.IsResponse() && last.Sent() > 1 && last.State == ikesa.Closed { // a later round of EAP
		return unanswered(x)
	}
	if o := closedOutcome(x); o != nil {
		o.Answered = true
		return o
	}
	switch x.Type {
	case ikev2.ExchangeSAInit, ikev2.ExchangeSessionResume:
		return initOutcome(x)
	case ikev2.ExchangeAuth:
		return s.authOutcome(x)
	case ikev2.ExchangeCreateChild:
		return s.createOutcome(x)
	case ikev2.ExchangeInformational:
		return answeredNote(x)
	}
	if o := refusedBy(x); o != nil {
		return o
	}
	return &Outcome{Code: Done, Frame: last.Frame}
}

// unpaired is for an exchange in which requests, or answers, are all there is.
func unpaired(x *ikesa.Exchange) *Outcome {
	requests, responses := 0, 0
	for _, m := range x.Messages {
		if m.IsResponse() {
			responses++
		} else {
			requests++
		}
	}
	switch {
	case responses == 0:
		return unanswered(x)
	case requests == 0 && !retries(x):
		if o := refusedBy(x); o != nil {
			return o
		}
		fallthrough
	case requests == 0:
		return &Outcome{Code: Incomplete, Lost: LostRequest, Frame: x.Messages[0].Frame}
	}
	return nil
}

// retries reports whether a response asks the initiator to try again.
func retries(x *ikesa.Exchange) bool {
	return slices.ContainsFunc(x.Messages, func(m *ikesa.Message) bool { return NotifyOf(m, ikev2.NotifyInvalidKE) != nil })
}

// requestOutcome tells only whether the peer said anything.
func requestOutcome(x *ikesa.Exchange) *Outcome {
	if OneSided(x) {
		return unanswered(x)
	}
	last := x.Messages[len(x.Messages)-1]
	if o := closedOutcome(x); o != nil {
		o.Answered = true
		return o
	}
	return &Outcome{Code: Done, Frame: last.Frame}
}

// closedOutcome is for an exchange none of whose messages can be read; nil for others.
func closedOutcome(x *ikesa.Exchange) *Outcome {
	for _, m := range x.Messages {
		if m.State != ikesa.Closed {
			return nil
		}
	}
	return &Outcome{Code: Closed, Frame: x.Messages[0].Frame}
}

// unanswered is for an exchange that ends too early: nobody answers its last message.
func unanswered(x *ikesa.Exchange) *Outcome {
	last := LastStep(x)
	n := &Silence{Side: ike.SideOf(!last.FromInitiator), Frame: last.Frame, Times: last.Sent(), Exchange: x.Type}
	if n.Times > 1 {
		n.Over = last.Repeats[len(last.Repeats)-1].Time.Sub(last.Time)
	}
	if !OneSided(x) {
		n.Messages = len(x.Messages)
	}
	return &Outcome{Code: NoAnswer, Silence: n, Frame: last.Frame}
}
