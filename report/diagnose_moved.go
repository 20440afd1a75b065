package report

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/ikedecode/ikedecode/decode/ikev2"
	"github.com/ikedecode/ikedecode/keys/ikesa"
)

// movedAddresses finds IKE SAs of IKEv2 whose peers move to other addresses (MOBIKE, RFC 4555).
func (d *diagnosis) movedAddresses() {
	for _, s := range d.stories {
		if s.sa.Version != 2 {
			continue
		}
		updated := updatedAddresses(s.sa)
		for i := range 2 {
			if f, ok := moved(s.sa, i == 0, updated); ok {
				d.addSA(s.sa, f)
			}
		}
		if f, ok := probedPaths(s.sa, updated); ok {
			d.addSA(s.sa, f)
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
		if findNotify2(m, ikev2.NotifyMOBIKESupported) != nil {
			said[m.FromInitiator] = true
		}
	}
	return len(said) == 2
}

// tries reports whether m is known to try a path between addresses that the IKE SA does not use.
func tries(m *ikesa.Message, updated map[netip.Addr]bool) bool {
	return updated != nil && m.State == ikesa.Opened && !(updated[m.Src.Addr()] && updated[m.Dst.Addr()])
}

// probedPaths tells of the paths that were tried and not taken.
func probedPaths(sa *ikesa.SA, updated map[netip.Addr]bool) (Finding, bool) {
	const most = 5
	var paths []string
	var list []int
	for _, m := range sa.Messages {
		path := fmt.Sprintf("%v > %v", m.Src.Addr(), m.Dst.Addr())
		if !tries(m, updated) {
			continue
		}
		list = append(list, m.Frame)
		if !isResponse(m) && len(paths) < most && !slices.Contains(paths, path) {
			paths = append(paths, path)
		}
	}
	if len(paths) == 0 {
		return Finding{}, false
	}
	return Finding{Code: "address-changed", Severity: SeverityNote, Frames: frames(list...),
		Text: fmt.Sprintf("%s: other addresses are tried, %s; the capture shows no UPDATE_SA_ADDRESSES for them: the IKE SA does not move there",
			nameOf(sa), strings.Join(paths, ", "))}, true
}

// moved tells where a side moved to.
func moved(sa *ikesa.SA, initiator bool, updated map[netip.Addr]bool) (Finding, bool) {
	var seen []string
	var list []int
	var last netip.Addr
	asked := 0
	for _, m := range sa.Messages {
		if m.FromInitiator != initiator || tries(m, updated) {
			continue
		}
		if findNotify2(m, ikev2.NotifyUpdateSAAddresses) != nil && asked == 0 {
			asked = m.Frame
		}
		const most = 5
		if a := m.Src.Addr(); a != last && len(seen) < most {
			if last.IsValid() {
				list = append(list, m.Frame)
			}
			seen, last = append(seen, a.String()), a
		}
	}
	if len(seen) < 2 {
		return Finding{}, false
	}
	f := Finding{Code: "address-changed", Severity: SeverityNote, Frames: frames(append(list, asked)...),
		Text: fmt.Sprintf("%s: the %s moves from %s", nameOf(sa), side(initiator), strings.Join(seen, " to "))}
	if asked > 0 {
		f.Text += fmt.Sprintf(", and says so with UPDATE_SA_ADDRESSES (frame %d)", asked)
	}
	return f, true
}
