package ikesa

import (
	"fmt"

	"github.com/ikedecode/ikedecode/decode"
	"github.com/ikedecode/ikedecode/decode/ike"
	"github.com/ikedecode/ikedecode/keys/secret"
)

// A Gap is something of an IKE SA that was not decrypted, or could not be checked, and what would help. Gaps are compared by value: two
// children that lack the same have one gap.
type Gap struct {
	Code    GapCode
	Cause   Cause
	Version int     // of IKE
	Needs   Secrets // of which one, or some together, would help
	// Auth is how phase 1 authenticates, which says what of Needs goes together; of IKEv1.
	Auth ike.AuthKind
	// Exchange and MessageID are those of the Quick Mode, of the CREATE_CHILD_SA or of the fragments that it is about; without a message
	// ID that of IKE_AUTH. Both are zero where it is about all messages.
	Exchange  decode.ExchangeType
	MessageID uint32
	Lost      Lost
	Proof     Proof      // of a secret that belongs to the SA all the same, or the secret of another SA, without proof
	SPI       decode.SPI // the initiator's: of this SA, or of the other one with CauseOtherSA
	Group     uint16     // of PFS
	Count     int        // messages that it is about
	Opened    int        // messages that were decrypted all the same
	Frame     int        // with CauseAuthKey and CauseAuthMSK, of the AUTH payload
	Initiator bool       // likewise, and where Cause is about a side: the initiator's
	Both      bool       // where Cause is about a side: about the other one, too
	// Unsupported names the algorithm that has no implementation: "IDEA-CBC"; with CauseSalt that of the keys.
	Unsupported string
	Missing     [MaxMissing]uint16 // numbers of the fragments that are missing, the rest zeros
	Total       uint16             // of fragments
	// Form is, with CausePSK and CauseSecrets, how the key that matches differs from one that was given, at FormOf, and does not match itself; zero: none does.
	Form   secret.Form
	FormOf secret.Origin
}

// MaxMissing bounds the fragments that are named: a hostile message can claim 65,535.
const MaxMissing = 16

// String is the code, with the exchange that it is about: "need-pfs-secret, message ID 0x00000003".
func (g Gap) String() string {
	if g.MessageID == 0 {
		return string(g.Code)
	}
	return fmt.Sprintf("%s, message ID %#08x", g.Code, g.MessageID)
}

// GapCode tells gaps apart.
type GapCode string

// The kinds of gaps.
const (
	GapNoSecret    GapCode = "no-key"          // nothing was given that could decrypt the SA
	GapWrongKey    GapCode = "wrong-key"       // what was given does not match
	GapWrongPSK    GapCode = "wrong-psk"       // g^xy is verified, the PSK does not match
	GapNeedDH      GapCode = "need-dh-secret"  // a PSK without g^xy
	GapNeedPSK     GapCode = "need-psk"        // g^xy without a PSK
	GapNeedSKEYIDd GapCode = "need-skeyid-d"   // the negotiation is decrypted, ESP keys can't be derived
	GapPFS         GapCode = "need-pfs-secret" // Quick Mode with PFS
	GapLost        GapCode = "lost-message"    // the capture lacks what is needed
	GapUnsupported GapCode = "unsupported"     // an algorithm without implementation
	GapNeedSalt    GapCode = "need-salt"       // keys were given without their salt, which would have to be searched
)

// A Cause is what a gap comes from.
type Cause uint8

// The causes of gaps: why nothing of an SA was decrypted.
const (
	CauseNone         Cause = iota
	CauseNothingGiven       // no secret was given for it
	CauseNoKeyFits          // keys of the SA itself were given, and none is its own
	CauseOtherSA            // the source of the secret in Proof ties it to the SA of SPI
	CausePrivate            // the public value of the DH private value is in none of the KE payloads
	CauseSecrets            // with the DH secret, and the PSK where one is used, nothing decrypts
	CauseNothingOpens       // the secret in Proof belongs to the SA, yet nothing decrypts
	CausePSK                // likewise, and the SA authenticates with a PSK: none that was given is its own
	CauseNoPSK              // a DH secret was given, that in Proof is verified, and no PSK
	CausePSKAlone           // a PSK was given, and nothing of the key exchange
	CausePSKUnused          // a PSK was given, and the SA authenticates with signatures
	CauseHalfExchange       // the secret in Proof, or a DH secret, needs the message in Lost
	CauseNoAnswer           // the responder does not answer in the capture
	CauseAllCut             // all encrypted messages are truncated by the snap length
	CauseSalt               // keys were given that lack their salt, which was not searched for: those of the algorithm in Unsupported
	CauseAlgorithm          // the SA uses what is in Unsupported
)

// The causes of gaps of some messages.
const (
	CauseSomeCut   Cause = iota + CauseAlgorithm + 1 // so many encrypted messages are truncated by the snap length
	CauseSomeStay                                    // others are not decrypted, by keys that decrypt the rest
	CauseFragments                                   // fragments of a message are missing
	CauseDamaged                                     // of one message, which the correct key does not decrypt
	CauseOtherKey                                    // of one message, which no key decrypts that decrypts others
	CauseAuthKey                                     // the AUTH payload does not match the PSK that was given
	CauseAuthMSK                                     // nor the MSK of EAP
	CauseCipherKey                                   // of a side, in IKEv2: SK_a verifies their ICVs, and SK_e decrypts them to no payloads
	CauseICVKey                                      // of a side, in IKEv2: SK_e decrypts them to payloads, and SK_a verifies no ICV
	CauseOneSide                                     // of a side whose SK_e was not given
)

// The causes of gaps of children.
const (
	CauseChildMessages  Cause = iota + CauseOneSide + 1 // no message with proposals is in the capture
	CauseChildMessage                                   // that in Lost is not, or was not decrypted
	CauseChildNonces                                    // the nonces are in a message that is not
	CauseChildKey                                       // SKEYID_d, or SK_d, is not known
	CausePFS                                            // nothing was given for its own key exchange
	CausePFSTried                                       // nothing that was given matches its traffic
	CauseChildAlgorithm                                 // it uses what is in Unsupported
)

// Lost is a message that the capture lacks.
type Lost uint8

// The messages that keys need.
const (
	LostNone     Lost = iota
	LostInit          // both of IKE_SA_INIT
	LostRequest       // the request, or the first message of a Quick Mode
	LostResponse      // the response, or the second message
	LostKE            // the peer's with the key exchange of phase 1
)

// Secrets is a set of kinds of secrets.
type Secrets uint32

// SetOf is the set of some kinds.
func SetOf(kinds ...secret.Kind) (s Secrets) {
	for _, k := range kinds {
		s |= 1 << k
	}
	return s
}

// Has reports whether k is one of them.
func (s Secrets) Has(k secret.Kind) bool { return s&(1<<k) != 0 }

// MissingFragments are the numbers in Missing, without the zeros behind them.
func (g *Gap) MissingFragments() []uint16 {
	n := 0
	for n < len(g.Missing) && g.Missing[n] != 0 {
		n++
	}
	return g.Missing[:n]
}
