package diagnose

import (
	"fmt"
	"slices"
	"time"

	"github.com/ikedecode/ikedecode/decode/exchange"
	"github.com/ikedecode/ikedecode/decode/ike"
	"github.com/ikedecode/ikedecode/decode/ikev1"
	"github.com/ikedecode/ikedecode/keys/ikesa"
	"github.com/ikedecode/ikedecode/report/negotiation"
)

// Rules about the negotiation.

func (d *diagnosis) phase1() {
	for _, s := range d.Stories() {
		for _, x := range s.SA.Exchanges {
			if negotiation.IsPhase1(x.Type) && len(x.Messages) > 0 && !s.SA.Established && s.SA.Version == 1 {
				d.phase1Failure(s, x, s.Outcome(x))
			}
		}
	}
}

func (d *diagnosis) phase1Failure(s *negotiation.Story, x *ikesa.Exchange, o *negotiation.Outcome) {
	if o.Code != negotiation.NoAnswer && o.Code != negotiation.Failed || o.Code == negotiation.NoAnswer && d.answersAtEnd(s.SA, negotiation.LastStep(x)) {
		return // in part: the rule about fragments says what is missing
	}
	if !isProposalError(o) && !keysDiffer(x, o) {
		if f, ok := d.phase1Mode(x, o); ok {
			d.addSA(s.SA, f)
			return
		}
	}
	d.addSA(s.SA, d.phase1Finding(s, x, o))
}

func (d *diagnosis) phase1Finding(s *negotiation.Story, x *ikesa.Exchange, o *negotiation.Outcome) Finding {
	switch {
	case o.Code == negotiation.Failed:
		return d.phase1Failed(s, x, o)
	case negotiation.OneSided(x) && len(x.Messages) == 1 && negotiation.Begins(s.SA): // a second one follows a response only
		return d.noResponse(s.SA, x, o)
	}
	return d.phase1Stopped(s, x, o)
}

// phase1Failed is for a phase 1 that a peer rejected.
func (d *diagnosis) phase1Failed(s *negotiation.Story, x *ikesa.Exchange, o *negotiation.Outcome) Finding {
	keysOrID := aboutKeys(o) || o.Notify.Is(ike.InvalidID)
	switch {
	case isProposalError(o):
		return d.refusedOffer(s, x, o, CodePhase1NoProposal, RefusedOffer{For: ForPhase1})
	case refusesKeyExchange(x, o):
		return d.refusedKeyExchange(s, x, o)
	case aboutKeys(o) && keysAgree(x, o):
		return d.refusedProof1(s, x, o)
	case aboutKeys(o) && usesPSK(s.SA, x) && sentEncrypted(x) && keysMayDiffer(s.SA, x, o):
		return d.pskMismatch(s, x, o)
	case keysOrID && x.Type == ikev1.ExchangeAggressive && len(x.Messages) == 1 && negotiation.Begins(s.SA):
		return d.noConnection(s, x, o)
	case keysOrID || aboutCertificate(o):
		return d.refusedProof1(s, x, o)
	}
	return Finding{Code: CodePhase1Failed, Severity: Problem, Grade: Wire, From: o.From, Frames: Frames(o.Frame),
		Facts: FailedExchange{Kind: Phase1Refused, Outcome: o}}
}

// phase1Stopped is for a phase 1 whose last message got no response.
func (d *diagnosis) phase1Stopped(s *negotiation.Story, x *ikesa.Exchange, o *negotiation.Outcome) Finding {
	last := negotiation.LastStep(x)
	if usesPSK(s.SA, x) && encrypted(last) && d.keyForm1(s.SA, SideOf(!last.FromInitiator)).Form != 0 {
		return d.pskMismatch(s, x, o) // whose keys differ may say nothing
	}
	f := Finding{Code: CodePhase1Stopped, Severity: Problem, Grade: Wire, From: SideOf(last.FromInitiator), Frames: messageFrames(last)}
	facts := FailedExchange{Kind: Phase1Stopped, Outcome: o, Moved: movedPorts(x), Moves: mustMove(s.SA), Small: tooSmallToDrop(x), PSK: usesPSK(s.SA, x),
		Unread: x.Type == ikev1.ExchangeMain && encrypted(last) || x.Type == ikev1.ExchangeAggressive && !last.FromInitiator, Heard: d.heard(s.SA, x, o, &f)}
	f.Facts = facts
	switch {
	case !facts.Small:
		f.Setting = SettingFragmentation
	case usesPSK(s.SA, x) && encrypted(last):
		f.Setting = SettingPSK
	}
	if facts.Moves && last.Sent() == 1 && !facts.Heard.Again {
		f.Severity, f.Grade = Warning, Likely // as with IKE_AUTH, the capture may leave out UDP 4500
	}
	return f
}

// keysMayDiffer reports whether more than a rejection speaks for different pre-shared keys in x, which o says was rejected: the keys that
// were given, an error that a peer sends which could not read a message, or a message sent again after a response that its sender could
// not read either.
func keysMayDiffer(sa *ikesa.SA, x *ikesa.Exchange, o *negotiation.Outcome) bool {
	m := negotiation.LastStep(x)
	switch {
	case x.Type == ikev1.ExchangeAggressive, keysDiffer(x, o), hasGap(sa, ikesa.GapWrongPSK), formGap(sa) != nil:
		return true
	case m.State == ikesa.Closed && openedFrom(sa, !m.FromInitiator) != 0:
		return true
	case !o.Notify.IsZero():
		return !o.Notify.Is(ike.AuthenticationFailed) && !o.Notify.Is(ike.InvalidID)
	}
	return sentAfter(m, o.Refusal) && !waitsOn(x, m, o.Refusal)
}

// waitsOn reports whether the side that rejected m went on to send its own message before it again, unasked: no other message of m's sender
// came again.
func waitsOn(x *ikesa.Exchange, m, refusal *ikesa.Message) (waits bool) {
	for _, o := range x.Messages {
		if o == m || !sentAfter(o, refusal) {
			continue
		}
		if o.FromInitiator == m.FromInitiator {
			return false
		}
		waits = true
	}
	return waits
}

// sentAfter reports whether m was retransmitted after another message.
func sentAfter(m, other *ikesa.Message) bool {
	return other != nil && slices.ContainsFunc(m.Repeats, func(r exchange.Repeat) bool { return !r.Mirror && r.After(other.Message) })
}

func encrypted(m *ikesa.Message) bool { return m.Flags&ikev1.FlagEncryption != 0 }

// keysAgree reports whether both peers have the same keys though one rejects the other: what each of them encrypted decrypts.
func keysAgree(x *ikesa.Exchange, o *negotiation.Outcome) bool {
	m := negotiation.LastStep(x)
	return m.State == ikesa.Opened && (m.Hash.OK || !m.Hash.Done) && o.Refusal != nil && o.Cause == negotiation.ErrorNotify && o.Refusal.State == ikesa.Opened && o.Refusal.Hash.OK
}

// keysDiffer reports whether the capture shows that the peers do not have the same keys: what one of them encrypted decrypts here, and the
// other one did not read it.
func keysDiffer(x *ikesa.Exchange, o *negotiation.Outcome) bool {
	m := negotiation.LastStep(x)
	return encrypted(m) && m.State == ikesa.Opened && !keysAgree(x, o)
}

// refusedProof1 is for a phase 1 that ended with the proof of one peer.
func (d *diagnosis) refusedProof1(s *negotiation.Story, x *ikesa.Exchange, o *negotiation.Outcome) Finding {
	prover := o.From != ike.Initiator
	r := &refusedProof{s: s, x: x, prover: prover, frames: []int{negotiation.LastStep(x).Frame, o.Frame}, said: Said{Outcome: o}}
	f, facts := r.facts(d)
	facts.SameKeys = usesPSK(s.SA, x) && keysAgree(x, o)
	switch {
	case f.Code != CodeAuthFailed:
	case o.Notify.Is(ike.InvalidID):
		d.onlyIdentity(s, &f, &facts)
	case !usesPSK(s.SA, x):
		if o.Notify.IsZero() {
			facts.Why, f.Grade = ProofAnswerUnread, Likely
			facts.WithoutPSK, facts.AnyMethod = methodKnown(s.SA, x), !methodKnown(s.SA, x)
		}
	case facts.SameKeys && prover && !natHides(s.SA) && !d.took1(s.SA, x):
		facts.Why, facts.Identity, f.Grade = ProofIdentityOrMethod, saidID(s.SA, prover), Likely
	case facts.SameKeys:
		d.onlyIdentity(s, &f, &facts)
	case o.Notify.IsZero():
		facts.Why, f.Grade = ProofAnswerUnread, Likely
		// Who sends message 6 has verified message 5.
		facts.ReadIt = !prover && x.Type == ikev1.ExchangeMain || d.Session.Last.Sub(o.Refusal.Time) >= retriesWithin && !sentAfter(negotiation.LastStep(x), o.Refusal)
		facts.BehindNAT = behindNAT(s.SA, prover)
	}
	f.Facts = facts
	return f
}

func behindNAT(sa *ikesa.SA, initiator bool) bool {
	return initiator && sa.NAT.BehindNATInitiator || !initiator && sa.NAT.BehindNATResponder
}

// natHides reports whether the initiator's identity is its address behind NAT, which its peer cannot know.
func natHides(sa *ikesa.SA) bool {
	id := negotiation.IdentityOf(sa, ike.Initiator)
	return sa.NAT.BehindNATInitiator && id != nil && (id.Type == ike.IDIPv4 || id.Type == ike.IDIPv6)
}

// took1 reports whether the responder of sa accepted a pre-shared key in a phase 1 of the type of x in another IKE SA: some look at the method
// only when they know who the peer is.
func (d *diagnosis) took1(sa *ikesa.SA, x *ikesa.Exchange) bool {
	return slices.ContainsFunc(d.Session.SAs, func(o *ikesa.SA) bool {
		y := negotiation.Phase1Of(o)
		return o.Version == 1 && o.Established && o.ResponderAddr.Addr() == sa.ResponderAddr.Addr() && y != nil && y.Type == x.Type && usesPSK(o, y)
	})
}

// retriesWithin is how soon a peer sends a message again that it has no response to, at the latest: most do after 2 to 5 s.
const retriesWithin = 10 * time.Second

// onlyIdentity is for a side that is rejected for who it is: its peer says so, or all else was verified.
func (d *diagnosis) onlyIdentity(s *negotiation.Story, f *Finding, facts *RefusedProof) {
	prover := facts.Prover == Initiator
	f.Code, facts.Why, facts.Identity = CodeIdentityMismatch, ProofOnlyIdentity, saidID(s.SA, prover)
	if len(f.Compared) == 0 || facts.AtOnce {
		f.Compared = []Compared{d.identityUnknown(s.SA, prover)}
	}
}

// identityUnknown compares an identity with the one that is expected, which the capture does not show; the log may.
func (d *diagnosis) identityUnknown(sa *ikesa.SA, prover bool) Compared {
	r := Compared{Name: "identity of the " + SideOf(prover).String(), Initiator: OtherID, Responder: saidID(sa, prover), Differs: true}
	if wanted, at := d.wantedByLog(sa, SideOf(!prover), negotiation.IdentityOf(sa, ike.SideOf(prover))); wanted != nil {
		r.Initiator = fmt.Sprintf("%s (%s)", wanted.Value(), at)
	}
	if prover {
		r.Initiator, r.Responder = r.Responder, r.Initiator
	}
	return r
}

// noConnection is for a first message of Aggressive Mode that is rejected: nothing but the identity is in it yet.
func (d *diagnosis) noConnection(s *negotiation.Story, x *ikesa.Exchange, o *negotiation.Outcome) Finding {
	f := Finding{Code: CodeAuthFailed, Severity: Problem, Grade: Wire, From: o.From, Frames: Frames(x.Messages[0].Frame, o.Frame)}
	facts := RefusedProof{Prover: f.From.Other(), Why: ProofFirstMessage, Said: Said{Outcome: o}, Identity: saidID(s.SA, true)}
	if o.Notify.Is(ike.InvalidID) {
		f.Code, facts.Why = CodeIdentityMismatch, ProofOnlyIdentity
	}
	if facts.Identity != "" && facts.Why == ProofOnlyIdentity { // else the mode may be what is not allowed
		f.Compared = []Compared{d.identityUnknown(s.SA, true)}
	}
	f.Facts = facts
	return f
}

func (d *diagnosis) noResponse(sa *ikesa.SA, x *ikesa.Exchange, o *negotiation.Outcome) Finding {
	first := x.Messages[0]
	f := Finding{Code: CodeNoResponse, Severity: Problem, Grade: Wire, From: SideOf(first.FromInitiator), Frames: messageFrames(first)}
	facts := NoAnswer{Src: first.Src, Dst: first.Dst, Outcome: o, Aggressive: x.Type == ikev1.ExchangeAggressive, Heard: d.heard(sa, x, o, &f)}
	if inIPFragments(first) {
		facts.Size, facts.Fragments = len(first.Raw), len(first.Frames)
	}
	if e := d.responseInLog(sa, x, first); e != nil && facts.Heard.By == NoSide {
		facts.Heard = Heard{By: SideOf(!first.FromInitiator), Responded: true}
		f.Logs = append(f.Logs, LogLine{At: e.Where(), Text: e.Text})
	}
	f.Facts = facts
	return f
}

// isProposalError tells the errors that reject an offer.
func isProposalError(o *negotiation.Outcome) bool {
	switch ikev1.NotifyType(o.Notify.Number) {
	case ikev1.NotifyNoProposalChosen, ikev1.NotifyBadProposalSyntax, ikev1.NotifyAttributesNotSupported, ikev1.NotifyInvalidTransformID, ikev1.NotifyInvalidProtocolID:
		return true
	}
	return false
}

// aboutKeys tells refusals that a wrong key or authentication leads to; what the receiver of garbage says is among them.
func aboutKeys(o *negotiation.Outcome) bool {
	switch ikev1.NotifyType(o.Notify.Number) {
	case 0, ikev1.NotifyPayloadMalformed, ikev1.NotifyInvalidPayloadType, ikev1.NotifyInvalidHashInfo, ikev1.NotifyAuthenticationFailed,
		ikev1.NotifyInvalidSignature, ikev1.NotifyUnequalPayloadLengths, ikev1.NotifyInvalidKeyInfo:
		return true
	}
	return false
}

// aboutCertificate reports whether the error of an outcome is one about the certificate of the peer.
func aboutCertificate(o *negotiation.Outcome) bool {
	switch ikev1.NotifyType(o.Notify.Number) {
	case ikev1.NotifyInvalidCertEncoding, ikev1.NotifyInvalidCertificate, ikev1.NotifyCertTypeUnsupported, ikev1.NotifyInvalidCertAuthority:
		return true
	}
	return false
}

// sentEncrypted reports whether x came as far as its first encrypted message, or, in Aggressive Mode, the HASH of the
// responder.
func sentEncrypted(x *ikesa.Exchange) bool {
	if x.Type == ikev1.ExchangeAggressive {
		return len(x.Messages) >= 2 || slices.ContainsFunc(x.Messages, func(m *ikesa.Message) bool { return !m.FromInitiator })
	}
	return encrypted(negotiation.LastStep(x))
}

// refusesWithin is how soon a peer that rejects the other's identity says so.
const refusesWithin = 500 * time.Millisecond

// identity finds a side that ended the SA as soon as the other had authenticated itself: with a correct HASH, all that
// is left to object to is the identity.
func (d *diagnosis) identity() {
	for _, s := range d.Stories() {
		sa := s.SA
		m := d.endedPhase1(sa)
		if m == nil {
			continue
		}
		x := negotiation.Phase1Of(sa)
		last := negotiation.LastStep(x)
		prover := last.FromInitiator
		r := &refusedProof{s: s, x: x, prover: prover, frames: []int{last.Frame, m.Frame}, said: saidIn(m)}
		f, facts := r.facts(d)
		facts.AtOnce = true
		switch {
		case f.Code == CodeCertificateProblem, f.Code == CodeIdentityMismatch:
		case !methodKnown(sa, x):
			facts.AtOnce = false // it may have read nothing
			facts.Why, facts.AnyMethod, f.Grade = ProofAnswerUnread, true, Likely
		case !usesPSK(sa, x):
			if negotiation.IdentityOf(sa, ike.SideOf(prover)) == nil {
				facts.Why, facts.WithoutPSK, f.Grade = ProofUnread, true, Likely
			}
		case negotiation.IdentityOf(sa, ike.SideOf(prover)) == nil:
			f.Code, facts.Why = CodeIdentityMismatch, ProofUnread
		default:
			facts.SameKeys = true
			d.onlyIdentity(s, &f, &facts)
		}
		f.Facts = facts
		d.addSA(sa, f)
	}
}

// endedPhase1 is the message with which a side ended an IKE SA of IKEv1 as soon as it had the last message of phase 1; nil: none did.
func (d *diagnosis) endedPhase1(sa *ikesa.SA) *ikesa.Message {
	x := negotiation.Phase1Of(sa)
	if x == nil || !sa.Established || sa.Version != 1 {
		return nil
	}
	last := negotiation.LastStep(x)
	m, crossed := firstBack(sa, x)
	if m == nil || negotiation.TypeOf(m) != ikev1.ExchangeInformational || !negotiation.EndsIKESA(m) || crossed && m != negotiation.IKEDelete(sa) {
		return nil // what is about a Quick Mode ends that alone
	}
	if m.State != ikesa.Opened && goesOn(sa, m) {
		return nil // it said something else, such as INITIAL-CONTACT
	}
	if d.coarse() || m.Time.Sub(last.Time) > refusesWithin || d.Family().TookOver(sa, last.Time, m.Time) {
		return nil // of an SA that took over the children of another one, most likely, and ended in time
	}
	return m
}

// goesOn reports whether the sender of m starts an exchange after it that needs the IKE SA.
func goesOn(sa *ikesa.SA, m *ikesa.Message) bool {
	return slices.ContainsFunc(sa.Exchanges, func(x *ikesa.Exchange) bool {
		first := x.Messages[0]
		return first.FromInitiator == m.FromInitiator && first.Time.After(m.Time) && x.Type != ikev1.ExchangeInformational
	})
}

// firstBack is the first message of the side that did not send the last one of the exchange x, after that. crossed tells that its peer sent more before it
// that it may be about: not the request of XAUTH or Mode Config, where this side never says more.
func firstBack(sa *ikesa.SA, x *ikesa.Exchange) (m *ikesa.Message, crossed bool) {
	last := negotiation.LastStep(x)
	for _, m := range sa.Messages {
		switch {
		case m.Exchange == x || m.Time.Before(last.Time):
		case m.FromInitiator != last.FromInitiator:
			return m, crossed
		case negotiation.TypeOf(m) != ikev1.ExchangeTransaction || saysMore(sa, !m.FromInitiator):
			crossed = true
		}
	}
	return nil, crossed
}

// saysMore reports whether a side of an IKE SA of IKEv1 sent anything after phase 1 but Informationals.
func saysMore(sa *ikesa.SA, initiator bool) bool {
	return slices.ContainsFunc(sa.Messages, func(m *ikesa.Message) bool {
		t := negotiation.TypeOf(m)
		return m.FromInitiator == initiator && !negotiation.IsPhase1(t) && t != ikev1.ExchangeInformational
	})
}

// saidIn are the notifications and deletes of m.
func saidIn(m *ikesa.Message) (s Said) {
	for _, p := range m.Payloads {
		switch p.Body.(type) {
		case *ikev1.Delete, *ikev1.Notify:
			s.Payloads = append(s.Payloads, p.Body)
		}
	}
	return s
}

// otherErrors are error notifications that end no exchange that was seen.
func (d *diagnosis) otherErrors() {
	for _, s := range d.Stories() {
		for _, r := range s.Strays() {
			if saidAgain(s, &r) {
				continue
			}
			f := Finding{Code: CodeErrorNotify, Severity: Warning, Grade: Wire, From: SideOf(r.Message.FromInitiator),
				Frames: messageFrames(r.Message)}
			wentOn := phase1After(s.SA, r.Message)
			f.Facts = ErrorNotify{Notify: r.Notify, WentOn: wentOn}
			if wentOn || answersError(s.SA, r.Message) {
				f.Severity = Noteworthy
			}
			d.addSA(s.SA, f)
		}
		for _, x := range s.Exchanges() {
			d.refusedTransaction(s, x)
		}
	}
}

// refusedTransaction is for a message of Mode Config that its receiver answered with an error: nothing came after it where there is no Quick Mode.
func (d *diagnosis) refusedTransaction(s *negotiation.Story, x *ikesa.Exchange) {
	o := s.Outcome(x)
	if s.SA.Version != 1 || x.Type != ikev1.ExchangeTransaction || o.Code != negotiation.Failed || o.Refusal == nil {
		return
	}
	for _, p := range o.Refusal.Payloads {
		n, ok := p.Body.(*ikev1.Notify)
		if !ok || !n.Type.IsError() {
			continue
		}
		f := Finding{Code: CodeErrorNotify, Severity: Warning, Grade: Wire, From: SideOf(o.Refusal.FromInitiator), Frames: Frames(negotiation.LastStep(x).Frame, o.Refusal.Frame),
			Facts: ErrorNotify{Notify: n}}
		if len(s.SA.Children) == 0 {
			f.Severity = Problem
		}
		d.addSA(s.SA, f)
	}
}

// saidAgain reports whether an error notification is that of a failed exchange once more, because what it rejects was retransmitted.
func saidAgain(s *negotiation.Story, r *negotiation.Stray) bool {
	return slices.ContainsFunc(s.Exchanges(), func(x *ikesa.Exchange) bool {
		o := s.Outcome(x)
		return o.Refusal != nil && o.Notify.Number == uint16(r.Notify.Type) && o.Refusal.FromInitiator == r.Message.FromInitiator && r.Message.Time.After(o.Refusal.Time) &&
			slices.ContainsFunc(x.Messages, func(m *ikesa.Message) bool {
				return m.FromInitiator != r.Message.FromInitiator && m.Sent() > 1 && slices.ContainsFunc(m.Repeats, func(c exchange.Repeat) bool {
					return !c.Mirror && c.Time.After(o.Refusal.Time) && !c.Time.After(r.Message.Time)
				})
			})
	})
}

// phase1After reports whether an unencrypted message of IKEv1 did not keep phase 1 from being established: messages of it come later.
func phase1After(sa *ikesa.SA, m *ikesa.Message) bool {
	return sa.Version == 1 && sa.Established && m.State == ikesa.Clear && slices.ContainsFunc(sa.Messages, func(n *ikesa.Message) bool {
		t := negotiation.TypeOf(n)
		return n.Frame > m.Frame && (t == ikev1.ExchangeMain || t == ikev1.ExchangeAggressive)
	})
}

// answersError reports whether a message with an error comes right after one of the other side: that one was the cause.
func answersError(sa *ikesa.SA, m *ikesa.Message) bool {
	o := negotiation.ErrorBefore(sa, m)
	return o != nil && o.FromInitiator != m.FromInitiator && m.Time.Sub(o.Time) < patience
}
