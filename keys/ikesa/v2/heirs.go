package v2

import "github.com/ikedecode/ikedecode/keys/ikesa"

// Heirs are the IKE SAs that replace one, with what their keys come from.
type Heirs map[ikesa.SPIPair]*material

// Detach returns the heirs of the IKE SA that was solved last, which the solver then does not know any more.
func (sv *Solver) Detach() Heirs {
	h := make(Heirs, len(sv.heirs))
	for _, k := range sv.heirs {
		if m := sv.rekeyed[k]; m != nil {
			h[k] = m
			delete(sv.rekeyed, k)
		}
	}
	sv.heirs = nil
	return h
}

// Attach makes the solver know heirs again.
func (sv *Solver) Attach(h Heirs) {
	if sv.rekeyed == nil {
		sv.rekeyed = make(map[ikesa.SPIPair]*material)
	}
	for k, m := range h {
		sv.rekeyed[k] = m
	}
}

// Drop is Attach the other way.
func (sv *Solver) Drop(h Heirs) {
	for k := range h {
		delete(sv.rekeyed, k)
	}
}
