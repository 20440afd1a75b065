package diagnose

import (
	"cmp"
	"slices"

	"github.com/ikedecode/ikedecode/decode"
	"github.com/ikedecode/ikedecode/decode/ike"
	"github.com/ikedecode/ikedecode/decode/ikev1"
	"github.com/ikedecode/ikedecode/decode/ikev2"
	"github.com/ikedecode/ikedecode/keys/ikesa"
	"github.com/ikedecode/ikedecode/keys/logs"
	"github.com/ikedecode/ikedecode/report/negotiation"
)

// What the logs that were given say of a failure: the reason of the side that rejected something decides the code. What a rule would say
// without the log is dropped.

// failures are the codes of what a log may give a reason for.
var failures = map[Code]bool{
	CodeNoResponse: true, CodePhase1NoProposal: true, CodeNoConnection: true, CodeInvalidKE: true, CodePhase1Failed: true, CodePhase1Stopped: true,
	CodeStoppedAfterInit: true, CodeModeMismatch: true, CodePSKMismatch: true, CodePSKMissing: true, CodeIdentityMismatch: true, CodeAuthMethodMismatch: true,
	CodeCertificateProblem: true, CodeAuthFailed: true, CodeXAUTHFailed: true, CodeEAPFailed: true, CodeNoAddress: true, CodePhase2NoProposal: true,
	CodePFSMismatch: true, CodeTSMismatch: true, CodeKernelRefused: true, CodePhase2Refused: true, CodePhase2Failed: true, CodePhase2NoResponse: true,
	CodeRekeyFailed: true, CodeErrorNotify: true,
}

// byLog is a finding with what the logs say of it; false: they show that it is none.
func (d *diagnosis) byLog(sa *ikesa.SA, f Finding) (Finding, bool) {
	if f.Severity == Noteworthy || !failures[f.Code] {
		return f, true
	}
	told := d.toldOf(sa, f.Frames)
	for _, l := range d.lines(sa, &f, told) {
		if !slices.ContainsFunc(f.Logs, func(o LogLine) bool { return o.At == l.At }) {
			f.Logs = append(f.Logs, l)
		}
	}
	if e := decidingFor(&f, told); e != nil {
		if code := d.codeBy(sa, &f, e); code != "" {
			return d.decided(sa, f, e, code), true
		}
	}
	if isSilence(&f) {
		return d.answeredByLog(sa, f, told)
	}
	if !unsure(&f) {
		return f, true
	}
	// A responder has its Child SA as soon as it sends the last response, which the initiator may yet reject.
	if slices.ContainsFunc(told, func(e *entry) bool {
		return e.Kind == logs.ChildUp && (f.From != Initiator || e.side != Responder) && !d.ofEarlier(e, &f, told)
	}) {
		return f, false
	}
	if g, ok := d.undoneByLog(sa, f, told); ok {
		return g, true
	}
	if i := slices.IndexFunc(told, func(e *entry) bool { return e.Kind == logs.PeerError }); i >= 0 && !saysError(&f) {
		return d.peerSaid(sa, f, told[i]), true
	}
	return f, true
}

// ofEarlier reports whether a Child SA that a log tells of is an earlier one than what a finding is about: the log does not say in which exchange it came up, and
// says so before the first frame, or before an error.
func (d *diagnosis) ofEarlier(up *entry, f *Finding, told []*entry) bool {
	if up.x != nil || len(f.Frames) == 0 {
		return false
	}
	if m := d.Message(f.Frames[0]); m != nil {
		after, ok := up.Time.Since(m.Time)
		if offset, known := d.book.offsets[up.File]; known {
			after -= offset
		} else {
			after = logs.LessZone(after)
		}
		if ok && after < -saidAfter {
			return true
		}
	}
	return slices.ContainsFunc(told, func(e *entry) bool {
		return (e.Kind == logs.PeerError || e.Kind == logs.Refused) && e.File == up.File && e.Run == up.Run && e.Line > up.Line
	})
}

// answeredByLog is for a message that nothing came after in the capture: the log of the side that sent it may have the response, or what came of it.
func (d *diagnosis) answeredByLog(sa *ikesa.SA, f Finding, told []*entry) (Finding, bool) {
	if x, ok := f.Facts.(InitAlone); ok && x.Sent { // the log of the initiator goes on where the capture ends
		if i := slices.IndexFunc(told, func(e *entry) bool { return e.Kind == logs.PeerError && e.side == Initiator && e.grade == Log }); i >= 0 {
			return d.peerSaid(sa, f, told[i]), true
		}
		return f, true
	}
	asked := unanswered(sa, &f)
	if asked == nil {
		return f, true
	}
	for _, e := range told {
		switch {
		case e.side != SideOf(asked.FromInitiator) || e.x == nil || e.grade != Log:
		case e.Kind == logs.ChildUp:
			return f, false
		case e.Kind == logs.PeerError:
			return d.peerSaid(sa, f, e), true
		}
	}
	return f, true
}

// undoneByLog is for an IKE_AUTH response after which the initiator ended something, as the log of the responder tells: its Child SA.
func (d *diagnosis) undoneByLog(sa *ikesa.SA, f Finding, told []*entry) (g Finding, ok bool) {
	if x, is := f.Facts.(AuthByShape); !is || x.Shape != EndedAtOnce {
		return f, false
	}
	up := slices.IndexFunc(told, func(e *entry) bool { return e.Kind == logs.ChildUp && e.side == f.From.Other() })
	gone := slices.IndexFunc(told, func(e *entry) bool { return e.Kind == logs.Deleted && len(e.Children) > 0 && e.side == f.From.Other() })
	answer, request := d.Message(f.Frames[0]), d.Message(f.Frames[len(f.Frames)-1])
	if up < 0 || gone < up || answer == nil || request == nil {
		return f, false
	}
	e := told[gone]
	return Finding{Code: CodeChildUndone, Severity: Problem, Grade: e.grade, Subject: f.Subject, From: f.From, Frames: f.Frames, Decided: e.Where(),
		Logs: []LogLine{{At: e.Where(), Text: e.Text}}, Facts: ChildDeleted{Frame: answer.Frame, Age: request.Time.Sub(answer.Time)}}, true
}

// saysError reports whether a finding has the error in the message of the capture, which a log can only say again.
func saysError(f *Finding) bool {
	r, ok := f.Facts.(RefusedProof)
	return ok && (len(r.Said.Payloads) > 0 || r.Said.Outcome != nil && !r.Said.Outcome.Notify.IsZero())
}

// unsure reports whether a finding guesses at what happened, by the shape of messages that are not decrypted.
func unsure(f *Finding) bool {
	switch facts := f.Facts.(type) {
	case AuthByShape:
		return true
	case KeyUnread:
		return f.Grade != Keys
	case FailedExchange:
		switch facts.Kind {
		case RefusedUnread, CreateByLength, AuthByLength, AuthShorter, AuthErrorAlone, DeletedAtOnce:
			return true
		}
	}
	return f.Grade == Likely
}

// toldOf is what logs tell of the exchanges of an IKE SA that have one of the frames, and of none that is known or that the capture lacks.
func (d *diagnosis) toldOf(sa *ikesa.SA, frames []int) (list []*entry) {
	all := d.logbook().events[sa]
	if len(all) == 0 {
		return nil
	}
	var in []*ikesa.Exchange
	if s := d.story(sa); s != nil {
		for _, x := range s.Exchanges() {
			if slices.ContainsFunc(x.Messages, func(m *ikesa.Message) bool { return slices.Contains(frames, m.Frame) }) {
				in = append(in, x)
			}
		}
	}
	for _, e := range all {
		if e.x == nil && !e.elsewhere || slices.Contains(in, e.x) {
			list = append(list, e)
		}
	}
	return list
}

// decidingFor is the refusal that decides a finding: one of the side that rejected, or was silent, as the capture shows, before one of the
// other about the same exchange.
func decidingFor(f *Finding, told []*entry) *entry {
	refuser := f.From
	if _, unread := f.Facts.(KeyUnread); unread || f.Code.Info().Silence { // it is about the side that got no response, or whose message was not read
		refuser = refuser.Other()
	}
	if e := deciding(slices.DeleteFunc(slices.Clone(told), func(e *entry) bool { return e.side != refuser && e.side != NoSide })); e != nil {
		if e.side == NoSide {
			told := *e
			told.side = refuser
			return &told
		}
		return e
	}
	if isSilence(f) && f.From == NoSide { // of either side, on messages that came later
		return deciding(told)
	}
	return deciding(slices.DeleteFunc(slices.Clone(told), func(e *entry) bool { return e.x == nil }))
}

// deciding is the refusal that says most of why: of two that say as much the last one, as a daemon tries one connection after another.
// nil where there is none.
func deciding(list []*entry) (best *entry) {
	for _, e := range list {
		if e.Kind != logs.Refused || e.Reason == logs.NoAddress && slices.ContainsFunc(list, func(o *entry) bool { return o.Kind == logs.Assigned && o.File == e.File && o.x == e.x }) {
			continue // the peer asked for addresses of IPv4 and IPv6, and got one
		}
		if best == nil || cmp.Or(cmp.Compare(e.grade, best.grade), cmp.Compare(weight(e.Event), weight(best.Event))) >= 0 {
			best = e
		}
	}
	return best
}

// weight says how much a refusal tells: most that of a cause, less what it led to.
func weight(e *logs.Event) int {
	switch e.Reason {
	case logs.PSKLikely, logs.Unreadable, logs.InvalidHash, logs.InvalidFormat, logs.TooBusy, logs.Replaced, logs.NotSent:
		return 0
	case logs.NoPeer, logs.NoTrustedKey, logs.InvalidSignature, logs.Constraint:
		return 1
	case logs.UserRefused:
		if e.User == "" {
			return 0
		}
		return 1
	case logs.InvalidCertificate:
		if e.ValidTo.IsZero() {
			return 1
		}
	case logs.AuthMethod:
		if e.Used.IsZero() && e.Required.IsZero() {
			return 0 // what is said after all constraints
		}
	case logs.KernelRefused:
		if e.Errno == "" {
			return 1
		}
	case logs.CertificateRefused: // the peer knows why
		return 2
	}
	return 3
}

// childCodes are the codes of what is about a Child SA or a Quick Mode, or may be.
var childCodes = map[Code]bool{CodePhase2NoProposal: true, CodePFSMismatch: true, CodeTSMismatch: true, CodeModeMismatch: true, CodePhase2Refused: true,
	CodePhase2Failed: true, CodePhase2NoResponse: true, CodeRekeyFailed: true}

// finer are the codes of what the comparison of proposals and selectors finds, where a daemon only says that they differ.
var finer = map[Code]bool{CodeModeMismatch: true, CodePFSMismatch: true, CodeInvalidKE: true, CodeAuthMethodMismatch: true}

// codeBy is the code of what an event of an IKE SA rejected, as a finding tells of it; nil where none does. "" where the event decides
// nothing: keys that were verified are stronger, and what was compared is finer than what a daemon says of it.
func (d *diagnosis) codeBy(sa *ikesa.SA, f *Finding, e *entry) Code {
	ofChild := e.x != nil && setsUpChild(uint8(e.x.Type))
	switch {
	case sa.Established && e.Reason == logs.NoProposal && (e.x == nil || e.x.Type == ikev1.ExchangeInformational || e.x.Type == ikev2.ExchangeInformational):
		ofChild = true // what is rejected is not in the capture
	case f != nil && e.x == nil:
		ofChild = childCodes[f.Code] || setsUpChild(e.Message.Exchange)
	}
	if f != nil && e.Reason == logs.NoProposal && e.side == Responder && chose(sa) {
		ofChild = true
	}
	code := d.codeOf(sa, e, ofChild)
	switch {
	case f == nil || f.Code == code:
		return code
	case f.Code == CodeAuthMethodMismatch && e.Reason.OfCertificate(): // what it says is for want of a certificate, which the peer does not use
		return ""
	case f.Grade == Keys && !isSilence(f), answeredElse(f), (e.Reason == logs.NoProposal || e.Reason == logs.NoTraffic) && finer[f.Code]:
		return ""
	}
	return code
}

// chose reports whether the capture has the IKE proposal that the responder of an IKE SA accepted.
func chose(sa *ikesa.SA) bool {
	return slices.ContainsFunc(sa.Messages, func(m *ikesa.Message) bool {
		t := negotiation.TypeOf(m)
		return !m.FromInitiator && m.Offer() != nil && (t == ikev2.ExchangeSAInit || negotiation.IsPhase1(t))
	})
}

// setsUpChild reports whether proposals in an exchange of a type, once keys are made, are for ESP or AH.
func setsUpChild(t uint8) bool {
	return t == uint8(ikev1.ExchangeQuick) || t == uint8(ikev2.ExchangeAuth) || t == uint8(ikev2.ExchangeCreateChild)
}

// answeredElse reports whether a finding is about an answer that was decrypted and has what was not asked for: no log unsays that.
func answeredElse(f *Finding) bool {
	x, ok := f.Facts.(RefusedSelectors)
	return ok && (x.Outside || x.Narrowed)
}

// keysAgreed reports whether the log that tells of an event has that the IKE SA came up before: the peer had shown that it has the same pre-shared key.
func (d *diagnosis) keysAgreed(sa *ikesa.SA, e *entry) bool {
	return slices.ContainsFunc(d.logbook().events[sa], func(o *entry) bool {
		return (o.Kind == logs.Up || o.Kind == logs.Authenticated) && o.File == e.File && o.Line < e.Line
	})
}

func (d *diagnosis) codeOf(sa *ikesa.SA, e *entry, ofChild bool) Code {
	switch e.Reason {
	case logs.Unreadable, logs.InvalidHash, logs.PSKLikely:
		untold := e.Reason == logs.PSKLikely && methodUntold(sa, e.x)
		if sa.Version != 1 || e.x == nil || !negotiation.IsPhase1(e.x.Type) || !usesPSK(sa, e.x) && !untold || d.keysAgreed(sa, e) {
			return "" // garbage has other causes, too
		}
	}
	code := ReasonCode(e.Event, ofChild)
	if code == CodePSKMismatch && negotiation.MayUsePPK(sa) {
		return CodeAuthFailed // it may be the other key
	}
	return code
}

// decided is a finding whose code an event decides. Where the rule says the same and is sure of it, its facts stay, which say more.
func (d *diagnosis) decided(sa *ikesa.SA, f Finding, e *entry, code Code) Finding {
	offer, _ := f.Facts.(RefusedOffer)
	unknown := e.Reason == logs.NoProposal && len(offer.Offered) == 0 // which the log may tell
	if f.Code == code && !unsure(&f) && !tellsMore(e) && !unknown {
		if x, ok := f.Facts.(RefusedOffer); ok && e.grade == Log && e.Reason == logs.NoProposal {
			x.First, x.Method = false, "" // who compares proposals has a connection for the peer
			f.Facts = x
		}
		f.Grade, f.Decided = max(f.Grade, e.grade), e.Where()
		return f
	}
	g := d.refusal(sa, e, code)
	g.Frames, g.Logs = f.Frames, f.Logs
	g.Later = d.laterSuccess(sa, &g)
	return g
}

// tellsMore reports whether an event has a cause that no message shows, where the code says no more than that something failed.
func tellsMore(e *entry) bool {
	switch e.Reason {
	case logs.PPKMissing, logs.PPKRequired, logs.Constraint, logs.NoRADIUS, logs.NoChildless, logs.TooBusy, logs.Kept:
		return true
	}
	return false
}

// refusal is the finding that an event makes.
func (d *diagnosis) refusal(sa *ikesa.SA, e *entry, code Code) Finding {
	facts := LoggedRefusal{Reason: reasonBy(sa, e), Log: e.Where(), Own: e.Own, Unsure: e.Unsure, Aggressive: e.x != nil && e.x.Type == ikev1.ExchangeAggressive, Used: e.Used, Required: e.Required,
		User: e.User, XAUTH: e.XAUTH, Certificate: e.Certificate, Issuer: e.Issuer, OfIssuer: e.OfIssuer, Errno: e.Errno, Came: textOfID(e.Came), Wanted: textOfID(e.Wanted), PPK: negotiation.MayUsePPK(sa), OrMode: ofAnyMode(e), For: textOfID(e.Local.Identity),
		SignedAlone: e.Reason == logs.NoTrustedKey && negotiation.SignedAlone(sa, e.side.Other())}
	if e.Reason == logs.NoIssuer && facts.Issuer == "" {
		if own := d.Certificates().Own(sa, e.side.Other()); own != nil && own.X509() != nil && own.Chain == negotiation.ChainOpen {
			facts.Issuer = own.X509().IssuerName()
		}
	}
	if facts.Came == "" {
		facts.Came = saidID(sa, e.side == Responder)
	}
	if e.Reason == logs.AuthMethod || e.Reason == logs.NoConnection && !e.Used.IsZero() {
		facts.UsedIn = decode.ExchangeType(e.Phase1)
	}
	if facts.Used.IsZero() {
		facts.Used = usedBy(sa, e.side.Other())
	}
	from := e.side
	if e.Reason == logs.CertificateRefused { // by the peer
		from = from.Other()
	}
	f := Finding{Code: code, Severity: Problem, Grade: e.grade, Subject: subjectOf(sa), From: from, Decided: e.Where()}
	d.compareLogged(sa, e, &f, &facts)
	f.Facts = facts
	return f
}

// reasonBy is the reason of an event with what the capture adds: which way a certificate is not valid, where the event names when it is, and that the peer
// uses no PPK.
func reasonBy(sa *ikesa.SA, e *entry) logs.Reason {
	first := sa.Messages[0]
	if e.x != nil {
		first = e.x.Messages[0]
	}
	switch {
	case e.Reason == logs.PPKMissing && !e.Own && negotiation.Begins(sa) && !negotiation.MayUsePPK(sa): // pluto says so, too, to a peer that uses none
		return logs.PPKRequired
	case e.Reason != logs.InvalidCertificate || e.ValidTo.IsZero() || negotiation.Undated(sa):
	case first.Time.After(e.ValidTo):
		return logs.ExpiredCertificate
	case first.Time.Before(e.ValidFrom):
		return logs.EarlyCertificate
	}
	return e.Reason
}

// textOfID is an identity in a log, "" for none.
func textOfID(id *ike.Identity) string {
	if id == nil {
		return ""
	}
	return id.Value()
}

// usedBy is how a side of IKEv2 authenticates, or asks to; the zero Method where it does not show.
func usedBy(sa *ikesa.SA, side Side) (m logs.Method) {
	for _, x := range negotiation.MethodsOf(sa, side) {
		if x.EAP == 0 { // else both have it
			m = logs.Method{Kind: x.Auth.Kind()}
		}
	}
	if m.Kind == ike.AuthUnknown && sa.Version == 1 {
		m.Kind = sa.Policy.Auth.Kind()
	}
	return m
}

// peerSaid is a finding about a message that is not decrypted, of which the log of its receiver says which error it was.
func (d *diagnosis) peerSaid(sa *ikesa.SA, f Finding, e *entry) Finding {
	ofChild := e.x == nil || !negotiation.IsPhase1(e.x.Type) && e.x.Type != ikev2.ExchangeSAInit
	if sa.Version == 1 && negotiation.Begins(sa) && !slices.ContainsFunc(sa.Exchanges, func(x *ikesa.Exchange) bool { return x.Type == ikev1.ExchangeQuick }) {
		ofChild = false // an Informational of its own
	}
	var code Code
	switch n := e.Notify; {
	case e.Reason == logs.UserRefused && e.XAUTH:
		code = CodeXAUTHFailed
	case e.Reason == logs.UserRefused, e.Reason == logs.EAPFailure:
		code = CodeEAPFailed
	case n.Is(ike.AuthenticationFailed):
		code = CodeAuthFailed
	case n.Is(ike.TSUnacceptable), n.Is(ike.SinglePairRequired), n.Is(ike.InvalidID) && ofChild:
		code = CodeTSMismatch
	case n.Is(ike.InvalidID):
		code = CodeIdentityMismatch
	case n.Is(ike.NoProposalChosen) && (ofChild || e.side == Initiator && chose(sa)):
		code = CodePhase2NoProposal
	case n.Is(ike.NoProposalChosen):
		code = CodePhase1NoProposal
	case n.Is(ike.InternalAddressFailed), n.Is(ike.FailedCPRequired):
		code = CodeNoAddress
	default:
		return f
	}
	from := e.side.Other()
	if from == NoSide {
		from = f.From
	}
	g := Finding{Code: code, Severity: Problem, Grade: e.grade, Subject: f.Subject, From: from, Frames: f.Frames, Logs: f.Logs, Decided: e.Where(),
		Facts: LoggedError{Notify: e.Notify, Reason: e.Reason, Log: e.Where(), User: e.User}}
	g.Later = d.laterSuccess(sa, &g)
	return g
}
