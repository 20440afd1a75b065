// Package v2 solves IKE SAs of IKEv2: from a conversation and the user's secrets it derives the keys, one generation after another,
// decrypts the messages, verifies AUTH and yields the Child SAs (RFC 7296). The ICV of a message tells which keys decrypt it.
package v2

import (
	"github.com/ikedecode/ikedecode/decode"
	"github.com/ikedecode/ikedecode/decode/ike"
	"github.com/ikedecode/ikedecode/decode/ikev2"
	"github.com/ikedecode/ikedecode/keys"
	"github.com/ikedecode/ikedecode/keys/alg"
	"github.com/ikedecode/ikedecode/keys/ikesa"
	"github.com/ikedecode/ikedecode/keys/ikesa/internal/candidate"
	"github.com/ikedecode/ikedecode/keys/secret"
)

// A Solver solves IKE SAs with one pool of secrets. It keeps what one SA teaches for the next.
type Solver struct {
	noVerify   bool // keys that nothing verifies are used, where none is verified
	salts      *alg.SaltSearch
	pool       *candidate.Pool
	supposed   *candidate.Pool             // what may be keys; nil: nothing
	rekeyed    map[ikesa.SPIPair]*material // SAs that replaced others
	heirs      []ikesa.SPIPair             // of rekeyed, those of the SA that was solved last
	resumables []resumable                 // SAs that others may resume
	owned      map[keyPair]bool            // keys that are verified of an SA
}

// NewSolver returns a solver with the secrets of a pool, and those of supposed for what they do not decrypt; that may be nil. With noVerify it uses keys
// that nothing verifies, where none is verified. salts finds the salts of keys that lack them.
func NewSolver(pool, supposed *candidate.Pool, noVerify bool, salts *alg.SaltSearch) *Solver {
	return &Solver{pool: pool, supposed: supposed, noVerify: noVerify, salts: salts}
}

// A solver is the work on one SA.
type solver struct {
	*Solver
	*candidate.Secrets
	sa *ikesa.SA
	// prfKnown says that the PRF was seen to be chosen, or is verified; else the policy's is a guess.
	prfKnown  bool
	holes     []hole              // of fragmented messages
	given     []*ikesa.Generation // sets of SK_* values in the bag
	openers   [2]lastOpener       // by sideOf the sender
	refuted   fault               // of keys whose SK_a is right and whose SK_e is not
	unlike    fault               // the reverse
	supposing bool                // Secrets are those of supposed
	// saltedKeys are given keys that lacked their salt; unsearched is a cipher whose salt was not searched for, nil: none.
	saltedKeys map[saltKey]saltedKey
	unsearched *alg.Cipher
}

// A lastOpener is the opener that was made last for one direction, which mostly opens the next message, too.
type lastOpener struct {
	cipher      *alg.Cipher
	mac         *alg.MAC
	encr, integ []byte
	unchecked   bool
	opener      *keys.SKOpener
	err         error
}

// A material is what the exchange that set an IKEv2 SA up shows: IKE_SA_INIT, or the CREATE_CHILD_SA that rekeyed it.
type material struct {
	ni, nr   []byte
	kei, ker *ikev2.KE
	frameI   int
	frameR   int
	nonces   [2]*ikesa.Message // that have ni and nr; nil where they are lost
	chosen   *ike.Proposal
	offered  []ike.Proposal
	source   ikesa.Source
	request  *ikesa.Message // IKE_SA_INIT's, the one that was answered; nil where it is lost, or the SA rekeys another
	answer   *ikesa.Message
	rekey    bool
	was      []ikesa.SPIPair
	resume   bool // by IKE_SESSION_RESUME
	// exchanges are the key exchanges of a rekey: that of CREATE_CHILD_SA, and the additional ones.
	exchanges []candidate.KeyExchange
	oldDs     [][]byte // candidates for SK_d of the SA that was rekeyed
	oldPRF    alg.PRF  // and its PRF
}

// A resumable is what an SA leaves to one that resumes it.
type resumable struct {
	policy ikesa.Policy
	d      secret.Secret
}

// A keyPair is SK_ei and SK_er.
type keyPair struct{ ei, er string }

// A fragmentKey names a message that came in fragments (RFC 7383).
type fragmentKey struct {
	x         decode.ExchangeType
	id        uint32
	initiator bool
	response  bool
}

// A hole is what a fragmented message lacks.
type hole struct {
	fragmentKey
	missing []uint16
	total   uint16
}

// A childExchange is the pair of messages that negotiate a child.
type childExchange struct {
	request, response *ikesa.Message
	offered, chosen   []ike.Proposal
	x                 *ikesa.Exchange // with the last SA payload
	refused           bool            // answered by an error or a redirection (RFC 5685, section 6), or by a message that was not decrypted
}

// derivedKeys are one candidate for the keys of a child's protocol.
type derivedKeys struct {
	keys keys.ChildKeys
	from ikesa.Derivation
}

// childKeys is the work on the keys of one child.
type childKeys struct {
	s         *solver
	child     *ikesa.Child
	first     bool // it is that of IKE_AUTH
	rootKnown bool // the capture has what a DH secret makes SK_d with
	ni, nr    []byte
	transport bool
	ds        [][]byte   // candidates for SK_d
	secrets   [][][]byte // candidates for the shared secrets of the exchange; one empty set without a key exchange
}
