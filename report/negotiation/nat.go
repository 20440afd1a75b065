package negotiation

import (
	"net/netip"
	"slices"

	"github.com/ikedecode/ikedecode/capture"
	"github.com/ikedecode/ikedecode/decode/ike"
	"github.com/ikedecode/ikedecode/decode/ikev1"
	"github.com/ikedecode/ikedecode/decode/ikev2"
	"github.com/ikedecode/ikedecode/keys/ikesa"
)

// A NATSide is what the NAT detection hashes of an IKE SA tell of a side (RFC 3947, section 3.2; RFC 7296, section 2.23).
type NATSide struct {
	Behind    bool
	Own, Peer bool             // a hash differs from the address on the wire: its own of itself, the peer's of it
	Real      netip.AddrPort   // the address that its own hash is of; not valid: not known
	Seen      []netip.AddrPort // where its messages came from, in order, at most MaxNATSeen
}

// MaxNATSeen bounds the addresses that are told of one peer.
const MaxNATSeen = 4

// Mapped reports whether it was seen on a port that is none of IKE's.
func (s *NATSide) Mapped() bool {
	return slices.ContainsFunc(s.Seen, func(a netip.AddrPort) bool { return a.Port() != capture.PortIKE && a.Port() != capture.PortNATT })
}

// MayBeForced reports whether it may just as well force UDP encapsulation: for that a peer sends a false hash of its own address, and
// nothing but another port or the true address tells it from NAT.
func (s *NATSide) MayBeForced() bool { return s.Own && !s.Peer && !s.Real.IsValid() && !s.Mapped() }

func (s *NATSide) seeAt(a netip.AddrPort) {
	if len(s.Seen) < MaxNATSeen && !slices.Contains(s.Seen, a) {
		s.Seen = append(s.Seen, a)
	}
}

// NATSides tells by whose hashes there is NAT before the initiator and the responder.
func NATSides(sa *ikesa.SA) (sides [2]NATSide) {
	sides[0].Behind, sides[1].Behind = sa.NAT.BehindNATInitiator, sa.NAT.BehindNATResponder
	candidates := addressesOf(sa)
	for _, m := range sa.Messages {
		from, to := &sides[1], &sides[0]
		if m.FromInitiator {
			from, to = to, from
		}
		h := sa.NATHashes(m)
		for src, dst := range m.Paths() {
			from.seeAt(src)
			if !h.Complete() {
				continue
			}
			own := h.Fit(h.Sources, src)
			from.Own = from.Own || !own
			to.Peer = to.Peer || !h.Fit(h.Dests, dst)
			if own {
				continue
			}
			for _, a := range candidates {
				if p := netip.AddrPortFrom(a, src.Port()); h.Fit(h.Sources, p) {
					from.Real = p
				} else if p := netip.AddrPortFrom(a, capture.PortIKE); h.Fit(h.Sources, p) {
					from.Real = p
				}
			}
		}
	}
	for i := range sides {
		sides[i].outside()
	}
	return sides
}

// outside leaves the addresses of a side beyond its NAT, where the capture has those on both sides of it.
func (s *NATSide) outside() {
	beyond := slices.DeleteFunc(slices.Clone(s.Seen), func(a netip.AddrPort) bool { return a.Addr() == s.Real.Addr() })
	if len(beyond) > 0 {
		s.Seen = beyond
	}
}

// BothMayBeForced reports whether the hashes of both peers show NAT that may just as well be forced UDP encapsulation.
func BothMayBeForced(sides [2]NATSide) bool {
	return sides[0].Behind && sides[1].Behind && sides[0].MayBeForced() && sides[1].MayBeForced()
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
		for src, dst := range m.Paths() {
			add(src.Addr())
			add(dst.Addr())
		}
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

// NATMessages are the first messages of each side whose hashes can be read; nil: none.
func NATMessages(sa *ikesa.SA) (initiator, responder *ikesa.Message) {
	for _, m := range sa.Messages {
		switch h := sa.NATHashes(m); {
		case len(h.Sources) == 0:
		case m.FromInitiator && initiator == nil:
			initiator = m
		case !m.FromInitiator && responder == nil:
			responder = m
		}
	}
	return initiator, responder
}

// NATSpeaker is the side whose hashes alone can be read; NoSide: both are, or none. In Aggressive Mode those of the initiator are
// encrypted (RFC 3947, section 3.2). Half the hashes show no NAT before the peer.
func NATSpeaker(sa *ikesa.SA) ike.Side {
	switch i, r := NATMessages(sa); {
	case i != nil && r == nil:
		return ike.Initiator
	case i == nil && r != nil:
		return ike.Responder
	}
	return ike.NoSide
}

// CapturedInside reports whether a message of a side came with the address that this side hashed as its own: the capture was
// made between it and the NAT, if there is one.
func CapturedInside(sa *ikesa.SA, side ike.Side) bool {
	return slices.ContainsFunc(sa.Messages, func(m *ikesa.Message) bool {
		h := sa.NATHashes(m)
		return ike.SideOf(m.FromInitiator) == side && h.Complete() && h.Fit(h.Sources, m.Src)
	})
}
