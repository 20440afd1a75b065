package report

import (
	"fmt"
	"slices"
	"time"

	"github.com/ikedecode/ikedecode/decode"
	"github.com/ikedecode/ikedecode/decode/ike"
	"github.com/ikedecode/ikedecode/decode/ikev1"
	"github.com/ikedecode/ikedecode/keys/ikesa"
	"github.com/ikedecode/ikedecode/report/diagnose"
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
	if o.Code != OutcomeNoAnswer && o.Code != OutcomeFailed {
		return
	}
	if !isProposalError(o.Notify) && !keysDiffer(x, o) {
		if f, ok := d.phase1Mode(x, o); ok {
			d.addSA(s.sa, f)
			return
		}
	}
	d.addSA(s.sa, d.phase1Finding(s, x, o))
}

func (d *diagnosis) phase1Finding(s *story, x *ikesa.Exchange, o *Outcome) Finding {
	failed := o.Code == OutcomeFailed
	switch {
	case !failed && oneSided(x):
		return noResponse(s.sa, x, o)
	case failed && isProposalError(o.Notify):
		return d.compareOffer(s, x, o, Finding{Code: "phase1-no-proposal", Severity: SeverityProblem, Frames: frames(x.Messages[0].Frame, o.Frame),
			Text: fmt.Sprintf("the %s accepts none of the phase 1 proposals: %s", o.From, o.Notify),
			Hint: "let encryption, hash, group, authentication method and lifetime of one proposal agree on both sides"})
	case failed && aboutKeys(o) && keysAgree(x, o):
		return d.refusedProof1(s, x, o)
	case failed && aboutKeys(o) && usesPSK(s.sa, x) && sentEncrypted(x):
		return pskMismatch(s, x, o)
	case failed && aboutKeys(o) && x.Type == ikev1.ExchangeAggressive && len(x.Messages) == 1:
		return d.noConnection(s, x, o)
	case failed && aboutKeys(o):
		return d.refusedProof1(s, x, o)
	case failed:
		return Finding{Code: "phase1-failed", Severity: SeverityProblem, Frames: frames(o.Frame), Text: "phase 1 " + o.Text}
	case sentEncrypted(x) && usesPSK(s.sa, x) && !movedPorts(x):
		return pskMismatch(s, x, o)
	}
	f := Finding{Code: "phase1-stopped", Severity: SeverityProblem, Frames: messageFrames(x.Messages[len(x.Messages)-1]), Text: o.Text,
		Hint: "large messages with certificates are lost where IP fragments are; or the other side dropped the message without a word: see its log"}
	if movedPorts(x) {
		f.Text += "; nothing came back since the ports changed to 4500"
		f.Hint = "look for a firewall that drops UDP 4500"
		if usesPSK(s.sa, x) {
			f.Hint += "; or the pre-shared keys differ"
		}
	}
	return f
}

// keysAgree reports whether both sides have the same keys though one refuses the other: what each of them encrypted opens.
func keysAgree(x *ikesa.Exchange, o *Outcome) bool {
	m := lastEncrypted(x)
	return m.Hash.OK && o.refusal != nil && o.refusal.notify != nil && o.refusal.message.State == ikesa.Opened && o.refusal.message.Hash.OK
}

// keysDiffer reports whether it is seen that the sides do not have the same keys: what one of them encrypted opens, and the other one
// did not read it.
func keysDiffer(x *ikesa.Exchange, o *Outcome) bool {
	m := lastEncrypted(x)
	return m.Flags&ikev1.FlagEncryption != 0 && m.State == ikesa.Opened && !keysAgree(x, o)
}

// refusedProof1 is for a phase 1 that ended with the proof of one side.
func (d *diagnosis) refusedProof1(s *story, x *ikesa.Exchange, o *Outcome) Finding {
	prover := o.From != side(true)
	r := &refusedProof{s: s, x: x, prover: prover, frames: []int{x.Messages[len(x.Messages)-1].Frame, o.Frame}, said: o.Notify}
	f := r.finding(d)
	if keysAgree(x, o) && f.Code == "auth-failed" && usesPSK(s.sa, x) {
		return d.onlyIdentity(s, f, prover)
	}
	return f
}

// onlyIdentity is for a side that is refused although its pre-shared key is right: all that is left to object to is who it is.
func (d *diagnosis) onlyIdentity(s *story, f Finding, prover bool) Finding {
	f.Code = "identity-mismatch"
	said := saidID(s.sa, prover)
	f.Text += fmt.Sprintf("; the pre-shared keys agree, so that it does not take the identity %s", said)
	f.Hint = fmt.Sprintf("configure %s as the %s's identity on the %s, or change what the %s sends", said, side(prover), side(!prover), side(prover))
	if len(f.Values) == 0 {
		f.Values = []Compared{d.identityUnknown(said, prover)}
	}
	return f
}

// identityUnknown compares an identity with the one that is wanted, which the capture does not show; the log may.
func (d *diagnosis) identityUnknown(said string, prover bool) Compared {
	r := Compared{Name: "identity of the " + side(prover), Initiator: "another one (not in the capture)", Responder: said, Differs: true}
	if wanted, at := d.wantedByLog(said); wanted != "" {
		r.Initiator = fmt.Sprintf("%s (%s)", wanted, at)
	}
	if prover {
		r.Initiator, r.Responder = r.Responder, r.Initiator
	}
	return r
}

// noConnection is for a first message of Aggressive Mode that is refused: nothing but the identity is in it yet.
func (d *diagnosis) noConnection(s *story, x *ikesa.Exchange, o *Outcome) Finding {
	f := Finding{Code: "auth-failed", Severity: SeverityProblem, Frames: frames(x.Messages[0].Frame, o.Frame),
		Text: fmt.Sprintf("the %s has no connection for the first message of Aggressive Mode: %s", o.From, o.Notify),
		Hint: "see whether it allows Aggressive Mode, and for which identities and addresses it has a connection"}
	if id := saidID(s.sa, true); id != "" {
		f.Values = []Compared{d.identityUnknown(id, true)}
		f.Text += fmt.Sprintf("; the initiator says that it is %s", id)
	}
	return f
}

func noResponse(sa *ikesa.SA, x *ikesa.Exchange, o *Outcome) Finding {
	first := x.Messages[0]
	f := Finding{Code: "no-response", Severity: SeverityProblem, Frames: messageFrames(first),
		Text: fmt.Sprintf("%v does not answer %v: %s", first.Dst, first.Src, o.Text),
		Hint: "look for a firewall that drops UDP 500 and 4500, a wrong peer address, or a daemon that is not running or has no connection for this peer"}
	if x.Type == ikev1.ExchangeAggressive {
		f.Hint += "; a peer that is set to Main Mode may drop Aggressive Mode without a word"
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

// offers lists the transforms that the first SA payload of some messages offers.
func offers(ms []*ikesa.Message) (lines []string) {
	for _, m := range ms {
		for _, p := range m.Payloads {
			sa, ok := p.Body.(*ikev1.SA)
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

// refusesWithin is how soon a side that does not accept the other's identity says so.
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
		if m == nil || typeOf(m) != ikev1.ExchangeInformational || m.FromInitiator == last.FromInitiator || !endsSA(m) {
			continue
		}
		if m.Time.Sub(last.Time) > refusesWithin || d.tookOver(sa, last.Time, m.Time) {
			continue // of an SA that took over the children of another one, most likely, and ended in time
		}
		prover := last.FromInitiator
		r := &refusedProof{s: s, x: x, prover: prover, frames: []int{last.Frame, m.Frame}, said: saidIn(m)}
		f := r.finding(d)
		f.Text = fmt.Sprintf("the %s ended the IKE SA as soon as the %s had authenticated itself", side(!prover), side(prover))
		if r.said != "" {
			f.Text += " (" + r.said + ")"
		}
		switch said := saidID(sa, prover); {
		case f.Code == "certificate-problem":
			f = r.finding(d)
		case f.Code == "identity-mismatch":
			f.Text += ": it wants another identity"
		case !usesPSK(sa, x):
			f.Hint = "its log says why: identity, certificate and its issuer, or key"
		case said == "":
			f.Code, f.Hint = "identity-mismatch", "its log says why: most likely it expects another identity; with a key for the IKE SA the identity can be read"
		default:
			f.Code, f.Text = "identity-mismatch", f.Text+": it does not accept the identity "+said
			f.Hint = fmt.Sprintf("configure %s as the %s's identity on the %s, or change what the %s sends", said, side(prover), side(!prover), side(prover))
			f.Values = []Compared{d.identityUnknown(said, prover)}
		}
		d.addSA(sa, f)
	}
}

// tookOver reports whether sa, which came up at a time, took the place of another IKE SA of the same hosts before end: in a
// reauthentication it has no Quick Mode of its own.
func (d *diagnosis) tookOver(sa *ikesa.SA, up, end time.Time) bool {
	for _, s := range d.byHosts()[hostsOf(sa)] {
		if s.sa == sa || !s.sa.Established || !slices.ContainsFunc(s.sa.Children, func(c *ikesa.Child) bool { return c.Complete }) {
			continue
		}
		if m := ikeDelete(s.sa); m != nil && !m.Time.Before(up) && !m.Time.After(end) {
			return true
		}
	}
	return false
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
		case *ikev1.Delete:
			return b.Protocol == decode.ProtocolISAKMP
		case *ikev1.Notify:
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
		case *ikev1.Delete:
			parts = append(parts, "delete "+b.Protocol.String())
		case *ikev1.Notify:
			parts = append(parts, b.String())
		}
	}
	return join(parts, ", ")
}

func (d *diagnosis) phase2() {
	for _, s := range d.stories {
		for _, x := range s.sa.Exchanges {
			if x.Type != ikev1.ExchangeQuick || len(x.Messages) == 0 {
				continue
			}
			if f, ok := d.phase2Failure(s, x, s.outcomes[x]); ok {
				d.addSA(s.sa, f)
			}
		}
	}
}

func (d *diagnosis) phase2Failure(s *story, x *ikesa.Exchange, o *Outcome) (Finding, bool) {
	if o.Code != OutcomeFailed && o.Code != OutcomeNoAnswer {
		return Finding{}, false
	}
	first := x.Messages[0]
	f := Finding{Severity: SeverityProblem, Frames: frames(first.Frame, o.Frame)}
	what := fmt.Sprintf("Quick Mode 0x%08x", x.MessageID)
	rekey := s.earlierChild(x) != nil
	if rekey {
		what += " (a rekeying)"
	}
	switch {
	case o.Code == OutcomeFailed && isProposalError(o.Notify):
		f.Code = "phase2-no-proposal"
		f.Text = fmt.Sprintf("the %s accepts none of the proposals of %s: %s", o.From, what, o.Notify)
		f.Hint = "let encryption, integrity, mode, PFS group and lifetime of one proposal agree on both sides"
		f = d.compareOffer(s, x, o, f)
	case o.Code == OutcomeFailed && o.Notify == "INVALID-ID-INFORMATION":
		f.Code, f.Text = "ts-mismatch", fmt.Sprintf("the %s has no policy for the traffic selectors of %s: %s", o.From, what, o.Notify)
		f.Hint = "the networks on both sides must mirror each other exactly: local on one is remote on the other"
		f = d.selectorsOrMode(s, x, o, f)
	case o.Code == OutcomeFailed && o.Notify == "":
		f.Code, f.Text = "phase2-refused", what+" "+o.Text
		f.Hint = "proposals or networks do not fit, most likely; with a key for the IKE SA the reason can be read"
		f = d.groupByLength(s, x, f)
	case o.Code == OutcomeFailed:
		f.Code, f.Text = "phase2-failed", what+" "+o.Text
	default:
		f.Code, f.Text, f.Frames = "phase2-no-response", what+": "+o.Text, messageFrames(x.Messages[len(x.Messages)-1])
		f.Hint = "the other side drops the message without a word: see its log"
	}
	if rekey && (f.Code == "phase2-failed" || f.Code == "phase2-no-response" || f.Code == "phase2-refused") {
		f.Code = "rekey-failed"
		f.Hint += "; traffic stops when the old SAs end"
	}
	return f, true
}

// selectorsOrMode is for selectors that were refused. Where those of both sides fit, strongSwan may have refused the mode with
// the same error.
func (d *diagnosis) selectorsOrMode(s *story, x *ikesa.Exchange, o *Outcome, f Finding) Finding {
	g, equal := d.compareSelectors(s, x, o, f)
	if !equal {
		return g
	}
	h := d.compareOffer(s, x, o, f)
	if h.Code == "mode-mismatch" {
		h.Text = fmt.Sprintf("the %s refuses Quick Mode 0x%08x: %s; the networks of both sides fit, but the mode differs", o.From, x.MessageID, o.Notify)
		return h
	}
	g.Text += "; yet its own networks are the same"
	return g
}

// groupByLength tells, where all is closed, that one side uses PFS and the other not by the lengths of the first messages with
// which each of them starts a Quick Mode: a KE payload makes the difference.
func (d *diagnosis) groupByLength(s *story, x *ikesa.Exchange, f Finding) Finding {
	const most = 64 // exchanges of each SA that are looked at
	first := x.Messages[0]
	for _, o := range d.byHosts()[hostsOf(s.sa)] {
		for _, y := range o.sa.Exchanges[:min(len(o.sa.Exchanges), most)] {
			if y.Type != ikev1.ExchangeQuick || len(y.Messages) == 0 || cutIn(x) || cutIn(y) || y.Messages[0].State != ikesa.Closed || y.Messages[0].Src.Addr() != first.Dst.Addr() {
				continue
			}
			other := y.Messages[0]
			group := groupOfLength(len(first.Raw) - len(other.Raw))
			if group == 0 {
				group = groupOfLength(len(other.Raw) - len(first.Raw))
			}
			if group == 0 {
				continue
			}
			row := Compared{Name: traitPFS, Initiator: "none", Responder: "none", Differs: true}
			if (len(first.Raw) > len(other.Raw)) == first.FromInitiator {
				row.Initiator = group.String()
			} else {
				row.Responder = group.String()
			}
			f.Code, f.Values = "pfs-mismatch", []Compared{row}
			f.Frames = frames(append(f.Frames, other.Frame)...)
			f.Text += fmt.Sprintf("; most likely one side wants PFS and the other does not: frame %d has %d bytes, frame %d %d", first.Frame, len(first.Raw), other.Frame, len(other.Raw))
			f.Hint = "let both sides use PFS with the same group, or neither; with a key for the IKE SA the reason can be read"
			return f
		}
	}
	return f
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
		used := make(map[*ikesa.Message]bool)
		for _, o := range s.outcomes {
			if o.refusal != nil {
				used[o.refusal.message] = true
			}
		}
		for _, r := range s.refusals {
			if used[r.message] {
				continue
			}
			d.addSA(s.sa, Finding{Code: "error-notify", Severity: SeverityWarning, Frames: messageFrames(r.message),
				Text: fmt.Sprintf("the %s sent %v", side(r.message.FromInitiator), r.notify)})
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
