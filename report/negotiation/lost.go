package negotiation

import (
	"math"
	"net/netip"
	"slices"

	"github.com/ikedecode/ikedecode"
	"github.com/ikedecode/ikedecode/decode"
	"github.com/ikedecode/ikedecode/decode/ike"
	"github.com/ikedecode/ikedecode/decode/ikev1"
	"github.com/ikedecode/ikedecode/decode/ikev2"
	"github.com/ikedecode/ikedecode/keys/ikesa"
)

// follow follows the IKE SAs of a session, with what it has of its traffic as evidence.
func follow(s *ikedecode.Session, x *index) []*Story {
	list := storiesOf(s.SAs, x.deletes)
	after := newAftermath(s, x.children)
	for _, st := range list {
		for _, x := range st.Exchanges() {
			o := st.outcomes[x]
			if o.Code != NoAnswer || len(x.Messages) == 0 {
				continue
			}
			if by, ok := after.shows(x); ok {
				*o = Outcome{Code: Incomplete, Lost: LostMessage, ShownBy: by, Frame: o.Frame}
			}
		}
	}
	return list
}

// An aftermath is what was made of what the exchanges of a capture set up.
type aftermath struct {
	carried map[ChildKey]int            // the last frame of the ESP and AH packets of an SPI, whether they were decrypted or not
	foreign map[[2]netip.Addr][]foreign // from one host to another
	started map[decode.SPI]bool         // IKE SAs, by the initiator's SPI
	asked   []int                       // frames, in order, in which a Child SA was asked for
	unnamed map[[2]netip.Addr][]ask     // likewise between two hosts, where the SPIs are not decrypted
}

// An ask is a request for a Child SA, with how many before it may still get the flow that is theirs.
type ask struct{ frame, waiting int }

// A foreign flow is one whose SPI no message in the capture names.
type foreign struct {
	key   ChildKey
	first int // frame
}

func newAftermath(s *ikedecode.Session, children map[ChildKey]ChildRef) *aftermath {
	a := &aftermath{make(map[ChildKey]int), make(map[[2]netip.Addr][]foreign), make(map[decode.SPI]bool), nil, make(map[[2]netip.Addr][]ask)}
	for _, sa := range s.SAs {
		a.started[sa.Initiator] = true
		auth := false
		for _, x := range sa.Exchanges {
			if len(x.Messages) > 0 && AsksForChild(x) {
				first := x.Messages[0]
				a.asked = append(a.asked, first.Frame)
				closed := func(m *ikesa.Message) bool { return m.State == ikesa.Closed }
				round := x.Type == ikev2.ExchangeAuth && auth // of EAP
				auth = auth || x.Type == ikev2.ExchangeAuth
				if !round && slices.ContainsFunc(x.Messages, closed) {
					for _, way := range ways(first) {
						a.unnamed[way] = append(a.unnamed[way], ask{frame: first.Frame})
					}
				}
			}
		}
	}
	slices.Sort(a.asked)
	note := func(k ChildKey, src, dst netip.Addr, first, last int) {
		a.carried[k] = max(a.carried[k], last)
		if _, ok := children[k]; !ok {
			way := [2]netip.Addr{src, dst}
			a.foreign[way] = append(a.foreign[way], foreign{k, first})
		}
	}
	if s.Table != nil {
		for _, sa := range s.Table.Used() {
			if st := sa.Stats(); st.Packets > 0 {
				note(KeyOf(sa), sa.Src, sa.Dst, st.First.Frame, st.Last.Frame)
			}
		}
	}
	for _, k := range s.Unknown {
		note(ChildKey{Protocol: k.Protocol, SPI: k.SPI}, k.Src, k.Dst, k.First, k.Last)
	}
	for way, flows := range a.foreign {
		slices.SortFunc(flows, func(f, g foreign) int { return f.first - g.first })
		wait(a.unnamed[way], flows)
	}
	return a
}

// ways are both directions between the hosts of a message.
func ways(m *ikesa.Message) [2][2]netip.Addr {
	src, dst := m.Src.Addr(), m.Dst.Addr()
	return [2][2]netip.Addr{{src, dst}, {dst, src}}
}

// wait puts requests in order and counts how many before each have no flow when it is sent: the next flow may be one of theirs.
func wait(asks []ask, flows []foreign) {
	slices.SortFunc(asks, func(a, b ask) int { return a.frame - b.frame })
	waiting, begun := 0, 0
	for i := range asks {
		for ; begun < len(flows) && flows[begun].first < asks[i].frame; begun++ {
			waiting = max(0, waiting-1)
		}
		asks[i].waiting = waiting
		waiting++
	}
}

// waiting is how many requests before the one in a frame may still get their flow.
func (a *aftermath) waiting(way [2]netip.Addr, frame int) int {
	asks := a.unnamed[way]
	if i, _ := slices.BinarySearchFunc(asks, frame, func(a ask, frame int) int { return a.frame - frame }); i < len(asks) {
		return asks[i].waiting
	}
	return 0
}

// shows is what shows that the last message of x was answered: an SPI in it that the peer uses later,
// or, where it asks for a Child SA, a flow of its sender to an SPI that only the response can have named, for nobody has asked again, and each request before it has a flow
// of its own.
func (a *aftermath) shows(x *ikesa.Exchange) (by Evidence, ok bool) {
	last := x.Messages[len(x.Messages)-1]
	for _, part := range last.Parts {
		o, ok := part.(*ike.Offer)
		for i := 0; ok && i < len(o.Proposals); i++ {
			p := &o.Proposals[i]
			proto, child := espProtocols[p.Protocol]
			spi, named := ike.ParseChildSPI(p.SPI)
			switch {
			case child && named && a.carried[ChildKey{Protocol: proto, SPI: uint32(spi)}] > last.Frame:
				return Evidence{Protocol: proto, SPI: uint32(spi)}, true
			case p.Protocol == ike.IKE && len(p.SPI) == len(decode.SPI{}) && a.started[decode.SPI(p.SPI)]:
				return Evidence{IKESPI: decode.SPI(p.SPI)}, true
			}
		}
	}
	if !AsksForChild(x) || !OneSided(x) {
		return by, false
	}
	next := math.MaxInt
	if i, _ := slices.BinarySearch(a.asked, last.Frame+1); i < len(a.asked) {
		next = a.asked[i]
	}
	way := ways(last)[0]
	flows := a.foreign[way]
	i, _ := slices.BinarySearchFunc(flows, last.Frame+1, func(f foreign, frame int) int { return f.first - frame })
	i += a.waiting(way, x.Messages[0].Frame)
	if i >= len(flows) || flows[i].first >= next {
		return by, false
	}
	return Evidence{Protocol: flows[i].key.Protocol, SPI: flows[i].key.SPI}, true
}

// notSilent mends the outcomes that blame a side for what the capture lacks: a response that later messages show, or the end of a
// message that the snap length cut.
func (s *Story) notSilent() {
	alone, oneWay := OnlyOneSide(s.SA)
	cuts := cutErrors(s.SA)
	for _, x := range s.Exchanges() {
		o := s.outcomes[x]
		if len(x.Messages) == 0 || o.Code != NoAnswer {
			continue
		}
		last := x.Messages[len(x.Messages)-1]
		cut := cuts[!last.FromInitiator]
		switch {
		case cut != nil && cut.Frame > last.Frame:
			*o = Outcome{Code: Incomplete, Lost: LostEnd, Frame: cut.Frame}
		case CutIn(x) && !OneSided(x):
			*o = Outcome{Code: Incomplete, Lost: LostEnd, Frame: last.Frame}
		case s.goesOnAfter(last):
			*o = Outcome{Code: Incomplete, Lost: LostAnswer, Side: ike.SideOf(!last.FromInitiator), Frame: last.Frame}
		case oneWay && last.Sent() == 1:
			*o = Outcome{Code: Incomplete, Lost: LostSide, Side: alone, Frame: last.Frame}
		}
	}
}

// cutErrors are the last messages, by whether they are the initiator's, that the snap length cut and that are most likely error notifications.
func cutErrors(sa *ikesa.SA) map[bool]*ikesa.Message {
	last := make(map[bool]*ikesa.Message)
	for _, m := range sa.Messages {
		if m.Cut && TypeOf(m) == ikev1.ExchangeInformational {
			last[m.FromInitiator] = m
		}
	}
	return last
}

// CutIn reports whether the snap length cut a message of x.
func CutIn(x *ikesa.Exchange) bool {
	for _, m := range x.Messages {
		if m.Cut {
			return true
		}
	}
	return false
}

// goesOnAfter reports whether the sender of m can only have sent what it sent later after a response to m: in IKEv2 its next
// request, unless it asked for a larger window (RFC 7296, section 2.3), in IKEv1 what phase 1 has to come before. A Delete of the
// IKE SA after a message that was retransmitted is its end, not a response's.
func (s *Story) goesOnAfter(m *ikesa.Message) bool {
	for _, o := range slices.Backward(s.SA.Messages) { // the last one tells most, and there may be many
		if s.SA.Version == 2 && m.IsResponse() && o.FromInitiator != m.FromInitiator && o.MessageID > m.MessageID && !o.IsResponse() && !givesUp(o) {
			return true
		}
		if o.FromInitiator != m.FromInitiator || o.Frame == m.Frame || o.Time.Before(m.Time) || m.Sent() > 1 && givesUp(o) {
			continue
		}
		if s.SA.Version == 2 && !m.IsResponse() && !o.IsResponse() && o.MessageID > m.MessageID {
			return true
		}
		if s.SA.Version == 1 && IsPhase1(TypeOf(m)) && TypeOf(o) == ikev1.ExchangeQuick {
			return true
		}
	}
	return false
}

// givesUp reports whether m ends an IKE SA, as far as it can be told.
func givesUp(m *ikesa.Message) bool {
	switch TypeOf(m) {
	case ikev2.ExchangeInformational:
		if m.State == ikesa.Closed {
			return true
		}
		for _, p := range m.Payloads {
			if del, ok := p.Body.(*ikev2.Delete); ok && del.IKE() {
				return true
			}
		}
		return NotifyOf(m, ikev2.NotifyAuthenticationFailed) != nil
	case ikev1.ExchangeInformational:
		return EndsIKESA(m)
	}
	return false
}

// unheeded reports whether the last message of an exchange got no answer though it was retransmitted.
func unheeded(o *Outcome) bool {
	return o.Code == NoAnswer && o.Silence != nil && o.Silence.Times > 1
}

// OnlyOneSide tells which side's messages the capture has alone: that they go on shows that there were answers.
func OnlyOneSide(sa *ikesa.SA) (ike.Side, bool) {
	answered := false
	for _, x := range sa.Exchanges {
		if !OneSided(x) || x.Messages[0].FromInitiator != sa.Exchanges[0].Messages[0].FromInitiator {
			return ike.NoSide, false
		}
		answered = answered || sa.Version == 1 && (len(x.Messages) > 1 || needsPhase1(sa, x.Messages[0]))
	}
	answered = answered || sa.Version == 1 && len(sa.Exchanges) > 1 && IsPhase1(sa.Exchanges[0].Type) && !sa.Messages[0].FromInitiator // to its first message at least
	// With another request before it was answered, a sender of IKEv2 would leave its window of one (RFC 7296, section 2.3).
	answered = answered || sa.Version == 2 && !sa.Responder.IsZero() && peerSpoke(sa.Exchanges)
	if !answered {
		return ike.NoSide, false
	}
	return ike.SideOf(sa.Messages[0].FromInitiator), true
}

// peerSpoke reports whether the requests and responses of one side show that the other one spoke: two requests, or a response, but for one that the capture
// begins with.
func peerSpoke(list []*ikesa.Exchange) bool {
	requests := 0
	for i, x := range list {
		switch {
		case !x.Messages[0].IsResponse():
			requests++
		case i > 0:
			return true
		}
	}
	return requests > 1
}
