package esp

import (
	"math/rand/v2"
	"testing"
)

// A window tells of any order of numbers what a list of all that were seen tells, also where it keeps no bits.
func TestWindowOfAnyOrder(t *testing.T) {
	for seed := range uint64(200) {
		r := rand.New(rand.NewPCG(seed, 1))
		var w window
		all := make(map[uint64]bool)
		seq, top := r.Uint64N(5), uint64(0)
		if seed%4 == 0 {
			seq = 1<<32 - 50
		}
		for range 3000 {
			n := seq
			switch r.IntN(12) {
			case 0: // one that came, or was lost
				n -= min(n, r.Uint64N(2*windowBits))
			case 1:
				if seed%2 == 0 {
					seq += r.Uint64N(1 << r.IntN(12))
				}
			default:
				seq++
			}
			want := all[n] && (n > top || top-n < windowBits)
			if got := w.seen(n); got != want {
				t.Fatalf("seed %d: %d behind %d: seen %v, want %v", seed, n, top, got, want)
			}
			if n > top || top-n < windowBits {
				all[n] = true
			}
			top = max(top, n)
		}
	}
}
