package report

import (
	"bytes"
	"fmt"
	"net/netip"
	"slices"

	"github.com/ikedecode/ikedecode/decode/ikev1"
	"github.com/ikedecode/ikedecode/decode/ikev2"
	"github.com/ikedecode/ikedecode/keys"
	"github.com/ikedecode/ikedecode/keys/ikesa"
)

// Rules about NAT between the peers.

const (
	ikePort  = 500
	nattPort = 4500
)

// A natSide is what the hashes of NAT-D and NAT_DETECTION_* payloads tell of one side.
type natSide struct {
	own, peer bool           // a hash differs from the address on the wire: its own of itself, the peer's of it
	real      netip.AddrPort // the address that its own hash is of, where that could be found
	seen      []netip.AddrPort
}

// natDetected tells for each IKE SA who is behind NAT.
func (d *diagnosis) natDetected() {
	inUDP := d.udpFlows()
	for _, s := range d.stories {
		nat := natOf(s.sa)
		if !nat.Seen {
			continue
		}
		text := natStory(s.sa, nat)
		if text == "" && inUDP[hostPair(s.sa.InitiatorAddr.Addr(), s.sa.ResponderAddr.Addr())] {
			text = "no NAT between the peers by their hashes, yet ESP is in UDP: encapsulation is forced"
			if initiator, both := natSpeaker(s.sa); !both {
				text = fmt.Sprintf("no NAT by the hashes of the %s, and those of the %s are not readable: as ESP is in UDP, there is NAT, or encapsulation is forced",
					side(initiator), side(!initiator))
			}
		}
		if text != "" {
			d.addSA(s.sa, Finding{Code: "nat-detected", Severity: SeverityNote, Frames: natFrames(s.sa), Text: nameOf(s.sa) + ": " + text, cause: text})
		}
	}
}

func hostPair(a, b netip.Addr) [2]netip.Addr {
	if b.Less(a) {
		a, b = b, a
	}
	return [2]netip.Addr{a, b}
}

// udpFlows are the pairs of hosts with ESP in UDP between them.
func (d *diagnosis) udpFlows() map[[2]netip.Addr]bool {
	pairs := make(map[[2]netip.Addr]bool)
	for k := range d.watch.nat.ways {
		pairs[hostPair(k.src, k.dst)] = true
	}
	return pairs
}

// natStory says who is behind NAT, and what its address looks like on this side of it.
func natStory(sa *ikesa.SA, nat ikesa.NAT) string {
	if !nat.BehindNATInitiator && !nat.BehindNATResponder {
		return ""
	}
	sides := natSides(sa)
	var parts []string
	for i, behind := range []bool{nat.BehindNATInitiator, nat.BehindNATResponder} {
		if behind {
			parts = append(parts, "the "+side(i == 0)+" is behind NAT"+sides[i].describe())
		}
	}
	return join(parts, "; ")
}

// describe says what is known of the addresses of a side that is behind NAT: ", here 192.0.2.1 port 500, then 4500".
func (s *natSide) describe() string {
	var text string
	var last netip.Addr
	for _, a := range s.seen {
		switch {
		case a.Addr() == last:
			text += fmt.Sprintf(", then %d", a.Port())
		case last.IsValid():
			text += fmt.Sprintf(", then %v port %d", a.Addr(), a.Port())
		default:
			text += fmt.Sprintf(", here %v port %d", a.Addr(), a.Port())
		}
		last = a.Addr()
	}
	mapped := slices.ContainsFunc(s.seen, func(a netip.AddrPort) bool { return a.Port() != ikePort && a.Port() != nattPort })
	switch {
	case s.real.IsValid():
		text += ", in truth " + s.real.String()
	case s.peer && !s.own:
		text += " before the NAT"
	case s.own && !s.peer && !mapped:
		// A side that wants UDP encapsulation sends a false hash of its own address, and nothing else tells that from NAT.
		text += " (or says so to force ESP into UDP)"
	}
	return text
}

// natSides reads all hashes again: natOf tells that there is NAT, but not by whose hash.
func natSides(sa *ikesa.SA) (sides [2]natSide) {
	candidates := addressesOf(sa)
	for _, m := range sa.Messages {
		from, to := &sides[1], &sides[0]
		if m.FromInitiator {
			from, to = to, from
		}
		from.see(m.Src)
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
		from.own = from.own || !fits(srcs, m.Src)
		to.peer = to.peer || !fits(dsts, m.Dst)
		for _, a := range candidates {
			if p := netip.AddrPortFrom(a, m.Src.Port()); !fits(srcs, m.Src) && fits(srcs, p) {
				from.real = p
			} else if p := netip.AddrPortFrom(a, ikePort); !fits(srcs, m.Src) && fits(srcs, p) {
				from.real = p
			}
		}
	}
	return sides
}

func (s *natSide) see(a netip.AddrPort) {
	const most = 4
	if len(s.seen) < most && !slices.Contains(s.seen, a) {
		s.seen = append(s.seen, a)
	}
}

// natHashesOf are the hashes of source and destination that m has: in IKEv1 the first NAT-D payload is that of the destination
// (RFC 3947, section 3.2).
func natHashesOf(sa *ikesa.SA, m *ikesa.Message) (srcs, dsts [][]byte) {
	if sa.Version == 2 {
		for _, n := range notifies2(m) {
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
		case !ok || !isPhase1Exchange(typeOf(m)):
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
	n := natOf(sa)
	if initiator, both := natSpeaker(sa); n.Seen && !both && !n.BehindNATInitiator && !n.BehindNATResponder {
		return fmt.Sprintf("no NAT by the hashes of the %s alone", side(initiator))
	}
	return natText(n)
}
