package report

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/ikedecode/ikedecode/decode"
	"github.com/ikedecode/ikedecode/keys/ikesa"
)

// Rules about the negotiation.

func (d *diagnosis) phase1() {
	for _, s := range d.stories {
		for _, x := range s.sa.Exchanges {
			if isPhase1Exchange(x.Type) && len(x.Messages) > 0 && !s.sa.Established && s.sa.Version == 1 {
				d.phase1Failure(s, x, s.outcomes[x])
			}
		}
	}
}

func (d *diagnosis) phase1Failure(s *story, x *ikesa.Exchange, o *Outcome) {
	switch {
	case o.Code == OutcomeNoAnswer && oneSided(x):
		d.addSA(s.sa, noResponse(s.sa, x, o))
	case o.Code == OutcomeFailed && isProposalError(o.Notify):
		d.addSA(s.sa, Finding{Code: "phase1-no-proposal", Severity: SeverityProblem, Frames: frames(x.Messages[0].Frame, o.Frame),
			Text:    fmt.Sprintf("the %s accepts none of the phase 1 proposals: %s", o.From, o.Notify),
			Details: offers(x.Messages),
			Hint:    "let encryption, hash, group, authentication method and lifetime of one proposal agree on both sides"})
	case o.Code == OutcomeFailed && aboutKeys(o) && usesPSK(s.sa, x) && sentEncrypted(x):
		d.addSA(s.sa, pskMismatch(x, o))
	case o.Code == OutcomeFailed && aboutKeys(o):
		d.addSA(s.sa, Finding{Code: "auth-failed", Severity: SeverityProblem, Frames: []int{o.Frame}, Text: "phase 1 " + o.Text,
			Hint: "see why that side did not accept the other's authentication: certificate, its issuer and identity, or key"})
	case o.Code == OutcomeFailed:
		d.addSA(s.sa, Finding{Code: "phase1-failed", Severity: SeverityProblem, Frames: []int{o.Frame}, Text: "phase 1 " + o.Text})
	case o.Code == OutcomeNoAnswer && sentEncrypted(x) && usesPSK(s.sa, x):
		d.addSA(s.sa, pskMismatch(x, o))
	case o.Code == OutcomeNoAnswer:
		d.addSA(s.sa, Finding{Code: "phase1-stopped", Severity: SeverityProblem, Frames: []int{o.Frame}, Text: o.Text,
			Hint: "large messages with certificates are lost where IP fragments are; or the other side dropped the message without a word: see its log"})
	}
}

func noResponse(sa *ikesa.SA, x *ikesa.Exchange, o *Outcome) Finding {
	first := x.Messages[0]
	return Finding{Code: "no-response", Severity: SeverityProblem, Frames: messageFrames(first),
		Text: fmt.Sprintf("%v does not answer %v: %s", first.Dst, first.Src, o.Text),
		Hint: "look for a firewall that drops UDP 500 and 4500, a wrong peer address, or a daemon that is not running or has no connection for this peer"}
}

func pskMismatch(x *ikesa.Exchange, o *Outcome) Finding {
	m := lastEncrypted(x)
	f := Finding{Code: "psk-mismatch", Severity: SeverityProblem, Frames: frames(append(messageFrames(m), o.Frame)...),
		Text: fmt.Sprintf("the %s cannot read what the %s encrypted: most likely their pre-shared keys differ", side(!m.FromInitiator), side(m.FromInitiator)),
		Hint: "compare the pre-shared key on both sides, and which one is configured for this peer's address or identity"}
	if m.State == ikesa.Opened {
		f.Text += fmt.Sprintf("; the secret that was given is the %s's", side(m.FromInitiator))
	}
	return f
}

// isProposalError tells the errors that refuse an offer.
func isProposalError(notify string) bool {
	switch notify {
	case "NO-PROPOSAL-CHOSEN", "BAD-PROPOSAL-SYNTAX", "ATTRIBUTES-NOT-SUPPORTED", "INVALID-TRANSFORM-ID", "INVALID-PROTOCOL-ID":
		return true
	}
	return false
}

// aboutKeys tells refusals that a wrong key or authentication leads to; what the receiver of garbage says is among them.
func aboutKeys(o *Outcome) bool {
	switch o.Notify {
	case "", "PAYLOAD-MALFORMED", "INVALID-PAYLOAD-TYPE", "INVALID-HASH-INFORMATION", "AUTHENTICATION-FAILED",
		"INVALID-SIGNATURE", "UNEQUAL-PAYLOAD-LENGTHS", "INVALID-KEY-INFORMATION":
		return true
	}
	return false
}

// usesPSK reports whether phase 1 authenticates with a pre-shared key, as chosen or, before that, as all offers do.
func usesPSK(sa *ikesa.SA, x *ikesa.Exchange) bool {
	switch sa.Policy.Auth {
	case decode.AuthPSK, decode.AuthXAUTHInitPSK, decode.AuthXAUTHRespPSK:
		return true
	case 0:
	default:
		return false
	}
	for _, line := range offers(x.Messages) {
		if strings.Contains(line, "PSK") {
			return true
		}
	}
	return false
}

func lastEncrypted(x *ikesa.Exchange) *ikesa.Message {
	for i := len(x.Messages) - 1; i >= 0; i-- {
		if x.Messages[i].Flags&decode.FlagEncryption != 0 {
			return x.Messages[i]
		}
	}
	return x.Messages[len(x.Messages)-1]
}

// sentEncrypted reports whether x came as far as its first encrypted message, or, in Aggressive Mode, the HASH of the
// responder.
func sentEncrypted(x *ikesa.Exchange) bool {
	if x.Type == decode.ExchangeAggressive {
		return len(x.Messages) >= 2
	}
	return lastEncrypted(x).Flags&decode.FlagEncryption != 0
}

// offers lists the transforms that the first SA payload of some messages offers.
func offers(ms []*ikesa.Message) (lines []string) {
	for _, m := range ms {
		for _, p := range m.Payloads {
			sa, ok := p.Body.(*decode.SA1)
			if !ok {
				continue
			}
			for _, prop := range sa.Proposals {
				for _, t := range prop.Transforms {
					lines = append(lines, fmt.Sprintf("offered by the %s in frame %d, proposal %d transform %d: %v %s",
						side(m.FromInitiator), m.Frame, prop.Number, t.Number, prop.Protocol, transformSummary(t, prop.Protocol)))
				}
			}
			return lines
		}
	}
	return nil
}

// refusesWithin is how soon a side that does not accept the other's identity says so, where what it says stays closed.
const refusesWithin = 500 * time.Millisecond

// identity finds a side that ended the SA as soon as the other had authenticated itself: with a right HASH, all that
// is left to object to is the identity.
func (d *diagnosis) identity() {
	for _, s := range d.stories {
		sa := s.sa
		x := phase1Of(sa)
		if x == nil || !sa.Established || sa.Version != 1 {
			continue
		}
		last := x.Messages[len(x.Messages)-1]
		m := firstAfter(sa, x)
		if m == nil || typeOf(m) != decode.ExchangeInformational || m.FromInitiator == last.FromInitiator || !endsSA(m) {
			continue
		}
		if m.State == ikesa.Closed && m.Time.Sub(last.Time) > refusesWithin {
			continue // of an SA that took over the children of another one, most likely, and ended in time
		}
		id, code := sa.ResponderID, "identity-mismatch"
		if last.FromInitiator {
			id = sa.InitiatorID
		}
		text := fmt.Sprintf("the %s ended the IKE SA as soon as the %s had authenticated itself", side(m.FromInitiator), side(last.FromInitiator))
		if what := saidIn(m); what != "" {
			text += " (" + what + ")"
		}
		hint := "its log says why: most likely it expects another identity"
		if id != nil {
			text += fmt.Sprintf(": it does not accept the identity %v %v", id.Type, id)
			hint = fmt.Sprintf("configure %v as the %s's identity on the %s, or change what the %s sends", id, side(last.FromInitiator),
				side(m.FromInitiator), side(last.FromInitiator))
		}
		d.addSA(sa, Finding{Code: code, Severity: SeverityProblem, Frames: frames(last.Frame, m.Frame), Text: text, Hint: hint})
	}
}

func phase1Of(sa *ikesa.SA) *ikesa.Exchange {
	for _, x := range sa.Exchanges {
		if isPhase1Exchange(x.Type) && len(x.Messages) > 0 {
			return x
		}
	}
	return nil
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

// endsSA reports whether an Informational ends the IKE SA: by deleting it or by an error; a closed one if nothing but
// more of them follows.
func endsSA(m *ikesa.Message) bool {
	for _, p := range m.Payloads {
		switch b := p.Body.(type) {
		case *decode.Delete1:
			return b.Protocol == decode.ProtocolISAKMP
		case *decode.Notify1:
			return b.Type.IsError()
		}
	}
	return m.State == ikesa.Closed
}

// saidIn lists the notifications and deletes of m.
func saidIn(m *ikesa.Message) string {
	var parts []string
	for _, p := range m.Payloads {
		switch b := p.Body.(type) {
		case *decode.Delete1:
			parts = append(parts, "delete "+b.Protocol.String())
		case *decode.Notify1:
			parts = append(parts, b.String())
		}
	}
	return join(parts, ", ")
}

func (d *diagnosis) xauth() {
	for _, s := range d.stories {
		for _, x := range s.sa.Exchanges {
			if o := s.outcomes[x]; x.Type == decode.ExchangeTransaction && o.Code == OutcomeFailed {
				d.addSA(s.sa, Finding{Code: "xauth-failed", Severity: SeverityProblem, Frames: []int{o.Frame}, Text: o.Text,
					Hint: "check the user name and password"})
			}
		}
	}
}

func (d *diagnosis) phase2() {
	for _, s := range d.stories {
		for _, x := range s.sa.Exchanges {
			if x.Type != decode.ExchangeQuick || len(x.Messages) == 0 {
				continue
			}
			if f, ok := phase2Failure(x, s.outcomes[x]); ok {
				d.addSA(s.sa, f)
			}
		}
	}
}

func phase2Failure(x *ikesa.Exchange, o *Outcome) (Finding, bool) {
	first := x.Messages[0]
	f := Finding{Severity: SeverityProblem, Frames: frames(first.Frame, o.Frame)}
	what := fmt.Sprintf("Quick Mode 0x%08x", x.MessageID)
	switch {
	case o.Code == OutcomeFailed && isProposalError(o.Notify):
		f.Code, f.Details = "phase2-no-proposal", offers(x.Messages)
		f.Text = fmt.Sprintf("the %s accepts none of the proposals of %s: %s", o.From, what, o.Notify)
		f.Hint = "let encryption, integrity, mode, PFS group and lifetime of one proposal agree on both sides"
	case o.Code == OutcomeFailed && o.Notify == "INVALID-ID-INFORMATION":
		f.Code, f.Text = "ts-mismatch", fmt.Sprintf("the %s has no policy for the traffic selectors of %s: %s", o.From, what, o.Notify)
		if c := x.Child; c != nil && c.IDci != nil && c.IDcr != nil {
			f.Details = []string{fmt.Sprintf("proposed: %v on the side that started it, %v on the other", c.IDci, c.IDcr)}
		}
		f.Hint = "the networks on both sides must mirror each other exactly: local on one is remote on the other"
	case o.Code == OutcomeFailed && o.Notify == "":
		f.Code, f.Text = "phase2-refused", what+" "+o.Text
		f.Hint = "with a key for the IKE SA the reason can be read"
	case o.Code == OutcomeFailed:
		f.Code, f.Text = "phase2-failed", what+" "+o.Text
	case o.Code == OutcomeNoAnswer:
		f.Code, f.Text, f.Frames = "phase2-no-response", what+": "+o.Text, messageFrames(first)
		f.Hint = "the other side drops the message without a word: see its log"
	default:
		return f, false
	}
	return f, true
}

// otherErrors are error notifications that end no exchange that was seen.
func (d *diagnosis) otherErrors() {
	for _, s := range d.stories {
		used := make(map[*ikesa.Message]bool)
		for _, o := range s.outcomes {
			if o.refusal != nil {
				used[o.refusal.message] = true
			}
		}
		for _, r := range s.refusals {
			if used[r.message] || d.mentioned(r.message.Frame) {
				continue
			}
			d.addSA(s.sa, Finding{Code: "error-notify", Severity: SeverityWarning, Frames: messageFrames(r.message),
				Text: fmt.Sprintf("the %s sent %v", side(r.message.FromInitiator), r.notify)})
		}
	}
}

func (d *diagnosis) mentioned(frame int) bool {
	for _, f := range d.findings {
		for _, n := range f.Frames {
			if n == frame {
				return true
			}
		}
	}
	return false
}

// deadPeer finds R-U-THEREs without an acknowledgement (RFC 3706).
func (d *diagnosis) deadPeer() {
	for _, s := range d.stories {
		acked := make(map[uint32]bool)
		var asked []*ikesa.Message
		for _, m := range s.sa.Messages {
			for _, p := range m.Payloads {
				n, ok := p.Body.(*decode.Notify1)
				if !ok {
					continue
				}
				if seq, ok := n.DPDSequence(); ok && n.Type == decode.NotifyRUThereAck {
					acked[seq] = true
				} else if ok {
					asked = append(asked, m)
				}
			}
		}
		unanswered := unansweredDPD(asked, acked)
		if len(unanswered) >= 2 {
			d.addSA(s.sa, Finding{Code: "dpd-no-answer", Severity: SeverityProblem, Frames: unanswered,
				Text: fmt.Sprintf("%s without an answer: the peer is gone or has lost the IKE SA", count(len(unanswered), "R-U-THERE"))})
		}
	}
}

func unansweredDPD(asked []*ikesa.Message, acked map[uint32]bool) (list []int) {
	for _, m := range asked {
		for _, p := range m.Payloads {
			if n, ok := p.Body.(*decode.Notify1); ok {
				if seq, ok := n.DPDSequence(); ok && !acked[seq] {
					list = append(list, m.Frame)
				}
			}
		}
	}
	return list
}

// frames lists frames once each, without zeros, in order.
func frames(list ...int) []int {
	list = slices.Sorted(slices.Values(list))
	return slices.DeleteFunc(slices.Compact(list), func(n int) bool { return n == 0 })
}

// messageFrames are the frames of a message and of its repeats.
func messageFrames(m *ikesa.Message) []int {
	list := []int{m.Frame}
	for _, r := range m.Repeats {
		list = append(list, r.Frame)
	}
	return list
}
