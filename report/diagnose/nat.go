package diagnose

import (
	"net/netip"
	"slices"

	"github.com/ikedecode/ikedecode/decode/ike"
	"github.com/ikedecode/ikedecode/decode/ikev2"
	"github.com/ikedecode/ikedecode/esp"
	"github.com/ikedecode/ikedecode/keys/ikesa"
	"github.com/ikedecode/ikedecode/report/negotiation"
	"github.com/ikedecode/ikedecode/report/traffic"
)

// Rules about NAT between the peers.

// natDetected tells for each IKE SA who is behind NAT.
func (d *diagnosis) natDetected() {
	inUDP := d.udpFlows()
	for _, s := range d.Stories() {
		nat := s.SA.NAT
		if !nat.Seen {
			continue
		}
		f := Finding{Code: CodeNATDetected, Severity: Noteworthy, Grade: Keys, Subject: subjectOf(s.SA)}
		initiator, responder := negotiation.NATMessages(s.SA)
		for _, m := range []*ikesa.Message{initiator, responder} {
			if m != nil {
				f.Frames = Frames(append(f.Frames, m.Frame)...)
			}
		}
		switch {
		case nat.BehindNATInitiator || nat.BehindNATResponder:
			sides := negotiation.NATSides(s.SA)
			f.Facts = NAT{Sides: sides}
			f.Cause = [2]any{natCause(&sides[0]), natCause(&sides[1])}
			if sides[0].MayBeForced() || sides[1].MayBeForced() {
				f.Grade = Likely
			}
		case inUDP[negotiation.HostsOf(s.SA)]:
			facts := ForcedUDP{Unread: negotiation.NATSpeaker(s.SA).Other()}
			f.Facts, f.Cause = facts, facts
		default:
			continue
		}
		d.add(f)
	}
}

// ahThroughNAT finds AH between peers with NAT between them: the hashes of NAT detection show it, or packets with other addresses than IKE.
func (d *diagnosis) ahThroughNAT() {
	seen := make(map[*ikesa.SA][]traffic.Flow)
	for _, f := range d.watch.Duplex.Flows() {
		if f.Protocol != esp.AH {
			continue
		}
		sa := d.Child(negotiation.ChildKey{Protocol: esp.AH, SPI: f.SPI}).SA
		if sa == nil {
			sa = d.lastBetween(f.Src, f.Dst, d.Session.Last)
		}
		if sa != nil {
			seen[sa] = append(seen[sa], f)
		}
	}
	for _, s := range d.Stories() {
		sa, flows := s.SA, seen[s.SA]
		var frames []int
		for _, m := range sa.Messages {
			if o := m.Offer(); o != nil && wantsAH(o) {
				frames = append(frames, m.Frame)
			}
		}
		if len(frames)+len(flows) == 0 {
			continue
		}
		f := Finding{Code: CodeAHThroughNAT, Severity: Problem, Grade: Wire}
		sides := negotiation.NATSides(sa)
		facts := AHThroughNAT{}
		for i := range sides {
			facts.Behind[i], facts.OrForced[i] = sides[i].Behind, sides[i].MayBeForced()
		}
		at := addressesIn(sa)
		for _, w := range flows {
			if at[w.Src] && at[w.Dst] || facts.Src.IsValid() {
				continue
			}
			facts.Src, facts.Dst, facts.IKE = w.Src, w.Dst, [2]netip.Addr{sa.InitiatorAddr.Addr(), sa.ResponderAddr.Addr()}
			if w.Src == facts.IKE[1] || w.Dst == facts.IKE[0] {
				slices.Reverse(facts.IKE[:])
			}
		}
		certain := sides[0].Behind && !sides[0].MayBeForced() || sides[1].Behind && !sides[1].MayBeForced() || facts.Src.IsValid()
		switch bothWays := len(flows) > 1 && slices.ContainsFunc(flows, func(w traffic.Flow) bool { return w.Src == flows[0].Dst }); {
		case !sides[0].Behind && !sides[1].Behind && !facts.Src.IsValid():
			continue
		case !certain && bothWays: // forced UDP encapsulation, which this AH does without
			continue
		case !certain:
			f.Grade = Likely
		}
		initiator, responder := negotiation.NATMessages(sa)
		for _, m := range []*ikesa.Message{initiator, responder} {
			if m != nil {
				frames = append(frames, m.Frame)
			}
		}
		f.Frames, f.Facts, f.Cause = Frames(frames...), facts, facts
		if told := d.toldOf(sa, f.Frames); deciding(told) != nil {
			f.Logs = d.lines(sa, &f, told)
		}
		d.addSA(sa, f)
	}
}

// addressesIn are all addresses of the messages of an IKE SA.
func addressesIn(sa *ikesa.SA) map[netip.Addr]bool {
	list := make(map[netip.Addr]bool)
	for _, m := range sa.Messages {
		for src, dst := range m.Paths() {
			list[src.Addr()], list[dst.Addr()] = true, true
		}
	}
	return list
}

// wantsAH reports whether an offer is for AH, whichever of its proposals is taken.
func wantsAH(o *ike.Offer) bool {
	isAH := make(map[uint8]bool) // by the number that proposals of several protocols share
	for _, p := range o.Proposals {
		isAH[p.Number] = isAH[p.Number] || p.Protocol == ike.AH
	}
	for _, ah := range isAH {
		if !ah {
			return false
		}
	}
	return len(isAH) > 0
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

// movedAddresses finds IKE SAs of IKEv2 whose peers move to other addresses (MOBIKE, RFC 4555).
func (d *diagnosis) movedAddresses() {
	for _, s := range d.Stories() {
		if s.SA.Version != 2 {
			continue
		}
		updated := d.updatedAddresses(s.SA)
		for i := range 2 {
			if facts, list := moved(s.SA, i == 0, updated); len(facts.Addresses) > 1 {
				facts.Unread = facts.Asked == 0 && d.mayProbe(s.SA, facts.Addresses[len(facts.Addresses)-1])
				d.noteSA(s.SA, CodeAddressChanged, SideOf(i == 0), facts, list)
			}
		}
		if facts, list := probedPaths(s.SA, updated); len(facts.Paths) > 0 {
			d.noteSA(s.SA, CodeAddressChanged, NoSide, facts, list)
		}
	}
}

// movedESP finds IPsec SAs that a NAT, or a peer without MOBIKE, moved to another address while IKE said nothing.
func (d *diagnosis) movedESP() {
	var list []Finding
	for _, m := range d.watch.Duplex.Moves() {
		before, now := negotiation.InOrder(m.From[0], m.From[1]), negotiation.InOrder(m.Flow.Src, m.Flow.Dst)
		if slices.ContainsFunc(d.Family().Met(now), func(sa *ikesa.SA) bool { return slices.Contains(d.Family().Met(before), sa) }) {
			continue
		}
		facts := ESPMoved{Flow: m.Flow, Before: m.From[0], Host: m.Flow.Src}
		if facts.Before == facts.Host {
			facts.Before, facts.Host = m.From[1], m.Flow.Dst
		}
		list = append(list, Finding{Code: CodeAddressChanged, Severity: Noteworthy, Grade: Wire, Frames: Frames(m.Frame), Facts: facts})
	}
	d.addBounded(list)
}

// mayProbe reports whether all that comes from an address are messages that are not decrypted: a host with MOBIKE tries paths, too.
func (d *diagnosis) mayProbe(sa *ikesa.SA, from netip.Addr) bool {
	if slices.ContainsFunc(sa.Messages, func(m *ikesa.Message) bool { return m.Src.Addr() == from && m.State != ikesa.Closed }) {
		return false
	}
	return !slices.ContainsFunc(d.watch.Duplex.Flows(), func(f traffic.Flow) bool { return f.Src == from })
}

// updatedAddresses are the addresses that an IKE SA with MOBIKE began with or changed to with UPDATE_SA_ADDRESSES, or that its ESP goes on with, all others
// being only tried (RFC 4555, section 3.10); nil where MOBIKE is not known to be used: then any change of address counts.
func (d *diagnosis) updatedAddresses(sa *ikesa.SA) map[netip.Addr]bool {
	list := make(map[netip.Addr]bool)
	uses := usesMOBIKE(sa)
	for _, p := range sa.Paths {
		if p.Update {
			uses = true
			list[p.Initiator.Addr()], list[p.Responder.Addr()] = true, true
		}
	}
	if !uses {
		return nil
	}
	list[sa.Messages[0].Src.Addr()], list[sa.Messages[0].Dst.Addr()] = true, true
	for _, m := range d.watch.Duplex.Moves() {
		if list[m.From[0]] && list[m.From[1]] {
			list[m.Flow.Src], list[m.Flow.Dst] = true, true
		}
	}
	return list
}

// usesMOBIKE reports whether both peers said MOBIKE_SUPPORTED in IKE_AUTH.
func usesMOBIKE(sa *ikesa.SA) bool {
	said := map[bool]bool{}
	for _, m := range sa.Messages {
		if negotiation.NotifyOf(m, ikev2.NotifyMOBIKESupported) != nil {
			said[m.FromInitiator] = true
		}
	}
	return len(said) == 2
}

// tries reports whether m is known to try a path between addresses that the IKE SA does not use.
func tries(m *ikesa.Message, updated map[netip.Addr]bool) bool {
	return updated != nil && m.State == ikesa.Opened && !(updated[m.Src.Addr()] && updated[m.Dst.Addr()])
}

// probedPaths are the paths that were tried and not used, with the frames that show it.
func probedPaths(sa *ikesa.SA, updated map[netip.Addr]bool) (facts PathsTried, list []int) {
	const most = 5
	for _, m := range sa.Messages {
		if !tries(m, updated) {
			continue
		}
		list = append(list, m.Frame)
		path := PathTried{Src: m.Src.Addr(), Dst: m.Dst.Addr()}
		if !m.IsResponse() && len(facts.Paths) < most && !slices.Contains(facts.Paths, path) {
			facts.Paths = append(facts.Paths, path)
		}
	}
	return facts, Frames(list...)
}

// moved tells where a side moved to, with the frames that show it.
func moved(sa *ikesa.SA, initiator bool, updated map[netip.Addr]bool) (facts Moved, list []int) {
	const most = 5
	for _, m := range sa.Messages {
		if m.FromInitiator != initiator || tries(m, updated) {
			continue
		}
		if negotiation.NotifyOf(m, ikev2.NotifyUpdateSAAddresses) != nil && facts.Asked == 0 {
			facts.Asked = m.Frame
		}
		n := len(facts.Addresses)
		if a := m.Src.Addr(); n < most && (n == 0 || facts.Addresses[n-1] != a) {
			if n > 0 {
				list = append(list, m.Frame)
			}
			facts.Addresses = append(facts.Addresses, a)
		}
	}
	return facts, Frames(append(list, facts.Asked)...)
}
