package report

import (
	"github.com/ikedecode/ikedecode/decode"
	"github.com/ikedecode/ikedecode/decode/ike"
	"github.com/ikedecode/ikedecode/decode/ikev1"
	"github.com/ikedecode/ikedecode/decode/ikev2"
	"github.com/ikedecode/ikedecode/esp"
	"github.com/ikedecode/ikedecode/keys/ikesa"
	"github.com/ikedecode/ikedecode/report/negotiation"
	"github.com/ikedecode/ikedecode/report/words"
)

// An Outcome is how an exchange ended.
type Outcome struct {
	Code    negotiation.Code `json:"code"`
	Text    string           `json:"text"`
	Frame   int              `json:"frame,omitempty"`          // that shows it
	Deleted []int            `json:"deleted_frames,omitempty"` // in which what it established was deleted
	Notify  string           `json:"notify,omitempty"`         // the error that ended it: "NO-PROPOSAL-CHOSEN"
	From    string           `json:"notify_sender,omitempty"`  // "initiator" or "responder" of the IKE SA
	lists   bool             // Text has the notifications and deletions of the message, which is all there is of the exchange
}

func newOutcome(o *negotiation.Outcome) Outcome {
	return Outcome{Code: o.Code, Text: words.Outcome(o), Frame: o.Frame, Deleted: o.Deleted, Notify: words.ErrorOf(o), From: o.From.String(), lists: o.Note}
}

// A refusal is an error notification, or an encrypted Informational that looks like one.
type refusal struct {
	message *ikesa.Message
	notify  *ikev1.Notify // nil: the message stayed closed
	used    bool          // an exchange was found that it ends
}

// A story follows an IKE SA through its exchanges and says how each of them ended.
type story struct {
	sa       *ikesa.SA
	deletes  map[childKey][]int // of the whole capture: what one SA negotiates, another may delete after a reauthentication
	refusals []*refusal
	about    map[*ikesa.Message]*ikesa.Exchange   // the negotiation that an Informational follows
	after    map[*ikesa.Exchange][]*ikesa.Message // the Informationals of about that stayed closed; nil until asked for
	outcomes map[*ikesa.Exchange]*negotiation.Outcome
	blocks   []*ikesa.Exchange                   // of IKEv2
	earlier  map[*ikesa.Exchange]*ikesa.Exchange // of IKEv1: the Quick Mode that each one replaces; nil until asked for
	retried  bool                                // of IKEv2: the initiator got what it wanted under another SPI of the responder
}

// newStories follows all SAs of a capture.
func newStories(sas []*ikesa.SA) []*story {
	deletes := deleteFrames(sas)
	list := make([]*story, len(sas))
	for i, sa := range sas {
		list[i] = newStory(sa, deletes)
	}
	linkRetries(list)
	return list
}

func newStory(sa *ikesa.SA, deletes map[childKey][]int) *story {
	s := &story{sa: sa, deletes: deletes, about: subjects(sa), outcomes: make(map[*ikesa.Exchange]*negotiation.Outcome)}
	for _, m := range sa.Messages {
		for _, p := range m.Payloads {
			if n, ok := p.Body.(*ikev1.Notify); ok && n.Type.IsError() {
				s.refusals = append(s.refusals, &refusal{message: m, notify: n})
			}
		}
	}
	if sa.Version == 2 {
		s.tell2()
	} else {
		for _, x := range sa.Exchanges {
			s.outcomes[x] = s.outcome(x)
		}
	}
	s.notSilent()
	return s
}

func (s *story) outcome(x *ikesa.Exchange) *negotiation.Outcome {
	switch {
	case len(x.Messages) == 0:
		return &negotiation.Outcome{Code: negotiation.Incomplete, Lost: negotiation.LostAll}
	case s.sa.Version != 1:
		return requestOutcome(x)
	case negotiation.IsPhase1(x.Type):
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

func (s *story) phase1(x *ikesa.Exchange) *negotiation.Outcome {
	last := x.Messages[len(x.Messages)-1]
	if s.sa.Established {
		o := &negotiation.Outcome{Code: negotiation.Established, Made: negotiation.MadeIKESA, Frame: last.Frame}
		if f := ikeDeleted(s.sa); f != 0 {
			o.Deleted = []int{f}
		}
		return o
	}
	if r := s.refusalOf(x, nil); r != nil {
		return refused(r)
	}
	if r := s.silentRefusal(x); r != nil {
		return refused(r)
	}
	return unanswered(x)
}

func (s *story) quick(x *ikesa.Exchange) *negotiation.Outcome {
	c := x.Child
	if c != nil && c.Complete {
		last := x.Messages[len(x.Messages)-1]
		return &negotiation.Outcome{Code: negotiation.Established, Made: negotiation.MadeChild, Frame: last.Frame, Deleted: s.childDeleted(c)}
	}
	if lost := lostOf(x); lost != negotiation.NothingLost {
		return &negotiation.Outcome{Code: negotiation.Incomplete, Lost: lost, Frame: x.Messages[0].Frame}
	}
	if r := s.refusalOf(x, c); r != nil {
		return refused(r)
	}
	if oneSided(x) {
		if r := s.silentRefusal(x); r != nil {
			return refused(r)
		}
		return unanswered(x)
	}
	if o := closedOutcome(x); o != nil {
		o.Whole = len(x.Messages) >= 3
		return o
	}
	return unanswered(x)
}

// lostOf tells which messages of a Quick Mode are missing where its third one shows that it went through: the third is
// the second that its sender sends, or has nothing but a HASH.
func lostOf(x *ikesa.Exchange) negotiation.Lost {
	last := x.Messages[len(x.Messages)-1]
	third := len(last.Payloads) == 1 && last.Payloads[0].Type == ikev1.PayloadHash
	switch {
	case len(x.Messages) >= 2 && oneSided(x):
		return negotiation.LostSecond
	case len(x.Messages) == 2 && third:
		return negotiation.LostFirst
	case len(x.Messages) == 1 && third:
		return negotiation.LostBeginning
	}
	return negotiation.NothingLost
}

// transaction tells what XAUTH or Mode Config came to.
func (s *story) transaction(x *ikesa.Exchange) *negotiation.Outcome {
	if r := s.refusalOf(x, nil); r != nil {
		return refused(r)
	}
	for _, m := range x.Messages {
		for _, p := range m.Payloads {
			a, ok := p.Body.(*ikev1.Attributes)
			if !ok {
				continue
			}
			if o := configOutcome(a, m.Frame); o != nil {
				return o
			}
		}
	}
	if o := closedOutcome(x); o != nil {
		return o
	}
	return requestOutcome(x)
}

func configOutcome(a *ikev1.Attributes, frame int) *negotiation.Outcome {
	if st, ok := a.Attr(decode.XAUTHStatus); ok && a.Type == decode.ConfigSet {
		if v, _ := st.Uint(); v == 1 {
			return &negotiation.Outcome{Code: negotiation.Done, Made: negotiation.MadeUser, Frame: frame}
		}
		return &negotiation.Outcome{Code: negotiation.Failed, Cause: negotiation.XAUTHFailure, Frame: frame}
	}
	if a.Type != decode.ConfigReply && a.Type != decode.ConfigSet {
		return nil
	}
	for _, typ := range []uint16{decode.ConfigIP4Address, decode.ConfigIP6Address} {
		if v, ok := a.Attr(typ); ok && len(v.Value) > 0 {
			return &negotiation.Outcome{Code: negotiation.Done, Made: negotiation.MadeAddress, Address: v, Frame: frame}
		}
	}
	return nil
}

func informational(x *ikesa.Exchange) *negotiation.Outcome {
	if o := closedOutcome(x); o != nil {
		return o
	}
	o := &negotiation.Outcome{Code: negotiation.Done, Note: true, Frame: x.Messages[0].Frame}
	for _, m := range x.Messages {
		for _, p := range m.Payloads {
			switch p.Body.(type) {
			case *ikev1.Notify, *ikev1.Delete:
				o.Says = append(o.Says, p.Body)
			}
		}
	}
	return o
}

// requestOutcome tells only whether the other side said anything.
func requestOutcome(x *ikesa.Exchange) *negotiation.Outcome {
	if oneSided(x) {
		return unanswered(x)
	}
	last := x.Messages[len(x.Messages)-1]
	if o := closedOutcome(x); o != nil {
		o.Answered = true
		return o
	}
	return &negotiation.Outcome{Code: negotiation.Done, Frame: last.Frame}
}

// closedOutcome is for an exchange none of whose messages can be read; nil for others.
func closedOutcome(x *ikesa.Exchange) *negotiation.Outcome {
	for _, m := range x.Messages {
		if m.State != ikesa.Closed {
			return nil
		}
	}
	return &negotiation.Outcome{Code: negotiation.Closed, Frame: x.Messages[0].Frame}
}

func oneSided(x *ikesa.Exchange) bool {
	for _, m := range x.Messages {
		if m.FromInitiator != x.Messages[0].FromInitiator {
			return false
		}
	}
	return true
}

// unanswered is for an exchange that ends too early: nobody answers its last message.
func unanswered(x *ikesa.Exchange) *negotiation.Outcome {
	last := x.Messages[len(x.Messages)-1]
	n := &negotiation.Silence{Side: ike.SideOf(!last.FromInitiator), Frame: last.Frame, Times: last.Sent(), Exchange: x.Type}
	if n.Times > 1 {
		n.Over = last.Repeats[len(last.Repeats)-1].Time.Sub(last.Time)
	}
	if !oneSided(x) {
		n.Messages = len(x.Messages)
	}
	return &negotiation.Outcome{Code: negotiation.NoAnswer, Silence: n, Frame: last.Frame}
}

func refused(r *refusal) *negotiation.Outcome {
	o := &negotiation.Outcome{Code: negotiation.Failed, Cause: negotiation.ClosedAnswer, Frame: r.message.Frame, From: ike.SideOf(r.message.FromInitiator), Refusal: r.message}
	if r.notify != nil {
		o.Cause, o.Notify = negotiation.ErrorNotify, ike.NotifyType{Version: ike.V1, Number: uint16(r.notify.Type)}
	}
	return o
}

// refusalOf finds the error notification that ends x: one inside it, one that names an SPI of it, or an Informational
// of the side that owes x an answer, with nothing else that it could mean.
func (s *story) refusalOf(x *ikesa.Exchange, c *ikesa.Child) *refusal {
	last := x.Messages[len(x.Messages)-1]
	for _, r := range s.refusals {
		inside := r.message.Exchange == x
		named := c != nil && r.message.FromInitiator != startedBy(x) && namesSPI(r.notify, c)
		later := !r.used && r.message.FromInitiator != last.FromInitiator && typeOf(r.message) == ikev1.ExchangeInformational && !r.message.Time.Before(last.Time) &&
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
		if typeOf(m) == ikev1.ExchangeInformational {
			about[m] = latest
		} else {
			latest = m.Exchange
		}
	}
	return about
}

// silentRefusal is a closed Informational of the side that owes x an answer.
func (s *story) silentRefusal(x *ikesa.Exchange) *refusal {
	last := x.Messages[len(x.Messages)-1]
	if s.after == nil {
		s.after = make(map[*ikesa.Exchange][]*ikesa.Message)
		for _, m := range s.sa.Messages {
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
	spi, ok := spiNumber(n.SPI)
	if !ok || spi == 0 {
		return false
	}
	if c.Offer == nil {
		return false
	}
	for _, p := range c.Offer.Proposals {
		if own, ok := spiNumber(p.SPI); ok && own == spi {
			return true
		}
	}
	return false
}

// deleteFrames finds the frames of the Delete payloads of each SPI.
func deleteFrames(sas []*ikesa.SA) map[childKey][]int {
	at := make(map[childKey][]int)
	for _, sa := range sas {
		for _, m := range sa.Messages {
			for _, p := range m.Payloads {
				switch d := p.Body.(type) {
				case *ikev1.Delete:
					addDelete(at, d.Protocol, d.SPIs, m.Frame)
				case *ikev2.Delete:
					addDelete(at, d.Protocol, d.SPIs, m.Frame)
				}
			}
		}
	}
	return at
}

var espProtocols = map[decode.ProtocolID]esp.Protocol{
	decode.ProtocolESP: esp.ESP, decode.ProtocolAH: esp.AH, decode.ProtocolIPComp: esp.IPComp,
}

func addDelete(at map[childKey][]int, protocol decode.ProtocolID, spis [][]byte, frame int) {
	proto, ok := espProtocols[protocol]
	if !ok {
		return
	}
	for _, b := range spis {
		if spi, ok := spiNumber(b); ok {
			at[childKey{proto, spi}] = append(at[childKey{proto, spi}], frame)
		}
	}
}

// childDeleted lists the frames whose Delete payloads name an SPI of c.
func (s *story) childDeleted(c *ikesa.Child) (list []int) {
	for _, sa := range c.SAs {
		list = append(list, s.deletes[childKey{sa.Protocol, sa.SPI}]...)
	}
	return frames(list...)
}

func side(initiator bool) string {
	if initiator {
		return "initiator"
	}
	return "responder"
}

// typeOf is the exchange type in the header of m.
func typeOf(m *ikesa.Message) decode.ExchangeType { return m.Message.Exchange }
