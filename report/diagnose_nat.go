package report

import (
	"net/netip"

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
		f := diagnose.Finding{Code: diagnose.CodeNATDetected, Severity: SeverityNote, Grade: diagnose.Keys, Subject: subjectOf(s.SA)}
		initiator, responder := negotiation.NATMessages(s.SA)
		for _, m := range []*ikesa.Message{initiator, responder} {
			if m != nil {
				f.Frames = frames(append(f.Frames, m.Frame)...)
			}
		}
		switch {
		case nat.BehindNATInitiator || nat.BehindNATResponder:
			sides := negotiation.NATSides(s.SA)
			f.Facts = diagnose.NAT{Sides: sides}
			f.Cause = [2]any{natCause(&sides[0]), natCause(&sides[1])}
		case inUDP[negotiation.InOrder(s.SA.InitiatorAddr.Addr(), s.SA.ResponderAddr.Addr())]:
			facts := diagnose.ForcedUDP{Unread: negotiation.NATSpeaker(s.SA).Other()}
			f.Facts, f.Cause = facts, facts
		default:
			continue
		}
		d.typed(f)
	}
}

// natCause is what is the same for IKE SAs of one pair of hosts with one NAT between them.
func natCause(s *negotiation.NATSide) any {
	type cause struct {
		behind, own, peer bool
		real              netip.AddrPort
		seen              [negotiation.MaxNATSeen]netip.AddrPort
	}
	if !s.Behind {
		return nil
	}
	c := cause{behind: s.Behind, own: s.Own, peer: s.Peer, real: s.Real}
	copy(c.seen[:], s.Seen)
	return c
}

// udpFlows are the pairs of hosts with ESP in UDP between them.
func (d *diagnosis) udpFlows() map[negotiation.Hosts]bool {
	pairs := make(map[negotiation.Hosts]bool)
	for k := range d.watch.Ports.Ways() {
		pairs[negotiation.InOrder(k.Src, k.Dst)] = true
	}
	return pairs
}
