package ikedecode

import (
	"context"
	"errors"
	"slices"

	"github.com/ikedecode/ikedecode/capture"
	"github.com/ikedecode/ikedecode/esp"
	"github.com/ikedecode/ikedecode/keys/alg"
	"github.com/ikedecode/ikedecode/keys/secret"
)

// ErrTwoPasses is the error of a run in one pass over a capture that needs two. What it gave by then is void.
var ErrTwoPasses = errors.New("the capture needs two passes")

// OnePass is a session for RunRender without Analyze before it, for captures of nothing but packets of SAs that are in bag, or in the capture;
// false where they cannot be all that it takes. The run ends with ErrTwoPasses at the first packet that the SAs do not decrypt, or that may say
// something of others: of IKE, unencrypted, a fragment.
func OnePass(ctx context.Context, src *capture.Source, bag *secret.Bag, opt Options) (*Session, bool) {
	s, room := &Session{Source: src, Bag: bag, Table: esp.NewTable(), opt: opt, onePass: true}, opt.room(bag)
	s.Table.NoVerify = opt.NoVerify
	s.Table.MaxSAs, s.Table.MaxPassing = room.sas(0, 0), room.passing
	aka := func(x secret.Secret) bool { return x.Kind == secret.AKACK || x.Kind == secret.AKAIK }
	vague := func(p esp.Params) bool { return p.NoSalt || p.AnySPI || saysNothingOfICV(&p) }
	if opt.ESPNull == NullForce || opt.NoVerify || len(bag.Guesses)+len(bag.Numbers) > 0 || slices.ContainsFunc(bag.Secrets, aka) {
		return nil, false
	}
	if s.addGiven(&alg.SaltSearch{Context: ctx}) != nil || len(s.Bag.SAs) == 0 || slices.ContainsFunc(s.Bag.SAs, vague) {
		return nil, false
	}
	s.startNull()
	s.ims = newIMSTracker(bag)
	return s, true
}

// mayTake reports whether a packet that holds these datagrams may be taken in one pass.
func (s *Session) mayTake(items []Item) bool {
	for i := range items {
		switch it := &items[i]; {
		case it.esp != nil:
			if !it.esp.Prepared() && !s.Table.Has(it.esp.Proto, spiOf(it.esp)) {
				return false
			}
		case it.Datagram.Kind != capture.Keepalive:
			return false
		}
	}
	return len(items) > 0
}

// weighNull shows the detector of NULL encryption what an SA without encryption has decrypted, as the first of two passes does.
func (s *Session) weighNull(it *Item) {
	if s.Table.NullDetector == nil || it.Opened == nil || len(it.Opened.Layers) == 0 {
		return
	}
	if sa := it.Opened.Layers[0].SA; sa != nil && sa.Cipher != nil && sa.Cipher.Null() {
		s.observeNull(it.Datagram)
	}
}
