package diagnose

import (
	"errors"
	"net/netip"
	"slices"
	"time"

	"github.com/ikedecode/ikedecode"
	"github.com/ikedecode/ikedecode/capture"
	"github.com/ikedecode/ikedecode/decode"
	"github.com/ikedecode/ikedecode/decode/ikev1"
	"github.com/ikedecode/ikedecode/decode/ikev2"
	"github.com/ikedecode/ikedecode/esp"
	"github.com/ikedecode/ikedecode/keys/ikesa"
	"github.com/ikedecode/ikedecode/report/negotiation"
	"github.com/ikedecode/ikedecode/report/traffic"
)

// cutFiles finds capture files that end inside a record.
func (d *diagnosis) cutFiles() {
	for _, c := range d.Session.Cuts {
		d.found = append(d.found, Finding{Code: CodeCaptureCut, Severity: Warning, Facts: CutFile{Path: c.Path, Offset: c.Offset, Err: c.Err.Error(), Unread: c.Unread}})
	}
}

// keyless reports whether no key was given at all.
func (d *diagnosis) keyless() bool {
	b := d.Session.Bag
	return b == nil || len(b.Secrets)+len(b.SAs) == 0
}

// notMeant reports whether the keys that were given are for others than two hosts: nothing of theirs was decrypted, something of others was.
func (d *diagnosis) notMeant(h negotiation.Hosts) bool {
	if d.decrypted == nil {
		d.decrypted = make(map[negotiation.Hosts]bool)
		for _, f := range d.flows() {
			if about := d.watch.Duplex.Seen(f.About); f.Stats.Opened > 0 {
				d.decrypted[negotiation.InOrder(d.FirstPlace(about.Src, about.Dst))] = true
			}
		}
		for _, s := range d.Stories() {
			if slices.ContainsFunc(s.SA.Messages, func(m *ikesa.Message) bool { return m.State == ikesa.Opened }) {
				d.decrypted[negotiation.HostsOf(s.SA)] = true
			}
		}
	}
	return len(d.decrypted) > 0 && !d.decrypted[h] && !d.givenBetween(h)
}

// unread finds packets that were not looked into. In a wireless network others' frames are encrypted, too: that is of note where IPsec was
// seen.
func (d *diagnosis) unread() {
	c := d.Session.Counts
	for _, u := range d.Session.Unread {
		f := Finding{Code: CodeUnsupportedEncapsulation, Severity: Warning, Grade: Wire, Frames: u.Frames}
		facts := Overlooked{Unread: u, All: c.Packets}
		if u.In == capture.NoEncapsulation {
			f.Code = CodeUnsupportedLink
			if u.Link.Wireless() {
				facts.DecoderPanics = d.Session.DecoderPanics
			}
		}
		if facts.Wireless() && c.IKE+c.ESP > 0 {
			continue
		}
		f.Facts = facts
		d.found = append(d.found, f)
	}
}

// secrets tells what was not decrypted in the IKE SAs, and why. Where no key was given at all undecryptedPairs says it; where the traffic
// of an IKE SA was decrypted all the same, it is a note.
func (d *diagnosis) secrets() {
	for _, s := range d.Stories() {
		if readAfterDecryption(s.SA) {
			continue // who made the capture had the keys
		}
		for _, g := range s.Gaps() {
			hosts := negotiation.HostsOf(s.SA)
			if g.Code == ikesa.GapNoSecret && (d.keyless() || d.notMeant(hosts)) {
				continue
			}
			severity := Warning
			switch {
			case g.Code == ikesa.GapNoSecret && (d.decryptedBothWays(hosts) || d.givenBetween(hosts)),
				g.Code == ikesa.GapLost && d.decryptedBothWays(hosts) && !d.undecrypted(hosts): // nothing depends on the message
				severity = Noteworthy
			}
			d.addSA(s.SA, Finding{Code: Code(g.Code), Severity: severity, Facts: Undecrypted{Gap: g}})
		}
	}
}

// decryptedBothWays reports whether ESP or AH packets of each of two hosts to the other one were decrypted.
func (d *diagnosis) decryptedBothWays(h negotiation.Hosts) bool {
	var from [2]bool
	for _, f := range d.flows() {
		about := d.watch.Duplex.Seen(f.About)
		if src, dst := d.FirstPlace(about.Src, about.Dst); f.Stats.Opened > 0 && negotiation.InOrder(src, dst) == h {
			from[0], from[1] = from[0] || src == h[0], from[1] || src == h[1]
		}
	}
	return from[0] && from[1]
}

// undecrypted reports whether two hosts have ESP or AH packets that were not decrypted.
func (d *diagnosis) undecrypted(h negotiation.Hosts) bool {
	return slices.ContainsFunc(d.ClosedFlows(), func(u *ikedecode.UnknownSPI) bool { return negotiation.InOrder(u.Src, u.Dst) == h })
}

// unknownSPIs finds flows that no key was given for, or none with its salt, likewise.
func (d *diagnosis) unknownSPIs() {
	const most = 20
	var list []*ikedecode.UnknownSPI
	for _, u := range d.ClosedFlows() {
		// The gap of its IKE SA may say it.
		_, _, altered := d.alteredSPI(u)
		switch {
		case altered:
		case errors.Is(u.Err, esp.ErrSalt):
			list = append(list, u)
		case d.Child(negotiation.ChildKey{Protocol: u.Protocol, SPI: u.SPI}).Child != nil, errors.Is(u.Err, esp.ErrNoSA) && (d.keyless() || d.notMeant(negotiation.InOrder(u.Src, u.Dst))):
		case errors.Is(u.Err, esp.ErrICV), errors.Is(u.Err, esp.ErrCipherKey): // its SA is known: see integrity
		default:
			list = append(list, u)
		}
	}
	besideGiven := d.decryptedTimes()
	for i, u := range list {
		if i >= most {
			f := Finding{Code: CodeUnknownSPI, Severity: Warning, Facts: MoreUnknown{Flows: len(list) - i}}
			if !slices.ContainsFunc(d.found, func(o Finding) bool { return o.Code == CodeUnknownSPI && o.Severity == Warning }) {
				f.Severity = Noteworthy
			}
			d.found = append(d.found, f)
			break
		}
		facts := Unknown{Flow: traffic.OfClosed(u), Packets: u.Packets, Err: u.Err, Null: d.NullUnknown(u), IMS: d.Session.IMSOf(u.SPI, u.Dst)}
		if sa := d.Owner(negotiation.InOrder(u.Src, u.Dst), u.First); sa != nil {
			facts.Negotiator, facts.Derivable = subjectOf(sa), derivable(sa)
			facts.Rekeyed = errors.Is(u.Err, esp.ErrNoSA) && besideGiven.rekeyed(u)
		}
		f := Finding{Code: CodeUnknownSPI, Severity: Warning, Frames: Frames(u.First, u.Last), Span: true, Facts: facts}
		if facts.Rekeyed {
			f.Severity = Noteworthy
		}
		if errors.Is(u.Err, esp.ErrSalt) {
			f.Code = CodeNeedSalt
		}
		d.found = append(d.found, f)
	}
}

// derivable reports whether the capture has what the keys of a Child SA would be made of, once the IKE SA is decrypted: the messages that
// negotiate it, and of IKE_AUTH the nonces, which IKE_SA_INIT has.
func derivable(sa *ikesa.SA) bool {
	return slices.ContainsFunc(sa.Exchanges, func(x *ikesa.Exchange) bool {
		switch x.Type {
		case ikev1.ExchangeQuick, ikev2.ExchangeCreateChild:
			return true
		case ikev2.ExchangeAuth:
			return sa.Nonces[0] != nil && sa.Nonces[1] != nil
		}
		return false
	})
}

// undecryptedPairs notes for each two hosts what was not decrypted, where no key was given at all, or keys for other hosts.
func (d *diagnosis) undecryptedPairs() {
	keyless := d.keyless()
	pairs := make(map[negotiation.Hosts]*Finding)
	var order []*Finding
	facts := make(map[*Finding]*UndecryptedPair)
	of := func(h negotiation.Hosts) (*Finding, *UndecryptedPair) {
		if pairs[h] == nil {
			f := &Finding{Code: CodeNoKey, Severity: Noteworthy, Grade: Wire}
			pairs[h], facts[f], order = f, &UndecryptedPair{Hosts: h}, append(order, f)
		}
		return pairs[h], facts[pairs[h]]
	}
	for _, s := range d.Stories() {
		for _, g := range s.Gaps() {
			if g.Code != ikesa.GapNoSecret || readAfterDecryption(s.SA) || !keyless && !d.notMeant(negotiation.HostsOf(s.SA)) {
				continue
			}
			f, x := of(negotiation.HostsOf(s.SA))
			if x.Gap == nil {
				x.Gap, f.Subject = &g, subjectOf(s.SA)
			}
			for _, m := range s.SA.Messages {
				if m.State == ikesa.Closed {
					x.Messages++
					if len(f.Frames) < MaxFoldedFrames {
						f.Frames = append(f.Frames, m.Frame)
					}
				}
			}
			break
		}
	}
	for _, u := range d.ClosedFlows() {
		if h := negotiation.InOrder(u.Src, u.Dst); errors.Is(u.Err, esp.ErrNoSA) && (keyless || d.notMeant(h)) {
			f, x := of(h)
			x.Packets += u.Sent()
			x.Flows++
			if x.IMS == nil {
				x.IMS = d.Session.IMSOf(u.SPI, u.Dst)
			}
			if len(f.Frames) < MaxFoldedFrames {
				f.Frames = append(f.Frames, u.First)
			}
		}
	}
	var list []Finding
	for _, f := range order {
		f.Frames, f.Facts = Frames(f.Frames...), *facts[f]
		list = append(list, *f)
	}
	d.addBounded(list)
}

// damage finds what the capture lacks.
func (d *diagnosis) damage() {
	c := d.Session.Counts
	for _, s := range d.Stories() {
		if side, ok := negotiation.OnlyOneSide(s.SA); ok {
			d.addSA(s.SA, Finding{Code: CodeOneWayIKE, Severity: Warning, Grade: Wire, From: side, Facts: OneSided{}})
		}
	}
	if c.CutESP+c.CutOpened > 0 {
		d.found = append(d.found, Finding{Code: CodeSnapLength, Severity: Warning, Facts: CutPackets{Decrypted: c.CutOpened, Closed: c.CutESP}})
	}
	if c.IKEBad > 0 {
		d.found = append(d.found, Finding{Code: CodeNotIKE, Severity: Noteworthy, Facts: NotIKE{Packets: c.IKEBad}})
	}
	if ike, ipsec := d.Session.NotShown(); ike+ipsec > 0 {
		d.found = append(d.found, Finding{Code: CodeTooManySAs, Severity: Warning, Facts: Evicted{ike, ipsec}})
	}
}

// peers are the addresses between which IKE, ESP and AH run.
func (d *diagnosis) peers() map[netip.Addr]bool {
	peers := make(map[netip.Addr]bool)
	for _, sa := range d.Session.SAs {
		peers[sa.InitiatorAddr.Addr()], peers[sa.ResponderAddr.Addr()] = true, true
	}
	for _, sa := range d.Session.Table.Used() {
		if sa.Stats().Packets > 0 {
			peers[sa.Src], peers[sa.Dst] = true, true
		}
	}
	for _, u := range d.ClosedFlows() {
		peers[u.Src], peers[u.Dst] = true, true
	}
	return peers
}

// circumstances are facts about how the capture was made.
func (d *diagnosis) circumstances() {
	c := d.Session.Counts
	note := func(code Code, facts Facts, frames ...int) {
		d.found = append(d.found, Finding{Code: code, Severity: Noteworthy, Facts: facts, Frames: frames})
	}
	switch twice := c.Twice(); {
	case twice > 0 && c.Elsewhere*10 >= (c.Mirrored-c.Forwarded)*9:
		note(CodeMirrored, Repeated{Twice: c.Elsewhere, Packets: c.Packets, Places: true})
	case twice > 0:
		note(CodeMirrored, Repeated{Twice: twice, Packets: c.Packets, Within: capture.DefaultRepeatWindow})
	}
	if c.ClearCopy > 0 {
		note(CodeGatewayCapture, SeenClear{Packets: c.ClearCopy})
	}
	if list := d.Session.Carriers.List(); len(list) > 0 {
		last := 0
		for i := range list {
			last = max(last, list[i].Last)
		}
		d.found = append(d.found, Finding{Code: CodeEncapsulated, Severity: Noteworthy, Frames: Frames(list[0].First, last), Span: true,
			Facts: Encapsulated{Carriers: list, More: d.Session.Carriers.More}})
	}
	for _, s := range d.Stories() {
		if n, f := negotiation.AlreadyDecrypted(s.SA); f > 0 {
			note(CodeAlreadyDecrypted, Decrypted{IKESA: subjectOf(s.SA), From: n}, f)
		}
		if !s.SA.RolesKnown {
			note(CodeStartedLate, StartedLate{IKESA: subjectOf(s.SA)})
		}
	}
}

// cutMessages finds IKE messages that the snap length cut: what they say, and so what they came to, is lost.
func (d *diagnosis) cutMessages() {
	n := d.Session.Counts.IKECut
	all, at := n, []int(nil)
	for _, s := range d.Stories() {
		for _, m := range s.SA.Messages {
			all++
			if m.Cut {
				n++
				at = append(at, m.Frame)
			}
		}
	}
	if n == 0 {
		return
	}
	at = Frames(at...)
	f := Finding{Code: CodeSnapLength, Severity: Problem, Grade: Wire, Frames: at, Facts: CutMessages{Cut: n, All: all}}
	const few = 8
	if len(at) > few {
		f.Frames, f.Span = []int{at[0], at[len(at)-1]}, true
	}
	d.found = append(d.found, f)
}

// Rules about the times of the capture.

// causeStep is how long before its request a response may seem to come.
const causeStep = 5 * time.Millisecond

// worst lists the frames of some jumps and finds the largest one.
func worst(list []traffic.Jump) (at []int, by time.Duration) {
	for _, j := range list {
		at, by = append(at, j.Frame), max(by, j.By)
	}
	return at, by.Round(time.Millisecond)
}

// untimed reports whether all packets have the same time, as those that were made of text without times: how soon something came cannot be told.
func (d *diagnosis) untimed() bool {
	const enough = 4 // packets: a few may have the same time where the clock is coarse
	s := d.Session
	return s.Counts.Packets >= enough && s.First.Equal(s.Last)
}

// coarse reports whether the times do not tell what comes at once.
func (d *diagnosis) coarse() bool { return d.untimed() || d.watch.Clock.InSeconds() }

// clock finds times that cannot be right.
func (d *diagnosis) clock() {
	w, severity := &d.watch.Clock, Warning
	if c := d.Session.Counts; c.IKE+c.ESP == 0 { // nothing that is concluded depends on time
		severity = Noteworthy
	}
	if n := d.Session.Counts.Packets; d.untimed() {
		d.add(Finding{Code: CodeClockJump, Severity: severity, Grade: Wire, Frames: Frames(1, n), Span: true, Facts: NoTimes{n}})
	}
	if n := len(w.Back); n > 0 {
		at, by := worst(w.Back)
		d.add(Finding{Code: CodeClockJump, Severity: severity, Grade: Wire, Frames: at, Facts: ClockBack{Times: n + w.More, By: by}})
	}
	if n := len(w.Ahead); n > 0 {
		at, by := worst(w.Ahead)
		d.add(Finding{Code: CodeClockJump, Severity: Noteworthy, Grade: Wire, Frames: at, Facts: ClockAhead{Times: n, By: by}})
	}
	for _, s := range d.Stories() {
		for _, x := range s.SA.Exchanges {
			if f, ok := answerBeforeQuestion(x); ok {
				d.addSA(s.SA, f)
				break
			}
		}
	}
}

// answerBeforeQuestion finds an exchange whose response has an earlier time than its request.
func answerBeforeQuestion(x *ikesa.Exchange) (f Finding, ok bool) {
	if len(x.Messages) == 0 || !onlyAnswers(x.Messages[0]) {
		return f, false
	}
	answer := x.Messages[0]
	i := slices.IndexFunc(x.Messages, func(m *ikesa.Message) bool { return m.FromInitiator != answer.FromInitiator })
	if i < 0 || !beginsExchange(x.Messages[i]) || len(answer.Repeats) > 0 { // repeated: it was asked for before, too
		return f, false
	}
	question := x.Messages[i]
	early := question.Time.Sub(answer.Time)
	if early < causeStep {
		return f, false
	}
	return Finding{Code: CodeClockJump, Severity: Warning, Grade: Wire, Frames: Frames(answer.Frame, question.Frame),
		Facts: EarlyAnswer{Exchange: x.Type, Answer: answer.Frame, Question: question.Frame, By: early}}, true
}

// onlyAnswers reports whether m can only be a response to a request with its message ID: a response of IKEv2 that does not ask for another such request,
// or the SA payload of phase 1 from the responder.
func onlyAnswers(m *ikesa.Message) bool {
	if m.Version>>4 == 2 {
		return m.IsResponse() && negotiation.NotifyOf(m, ikev2.NotifyCookie) == nil && negotiation.NotifyOf(m, ikev2.NotifyInvalidKE) == nil
	}
	return negotiation.IsPhase1(negotiation.TypeOf(m)) && !m.FromInitiator && m.Offer() != nil
}

// beginsExchange reports whether m begins its exchange.
func beginsExchange(m *ikesa.Message) bool {
	if m.Version>>4 == 2 {
		return !m.IsResponse()
	}
	_, ok := decode.Find(m.Payloads, ikev1.PayloadSA)
	return ok && m.FromInitiator
}
