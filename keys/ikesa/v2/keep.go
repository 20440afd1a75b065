package v2

import (
	"bytes"

	"github.com/ikedecode/ikedecode/keys/ikesa"
)

// addGeneration keeps a verified set of keys. What two sources say of one set is put together.
func (s *solver) addGeneration(g *ikesa.Generation) {
	s.sa.Proofs = append(s.sa.Proofs, g.Proofs...)
	for i := range s.sa.Generations {
		if h := &s.sa.Generations[i]; join(h, g) || s.joinPPK(h, g) {
			return
		}
	}
	s.sa.Generations = append(s.sa.Generations, *g)
}

// join takes over what o knows more of the same keys; false where they are others.
func join(g, o *ikesa.Generation) bool {
	same := func(a, b []byte) bool { return a != nil && bytes.Equal(a, b) }
	differ := func(a, b []byte) bool { return a != nil && b != nil && !bytes.Equal(a, b) }
	if !same(g.EI, o.EI) && !same(g.ER, o.ER) || differ(g.EI, o.EI) || differ(g.ER, o.ER) || differ(g.D, o.D) ||
		differ(g.AI, o.AI) || differ(g.AR, o.AR) {
		return false
	}
	for _, f := range []struct{ dst, src *[]byte }{
		{&g.SKEYSEED, &o.SKEYSEED}, {&g.D, &o.D}, {&g.AI, &o.AI}, {&g.AR, &o.AR}, {&g.EI, &o.EI}, {&g.ER, &o.ER},
		{&g.PI, &o.PI}, {&g.PR, &o.PR}, {&g.GXY, &o.GXY},
	} {
		if *f.dst == nil {
			*f.dst = *f.src
		}
	}
	g.Used, g.Proofs = append(g.Used, o.Used...), append(g.Proofs, o.Proofs...)
	if g.Root == nil {
		g.Root = o.Root
	}
	g.First = min(g.First, o.First)
	return true
}

// own notes the keys that are verified to be this SA's: others are not decrypted with them unverified.
func (s *solver) own() {
	if !s.noVerify {
		return
	}
	if s.owned == nil {
		s.owned = make(map[keyPair]bool)
	}
	for _, g := range s.sa.Generations {
		s.owned[pairOf(&g)] = true
	}
}

func pairOf(g *ikesa.Generation) keyPair { return keyPair{string(g.EI), string(g.ER)} }
