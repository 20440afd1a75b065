package diagnose

import (
	"github.com/ikedecode/ikedecode/decode"
	"github.com/ikedecode/ikedecode/decode/ike"
	"github.com/ikedecode/ikedecode/decode/ikev1"
	"github.com/ikedecode/ikedecode/keys/ikesa"
	"github.com/ikedecode/ikedecode/report/negotiation"
)

func (d *diagnosis) phase2() {
	for _, s := range d.Stories() {
		for _, x := range s.SA.Exchanges {
			if x.Type != ikev1.ExchangeQuick || len(x.Messages) == 0 {
				continue
			}
			o := s.Outcome(x)
			if o.Code == negotiation.NoAnswer && negotiation.OneSided(x) && d.endedPhase1(s.SA) != nil {
				continue // it crossed what ended the IKE SA
			}
			if (o.Code == negotiation.Failed || o.Code == negotiation.NoAnswer) && !mayBeLast(s.SA, x) {
				d.addSA(s.SA, d.phase2Failure(s, x, o))
			}
		}
	}
}

// mayBeLast reports whether all that the capture has of a Quick Mode is a message before which it began, and that may be the third one, which needs no
// response: one that was not decrypted and has room for a HASH alone.
func mayBeLast(sa *ikesa.SA, x *ikesa.Exchange) bool {
	const (
		overhead = 28 + 4 + 16 // ISAKMP header, header of the payload, padding
		longest  = 64          // bytes of a HASH
	)
	m := x.Messages[0]
	return len(x.Messages) == 1 && m == sa.Messages[0] && m.State == ikesa.Closed && len(m.Raw) <= overhead+longest
}

func (d *diagnosis) phase2Failure(s *negotiation.Story, x *ikesa.Exchange, o *negotiation.Outcome) Finding {
	first, last := x.Messages[0], x.Messages[len(x.Messages)-1]
	rekey := first.State != ikesa.Closed && s.EarlierChild(x) != nil // it may be for other traffic
	name := quickOf(x, rekey)
	facts := FailedExchange{Exchange: name, Outcome: o, Rekeying: rekey}
	f := Finding{Severity: Problem, Grade: Wire, From: o.From, Frames: Frames(first.Frame, o.Frame)}
	switch {
	case answerRejected(x, o):
		return d.otherAnswer(s, x, o)
	case o.Code == negotiation.Failed && isProposalError(o):
		return d.refusedOffer(s, x, o, CodePhase2NoProposal, RefusedOffer{For: ForQuick, Exchange: name})
	case o.Code == negotiation.Failed && o.Notify.Is(ike.InvalidID):
		return d.selectorsOrMode(s, x, o, name)
	case o.Code == negotiation.Failed && o.Notify.IsZero():
		if g, ok := d.groupByLength(s, x, o, name); ok {
			return g
		}
		f.Code, f.Grade, facts.Kind = CodePhase2Refused, Likely, RefusedUnread
	case o.Code == negotiation.Failed:
		f.Code, facts.Kind = CodePhase2Failed, Refused
	default:
		f.Code, facts.Kind, f.From, f.Frames = CodePhase2NoResponse, Unanswered, SideOf(last.FromInitiator), messageFrames(last)
	}
	if rekey {
		f.Code = CodeRekeyFailed
	}
	f.Facts = facts
	return f
}

// answerRejected reports whether who began a Quick Mode rejected its second message, whose selectors are not those of the first one: in IKEv1 there is
// nothing to choose.
func answerRejected(x *ikesa.Exchange, o *negotiation.Outcome) bool {
	if o.Code != negotiation.Failed || o.Refusal == nil || len(x.Messages) != 2 || o.Refusal.FromInitiator != x.Messages[0].FromInitiator {
		return false
	}
	asked, ok := x.Messages[0].Traffic()
	answered, too := x.Messages[1].Traffic()
	return ok && too && !(asked.Initiator.Equal(answered.Initiator) && asked.Responder.Equal(answered.Responder))
}

// otherAnswer is for such a Quick Mode.
func (d *diagnosis) otherAnswer(s *negotiation.Story, x *ikesa.Exchange, o *negotiation.Outcome) Finding {
	request, answer := x.Messages[0], x.Messages[1]
	asked, _ := request.Traffic()
	answered, _ := answer.Traffic()
	their := policy{local: compared(asked.Initiator), remote: compared(asked.Responder), frame: request.Frame}
	own := policy{local: compared(answered.Responder), remote: compared(answered.Initiator), frame: answer.Frame, took: true}
	narrowed := asked.Initiator.Covers(answered.Initiator) && asked.Responder.Covers(answered.Responder)
	return Finding{Code: CodeTSMismatch, Severity: Problem, Grade: Wire, From: SideOf(answer.FromInitiator), Frames: Frames(request.Frame, answer.Frame, o.Refusal.Frame),
		Compared: selectorRows(their, own, request.FromInitiator, s.SA.Version),
		Facts: RefusedSelectors{For: ForQuick, Exchange: quickOf(x, false), Notify: o.Notify, Asked: their.pair(), Own: own.pair(), OwnTook: true,
			Outside: !narrowed, Narrowed: narrowed, Rejected: o.Refusal.Frame}}
}

// selectorsOrMode is for selectors that were rejected. Where those of both peers fit, strongSwan may have rejected the mode with
// the same error.
func (d *diagnosis) selectorsOrMode(s *negotiation.Story, x *ikesa.Exchange, o *negotiation.Outcome, name Exchange) Finding {
	f, equal := d.refusedSelectors(s, x, o, RefusedSelectors{For: ForQuick, Exchange: name})
	if !equal {
		return f
	}
	if mode := d.refusedOffer(s, x, o, f.Code, RefusedOffer{For: ForQuick, Exchange: name, ModeAlone: true}); mode.Code == CodeModeMismatch {
		return mode
	}
	if facts, ok := f.Facts.(RefusedSelectors); ok {
		facts.Equal = true
		f.Facts = facts
	}
	return f
}

// groupByLength tells, where all is closed, that one side uses PFS and the other not by the lengths of the first messages with
// which each of them starts a Quick Mode: a KE payload makes the difference.
func (d *diagnosis) groupByLength(s *negotiation.Story, x *ikesa.Exchange, o *negotiation.Outcome, name Exchange) (f Finding, ok bool) {
	const most = 64 // exchanges of each SA that are looked at
	first := x.Messages[0]
	for _, other := range d.Family().Between(negotiation.HostsOf(s.SA)) {
		for _, y := range other.Exchanges[:min(len(other.Exchanges), most)] {
			if y.Type != ikev1.ExchangeQuick || len(y.Messages) == 0 || negotiation.CutIn(x) || negotiation.CutIn(y) || y.Messages[0].State != ikesa.Closed || y.Messages[0].Src.Addr() != first.Dst.Addr() {
				continue
			}
			theirs := y.Messages[0]
			group := groupOfLength(len(first.Raw) - len(theirs.Raw))
			if group == 0 {
				group = groupOfLength(len(theirs.Raw) - len(first.Raw))
			}
			if group == 0 {
				continue
			}
			row := Compared{Name: traitPFS, Initiator: "none", Responder: "none", Differs: true}
			if (len(first.Raw) > len(theirs.Raw)) == first.FromInitiator {
				row.Initiator = group.String()
			} else {
				row.Responder = group.String()
			}
			return Finding{Code: CodePFSMismatch, Severity: Problem, From: o.From, Frames: Frames(first.Frame, o.Frame, theirs.Frame),
				Compared: []Compared{row}, Facts: LengthsDiffer{Exchange: name, Outcome: o, Frame: first.Frame, Bytes: len(first.Raw),
					Other: theirs.Frame, OtherBytes: len(theirs.Raw)}}, true
		}
	}
	return f, false
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
