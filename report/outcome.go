package report

import (
	"fmt"

	"github.com/ikedecode/ikedecode/decode"
	"github.com/ikedecode/ikedecode/decode/ike"
	"github.com/ikedecode/ikedecode/decode/ikev1"
	"github.com/ikedecode/ikedecode/decode/ikev2"
	"github.com/ikedecode/ikedecode/esp"
	"github.com/ikedecode/ikedecode/keys/ikesa"
)

// The codes of an Outcome.
const (
	OutcomeEstablished = "established" // keys or SAs came of it
	OutcomeDone        = "done"        // an exchange that establishes nothing went through
	OutcomeFailed      = "failed"      // one side refused
	OutcomeNoAnswer    = "no-answer"   // one side is silent from here on
	OutcomeIncomplete  = "incomplete"  // the capture shows a part of it
	OutcomeClosed      = "closed"      // encrypted and not opened
)

// An Outcome is how an exchange ended.
type Outcome struct {
	Code    string `json:"code"`
	Text    string `json:"text"`
	Frame   int    `json:"frame,omitempty"`          // that shows it
	Deleted []int  `json:"deleted_frames,omitempty"` // in which what it established was deleted
	Notify  string `json:"notify,omitempty"`         // the error that ended it: "NO-PROPOSAL-CHOSEN"
	From    string `json:"notify_sender,omitempty"`  // "initiator" or "responder" of the IKE SA
	refusal *refusal
	lists   bool // Text has the notifications and deletions of the message, which is all there is of the exchange
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
	outcomes map[*ikesa.Exchange]*Outcome
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
	s := &story{sa: sa, deletes: deletes, about: subjects(sa), outcomes: make(map[*ikesa.Exchange]*Outcome)}
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

func (s *story) outcome(x *ikesa.Exchange) *Outcome {
	switch {
	case len(x.Messages) == 0:
		return &Outcome{Code: OutcomeIncomplete, Text: "no message of it was captured"}
	case s.sa.Version != 1:
		return requestOutcome(x)
	case isPhase1Exchange(x.Type):
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

func isPhase1Exchange(t decode.ExchangeType) bool {
	return t == ikev1.ExchangeMain || t == ikev1.ExchangeAggressive || t == ikev1.ExchangeBase || t == ikev1.ExchangeAuthOnly
}

func (s *story) phase1(x *ikesa.Exchange) *Outcome {
	last := x.Messages[len(x.Messages)-1]
	if s.sa.Established {
		o := &Outcome{Code: OutcomeEstablished, Text: "established", Frame: last.Frame}
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
	return unanswered(x, "phase 1")
}

func (s *story) quick(x *ikesa.Exchange) *Outcome {
	c := x.Child
	if c != nil && c.Complete {
		last := x.Messages[len(x.Messages)-1]
		return &Outcome{Code: OutcomeEstablished, Text: "established", Frame: last.Frame, Deleted: s.childDeleted(c)}
	}
	if lost := lostOf(x); lost != "" {
		return &Outcome{Code: OutcomeIncomplete, Text: "went through; its " + lost + " is not in the capture", Frame: x.Messages[0].Frame}
	}
	if r := s.refusalOf(x, c); r != nil {
		return refused(r)
	}
	if oneSided(x) {
		if r := s.silentRefusal(x); r != nil {
			return refused(r)
		}
		return unanswered(x, "Quick Mode")
	}
	if o := closedOutcome(x); o != nil {
		if len(x.Messages) >= 3 {
			o.Text += "; its messages are complete"
		}
		return o
	}
	return unanswered(x, "Quick Mode")
}

// lostOf tells which messages of a Quick Mode are missing where its third one shows that it went through: the third is
// the second that its sender sends, or has nothing but a HASH. "" if none is, or if that cannot be told.
func lostOf(x *ikesa.Exchange) string {
	last := x.Messages[len(x.Messages)-1]
	third := len(last.Payloads) == 1 && last.Payloads[0].Type == ikev1.PayloadHash
	switch {
	case len(x.Messages) >= 2 && oneSided(x):
		return "second message"
	case len(x.Messages) == 2 && third:
		return "first message"
	case len(x.Messages) == 1 && third:
		return "beginning"
	}
	return ""
}

// transaction tells what XAUTH or Mode Config came to.
func (s *story) transaction(x *ikesa.Exchange) *Outcome {
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

func configOutcome(a *ikev1.Attributes, frame int) *Outcome {
	if st, ok := a.Attr(decode.XAUTHStatus); ok && a.Type == decode.ConfigSet {
		if v, _ := st.Uint(); v == 1 {
			return &Outcome{Code: OutcomeDone, Text: "XAUTH accepted the user", Frame: frame}
		}
		return &Outcome{Code: OutcomeFailed, Text: "failed: XAUTH refused the user", Frame: frame, Notify: "XAUTH-STATUS FAIL"}
	}
	if a.Type != decode.ConfigReply && a.Type != decode.ConfigSet {
		return nil
	}
	for _, typ := range []uint16{decode.ConfigIP4Address, decode.ConfigIP6Address} {
		if v, ok := a.Attr(typ); ok && len(v.Value) > 0 {
			return &Outcome{Code: OutcomeDone, Text: "Mode Config assigned " + v.ConfigValue(), Frame: frame}
		}
	}
	return nil
}

func informational(x *ikesa.Exchange) *Outcome {
	if o := closedOutcome(x); o != nil {
		return o
	}
	var parts []string
	for _, m := range x.Messages {
		for _, p := range m.Payloads {
			switch b := p.Body.(type) {
			case *ikev1.Notify:
				parts = append(parts, b.String())
			case *ikev1.Delete:
				parts = append(parts, "delete "+deleteText(ikev1.PartOf(b).(*ike.Delete)))
			}
		}
	}
	if len(parts) == 0 {
		parts = []string{"no notification"}
	}
	return &Outcome{Code: OutcomeDone, Text: join(parts, "; "), Frame: x.Messages[0].Frame, lists: true}
}

// requestOutcome tells only whether the other side said anything.
func requestOutcome(x *ikesa.Exchange) *Outcome {
	if oneSided(x) {
		return unanswered(x, x.Type.String())
	}
	last := x.Messages[len(x.Messages)-1]
	if o := closedOutcome(x); o != nil {
		o.Text = "answered; " + o.Text
		return o
	}
	return &Outcome{Code: OutcomeDone, Text: "answered", Frame: last.Frame}
}

// closedOutcome is for an exchange none of whose messages can be read; nil for others.
func closedOutcome(x *ikesa.Exchange) *Outcome {
	for _, m := range x.Messages {
		if m.State != ikesa.Closed {
			return nil
		}
	}
	return &Outcome{Code: OutcomeClosed, Text: "encrypted, not opened", Frame: x.Messages[0].Frame}
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
func unanswered(x *ikesa.Exchange, what string) *Outcome {
	last := x.Messages[len(x.Messages)-1]
	silent := side(!last.FromInitiator)
	text := fmt.Sprintf("no answer from the %s to frame %d", silent, last.Frame)
	if n := last.Sent(); n > 1 {
		over := last.Repeats[len(last.Repeats)-1].Time.Sub(last.Time)
		text += fmt.Sprintf(", sent %d times in %.1f s", n, over.Seconds())
	}
	if !oneSided(x) {
		text = fmt.Sprintf("%s stopped after message %d: %s", what, len(x.Messages), text)
	}
	return &Outcome{Code: OutcomeNoAnswer, Text: text, Frame: last.Frame}
}

func refused(r *refusal) *Outcome {
	from := side(r.message.FromInitiator)
	o := &Outcome{Code: OutcomeFailed, Frame: r.message.Frame, From: from, refusal: r}
	if r.notify == nil {
		o.Text = fmt.Sprintf("failed: the %s answered with an encrypted Informational (frame %d) and nothing else", from, o.Frame)
		return o
	}
	o.Notify = r.notify.Type.String()
	o.Text = fmt.Sprintf("failed: %s from the %s in frame %d", o.Notify, from, o.Frame)
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
