package report

import (
	"net/netip"
	"slices"

	"github.com/ikedecode/ikedecode/decode/ikev2"
	"github.com/ikedecode/ikedecode/keys/ikesa"
	"github.com/ikedecode/ikedecode/report/diagnose"
	"github.com/ikedecode/ikedecode/report/negotiation"
)

// movedAddresses finds IKE SAs of IKEv2 whose peers move to other addresses (MOBIKE, RFC 4555).
func (d *diagnosis) movedAddresses() {
	for _, s := range d.stories {
		if s.SA.Version != 2 {
			continue
		}
		updated := updatedAddresses(s.SA)
		for i := range 2 {
			if facts, list := moved(s.SA, i == 0, updated); len(facts.Addresses) > 1 {
				d.noteSA(s.SA, diagnose.CodeAddressChanged, diagnose.SideOf(i == 0), facts, list)
			}
		}
		if facts, list := probedPaths(s.SA, updated); len(facts.Paths) > 0 {
			d.noteSA(s.SA, diagnose.CodeAddressChanged, diagnose.NoSide, facts, list)
		}
	}
}

// updatedAddresses are the addresses that an IKE SA with MOBIKE began with or changed to with UPDATE_SA_ADDRESSES, all others being
// only tried (RFC 4555, section 3.10); nil where MOBIKE is not known to be used: then any change of address counts.
func updatedAddresses(sa *ikesa.SA) map[netip.Addr]bool {
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
	return list
}

// usesMOBIKE reports whether both sides said MOBIKE_SUPPORTED in IKE_AUTH.
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

// probedPaths are the paths that were tried and not taken, with the frames that show it.
func probedPaths(sa *ikesa.SA, updated map[netip.Addr]bool) (facts diagnose.PathsTried, list []int) {
	const most = 5
	for _, m := range sa.Messages {
		if !tries(m, updated) {
			continue
		}
		list = append(list, m.Frame)
		path := diagnose.PathTried{Src: m.Src.Addr(), Dst: m.Dst.Addr()}
		if !m.IsResponse() && len(facts.Paths) < most && !slices.Contains(facts.Paths, path) {
			facts.Paths = append(facts.Paths, path)
		}
	}
	return facts, frames(list...)
}

// moved tells where a side moved to, with the frames that show it.
func moved(sa *ikesa.SA, initiator bool, updated map[netip.Addr]bool) (facts diagnose.Moved, list []int) {
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
	return facts, frames(append(list, facts.Asked)...)
}
