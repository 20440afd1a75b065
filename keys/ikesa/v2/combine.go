package v2

import (
	"bytes"
	"slices"

	"github.com/ikedecode/ikedecode/keys/ikesa/internal/candidate"
	"github.com/ikedecode/ikedecode/keys/secret"
)

const (
	maxSets  = 256 // ways to fill the key exchanges of one CREATE_CHILD_SA
	maxMixed = 12  // secrets that are combined freely; of more only those next to each other
)

// combine takes one candidate for each step, in every way that keeps the order of files.
func (s *solver) combine(steps [][]candidate.Shared) [][]candidate.Shared {
	out := [][]candidate.Shared{nil}
	for _, candidates := range steps {
		var next [][]candidate.Shared
		for _, front := range out {
			for _, c := range candidates {
				if set := append(slices.Clone(front), c); len(next) < maxSets && s.inOrder(set) {
					next = append(next, set)
				}
			}
		}
		out = next
	}
	return out
}

// inOrder reports whether secrets may stand in this order: none is there twice, and those of one file are as its reader gave them.
func (s *solver) inOrder(set []candidate.Shared) bool {
	for i := 1; i < len(set); i++ {
		for _, before := range set[:i] {
			a, b := before.Used, set[i].Used
			if a.Kind == secret.DHPrivate || b.Kind == secret.DHPrivate {
				continue
			}
			sameFile := a.Origin.File != "" && a.Origin.File == b.Origin.File
			if sameFile && s.Place(a) >= s.Place(b) || bytes.Equal(a.Value, b.Value) {
				return false
			}
		}
	}
	return true
}
