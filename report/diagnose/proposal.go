package diagnose

import (
	"slices"

	"github.com/ikedecode/ikedecode/keys/ikesa"
	"github.com/ikedecode/ikedecode/report/negotiation"
)

// What one side offers against what the other one is known to accept: by its own offers, and by what it took of others.

// offeredIn are the stances of the side that started x, from its last offer: a first one may have been for another group.
func offeredIn(sa *ikesa.SA, x *ikesa.Exchange) (phase int, list []stance) {
	for _, m := range x.Messages {
		if p, s := stances(sa, m, false); len(s) > 0 && !tookOffer(sa, x, m) {
			phase, list = p, s
		}
	}
	return phase, list
}

// refusedOffer is the finding about an offer that the peer rejected, with what that side is known to accept.
func (d *diagnosis) refusedOffer(s *negotiation.Story, x *ikesa.Exchange, o *negotiation.Outcome, code Code, facts RefusedOffer) Finding {
	facts.Notify, facts.LogGiven = o.Notify, d.hasLogOf(s.SA, o.From)
	f := Finding{Code: code, Severity: Problem, Grade: Wire, From: o.From, Frames: Frames(x.Messages[0].Frame, o.Frame)}
	facts.InLog = slices.ContainsFunc(d.toldOf(s.SA, f.Frames), func(e *entry) bool { return e.Compares && e.side == o.From })
	phase, offered := offeredIn(s.SA, x)
	if len(offered) == 0 {
		facts.First = firstRejected(x, facts.For)
		f.Facts = facts
		return f
	}
	facts.Offered, facts.More = offerLines(offered)
	facts.Additional = needAdditional(offered)
	known := d.loggedStances(s.SA, x, o.From, phase, offered)
	if len(known) == 0 {
		known = d.knownOf(stanceKey{offered[0].to, s.SA.Version, phase}, offered[0].from)
	}
	known, elsewhere := d.forSameTraffic(s, x, known)
	m, ok := nearestStance(offered, known, f.From != Initiator)
	if facts.First = firstRejected(x, facts.For); facts.First {
		facts.Usual, facts.Method = isUsual(offered), onlyMethod(offered)
	}
	if !ok {
		f.Facts = facts
		return f
	}
	if elsewhere {
		m.rows, m.differing = nil, nil
	}
	f.Compared = m.rows
	for _, k := range m.alternatives(known) {
		o := k.knownOffer()
		o.Elsewhere = elsewhere
		o.Same = k.took && k.to == offered[0].from && len(m.differing) == 0 && !elsewhere
		if k.logged == "" && k.to != offered[0].from {
			o.Other = k.to
		}
		facts.Known = append(facts.Known, o)
	}
	f.Frames = Frames(append(f.Frames, m.known.frame)...)
	if len(m.differing) == 0 && !elsewhere && d.sameTraffic(s, x, m.known.frame) {
		m.differing = f.compareUnseen(&m)
	}
	facts.Differing = m.differing
	if len(m.differing) == 0 && m.known.logged != "" {
		if facts.Private = privateIn(s.SA, f.From.Other(), m.offer); facts.Private != "" {
			f.Grade = Likely
		}
	}
	switch other := facts.Known[0].Other.IsValid(); {
	case other && len(m.differing) > 0:
		f.Grade = Likely // what it accepts may differ from peer to peer
	case len(m.differing) == 1:
		switch m.differing[0] {
		case traitPFS:
			f.Code = CodePFSMismatch
		case traitMode:
			f.Code, f.RFC = CodeModeMismatch, "RFC 2407, section 4.5"
		case traitAuth:
			f.Code = CodeAuthMethodMismatch
		}
	}
	f.Facts = facts
	return f
}

// firstRejected reports whether the first message between the peers was rejected, which who has no connection for a peer does as well.
func firstRejected(x *ikesa.Exchange, what OfferFor) bool {
	return what == ForIKESA || what == ForPhase1 && negotiation.OneSided(x)
}

// isUsual reports whether one of the proposals can be made of algorithms that most gateways accept: those which RFC 8247 demands or
// advises. Then who rejects them may as well have no connection for this peer or this version of IKE, for it says the same.
func isUsual(offered []stance) bool {
	const ofIKESA = true
	usual := func(v value) bool {
		p, ok := places[ofIKESA][v.algorithm.Space]
		if !ok || v.isNone() {
			return true
		}
		row := statusOf(p, statusName(v.algorithm))
		return row != nil && (row.status == statusMust || row.status == statusShould)
	}
	return slices.ContainsFunc(offered, func(o stance) bool {
		return !slices.ContainsFunc(o.traits, func(t trait) bool { return !slices.ContainsFunc(t.values, usual) })
	})
}

// onlyMethod is the one way to authenticate that all stances have; "" where there are several, or none is named.
func onlyMethod(offered []stance) (method string) {
	for i := range offered {
		values, ok := traitOf(&offered[i], traitAuth)
		if !ok || method != "" && valuesText(values) != method {
			return ""
		}
		method = valuesText(values)
	}
	return method
}

// needAdditional reports whether each of the offers has an additional key exchange (RFC 9370) that it does not go without: who does not know
// them accepts none of the offers.
func needAdditional(offered []stance) bool {
	return !slices.ContainsFunc(offered, func(s stance) bool {
		return !slices.ContainsFunc(s.traits, func(t trait) bool {
			return len(t.values) > 0 && t.isAdditional() && !slices.ContainsFunc(t.values, value.isNone)
		})
	})
}

// knownOffer is how a stance is known.
func (s *stance) knownOffer() KnownOffer {
	return KnownOffer{Log: s.logged, Took: s.took, Frame: s.frame, Text: s.text}
}

// offerLines lists offers, and counts those that are too many.
func offerLines(list []stance) (lines []OfferLine, more int) {
	for i, s := range list {
		if i == maxOfferLines {
			return lines, len(list) - i
		}
		lines = append(lines, OfferLine{Frame: s.frame, Text: s.text})
	}
	return lines, 0
}

// exchangeOf is how findings name x: by its message ID too, but for the first exchanges.
func exchangeOf(x *ikesa.Exchange, purpose negotiation.Purpose) Exchange {
	r := Exchange{Type: x.Type, Numbered: true, Purpose: purpose}
	r.Low, r.High = negotiation.MessageIDs(x)
	return r
}

// quickOf is how findings name a Quick Mode.
func quickOf(x *ikesa.Exchange, rekey bool) Exchange {
	return Exchange{Type: x.Type, Numbered: true, Low: x.MessageID, High: x.MessageID, Purpose: negotiation.Purpose{Rekeying: rekey}}
}

// forSameTraffic are those of what a side is known to accept that are for the traffic that x asks for, where there are some. elsewhere tells that
// all are for other traffic: they say nothing of x.
func (d *diagnosis) forSameTraffic(s *negotiation.Story, x *ikesa.Exchange, known []stance) (list []stance, elsewhere bool) {
	for _, k := range known {
		if k.logged != "" || d.sameTraffic(s, x, k.frame) {
			list = append(list, k)
		}
	}
	if len(list) > 0 {
		return list, false
	}
	return known, len(known) > 0
}

// sameTraffic reports whether what x asks for is, as far as it is known, what the exchange with a frame is about: another Child SA may have settings of its own.
func (d *diagnosis) sameTraffic(s *negotiation.Story, x *ikesa.Exchange, frame int) bool {
	policy, ok := proposedPolicy(s.SA, x)
	known := d.asks().by[d.Message(frame)]
	if !ok || known.sa == nil || negotiation.PurposeOf(x).Rekeys != nil {
		return true
	}
	other, ok := proposedPolicy(known.sa, known.exchange)
	return !ok || tunnelOf(s.SA, x, policy) == tunnelOf(known.sa, known.exchange, other)
}

// compareUnseen compares the key exchanges of an offer with those of a stance that does not show any, since it is of IKE_AUTH. What differs
// is the one that there is; of several, nobody can tell which.
func (f *Finding) compareUnseen(m *match) (differing []string) {
	if _, seen := traitOf(m.known, traitPFS); seen {
		return nil
	}
	for _, t := range m.offer.traits {
		if t.name == traitPFS || t.isAdditional() {
			differing = append(differing, t.name)
			f.Compared = append(f.Compared, groupRow(t.name, t.values, f.From != Initiator))
		}
	}
	if len(differing) > 1 {
		return nil
	}
	return differing
}

// groupRow compares a group with one that is not known.
func groupRow(name string, group []value, initiator bool) Compared {
	r := Compared{Name: name, Initiator: valuesText(group), Responder: "another, or none", Differs: true}
	if len(group) == 1 && group[0].isNone() {
		r.Responder = "a group"
	}
	if !initiator {
		r.Initiator, r.Responder = r.Responder, r.Initiator
	}
	return r
}

// alternatives are the proposals that the same line of a log names, any of which would do, that of m among them; else it alone.
func (m *match) alternatives(known []stance) (list []*stance) {
	if m.known.logged == "" {
		return []*stance{m.known}
	}
	for i := range known {
		if known[i].logged == m.known.logged && len(list) < maxOfferLines {
			list = append(list, &known[i])
		}
	}
	return list
}
