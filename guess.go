package ikedecode

import (
	"fmt"

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
	s.Bag.Merge(&secret.Bag{SAs: found})
	if len(s.Bag.Guesses) > 0 && len(s.Bag.Secrets)+len(s.Bag.SAs)+len(s.Bag.Events) == 0 {
		s.Problems = append(s.Problems, fmt.Sprintf("%s: with none of the numbers beside SPIs as key is the ICV of a packet correct", s.Bag.Guesses[0].Source.Name))
	}
	return nil
}
