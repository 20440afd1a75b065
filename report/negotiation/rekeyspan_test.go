package negotiation

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

// The first rekeying under way at a time is found as by a look at all of them.
func TestSpans(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		s, start := &spans{}, time.Unix(1_700_000_000, 0)
		for range rng.IntN(20) {
			start = start.Add(time.Duration(rng.IntN(5)) * time.Second)
			s.add(Rekeying{Start: start, End: start.Add(time.Duration(rng.IntN(30)) * time.Second)})
		}
		for k := range 120 {
			at := time.Unix(1_700_000_000+int64(k), 0)
			var want *Rekeying
			if i := slices.IndexFunc(s.list, func(r Rekeying) bool { return !r.End.Before(at) }); i >= 0 {
				want = &s.list[i]
			}
			if got := s.endingAt(at); got != want {
				t.Fatalf("at %v: %v, want %v, of %v", at, got, want, s.list)
			}
		}
	}
}
