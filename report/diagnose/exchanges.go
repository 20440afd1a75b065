package diagnose

import (
	"encoding/binary"
	"slices"
	"time"

	"github.com/ikedecode/ikedecode/decode"
	"github.com/ikedecode/ikedecode/decode/ike"
	"github.com/ikedecode/ikedecode/decode/ikev2"
	"github.com/ikedecode/ikedecode/keys/ikesa"
	"github.com/ikedecode/ikedecode/keys/logs"
	"github.com/ikedecode/ikedecode/report/negotiation"
)

// Rules about the negotiation of IKEv2. What IKEv1 has, too, has the same code: IKE_SA_INIT is phase 1, what sets up a Child
// SA is phase 2.

func (d *diagnosis) ikev2() {
	for _, s := range d.Stories() {
		if s.SA.Version != 2 {
			continue
		}
		for _, x := range s.Exchanges() {
			switch x.Type {
			case ikev2.ExchangeSAInit, ikev2.ExchangeSessionResume:
				d.init2(s, x, s.Outcome(x))
			case ikev2.ExchangeAuth:
				d.auth2(s, x, s.Outcome(x))
			case ikev2.ExchangeCreateChild:
				d.create2(s, x, s.Outcome(x))
			case ikev2.ExchangeInformational:
				d.informational2(s, x, s.Outcome(x))
			default:
				d.other2(s, x, s.Outcome(x))
			}
		}
	}
}

// init2 judges IKE_SA_INIT.
func (d *diagnosis) init2(s *negotiation.Story, x *ikesa.Exchange, o *negotiation.Outcome) {
	switch {
	case o.Code == negotiation.NoAnswer && negotiation.OneSided(x):
		d.addSA(s.SA, d.noResponse(s.SA, x, o))
	case o.Code == negotiation.NoAnswer:
		d.failedExchange(s, CodePhase1Stopped, x, o, FailedExchange{Kind: InitStopped, Exchange: Exchange{Type: ikev2.ExchangeSAInit}}, o.Frame)
	case o.Code == negotiation.Failed && o.Notify.Is(ike.NoProposalChosen):
		d.addSA(s.SA, d.refusedOffer(s, x, o, CodePhase1NoProposal, RefusedOffer{For: ForIKESA}))
	case o.Code == negotiation.Failed && !o.Notify.Is(ike.InvalidKE): // which has its own finding
		d.failedExchange(s, CodePhase1Failed, x, o, FailedExchange{Kind: InitRefused, Exchange: Exchange{Type: ikev2.ExchangeSAInit}}, o.Frame)
	}
	d.retries2(s, x)
}

// failedExchange adds the problem of an exchange that failed, shown by some frames.
func (d *diagnosis) failedExchange(s *negotiation.Story, code Code, x *ikesa.Exchange, o *negotiation.Outcome, facts FailedExchange, at ...int) {
	facts.Outcome = o
	if facts.Exchange.Type == 0 {
		facts.Exchange = exchangeOf(x, negotiation.Purpose{})
	}
	f := Finding{Code: code, Severity: Problem, Grade: Wire, From: o.From, Frames: Frames(at...)}
	facts.Heard = d.heard(s.SA, x, o, &f)
	f.Facts = facts
	d.addSA(s.SA, f)
}

// heard is what the log of its receiver says of the last message of an exchange, which got no response; f quotes it.
func (d *diagnosis) heard(sa *ikesa.SA, x *ikesa.Exchange, o *negotiation.Outcome, f *Finding) (h Heard) {
	if o.Code != negotiation.NoAnswer {
		return h
	}
	m := x.Messages[len(x.Messages)-1]
	var came, sent, earlier, unsent *entry
	for _, e := range d.logbook().events[sa] {
		of := e.Message.Exchange == uint8(x.Type)
		switch {
		case e.side != SideOf(!m.FromInitiator) || e.grade != Log:
		case e.Kind == logs.Refused && e.Reason == logs.NotSent:
			unsent = e
		case e.Kind == logs.Refused || e.Kind == logs.PeerError: // perhaps of this message, which the daemon may not name
			earlier = nil
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
	case earlier != nil && m.Sent() > 1: // daemons write of everything that comes
		h, came = Heard{By: earlier.side, Missing: true}, earlier
	default:
		return h
	}
	for _, e := range []*entry{came, sent} {
		if e != nil {
			f.Logs = append(f.Logs, LogLine{At: e.Where(), Text: e.Text})
		}
	}
	return h
}

// uncaptured reports whether a message that a log says was sent is none that the capture has of its sender in x: what is sent again is not new.
func uncaptured(x *ikesa.Exchange, sent *entry) bool {
	return sent.Message.Size > 0 && !slices.ContainsFunc(x.Messages, func(m *ikesa.Message) bool {
		return SideOf(m.FromInitiator) == sent.side && len(m.Raw) == sent.Message.Size
	})
}

// retries2 notes what made the initiator start again (RFC 7296, sections 1.2 and 2.6).
func (d *diagnosis) retries2(s *negotiation.Story, x *ikesa.Exchange) {
	for _, m := range x.Messages {
		if !m.IsResponse() {
			continue
		}
		if negotiation.NotifyOf(m, ikev2.NotifyCookie) != nil {
			d.add(Finding{Code: CodeCookieChallenge, Severity: Noteworthy, Grade: Wire, Subject: subjectOf(s.SA), From: SideOf(m.FromInitiator),
				Facts: Challenge{}, Cause: Challenge{}, Frames: messageFrames(m)})
		}
		if n := negotiation.NotifyOf(m, ikev2.NotifyInvalidKE); n != nil {
			d.invalidKE(s, x, m, n)
		}
	}
}

// invalidKE judges a wrong guess of the group, which costs a round trip, and more where nobody tries again.
func (d *diagnosis) invalidKE(s *negotiation.Story, x *ikesa.Exchange, m *ikesa.Message, n *ikev2.Notify) {
	facts := WrongGroup{Exchange: x.Type, Notify: n, Child: x.Type == ikev2.ExchangeCreateChild && !negotiation.PurposeOf(x).RekeysIKE, Later: s.TriedAgain(x, m)}
	f := Finding{Code: CodeInvalidKE, Severity: Problem, Grade: Wire, From: SideOf(m.FromInitiator), Frames: messageFrames(m), Facts: facts}
	if group := triedGroup(x, m); group != "" && len(n.Data) == 2 {
		row := Compared{Name: "DH group", Initiator: group, Responder: decode.Group(binary.BigEndian.Uint16(n.Data)).String(), Differs: true}
		if m.FromInitiator {
			row.Initiator, row.Responder = row.Responder, row.Initiator
		}
		f.Compared = []Compared{row}
	}
	switch {
	case facts.Later:
		f.Severity = Noteworthy
	case facts.Child:
		f.Code = CodePFSMismatch
	}
	d.addSA(s.SA, f)
}

// triedGroup is the group of the last KE payload of x before m.
func triedGroup(x *ikesa.Exchange, m *ikesa.Message) (group string) {
	for _, o := range x.Messages {
		if o == m {
			break
		}
		if p, ok := decode.Find(o.Payloads, ikev2.PayloadKE); ok && !o.IsResponse() {
			if ke, ok := p.Body.(*ikev2.KE); ok {
				group = ke.Group.String()
			}
		}
	}
	return group
}

// auth2 judges IKE_AUTH.
func (d *diagnosis) auth2(s *negotiation.Story, x *ikesa.Exchange, o *negotiation.Outcome) {
	last := x.Messages[len(x.Messages)-1]
	switch {
	case o.Code == negotiation.Failed && o.From == ike.Initiator && negotiation.AuthRefused(s.SA): // by a request, which has its own finding
	case o.Code == negotiation.NoAnswer:
		if f, ok := d.gaveUp(s, x); ok {
			d.addSA(s.SA, f)
			return
		}
		d.failedExchange(s, CodePhase1Stopped, x, o, FailedExchange{Kind: AuthStopped, Exchange: Exchange{Type: ikev2.ExchangeAuth}}, messageFrames(last)...)
	case o.Code == negotiation.Failed && (o.Notify.Is(ike.AuthenticationFailed) || o.Cause == negotiation.EAPFailure):
		d.addSA(s.SA, d.authFailed(s, x, o))
	case o.Code == negotiation.Failed:
		d.addSA(s.SA, d.childFailure(s, x, o))
	case o.Code == negotiation.Closed:
		d.closedAuth(s, x)
	}
}

func (d *diagnosis) authFailed(s *negotiation.Story, x *ikesa.Exchange, o *negotiation.Outcome) Finding {
	if _, ok := eapOf(s.SA); ok && o.From != ike.Initiator {
		return eapFinding(s, x, Said{Outcome: o}, o.Frame)
	}
	r := &refusedProof{s: s, x: x, prover: o.From != ike.Initiator, frames: []int{x.Messages[0].Frame, o.Frame}, said: Said{Outcome: o}}
	return r.finding(d)
}

// closedAuth judges an IKE_AUTH that was not decrypted by its shape. A response of one notification is an error; with the proof of identity
// in it, but without a Child SA, it is longer.
func (d *diagnosis) closedAuth(s *negotiation.Story, x *ikesa.Exchange) {
	last := x.Messages[len(x.Messages)-1]
	if m := endedAtOnce(s.SA, last); m != nil && last.IsResponse() {
		n := contentLen(s.SA, last)
		f := Finding{Code: CodeAuthFailed, Severity: Problem, From: SideOf(m.FromInitiator), Frames: Frames(last.Frame, m.Frame)}
		switch {
		case rounds(x) == 1 && n > 0 && n <= errorLen:
			// AUTHENTICATION_FAILED would have left no IKE SA to send a request in (RFC 7296, section 2.21.2).
			f.Code, f.From, f.Frames = CodePhase2Refused, SideOf(last.FromInitiator), Frames(x.Messages[0].Frame, last.Frame, m.Frame)
			f.Facts = FailedExchange{Kind: AuthErrorAlone, Bytes: n}
			d.addSA(s.SA, f)
			return
		case m.Sent() > 1: // few wait for a response to AUTHENTICATION_FAILED
			f.Code, f.Facts = CodePhase2Refused, FailedExchange{Kind: DeletedAtOnce}
			d.addSA(s.SA, f)
			return
		}
		facts := AuthByShape{Shape: EndedAtOnce}
		if r := rounds(x); r > 1 {
			f.Code, facts.Shape, facts.Rounds = CodeEAPFailed, EndedInEAP, r
		} else if n > 0 && n < childLen(s.SA) {
			f.Code, facts.Shape, facts.Bytes = CodeEAPFailed, EndedShort, n
			facts.Redirects = m.FromInitiator && announced(s.SA, ikev2.NotifyRedirectSupported)
		}
		f.Facts = facts
		d.addSA(s.SA, f)
		return
	}
	if !last.IsResponse() || s.SA.Messages[len(s.SA.Messages)-1] != last {
		return
	}
	if n := contentLen(s.SA, last); n > 0 && n <= errorLen {
		code := CodeAuthFailed
		if rounds(x) > 1 {
			code = CodeEAPFailed
		}
		d.addSA(s.SA, Finding{Code: code, Severity: Problem, From: SideOf(last.FromInitiator), Frames: Frames(x.Messages[0].Frame, last.Frame),
			Facts: AuthByShape{Shape: ShortAnswer, Bytes: n}})
		return
	}
	if n := contentLen(s.SA, last); n > 0 && n < childLen(s.SA) {
		d.addSA(s.SA, Finding{Code: CodePhase2Refused, Severity: Problem, From: SideOf(last.FromInitiator), Frames: Frames(x.Messages[0].Frame, last.Frame),
			Facts: FailedExchange{Kind: AuthByLength, Bytes: n}})
	}
}

// rounds is the number of requests in x: with EAP, IKE_AUTH has several (RFC 7296, section 2.16).
func rounds(x *ikesa.Exchange) int {
	ids := make(map[uint32]bool)
	for _, m := range x.Messages {
		if !m.IsResponse() {
			ids[m.MessageID] = true
		}
	}
	return len(ids)
}

// endedAtOnce is the request of the initiator, no longer than one notification or Delete, that is the last one of sa and follows
// the response to IKE_AUTH at once; nil: there is none.
func endedAtOnce(sa *ikesa.SA, answer *ikesa.Message) *ikesa.Message {
	var after []*ikesa.Message
	for _, m := range sa.Messages {
		if negotiation.TypeOf(m) != ikev2.ExchangeAuth && !m.Time.Before(answer.Time) && !m.IsResponse() {
			after = append(after, m)
		}
	}
	if len(after) != 1 || negotiation.TypeOf(after[0]) != ikev2.ExchangeInformational || !after[0].FromInitiator || after[0].Time.Sub(answer.Time) > refusesWithin {
		return nil
	}
	if n := contentLen(sa, after[0]); n == 0 || n > errorLen {
		return nil
	}
	return after[0]
}

// childLen is the least that the content of an IKE_AUTH answer with a Child SA has (RFC 7296, section 3): IDr of 4 bytes, AUTH as
// long as the PRF's output, SA with one proposal of two transforms, two traffic selectors for IPv4.
func childLen(sa *ikesa.SA) int {
	const generic, id, auth, proposal, transform, selector = 4, 8, 4, 12, 8, 4 + 16
	return generic + id + generic + auth + sa.Policy.PRF.Size + generic + proposal + 2*transform + 2*(generic+selector)
}

// errorLen is the most that the padded content of a message with one error notification has: 8 bytes in two blocks.
const errorLen = 32

// contentLen is an upper bound on the plaintext of an encrypted message, by the algorithms chosen; 0: not known, or truncated.
func contentLen(sa *ikesa.SA, m *ikesa.Message) int {
	p, ok := decode.Find(m.Message.Payloads, ikev2.PayloadSK)
	c := sa.Policy.Cipher
	if !ok || c == nil || m.Cut || sa.Policy.Source.Kind != ikesa.Chosen {
		return 0
	}
	n := len(p.Data()) - c.IVLen - c.ICVLen
	if sa.Policy.Integ != nil {
		n -= sa.Policy.Integ.ICVLen
	}
	return n
}

// childFailure is for a Child SA that was rejected, in IKE_AUTH or in CREATE_CHILD_SA.
func (d *diagnosis) childFailure(s *negotiation.Story, x *ikesa.Exchange, o *negotiation.Outcome) Finding {
	name := exchangeOf(x, negotiation.PurposeOf(x))
	facts := FailedExchange{Exchange: name, Outcome: o}
	f := Finding{Code: CodePhase2Failed, Severity: Problem, Grade: Wire, From: o.From, Frames: Frames(x.Messages[0].Frame, o.Frame)}
	switch {
	case o.Notify.Is(ike.NoProposalChosen):
		return d.refusedOffer(s, x, o, CodePhase2NoProposal, RefusedOffer{For: ForChild, Exchange: name})
	case o.Notify.Is(ike.TSUnacceptable), o.Notify.Is(ike.SinglePairRequired):
		f, _ = d.refusedSelectors(s, x, o, RefusedSelectors{For: ForChild, Exchange: name})
		return f
	case o.Notify.Is(ike.InternalAddressFailed), o.Notify.Is(ike.FailedCPRequired):
		f.Code, facts.Kind = CodeNoAddress, NoAddress
	default:
		if negotiation.Rekeys(x) {
			f.Code = CodeRekeyFailed
		}
	}
	f.Facts = facts
	return f
}

// create2 judges CREATE_CHILD_SA.
func (d *diagnosis) create2(s *negotiation.Story, x *ikesa.Exchange, o *negotiation.Outcome) {
	switch {
	case o.Code == negotiation.NoAnswer:
		m := x.Messages[0]
		facts := FailedExchange{Kind: CreateUnanswered, Exchange: exchangeOf(x, negotiation.Purpose{}), Outcome: o}
		f := Finding{Code: CodePhase2NoResponse, Severity: Problem, Grade: Wire, From: SideOf(m.FromInitiator), Frames: messageFrames(m)}
		if negotiation.Rekeys(x) {
			f.Code = CodeRekeyFailed
		}
		if y := replacing(s, x); y != nil {
			f.Severity, facts.Replaced = Noteworthy, y.Messages[0].Frame
		} else if facts.TakenOver = d.takenOver(s.SA, m); facts.Next.IsSA() {
			f.Severity, f.Grade = Noteworthy, Likely
		}
		f.Facts = facts
		d.addSA(s.SA, f)
	case o.Code == negotiation.Closed:
		d.closedCreate(s, x)
	case o.Code != negotiation.Failed:
	case o.Notify.Is(ike.InvalidKE):
		d.retries2(s, x)
	case o.Notify.Is(ike.TSMaxQueue): // which leaves those that are there (RFC 9611, section 3)
		d.noteSA(s.SA, CodePerResourceSAs, o.From, EnoughQueues{}, Frames(x.Messages[0].Frame, o.Frame))
	case o.Notify.Is(ike.TemporaryFailure), o.Notify.Is(ike.ChildSANotFound): // which are over with the next try (RFC 7296, section 2.25)
		f := Finding{Code: CodePhase2Failed, Severity: Noteworthy, Grade: Wire, From: o.From, Frames: Frames(x.Messages[0].Frame, o.Frame),
			Facts: FailedExchange{Kind: Passing, Exchange: exchangeOf(x, negotiation.Purpose{}), Outcome: o}}
		if negotiation.Rekeys(x) {
			f.Code = CodeRekeyFailed
		}
		if !s.TriedAgain(x, x.Messages[len(x.Messages)-1]) && s.ReplacedBy(x) == nil {
			f.Severity = Warning
		}
		d.addSA(s.SA, f)
	default:
		d.addSA(s.SA, d.childFailure(s, x, o))
	}
}

// closedCreate judges a CREATE_CHILD_SA that was not decrypted by the length of its answer.
func (d *diagnosis) closedCreate(s *negotiation.Story, x *ikesa.Exchange) {
	last := x.Messages[len(x.Messages)-1]
	n := contentLen(s.SA, last)
	if !last.IsResponse() || n == 0 || n > errorLen {
		return
	}
	f := Finding{Code: CodePhase2Refused, Severity: Problem, From: SideOf(last.FromInitiator), Frames: Frames(x.Messages[0].Frame, last.Frame)}
	facts := FailedExchange{Kind: CreateByLength, Exchange: exchangeOf(x, negotiation.Purpose{}), Bytes: n}
	if retry := closedRetry(s, x); retry != nil {
		// Who is asked for another group tries again at once, who meets a rekeying of the peer after a while (RFC 7296, sections 1.3 and 2.25).
		if f.Code = CodeRekeyFailed; retry.Time.Sub(last.Time) < retriesAtOnce {
			f.Code = CodeInvalidKE
		}
		f.Severity, facts.Kind, facts.Retry = Noteworthy, CreateRetried, retry.Frame
		f.Frames = Frames(append(f.Frames, retry.Frame)...)
	} else if y := replacing(s, x); y != nil { // TEMPORARY_FAILURE (RFC 7296, section 2.25)
		f.Code, f.Severity, facts.Kind, facts.Replaced = CodeRekeyFailed, Noteworthy, CreateCrossed, y.Messages[0].Frame
	}
	f.Facts = facts
	d.addSA(s.SA, f)
}

// takenOver is what took the place of an IKE SA on which m gets no response.
func (d *diagnosis) takenOver(sa *ikesa.SA, m *ikesa.Message) (t TakenOver) {
	if next, at := d.Family().Superseded(sa, m); next != nil {
		t = TakenOver{subjectOf(next), at}
	}
	return t
}

// replacing is the exchange of the peer that went through and replaced what x is about, as far as it can be told: of what is not decrypted
// one that crossed x, with a response too long for a notification, or truncated; nil: there is none.
func replacing(s *negotiation.Story, x *ikesa.Exchange) *ikesa.Exchange {
	if y := s.ReplacedBy(x); y != nil {
		return y
	}
	y := s.Crossed(x)
	if y == nil {
		return nil
	}
	if last := y.Messages[len(y.Messages)-1]; last.Cut || s.Outcome(y).Code == negotiation.Closed && contentLen(s.SA, last) > errorLen {
		return y
	}
	return nil
}

// retriesAtOnce is how soon a CREATE_CHILD_SA for another group follows the one that was rejected, at most.
const retriesAtOnce = time.Second

// closedRetry is the first message of the next CREATE_CHILD_SA of the side that started x, where the response is too long for a
// notification; nil: there is none.
func closedRetry(s *negotiation.Story, x *ikesa.Exchange) *ikesa.Message {
	first := x.Messages[0]
	for _, y := range s.Exchanges() {
		if y.Type != x.Type || y.Messages[0].FromInitiator != first.FromInitiator || !y.Messages[0].After(first.Message) {
			continue
		}
		if last := y.Messages[len(y.Messages)-1]; last.IsResponse() && (last.Cut || contentLen(s.SA, last) > errorLen) {
			return y.Messages[0]
		}
		return nil
	}
	return nil
}

// informational2 judges deletes, liveness checks and errors.
func (d *diagnosis) informational2(s *negotiation.Story, x *ikesa.Exchange, o *negotiation.Outcome) {
	first := x.Messages[0]
	const resent = 2 // a check that is sent once may be at the end of the capture
	if o.Code == negotiation.NoAnswer && first.Sent() >= resent {
		d.unheardSA(s, first.FromInitiator, x.Messages, Unheard{What: Request, Count: first.Sent(),
			Request: exchangeOf(x, negotiation.PurposeOf(x)), TakenOver: d.takenOver(s.SA, first)})
	}
	for _, m := range x.Messages {
		for _, n := range negotiation.NotifiesOf(m) {
			if n.IsError() {
				d.addSA(s.SA, d.errorNotify2(s, m, n))
			}
		}
	}
}

func (d *diagnosis) errorNotify2(s *negotiation.Story, m *ikesa.Message, n *ikev2.Notify) Finding {
	f := Finding{Code: CodeErrorNotify, Severity: Warning, Grade: Wire, From: SideOf(m.FromInitiator), Frames: messageFrames(m),
		Facts: ErrorNotify{Notify: n}}
	if answersError(s.SA, m) {
		f.Severity = Noteworthy
		return f
	}
	for _, x := range s.Exchanges() {
		if x.Type != ikev2.ExchangeAuth || n.Type != ikev2.NotifyAuthenticationFailed {
			continue
		}
		if o := s.Outcome(x); o.Code == negotiation.Failed && o.Frame != m.Frame && o.From != SideOf(m.FromInitiator) {
			f.Severity = Noteworthy // it answers the error of the other side
			return f
		}
		return d.initiatorRefuses(s, x, m, n)
	}
	return f
}

// initiatorRefuses is for AUTHENTICATION_FAILED in a request, after what IKE_AUTH verified (RFC 7296, section 2.21.2).
func (d *diagnosis) initiatorRefuses(s *negotiation.Story, x *ikesa.Exchange, m *ikesa.Message, n *ikev2.Notify) Finding {
	last := x.Messages[len(x.Messages)-1]
	if n := rounds(x); n > 1 && m.FromInitiator && (negotiation.CutIn(x) || negotiation.OneSided(x)) { // what EAP came to is not in the capture
		return Finding{Code: CodeEAPFailed, Severity: Problem, From: Initiator, Frames: Frames(last.Frame, m.Frame), Facts: AuthByShape{Shape: EndedInEAP, Rounds: n}}
	}
	r := &refusedProof{s: s, x: x, prover: !m.FromInitiator, frames: []int{last.Frame, m.Frame}, said: Said{Payloads: []decode.Body{n}}}
	if e, ok := eapOf(s.SA); !ok || !m.FromInitiator || e.method == "" || !negotiation.EAPFollows(last) {
		return r.finding(d)
	}
	if rounds(x) > 1 || len(negotiation.MethodsOf(s.SA, Responder)) == 0 {
		return eapFinding(s, x, Said{Payloads: []decode.Body{n}}, m.Frame)
	}
	return d.beforeEAP(r)
}

// other2 judges the exchanges without rules of their own: IKE_INTERMEDIATE, IKE_FOLLOWUP_KE and unknown ones.
func (d *diagnosis) other2(s *negotiation.Story, x *ikesa.Exchange, o *negotiation.Outcome) {
	stopped, kind, failed := CodePhase1Stopped, OtherStopped, CodePhase1Failed
	if x.Type == ikev2.ExchangeFollowupKE { // it goes on with CREATE_CHILD_SA: the IKE SA is up
		stopped, kind, failed = CodePhase2NoResponse, CreateUnanswered, CodePhase2Failed
	}
	switch o.Code {
	case negotiation.NoAnswer:
		d.failedExchange(s, stopped, x, o, FailedExchange{Kind: kind}, messageFrames(x.Messages[len(x.Messages)-1])...)
	case negotiation.Failed:
		d.failedExchange(s, failed, x, o, FailedExchange{Kind: OtherRefused}, o.Frame)
	}
}
