// Package ikesa has the model of a solved IKE SA of either version: its messages, decrypted as far as possible, its keys and what
// verifies them, its children, and what was not decrypted and why. Package solve fills it.
package ikesa

import (
	"net/netip"

	"github.com/ikedecode/ikedecode/decode"
	"github.com/ikedecode/ikedecode/decode/exchange"
	"github.com/ikedecode/ikedecode/decode/ike"
	"github.com/ikedecode/ikedecode/decode/ikev1"
	"github.com/ikedecode/ikedecode/decode/ikev2"
	"github.com/ikedecode/ikedecode/esp"
	"github.com/ikedecode/ikedecode/keys/alg"
	"github.com/ikedecode/ikedecode/keys/secret"
)

// An SA is one IKE SA with all that could be learned of it.
type SA struct {
	*exchange.Conversation
	Messages  []*Message  // in order of time
	Exchanges []*Exchange // in order of their first message

	Policy Policy // phase 1, or the IKEv2 SA, as chosen; zero fields where not known
	Keys   Keys   // what was found of phase 1
	IVs    []IV   // of IKEv1: those that a run over a part of the capture needs
	// Generations are the verified keys of an IKEv2 SA, in their order.
	Generations []Generation
	Proofs      []Proof
	Children    []*Child
	Auth        []AuthCheck // of an IKEv2 SA's AUTH payloads, in order of time
	Gaps        []Gap       // what was not decrypted, and what would decrypt it
	NAT         NAT
	Paths       []Path // what IKEv2's MOBIKE said of the addresses, in order of time

	// IDi and IDr are the identities of both peers; nil: not known.
	IDi, IDr *ike.Identity

	Established bool // phase 1, or IKE_AUTH, was seen to complete

	// Nonces are, of an IKEv2 SA, the messages with the nonces that its keys come from; nil where lost. Mixed has, for each SK_d with a
	// PPK mixed in, what it was made from.
	Nonces [2]*Message
	Mixed  map[string]MixedPPK
}

// A Policy is the chosen transform of phase 1 (RFC 2409, appendix A), or the chosen proposal of an IKEv2 SA.
type Policy struct {
	Hash    *alg.Hash
	PRF     alg.PRF
	Cipher  *alg.Cipher
	KeyLen  int      // of the cipher, in bytes; in IKEv2 with its salt
	Integ   *alg.MAC // of IKEv2; nil with an AEAD
	Group   *alg.Group
	GroupID uint16
	Auth    ike.AuthMethod // of IKEv1's phase 1
	// Choice is the proposal that the algorithms are from: of IKEv1 with the one suite, of IKEv2 as it was chosen, or offered; nil:
	// found by trial.
	Choice *ike.Proposal
	Source Source
	// Unsupported says which algorithm has a name but no implementation: "IDEA-CBC".
	Unsupported string
}

// A Source is where a policy is from.
type Source struct {
	Kind  SourceKind
	Frame int // of the message that chose or offered it; 0 else
}

// SourceKind tells sources of policies apart.
type SourceKind uint8

// The sources of a policy.
const (
	NoSource  SourceKind = iota
	Chosen               // by the responder
	Offered              // by the initiator, whose answer the capture lacks
	Trial                // found by trying all
	Inherited            // of the IKE SA that was resumed (RFC 5723)
)

// Keys are the keys of phase 1. Nil where not known.
type Keys struct {
	GXY     []byte // g^xy
	SKEYID  []byte
	D, A, E []byte // SKEYID_d, SKEYID_a, SKEYID_e
	Ka      []byte // the cipher's key
	PSK     []byte
	MSK     []byte          // of EAP, in IKEv2
	PPK     []byte          // of IKEv2 (RFC 8784)
	Used    []secret.Secret // the secrets of the bag that they come from
	Root    Formula         // by which SKEYID was computed; zero: it was given, or is not known
}

// An IV is that of a message of IKEv1. With message ID 0 it is of phase 1, or the last block of phase 1.
type IV struct {
	MessageID uint32
	Value     []byte // a block of the cipher
}

// State says how much of a message can be read.
type State uint8

// The states of a message.
const (
	Clear  State = iota // it was not encrypted
	Opened              // decrypted as a whole
	Partly              // decrypted but for the first bytes
	Closed              // encrypted, and no key matches
)

func (s State) String() string {
	return [...]string{"clear", "opened", "partly opened", "closed"}[s]
}

// A Message is a message of the SA, decrypted where it could be.
type Message struct {
	*exchange.Message
	Exchange *Exchange // that it belongs to
	State    State
	// Plain is the decrypted body with padding. Its first Unknown bytes could not be had but for the generic headers in
	// them, which are set; the rest of them are zeros.
	Plain    []byte
	Unknown  int
	Payloads []decode.Payload // of the clear or decrypted body
	Parts    []ike.Part       // what they say, one for each; nil where a payload says nothing that both versions have
	PayErr   error            // from parsing a decrypted body
	IV       IVOrigin
	Hash     HashCheck
	Signer   []byte // SubjectPublicKeyInfo of the key that made its SIG payload; nil: not known
	Why      *Gap   // why it was not decrypted; nil else

	// Of IKEv2: which of the SA's Generations decrypted it; the type of the first payload inside; and of a message in fragments
	// (RFC 7383) their number, in the one that has the joined payloads.
	Generation int
	First      decode.PayloadType
	Joined     int
}

// An Exchange is an exchange of the SA.
type Exchange struct {
	*exchange.Exchange
	Messages []*Message
	Child    *Child // of a Quick Mode
}

// A Child is what one Quick Mode negotiated: one or two protocols, each with an SA in both directions.
type Child struct {
	Version int // 2 for a Child SA of IKEv2; 0 for a Quick Mode
	// Offer and Choice are the proposals of the side that started, and of the other one; nil: not seen.
	Offer, Choice *ike.Offer
	// Asked are the traffic selectors as the starter asks for them, Agreed as they are once the peer has answered. Where a
	// Quick Mode names none, the hosts themselves are meant, and Implied is set.
	Asked, Agreed Traffic
	Implied       bool
	Mode          ike.Mode
	IPTFS         *IPTFS // nil: not both of its sides said that they use it
	UDP           bool   // IKEv1: UDP encapsulation was negotiated
	ESN           bool   // extended sequence numbers, by what was chosen
	PFS           PFS
	MessageID     uint32
	Frames        []int // of the messages
	FromInitiator bool  // started by the IKE SA's initiator
	// Initiator and Responder are those of the Quick Mode: addresses of its outer packets.
	Initiator, Responder netip.Addr
	SAs                  []ChildSA
	Complete             bool     // all messages that it needs were seen
	GXY                  []byte   // g(qm)^xy, where PFS is used and one candidate is left
	More                 [][]byte // the secrets of IKEv2's additional key exchanges (RFC 9370), in their order, likewise
	Gap                  *Gap     // why there are no keys

	Nonces [2]*Message // those with the nonces of its initiator and responder; nil where lost
}

// IPTFS is what both sides of a child say of their AGGFRAG payloads (RFC 9347, section 5.1): the one that started, and the other one.
type IPTFS struct{ Initiator, Responder AGGFRAG }

// AGGFRAG is what a side says of the payloads that it receives.
type AGGFRAG struct {
	Congestion bool // they are to tell of congestion
	NoFragment bool // no inner packet may be in several
}

// Carries is the traffic that the child was negotiated for; of a Quick Mode, what it asks for. It is not known where a Quick Mode names
// none: then the hosts themselves are meant.
func (c *Child) Carries() (t Traffic, known bool) {
	if c.Version == 2 {
		return c.Agreed, c.Agreed.Known()
	}
	return c.Asked, !c.Implied && c.Asked.Known()
}

// exchange is the type of the exchange that negotiated the child.
func (c *Child) exchange() decode.ExchangeType {
	switch {
	case c.Version != 2:
		return ikev1.ExchangeQuick
	case c.PFS.Applies:
		return ikev2.ExchangeCreateChild
	}
	return ikev2.ExchangeAuth
}

// A Traffic is what a child carries: the selectors of the side that started its negotiation, and of the other one.
type Traffic struct{ Initiator, Responder ike.Selectors }

// Known reports whether the selectors of both peers are known.
func (t Traffic) Known() bool { return t.Initiator != nil && t.Responder != nil }

// Equal reports whether both mean the same traffic.
func (t Traffic) Equal(o Traffic) bool {
	return t.Initiator.Equal(o.Initiator) && t.Responder.Equal(o.Responder)
}

// A PFS tells of a child's own key exchange.
type PFS struct {
	// Applies: the exchange may have one. IKE_AUTH may not: the keys of its child come from the IKE SA's own.
	Applies bool
	Group   uint16 // number; 0: none was used
}

// A ChildSA is one direction of one protocol of a Quick Mode.
type ChildSA struct {
	Protocol      esp.Protocol
	SPI           uint32 // CPI for IPComp
	Src, Dst      netip.Addr
	FromInitiator bool          // carries traffic of the Quick Mode's initiator
	Choice        *ike.Proposal // that it was set up by; nil for IPComp in IKEv2
	// Candidates are the parameters with keys; several where the keys are not verified yet. The ICV of the traffic decides.
	Candidates []esp.Params
	// From has, for each candidate, what its keys come from.
	From   []Derivation
	Proved bool // an ICV has verified the one candidate that is left
	// Unsupported names the algorithm, or the protocol, that has no implementation: "IDEA-CBC".
	Unsupported string
}

// A Derivation is what the keys of a child come from.
type Derivation struct {
	D   []byte // SKEYID_d, or SK_d
	GXY []byte // g(qm)^xy; nil without PFS
	// More are the secrets of IKEv2's additional key exchanges (RFC 9370).
	More [][]byte
}
