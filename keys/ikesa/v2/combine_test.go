package v2

import (
	"testing"

	"github.com/ikedecode/ikedecode/keys/ikesa"
	"github.com/ikedecode/ikedecode/keys/ikesa/internal/candidate"
	"github.com/ikedecode/ikedecode/keys/secret"
)

// The ways to fill key exchanges are bounded, whatever is given.
func TestCombineIsBounded(t *testing.T) {
	var steps [][]candidate.Shared
	for i := range 8 {
		steps = append(steps, nil)
		for n := range 40 {
			steps[i] = append(steps[i], candidate.Shared{Used: secret.Secret{Kind: secret.DHSecret, Value: []byte{byte(n)}}, Value: []byte{byte(n)}})
		}
	}
	s := &solver{Secrets: candidate.NewPool(nil).For(&ikesa.SA{})}
	got := s.combine(steps)
	if len(got) == 0 || len(got) > maxSets {
		t.Errorf("%d sets", len(got))
	}
	for _, set := range got {
		if len(set) != 8 || !s.inOrder(set) {
			t.Fatalf("%v", set)
		}
	}
}
