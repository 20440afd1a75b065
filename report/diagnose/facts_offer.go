package diagnose

import (
	"net/netip"

	"github.com/ikedecode/ikedecode/decode"
	"github.com/ikedecode/ikedecode/decode/ike"
	"github.com/ikedecode/ikedecode/decode/ikev2"
	"github.com/ikedecode/ikedecode/report/negotiation"
	"github.com/ikedecode/ikedecode/report/traffic"
)

// Facts about offers and traffic selectors that a side, From, rejected.

// An Exchange is an exchange as findings name it.
type Exchange struct {
	Type      decode.ExchangeType
	Numbered  bool // by its message IDs too; else the type tells
	Low, High uint32
	Purpose   negotiation.Purpose
}

// OfferFor says what an offer is for.
type OfferFor uint8

// What offers are for.
const (
	ForPhase1 OfferFor = iota
	ForIKESA           // of IKEv2
	ForQuick
	ForChild // of IKEv2
)

// An OfferLine is one proposal that was offered.
type OfferLine struct {
	Frame int
	Text  string // "proposal 1 transform 2: ESP AES-CBC-128 …"
}

// A KnownOffer is a proposal that a side is known to accept.
type KnownOffer struct {
	Log  string // where a log says that it is configured: "gwb.log:489"; "" where a frame shows it
	Took bool   // as the response to an offer; else it offers it itself
	// Elsewhere tells that it is for another Child SA, which may have settings of its own.
	Elsewhere bool
	Same      bool // it took it from this very peer, and it is what it rejected: its settings were others then
	// Other is another peer that it has the proposal for; not valid where it is for the one that it rejects, or for anybody.
	Other netip.Addr
	Frame int
	Text  string
}

// RefusedOffer is an offer of which the peer accepts nothing.
type RefusedOffer struct {
	For        OfferFor
	Exchange   Exchange
	Notify     ike.NotifyType
	Offered    []OfferLine // nil: not readable
	More       int         // that are left out of Offered
	Additional bool        // no proposal of the starter goes without an additional key exchange (RFC 9370)
	// Known are the proposals that the rejecting peer is known for, the nearest one first; nil: none is.
	Known     []KnownOffer
	Differing []string // in what the nearest one differs
	Private   string   // where it does not differ: an algorithm whose number for private use strongSwan accepts only of itself; "": there is none
	ModeAlone bool     // its subnets match, and the mode differs
	LogGiven  bool     // of the rejecting peer; InLog tells that a line of it names what that accepts
	InLog     bool
	// First tells that it was rejected in the first message: there may be no connection for the peer. Usual tells that one of its
	// proposals has what most gateways accept.
	First, Usual bool
	Method       string // of IKEv1: with First, the only way to authenticate that is offered: "pre-shared key"
}

// A SelectorPair is the networks of a Child SA as one side has them.
type SelectorPair struct {
	Local, Remote string // "10.1.0.0/24"
	Frame         int
	Several       bool // Local has several, perhaps of several Child SAs
}

// RefusedSelectors are traffic selectors that the peer rejected.
type RefusedSelectors struct {
	For      OfferFor
	Exchange Exchange
	Notify   ike.NotifyType
	Asked    *SelectorPair // nil: not readable
	Own      *SelectorPair // of the rejecting peer; nil: not known
	OwnLog   string        // where a log says them; "" where a frame shows them
	LogGiven bool          // of the rejecting peer
	OwnTook  bool          // it took them in that frame; else it offers them itself
	OwnUsed  bool          // for another Child SA, which is up
	Common   [2]string     // what both have in common, on the side of the one that asked and on the rejecting peer's; "" for nothing
	Equal    bool          // they are the same
	Reversed bool          // both peers have the same network as local one
	// Outside tells that it answered with its own, of which nothing was asked for, and Narrowed with a part of what was asked for, which IKEv1 has no
	// place for. Deleted is the frame in which the child was deleted then, Rejected the one in which the answer was, with Notify; 0: it was not.
	Outside, Narrowed bool
	Deleted, Rejected int
}

// LengthsDiffer is a rejected Quick Mode, not decrypted, whose first message and one of the peer differ by a public value.
type LengthsDiffer struct {
	Exchange          Exchange
	Outcome           *negotiation.Outcome
	Frame, Other      int // frames
	Bytes, OtherBytes int
}

// Names of what proposals fix, that words and rules speak of.
const (
	TraitPFS  = "PFS group"
	TraitMode = "mode"
)

// WrongGroup is a key exchange of another group than the side From expects (INVALID_KE_PAYLOAD).
type WrongGroup struct {
	Exchange decode.ExchangeType
	Notify   *ikev2.Notify // with the group that is required
	Child    bool          // of a Child SA
	Later    bool          // the next try succeeded
}

// ModeNotGranted is transport mode that a side, From, asked for and did not get. Deleted is the frame in which it gave the Child SA up for that; 0: it did not.
type ModeNotGranted struct{ Deleted int }

// OtherMode is a phase 1 that failed where the peer, when it starts, uses another mode.
type OtherMode struct {
	Mode    decode.ExchangeType
	Outcome *negotiation.Outcome
	Other   decode.ExchangeType
	Frame   int // of Other
}

// FailedExchange is an exchange that failed, or was not answered, for a reason that the capture does not show, or that its notification names.
type FailedExchange struct {
	Exchange Exchange
	Outcome  *negotiation.Outcome
	Kind     Failure
	Bytes    int // the most that its content has; with AuthShorter: how much shorter it is than that of frame Longer
	Longer   int
	Rekeying bool
	Replaced int // frame of the peer's rekeying that replaced it; 0: none
	Retry    int // with CreateRetried: frame of the next attempt
	TakenOver
	Moved  bool // with Stopped, of phase 1 or IKE_AUTH: nothing came back since the ports changed to 4500
	Moves  bool // with Stopped: NAT moves what is due to UDP 4500
	PSK    bool // likewise: the peers authenticate with pre-shared keys
	Unread bool // likewise: what was not answered is encrypted, or has the HASH of the responder in Aggressive Mode: a key decides it
	Heard  Heard
	// NewMethod is, with InitRefused, the key exchange method that the peer most likely does not know; "": there is no such thing.
	NewMethod string
	// InFragments tells that what was not answered was sent in IKE fragments.
	InFragments bool
	Small       bool // with Stopped: what was not answered is too small for a path to drop it for its size
	InEAP       bool // with AuthStopped: the peer responded to the rounds before
	Usual       bool // with FollowupStopped: packets of its size got through before
	ESP         int  // with CreateUnanswered and FollowupStopped: frame of the last ESP packet of the silent side after the request; 0: none
}

// Failure says how an exchange failed.
type Failure uint8

// The failures.
const (
	Refused            Failure = iota // by a notification
	RefusedUnread                     // by a message that is not decrypted
	NoAddress                         // no virtual address to give
	NoneAssigned                      // the reply to a request for a virtual address has none
	Unanswered                        // a Quick Mode
	CreateUnanswered                  // CREATE_CHILD_SA
	FollowupStopped                   // IKE_FOLLOWUP_KE, which goes on with a CREATE_CHILD_SA
	Passing                           // TEMPORARY_FAILURE, CHILD_SA_NOT_FOUND: over with the next try
	CreateByLength                    // the response is so short that it can only be an error
	CreateRetried                     // likewise, and the next attempt succeeded
	CreateCrossed                     // likewise, and the peer's rekeying at the same time went through
	CreateBothRejected                // likewise, and the peer's rekeying at the same time was rejected, too
	AuthByLength                      // the response authenticates the responder, and is too short for a Child SA
	AuthShorter                       // it is shorter than another one by as much as a Child SA takes
	AuthErrorAlone                    // the response is a notification alone, and the initiator still had a request to send
	DeletedAtOnce                     // the Child SA, most likely
	InitStopped                       // IKE_SA_INIT
	AuthStopped                       // IKE_AUTH
	OtherStopped                      // another exchange of IKEv2
	Phase1Stopped
	Phase1Refused
	KeyExchangeRefused // message 3 of Main Mode
	InitRefused
	OtherRefused
)

// Facts about algorithms that are weaker than they should be.

// A WeakUse says how weak algorithms came up.
type WeakUse uint8

// The uses.
const (
	WeakInUse WeakUse = iota // in use, and known attacks are within reach
	Advised                  // in use, and the RFCs advise against it
	Offered                  // offered and not accepted
)

// Weak are the algorithms of one use.
type Weak struct {
	Use  WeakUse
	Rows []WeakAlgorithm
	IMS  bool // all SAs that use them are of phones with their P-CSCF
}

// A WeakAlgorithm is an algorithm that the RFCs advise against.
type WeakAlgorithm struct {
	Name   string // "DES-CBC"
	For    string // "IKE encryption"; "" where the name alone tells
	Status string // "MUST NOT", as the RFC has it
	RFC    string // "RFC 8247, section 2.1"
	Why    string
	Who    User // the first SA that uses it
	Others int  // how many more do
}

// A User is what uses an algorithm; one of the three.
type User struct {
	IKESA Subject
	Flow  traffic.Flow
	Child int  // a Child SA: the version of IKE
	Frame int  // of its first message
	IMS   bool // an SA of a phone with its P-CSCF
}
