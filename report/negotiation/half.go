package negotiation

import (
	"net/netip"

	"github.com/ikedecode/ikedecode/decode/ike"
	"github.com/ikedecode/ikedecode/decode/ikev1"
	"github.com/ikedecode/ikedecode/keys/ikesa"
)

// A half is what a capture has of the IKE between two hosts.
type half struct {
	from   netip.Addr // who sent all of it; invalid: both did
	spoken int        // messages that the other host must have sent
}

// halves are those hosts of which the capture has only what one of them sends, though the other one spoke too.
func halves(sas []*ikesa.SA) map[Hosts]*half {
	const enough = 2 // a capture may begin with a response
	all := make(map[Hosts]*half)
	for _, sa := range sas {
		for _, m := range sa.Messages {
			hosts := InOrder(m.Src.Addr(), m.Dst.Addr())
			h := all[hosts]
			if h == nil {
				h = &half{from: m.Src.Addr()}
				all[hosts] = h
			}
			if h.from != m.Src.Addr() {
				h.from = netip.Addr{}
			}
			if sa.Version == 2 && m.IsResponse() || needsPhase1(sa, m) {
				h.spoken++
			}
		}
	}
	for hosts, h := range all {
		if !h.from.IsValid() || h.spoken < enough {
			delete(all, hosts)
		}
	}
	return all
}

// needsPhase1 reports whether m is of an exchange that comes after phase 1 of IKEv1 alone, which the capture has a message of: both peers ended it.
func needsPhase1(sa *ikesa.SA, m *ikesa.Message) bool {
	t := TypeOf(m)
	return sa.Version == 1 && (t == ikev1.ExchangeQuick || t == ikev1.ExchangeTransaction) && IsPhase1(TypeOf(sa.Messages[0]))
}

// halfCaptured mends the outcomes that blame the host of which the capture has nothing.
func (s *Story) halfCaptured(all map[Hosts]*half) {
	for _, x := range s.Exchanges() {
		o := s.outcomes[x]
		if len(x.Messages) == 0 || o.Code != NoAnswer {
			continue
		}
		last := x.Messages[len(x.Messages)-1]
		if all[InOrder(last.Src.Addr(), last.Dst.Addr())] != nil {
			*o = Outcome{Code: Incomplete, Lost: LostSide, Side: ike.SideOf(last.FromInitiator), Frame: last.Frame}
		}
	}
}
