package v2

import (
	"errors"
	"slices"

	"github.com/ikedecode/ikedecode/keys"
	"github.com/ikedecode/ikedecode/keys/ikesa"
	"github.com/ikedecode/ikedecode/keys/ikesa/internal/candidate"
	"github.com/ikedecode/ikedecode/keys/secret"
)

// Of the keys of a side SK_a makes the ICV and SK_e decrypts, and neither proves the other where both were given one by one. Keys that
// come from one SKEYSEED are as sure as each other.

// look bounds the messages that keys are tried on until they are taken or left.
const look = 32

// namingBits of evidence name a key that is right though no ICV verifies. It is not used for that, so fewer do than for taking one.
const namingBits = candidate.EnoughBits - 10

// A fault is which of the keys that were given for the sides are wrong, where the other ones of them are right.
type fault struct {
	policy     ikesa.Policy
	generation *ikesa.Generation
	sides      [2]int // messages that show it, by sideOf their sender
}

func (f *fault) found() bool { return f.sides[0]+f.sides[1] > 0 }

// refute notes of which side SK_e is wrong: SK_a verifies ICVs, and no message decrypts to payloads.
func (s *solver) refute(p ikesa.Policy, g *ikesa.Generation) {
	if g.SKEYSEED != nil || p.Cipher.AEAD {
		return
	}
	var good [2]bool
	var broken [2]int
	n := 0
	for _, m := range s.sa.Messages {
		side := sideOf(m.FromInitiator)
		if m.State == ikesa.Clear || good[side] {
			continue
		}
		if n++; n > look {
			break
		}
		o, err := s.trySK(p, g, m)
		bits, whole := chainBits(m, o)
		switch {
		case errors.Is(err, keys.ErrPadding) && len(integOf(g, m)) > 0, err == nil && o.Verified && whole && bits == 0:
			broken[side]++
		case err == nil && o.Verified && whole:
			good[side] = true
		}
	}
	for side := range broken {
		g.Refuted[side] = broken[side] > 0 && !good[side]
		if !g.Refuted[side] {
			broken[side] = 0
		}
	}
	if f := (fault{p, g, broken}); f.found() && !s.refuted.found() {
		s.refuted = f
	}
}

// forget leaves out the keys of a set that are refuted.
func forget(g *ikesa.Generation) {
	drop := func(kind secret.Kind, key *[]byte) {
		*key = nil
		g.Used = slices.DeleteFunc(slices.Clone(g.Used), func(x secret.Secret) bool { return x.Kind == kind })
	}
	if g.Refuted[sideOf(true)] {
		drop(secret.SKei, &g.EI)
	}
	if g.Refuted[sideOf(false)] {
		drop(secret.SKer, &g.ER)
	}
}

func integOf(g *ikesa.Generation, m *ikesa.Message) []byte {
	if m.FromInitiator {
		return g.AI
	}
	return g.AR
}

// unlikeICVs finds keys that decrypt messages to payloads, enough of them to be evidence, whose ICVs they do not verify.
func (s *solver) unlikeICVs(m *material) (found fault) {
	const sets = 64
	if m.chosen == nil && len(m.offered) == 0 {
		return found
	}
	n := 0
	for _, p := range s.policies(m) {
		if p.Cipher == nil || p.Unsupported != "" {
			continue
		}
		for _, g := range s.givenGenerations(p) {
			if n++; n > sets {
				return found
			}
			if f := s.unlikeICV(p, g); f.found() {
				return f
			}
		}
	}
	return found
}

func (s *solver) unlikeICV(p ikesa.Policy, g *ikesa.Generation) (f fault) {
	blind := *g
	blind.Unproven, blind.Refuted = true, [2]bool{}
	f = fault{policy: p, generation: g}
	var bits [2]int
	n := 0
	for _, m := range s.sa.Messages {
		if m.State == ikesa.Clear {
			continue
		}
		if n++; n > look {
			break
		}
		o, err := s.trySK(p, &blind, m)
		if b, whole := chainBits(m, o); err == nil && whole && b > 0 {
			side := sideOf(m.FromInitiator)
			bits[side] += b
			f.sides[side]++
		}
	}
	for side := range bits {
		if bits[side] < namingBits {
			f.sides[side] = 0
		}
	}
	return f
}

// gap says which keys are wrong, and which are right all the same.
func (f *fault) gap(cause ikesa.Cause) ikesa.Gap {
	g := ikesa.Gap{Code: ikesa.GapWrongKey, Cause: cause, Version: 2, Initiator: f.sides[sideOf(true)] > 0, Count: f.sides[0] + f.sides[1]}
	g.Both = g.Initiator && f.sides[sideOf(false)] > 0
	initiator, responder := secret.SKei, secret.SKer
	if cause == ikesa.CauseICVKey {
		initiator, responder = secret.SKai, secret.SKar
	}
	if g.Initiator {
		g.Needs |= ikesa.SetOf(initiator)
	}
	if g.Both || !g.Initiator {
		g.Needs |= ikesa.SetOf(responder)
	}
	return g
}
