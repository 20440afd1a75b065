package ikesa

import (
	"slices"

	"github.com/ikedecode/ikedecode/decode"
	"github.com/ikedecode/ikedecode/keys/secret"
)

// A shelf has the secrets of a bag in order, so that an IKE SA need not look at those of all others. Its lists are places in the bag,
// in the bag's order.
type shelf struct {
	bound   map[decode.SPI][]int  // by the initiator's SPI that a secret is bound to
	free    map[secret.Kind][]int // not bound to an initiator's SPI
	printed map[together][]int    // by what was printed together
}

// together names values of one key schedule in one file.
type together struct {
	file  string
	group int
}

// shelf puts the bag in order when the first SA is solved.
func (sv *Solver) shelf() *shelf {
	if sv.ordered != nil {
		return sv.ordered
	}
	f := &shelf{bound: make(map[decode.SPI][]int), free: make(map[secret.Kind][]int), printed: make(map[together][]int)}
	for i, x := range sv.bag.Secrets {
		if x.Where.Initiator.IsZero() {
			f.free[x.Kind] = append(f.free[x.Kind], i)
		} else {
			f.bound[x.Where.Initiator] = append(f.bound[x.Where.Initiator], i)
		}
		if x.Group != 0 {
			at := together{x.Origin.File, x.Group}
			f.printed[at] = append(f.printed[at], i)
		}
	}
	sv.ordered = f
	return f
}

// bound are the places of the secrets that are bound to this SA.
func (s *solver) bound() []int {
	f := s.shelf()
	list := slices.Clone(f.bound[s.sa.Initiator])
	for _, p := range s.was {
		list = append(list, f.bound[p.i]...)
	}
	slices.Sort(list)
	list = slices.Compact(list)
	return slices.DeleteFunc(list, func(i int) bool { return !s.binds(s.bag.Secrets[i]) })
}

// unbound are the places of the secrets of a kind that may belong to any initiator's SPI.
func (s *solver) unbound(kind secret.Kind) []int {
	return slices.DeleteFunc(slices.Clone(s.shelf().free[kind]), func(i int) bool { return !s.binds(s.bag.Secrets[i]) })
}

// inOrder puts places into the order of the bag.
func inOrder(lists ...[]int) []int {
	all := slices.Concat(lists...)
	slices.Sort(all)
	return slices.Compact(all)
}
