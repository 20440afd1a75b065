package candidate

import (
	"hash/maphash"
	"slices"
)

// An index finds places in the bag by a key that many may share, in 8 bytes for each: there may be millions. It is sorted runs, each more than
// twice as long as the next, so that places that come one at a time cost little more than all at once.
type index[K comparable] struct {
	key  func(place int) K
	seed maphash.Seed
	runs [][]uint64 // 32 bits of the sum of the key, then of the place
}

const placeBits = 32

func newIndex[K comparable](key func(place int) K) index[K] {
	return index[K]{key: key, seed: maphash.MakeSeed()}
}

func (x *index[K]) sum(key K) uint64 { return maphash.Comparable(x.seed, key) << placeBits }

// add adds places that are behind all that are there.
func (x *index[K]) add(places []int) {
	if len(places) == 0 {
		return
	}
	run := make([]uint64, len(places))
	for i, place := range places {
		run[i] = x.sum(x.key(place)) | uint64(place)
	}
	for n := len(x.runs); n > 0 && len(x.runs[n-1]) <= 2*len(run); n-- {
		run, x.runs = slices.Concat(x.runs[n-1], run), x.runs[:n-1]
	}
	slices.Sort(run)
	x.runs = append(x.runs, run)
}

// of are the places with a key, in the bag's order.
func (x *index[K]) of(key K) (places []int) {
	sum := x.sum(key)
	for _, run := range x.runs {
		at, _ := slices.BinarySearch(run, sum)
		for ; at < len(run) && run[at]>>placeBits == sum>>placeBits; at++ {
			if place := int(run[at] & (1<<placeBits - 1)); x.key(place) == key {
				places = append(places, place)
			}
		}
	}
	return places
}
