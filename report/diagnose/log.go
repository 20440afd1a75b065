package diagnose

import (
	"bytes"
	"cmp"
	"net/netip"
	"slices"
	"time"

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
	f.Logs = append(f.Logs, d.lines(sa, &f, told)...)
	if e := decidingFor(&f, told); e != nil {
		if code := d.codeBy(sa, &f, e); code != "" {
			return d.decided(sa, f, e, code), true
		}
	}
	if !unsure(&f) {
		return f, true
	}
	// A responder has its Child SA as soon as it sends the last response, which the initiator may yet reject.
	if slices.ContainsFunc(told, func(e *entry) bool { return e.Kind == logs.ChildUp && (f.From != Initiator || e.side != Responder) }) {
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
		case RefusedUnread, CreateByLength, AuthByLength, AuthErrorAlone, DeletedAtOnce:
			return true
		}
	}
	return f.Grade == Likely
}

// toldOf is what logs tell of the exchanges of an IKE SA that have one of the frames, and of no exchange that is known.
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
		if e.x == nil || slices.Contains(in, e.x) {
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
			return 1
		}
	case logs.KernelRefused:
		if e.Errno == "" {
			return 1
		}
	}
	return 2
}

// childCodes are the codes of what is about a Child SA or a Quick Mode, or may be.
var childCodes = map[Code]bool{CodePhase2NoProposal: true, CodePFSMismatch: true, CodeTSMismatch: true, CodeModeMismatch: true, CodePhase2Refused: true,
	CodePhase2Failed: true, CodePhase2NoResponse: true, CodeRekeyFailed: true}

// finer are the codes of what the comparison of proposals and selectors finds, where a daemon only says that they differ.
var finer = map[Code]bool{CodeModeMismatch: true, CodePFSMismatch: true, CodeInvalidKE: true, CodeAuthMethodMismatch: true}

// codeBy is the code of what an event of an IKE SA rejected, as a finding tells of it; nil where none does. "" where the event decides
// nothing: keys that were verified are stronger, and what was compared is finer than what a daemon says of it.
func (d *diagnosis) codeBy(sa *ikesa.SA, f *Finding, e *entry) Code {
	ofChild := e.x != nil && (e.x.Type == ikev1.ExchangeQuick || e.x.Type == ikev2.ExchangeAuth || e.x.Type == ikev2.ExchangeCreateChild)
	switch {
	case sa.Established && e.Reason == logs.NoProposal && (e.x == nil || e.x.Type == ikev1.ExchangeInformational || e.x.Type == ikev2.ExchangeInformational):
		ofChild = true // what is rejected is not in the capture
	case f != nil && e.x == nil:
		ofChild = childCodes[f.Code]
	}
	code := d.codeOf(sa, e, ofChild)
	switch {
	case f == nil || f.Code == code:
		return code
	case f.Grade == Keys, answeredElse(f), (e.Reason == logs.NoProposal || e.Reason == logs.NoTraffic) && finer[f.Code]:
		return ""
	}
	return code
}

// answeredElse reports whether a finding is about an answer that was decrypted and has what was not asked for: no log unsays that.
func answeredElse(f *Finding) bool {
	x, ok := f.Facts.(RefusedSelectors)
	return ok && x.Outside
}

func (d *diagnosis) codeOf(sa *ikesa.SA, e *entry, ofChild bool) Code {
	switch e.Reason {
	case logs.Unreadable, logs.InvalidHash, logs.PSKLikely:
		if sa.Version != 1 || e.x == nil || !negotiation.IsPhase1(e.x.Type) || !usesPSK(sa, e.x) {
			return "" // garbage has other causes, too
		}
	}
	code := ReasonCode(e.Event, ofChild)
	if code == CodePSKMismatch && sa.UsesPPK() {
		return CodeAuthFailed // it may be the other key
	}
	return code
}

// decided is a finding whose code an event decides. Where the rule says the same and is sure of it, its facts stay, which say more.
func (d *diagnosis) decided(sa *ikesa.SA, f Finding, e *entry, code Code) Finding {
	if f.Code == code && !unsure(&f) && !tellsMore(e) {
		f.Grade, f.Decided = max(f.Grade, e.grade), e.Where()
		return f
	}
	g := d.refusal(sa, e, code)
	g.Frames, g.Logs = f.Frames, f.Logs
	return g
}

// tellsMore reports whether an event has a cause that no message shows, where the code says no more than that something failed.
func tellsMore(e *entry) bool {
	switch e.Reason {
	case logs.PPKMissing, logs.PPKRequired, logs.Constraint, logs.NoRADIUS, logs.NoChildless, logs.TooBusy:
		return true
	}
	return false
}

// refusal is the finding that an event makes.
func (d *diagnosis) refusal(sa *ikesa.SA, e *entry, code Code) Finding {
	facts := LoggedRefusal{Reason: validity(sa, e), Log: e.Where(), Own: e.Own, Aggressive: e.x != nil && e.x.Type == ikev1.ExchangeAggressive, Used: e.Used, Required: e.Required,
		User: e.User, XAUTH: e.XAUTH, Certificate: e.Certificate, Issuer: e.Issuer, OfIssuer: e.OfIssuer, Errno: e.Errno, Came: textOfID(e.Came), Wanted: textOfID(e.Wanted), PPK: sa.UsesPPK()}
	if facts.Came == "" {
		facts.Came = saidID(sa, e.side == Responder)
	}
	if facts.Used.IsZero() {
		facts.Used = usedBy(sa, e.side.Other())
	}
	f := Finding{Code: code, Severity: Problem, Grade: e.grade, Subject: subjectOf(sa), From: e.side, Decided: e.Where(), Later: d.laterSuccess(sa, code)}
	d.compareLogged(sa, e, &f, &facts)
	f.Facts = facts
	return f
}

// validity is the reason of an event; where it is that a certificate is not valid, and the event names when it is, which way.
func validity(sa *ikesa.SA, e *entry) logs.Reason {
	first := sa.Messages[0]
	if e.x != nil {
		first = e.x.Messages[0]
	}
	switch {
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
		m = logs.Method{Kind: x.Auth.Kind(), EAP: x.EAP != 0}
	}
	if m.Kind == ike.AuthUnknown && sa.Version == 1 {
		m.Kind = sa.Policy.Auth.Kind()
	}
	return m
}

// compareLogged compares what both sides say, where the log has it.
func (d *diagnosis) compareLogged(sa *ikesa.SA, e *entry, f *Finding, facts *LoggedRefusal) {
	row := func(name, prover, refuser string) {
		c := Compared{Name: name, Initiator: prover, Responder: refuser, Differs: true}
		if e.side == Initiator {
			c.Initiator, c.Responder = c.Responder, c.Initiator
		}
		f.Compared = append(f.Compared, c)
	}
	switch e.Reason {
	case logs.NoPeer:
		if facts.Came != "" {
			row("identity of the "+e.side.Other().String(), facts.Came, NoConnection)
		}
	case logs.IdentityMismatch, logs.CertificateName:
		if facts.Wanted != "" {
			row("identity of the "+e.side.Other().String(), cmp.Or(facts.Came, NotKnown), facts.Wanted)
		}
	case logs.PSKMissing:
		row("pre-shared key", KeyOne, KeyNone)
	case logs.PSKMismatch, logs.Unreadable, logs.InvalidHash, logs.PSKLikely:
		if !facts.PPK {
			row("pre-shared key", KeyOne, KeyOther)
		}
	case logs.NoProposal, logs.PFSRequired:
		d.compareOffers(sa, e, f, facts)
	case logs.NoTraffic:
		d.compareSelectors(sa, e, f, facts)
	}
}

// beside are the events of a kind that the same log has of the same exchange.
func (d *diagnosis) beside(sa *ikesa.SA, e *entry, kind logs.Kind) (list []*entry) {
	for _, o := range d.logbook().events[sa] {
		if o.Kind == kind && o.side == e.side && o.File == e.File && o.x == e.x {
			list = append(list, o)
		}
	}
	return list
}

// compareOffers compares the offer that a log says came with what it says is configured.
func (d *diagnosis) compareOffers(sa *ikesa.SA, e *entry, f *Finding, facts *LoggedRefusal) {
	phase := 1
	if f.Code != CodePhase1NoProposal {
		phase = 2
	}
	for _, o := range d.beside(sa, e, logs.Offers) {
		if phaseOf(&o.Received.Offer) != phase {
			continue
		}
		v := ike.Version(sa.Version)
		if m, ok := nearestStance(loggedOffer(o.Received, v), loggedOffer(o.Configured, v), e.side == Responder); ok {
			f.Compared, facts.Differing = m.rows, m.differing
			facts.Offered, facts.Configured = o.Received.Words, o.Configured.Words
			if f.Code == CodePhase2NoProposal && slices.Equal(m.differing, []string{TraitPFS}) {
				f.Code = CodePFSMismatch
			}
		}
	}
}

// compareSelectors compares the selectors that a log says were asked for with what it says is configured.
func (d *diagnosis) compareSelectors(sa *ikesa.SA, e *entry, f *Finding, facts *LoggedRefusal) {
	for _, o := range d.beside(sa, e, logs.Selectors) {
		if len(o.Allowed.Local) == 0 {
			continue
		}
		asked := policy{local: o.Asked.Remote, remote: o.Asked.Local}
		own := policy{local: o.Allowed.Local, remote: o.Allowed.Remote}
		f.Compared = selectorRows(asked, own, e.side == Responder, sa.Version)
		facts.Asked, facts.Allowed = asked.pair(), own.pair()
	}
}

// peerSaid is a finding about a message that is not decrypted, of which the log of its receiver says which error it was.
func (d *diagnosis) peerSaid(sa *ikesa.SA, f Finding, e *entry) Finding {
	ofChild := e.x == nil || !negotiation.IsPhase1(e.x.Type) && e.x.Type != ikev2.ExchangeSAInit
	var code Code
	switch n := e.Notify; {
	case e.Reason == logs.UserRefused && e.XAUTH:
		code = CodeXAUTHFailed
	case e.Reason == logs.UserRefused:
		code = CodeEAPFailed
	case n.Is(ike.AuthenticationFailed):
		code = CodeAuthFailed
	case n.Is(ike.TSUnacceptable), n.Is(ike.SinglePairRequired), n.Is(ike.InvalidID) && ofChild:
		code = CodeTSMismatch
	case n.Is(ike.InvalidID):
		code = CodeIdentityMismatch
	case n.Is(ike.NoProposalChosen) && ofChild:
		code = CodePhase2NoProposal
	case n.Is(ike.InternalAddressFailed), n.Is(ike.FailedCPRequired):
		code = CodeNoAddress
	default:
		return f
	}
	return Finding{Code: code, Severity: Problem, Grade: e.grade, Subject: f.Subject, From: e.side.Other(), Frames: f.Frames, Logs: f.Logs, Later: f.Later, Decided: e.Where(),
		Facts: LoggedError{Notify: e.Notify, Log: e.Where(), User: e.User}}
}

// maxLines are as many lines as a finding quotes.
const maxLines = 4

// lines are those that say why, or that this side gave up where nothing came, else those that say something and fit no negotiation.
func (d *diagnosis) lines(sa *ikesa.SA, f *Finding, told []*entry) (lines []LogLine) {
	silence := f.Code.Info().Silence
	for _, e := range told {
		if (e.Kind == logs.Refused || e.Kind == logs.PeerError || silence && e.Kind == logs.GaveUp) && len(lines) < maxLines {
			lines = append(lines, LogLine{At: e.Where(), Text: e.Text})
		}
	}
	if len(lines) > 0 {
		return lines
	}
	return d.looseLines(sa, f)
}

// looseLines are the refusals that fit no negotiation and may be about a finding: of the same hosts, or of none, the nearest in time.
func (d *diagnosis) looseLines(sa *ikesa.SA, f *Finding) (lines []LogLine) {
	type candidate struct {
		line LogLine
		away time.Duration
	}
	m := d.Message(f.Frames[0])
	if m == nil {
		return nil
	}
	const day, most = 26 * time.Hour, 2
	var list []candidate
	for _, e := range d.logbook().loose {
		away, ok := e.Time.Since(m.Time)
		if !ok || !between(e.Event, sa) {
			continue
		}
		c := candidate{LogLine{At: e.Where(), Text: e.Text, Stamp: e.Time, Away: away, Frame: m.Frame}, logs.LessZone(away).Abs()}
		if e.known {
			c.away = (away - e.offset).Abs()
		}
		if c.away < day {
			list = append(list, c)
		}
	}
	slices.SortStableFunc(list, func(a, b candidate) int { return cmp.Compare(a.away, b.away) })
	for _, c := range list[:min(len(list), most)] {
		lines = append(lines, c.line)
	}
	return lines
}

// between reports whether an event is about the hosts of an IKE SA, as far as it says.
func between(e *logs.Event, sa *ikesa.SA) bool {
	for _, a := range []netip.Addr{e.Local.Addr.Addr(), e.Remote.Addr.Addr()} {
		if a.IsValid() && !a.IsPrivate() && a != sa.InitiatorAddr.Addr() && a != sa.ResponderAddr.Addr() {
			return false
		}
	}
	return true
}

// reasonAt is where the log of a side gives a reason for what the frames show; "" where it does not.
func (d *diagnosis) reasonAt(sa *ikesa.SA, frames []int, side Side, why logs.Reason) string {
	for _, e := range d.toldOf(sa, frames) {
		if e.Kind == logs.Refused && (e.side == side || e.side == NoSide) && e.Reason == why {
			return e.Where()
		}
	}
	return ""
}

// logged finds failures that no other rule sees, by what a log says of an exchange that came to nothing, or that is not decrypted.
func (d *diagnosis) logged() {
	for _, s := range d.Stories() {
		told := inExchange(s, d.logbook().events[s.SA])
		if len(told) == 0 {
			continue
		}
		for _, x := range s.Exchanges() {
			of := slices.DeleteFunc(slices.Clone(told), func(e *entry) bool { return e.x != x || e.grade != Log })
			if slices.ContainsFunc(of, func(e *entry) bool { return e.Kind == logs.ChildUp }) {
				continue
			}
			e := deciding(of)
			if e == nil {
				d.peerLogged(s, x, of)
				continue
			}
			if !d.cameToNothing(s, x, e) {
				continue
			}
			if code := d.codeBy(s.SA, nil, e); code != "" && code != CodeInvalidKE && !(code == CodeXAUTHFailed && d.xauthOf(s) != nil) {
				f := d.refusal(s.SA, e, code)
				f.Frames = Frames(x.Messages[0].Frame, x.Messages[len(x.Messages)-1].Frame)
				f.Logs = d.lines(s.SA, &f, d.toldOf(s.SA, f.Frames))
				d.add(f)
			}
		}
	}
}

// peerLogged finds the error in a response that is not decrypted, by the log of the side that received it.
func (d *diagnosis) peerLogged(s *negotiation.Story, x *ikesa.Exchange, told []*entry) {
	i := slices.IndexFunc(told, func(e *entry) bool { return e.Kind == logs.PeerError })
	if o := s.Outcome(x); i < 0 || o == nil || o.Code != negotiation.Closed {
		return
	}
	// What a side was told after it had rejected the peer itself says no more.
	if e := told[i]; slices.ContainsFunc(d.logbook().events[s.SA], func(o *entry) bool { return o.Kind == logs.Refused && o.side == e.side && o.File == e.File && o.x != x }) {
		return
	}
	f := Finding{Subject: subjectOf(s.SA), Frames: Frames(x.Messages[0].Frame, x.Messages[len(x.Messages)-1].Frame)}
	f.Logs = d.lines(s.SA, &f, told)
	if f = d.peerSaid(s.SA, f, told[i]); f.Code != "" {
		d.add(f)
	}
}

// inExchange gives the events whose exchange is not known the last one that is not decrypted: of others, other rules tell.
func inExchange(s *negotiation.Story, told []*entry) (list []*entry) {
	var last *ikesa.Exchange
	for _, x := range s.Exchanges() {
		if o := s.Outcome(x); o != nil && o.Code == negotiation.Closed {
			last = x
		}
	}
	for _, e := range told {
		if e.x == nil && last != nil {
			known := *e
			known.x, e = last, &known
		}
		list = append(list, e)
	}
	return list
}

// cameToNothing reports whether an exchange failed, or may have, for what an event rejects. One that was answered did for the side that rejects
// the answer, or what it agreed on.
func (d *diagnosis) cameToNothing(s *negotiation.Story, x *ikesa.Exchange, e *entry) bool {
	o := s.Outcome(x)
	switch {
	case o == nil || len(x.Messages) == 0:
		return false
	case o.Code == negotiation.Closed && x.Type != ikev1.ExchangeQuick && x.Type != ikev2.ExchangeCreateChild && d.carried(s.SA):
		return false // the log is of another attempt between the same hosts
	case x.Type == ikev1.ExchangeQuick && (o.Code == negotiation.Failed || o.Code == negotiation.NoAnswer):
		return e.Reason == logs.KernelRefused // the rule about Quick Modes asks the log, and compares what the log only says to differ
	case o.Code == negotiation.Failed, o.Code == negotiation.NoAnswer, o.Code == negotiation.Closed:
		return true
	}
	return e.Reason == logs.KernelRefused || e.Message.Response && e.side == SideOf(x.Messages[0].FromInitiator)
}

// loggedStances are the proposals that a side which rejected an offer is configured for, by its own log.
func (d *diagnosis) loggedStances(sa *ikesa.SA, x *ikesa.Exchange, refuser Side, phase int, offered []stance) (list []stance) {
	v := ike.Version(sa.Version)
	for _, e := range d.ownEvents(sa, refuser, logs.Offers) {
		asked := loggedOffer(e.Received, v)
		if phaseOf(&e.Received.Offer) != phase {
			continue
		}
		if (e.x != x || e.grade != Log) && (len(asked) != len(offered) && v == ike.V2 || !allOffered(asked, offered)) {
			continue
		}
		for i, s := range loggedOffer(e.Configured, v) {
			s.logged, s.text = e.Where(), e.Configured.Words[i]
			list = append(list, s)
		}
	}
	return list
}

// ownEvents are the events of a kind in the log of a side: those of the IKE SA, else those of others between the same hosts. The log of
// its peer, who may have the same lines, is not among them.
func (d *diagnosis) ownEvents(sa *ikesa.SA, side Side, kind logs.Kind) (list []*entry) {
	host := hostOf(sa, side)
	book := d.logbook()
	for _, e := range book.events[sa] {
		if e.Kind == kind && e.side == side {
			list = append(list, e)
		}
	}
	if len(list) > 0 || len(book.events) == 0 {
		return list
	}
	for _, other := range d.Family().Between(negotiation.HostsOf(sa)) {
		for _, e := range book.events[other] {
			if e.Kind == kind && hostOf(other, e.side) == host {
				list = append(list, e)
			}
		}
	}
	return list
}

// hostOf is the address of a side.
func hostOf(sa *ikesa.SA, side Side) netip.Addr {
	if side == Responder {
		return sa.ResponderAddr.Addr()
	}
	return sa.InitiatorAddr.Addr()
}

// allOffered reports whether each of the proposals that a log says it received is in an offer.
func allOffered(asked, offered []stance) bool {
	for i := range asked {
		if !slices.ContainsFunc(offered, func(o stance) bool { return len(compareStances(&o, &asked[i], true).differing) == 0 }) {
			return false
		}
	}
	return len(asked) > 0
}

// loggedOffer are the stances of proposals in a log. What a log leaves out of those of IKEv1 is no trait of theirs: how to authenticate,
// the mode, and with AH what the transform says again.
func loggedOffer(logged *logs.Offer, v ike.Version) []stance {
	o := logged.In(v)
	return stancesOf(o, func(p *ike.Proposal, s *ike.Suite) []trait {
		if v == ike.V2 {
			return traits2(p, s, false)
		}
		return slices.DeleteFunc(traits1(o, p, s), func(t trait) bool {
			return t.name == traitAuth || t.name == traitMode || t.name == traitProtocols || t.name == traitTransform
		})
	})
}

// loggedPolicies are the networks that a side which rejected some is configured for, by its own log.
func (d *diagnosis) loggedPolicies(sa *ikesa.SA, refuser Side, asked policy) (list []policy) {
	for _, e := range d.ownEvents(sa, refuser, logs.Selectors) {
		if sameAddrs(e.Asked.Local, asked.remote) && sameAddrs(e.Asked.Remote, asked.local) && len(e.Allowed.Local) > 0 {
			list = append(list, policy{local: e.Allowed.Local, remote: e.Allowed.Remote, logged: e.Where()})
		}
	}
	return list
}

// sameAddrs compares ranges of addresses: behind NAT, ports and protocols in a log are not those of the wire.
func sameAddrs(a, b ike.Selectors) bool {
	return len(a) > 0 && slices.EqualFunc(a, b, func(a, b ike.Selector) bool { return a.IsRange() && a.From == b.From && a.To == b.To })
}

// wantedByLog is the identity that a side expects instead of the one that came, by its own log; nil where it does not say.
func (d *diagnosis) wantedByLog(sa *ikesa.SA, refuser Side, came *ike.Identity) (wanted *ike.Identity, at string) {
	for _, e := range d.ownEvents(sa, refuser, logs.Refused) {
		if came != nil && e.Came != nil && e.Wanted != nil && sameIdentity(e.Came, came) {
			return e.Wanted, e.Where()
		}
	}
	return nil, ""
}

// sameIdentity compares an identity in a log with one in a message. A log does not say which kind it is: a key ID may look like a name.
func sameIdentity(logged, sent *ike.Identity) bool {
	return logged.Equal(*sent) || sent.Type == ike.IDKeyID && bytes.Equal(logged.Data, sent.Data)
}
