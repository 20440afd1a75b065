package ikesa

import "iter"

// Steps are the steps from secrets and what the capture shows to every key of the IKE SA, then to those of its children: the first
// candidate of each where nothing has decided yet. Each is computed when it is asked for, from the formula and the inputs that
// the solver took. There are none where [SA.KeysKnown] is false.
func (sa *SA) Steps() iter.Seq[Step] {
	return func(yield func(Step) bool) {
		if !sa.KeysKnown() {
			return
		}
		own := sa.phase1Steps
		if sa.Version == 2 {
			own = sa.generationSteps
		}
		_ = own(yield) && sa.childSteps(yield)
	}
}

// KeysKnown reports whether any key of the IKE SA is known, so that Steps has something to tell.
func (sa *SA) KeysKnown() bool {
	k := sa.Keys
	return len(sa.Generations) > 0 || k.SKEYID != nil || k.D != nil || k.A != nil || k.E != nil || k.Ka != nil || k.GXY != nil
}
