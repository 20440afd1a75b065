package diagnose

import (
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

// What logs say beside what the capture shows: failures of their own, and lines for a finding.

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
	if e := d.reasonOf(sa, frames, side, why); e != nil {
		return e.Where()
	}
	return ""
}

// reasonOf is what a log of a side says of messages with a reason; nil where none does.
func (d *diagnosis) reasonOf(sa *ikesa.SA, frames []int, side Side, why logs.Reason) *entry {
	for _, e := range d.toldOf(sa, frames) {
		if e.Kind == logs.Refused && (e.side == side || e.side == NoSide) && e.Reason == why {
			return e
		}
	}
	return nil
}

// logged finds failures that no other rule sees, by what a log says of an exchange that came to nothing, or that is not decrypted.
func (d *diagnosis) logged() {
	for _, s := range d.Stories() {
		told := inExchange(s, d.logbook().events[s.SA])
		if len(told) == 0 {
			continue
		}
		said := make(map[Code]bool)
		for _, x := range s.Exchanges() {
			of := slices.DeleteFunc(slices.Clone(told), func(e *entry) bool { return e.x != x || e.grade != Log || wentOn(told, e) || deletedBefore(told, e) })
			if of = leftByChild(x, of); len(of) == 0 {
				continue
			}
			e := deciding(of)
			if e == nil {
				d.peerLogged(s, x, of)
				continue
			}
			if !d.cameToNothing(s, x, e) || d.regrouped(s, x, e) {
				continue
			}
			code := d.codeBy(s.SA, nil, e)
			again := said[code] && !childCodes[code] // the exchanges after it are about the same failure
			if code != "" && code != CodeInvalidKE && !again && !(code == CodeXAUTHFailed && d.xauthOf(s) != nil) {
				said[code] = true
				f := d.refusal(s.SA, e, code)
				f.Frames = Frames(x.Messages[0].Frame, x.Messages[len(x.Messages)-1].Frame)
				f.Logs = d.lines(s.SA, &f, d.toldOf(s.SA, f.Frames))
				f.Later = d.laterSuccess(s.SA, &f)
				f.weighLater()
				d.add(f)
			}
		}
	}
}

// regrouped reports whether an exchange was rejected for its DH group and the next attempt, with another one, succeeded: the rules about those exchanges
// tell of it.
func (d *diagnosis) regrouped(s *negotiation.Story, x *ikesa.Exchange, e *entry) bool {
	retry := d.closedRetry(x)
	return e.Reason == logs.GroupRefused && retry != nil && retriedFor(s, x, retry) != ""
}

// wentOn reports whether an event tells of a virtual address that was not given and the same log has a Child SA that came up after it: the peers did without,
// or one of them asked while the other one had given it.
func wentOn(told []*entry, e *entry) bool {
	return e.Reason == logs.NoAddress && slices.ContainsFunc(told, func(o *entry) bool { return o.Kind == logs.ChildUp && o.File == e.File && o.Line > e.Line })
}

// deletedBefore reports whether an event tells that the kernel rejected an SA which the peer had deleted before, as the same log says: of two that came of
// rekeying at the same time one is superfluous (RFC 7296, section 2.8.1), and charon installs the outbound SA of its own late.
func deletedBefore(told []*entry, e *entry) bool {
	return e.Reason == logs.KernelRefused && slices.ContainsFunc(told, func(o *entry) bool {
		return o.Kind == logs.Deleted && o.File == e.File && o.Line < e.Line && slices.ContainsFunc(o.Children, func(s ike.ChildSPI) bool { return slices.Contains(e.Children, s) })
	})
}

// leftByChild is what decides of what logs tell of an exchange in which a Child SA came up by one of them: nothing, but where it is the side that answers,
// which has its Child SA as soon as it sends the response, what the other one says of that.
func leftByChild(x *ikesa.Exchange, told []*entry) []*entry {
	up := func(e *entry) bool { return e.Kind == logs.ChildUp }
	if !slices.ContainsFunc(told, up) || len(x.Messages) == 0 {
		return told
	}
	asks := SideOf(x.Messages[0].FromInitiator)
	left := slices.DeleteFunc(slices.Clone(told), func(e *entry) bool { return e.side != asks })
	if slices.ContainsFunc(left, up) {
		return nil
	}
	return left
}

// peerLogged finds the error in a response that is not decrypted, by the log of the side that received it.
func (d *diagnosis) peerLogged(s *negotiation.Story, x *ikesa.Exchange, told []*entry) {
	i := slices.IndexFunc(told, func(e *entry) bool { return e.Kind == logs.PeerError })
	if o := s.Outcome(x); i < 0 || o == nil || !unread(o) {
		return
	}
	// What a side was told after it had rejected the peer itself says no more.
	if e := told[i]; slices.ContainsFunc(d.logbook().events[s.SA], func(o *entry) bool { return o.Kind == logs.Refused && o.side == e.side && o.File == e.File && o.x != x }) {
		return
	}
	f := Finding{Subject: subjectOf(s.SA), Frames: Frames(x.Messages[0].Frame, x.Messages[len(x.Messages)-1].Frame)}
	f.Logs = d.lines(s.SA, &f, told)
	if f = d.peerSaid(s.SA, f, told[i]); f.Code != "" {
		f.weighLater()
		d.add(f)
	}
}

// unread reports whether the capture does not show how an exchange ended: it is not decrypted, or has the messages of one side alone.
func unread(o *negotiation.Outcome) bool {
	return o.Code == negotiation.Closed || o.Code == negotiation.Incomplete
}

// inExchange gives the events whose exchange is not known the last one that is not decrypted: of others, other rules tell.
func inExchange(s *negotiation.Story, told []*entry) (list []*entry) {
	var last *ikesa.Exchange
	for _, x := range s.Exchanges() {
		if o := s.Outcome(x); o != nil && unread(o) {
			last = x
		}
	}
	for _, e := range told {
		if e.x == nil && !e.elsewhere && last != nil && !upAfter(told, e) {
			known := *e
			known.x, e = last, &known
		}
		list = append(list, e)
	}
	return list
}

// upAfter reports whether the log of an event tells after it that a Child SA of the IKE SA came up.
func upAfter(told []*entry, e *entry) bool {
	return slices.ContainsFunc(told, func(o *entry) bool {
		return o.Kind == logs.ChildUp && o.File == e.File && o.Run == e.Run && o.Line > e.Line
	})
}

// upLater reports whether the log that tells of a rejected Child SA has another one, which came up in a later exchange: that one carries what is seen.
func (d *diagnosis) upLater(sa *ikesa.SA, e *entry) bool {
	return slices.ContainsFunc(d.logbook().events[sa], func(o *entry) bool {
		return o.Kind == logs.ChildUp && len(o.Children) > 0 && o.File == e.File && o.side == e.side && o.Line > e.Line && o.x != nil && o.x != e.x
	}) && childCodes[d.codeBy(sa, nil, e)]
}

// cameToNothing reports whether an exchange failed, or may have, for what an event rejects. One that was answered did for the side that rejects
// the answer, or what it agreed on.
func (d *diagnosis) cameToNothing(s *negotiation.Story, x *ikesa.Exchange, e *entry) bool {
	o := s.Outcome(x)
	switch {
	case o == nil || len(x.Messages) == 0:
		return false
	case unread(o) && x.Type != ikev1.ExchangeQuick && x.Type != ikev2.ExchangeCreateChild && d.carried(s.SA) && !d.upLater(s.SA, e):
		return false // the log is of another attempt between the same hosts
	case x.Type == ikev1.ExchangeQuick && (o.Code == negotiation.Failed || o.Code == negotiation.NoAnswer):
		return e.Reason == logs.KernelRefused // the rule about Quick Modes asks the log, and compares what the log only says to differ
	case o.Code == negotiation.Failed && x.Type == ikev2.ExchangeCreateChild && o.Notify.Is(ike.NoProposalChosen) && e.Reason == logs.NoProposal:
		return false // likewise the rule about that exchange
	case o.Code == negotiation.Failed, o.Code == negotiation.NoAnswer, unread(o):
		return true
	case o.Code == negotiation.Established && negotiation.IsPhase1(x.Type) && d.endedUnread(s, x, e):
		return true
	}
	return e.Reason == logs.KernelRefused || e.Message.Response && e.side == SideOf(x.Messages[0].FromInitiator)
}

// endedUnread reports whether a phase 1 has all its messages, the last one not decrypted, and the log that rejects its peer never says that the IKE SA came
// up; nothing in the capture shows that it did.
func (d *diagnosis) endedUnread(s *negotiation.Story, x *ikesa.Exchange, e *entry) bool {
	if x.Messages[len(x.Messages)-1].State != ikesa.Closed || d.carried(s.SA) {
		return false
	}
	if slices.ContainsFunc(s.Exchanges(), func(q *ikesa.Exchange) bool {
		return q.Type == ikev1.ExchangeQuick || q.Type == ikev1.ExchangeTransaction
	}) {
		return false
	}
	return !slices.ContainsFunc(d.logbook().events[s.SA], func(o *entry) bool {
		return (o.Kind == logs.Up || o.Kind == logs.ChildUp) && o.File == e.File
	})
}
