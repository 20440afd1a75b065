package ikedecode

import (
	"iter"

	"github.com/ikedecode/ikedecode/esp"
	"github.com/ikedecode/ikedecode/keys/ikesa"
	"github.com/ikedecode/ikedecode/keys/secret"
)

// KeyLog returns everything that is known and proved, bound to the SAs that it belongs to: what a key log needs to open the
// same traffic in any part of the capture. It is complete after Run. With all set, keys that nothing has proved are in it
// too.
func (s *Session) KeyLog(all bool) *secret.Bag {
	bag := s.secrets(all)
	for _, sa := range s.Table.SAs() {
		if sa.AnySPI || sa.NoSalt || (sa.Protocol != esp.IPComp && !all && !sa.Proven()) {
			continue
		}
		p := *sa.Params
		if n := sa.ICVLength(); n != 0 && p.MAC != nil && n != p.MAC.ICVLen {
			p.ICVLen = n // the truncation that the traffic has shown
		}
		bag.SAs = append(bag.SAs, p)
	}
	bag.SAs = append(bag.SAs, s.passedSAs(all)...)
	return bag
}

// Keyed are the IKE SAs whose keys may be known, in the order of their first messages: SAs, and those that memory has no room for.
func (s *Session) Keyed() iter.Seq[*ikesa.SA] {
	return func(yield func(*ikesa.SA) bool) {
		for _, sa := range s.evicted { // without messages
			if !yield(sa) {
				return
			}
		}
		rest := s.SAs
		for _, sa := range s.archived.each() {
			for len(rest) > 0 && rest[0].Messages[0].Frame <= sa.Messages[0].Frame {
				if !yield(rest[0]) {
					return
				}
				rest = rest[1:]
			}
			if (s.wanted == nil || s.wanted(sa)) && !yield(sa) {
				return
			}
		}
		for _, sa := range rest {
			if !yield(sa) {
				return
			}
		}
	}
}

// Secrets are those of KeyLog.
func (s *Session) Secrets(all bool) []secret.Secret { return s.secrets(all).Secrets }

func (s *Session) secrets(all bool) *secret.Bag {
	const usual = 8 // secrets of an IKE SA
	c := collector{bag: &secret.Bag{}, waiting: make([]secret.Secret, 0, usual*len(s.SAs))}
	most := s.opt.room(s.Bag).keyLog
	s.LeftOut = 0
	for sa := range s.Keyed() {
		if s.archived != nil && len(c.bag.Secrets)+len(c.waiting) > most {
			s.LeftOut++
			continue
		}
		c.addIKE(sa, all)
	}
	c.flush()
	return c.bag
}

// passedSAs are the parameters of SAs that are not in the table's list: with all set, those whose keys no packet has verified, too.
func (s *Session) passedSAs(all bool) (list []esp.Params) {
	most := s.opt.room(s.Bag).keyLog
	for row, sa := range s.archived.each() {
		if len(list) > most || s.wanted != nil && !s.wanted(sa) {
			continue
		}
		for _, c := range sa.Children {
			for _, d := range c.SAs {
				if len(d.Candidates) == 1 && (all || d.Protocol == esp.IPComp || s.Table.Verified(d.Protocol, d.SPI, row)) {
					list = append(list, d.Candidates[0])
				}
			}
		}
	}
	return list
}

// A collector fills a bag. What shares no group waits, so that the bag takes it in at once.
type collector struct {
	bag     *secret.Bag
	waiting []secret.Secret
}

func (c *collector) flush() {
	c.bag.Add(c.waiting...)
	c.waiting = c.waiting[:0]
}

// addIKE adds the keys of an IKE SA and of its Quick Modes; with all set, those of IKEv2 that nothing has proved, too.
func (c *collector) addIKE(sa *ikesa.SA, all bool) {
	at := secret.Where{Initiator: sa.Initiator, Responder: sa.Responder}
	k := sa.Keys
	add := func(kind secret.Kind, w secret.Where, value []byte) {
		if len(value) > 0 {
			c.waiting = append(c.waiting, secret.Secret{Kind: kind, Where: w, Value: value})
		}
	}
	for i, g := range sa.Generations {
		if g.Unproven && !all {
			continue
		}
		group := 0
		if len(sa.Generations) > 1 {
			group = i + 1
		}
		c.addGeneration(at, group, g)
	}
	add(secret.PSK, secret.Where{}, k.PSK)
	add(secret.EAPMSK, at, k.MSK)
	add(secret.PPK, at, k.PPK)
	for _, x := range k.Used {
		if x.Kind == secret.DHPrivate {
			add(secret.DHPrivate, secret.Where{}, x.Value)
		}
	}
	add(secret.DHSecret, at, k.GXY)
	add(secret.SKEYID, at, k.SKEYID)
	add(secret.SKEYIDd, at, k.D)
	add(secret.SKEYIDa, at, k.A)
	add(secret.SKEYIDe, at, k.E)
	add(secret.EncKey, at, k.Ka)
	for _, iv := range sa.IVs {
		w := at
		w.MessageID = iv.MessageID
		add(secret.IV, w, iv.Value)
	}
	for _, child := range sa.Children {
		w := at
		w.MessageID = child.MessageID
		kind := secret.QMDHSecret
		if child.Version == 2 {
			kind = secret.ChildDHSecret
		}
		add(kind, w, child.GXY)
		for _, x := range child.More {
			add(kind, w, x)
		}
	}
}

// addGeneration adds the keys of one generation of an IKEv2 SA. Where there are several, those of one share a group.
func (c *collector) addGeneration(at secret.Where, group int, g ikesa.Generation) {
	if group != 0 {
		c.flush()
	}
	for _, x := range []struct {
		kind  secret.Kind
		value []byte
	}{
		{secret.SKEYSEED, g.SKEYSEED}, {secret.SKd, g.D}, {secret.SKai, g.AI}, {secret.SKar, g.AR},
		{secret.SKei, g.EI}, {secret.SKer, g.ER}, {secret.SKpi, g.PI}, {secret.SKpr, g.PR},
	} {
		if len(x.value) > 0 {
			c.waiting = append(c.waiting, secret.Secret{Kind: x.kind, Where: at, Value: x.value, Group: group})
		}
	}
	if group != 0 {
		c.flush()
	}
}
