package report

import (
	"fmt"
	"time"

	"github.com/ikedecode/ikedecode/decode"
	"github.com/ikedecode/ikedecode/decode/ike"
	"github.com/ikedecode/ikedecode/decode/ikev1"
	"github.com/ikedecode/ikedecode/keys/ikesa"
	"github.com/ikedecode/ikedecode/report/diagnose"
	"github.com/ikedecode/ikedecode/report/negotiation"
)

// Rules about the negotiation.

func (d *diagnosis) phase1() {
	for _, s := range d.stories {
		for _, x := range s.SA.Exchanges {
			if negotiation.IsPhase1(x.Type) && len(x.Messages) > 0 && !s.SA.Established && s.SA.Version == 1 {
				d.phase1Failure(s, x, s.Outcome(x))
			}
		}
	}
}

func (d *diagnosis) phase1Failure(s *negotiation.Story, x *ikesa.Exchange, o *negotiation.Outcome) {
	if o.Code != negotiation.NoAnswer && o.Code != negotiation.Failed {
		return
	}
	if !isProposalError(o) && !keysDiffer(x, o) {
		if f, ok := d.phase1Mode(x, o); ok {
			d.typedSA(s.SA, f)
			return
		}
	}
	d.typedSA(s.SA, d.phase1Finding(s, x, o))
}

func (d *diagnosis) phase1Finding(s *negotiation.Story, x *ikesa.Exchange, o *negotiation.Outcome) diagnose.Finding {
	failed := o.Code == negotiation.Failed
	switch {
	case !failed && negotiation.OneSided(x):
		return noResponse(x, o)
	case failed && isProposalError(o):
		return d.refusedOffer(s, x, o, diagnose.CodePhase1NoProposal, diagnose.RefusedOffer{For: diagnose.ForPhase1})
	case failed && aboutKeys(o) && keysAgree(x, o):
		return d.refusedProof1(s, x, o)
	case failed && aboutKeys(o) && usesPSK(s.SA, x) && sentEncrypted(x):
		return pskMismatch(s, x, o)
	case failed && aboutKeys(o) && x.Type == ikev1.ExchangeAggressive && len(x.Messages) == 1:
		return d.noConnection(s, x, o)
	case failed && aboutKeys(o):
		return d.refusedProof1(s, x, o)
	case failed:
		return diagnose.Finding{Code: diagnose.CodePhase1Failed, Severity: SeverityProblem, Grade: diagnose.Wire, From: o.From, Frames: frames(o.Frame),
			Facts: diagnose.FailedExchange{Kind: diagnose.Phase1Refused, Outcome: o}}
	case sentEncrypted(x) && usesPSK(s.SA, x) && !movedPorts(x):
		return pskMismatch(s, x, o)
	}
	last := x.Messages[len(x.Messages)-1]
	return diagnose.Finding{Code: diagnose.CodePhase1Stopped, Severity: SeverityProblem, Grade: diagnose.Wire, From: diagnose.SideOf(last.FromInitiator), Frames: messageFrames(last),
		Facts: diagnose.FailedExchange{Kind: diagnose.Phase1Stopped, Outcome: o, Moved: movedPorts(x), PSK: usesPSK(s.SA, x)}}
}

// keysAgree reports whether both sides have the same keys though one refuses the other: what each of them encrypted opens.
func keysAgree(x *ikesa.Exchange, o *negotiation.Outcome) bool {
	m := lastEncrypted(x)
	return m.Hash.OK && o.Refusal != nil && o.Cause == negotiation.ErrorNotify && o.Refusal.State == ikesa.Opened && o.Refusal.Hash.OK
}

// keysDiffer reports whether it is seen that the sides do not have the same keys: what one of them encrypted opens, and the other one
// did not read it.
func keysDiffer(x *ikesa.Exchange, o *negotiation.Outcome) bool {
	m := lastEncrypted(x)
	return m.Flags&ikev1.FlagEncryption != 0 && m.State == ikesa.Opened && !keysAgree(x, o)
}

// refusedProof1 is for a phase 1 that ended with the proof of one side.
func (d *diagnosis) refusedProof1(s *negotiation.Story, x *ikesa.Exchange, o *negotiation.Outcome) diagnose.Finding {
	prover := o.From != ike.Initiator
	r := &refusedProof{s: s, x: x, prover: prover, frames: []int{x.Messages[len(x.Messages)-1].Frame, o.Frame}, said: diagnose.Said{Outcome: o}}
	f, facts := r.facts(d)
	if keysAgree(x, o) && f.Code == diagnose.CodeAuthFailed && usesPSK(s.SA, x) {
		d.onlyIdentity(s, &f, &facts)
	}
	f.Facts = facts
	return f
}

// onlyIdentity is for a side that is refused although its pre-shared key is right: all that is left to object to is who it is.
func (d *diagnosis) onlyIdentity(s *negotiation.Story, f *diagnose.Finding, facts *diagnose.RefusedProof) {
	prover := facts.Prover == diagnose.Initiator
	f.Code, facts.Why, facts.Identity = diagnose.CodeIdentityMismatch, diagnose.ProofOnlyIdentity, saidID(s.SA, prover)
	if len(f.Compared) == 0 || facts.AtOnce {
		f.Compared = []Compared{d.identityUnknown(s.SA, prover)}
	}
}

// identityUnknown compares an identity with the one that is wanted, which the capture does not show; the log may.
func (d *diagnosis) identityUnknown(sa *ikesa.SA, prover bool) Compared {
	r := Compared{Name: "identity of the " + side(prover), Initiator: diagnose.OtherID, Responder: saidID(sa, prover), Differs: true}
	if wanted, at := d.wantedByLog(negotiation.IdentityOf(sa, ike.SideOf(prover))); wanted != nil {
		r.Initiator = fmt.Sprintf("%s (%s)", wanted.Value(), at)
	}
	if prover {
		r.Initiator, r.Responder = r.Responder, r.Initiator
	}
	return r
}

// noConnection is for a first message of Aggressive Mode that is refused: nothing but the identity is in it yet.
func (d *diagnosis) noConnection(s *negotiation.Story, x *ikesa.Exchange, o *negotiation.Outcome) diagnose.Finding {
	f := diagnose.Finding{Code: diagnose.CodeAuthFailed, Severity: SeverityProblem, Grade: diagnose.Wire, From: o.From, Frames: frames(x.Messages[0].Frame, o.Frame)}
	facts := diagnose.RefusedProof{Prover: f.From.Other(), Why: diagnose.ProofFirstMessage, Said: diagnose.Said{Outcome: o}, Identity: saidID(s.SA, true)}
	if facts.Identity != "" {
		f.Compared = []Compared{d.identityUnknown(s.SA, true)}
	}
	f.Facts = facts
	return f
}

func noResponse(x *ikesa.Exchange, o *negotiation.Outcome) diagnose.Finding {
	first := x.Messages[0]
	return diagnose.Finding{Code: diagnose.CodeNoResponse, Severity: SeverityProblem, Grade: diagnose.Wire, From: diagnose.SideOf(first.FromInitiator), Frames: messageFrames(first),
		Facts: diagnose.NoAnswer{Src: first.Src, Dst: first.Dst, Outcome: o, Aggressive: x.Type == ikev1.ExchangeAggressive}}
}

// isProposalError tells the errors that refuse an offer.
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

// usesPSK reports whether phase 1 authenticates with a pre-shared key, as chosen or, before that, as all offers do.
func usesPSK(sa *ikesa.SA, x *ikesa.Exchange) bool {
	if sa.Policy.Auth.Number != 0 {
		return sa.Policy.Auth.Kind() == ike.AuthPSK
	}
	for _, m := range x.Messages {
		if o := m.Offer(); o != nil && o.HasAuth(ike.AuthPSK) {
			return true
		}
	}
	return false
}

func lastEncrypted(x *ikesa.Exchange) *ikesa.Message {
	for i := len(x.Messages) - 1; i >= 0; i-- {
		if x.Messages[i].Flags&ikev1.FlagEncryption != 0 {
			return x.Messages[i]
		}
	}
	return x.Messages[len(x.Messages)-1]
}

// sentEncrypted reports whether x came as far as its first encrypted message, or, in Aggressive Mode, the HASH of the
// responder.
func sentEncrypted(x *ikesa.Exchange) bool {
	if x.Type == ikev1.ExchangeAggressive {
		return len(x.Messages) >= 2
	}
	return lastEncrypted(x).Flags&ikev1.FlagEncryption != 0
}

// refusesWithin is how soon a side that does not accept the other's identity says so.
const refusesWithin = 500 * time.Millisecond

// identity finds a side that ended the SA as soon as the other had authenticated itself: with a right HASH, all that
// is left to object to is the identity.
func (d *diagnosis) identity() {
	for _, s := range d.stories {
		sa := s.SA
		x := negotiation.Phase1Of(sa)
		if x == nil || !sa.Established || sa.Version != 1 {
			continue
		}
		last := x.Messages[len(x.Messages)-1]
		m := firstAfter(sa, x)
		if m == nil || negotiation.TypeOf(m) != ikev1.ExchangeInformational || m.FromInitiator == last.FromInitiator || !negotiation.EndsIKESA(m) {
			continue
		}
		if m.Time.Sub(last.Time) > refusesWithin || d.Family().TookOver(sa, last.Time, m.Time) {
			continue // of an SA that took over the children of another one, most likely, and ended in time
		}
		prover := last.FromInitiator
		r := &refusedProof{s: s, x: x, prover: prover, frames: []int{last.Frame, m.Frame}, said: saidIn(m)}
		f, facts := r.facts(d)
		facts.AtOnce = true
		switch {
		case f.Code == diagnose.CodeCertificateProblem, f.Code == diagnose.CodeIdentityMismatch, !usesPSK(sa, x):
		case negotiation.IdentityOf(sa, ike.SideOf(prover)) == nil:
			f.Code, facts.Why = diagnose.CodeIdentityMismatch, diagnose.ProofUnread
		default:
			d.onlyIdentity(s, &f, &facts)
		}
		f.Facts = facts
		d.typedSA(sa, f)
	}
}

// firstAfter is the first message after the exchange x.
func firstAfter(sa *ikesa.SA, x *ikesa.Exchange) *ikesa.Message {
	last := x.Messages[len(x.Messages)-1]
	for _, m := range sa.Messages {
		if m.Exchange != x && !m.Time.Before(last.Time) {
			return m
		}
	}
	return nil
}

// saidIn are the notifications and deletes of m.
func saidIn(m *ikesa.Message) (s diagnose.Said) {
	for _, p := range m.Payloads {
		switch p.Body.(type) {
		case *ikev1.Delete, *ikev1.Notify:
			s.Payloads = append(s.Payloads, p.Body)
		}
	}
	return s
}

func (d *diagnosis) phase2() {
	for _, s := range d.stories {
		for _, x := range s.SA.Exchanges {
			if x.Type != ikev1.ExchangeQuick || len(x.Messages) == 0 {
				continue
			}
			if o := s.Outcome(x); o.Code == negotiation.Failed || o.Code == negotiation.NoAnswer {
				d.typedSA(s.SA, d.phase2Failure(s, x, o))
			}
		}
	}
}

func (d *diagnosis) phase2Failure(s *negotiation.Story, x *ikesa.Exchange, o *negotiation.Outcome) diagnose.Finding {
	first, last := x.Messages[0], x.Messages[len(x.Messages)-1]
	rekey := s.EarlierChild(x) != nil
	name := quickOf(x, rekey)
	facts := diagnose.FailedExchange{Exchange: name, Outcome: o, Rekeying: rekey}
	f := diagnose.Finding{Severity: SeverityProblem, Grade: diagnose.Wire, From: o.From, Frames: frames(first.Frame, o.Frame)}
	switch {
	case o.Code == negotiation.Failed && isProposalError(o):
		return d.refusedOffer(s, x, o, diagnose.CodePhase2NoProposal, diagnose.RefusedOffer{For: diagnose.ForQuick, Exchange: name})
	case o.Code == negotiation.Failed && o.Notify.Is(ike.InvalidID):
		return d.selectorsOrMode(s, x, o, name)
	case o.Code == negotiation.Failed && o.Notify.IsZero():
		if g, ok := d.groupByLength(s, x, o, name); ok {
			return g
		}
		f.Code, f.Grade, facts.Kind = diagnose.CodePhase2Refused, diagnose.Likely, diagnose.RefusedUnread
	case o.Code == negotiation.Failed:
		f.Code, facts.Kind = diagnose.CodePhase2Failed, diagnose.Refused
	default:
		f.Code, facts.Kind, f.From, f.Frames = diagnose.CodePhase2NoResponse, diagnose.Unanswered, diagnose.SideOf(last.FromInitiator), messageFrames(last)
	}
	if rekey {
		f.Code = diagnose.CodeRekeyFailed
	}
	f.Facts = facts
	return f
}

// selectorsOrMode is for selectors that were refused. Where those of both sides fit, strongSwan may have refused the mode with
// the same error.
func (d *diagnosis) selectorsOrMode(s *negotiation.Story, x *ikesa.Exchange, o *negotiation.Outcome, name diagnose.Exchange) diagnose.Finding {
	f, equal := d.refusedSelectors(s, x, o, diagnose.RefusedSelectors{For: diagnose.ForQuick, Exchange: name})
	if !equal {
		return f
	}
	if mode := d.refusedOffer(s, x, o, f.Code, diagnose.RefusedOffer{For: diagnose.ForQuick, Exchange: name, ModeAlone: true}); mode.Code == diagnose.CodeModeMismatch {
		return mode
	}
	if facts, ok := f.Facts.(diagnose.RefusedSelectors); ok {
		facts.Equal = true
		f.Facts = facts
	}
	return f
}

// groupByLength tells, where all is closed, that one side uses PFS and the other not by the lengths of the first messages with
// which each of them starts a Quick Mode: a KE payload makes the difference.
func (d *diagnosis) groupByLength(s *negotiation.Story, x *ikesa.Exchange, o *negotiation.Outcome, name diagnose.Exchange) (f diagnose.Finding, ok bool) {
	const most = 64 // exchanges of each SA that are looked at
	first := x.Messages[0]
	for _, other := range d.Family().Between(negotiation.HostsOf(s.SA)) {
		for _, y := range other.Exchanges[:min(len(other.Exchanges), most)] {
			if y.Type != ikev1.ExchangeQuick || len(y.Messages) == 0 || negotiation.CutIn(x) || negotiation.CutIn(y) || y.Messages[0].State != ikesa.Closed || y.Messages[0].Src.Addr() != first.Dst.Addr() {
				continue
			}
			theirs := y.Messages[0]
			group := groupOfLength(len(first.Raw) - len(theirs.Raw))
			if group == 0 {
				group = groupOfLength(len(theirs.Raw) - len(first.Raw))
			}
			if group == 0 {
				continue
			}
			row := Compared{Name: traitPFS, Initiator: "none", Responder: "none", Differs: true}
			if (len(first.Raw) > len(theirs.Raw)) == first.FromInitiator {
				row.Initiator = group.String()
			} else {
				row.Responder = group.String()
			}
			return diagnose.Finding{Code: diagnose.CodePFSMismatch, Severity: SeverityProblem, From: o.From, Frames: frames(first.Frame, o.Frame, theirs.Frame),
				Compared: []Compared{row}, Facts: diagnose.LengthsDiffer{Exchange: name, Outcome: o, Frame: first.Frame, Bytes: len(first.Raw),
					Other: theirs.Frame, OtherBytes: len(theirs.Raw)}}, true
		}
	}
	return f, false
}

// publicLengths are the lengths of public values that are too long to be anything else in a first message of Quick Mode.
var publicLengths = map[decode.Group]int{1: 96, 2: 128, 5: 192, 14: 256, 15: 384, 16: 512, 17: 768, 18: 1024}

// groupOfLength is the group whose KE payload, with the attribute that names it, makes n bytes, padding aside; 0: none.
func groupOfLength(n int) decode.Group {
	const header, attribute, block = 4, 4, 16
	for g, size := range publicLengths {
		if want := size + header + attribute; n > want-block && n < want+block {
			return g
		}
	}
	return 0
}

// otherErrors are error notifications that end no exchange that was seen.
func (d *diagnosis) otherErrors() {
	for _, s := range d.stories {
		for _, r := range s.Strays() {
			d.typedSA(s.SA, diagnose.Finding{Code: diagnose.CodeErrorNotify, Severity: SeverityWarning, Grade: diagnose.Wire, From: diagnose.SideOf(r.Message.FromInitiator),
				Frames: messageFrames(r.Message), Facts: diagnose.ErrorNotify{Notify: r.Notify}})
		}
	}
}

// frames lists frames once each, without zeros, in order.
func frames(list ...int) []int { return diagnose.Frames(list...) }

// messageFrames are the frames of a message and of its repeats.
func messageFrames(m *ikesa.Message) []int {
	list := []int{m.Frame}
	for _, r := range m.Repeats {
		list = append(list, r.Frame)
	}
	return list
}
