package diagnose

import (
	"net/netip"
	"slices"

	"github.com/ikedecode/ikedecode/capture"
	"github.com/ikedecode/ikedecode/decode"
	"github.com/ikedecode/ikedecode/decode/ikev2"
	"github.com/ikedecode/ikedecode/keys/ikesa"
	"github.com/ikedecode/ikedecode/keys/logs"
	"github.com/ikedecode/ikedecode/report/negotiation"
)

// Rules about negotiations that end where nothing was rejected: after the answer to IKE_SA_INIT, or with a redirection.

// stoppedAfterInit finds IKE SAs whose IKE_SA_INIT made keys and after which, or after IKE_INTERMEDIATE, no IKE_AUTH comes.
func (d *diagnosis) stoppedAfterInit() {
	for _, s := range d.Stories() {
		if answer := answerOfInit(s.SA); answer != nil && !d.cutOffAfter(s.SA, Initiator) {
			d.initAlone(s, answer)
		}
	}
}

func (d *diagnosis) initAlone(s *negotiation.Story, answer *ikesa.Message) {
	facts := InitAlone{NAT: s.SA.NAT.BehindNATInitiator || s.SA.NAT.BehindNATResponder, Answer: answer.Frame,
		Inside: negotiation.CapturedInside(s.SA, Initiator) && s.SA.NAT.BehindNATInitiator}
	facts.Certificates, facts.Fragments = sizeOfAuth(s.SA)
	facts.Due, facts.After = dueAfter(s.SA), negotiation.TypeOf(answer)
	facts.OnNATT = answer.Src.Port() == capture.PortNATT
	facts.PPK = announced(s.SA, ikev2.NotifyUsePPK) && !slices.ContainsFunc(s.SA.Messages, func(m *ikesa.Message) bool {
		return !m.FromInitiator && negotiation.NotifyOf(m, ikev2.NotifyUsePPK) != nil
	})
	facts.ESP = d.laterESP(s.SA, answer)
	f := Finding{Code: CodeStoppedAfterInit, Severity: Warning, Grade: Likely, Subject: subjectOf(s.SA), From: Responder, Frames: Frames(s.SA.Messages[0].Frame, answer.Frame)}
	d.authByLog(s.SA, &f, &facts)
	f.Facts, f.Cause = facts, facts.cause()
	switch {
	case facts.ESP != 0:
		f.Severity, f.Frames = Noteworthy, Frames(answer.Frame, facts.ESP)
	case facts.Received && d.refusedAfter(s.SA, &f):
	case facts.Received, d.cameUpByLog(s.SA):
		f.Severity = Noteworthy
	}
	d.addSA(s.SA, f)
}

// refusedAfter makes f about the message that the responder's log has, where that log says why it was rejected.
func (d *diagnosis) refusedAfter(sa *ikesa.SA, f *Finding) bool {
	asked := *f
	asked.From = Initiator
	g, ok := d.byLog(sa, asked)
	if ok = ok && g.Decided != ""; ok {
		*f = asked
	}
	return ok
}

// cameUpByLog reports whether the initiator's log says that a Child SA came up.
func (d *diagnosis) cameUpByLog(sa *ikesa.SA) bool {
	return slices.ContainsFunc(d.logbook().events[sa], func(e *entry) bool { return e.Kind == logs.ChildUp && e.side == Initiator && e.grade == Log })
}

// authByLog looks in the logs of both peers for the message that the capture lacks.
func (d *diagnosis) authByLog(sa *ikesa.SA, f *Finding, facts *InitAlone) {
	for _, e := range d.logbook().events[sa] {
		sent, came := e.Kind == logs.Sent && e.side == Initiator, e.Kind == logs.Received && e.side == Responder
		if came && e.grade == Log && e.Message.Exchange == uint8(facts.Due) && e.Message.Fragments > 0 {
			if facts.Parts == nil {
				facts.Parts = &FragmentsHeard{}
				f.Logs = append(f.Logs, LogLine{At: e.Where(), Text: e.Text})
			}
			facts.Parts.add(&e.Message)
			continue
		}
		if e.grade != Log || e.Message.Exchange != uint8(facts.Due) || !sent && !came || sent && facts.Sent || came && facts.Received {
			continue
		}
		facts.Sent, facts.Received = facts.Sent || sent, facts.Received || came
		f.Logs = append(f.Logs, LogLine{At: e.Where(), Text: e.Text})
	}
	if again := d.sentAgain(sa, Initiator); again != nil && facts.Sent && !facts.Received {
		f.Severity, facts.Again = Problem, true
		f.Logs = append(f.Logs, LogLine{At: again.Where(), Text: again.Text})
	}
}

// dueAfter is the exchange that follows what sa has: IKE_INTERMEDIATE where additional key exchanges were chosen, for each of them (RFC
// 9370, section 2.2.2), then IKE_AUTH.
func dueAfter(sa *ikesa.SA) decode.ExchangeType {
	additional, done := 0, 0
	for _, x := range sa.Exchanges {
		if x.Type == ikev2.ExchangeIntermediate {
			done++
		}
		if o := negotiation.AnswerOf(x); o != nil && len(o.Proposals) > 0 && x.Type == ikev2.ExchangeSAInit {
			additional = o.Proposals[0].AdditionalKeyExchanges()
		}
	}
	if done < additional {
		return ikev2.ExchangeIntermediate
	}
	return ikev2.ExchangeAuth
}

// answerOfInit is the answer to IKE_SA_INIT that makes keys, or to the last IKE_INTERMEDIATE after it, where sa has nothing else; nil: there
// is none.
func answerOfInit(sa *ikesa.SA) (answer *ikesa.Message) {
	if sa.Version != 2 || len(sa.OpenFragments()) > 0 || len(openSets2(sa)) > 0 {
		return nil
	}
	for _, m := range sa.Messages {
		switch negotiation.TypeOf(m) {
		case ikev2.ExchangeSAInit:
			if negotiation.Agrees(m) {
				answer = m
			}
		case ikev2.ExchangeIntermediate:
			if answer = nil; m.IsResponse() && !m.FromInitiator {
				answer = m
			}
		default:
			return nil
		}
	}
	return answer
}

// sizeOfAuth tells what makes IKE_AUTH large: that the responder asks for certificates, and whether both peers can send IKE fragments.
func sizeOfAuth(sa *ikesa.SA) (certificates, fragments bool) {
	can := make(map[bool]bool)
	for _, m := range sa.Messages {
		if negotiation.NotifyOf(m, ikev2.NotifyFragmentation) != nil {
			can[m.FromInitiator] = true
		}
		if _, ok := decode.Find(m.Payloads, ikev2.PayloadCertReq); ok && !m.FromInitiator {
			certificates = true
		}
	}
	return certificates, len(can) == 2
}

// laterESP is the first frame after m of an ESP or AH flow between the hosts of sa that no message names, where no other IKE SA of
// theirs can have made it; 0: none.
func (d *diagnosis) laterESP(sa *ikesa.SA, m *ikesa.Message) (frame int) {
	hosts := negotiation.HostsOf(sa)
	for _, o := range d.Family().Between(hosts) {
		if o != sa && answerOfInit(o) == nil {
			return 0
		}
	}
	for _, u := range d.ClosedFlows() {
		if negotiation.InOrder(u.Src, u.Dst) == hosts && u.First > m.Frame && (frame == 0 || u.First < frame) {
			frame = u.First
		}
	}
	return frame
}

// redirections finds responders that send the initiator to another gateway (RFC 5685).
func (d *diagnosis) redirections() {
	for _, s := range d.Stories() {
		for _, m := range s.SA.Messages {
			n := negotiation.NotifyOf(m, ikev2.NotifyRedirect)
			if s.SA.Version != 2 || n == nil {
				continue
			}
			gateway, _, ok := n.Gateway()
			if !ok {
				continue
			}
			facts := Redirection{Gateway: gateway, Exchange: negotiation.TypeOf(m), Asked: announced(s.SA, ikev2.NotifyRedirectSupported)}
			f := Finding{Code: CodeRedirected, Severity: Warning, Grade: Wire, From: SideOf(m.FromInitiator), Frames: messageFrames(m), Cause: gateway}
			if next := d.redirectedTo(s.SA, m, gateway); next != nil {
				facts.Next = subjectOf(next)
				f.Severity, f.Frames = Noteworthy, Frames(append(f.Frames, next.Messages[0].Frame)...)
			}
			f.Facts = facts
			d.addSA(s.SA, f)
		}
	}
}

// redirectedAway reports whether two hosts have no tunnel because every IKE SA of theirs ended in a redirect to a gateway with which the initiator started
// another one: that one tells whether there is a tunnel.
func (d *diagnosis) redirectedAway(t *tunnel) bool {
	all := d.Family().Between(t.hosts)
	return len(t.sent) == 0 && !t.up && len(all) > 0 && !slices.ContainsFunc(all, func(sa *ikesa.SA) bool {
		return !slices.ContainsFunc(sa.Messages, func(m *ikesa.Message) bool {
			n := negotiation.NotifyOf(m, ikev2.NotifyRedirect)
			if sa.Version != 2 || n == nil {
				return false
			}
			gateway, _, ok := n.Gateway()
			return ok && d.redirectedTo(sa, m, gateway) != nil
		})
	})
}

// announced reports whether the initiator of sa sent a notification in its first message.
func announced(sa *ikesa.SA, t ikev2.NotifyType) bool {
	return negotiation.Begins(sa) && negotiation.NotifyOf(sa.Messages[0], t) != nil
}

// redirectedTo is the IKE SA that the initiator of sa starts with the gateway that m names; nil: it is not in the capture.
func (d *diagnosis) redirectedTo(sa *ikesa.SA, m *ikesa.Message, gateway string) *ikesa.SA {
	addr, _ := netip.ParseAddr(gateway)
	for _, o := range d.Session.SAs {
		if o == sa || o.Version != 2 || len(o.Messages) == 0 || o.InitiatorAddr.Addr() != sa.InitiatorAddr.Addr() || o.Start().Before(m.Time) {
			continue
		}
		if o.ResponderAddr.Addr() == addr {
			return o
		}
		if n := negotiation.NotifyOf(o.Messages[0], ikev2.NotifyRedirectedFrom); n != nil {
			if from, _, ok := n.Gateway(); ok && from == sa.ResponderAddr.Addr().String() {
				return o
			}
		}
	}
	return nil
}

// mustMove reports whether the message that is due after those on port 500 goes to port 4500, for there is NAT between the peers (RFC
// 3947, section 4; RFC 7296, section 2.23).
func mustMove(sa *ikesa.SA) bool {
	last := sa.Messages[len(sa.Messages)-1]
	return last.Dst.Port() != capture.PortNATT && last.Src.Port() != capture.PortNATT && (sa.NAT.BehindNATInitiator || sa.NAT.BehindNATResponder)
}
