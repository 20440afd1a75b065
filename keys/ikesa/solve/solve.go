// Package solve follows IKE SAs of both versions: from a conversation and the user's secrets it derives the keys, decrypts the
// payloads and yields the negotiated ESP, AH and IPComp SAs. A key is accepted only if a HASH, an ICV, a public value or the payload
// chain of several messages verifies it, and every result names its proof.
package solve

import (
	"github.com/ikedecode/ikedecode/decode/exchange"
	"github.com/ikedecode/ikedecode/keys/alg"
	"github.com/ikedecode/ikedecode/keys/ikesa"
	"github.com/ikedecode/ikedecode/keys/ikesa/internal/candidate"
	v1 "github.com/ikedecode/ikedecode/keys/ikesa/v1"
	v2 "github.com/ikedecode/ikedecode/keys/ikesa/v2"
	"github.com/ikedecode/ikedecode/keys/secret"
)

// A Solver follows IKE SAs with one bag of secrets. It keeps what one SA teaches for the next: public values already computed, identities
// already seen, the SAs that one is to replace.
type Solver struct {
	v1 *v1.Solver
	v2 *v2.Solver
}

// Options say how to solve. The zero value means the defaults.
type Options struct {
	NoVerify bool            // use keys that nothing verifies, where none is verified
	Salts    *alg.SaltSearch // finds the salts of keys that lack them; nil: as far as that takes no time
}

// New returns a solver for the secrets in bag, which may be nil.
func New(bag *secret.Bag, opt Options) *Solver {
	pool := candidate.NewPool(bag)
	if opt.Salts == nil {
		opt.Salts = new(alg.SaltSearch)
	}
	var supposed *candidate.Pool
	if b := bag.Supposed(); b != nil {
		supposed = candidate.NewPool(b)
	}
	return &Solver{v1.NewSolver(pool, supposed, opt.NoVerify), v2.NewSolver(pool, supposed, opt.NoVerify, opt.Salts)}
}

// Solve follows one conversation. The result is never nil; what was not decrypted is in its Gaps.
func (s *Solver) Solve(c *exchange.Conversation) *ikesa.SA {
	sa := ikesa.New(c)
	if c.Version == 1 {
		s.v1.Solve(sa)
	} else {
		s.v2.Solve(sa)
	}
	return sa
}

// Heirs are the IKE SAs that replace one, with what their keys come from.
type Heirs = v2.Heirs

// Apart solves a conversation that the solver keeps nothing of, with what its IKE SA has inherited; heirs are those that it leaves something to.
func (s *Solver) Apart(c *exchange.Conversation, inherited Heirs) (sa *ikesa.SA, heirs Heirs) {
	s.v2.Attach(inherited)
	sa = s.Solve(c)
	if c.Version == 1 {
		return sa, nil
	}
	s.v2.Drop(inherited)
	return sa, s.v2.Detach()
}

// Inherit lets the conversations to come have what others have left.
func (s *Solver) Inherit(h Heirs) { s.v2.Attach(h) }
