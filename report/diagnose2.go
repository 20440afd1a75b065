package report

import (
	"fmt"
	"strings"
	"time"

	"github.com/ikedecode/ikedecode/decode"
	"github.com/ikedecode/ikedecode/keys/ikesa"
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
			case decode.ExchangeSAInit, decode.ExchangeSessionResume:
				d.init2(s, x, s.outcomes[x])
			case decode.ExchangeAuth:
				d.auth2(s, x, s.outcomes[x])
			case decode.ExchangeCreateChild:
				d.create2(s, x, s.outcomes[x])
			case decode.ExchangeInformational2:
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
	case o.Code == OutcomeFailed && o.Notify == decode.Notify2NoProposalChosen.String():
		d.addSA(s.sa, Finding{Code: "phase1-no-proposal", Severity: SeverityProblem, Frames: frames(x.Messages[0].Frame, o.Frame),
			Text:    fmt.Sprintf("the %s accepts none of the proposals for the IKE SA: %s", o.From, o.Notify),
			Details: offers2(x), Hint: "let encryption, PRF, integrity and key exchange method of one proposal agree on both sides"})
	case o.Code == OutcomeFailed && o.Notify != decode.Notify2InvalidKE.String(): // which has its own finding
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
		if findNotify2(m, decode.Notify2Cookie) != nil {
			d.addSA(s.sa, Finding{Code: "cookie-challenge", Severity: SeverityNote, Frames: messageFrames(m),
				Text: fmt.Sprintf("%s: the responder asked for a COOKIE: it has many half-open IKE SAs, or is configured to", nameOf(s.sa))})
		}
		if n := findNotify2(m, decode.Notify2InvalidKE); n != nil {
			d.invalidKE(s, x, m, n)
		}
	}
}

// invalidKE judges a wrong guess of the group, which costs a round trip, and more where nobody tries again.
func (d *diagnosis) invalidKE(s *story, x *ikesa.Exchange, m *ikesa.Message, n *decode.Notify2) {
	f := Finding{Code: "invalid-ke", Severity: SeverityNote, Frames: messageFrames(m),
		Text: fmt.Sprintf("%s: the key exchange in %v was not of the group that the %s wants (%v); ", nameOf(s.sa), x.Type, side(m.FromInitiator), n)}
	if s.triedAgain(x, m) {
		f.Text += "the next try was right"
		f.Hint = "put that group first in the proposal: it saves a round trip"
	} else {
		f.Severity = SeverityProblem
		f.Text += "no other try was accepted"
		f.Hint = "offer that group, or let the other side accept the one that was offered"
	}
	d.addSA(s.sa, f)
}

// triedAgain reports whether what m refuses went through later: in the same exchange, or of CREATE_CHILD_SA in another one.
func (s *story) triedAgain(x *ikesa.Exchange, m *ikesa.Message) bool {
	if s.retried && x.Type == decode.ExchangeSAInit {
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
	case o.Code == OutcomeNoAnswer:
		d.addSA(s.sa, Finding{Code: "phase1-stopped", Severity: SeverityProblem, Frames: messageFrames(last), Text: "IKE_AUTH: " + o.Text,
			Hint: "look whether UDP 4500 passes; large messages with certificates are lost where IP fragments are: allow IKE fragmentation (RFC 7383)"})
	case o.Code == OutcomeFailed && (o.Notify == decode.Notify2AuthenticationFailed.String() || o.Notify == "EAP Failure"):
		d.addSA(s.sa, authFailed(s, x, o))
	case o.Code == OutcomeFailed:
		d.addSA(s.sa, childFailure(x, o))
	case o.Code == OutcomeClosed:
		d.closedAuth(s, x)
	}
}

func authFailed(s *story, x *ikesa.Exchange, o *Outcome) Finding {
	other := "initiator"
	if o.From == other {
		other = "responder"
	}
	f := Finding{Code: "auth-failed", Severity: SeverityProblem, Frames: frames(x.Messages[0].Frame, o.Frame),
		Text: fmt.Sprintf("the %s does not accept how the %s proves who it is: %s", o.From, other, o.Notify),
		Hint: "see in its log why: certificate, its issuer and identity, or key"}
	method := authOf(s.sa, other == "initiator")
	if method != "" {
		f.Text += " (" + method + ")"
	}
	if strings.HasPrefix(method, decode.Auth2SharedKey.String()) {
		f.Hint = "compare the pre-shared key on both sides, and for which addresses and identities it is configured"
	}
	if o.Notify == "EAP Failure" {
		f.Hint = "check the user name and password"
	}
	f.Details = identities2(x)
	for _, a := range s.sa.Auth {
		if a.Initiator == (other == "initiator") && a.Text != "" {
			f.Details = append(f.Details, fmt.Sprintf("AUTH of the %s in frame %d: %s", other, a.Frame, a.Text))
		}
	}
	return f
}

// identities2 lists the identities that the messages of x have.
func identities2(x *ikesa.Exchange) (lines []string) {
	for _, m := range x.Messages {
		for _, p := range m.Payloads {
			id, ok := p.Body.(*decode.ID2)
			if !ok || p.Err != nil {
				continue
			}
			what := "the " + side(m.FromInitiator) + " says that it is"
			if p.Type == decode.Payload2IDr && m.FromInitiator {
				what = "the initiator asks for"
			}
			lines = append(lines, fmt.Sprintf("%s %v (%s, frame %d)", what, id, id.Type.Name2(), m.Frame))
		}
	}
	return lines
}

// closedAuth judges an IKE_AUTH that was not opened by its shape. An answer of one notification, after which nothing comes,
// is an error; with the proof of identity in it, but without a Child SA, it is longer.
func (d *diagnosis) closedAuth(s *story, x *ikesa.Exchange) {
	last := x.Messages[len(x.Messages)-1]
	if !isResponse(last) || s.sa.Messages[len(s.sa.Messages)-1] != last {
		return
	}
	if n := contentLen(s.sa, last); n > 0 && n <= errorLen {
		d.addSA(s.sa, Finding{Code: "auth-failed", Severity: SeverityProblem, Frames: frames(x.Messages[0].Frame, last.Frame),
			Text: fmt.Sprintf("the %s answers IKE_AUTH with so little, at most %s, that it can only be an error, and the IKE SA ends there: most likely AUTHENTICATION_FAILED",
				side(last.FromInitiator), count(n, "byte")),
			Hint: "compare the pre-shared keys, or look at certificates and identities; with a key for the IKE SA the reason can be read"})
		return
	}
	if d.session.Counts.ESP == 0 {
		d.addSA(s.sa, Finding{Code: "phase2-refused", Severity: SeverityWarning, Frames: frames(x.Messages[0].Frame, last.Frame),
			Text: fmt.Sprintf("the %s answers IKE_AUTH, but no ESP or AH packet follows: unless there is nothing to send, it has refused the Child SA", side(last.FromInitiator)),
			Hint: "with a key for the IKE SA the reason can be read; traffic selectors and ESP proposals that do not fit are the usual ones"})
	}
}

// errorLen is the most that the padded content of a message with one error notification has: 8 bytes in two blocks.
const errorLen = 32

// contentLen is an upper bound on the plaintext of an encrypted message, by the algorithms chosen; 0: not known.
func contentLen(sa *ikesa.SA, m *ikesa.Message) int {
	p, ok := decode.Find(m.Message.Payloads, decode.Payload2SK)
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
func childFailure(x *ikesa.Exchange, o *Outcome) Finding {
	f := Finding{Severity: SeverityProblem, Frames: frames(x.Messages[0].Frame, o.Frame)}
	what := fmt.Sprintf("%v %s", x.Type, messageIDs(x))
	if p := purpose(x); p != "" {
		what += " (" + p + ")"
	}
	switch o.Notify {
	case decode.Notify2NoProposalChosen.String():
		f.Code, f.Details = "phase2-no-proposal", offers2(x)
		f.Text = fmt.Sprintf("the %s accepts none of the proposals of %s: %s", o.From, what, o.Notify)
		f.Hint = "let encryption, integrity, extended sequence numbers and key exchange method (PFS) of one proposal agree on both sides"
	case decode.Notify2TSUnacceptable.String(), decode.Notify2SinglePairRequired.String():
		f.Code, f.Details = "ts-mismatch", offeredSelectors(x)
		f.Text = fmt.Sprintf("the %s has no policy for the traffic selectors of %s: %s", o.From, what, o.Notify)
		f.Hint = "what one side has as its local network the other must have as remote, or a part of it"
	case decode.Notify2InternalAddressFailure.String(), decode.Notify2FailedCPRequired.String():
		f.Code, f.Text = "phase2-failed", what+" "+o.Text
		f.Hint = "see whether the initiator asks for a virtual address, and whether the responder has one to give"
	default:
		f.Code, f.Text = "phase2-failed", what+" "+o.Text
	}
	return f
}

// offeredSelectors are the selectors of both sides that the request of x has.
func offeredSelectors(x *ikesa.Exchange) (lines []string) {
	for _, m := range x.Messages {
		i, r := selectors2(m)
		if i == nil || r == nil {
			continue
		}
		verb, starter := "offered", startedBy2(x)
		if isResponse(m) {
			verb = "answered"
		}
		lines = append(lines, fmt.Sprintf("%s by the %s in frame %d: %v on the side of the %s, %v on the side of the %s",
			verb, side(m.FromInitiator), m.Frame, i, side(starter), r, side(!starter)))
	}
	return lines
}

// create2 judges CREATE_CHILD_SA.
func (d *diagnosis) create2(s *story, x *ikesa.Exchange, o *Outcome) {
	switch {
	case o.Code == OutcomeNoAnswer:
		f := Finding{Code: "phase2-no-response", Severity: SeverityProblem, Frames: messageFrames(x.Messages[0]),
			Text: fmt.Sprintf("%v %s: %s", x.Type, messageIDs(x), o.Text), Hint: "the peer is gone, or has lost the IKE SA"}
		if m := x.Messages[0]; m.Sent() < 2 && d.session.Last.Sub(m.Time) < patience {
			f.Severity, f.Hint = SeverityWarning, "the capture ends here: the answer may have come later"
		}
		d.addSA(s.sa, f)
	case o.Code != OutcomeFailed:
	case o.Notify == decode.Notify2InvalidKE.String():
		d.retries2(s, x)
	case passing[o.Notify]:
		f := Finding{Code: "phase2-failed", Severity: SeverityNote, Frames: frames(x.Messages[0].Frame, o.Frame),
			Text: fmt.Sprintf("%v %s %s", x.Type, messageIDs(x), o.Text), Hint: "both sides rekeyed at the same time, or one had just deleted the SA: the initiator tries again"}
		if !s.laterAgreed(x) {
			f.Severity = SeverityWarning
		}
		d.addSA(s.sa, f)
	default:
		d.addSA(s.sa, childFailure(x, o))
	}
}

// patience is how long after its last message a capture may end before a missing answer is a fault.
const patience = 2 * time.Second

// passing are refusals that are over with the next try (RFC 7296, section 2.25).
var passing = map[string]bool{
	decode.Notify2TemporaryFailure.String(): true, decode.Notify2ChildSANotFound.String(): true,
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
		d.addSA(s.sa, Finding{Code: "dpd-no-answer", Severity: SeverityProblem, Frames: messageFrames(first),
			Text: fmt.Sprintf("%v %s: %s: the peer is gone or has lost the IKE SA", x.Type, messageIDs(x), o.Text)})
	}
	for _, m := range x.Messages {
		for _, n := range notifies2(m) {
			if n.IsError() {
				d.addSA(s.sa, errorNotify2(m, n))
			}
		}
		if !m.FromInitiator && !isResponse(m) && deletesIKE(m) && !s.rekeyedBefore(m) {
			d.addSA(s.sa, Finding{Code: "deleted-by-peer", Severity: SeverityNote, Frames: messageFrames(m),
				Text: fmt.Sprintf("the responder deleted %s", nameOf(s.sa))})
		}
	}
}

func errorNotify2(m *ikesa.Message, n *decode.Notify2) Finding {
	f := Finding{Code: "error-notify", Severity: SeverityWarning, Frames: messageFrames(m), Text: fmt.Sprintf("the %s sent %v", side(m.FromInitiator), n)}
	if n.Type == decode.Notify2AuthenticationFailed {
		f.Code, f.Severity = "auth-failed", SeverityProblem
		f.Text = fmt.Sprintf("the %s does not accept how the %s proves who it is: %v", side(m.FromInitiator), side(!m.FromInitiator), n)
		f.Hint = "see in its log why: identity, certificate and its issuer, or key"
	}
	return f
}

func deletesIKE(m *ikesa.Message) bool {
	for _, p := range m.Payloads {
		if del, ok := p.Body.(*decode.Delete2); ok && del.IKE() {
			return true
		}
	}
	return false
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

// offers2 lists the proposals of the first SA payload that x has.
func offers2(x *ikesa.Exchange) (lines []string) {
	for _, m := range x.Messages {
		sa := sa2Of(m)
		if sa == nil || isResponse(m) {
			continue
		}
		for _, p := range sa.Proposals {
			lines = append(lines, fmt.Sprintf("offered by the %s in frame %d, proposal %d: %s %s", side(m.FromInitiator), m.Frame, p.Number,
				p.Protocol.Name2(), p.Summary()))
		}
		return lines
	}
	return nil
}
