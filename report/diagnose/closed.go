package diagnose

import (
	"time"

	"github.com/ikedecode/ikedecode/decode"
	"github.com/ikedecode/ikedecode/decode/ikev2"
	"github.com/ikedecode/ikedecode/keys/ikesa"
	"github.com/ikedecode/ikedecode/report/negotiation"
)

// What messages of IKEv2 that are not decrypted tell by their lengths, and by what comes after them.

// closedAuth judges an IKE_AUTH that was not decrypted by its shape. A response of one notification is an error; with the proof of identity
// in it, but without a Child SA, it is longer.
func (d *diagnosis) closedAuth(s *negotiation.Story, x *ikesa.Exchange) {
	last := x.Messages[len(x.Messages)-1]
	if m := endedAtOnce(s.SA, last); m != nil && last.IsResponse() && !d.coarse() {
		n := contentLen(s.SA, last)
		f := Finding{Code: CodeAuthFailed, Severity: Problem, From: SideOf(m.FromInitiator), Frames: Frames(last.Frame, m.Frame)}
		switch {
		case rounds(x) == 1 && n > 0 && n <= errorLen:
			// AUTHENTICATION_FAILED would have left no IKE SA to send a request in (RFC 7296, section 2.21.2).
			f.Code, f.From, f.Frames = CodePhase2Refused, SideOf(last.FromInitiator), Frames(x.Messages[0].Frame, last.Frame, m.Frame)
			f.Facts = FailedExchange{Kind: AuthErrorAlone, Bytes: n}
			d.addSA(s.SA, f)
			return
		case m.Sent() > 1 && last.Sent() == 1: // few wait for a response to AUTHENTICATION_FAILED; a capture of two places has the other messages again, too
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
			Facts: AuthByShape{Shape: ShortAnswer, Bytes: n, Proposals: last.IsResponse() && sentVendorID(s.SA, last.FromInitiator, "OpenIKED")}}) // which says the same of ESP proposals
		return
	}
	if n := contentLen(s.SA, last); n > 0 && n < childLen(s.SA) {
		if rounds(x) > 1 && !d.outlasts(last) {
			return // EAP may go on behind the end of the capture
		}
		d.addSA(s.SA, Finding{Code: CodePhase2Refused, Severity: Problem, Grade: Likely, From: SideOf(last.FromInitiator), Frames: Frames(x.Messages[0].Frame, last.Frame),
			Facts: FailedExchange{Kind: AuthByLength, Bytes: n}})
	} else if f, ok := d.shorterAuth(s.SA); ok {
		d.addSA(s.SA, f)
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

// childPayloads is the least that what sets up a Child SA takes (RFC 7296, section 3): SA with one proposal of two transforms, two traffic selectors
// for IPv4.
const childPayloads = 4 + 12 + 2*8 + 2*(4+4+16)

// childLen is the least that the content of an IKE_AUTH answer with a Child SA has: IDr of 4 bytes, AUTH as long as the PRF's output, and those.
func childLen(sa *ikesa.SA) int {
	const generic, id, auth = 4, 8, 4
	return generic + id + generic + auth + sa.Policy.PRF.Size + childPayloads
}

// errorLen is the most that the padded content of a message with one error notification has: 8 bytes in two blocks.
const errorLen = 32

// exceedsError reports whether an encrypted message is too long for one error notification, whatever its algorithms are.
func exceedsError(sa *ikesa.SA, m *ikesa.Message) bool {
	const longestIV, longestICV = 16, 32
	p, ok := decode.Find(m.Message.Payloads, ikev2.PayloadSK)
	return contentLen(sa, m) > errorLen || ok && len(p.Data()) > longestIV+errorLen+longestICV
}

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

// closedCreate judges a CREATE_CHILD_SA that was not decrypted by the length of its answer.
func (d *diagnosis) closedCreate(s *negotiation.Story, x *ikesa.Exchange) {
	if !rejectedByLength(s.SA, x) {
		return
	}
	last := x.Messages[len(x.Messages)-1]
	n := createLen(s.SA, last)
	f := Finding{Code: CodePhase2Refused, Severity: Problem, From: SideOf(last.FromInitiator), Frames: Frames(x.Messages[0].Frame, last.Frame)}
	facts := FailedExchange{Kind: CreateByLength, Exchange: exchangeOf(x, negotiation.Purpose{}), Bytes: n}
	if retry := d.closedRetry(x); retry != nil && retriedFor(s, x, retry) != "" {
		f.Code = retriedFor(s, x, retry)
		f.Severity, facts.Kind, facts.Retry = Noteworthy, CreateRetried, retry.Frame
		f.Frames = Frames(append(f.Frames, retry.Frame)...)
	} else if y := replacing(s, x); y != nil { // TEMPORARY_FAILURE (RFC 7296, section 2.25)
		f.Code, f.Severity, facts.Kind, facts.Replaced = CodeRekeyFailed, Noteworthy, CreateCrossed, y.Messages[0].Frame
	} else if y := s.Crossed(x); y != nil && rejectedByLength(s.SA, y) { // likewise, each of the other's: an IKE SA and a Child SA
		f.Code, f.Severity, f.Grade, facts.Kind = CodeRekeyFailed, Warning, Likely, CreateBothRejected
		if d.carriesBoth(negotiation.HostsOf(s.SA), last.Time) {
			f.Severity = Noteworthy
		}
	}
	f.Facts = facts
	d.addSA(s.SA, f)
}

// carriesBoth reports whether two hosts both sent ESP or AH to each other after t.
func (d *diagnosis) carriesBoth(hosts negotiation.Hosts, t time.Time) bool {
	ways := d.waysBetween(hosts)
	return len(ways) == 2 && ways[0].Last.Time.After(t) && ways[1].Last.Time.After(t)
}

// rejectedByLength reports whether the response that ends IKE_AUTH or CREATE_CHILD_SA, not decrypted, has room for an error notification only.
func rejectedByLength(sa *ikesa.SA, x *ikesa.Exchange) bool {
	last := x.Messages[len(x.Messages)-1]
	if !last.IsResponse() || last.State != ikesa.Closed {
		return false
	}
	switch n := contentLen(sa, last); x.Type {
	case ikev2.ExchangeAuth:
		return n > 0 && n <= errorLen
	case ikev2.ExchangeCreateChild:
		n = createLen(sa, last)
		return n > 0 && n < childPayloads
	}
	return false
}

// createLen is an upper bound on the plaintext of a CREATE_CHILD_SA message; 0: it was truncated. Where the algorithms are not known, as in a capture that
// begins later, it is that of the shortest IV and ICV.
func createLen(sa *ikesa.SA, m *ikesa.Message) int {
	const shortestIV, shortestICV = 8, 8
	if n := contentLen(sa, m); n > 0 {
		return n
	}
	p, ok := decode.Find(m.Message.Payloads, ikev2.PayloadSK)
	if !ok || m.Cut {
		return 0
	}
	return max(len(p.Data())-shortestIV-shortestICV, 0)
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
	if last := y.Messages[len(y.Messages)-1]; last.Cut || s.Outcome(y).Code == negotiation.Closed && exceedsError(s.SA, last) {
		return y
	}
	return nil
}

// retriedFor is why x was rejected, by when and how the next request, which was not, came after it; "" where nobody can tell: it may be for other networks.
// Who is asked for another group tries again at once, with a KE payload of another length; who meets a rekeying of the peer, after a while (RFC 7296,
// sections 1.3 and 2.25).
func retriedFor(s *negotiation.Story, x *ikesa.Exchange, retry *ikesa.Message) Code {
	first, last := x.Messages[0], x.Messages[len(x.Messages)-1]
	switch {
	case retry.Time.Sub(last.Time) < retriesAtOnce && len(retry.Raw) != len(first.Raw):
		return CodeInvalidKE
	case s.Crossed(x) != nil:
		return CodeRekeyFailed
	}
	return ""
}

// retriesAtOnce is how soon a CREATE_CHILD_SA for another group follows the one that was rejected, at most.
const retriesAtOnce = time.Second
