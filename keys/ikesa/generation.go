package ikesa

import (
	"github.com/ikedecode/ikedecode/decode"
	"github.com/ikedecode/ikedecode/keys"
	"github.com/ikedecode/ikedecode/keys/alg"
	"github.com/ikedecode/ikedecode/keys/secret"
)

// A Generation is one set of keys of an IKEv2 SA (RFC 7296, section 2.14). There is one more for each additional key
// exchange (RFC 9370), under the same SPIs.
type Generation struct {
	SKEYSEED []byte
	keys.IKEv2Keys
	GXY  []byte // the shared secret that it comes from; nil where it was not needed
	Used []secret.Secret
	// Unproven says that nothing verifies the keys, which are used all the same, as asked.
	Unproven bool
	// Refuted are SK_ei and SK_er: the ICVs of the side's messages are correct, which proves SK_a, but what SK_e decrypts are no payloads.
	Refuted [2]bool
	// Salts are the frames that gave the salts of SK_ei and SK_er, and prove them, where the keys given lacked theirs; 0: they did not.
	Salts  [2]int
	Proofs []Proof
	First  int   // frame of the first message that it decrypts
	Root   *Root // what SKEYSEED was computed from; nil: it was given, or is not known
}

// A Root is one way to a SKEYSEED: a formula with its inputs but for the nonces of the SA, which all ways have in common.
type Root struct {
	Formula    Formula         // zero: the first of the secrets is the SKEYSEED itself
	Secrets    [][]byte        // what key exchanges agreed upon, in their order; the PPK of FormulaPPKSeed
	Used       []secret.Secret // that they come from
	Old        []byte          // SK_d that goes in; nil where none does
	Generation int             // of the SA whose SK_d that is, from 1; 0: it is another SA's
	Of         SPIPair         // that other SA; zero where SK_d was given
	OldPRF     alg.PRF         // and its PRF
}

// A MixedPPK is what an SK_d with a PPK mixed in was made from.
type MixedPPK struct {
	PPK secret.Secret
	D   []byte // SK_d without it
}

// An SPIPair names an IKE SA.
type SPIPair struct{ I, R decode.SPI }

// A Formula is one way from secrets to keys.
type Formula uint8

// The formulas of both versions of IKE, in the order in which they are used.
const (
	FormulaDH              Formula = iota + 1 // g^xy from one private and one public value
	FormulaSKEYID                             // SKEYID was given: the formula is that of the negotiated method
	FormulaSKEYIDPSK                          // with a pre-shared key
	FormulaSKEYIDSignature                    // with signatures
	FormulaSKEYIDPublicKey                    // with public key encryption
	FormulaPhase1Keys                         // SKEYID_d, SKEYID_a, SKEYID_e
	FormulaCipherKey                          // Ka
	FormulaFirstIV                            // of phase 1, which is no secret
	FormulaQuickMode                          // keys of an SA of a Quick Mode
	FormulaSKEYSEED                           // of IKE_SA_INIT
	FormulaRekey                              // SKEYSEED of an SA that rekeys another
	FormulaResumption                         // SKEYSEED of an SA that resumes another
	FormulaIntermediate                       // SKEYSEED after an additional key exchange
	FormulaPPKSeed                            // SKEYSEED after a PPK in IKE_INTERMEDIATE
	FormulaIKEv2Keys                          // the seven keys of an IKEv2 SA
	FormulaMixPPK                             // SK_d with the PPK that IKE_AUTH agreed upon
	FormulaChildKeys                          // keys of a Child SA
)
