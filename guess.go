package ikedecode

import (
	"slices"

	"github.com/ikedecode/ikedecode/capture"
	"github.com/ikedecode/ikedecode/esp"
	"github.com/ikedecode/ikedecode/keys/alg"
	"github.com/ikedecode/ikedecode/keys/secret"
)

// observeGuess shows an ESP packet of the first pass to what looks for keys among guesses.
func (s *Session) observeGuess(d *capture.Datagram) {
	if s.guesser.Wants(d.Payload) {
		s.guesser.Observe(espPacket(d, new(esp.Packet)))
	}
}

// endGuesses puts the keys that packets prove into the bag. The error is that of a run that was stopped.
func (s *Session) endGuesses(salts *alg.SaltSearch) error {
	found, err := s.guesser.Solve(salts)
	s.guesser = nil
	if err != nil {
		return err
	}
	s.Bag.Merge(&secret.Bag{SAs: found, Secrets: s.provedNumbers()})
	if len(s.Bag.Secrets)+len(s.Bag.SAs)+len(s.Bag.Events) > 0 {
		return nil
	}
	var rest []secret.Warning
	for _, w := range s.Bag.Warnings {
		if w.Tried {
			s.Problems = append(s.Problems, w.File+": its format is not known, and no packet and no IKE message proves any of its numbers as a key")
			continue
		}
		rest = append(rest, w)
	}
	s.Bag.Warnings = rest
	return nil
}

// provedNumbers are the numbers of texts of no known form that messages prove as keys of IKE.
func (s *Session) provedNumbers() (list []secret.Secret) {
	if len(s.Bag.Numbers) == 0 {
		return nil
	}
	numbers := make(map[secret.Origin]bool)
	for _, n := range s.Bag.Numbers {
		numbers[n.Origin] = true
	}
	for _, sa := range s.SAs {
		used := sa.Keys.Used
		for _, g := range sa.Generations {
			used = append(slices.Clip(used), g.Used...)
		}
		for _, x := range used {
			if numbers[x.Origin] {
				x.Where, x.Group = secret.Where{Initiator: sa.Initiator, Responder: sa.Responder}, 0
				list = append(list, x)
			}
		}
	}
	return list
}
