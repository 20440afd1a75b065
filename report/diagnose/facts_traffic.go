package diagnose

import (
	"net/netip"
	"time"

	"github.com/ikedecode/ikedecode/esp"
	"github.com/ikedecode/ikedecode/keys/alg"
	"github.com/ikedecode/ikedecode/report/traffic"
)

// Facts about the packets of ESP and AH.

// Loss is packets that are missing by their sequence numbers.
type Loss struct {
	Flow      traffic.Flow
	Closed    bool   // no key: the numbers are all that is known
	Lost, Of  uint64 // numbers
	Gaps      int
	Largest   uint64 // gap
	Reordered bool   // some of the gaps were filled later
}

// Replays are packets with a sequence number that was there before.
type Replays struct {
	Flow     traffic.Flow
	Packets  int
	AllTwice bool // nearly all packets come twice
}

// Reordering is packets that came after later ones.
type Reordering struct {
	Flow    traffic.Flow
	Packets int
	By      uint64 // sequence numbers, at the most
	Late    []Late
}

// Late counts the packets that came too late for a replay window of so many packets.
type Late struct {
	Packets int
	Window  uint64
}

// Outlived is an SA that is used after its end.
type Outlived struct {
	Flow     traffic.Flow
	By       time.Duration
	Deleted  Side   // who deleted it; NoSide: its lifetime was over
	Lifetime uint64 // seconds
}

// OneWay is packets on an SA of which none came back on the other one of its pair.
type OneWay struct {
	Flow         traffic.Flow
	Packets      int
	BackProtocol esp.Protocol
	BackSPI      uint32
	Silent       bool // what was sent, which is known, asks for no answer
}

// ClosedOneWay is packets that no key decrypts, from one host to another, of which none came back.
type ClosedOneWay struct {
	Packets  int
	Src, Dst netip.Addr
}

// ICVFailures are packets that fail the check with keys that decrypted others.
type ICVFailures struct {
	Flow                    traffic.Flow
	Failed, Packets, Opened int
	// Since is the frame from which on all of them fail; 0: that is not so.
	Since int
	// Large are the sizes, in bytes, of the smallest packet that fails and the largest that does not, where all that fail are larger; else 0.
	Large, Small int
}

// WrongKey is an SA whose keys, or one of them, are not those of its packets.
type WrongKey struct {
	Flow    traffic.Flow
	Packets int
	Opened  int         // of them decrypted all the same: unverified
	Sources []string    // of the keys: "gwb.log:169"
	Cipher  *alg.Cipher // that the source names; nil: none
	MAC     *alg.MAC    // likewise
	Fault   esp.KeyFault
	ICV     int // bytes on the wire; 0: no ICV, or not known
	Want    int // bytes, as the source has it
}

// Unknown is a flow that nothing decrypts.
type Unknown struct {
	Flow       traffic.Flow
	Packets    int
	Err        error   // why
	Negotiator Subject // the IKE SA that most likely negotiates it, not decrypted; the zero value: none is known
	// Null is what its content tells of its encryption; nil: nothing.
	Null *esp.NullFlow
}

// MoreFlows stands for the findings of a code about flows that are left out because there are so many.
type MoreFlows struct{ Flows int }

// MoreUnknown stands for the flows without keys that are left out.
type MoreUnknown struct{ Flows int }

// NullFlow is a flow that was found not to be encrypted, and decrypted without keys.
type NullFlow struct {
	Flow     traffic.Flow
	Opened   int
	Evidence string
}

// MoreNull stands for the flows that are not encrypted and are left out.
type MoreNull struct{ Flows int }

// NegotiatedNull is an SA that encrypts nothing by agreement.
type NegotiatedNull struct {
	Flow   traffic.Flow
	What   string // "NULL with HMAC-SHA1-96"; "" with Bare
	Bare   bool   // no integrity protection either
	Others int    // SAs of which the same is true
}
