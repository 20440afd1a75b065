package esp

import (
	"errors"
	"slices"
	"sync/atomic"

	"github.com/ikedecode/ikedecode/keys/alg"
)

// A Guess is the SPI of an ESP SA that stands in a text of no known form, with the numbers beside it that may be its keys. It is no key
// before a packet proves it.
type Guess struct {
	SPI    uint32
	Values [][]byte // in any order, and others may be among them
	Source Source
}

// String names the SPI, never the values.
func (g Guess) String() string { return Params{Protocol: ESP, SPI: g.SPI}.String() }

// GoString is String, so that %#v prints no values either.
func (g Guess) GoString() string { return g.String() }

// A Guesser finds the keys of SAs among the values of guesses, by the first packets of the SAs.
type Guesser struct {
	finder  *SaltFinder // has the packets
	guesses []Guess
	wide    *atomic.Int64 // high halves of sequence numbers that may be tried in vain, for all guesses
	keys    int           // that may yet be tried
	salts   int           // and keys that lack their salt
}

// What is tried in vain takes a second or two at the worst.
const (
	mostGuesses    = 4096
	guessedKeys    = 20_000
	guessedSalts   = 128
	guessedHalves  = 1 << 17
	packetsOfGuess = 2 // tried with each key, unless one is correct with it
)

// NewGuesser returns a Guesser; nil where there is nothing to guess.
func NewGuesser(list []Guess) *Guesser {
	if len(list) == 0 {
		return nil
	}
	list = list[:min(len(list), mostGuesses)]
	finder := newSaltFinder(make(map[uint32]bool))
	finder.halves = 0 // nearly all that is tried is no key
	for i := range list {
		finder.wanted[list[i].SPI] = true
	}
	g := &Guesser{finder: finder, guesses: list, wide: new(atomic.Int64), keys: guessedKeys, salts: guessedSalts}
	g.wide.Store(guessedHalves)
	return g
}

// Wants reports whether the packet with that payload is of use. A nil Guesser wants none.
func (g *Guesser) Wants(payload []byte) bool { return g != nil && g.finder.Wants(payload) }

// Observe keeps a packet that may be of use: whole, and there for the first time.
func (g *Guesser) Observe(p *Packet) {
	if g != nil {
		g.finder.Observe(p)
	}
}

// Solve is what the packets prove: of each SPI the keys that decrypt them, where some do. The error is that of a search that was ended.
func (g *Guesser) Solve(s *alg.SaltSearch) (found []Params, err error) {
	if g == nil {
		return nil, nil
	}
	tried := make(map[uint32]bool)
	for i := range g.guesses {
		spi := g.guesses[i].SPI
		if err := s.Context.Err(); err != nil {
			return nil, err
		}
		if tried[spi] {
			continue
		}
		tried[spi] = true
		if p := g.SolveOf(spi, s); p != nil {
			found = append(found, *p)
		}
	}
	return found, nil
}

// SolveOf is what the packets of an SPI prove, once; nil: nothing.
func (g *Guesser) SolveOf(spi uint32, s *alg.SaltSearch) *Params {
	list := g.finder.packets[spi]
	if len(list) == 0 || !g.finder.wanted[spi] {
		return nil
	}
	for i := range g.guesses {
		if guess := &g.guesses[i]; guess.SPI == spi && g.keys > 0 {
			if p := g.solve(guess, list, s); p != nil {
				g.finder.wanted[spi] = false
				return p
			}
		}
	}
	return nil
}

// solve are the keys of an SA; nil: its packets prove none.
func (g *Guesser) solve(guess *Guess, list []Packet, s *alg.SaltSearch) *Params {
	q := quest{guesser: g, packets: list, of: Params{Protocol: ESP, SPI: guess.SPI, Src: list[0].Src, Dst: list[0].Dst, Source: guess.Source}}
	for _, v := range guess.Values {
		if q.combined(v); q.sure {
			return q.best
		}
		g.saltless(&q, v, s)
	}
	for _, m := range alg.MACs() {
		for i, v := range guess.Values {
			if m.Null() || m.New == nil {
				continue
			}
			if len(v) == m.KeyLen {
				others := slices.Delete(slices.Clone(guess.Values), i, i+1)
				q.beside(m, v, others)
			}
			if at := len(v) - m.KeyLen; at > 0 { // as KEYMAT has them: the encryption key first (RFC 7296, section 2.17)
				q.beside(m, v[at:], [][]byte{v[:at]})
			}
			if q.sure {
				return q.best
			}
		}
	}
	return q.best
}

// saltless tries a key of a combined mode that its salt was left out of.
func (g *Guesser) saltless(q *quest, key []byte, s *alg.SaltSearch) {
	for _, c := range alg.Ciphers() {
		if c.ComputeSalt == nil || !c.LacksSalt(key) || g.salts == 0 {
			continue
		}
		g.salts--
		p := q.of
		p.SetCipher(c, key)
		if err := g.finder.Complete(&p, s); err == nil && !p.NoSalt {
			q.try(p)
		}
	}
}

// A quest looks for the keys of one SA.
type quest struct {
	guesser *Guesser
	packets []Packet
	of      Params // what is known of it
	best    *Params
	opened  int  // packets that best opens
	sure    bool // and they prove its encryption key, too
}

// combined tries a value as the key of each combined mode.
func (q *quest) combined(key []byte) {
	for _, c := range alg.Ciphers() {
		if _, err := c.KeyBitsOf(key); err != nil || !c.AEAD {
			continue
		}
		p := q.of
		p.SetCipher(c, key)
		q.try(p)
	}
}

// beside tries values as encryption keys beside an authentication key, if that one makes the ICVs.
func (q *quest) beside(m *alg.MAC, key []byte, others [][]byte) {
	p := q.of
	p.MAC, p.MACKey, p.Cipher = m, key, alg.CipherByKeyLog("null")
	if !q.authenticates(p) {
		return
	}
	q.try(p)
	for _, v := range others {
		for _, c := range alg.Ciphers() {
			if _, err := c.KeyBitsOf(v); err != nil || c.AEAD || c.Null() {
				continue
			}
			p.SetCipher(c, v)
			q.try(p)
		}
	}
}

// table is one with an SA alone; nil: it cannot be one, or enough was tried.
func (q *quest) table(p Params) (*Table, *SA) {
	if q.guesser.keys == 0 {
		return nil, nil
	}
	q.guesser.keys--
	t := NewTable()
	t.wide = q.guesser.wide
	sa, err := t.Add(p)
	if err != nil {
		return nil, nil
	}
	return t, sa
}

// authenticates reports whether the authentication key of p makes the ICV of one of the first packets, whatever is encrypted.
func (q *quest) authenticates(p Params) bool {
	t, _ := q.table(p)
	var s Scratch
	for i := 0; t != nil && i < min(packetsOfGuess, len(q.packets)); i++ {
		if _, err := t.Open(&q.packets[i], &s); !errors.Is(err, ErrICV) && !errors.Is(err, ErrMalformed) {
			return true
		}
	}
	return false
}

// try keeps p if it opens more packets than what was tried before, or proves the encryption key.
func (q *quest) try(p Params) {
	if q.sure {
		return
	}
	t, sa := q.table(p)
	var s Scratch
	opened := 0
	for i := 0; t != nil && i < len(q.packets) && (opened > 0 || i < packetsOfGuess); i++ {
		if o, err := t.Open(&q.packets[i], &s); err == nil && o.Verified {
			opened++
		}
	}
	if opened == 0 {
		return
	}
	if sure := sa.Proven() && sa.CipherProved(); sure || opened > q.opened {
		q.best, q.opened, q.sure = &p, opened, sure
	}
}
