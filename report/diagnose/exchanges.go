package diagnose

import (
	"encoding/binary"

	"github.com/ikedecode/ikedecode/decode"
	"github.com/ikedecode/ikedecode/decode/ike"
	"github.com/ikedecode/ikedecode/decode/ikev2"
	"github.com/ikedecode/ikedecode/keys/alg"
	"github.com/ikedecode/ikedecode/keys/ikesa"
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
	case o.Code == negotiation.NoAnswer && d.cutOffAfter(s.SA, Initiator): // the response came
	case o.Code == negotiation.NoAnswer && negotiation.OneSided(x):
		d.addSA(s.SA, d.noResponse(s.SA, x, o))
	case o.Code == negotiation.NoAnswer:
		d.failedExchange(s, CodePhase1Stopped, x, o, FailedExchange{Kind: InitStopped, Exchange: Exchange{Type: ikev2.ExchangeSAInit}}, o.Frame)
	case o.Code == negotiation.Failed && o.Notify.Is(ike.NoProposalChosen):
		d.addSA(s.SA, d.refusedOffer(s, x, o, CodePhase1NoProposal, RefusedOffer{For: ForIKESA}))
	case o.Code == negotiation.Failed && !o.Notify.Is(ike.InvalidKE): // which has its own finding
		d.failedExchange(s, CodePhase1Failed, x, o, FailedExchange{Kind: InitRefused, Exchange: Exchange{Type: ikev2.ExchangeSAInit}, NewMethod: newMethod(x, o)}, o.Frame)
	}
	d.retries2(s, x)
}

// newMethod is the key exchange method of a KE payload that was rejected as no valid one (INVALID_SYNTAX), where it is one that not every
// peer knows: ML-KEM, whose number some take for an error; "" for others.
func newMethod(x *ikesa.Exchange, o *negotiation.Outcome) string {
	ke, ok := decode.Find(x.Messages[0].Payloads, ikev2.PayloadKE)
	body, is := ke.Body.(*ikev2.KE)
	if !ok || !is || !o.Notify.Is(ike.InvalidSyntax) {
		return ""
	}
	if k := alg.KeyExchangeByID(uint16(body.Group)); k != nil && k.KEM {
		return k.Name
	}
	return ""
}

// failedExchange adds the problem of an exchange that failed, shown by some frames.
func (d *diagnosis) failedExchange(s *negotiation.Story, code Code, x *ikesa.Exchange, o *negotiation.Outcome, facts FailedExchange, at ...int) {
	facts.Outcome = o
	if facts.Exchange.Type == 0 {
		facts.Exchange = exchangeOf(x, negotiation.Purpose{})
	}
	f := Finding{Code: code, Severity: Problem, Grade: Wire, From: o.From, Frames: Frames(at...)}
	facts.Heard = d.heard(s.SA, x, o, &f)
	facts.Small = tooSmallToDrop(x)
	facts.InFragments = s.SA.Version == 2 && o.Code == negotiation.NoAnswer && negotiation.FragmentOf(x.Messages[len(x.Messages)-1]) != nil
	f.Facts = facts
	switch {
	case code != CodePhase1Stopped:
	case facts.InEAP:
		f.Setting = SettingEAP
	case !facts.Small:
		f.Setting = SettingFragmentation
	}
	d.addSA(s.SA, f)
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
		d.failedExchange(s, CodePhase1Stopped, x, o, FailedExchange{Kind: AuthStopped, Exchange: Exchange{Type: ikev2.ExchangeAuth}, Moved: movedAuth(s.SA, x), InEAP: rounds(x) > 1}, messageFrames(last)...)
	case o.Code == negotiation.Failed && (o.Notify.Is(ike.AuthenticationFailed) || o.Cause == negotiation.EAPFailure):
		d.addSA(s.SA, d.authFailed(s, x, o))
	case o.Code == negotiation.Failed:
		d.addSA(s.SA, d.childFailure(s, x, o))
	case o.Code == negotiation.Closed:
		d.closedAuth(s, x)
	}
}

func (d *diagnosis) authFailed(s *negotiation.Story, x *ikesa.Exchange, o *negotiation.Outcome) Finding {
	if e, ok := eapOf(s.SA); ok && o.From != ike.Initiator {
		if e.success > 0 {
			return afterEAP(&e, x, o)
		}
		return eapFinding(s, x, Said{Outcome: o}, o.Frame)
	}
	r := &refusedProof{s: s, x: x, prover: o.From != ike.Initiator, frames: []int{x.Messages[0].Frame, o.Frame}, said: Said{Outcome: o}}
	return r.finding(d)
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
		facts.ESP = d.espSince(s.SA, m)
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
		last := x.Messages[len(x.Messages)-1]
		crossed := s.Met(x) != nil && d.carriesBoth(negotiation.HostsOf(s.SA), last.Time)
		if !s.TriedAgain(x, last) && s.ReplacedBy(x) == nil && !crossed {
			f.Severity = Warning
		}
		d.addSA(s.SA, f)
	default:
		d.addSA(s.SA, d.childFailure(s, x, o))
	}
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
	last := x.Messages[len(x.Messages)-1]
	facts := FailedExchange{}
	if x.Type == ikev2.ExchangeFollowupKE { // it goes on with CREATE_CHILD_SA: the IKE SA is up
		stopped, kind, failed = CodePhase2NoResponse, FollowupStopped, CodePhase2Failed
		facts.ESP = d.espSince(s.SA, last)
		largest, _ := largestOfLast(x)
		before := largestAnswered(s.SA, largest)
		facts.Usual = before != nil && (wireSize(largest) <= wireSize(before) || inIPFragments(before))
	}
	switch o.Code {
	case negotiation.NoAnswer:
		facts.Kind = kind
		d.failedExchange(s, stopped, x, o, facts, messageFrames(last)...)
	case negotiation.Failed:
		d.failedExchange(s, failed, x, o, FailedExchange{Kind: OtherRefused}, o.Frame)
	}
}
