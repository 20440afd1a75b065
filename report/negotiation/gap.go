package negotiation

import "github.com/ikedecode/ikedecode/keys/ikesa"

// Gaps are what was not decrypted in the IKE SA. A Quick Mode that was rejected lacks nothing, though it has no second message; nor does an
// exchange that was never answered, however often it was asked for.
func (s *Story) Gaps() (list []ikesa.Gap) {
	refused := make(map[ikesa.Gap]bool)
	for _, x := range s.SA.Exchanges {
		if x.Child != nil && x.Child.Gap != nil && x.Child.Gap.Code == ikesa.GapLost && (s.Outcome(x).Code == Failed || unheeded(s.Outcome(x)) || endedInstead(s, x)) {
			refused[*x.Child.Gap] = true
		}
	}
	for _, g := range s.SA.Gaps {
		if !refused[g] {
			list = append(list, g)
		}
	}
	return list
}

// endedInstead reports whether the peer that was asked for a Child SA sent no response and deleted the IKE SA.
func endedInstead(s *Story, x *ikesa.Exchange) bool {
	m := IKEDelete(s.SA)
	return m != nil && s.Outcome(x).Code == NoAnswer && OneSided(x) && m.FromInitiator != x.Messages[0].FromInitiator
}
