package diagnose

import (
	"slices"

	"github.com/ikedecode/ikedecode/decode"
	"github.com/ikedecode/ikedecode/decode/ike"
	"github.com/ikedecode/ikedecode/keys/ikesa"
	"github.com/ikedecode/ikedecode/keys/logs"
	"github.com/ikedecode/ikedecode/report/negotiation"
)

// How well what a log says of a negotiation fits one of the capture.

// score says how well a talk fits an IKE SA as told by a side; never: it cannot be. other tells that it has a message that has another size in the IKE SA.
func (b *binder) score(t *talk, at seat) (score int, other bool) {
	have := make(map[shape]int)
	for _, m := range at.sa.Messages[:min(len(at.sa.Messages), maxTalkMessages)] {
		have[shapeOf(m)] += m.Sent()
	}
	if otherIDs(t, at.sa) || b.otherChildren(t, at.sa) {
		return never, false
	}
	missing, sure := make(map[shape]bool), b.names(t, at.sa) || b.sameMessages(t, at, have)
	addrs, ids := 0, 0
	for _, e := range t.events[:min(len(t.events), maxTalkMessages)] {
		if e.Role != NoSide && e.Role != at.side && (at.sa.RolesKnown || at.sa.RolesByOrder) || e.Message.Version != 0 && int(e.Message.Version) != at.sa.Version {
			return never, false
		}
		n, hosts := b.addresses(e, at)
		if hosts == hostsContradict || hosts == hostsUnknown && !sure || !sameSPIs(e, at.sa) || otherPhase1(e, at.sa) {
			return never, false
		}
		addrs = max(addrs, n)
		if !e.SPIs[0].IsZero() {
			score = max(score, scoreSPI)
		}
		if b.hasChild(e, at.sa) {
			score = max(score, scoreSPI)
		}
		if slices.ContainsFunc(e.Children, func(spi ike.ChildSPI) bool { return b.d.closedOwners()[spi] == at.sa }) {
			score = max(score, strongScore)
		}
		if id := negotiation.IdentityOf(at.sa, at.side.Other()); id != nil && e.Remote.Identity != nil && sameIdentity(e.Remote.Identity, id) {
			ids = scoreIdentity
		}
		n = messageScore(e, at, have, missing)
		score, other = score+n, other || n <= -scoreOther
	}
	return score + addrs + ids, other
}

// otherPhase1 reports whether an event names a type of phase 1 that is not the IKE SA's.
func otherPhase1(e *logs.Event, sa *ikesa.SA) bool {
	x := negotiation.Phase1Of(sa)
	return e.Phase1 != 0 && x != nil && x.Type != decode.ExchangeType(e.Phase1)
}

// otherIDs reports whether a talk and an IKE SA have message IDs of IKEv1, which are random, but none in common.
func otherIDs(t *talk, sa *ikesa.SA) bool {
	if sa.Version != 1 {
		return false
	}
	told, seen := make(map[uint32]bool), false
	for _, e := range t.events[:min(len(t.events), maxTalkMessages)] {
		if e.Message.Version == ike.V1 && e.Message.ID != 0 {
			told[e.Message.ID] = true
		}
	}
	for _, m := range sa.Messages[:min(len(sa.Messages), maxTalkMessages)] {
		if m.MessageID != 0 {
			if seen = true; told[m.MessageID] {
				return false
			}
		}
	}
	return seen && len(told) > 0
}

// otherChildren reports whether a talk names the SPIs of Child SAs, and an IKE SA, the only one between its hosts that works, has others: the log is of
// another attempt, or of another day.
func (b *binder) otherChildren(t *talk, sa *ikesa.SA) bool {
	if !negotiation.Begins(sa) || !b.d.works(sa) {
		return false
	}
	told := false
	for _, e := range t.events[:min(len(t.events), maxTalkMessages)] {
		for _, spi := range e.Children {
			if b.d.childOf(spi) != nil || b.d.closedOwners()[spi] != nil {
				return false
			}
			told = true
		}
	}
	return told
}

// messageScore compares what an event says of a message with those of an IKE SA, which have counts down. One that is missing counts once, by its
// size and sender, however often it was sent.
func messageScore(e *logs.Event, at seat, have map[shape]int, missing map[shape]bool) int {
	m := e.Message
	if e.Kind != logs.Sent && e.Kind != logs.Received && (m.Exchange != 0 || m.Size == 0) {
		return 0 // it was counted where it came
	}
	s := shape{fromInitiator: (e.Kind == logs.Sent) == (at.side == Initiator), exchange: decode.ExchangeType(m.Exchange), id: m.ID, size: m.Size}
	score := 0
	if m.Version == ike.V1 && m.ID != 0 && slices.ContainsFunc(at.sa.Messages, func(x *ikesa.Message) bool {
		return x.MessageID == m.ID && x.FromInitiator == s.fromInitiator
	}) {
		score += scoreID
	}
	switch {
	case m.Size == 0:
	case have[s] > 0:
		have[s]--
		score += scoreMessage
	case m.Exchange == 0 && hasSize(have, s):
		score += scoreSize
	case counted(have, s): // sent again, which the capture lacks
	case hasKind(have, s):
		score -= scoreOther
	default:
		if of := (shape{fromInitiator: s.fromInitiator, size: s.size}); !missing[of] {
			missing[of] = true
			score -= scoreMissing
		}
	}
	return score
}

func counted(have map[shape]int, s shape) bool {
	_, ok := have[s]
	return ok
}

// hasKind reports whether there is a message as s, of any size but its own.
func hasKind(have map[shape]int, s shape) bool {
	for h := range have {
		if h.size != s.size && h.exchange == s.exchange && h.id == s.id && h.fromInitiator == s.fromInitiator {
			return s.exchange != 0
		}
	}
	return false
}

func hasSize(have map[shape]int, s shape) bool {
	for h, n := range have {
		if n > 0 && h.size == s.size && h.fromInitiator == s.fromInitiator {
			return true
		}
	}
	return false
}

// sameSPIs reports whether the SPIs that an event names are not those of another IKE SA.
func sameSPIs(e *logs.Event, sa *ikesa.SA) bool {
	if e.SPIs[0].IsZero() {
		return true
	}
	return e.SPIs[0] == sa.Initiator && (e.SPIs[1].IsZero() || sa.Responder.IsZero() || e.SPIs[1] == sa.Responder)
}

// hasChild reports whether one of the children that an event names was negotiated in an IKE SA.
func (b *binder) hasChild(e *logs.Event, sa *ikesa.SA) bool {
	return slices.ContainsFunc(e.Children, func(spi ike.ChildSPI) bool { return b.d.childOf(spi) == sa })
}

// names reports whether a talk names the SPIs of an IKE SA, or those that it negotiated: it is about that one, whatever NAT makes of its addresses.
func (b *binder) names(t *talk, sa *ikesa.SA) bool {
	return slices.ContainsFunc(t.events[:min(len(t.events), maxTalkMessages)], func(e *logs.Event) bool {
		return !e.SPIs[0].IsZero() && sameSPIs(e, sa) || b.hasChild(e, sa)
	})
}

// sameMessages reports whether a talk has messages of an IKE SA, by exchange, message ID and size, at their time, and none of another size: whatever
// hosts it names, it is about that one, which has other addresses behind NAT.
func (b *binder) sameMessages(t *talk, at seat, have map[shape]int) bool {
	const enough = 4 // of IKE_SA_INIT and IKE_AUTH; of Main Mode
	same := 0
	for _, e := range t.events[:min(len(t.events), maxTalkMessages)] {
		m := e.Message
		if e.Kind != logs.Sent && e.Kind != logs.Received || m.Size == 0 || m.Exchange == 0 {
			continue
		}
		switch s := (shape{fromInitiator: (e.Kind == logs.Sent) == (at.side == Initiator), exchange: decode.ExchangeType(m.Exchange), id: m.ID, size: m.Size}); {
		case counted(have, s):
			same++
		case hasKind(have, s):
			return false
		}
	}
	return same >= enough && b.away(t, at.sa) <= saidAfter
}

// hostsFit is what the hosts that an event names say of a seat.
type hostsFit uint8

const (
	hostsFine       hostsFit = iota // one of them is the seat's, or none is named
	hostsUnknown                    // they are none of the IKE SA's
	hostsContradict                 // one is the other side's
)

// addresses compares the hosts that an event names with those of a seat. A host behind NAT has another address in its own log, and its
// peer a third one: one of the two is enough, but not one that is the other side's.
func (b *binder) addresses(e *logs.Event, at seat) (score int, hosts hostsFit) {
	own, other := b.sides[at.sa][0], b.sides[at.sa][1]
	if at.side == Responder {
		own, other = other, own
	}
	local, remote := e.Local.Addr.Addr(), e.Remote.Addr.Addr()
	isOwn, isOther := slices.Contains(own, local), slices.Contains(other, remote)
	switch {
	case local.IsValid() && !isOwn && slices.Contains(other, local), remote.IsValid() && !isOther && slices.Contains(own, remote):
		return 0, hostsContradict
	case isOwn && isOther:
		return 2 * scoreAddrs, hostsFine
	case isOwn, isOther:
		return scoreAddrs, hostsFine
	case local.IsValid() && !local.IsPrivate(), remote.IsValid():
		return 0, hostsUnknown
	}
	return 0, hostsFine
}
