package diagnose

import (
	"net/netip"
	"time"

	"github.com/ikedecode/ikedecode/decode"
	"github.com/ikedecode/ikedecode/keys/ikesa"
	"github.com/ikedecode/ikedecode/report/negotiation"
	"github.com/ikedecode/ikedecode/report/traffic"
)

// Facts about the life of an IKE SA and its Child SAs.

// Unheard are checks of a side, From, that the peer does not answer (RFC 3706; RFC 7296, section 2.4).
type Unheard struct {
	What    Check
	Count   int      // R-U-THEREs, or encrypted Informationals
	Request Exchange // of IKEv2, what was asked
	Over    time.Duration
	Port    uint16 // that was asked
	// Src and Dst are those of the first check. NewPath tells that the silent side never sent from the one to the other: the IKE SA worked elsewhere.
	Src, Dst netip.AddrPort
	NewPath  bool
	ESP      int // frame of the last ESP packet of the silent side after the first check; 0: none
	// Last is the frame of the silent side's last IKE message; 0: none. Before is how long it came before the first check; where it
	// came after it, Later is set.
	Last   int
	Before time.Duration
	Later  bool
	// Outage is the time in which the silent side's ESP or AH did not come either, and after which it went on; the zero value: there is none.
	Outage traffic.Outage
	TakenOver
}

// GaveUp is a side, From, that gave an IKE SA up for want of a response to a request that the capture does not have, as its log says.
type GaveUp struct {
	Sent  int  // retransmissions; 0: not known
	Later bool // than the end of the capture
	// Unsure tells that it was before the end of the capture by the clock of the log, which may be off.
	Unsure bool
	Alone  bool // the capture has the messages of its peer alone
}

// TakenOver is the IKE SA that most likely took the place of one on which a peer is silent; the zero value: none did.
type TakenOver struct {
	Next Subject
	Auth int // frame in which it authenticates; 0: before the capture
}

// A Check is how a side asks whether its peer is alive.
type Check uint8

// The checks.
const (
	RUThere       Check = iota // of IKEv1
	ClosedMessage              // an encrypted Informational of IKEv1, which may be one
	Request                    // of IKEv2
)

// Resent are the messages of an IKE SA that were retransmitted.
type Resent struct {
	Messages []ResentMessage
	More     int // that are left out of Messages
}

// A ResentMessage is a message that was sent more than once.
type ResentMessage struct {
	Frame    int
	From     Side
	Exchange decode.ExchangeType
	Sent     int // times
	Over     time.Duration
	Answer   int  // frame of the response; 0: none
	Late     bool // the response came before the message was sent for the last time
	// Of a response of IKEv2: why it was retransmitted.
	Response ResponseCopy
	Copies   int // that no request explains
	Other    int // frame of another request that it answers
}

// ResponseCopy says why a response of IKEv2 was retransmitted.
type ResponseCopy uint8

// The reasons.
const (
	NotAResponse  ResponseCopy = iota
	NoRequest                  // the capture has no request
	Duplicated                 // no request was retransmitted
	SomeCopies                 // some copies have a request, Copies do not
	OtherRequest               // it answers the request in frame Other, too
	RequestResent              // the request was retransmitted
)

// Deleted is an IKE SA, or a Child SA, that a side, From, deleted.
type Deleted struct {
	// Age since the first message, since the rekeying in frame Rekeyed, or since the capture starts.
	Age     time.Duration
	Since   Since
	Rekeyed int
	Why     DeleteReason
	Next    Subject       // the IKE SA that replaces it
	Wait    time.Duration // until Next starts
	Frame   int           // of the error before it, or of the first message of Next
	Now     netip.Addr    // where the side is that sent the Delete
	Checks  int           // R-U-THEREs without a response
	Idle    time.Duration // since the last packet in the tunnel
}

// Since says what an age counts from.
type Since uint8

// The beginnings of an age.
const (
	SinceUnknown Since = iota
	SinceStart
	SinceRekeying
	SinceCapture
)

// DeleteReason is what came before a Delete.
type DeleteReason uint8

// The reasons.
const (
	NoReason        DeleteReason = iota
	Reauthenticated              // Next was up before
	MadeAnew                     // Next starts right after it
	AfterError
	AfterChecks
	AfterIdle
	AfterTraffic
	AtEnd     // of the capture, after traffic: what would replace it is not in it
	AfterMove // the address of the side that sent it changed; Next starts from there, if any does
	Redundant // both peers rekeyed at the same time, and Next stays
)

// ChildDeleted is a Child SA that a side, From, deleted though its IKE SA goes on and no other one replaces it.
type ChildDeleted struct {
	Frame int // of its first message
	Age   time.Duration
	Idle  time.Duration // since its last packet; 0: none came
	// The capture has only the messages of one peer: another Child SA may have taken its place.
	OneSided bool
}

// IdentityClash is an IKE SA of a client for which the gateway dropped that of another one of the same identity or address.
type IdentityClash struct {
	Identity string         // that both have; "": not known, or they have two
	Old, New netip.AddrPort // from where the clients started
	Contact  int            // frame of INITIAL_CONTACT; 0: none
	Deleted  int            // frame in which the gateway deleted the older IKE SA; 0: it did not
	Again    int            // frame in which the older client goes on; 0: it does not
	OrMoved  bool           // it may be one client that started again from elsewhere
}

// StartedAnew is a peer, From, that sends INITIAL_CONTACT though it had an IKE SA.
type StartedAnew struct {
	Old   Subject
	Since time.Duration // the last sign of Old
}

// Queues are several Child SAs with the same traffic selectors at once, each for a CPU or another resource (RFC 9611).
type Queues struct {
	Count   int // at once
	Traffic ikesa.Traffic
	Told    []int // frames in which a peer says so; none: most likely
}

// EnoughQueues is a side, From, that rejects one more of them.
type EnoughQueues struct{}

// AddressGiven is an address that a side, From, gives to the other.
type AddressGiven struct{ Text string }

// Moved is a side, From, that goes on from other addresses.
type Moved struct {
	Addresses []netip.Addr // in order
	Asked     int          // frame of its UPDATE_SA_ADDRESSES; 0: none
	Unread    bool         // from the last of them come messages alone that are not decrypted
}

// ESPMoved is an IPsec SA that goes on from or to another address, as no IKE message in the capture tells.
type ESPMoved struct {
	Flow         traffic.Flow // there
	Before, Host netip.Addr   // the address that changed, and the one that it became
}

// A PathTried is a pair of addresses that was tried.
type PathTried struct{ Src, Dst netip.Addr }

// PathsTried are other addresses that were tried and not used.
type PathsTried struct{ Paths []PathTried }

// LifetimeSaid says how a side made its lifetime known.
type LifetimeSaid uint8

// The ways.
const (
	InAnswer    LifetimeSaid = iota // From answers an offer with another one
	InNotify                        // From sends RESPONDER-LIFETIME
	InOwnOffers                     // each side offers its own
)

// Lifetimes are those of both peers for a phase of IKEv1.
type Lifetimes struct {
	Said     LifetimeSaid
	Phase    int
	One, Two string     // "3600 s"; of InNotify One is what From keeps, Two what was offered, which may be empty
	HostOne  netip.Addr // of InOwnOffers: who has One
	HostTwo  netip.Addr
	// InTime is the frame in which the host with the shorter lifetime replaced the other one's SA while it was alive; 0: it did not.
	InTime int
}

// Collision is a rekeying that both peers start at the same time.
type Collision struct {
	Apart    time.Duration
	What     Rekeyed
	BothFail bool
	// Initiator and Responder are what each side starts.
	Initiator, Responder Attempt
}

// An Attempt is an exchange that a side starts.
type Attempt struct {
	Frame   int // of its first message
	Outcome *negotiation.Outcome
	Purpose negotiation.Purpose
}

// Rekeyed says what a rekeying replaces.
type Rekeyed uint8

// What rekeyings replace.
const (
	PerhapsAnSA Rekeyed = iota // the exchange is not decrypted
	AnIKESA
	AChildSA
)

// Facts about IKE messages and the response to them.

// NoAnswer is a first message that got no response.
type NoAnswer struct {
	Src, Dst   netip.AddrPort
	Outcome    *negotiation.Outcome
	Aggressive bool // it begins Aggressive Mode
	Size       int  // of a message in IP fragments, else 0
	Fragments  int  // of IP
	Heard      Heard
}

// NotOpened is a TCP connection to port 4500 of Dst that Src could not open.
type NotOpened struct {
	Src, Dst netip.Addr
	SYNs     int
	Reset    int // frame of the RST that came back; 0: nothing did
}

// Heard is what the log of its receiver tells of a message that got no response in the capture.
type Heard struct {
	By        Side // the receiver; NoSide: no log says anything of it
	Missing   bool // its log has the message before, but not this one
	Responded bool // the receiver did, with a message that is not in the capture
	Again     bool // likewise, and sent that again, to which nothing came
	Unsent    bool // it wanted to, and its kernel did not send the message
	Errno     string
	Fragments FragmentsHeard // of the message: its log has these, and no more
}

// InitAlone is an IKE_SA_INIT after whose answer no IKE_AUTH comes.
type InitAlone struct {
	Answer       int                 // frame
	Due          decode.ExchangeType // what does not come: IKE_AUTH, or IKE_INTERMEDIATE
	After        decode.ExchangeType // of the answer: IKE_SA_INIT, or IKE_INTERMEDIATE
	OnNATT       bool                // the answer came from UDP 4500
	PPK          bool                // the initiator announced a post-quantum pre-shared key (RFC 8784), the responder did not
	NAT          bool                // between the peers: IKE_AUTH goes to UDP 4500
	Inside       bool                // likewise, and the capture was made between the initiator and its NAT
	Certificates bool                // the responder requests certificates, which make IKE_AUTH large
	Fragments    bool                // both peers can send IKE fragments
	ESP          int                 // frame of the first ESP or AH packet after it, which shows that IKE_AUTH went through; 0: none
	Sent         bool                // the initiator's log says that it sent IKE_AUTH
	Again        bool                // and that it sent it again, to which nothing came
	Received     bool                // the responder's log says that it received it
	Parts        *FragmentsHeard     // nil: none; the responder's log says that it received these IKE fragments of it
}

// cause is x without frames.
func (x InitAlone) cause() InitAlone {
	x.Answer, x.ESP, x.Parts = 0, min(x.ESP, 1), nil
	return x
}

// Redirection is a responder, From, that sends the initiator to another gateway (RFC 5685).
type Redirection struct {
	Gateway  string // address or name
	Exchange decode.ExchangeType
	Asked    bool    // the initiator said REDIRECT_SUPPORTED
	Next     Subject // the IKE SA with that gateway; zero: not in the capture
}

// ErrorNotify is an error notification of a side, From, that ends no exchange that was seen.
type ErrorNotify struct {
	Notify decode.Body
	WentOn bool // phase 1 was established all the same, by messages after it
}

// Challenge is a request for a COOKIE (RFC 7296, section 2.6).
type Challenge struct{}

// A DeadEnd is a message that was sent and did not arrive, or is ignored: its receiver goes on retransmitting what it answers.
type DeadEnd struct {
	Exchange      decode.ExchangeType
	Asked, Answer int // frames
	Again         int // how often Asked was retransmitted after Answer
	// From and To are those of Answer, AskedAt the address that Asked went to.
	From, To, AskedAt netip.AddrPort
	Large             int // bytes of Answer, where they are many; else 0
	First             int // frame of its first IKE fragment; 0: it came whole
}
