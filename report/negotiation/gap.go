package negotiation

import "github.com/ikedecode/ikedecode/keys/ikesa"

// Gaps are what was not decrypted in sa. A Quick Mode that was rejected lacks nothing, though it has no second message; nor does an
// exchange that was never answered, however often it was asked for.
func Gaps(sa *ikesa.SA) (list []ikesa.Gap) {
	if len(sa.Gaps) == 0 {
		return nil
	}
	refused := make(map[ikesa.Gap]bool)
	s := newStory(sa, nil)
	for _, x := range sa.Exchanges {
		if x.Child != nil && x.Child.Gap != nil && x.Child.Gap.Code == ikesa.GapLost && (s.Outcome(x).Code == Failed || Unheeded(s.Outcome(x), x)) {
			refused[*x.Child.Gap] = true
		}
	}
	for _, g := range sa.Gaps {
		if !refused[g] {
			list = append(list, g)
		}
	}
	return list
}
