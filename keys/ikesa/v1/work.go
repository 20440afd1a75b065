// Package v1 solves IKE SAs of IKEv1: from a conversation and the user's secrets it derives the keys, decrypts the messages and
// yields the IPsec SAs of its Quick Modes (RFC 2409). A key is accepted only if a HASH, a public value or the payload chain of several
// messages verifies it.
package v1

import (
	"crypto/cipher"

	"github.com/ikedecode/ikedecode/decode"
	"github.com/ikedecode/ikedecode/keys/alg"
	"github.com/ikedecode/ikedecode/keys/ikesa"
	"github.com/ikedecode/ikedecode/keys/ikesa/internal/candidate"
)

// A Solver solves IKE SAs with one pool of secrets. It keeps what one SA teaches for the next.
type Solver struct {
	noVerify bool // keys that nothing verifies are used, where none is verified
	pool     *candidate.Pool
	supposed *candidate.Pool       // what may be keys; nil: nothing
	ids      [][]byte              // bodies of ID payloads that were read, newest last
	groups   map[uint16]*alg.Group // that New Group Mode defined
}

// NewSolver returns a solver with the secrets of a pool, and those of supposed for what they do not decrypt; that may be nil. With noVerify it uses keys
// that nothing verifies, where none is verified.
func NewSolver(pool, supposed *candidate.Pool, noVerify bool) *Solver {
	return &Solver{pool: pool, supposed: supposed, noVerify: noVerify}
}

// A solver is the work on one SA.
type solver struct {
	*Solver
	*candidate.Secrets
	sa        *ikesa.SA
	supposing bool // Secrets are those of supposed
}

// A keyset is one candidate for the keys of phase 1.
type keyset struct {
	keys   ikesa.Keys
	proofs []ikesa.Proof // had before anything was decrypted: a public value that matches
}

// An opening is the attempt to decrypt all encrypted messages of an SA with one candidate.
type opening struct {
	s       *solver
	p       ikesa.Policy
	m       ikesa.Phase1
	k       keyset
	swap    bool // the roles are the other way round than the addresses say
	block   cipher.Block
	size    int  // of a block
	forced  bool // nothing verifies the keys
	results []*result
	phase1  []*result
	byID    map[uint32][]*result
}

// A result is one encrypted message under one candidate.
type result struct {
	msg      *ikesa.Message
	body     []byte // ciphertext, whole blocks
	short    bool   // bytes are missing at its end
	at       int    // its place among those of phase 1, or of its message ID
	plain    []byte
	unknown  int
	iv       ikesa.IVOrigin
	payloads []decode.Payload
	err      error
	end      int // of the payload chain in plain
	check    ikesa.HashCheck
	opened   bool
	clear    bool // it was not encrypted: there is only its HASH to check
	sender   bool // from the initiator, by the roles of this opening
	bits     int  // evidence that the key is correct
}
