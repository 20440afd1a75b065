package diagnose

import (
	"net/netip"
	"slices"

	"github.com/ikedecode/ikedecode/decode/ike"
	"github.com/ikedecode/ikedecode/keys/ikesa"
)

// What each host is known to offer, to accept and to be.

// known are the stances of every side, from all SAs of the capture.
func (d *diagnosis) known() map[stanceKey][]stance {
	if d.stances != nil {
		return d.stances
	}
	d.stances = make(map[stanceKey][]stance)
	for _, s := range d.Stories() {
		for _, x := range s.SA.Exchanges {
			offered := false
			for _, m := range x.Messages {
				took := offered && tookOffer(s.SA, x, m)
				phase, list := stances(s.SA, m, took)
				offered = offered || len(list) > 0
				d.learn(stanceKey{m.Src.Addr(), s.SA.Version, phase}, list)
			}
		}
	}
	return d.stances
}

// tookOffer reports whether m answers an offer of x.
func tookOffer(sa *ikesa.SA, x *ikesa.Exchange, m *ikesa.Message) bool {
	if sa.Version == 2 {
		return m.IsResponse()
	}
	return m.FromInitiator != x.Messages[0].FromInitiator
}

func (d *diagnosis) learn(k stanceKey, list []stance) {
	for _, s := range list {
		have := d.stances[k]
		if len(have) >= maxKnownStances {
			return
		}
		if !slices.ContainsFunc(have, func(o stance) bool { return o.text == s.text && o.to == s.to && o.took == s.took }) {
			d.stances[k] = append(have, s)
		}
	}
}

// knownOf is what a side is known for, towards a peer where that is known, else towards anybody.
func (d *diagnosis) knownOf(k stanceKey, peer netip.Addr) []stance {
	all := d.known()[k]
	var same []stance
	for _, s := range all {
		if s.to == peer {
			same = append(same, s)
		}
	}
	if len(same) > 0 {
		return same
	}
	return all
}

func (d *diagnosis) identities() *ids {
	if d.ids != nil {
		return d.ids
	}
	d.ids = &ids{make(map[idKey]idSeen), make(map[idKey]idSeen)}
	note := func(at map[idKey]idSeen, k idKey, id *ike.IdentityPart, frame int) {
		if _, ok := at[k]; !ok {
			at[k] = idSeen{&id.Identity, frame}
		}
	}
	for _, s := range d.Stories() {
		for _, m := range s.SA.Messages {
			src, dst := idKey{m.Src.Addr(), m.Dst.Addr(), s.SA.Version}, idKey{m.Dst.Addr(), m.Src.Addr(), s.SA.Version}
			for _, p := range m.Parts {
				id, ok := p.(*ike.IdentityPart)
				switch {
				case !ok:
				case id.Role == ike.AskedFor:
					note(d.ids.wanted, dst, id, m.Frame)
				case id.Role == ike.OfInitiator, id.Role == ike.OfResponder:
					note(d.ids.own, src, id, m.Frame)
				}
			}
		}
	}
	return d.ids
}
