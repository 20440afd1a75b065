package negotiation

import (
	"time"

	"github.com/ikedecode/ikedecode/decode"
	"github.com/ikedecode/ikedecode/decode/ike"
	"github.com/ikedecode/ikedecode/decode/ikev1"
	"github.com/ikedecode/ikedecode/decode/ikev2"
	"github.com/ikedecode/ikedecode/esp"
	"github.com/ikedecode/ikedecode/keys/ikesa"
)

// A Code is how an exchange ended, in a word that JSON has too.
type Code string

// The codes.
const (
	Established Code = "established" // keys or SAs came of it
	Done        Code = "done"        // an exchange that establishes nothing went through
	Failed      Code = "failed"      // one peer rejected it
	NoAnswer    Code = "no-answer"   // one side is silent from here on
	Incomplete  Code = "incomplete"  // the capture shows a part of it
	Closed      Code = "closed"      // encrypted and not decrypted
)

// An Outcome is how an exchange ended. What does not apply is zero.
type Outcome struct {
	Code    Code
	Frame   int   // that shows it
	Deleted []int // frames in which what it established was deleted
	Made    Made

	// Why it failed.
	Cause   Cause
	From    ike.Side       // who rejected, or gave up
	Notify  ike.NotifyType // the error that ended it
	Error   *ikev2.Notify  // the payload that has Notify, of IKEv2
	Refusal *ikesa.Message // of IKEv1: the message that rejects, decrypted or not

	Retries []Retry   // what the responder asked the initiator to try again with
	Next    *ikesa.SA // in which the next try went through, where that looks like another IKE SA
	Silence *Silence  // with NoAnswer; nil where the initiator did not come back after Retries

	Lost     Lost
	Side     ike.Side // whose answer is lost, or whose messages alone are in the capture
	ShownBy  Evidence // that the exchange went through
	Answered bool     // with Closed: there is a response
	Partly   bool     // with Closed: a part of the exchange is decrypted
	Whole    bool     // with Closed: no message is missing

	Says      []decode.Body    // the notifications and Delete payloads of a note; see Note
	Note      bool             // an Informational of IKEv1, which nobody answers
	SPIs      *[2]decode.SPI   // of the IKE SA that a rekeying established, the initiator's first
	Childless bool             // with Established: IKE_AUTH without a Child SA
	Address   decode.Attribute // that Mode Config assigned
	Redirect  *ikev2.Notify    // the notification that sends the initiator to another gateway
}

// Made is what an exchange established or gave.
type Made uint8

// What exchanges make. MadeIKESA with Failed: the IKE SA is there, the Child SA was rejected.
const (
	MadeNothing Made = iota
	MadeIKESA
	MadeChild
	MadeUser    // XAUTH accepted the user
	MadeAddress // Mode Config assigned one
)

// A Cause is why an exchange failed.
type Cause uint8

// The causes.
const (
	NoCause      Cause = iota
	ErrorNotify        // an error notification
	EAPFailure         // RFC 3748, section 4.2
	XAUTHFailure       // XAUTH-STATUS FAIL
	GaveUp             // an AUTHENTICATION_FAILED in a later request (RFC 7296, section 2.21.2)
	ProofRefused       // the initiator ended the IKE SA that the responder took for established
	ClosedAnswer       // an encrypted Informational in place of a response
)

// A Retry is a request of the responder to try again (RFC 7296, sections 1.2 and 2.6).
type Retry struct {
	Frame  int
	Cookie bool // with a COOKIE; else with the group that Notify names
	Notify *ikev2.Notify
}

// A Silence is a message that got no response.
type Silence struct {
	Side     ike.Side // that is silent
	Frame    int      // of the message
	Times    int      // that it was sent
	Over     time.Duration
	Exchange decode.ExchangeType
	Messages int  // how many the exchange has, where the silent side has said something in it; else 0
	Late     bool // the capture lacks the first ones
}

// Lost is what the capture lacks of an exchange.
type Lost uint8

// What is lost.
const (
	NothingLost   Lost = iota
	LostAll            // every message
	LostFirst          // the first message of a Quick Mode, as its third one shows
	LostSecond         // the same
	LostBeginning      // both
	LostRequest        // of IKEv2
	LostAnswer         // to the message in Frame, from Side: what follows shows that it came
	LostMessage        // one of the exchange, as ShownBy shows
	LostEnd            // the end of a message, truncated by the snap length
	LostSide           // one peer's messages: those of Side alone are there
	LostKeys           // what makes keys, in IKE_SA_INIT
	LostPart           // a part that cannot be read
)

// Evidence is what was made of an exchange that seems not answered: traffic, or an IKE SA.
type Evidence struct {
	IKESPI   decode.SPI   // of the IKE SA's initiator
	Protocol esp.Protocol // of the traffic
	SPI      uint32
}

// IsPhase1 reports whether exchanges of type t negotiate phase 1 of IKEv1 (RFC 2409, section 5).
func IsPhase1(t decode.ExchangeType) bool {
	return t == ikev1.ExchangeMain || t == ikev1.ExchangeAggressive || t == ikev1.ExchangeBase || t == ikev1.ExchangeAuthOnly
}
