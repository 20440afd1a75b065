package v2

import (
	"cmp"
	"errors"
	"slices"

	"github.com/ikedecode/ikedecode/decode"
	"github.com/ikedecode/ikedecode/keys"
	"github.com/ikedecode/ikedecode/keys/alg"
	"github.com/ikedecode/ikedecode/keys/ikesa"
	"github.com/ikedecode/ikedecode/keys/ikesa/internal/candidate"
	"github.com/ikedecode/ikedecode/keys/secret"
)

// Some sources print SK_ei and SK_er without the salt that belongs to them: pluto does. One message of the side may be enough to find it.

// A saltKey is a key that lacks its salt, with the algorithms it may be for.
type saltKey struct {
	cipher    *alg.Cipher
	mac       *alg.MAC
	key       string
	initiator bool
}

// A saltedKey is such a key with its salt, and the frame that proves it; nil and 0 where there is none.
type saltedKey struct {
	key   []byte
	frame int
}

// complete adds their salts to those keys of a set of given ones that lack it. A key of which the source says that it does, and whose salt
// is not found, is left out: it is none of another algorithm.
func (s *solver) complete(p ikesa.Policy, g *ikesa.Generation) {
	g.EI, g.Salts[0] = s.salted(p, g.EI, true)
	g.ER, g.Salts[1] = s.salted(p, g.ER, false)
	used := make([]secret.Secret, 0, len(g.Used))
	for _, x := range g.Used {
		salt := 0
		switch x.Kind {
		case secret.SKei:
			salt = g.Salts[0]
		case secret.SKer:
			salt = g.Salts[1]
		}
		key := field(g, x.Kind)
		switch {
		case salt != 0:
			x.Value, x.NoSalt = *key, false
		case x.NoSalt:
			*key = nil
			continue
		}
		used = append(used, x)
	}
	g.Used = used
}

// salted is a key with its salt, and the frame that gave it, where it lacks it and the salt can be found; else it is as it was.
func (s *solver) salted(p ikesa.Policy, key []byte, initiator bool) ([]byte, int) {
	if len(key)+p.Cipher.SaltLen != p.KeyLen || !p.Cipher.LacksSalt(key) {
		return key, 0
	}
	at := saltKey{p.Cipher, p.Integ, string(key), initiator}
	w, known := s.saltedKeys[at]
	if !known {
		w = s.findSalt(p, key, initiator)
		if s.saltedKeys == nil {
			s.saltedKeys = make(map[saltKey]saltedKey)
		}
		s.saltedKeys[at] = w
	}
	if w.key == nil {
		return key, 0
	}
	return w.key, w.frame
}

// findSalt looks for the salt in the messages of a side: in several where one computes it, in the one that tells most where it is
// searched.
func (s *solver) findSalt(p ikesa.Policy, key []byte, initiator bool) (w saltedKey) {
	list := s.sealed(initiator)
	if p.Cipher.ComputeSalt != nil {
		slices.SortStableFunc(list, func(a, b *ikesa.Message) int { return cmp.Compare(a.Frame, b.Frame) })
	} else {
		if p.Source.Kind != ikesa.Chosen && p.Source.Kind != ikesa.Inherited {
			return w // there are too many algorithms to search for each
		}
		list = list[:min(1, len(list))]
	}
	for _, m := range list {
		confirm := func(key []byte) bool { return s.confirms(p, key, initiator) }
		salt, err := keys.FindSalt(s.salts, p.Cipher, p.Integ, key, m.Raw, confirm)
		switch {
		case err == nil:
			return saltedKey{slices.Concat(key, salt), m.Frame}
		case errors.Is(err, alg.ErrSaltUnsearched):
			s.unsearched = p.Cipher
		}
	}
	return w
}

// sealed are the encrypted messages of a side, those first that tell most about a key: with payloads, and short.
func (s *solver) sealed(initiator bool) []*ikesa.Message {
	dull := make(map[*ikesa.Message]int)
	var list []*ikesa.Message
	for _, m := range s.sa.Messages {
		if m.State == ikesa.Clear || m.FromInitiator != initiator || m.Cut {
			continue
		}
		sk, err := keys.FindSK(m.Raw)
		if err != nil {
			continue
		}
		if sk.First == decode.PayloadNone || sk.Fragment > 1 {
			dull[m] = 1
		}
		list = append(list, m)
	}
	slices.SortStableFunc(list, func(a, b *ikesa.Message) int {
		return cmp.Or(cmp.Compare(dull[a], dull[b]), cmp.Compare(len(a.Raw), len(b.Raw)))
	})
	return list[:min(look, len(list))]
}

// saltBits are those of the salts that a search goes through: evidence must be so much stronger.
const saltBits = 32

// confirms reports whether the payload chains that a key with its salt decrypts are evidence enough, without an ICV that says so.
func (s *solver) confirms(p ikesa.Policy, key []byte, initiator bool) bool {
	o, err := keys.NewUncheckedSKOpener(p.Cipher, p.Integ, key)
	if err != nil {
		return false
	}
	bits := 0
	for _, m := range s.sealed(initiator) {
		x, err := o.OpenSK(m.Raw)
		if err != nil {
			continue
		}
		b, whole := chainBits(m, x)
		if whole && b == 0 {
			return false
		}
		bits += b
	}
	return bits >= candidate.EnoughBits+saltBits
}
