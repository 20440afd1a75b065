package ikedecode

import (
	"context"

	"github.com/ikedecode/ikedecode/capture"
	"github.com/ikedecode/ikedecode/esp"
	"github.com/ikedecode/ikedecode/keys/alg"
)

// startSalts readies what the first pass keeps to find the salts of ESP keys that lack them, and the search for all keys. A run that is
// stopped stops it.
func (s *Session) startSalts(ctx context.Context) *alg.SaltSearch {
	s.finder = esp.NewSaltFinder(s.Bag.SAs)
	return &alg.SaltSearch{Long: s.opt.SearchSalt, Context: ctx, Progress: s.opt.SaltProgress}
}

// observeSalt shows an ESP packet of the first pass to the finder.
func (s *Session) observeSalt(d *capture.Datagram) {
	if s.finder.Wants(d.Payload) {
		s.finder.Observe(espPacket(d, new(esp.Packet)))
	}
}
