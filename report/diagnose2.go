package report

import (
	"encoding/binary"
	"fmt"
	"time"

	"github.com/ikedecode/ikedecode/decode"
	"github.com/ikedecode/ikedecode/decode/ikev2"
	"github.com/ikedecode/ikedecode/keys/ikesa"
	"github.com/ikedecode/ikedecode/report/diagnose"
)

// Rules about the negotiation of IKEv2. What IKEv1 has, too, has the same code: IKE_SA_INIT is phase 1, what sets up a Child
// SA is phase 2.

func (d *diagnosis) ikev2() {
	for _, s := range d.stories {
		if s.sa.Version != 2 {
			continue
		}
		for _, x := range s.exchanges() {
			switch x.Type {
			case ikev2.ExchangeSAInit, ikev2.ExchangeSessionResume:
				d.init2(s, x, s.outcomes[x])
			case ikev2.ExchangeAuth:
				d.auth2(s, x, s.outcomes[x])
			case ikev2.ExchangeCreateChild:
				d.create2(s, x, s.outcomes[x])
			case ikev2.ExchangeInformational:
				d.informational2(s, x, s.outcomes[x])
			default:
				d.other2(s, x, s.outcomes[x])
			}
		}
	}
}

// init2 judges IKE_SA_INIT.
func (d *diagnosis) init2(s *story, x *ikesa.Exchange, o *Outcome) {
	switch {
	case o.Code == OutcomeNoAnswer && requestsOnly(x):
		d.addSA(s.sa, noResponse(s.sa, x, o))
	case o.Code == OutcomeNoAnswer:
		d.addSA(s.sa, Finding{Code: "phase1-stopped", Severity: SeverityProblem, Frames: []int{o.Frame}, Text: "IKE_SA_INIT: " + o.Text,
			Hint: "the answers may not reach the other side: look for a firewall, or another route back"})
	case o.Code == OutcomeFailed && o.Notify == ikev2.NotifyNoProposalChosen.String():
		d.addSA(s.sa, d.compareOffer(s, x, o, Finding{Code: "phase1-no-proposal", Severity: SeverityProblem, Frames: frames(x.Messages[0].Frame, o.Frame),
			Text: fmt.Sprintf("the %s accepts none of the proposals for the IKE SA: %s", o.From, o.Notify),
			Hint: "let encryption, PRF, integrity and DH group of one proposal agree on both sides"}))
	case o.Code == OutcomeFailed && o.Notify != ikev2.NotifyInvalidKE.String(): // which has its own finding
		d.addSA(s.sa, Finding{Code: "phase1-failed", Severity: SeverityProblem, Frames: []int{o.Frame}, Text: "IKE_SA_INIT " + o.Text})
	}
	d.retries2(s, x)
}

// retries2 notes what made the initiator start again (RFC 7296, sections 1.2 and 2.6).
func (d *diagnosis) retries2(s *story, x *ikesa.Exchange) {
	for _, m := range x.Messages {
		if !isResponse(m) {
			continue
		}
		if findNotify2(m, ikev2.NotifyCookie) != nil {
			d.addSA(s.sa, Finding{Code: "cookie-challenge", Severity: SeverityNote, Frames: messageFrames(m),
				Text: fmt.Sprintf("%s: the responder asked for a COOKIE: it has many half-open IKE SAs, or is configured to", nameOf(s.sa))})
		}
		if n := findNotify2(m, ikev2.NotifyInvalidKE); n != nil {
			d.invalidKE(s, x, m, n)
		}
	}
}

// invalidKE judges a wrong guess of the group, which costs a round trip, and more where nobody tries again.
func (d *diagnosis) invalidKE(s *story, x *ikesa.Exchange, m *ikesa.Message, n *ikev2.Notify) {
	f := Finding{Code: "invalid-ke", Severity: SeverityNote, Frames: messageFrames(m),
		Text: fmt.Sprintf("%s: the key exchange in %v was not of the group that the %s wants (%v); ", nameOf(s.sa), x.Type, side(m.FromInitiator), n)}
	if group := triedGroup(x, m); group != "" && len(n.Data) == 2 {
		row := Compared{Name: "DH group", Initiator: group, Responder: decode.Group(binary.BigEndian.Uint16(n.Data)).String(), Differs: true}
		if m.FromInitiator {
			row.Initiator, row.Responder = row.Responder, row.Initiator
		}
		f.Values = []Compared{row}
	}
	switch {
	case s.triedAgain(x, m):
		f.Text += "the next try was right"
		f.Hint = "put that group first in the proposal: it saves a round trip"
	case x.Type == ikev2.ExchangeCreateChild && !replacesIKE(x):
		f.Code, f.Severity = "pfs-mismatch", SeverityProblem
		f.Text += "no other try was accepted: the sides want other groups for PFS"
		f.Hint = "let both sides use PFS with the same group"
	default:
		f.Severity = SeverityProblem
		f.Text += "no other try was accepted"
		f.Hint = "offer that group, or let the other side accept the one that was offered"
	}
	d.addSA(s.sa, f)
}

// triedGroup is the group of the last KE payload of x before m.
func triedGroup(x *ikesa.Exchange, m *ikesa.Message) (group string) {
	for _, o := range x.Messages {
		if o == m {
			break
		}
		if p, ok := decode.Find(o.Payloads, ikev2.PayloadKE); ok && !isResponse(o) {
			if ke, ok := p.Body.(*ikev2.KE); ok {
				group = ke.Group.String()
			}
		}
	}
	return group
}

// triedAgain reports whether what m refuses went through later: in the same exchange, or of CREATE_CHILD_SA in another one.
func (s *story) triedAgain(x *ikesa.Exchange, m *ikesa.Message) bool {
	if s.retried && x.Type == ikev2.ExchangeSAInit {
		return true
	}
	for _, y := range s.exchanges() {
		if y.Type != x.Type {
			continue
		}
		for _, a := range y.Messages {
			if a != m && !a.Time.Before(m.Time) && isResponse(a) && sa2Of(a) != nil {
				return true
			}
		}
	}
	return false
}

// auth2 judges IKE_AUTH.
func (d *diagnosis) auth2(s *story, x *ikesa.Exchange, o *Outcome) {
	last := x.Messages[len(x.Messages)-1]
	switch {
	case o.Code == OutcomeFailed && o.From == side(true) && authRefused(s.sa): // by a request, which has its own finding
	case o.Code == OutcomeNoAnswer:
		d.addSA(s.sa, Finding{Code: "phase1-stopped", Severity: SeverityProblem, Frames: messageFrames(last), Text: "IKE_AUTH: " + o.Text,
			Hint: "look whether UDP 4500 passes; large messages with certificates are lost where IP fragments are: allow IKE fragmentation (RFC 7383)"})
	case o.Code == OutcomeFailed && (o.Notify == ikev2.NotifyAuthenticationFailed.String() || o.Notify == eapFailure):
		d.addSA(s.sa, d.authFailed(s, x, o))
	case o.Code == OutcomeFailed:
		d.addSA(s.sa, d.childFailure(s, x, o))
	case o.Code == OutcomeClosed:
		d.closedAuth(s, x)
	}
}

func (d *diagnosis) authFailed(s *story, x *ikesa.Exchange, o *Outcome) Finding {
	if _, ok := eapOf(s.sa); ok && o.From != side(true) {
		return eapFinding(s, x, o.Notify, o.Frame)
	}
	r := &refusedProof{s: s, x: x, prover: o.From != side(true), frames: []int{x.Messages[0].Frame, o.Frame}, said: o.Notify}
	return r.finding(d)
}

// identities2 lists the identities that the messages of x have.
func identities2(x *ikesa.Exchange) (lines []string) {
	for _, m := range x.Messages {
		for _, p := range m.Payloads {
			id, ok := p.Body.(*ikev2.ID)
			if !ok || p.Err != nil {
				continue
			}
			what := "the " + side(m.FromInitiator) + " says that it is"
			if p.Type == ikev2.PayloadIDr && m.FromInitiator {
				what = "the initiator asks for"
			}
			lines = append(lines, fmt.Sprintf("%s %v (%s, frame %d)", what, id, ikev2.IDTypeName(id.Type), m.Frame))
		}
	}
	return lines
}

// closedAuth judges an IKE_AUTH that was not opened by its shape. An answer of one notification, after which nothing comes,
// is an error; with the proof of identity in it, but without a Child SA, it is longer.
func (d *diagnosis) closedAuth(s *story, x *ikesa.Exchange) {
	last := x.Messages[len(x.Messages)-1]
	if m := endedAtOnce(s.sa, last); m != nil && isResponse(last) {
		f := Finding{Code: "auth-failed", Severity: SeverityProblem, Frames: frames(last.Frame, m.Frame),
			Text: fmt.Sprintf("the %s ends the IKE SA as soon as the %s has authenticated itself: most likely it does not accept who that is", side(m.FromInitiator),
				side(last.FromInitiator)),
			Hint: "compare certificates, their issuers and times, identities and pre-shared keys; with a key for the IKE SA they can be read"}
		if n := rounds(x); n > 1 {
			f.Code, f.Hint = "eap-failed", "check the user name and password, and the EAP method of both sides; with a key for the IKE SA they can be read"
			f.Text = fmt.Sprintf("the initiator ends the IKE SA in the middle of IKE_AUTH, after %s: EAP failed, most likely", count(n, "round"))
		} else if n := contentLen(s.sa, last); n > 0 && n < childLen(s.sa) {
			f.Code, f.Hint = "eap-failed", "see whether the initiator has a password for this user and knows the EAP method; with a key for the IKE SA it can be read"
			f.Text = fmt.Sprintf("the responder's answer to IKE_AUTH is too short for a Child SA, at most %s, and the initiator ends the IKE SA at once: most likely it gives up the EAP that the responder asks for",
				count(n, "byte"))
		}
		d.addSA(s.sa, f)
		return
	}
	if !isResponse(last) || s.sa.Messages[len(s.sa.Messages)-1] != last {
		return
	}
	if n := contentLen(s.sa, last); n > 0 && n <= errorLen {
		code := diagnose.CodeAuthFailed
		if rounds(x) > 1 {
			code = diagnose.CodeEAPFailed
		}
		d.addSA(s.sa, Finding{Code: code, Severity: SeverityProblem, Frames: frames(x.Messages[0].Frame, last.Frame),
			Text: fmt.Sprintf("the %s answers IKE_AUTH with so little, at most %s, that it can only be an error, and the IKE SA ends there: most likely AUTHENTICATION_FAILED",
				side(last.FromInitiator), count(n, "byte")),
			Hint: "compare the pre-shared keys, or look at certificates and identities; with a key for the IKE SA the reason can be read"})
		return
	}
	refused := Finding{Code: "phase2-refused", Severity: SeverityProblem, Frames: frames(x.Messages[0].Frame, last.Frame),
		Hint: "with a key for the IKE SA the reason can be read; traffic selectors and ESP proposals that do not fit are the usual ones"}
	if n := contentLen(s.sa, last); n > 0 && n < childLen(s.sa) {
		refused.Text = fmt.Sprintf("the %s's answer to IKE_AUTH is too short for a Child SA, at most %s: it proves who it is and refuses the Child SA",
			side(last.FromInitiator), count(n, "byte"))
		d.addSA(s.sa, refused)
		return
	}
	if d.session.Counts.ESP == 0 {
		refused.Severity = SeverityWarning
		refused.Text = fmt.Sprintf("the %s answers IKE_AUTH, but no ESP or AH packet follows: unless there is nothing to send, it has refused the Child SA",
			side(last.FromInitiator))
		d.addSA(s.sa, refused)
	}
}

// rounds is the number of requests in x: with EAP, IKE_AUTH has several (RFC 7296, section 2.16).
func rounds(x *ikesa.Exchange) int {
	ids := make(map[uint32]bool)
	for _, m := range x.Messages {
		if !isResponse(m) {
			ids[m.MessageID] = true
		}
	}
	return len(ids)
}

// endedAtOnce is the request of the initiator, no longer than one notification or Delete, that is the last one of sa and follows
// the answer to IKE_AUTH at once; nil: there is none.
func endedAtOnce(sa *ikesa.SA, answer *ikesa.Message) *ikesa.Message {
	var after []*ikesa.Message
	for _, m := range sa.Messages {
		if typeOf(m) != ikev2.ExchangeAuth && !m.Time.Before(answer.Time) && !isResponse(m) {
			after = append(after, m)
		}
	}
	if len(after) != 1 || typeOf(after[0]) != ikev2.ExchangeInformational || !after[0].FromInitiator || after[0].Time.Sub(answer.Time) > refusesWithin {
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

// eapFailure is the Outcome's Notify of an EAP Failure.
const eapFailure = "EAP Failure"

// errorLen is the most that the padded content of a message with one error notification has: 8 bytes in two blocks.
const errorLen = 32

// contentLen is an upper bound on the plaintext of an encrypted message, by the algorithms chosen; 0: not known.
func contentLen(sa *ikesa.SA, m *ikesa.Message) int {
	p, ok := decode.Find(m.Message.Payloads, ikev2.PayloadSK)
	c := sa.Policy.Cipher
	if !ok || c == nil {
		return 0
	}
	n := len(p.Data()) - c.IVLen - c.ICVLen
	if sa.Policy.Integ != nil {
		n -= sa.Policy.Integ.ICVLen
	}
	return n
}

// childFailure is for a Child SA that was refused, in IKE_AUTH or in CREATE_CHILD_SA.
func (d *diagnosis) childFailure(s *story, x *ikesa.Exchange, o *Outcome) Finding {
	f := Finding{Severity: SeverityProblem, Frames: frames(x.Messages[0].Frame, o.Frame)}
	what := fmt.Sprintf("%v %s", x.Type, messageIDs(x))
	if p := purpose(x); p != "" {
		what += " (" + p + ")"
	}
	switch o.Notify {
	case ikev2.NotifyNoProposalChosen.String():
		f.Code = "phase2-no-proposal"
		f.Text = fmt.Sprintf("the %s accepts none of the proposals of %s: %s", o.From, what, o.Notify)
		f.Hint = "let encryption, integrity, extended sequence numbers and DH group (PFS) of one proposal agree on both sides"
		f = d.compareOffer(s, x, o, f)
	case ikev2.NotifyTSUnacceptable.String(), ikev2.NotifySinglePairRequired.String():
		f.Code = "ts-mismatch"
		f.Text = fmt.Sprintf("the %s has no policy for the traffic selectors of %s: %s", o.From, what, o.Notify)
		f.Hint = "what one side has as its local network the other must have as remote, or a part of it"
		f, _ = d.compareSelectors(s, x, o, f)
	case ikev2.NotifyInternalAddressFailure.String(), ikev2.NotifyFailedCPRequired.String():
		f.Code, f.Text = "phase2-failed", what+" "+o.Text
		f.Hint = "see whether the initiator asks for a virtual address, and whether the responder has one to give"
	default:
		f.Code, f.Text = "phase2-failed", what+" "+o.Text
		if isRekey(x) {
			f.Code = "rekey-failed"
		}
	}
	return f
}

// replacesIKE reports whether x replaces the IKE SA.
func replacesIKE(x *ikesa.Exchange) bool {
	ike, _ := replaces(x)
	return ike
}

// isRekey reports whether x replaces an SA.
func isRekey(x *ikesa.Exchange) bool {
	ike, child := replaces(x)
	return ike || child != nil
}

// create2 judges CREATE_CHILD_SA.
func (d *diagnosis) create2(s *story, x *ikesa.Exchange, o *Outcome) {
	switch {
	case o.Code == OutcomeNoAnswer:
		f := Finding{Code: "phase2-no-response", Severity: SeverityProblem, Frames: messageFrames(x.Messages[0]),
			Text: fmt.Sprintf("%v %s: %s", x.Type, messageIDs(x), o.Text), Hint: "the peer is gone, or has lost the IKE SA"}
		if isRekey(x) {
			f.Code = "rekey-failed"
		}
		if m := x.Messages[0]; m.Sent() < 2 && d.session.Last.Sub(m.Time) < patience {
			f.Severity, f.Hint = SeverityWarning, "the capture ends here: the answer may have come later"
		}
		if y := s.replacedAlready(x); y != nil {
			f.Severity, f.Hint = SeverityNote, ""
			f.Text += fmt.Sprintf("; the other side's rekeying in frame %d took its place", y.Messages[0].Frame)
		}
		d.addSA(s.sa, f)
	case o.Code == OutcomeClosed:
		d.closedCreate(s, x)
	case o.Code != OutcomeFailed:
	case o.Notify == ikev2.NotifyInvalidKE.String():
		d.retries2(s, x)
	case passing[o.Notify]:
		f := Finding{Code: "phase2-failed", Severity: SeverityNote, Frames: frames(x.Messages[0].Frame, o.Frame),
			Text: fmt.Sprintf("%v %s %s", x.Type, messageIDs(x), o.Text), Hint: "both sides rekeyed at the same time, or one had just deleted the SA: the initiator tries again"}
		if isRekey(x) {
			f.Code = "rekey-failed"
		}
		if !s.laterAgreed(x) {
			f.Severity = SeverityWarning
		}
		d.addSA(s.sa, f)
	default:
		d.addSA(s.sa, d.childFailure(s, x, o))
	}
}

// closedCreate judges a CREATE_CHILD_SA that was not opened by the length of its answer.
func (d *diagnosis) closedCreate(s *story, x *ikesa.Exchange) {
	last := x.Messages[len(x.Messages)-1]
	n := contentLen(s.sa, last)
	if !isResponse(last) || n == 0 || n > errorLen {
		return
	}
	d.addSA(s.sa, Finding{Code: "phase2-refused", Severity: SeverityProblem, Frames: frames(x.Messages[0].Frame, last.Frame),
		Text: fmt.Sprintf("the %s answers %v %s with so little, at most %s, that it can only be an error: a rekeying or another Child SA is refused",
			side(last.FromInitiator), x.Type, messageIDs(x), count(n, "byte")),
		Hint: "with a key for the IKE SA the reason can be read; PFS that one side alone uses shows at the first rekeying"})
}

// patience is how long after its last message a capture may end before a missing answer is a fault.
const patience = 2 * time.Second

// passing are refusals that are over with the next try (RFC 7296, section 2.25).
var passing = map[string]bool{
	ikev2.NotifyTemporaryFailure.String(): true, ikev2.NotifyChildSANotFound.String(): true,
}

// laterAgreed reports whether a CREATE_CHILD_SA after x went through.
func (s *story) laterAgreed(x *ikesa.Exchange) bool {
	return s.triedAgain(x, x.Messages[len(x.Messages)-1])
}

// informational2 judges deletes, liveness checks and errors.
func (d *diagnosis) informational2(s *story, x *ikesa.Exchange, o *Outcome) {
	first := x.Messages[0]
	const resent = 2 // a check that is sent once may be at the end of the capture
	if o.Code == OutcomeNoAnswer && first.Sent() >= resent {
		d.unheardSA(s, first.FromInitiator, x.Messages, diagnose.Unheard{What: diagnose.Request, Count: first.Sent(),
			Request: fmt.Sprintf("%v %s", x.Type, messageIDs(x)), Purpose: purpose(x)})
	}
	for _, m := range x.Messages {
		for _, n := range notifies2(m) {
			if n.IsError() {
				d.addSA(s.sa, d.errorNotify2(s, m, n))
			}
		}
	}
}

func (d *diagnosis) errorNotify2(s *story, m *ikesa.Message, n *ikev2.Notify) Finding {
	if n.Type == ikev2.NotifyAuthenticationFailed {
		for _, x := range s.exchanges() {
			if x.Type == ikev2.ExchangeAuth {
				return d.initiatorRefuses(s, x, m, n)
			}
		}
	}
	return Finding{Code: "error-notify", Severity: SeverityWarning, Frames: messageFrames(m), Text: fmt.Sprintf("the %s sent %v", side(m.FromInitiator), n)}
}

// initiatorRefuses is for AUTHENTICATION_FAILED in a request, after what IKE_AUTH proved (RFC 7296, section 2.21.2).
func (d *diagnosis) initiatorRefuses(s *story, x *ikesa.Exchange, m *ikesa.Message, n *ikev2.Notify) Finding {
	last := x.Messages[len(x.Messages)-1]
	if e, ok := eapOf(s.sa); ok && m.FromInitiator && e.method != "" && eapFollows(last) {
		return eapFinding(s, x, n.String(), m.Frame)
	}
	r := &refusedProof{s: s, x: x, prover: !m.FromInitiator, frames: []int{last.Frame, m.Frame}, said: n.String()}
	return r.finding(d)
}

// rekeyedBefore reports whether another IKE SA had taken the place of this one before m.
func (s *story) rekeyedBefore(m *ikesa.Message) bool {
	for _, x := range s.exchanges() {
		if _, _, _, ok := newSPIs(x); ok && !x.Messages[0].Time.After(m.Time) {
			return true
		}
	}
	return false
}

// other2 judges the exchanges without rules of their own: IKE_INTERMEDIATE, IKE_FOLLOWUP_KE and unknown ones.
func (d *diagnosis) other2(s *story, x *ikesa.Exchange, o *Outcome) {
	what := fmt.Sprintf("%v %s: ", x.Type, messageIDs(x))
	switch o.Code {
	case OutcomeNoAnswer:
		d.addSA(s.sa, Finding{Code: "phase1-stopped", Severity: SeverityProblem, Frames: messageFrames(x.Messages[0]), Text: what + o.Text,
			Hint: "large messages are lost where IP fragments are: allow IKE fragmentation (RFC 7383)"})
	case OutcomeFailed:
		d.addSA(s.sa, Finding{Code: "phase1-failed", Severity: SeverityProblem, Frames: []int{o.Frame}, Text: what + o.Text})
	}
}

func requestsOnly(x *ikesa.Exchange) bool {
	for _, m := range x.Messages {
		if isResponse(m) {
			return false
		}
	}
	return true
}
