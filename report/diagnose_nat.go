package report

import (
	"bytes"
	"fmt"
	"net/netip"
	"slices"

	"github.com/ikedecode/ikedecode/capture"
	"github.com/ikedecode/ikedecode/decode/ikev1"
	"github.com/ikedecode/ikedecode/decode/ikev2"
	"github.com/ikedecode/ikedecode/keys"
	"github.com/ikedecode/ikedecode/keys/ikesa"
	"github.com/ikedecode/ikedecode/report/diagnose"
	"github.com/ikedecode/ikedecode/report/negotiation"
)

// Rules about NAT between the peers.

// natDetected tells for each IKE SA who is behind NAT.
func (d *diagnosis) natDetected() {
	inUDP := d.udpFlows()
	for _, s := range d.stories {
		nat := s.SA.NAT
		if !nat.Seen {
			continue
		}
		f := diagnose.Finding{Code: diagnose.CodeNATDetected, Severity: SeverityNote, Grade: diagnose.Keys, Subject: subjectOf(s.SA), Frames: natFrames(s.SA)}
		switch {
		case nat.BehindNATInitiator || nat.BehindNATResponder:
			sides := natSides(s.SA)
			sides[0].Behind, sides[1].Behind = nat.BehindNATInitiator, nat.BehindNATResponder
			f.Facts = diagnose.NAT{Sides: sides}
			f.Cause = [2]any{natCause(&sides[0]), natCause(&sides[1])}
		case inUDP[negotiation.HostPair(s.SA.InitiatorAddr.Addr(), s.SA.ResponderAddr.Addr())]:
			facts := diagnose.ForcedUDP{}
			if initiator, both := natSpeaker(s.SA); !both {
				facts.Unread = diagnose.SideOf(!initiator)
			}
			f.Facts, f.Cause = facts, facts
		default:
			continue
		}
		d.typed(f)
	}
}

// natCause is what is the same for IKE SAs of one pair of hosts with one NAT between them.
func natCause(s *diagnose.NATSide) any {
	type cause struct {
		behind, own, peer bool
		real              netip.AddrPort
		seen              [maxNATSeen]netip.AddrPort
	}
	if !s.Behind {
		return nil
	}
	c := cause{behind: s.Behind, own: s.Own, peer: s.Peer, real: s.Real}
	copy(c.seen[:], s.Seen)
	return c
}

// udpFlows are the pairs of hosts with ESP in UDP between them.
func (d *diagnosis) udpFlows() map[[2]netip.Addr]bool {
	pairs := make(map[[2]netip.Addr]bool)
	for k := range d.watch.Ports.Ways() {
		pairs[negotiation.HostPair(k.Src, k.Dst)] = true
	}
	return pairs
}

// natSides reads all hashes again: natOf tells that there is NAT, but not by whose hash.
func natSides(sa *ikesa.SA) (sides [2]diagnose.NATSide) {
	candidates := addressesOf(sa)
	for _, m := range sa.Messages {
		from, to := &sides[1], &sides[0]
		if m.FromInitiator {
			from, to = to, from
		}
		seeAt(from, m.Src)
		srcs, dsts := natHashesOf(sa, m)
		if len(srcs) == 0 || len(dsts) == 0 {
			continue
		}
		hash := natHash(sa, m)
		if hash == nil {
			continue
		}
		fits := func(list [][]byte, a netip.AddrPort) bool {
			return slices.ContainsFunc(list, func(h []byte) bool { return bytes.Equal(h, hash(a)) })
		}
		from.Own = from.Own || !fits(srcs, m.Src)
		to.Peer = to.Peer || !fits(dsts, m.Dst)
		for _, a := range candidates {
			if p := netip.AddrPortFrom(a, m.Src.Port()); !fits(srcs, m.Src) && fits(srcs, p) {
				from.Real = p
			} else if p := netip.AddrPortFrom(a, capture.PortIKE); !fits(srcs, m.Src) && fits(srcs, p) {
				from.Real = p
			}
		}
	}
	return sides
}

// maxNATSeen bounds the addresses that are told of one side.
const maxNATSeen = 4

func seeAt(s *diagnose.NATSide, a netip.AddrPort) {
	if len(s.Seen) < maxNATSeen && !slices.Contains(s.Seen, a) {
		s.Seen = append(s.Seen, a)
	}
}

// natHashesOf are the hashes of source and destination that m has: in IKEv1 the first NAT-D payload is that of the destination
// (RFC 3947, section 3.2).
func natHashesOf(sa *ikesa.SA, m *ikesa.Message) (srcs, dsts [][]byte) {
	if sa.Version == 2 {
		for _, n := range negotiation.NotifiesOf(m) {
			h, ok := n.NATHash()
			switch {
			case !ok:
			case n.Type == ikev2.NotifyNATDetectionSource:
				srcs = append(srcs, h)
			default:
				dsts = append(dsts, h)
			}
		}
		return srcs, dsts
	}
	for _, p := range m.Payloads {
		n, ok := p.Body.(*ikev1.NATD)
		switch {
		case !ok || !negotiation.IsPhase1(negotiation.TypeOf(m)):
		case dsts == nil:
			dsts = append(dsts, n.Data)
		default:
			srcs = append(srcs, n.Data)
		}
	}
	return srcs, dsts
}

// natHash hashes an address as the payloads of m do; nil where the hash algorithm is not known.
func natHash(sa *ikesa.SA, m *ikesa.Message) func(netip.AddrPort) []byte {
	if sa.Version == 2 {
		return func(a netip.AddrPort) []byte {
			return keys.NATDetectionHash(m.Initiator, m.Responder, a.Addr().Unmap().AsSlice(), a.Port())
		}
	}
	h := sa.Policy.Hash
	if h == nil {
		return nil
	}
	return func(a netip.AddrPort) []byte {
		return keys.NATDHash(h, sa.Initiator, sa.Responder, a.Addr().Unmap().AsSlice(), a.Port())
	}
}

// addressesOf are addresses that the messages of sa speak of: one may be that of a side before NAT.
func addressesOf(sa *ikesa.SA) (list []netip.Addr) {
	const most = 64
	add := func(a netip.Addr) {
		if a.IsValid() && len(list) < most && !slices.Contains(list, a) {
			list = append(list, a)
		}
	}
	for _, m := range sa.Messages {
		add(m.Src.Addr())
		add(m.Dst.Addr())
		for _, p := range m.Payloads {
			switch b := p.Body.(type) {
			case *ikev1.ID:
				add(addressIn(b.Data))
			case *ikev2.ID:
				add(addressIn(b.Data))
			case *ikev1.NATOA:
				add(b.Addr)
			}
		}
	}
	return list
}

// addressIn reads identification data that may be an address.
func addressIn(b []byte) netip.Addr {
	a, _ := netip.AddrFromSlice(b)
	return a
}

// natFrames are the first messages with hashes of each side.
func natFrames(sa *ikesa.SA) []int {
	initiator, responder := natMessages(sa)
	var list []int
	for _, m := range []*ikesa.Message{initiator, responder} {
		if m != nil {
			list = append(list, m.Frame)
		}
	}
	return frames(list...)
}

// natMessages are the first messages of each side whose hashes can be read; nil: none.
func natMessages(sa *ikesa.SA) (initiator, responder *ikesa.Message) {
	for _, m := range sa.Messages {
		if srcs, _ := natHashesOf(sa, m); len(srcs) == 0 {
			continue
		}
		switch {
		case m.FromInitiator && initiator == nil:
			initiator = m
		case !m.FromInitiator && responder == nil:
			responder = m
		}
	}
	return initiator, responder
}

// natSpeaker tells which side's hashes can be read, where it is one alone: in Aggressive Mode those of the initiator are encrypted
// (RFC 3947, section 3.2). Half the hashes show no NAT before the other side.
func natSpeaker(sa *ikesa.SA) (initiator, both bool) {
	i, r := natMessages(sa)
	return r == nil, i != nil && r != nil
}

// natTextOf is natText that does not take half the hashes for all.
func natTextOf(sa *ikesa.SA) string {
	n := sa.NAT
	if initiator, both := natSpeaker(sa); n.Seen && !both && !n.BehindNATInitiator && !n.BehindNATResponder {
		return fmt.Sprintf("no NAT by the hashes of the %s alone", side(initiator))
	}
	return natText(n)
}
