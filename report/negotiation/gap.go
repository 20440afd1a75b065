package negotiation

import "github.com/ikedecode/ikedecode/keys/ikesa"

// Gaps are what was not decrypted in the IKE SA. A Quick Mode that was rejected lacks nothing, though it has no second message; nor does an
// exchange that was never answered, however often it was asked for.
func (s *Story) Gaps() (list []ikesa.Gap) {
	refused := make(map[ikesa.Gap]bool)
	for _, x := range s.SA.Exchanges {
		if x.Child != nil && x.Child.Gap != nil && x.Child.Gap.Code == ikesa.GapLost && (s.Outcome(x).Code == Failed || Unheeded(s.Outcome(x), x)) {
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
