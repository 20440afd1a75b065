package report

import (
	"slices"

	"github.com/ikedecode/ikedecode"
	"github.com/ikedecode/ikedecode/decode/ike"
	"github.com/ikedecode/ikedecode/esp"
	"github.com/ikedecode/ikedecode/keys/export"
	"github.com/ikedecode/ikedecode/keys/ikesa"
	"github.com/ikedecode/ikedecode/keys/secret"
	"github.com/ikedecode/ikedecode/report/negotiation"
	"github.com/ikedecode/ikedecode/report/traffic"
)

// A PacketSelection is what a filter selected of the packets.
type PacketSelection struct {
	Selected
	LeftOutPackets int `json:"packets_left_out"`
}

// Text says what was selected.
func (s *PacketSelection) Text() string { return s.tell(s.LeftOutPackets, "packet") }

// Nothing reports whether nothing was selected. A nil selection is of everything.
func (s *PacketSelection) Nothing() bool { return s != nil && s.empty }

// Warnings say that nothing was selected, where that is so.
func (s *PacketSelection) Warnings() []Problem {
	if !s.Nothing() {
		return nil
	}
	return []Problem{s.Notice()}
}

// Notice says what was selected.
func (s *PacketSelection) Notice() Problem {
	p := Problem{Text: s.Text()}
	if s.Hint != "" {
		p.Hints = []string{s.Hint}
	}
	return p
}

// Restrict takes the keys of IKE SAs out of an export of which only Child SAs are asked for: they would decrypt more.
func (sc *Scope) Restrict(m *Material) {
	if !slices.ContainsFunc(sc.filter.sas, func(s saFilter) bool { return s.isSPI }) {
		return
	}
	unwanted := func(initiator, responder ike.SPI) bool { return !sc.wanted[initiator.String()+":"+responder.String()] }
	m.Bag.Secrets = slices.DeleteFunc(m.Bag.Secrets, func(s secret.Secret) bool { return unwanted(s.Where.Initiator, s.Where.Responder) })
	m.IKEv2 = slices.DeleteFunc(m.IKEv2, func(r export.IKEv2Row) bool { return unwanted(r.Initiator, r.Responder) })
	m.IKEv1 = slices.DeleteFunc(m.IKEv1, func(r export.IKEv1Row) bool {
		return !slices.ContainsFunc(sc.session.SAs, func(sa *ikesa.SA) bool { return sa.Initiator == r.Initiator && sc.wanted[cookies(sa)] })
	})
}

// Part is the session, after Run, as if it had nothing but the selection: the IKE SAs with an exchange in it or whose traffic is, the SAs and
// flows with packets in it, and those without packets that are asked for; with the counts of the packets in it.
func (sc *Scope) Part() (part *ikedecode.Session, sel *PacketSelection) {
	s := sc.session
	chosen := make(map[*ikesa.SA]bool)
	for i, sa := range s.SAs {
		chosen[sa] = len(sc.keep[i]) > 0
	}
	wanted := make(map[*esp.SA]bool)
	for _, sa := range s.Table.Used() {
		if wanted[sa] = sc.opened[sa] || sa.Stats().Packets == 0 && sc.fitsIdle(sa); !wanted[sa] {
			continue
		}
		if owner := sc.before.Child(negotiation.KeyOf(sa)).SA; owner != nil {
			chosen[owner] = true
		}
	}
	part = s.Part(ikedecode.Choice{
		IKE: func(sa *ikesa.SA) bool { return chosen[sa] },
		SA:  func(sa *esp.SA) bool { return wanted[sa] },
		Flow: func(u *ikedecode.UnknownSPI) int {
			k := unmapped(traffic.OfClosed(u))
			switch {
			case u.Inside && sc.flows[k]:
				return u.Packets
			case u.Inside:
				return 0
			}
			return sc.shut[k]
		},
		Counts: sc.counts,
	})
	sel = &PacketSelection{Selected: sc.filter.selected(), LeftOutPackets: s.Counts.Packets - sc.counts.Packets}
	sel.LeftOutSAs = len(s.SAs) - len(part.SAs)
	if sel.empty = len(part.SAs) == 0 && sc.counts.IKE+sc.counts.ESP == 0; sel.empty {
		sel.Hint = sc.filter.hint(sc.timeline.SAs, flowsThereAre(sc.reading().SAs()))
	}
	return part, sel
}
