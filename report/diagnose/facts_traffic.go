package diagnose

import (
	"net/netip"
	"time"

	"github.com/ikedecode/ikedecode"
	"github.com/ikedecode/ikedecode/decode/ike"
	"github.com/ikedecode/ikedecode/esp"
	"github.com/ikedecode/ikedecode/keys/alg"
	"github.com/ikedecode/ikedecode/keys/ikesa"
	"github.com/ikedecode/ikedecode/report/negotiation"
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
	// Outage is where all or most of them are missing, one after another; the zero value: nowhere.
	Outage traffic.Outage
}

// LostOnPath are the packets of a flow that one of two capture files has and the other, made elsewhere between the same hosts, has not.
type LostOnPath struct {
	Flow      traffic.Flow
	Packets   int
	Of        int  // of so many, the others being in both; 0: none are
	Near      bool // the file that lacks them has the others first: they passed there
	Has, Lack int  // indices of the files
}

// LostBetween are packets of a flow that a capture from both sides of a NAT has at one place and not at the other, where it has the addresses Src and Dst.
type LostBetween struct {
	Flow     traffic.Flow
	Hosts    negotiation.Hosts // at the first place
	Src, Dst netip.Addr
	Lost, Of uint64 // packets
	End      bool   // the last ones are among them
}

// Replays are packets with a sequence number that was there before.
type Replays struct {
	Flow     traffic.Flow
	Packets  int
	AllTwice bool // nearly all packets come twice
	Altered  bool // nearly all others come twice, and these, too, but with other content
}

// BrokenAggregates is AGGFRAG payloads of an SA that inner packets stayed incomplete in, or that cannot be read.
type BrokenAggregates struct {
	Flow       traffic.Flow
	Payloads   int
	Packets    int    // inner packets that came out
	Incomplete int    // those of which parts are missing
	Malformed  int    // payloads
	Lost       uint64 // sequence numbers of the SA that no packet had
	Cut        int    // payloads that the capture truncated
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
	Deleted  Side           // who deleted it; NoSide: its lifetime was over
	IKE      *ikesa.Message // that deleted the IKE SA; nil: the SA itself was deleted
	Lifetime uint64         // seconds
}

// OneWay is packets on an SA of which none came back on the other one of its pair.
type OneWay struct {
	Flow         traffic.Flow
	Packets      int
	BackProtocol esp.Protocol
	BackSPI      uint32
	Silent       bool // what was sent, which is known, asks for no answer by itself
	Unseen       int  // packets inside that go on after a response which the capture does not have
	Control      int  // control messages of L2TP inside, not acknowledged
	Why          WayWhy
}

// ClosedOneWay is packets that no negotiation is known for, from one host to another, of which none came back.
type ClosedOneWay struct {
	Packets  int
	Src, Dst netip.Addr
	Opened   bool // some of them were decrypted, with a key that was given
	Silent   bool // what was sent, which is known, asks for no answer by itself
	Why      WayWhy
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

// ICVLengths are ICVs of different lengths in the two directions of a tunnel, or those of one direction that are not as long as negotiated,
// or as a kernel has them, while nothing comes back.
type ICVLengths struct {
	Flow, Back traffic.Flow // Flow has the shorter ones
	Bits, Want int          // of Flow and of Back; without Back, as negotiated
	MAC        string       // "HMAC-SHA2-256-128"; "": not known
	Silent     bool         // there is no Back
	Table      bool         // with Silent: Want is what a kernel's table of SAs says
	ByLength   bool         // the packets are not decrypted: their lengths tell
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
	Of      uint32 // SPI of the SA whose keys they are, where Fault is KeysOfOther
	ICV     int    // bytes on the wire; 0: no ICV, or not known
	Want    int    // bytes, as the source has it
	Kernel  bool   // they are from the table of a kernel
	NoSalt  bool   // the key came without its salt, and with none does it verify a packet
}

// Unknown is a flow that nothing decrypts.
type Unknown struct {
	Flow       traffic.Flow
	Packets    int
	Err        error   // why
	Derivable  bool    // from the keys of Negotiator
	Negotiator Subject // the IKE SA that most likely negotiates it, not decrypted; the zero value: none is known
	Rekeyed    bool    // most likely it came before or after an SA whose key was given
	// Null is what its content tells of its encryption; nil: nothing.
	Null *esp.NullFlow
	IMS  *ikedecode.IMSRegistration // that set it up; nil: none
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

// FallenSilent is a host, Dst, that sends nothing more while Src goes on.
type FallenSilent struct {
	Src, Dst         netip.Addr
	Flow             traffic.Flow // of Src: only of its tunnel that is known, of several between the hosts; the zero value: of all
	Packets          int          // of Src
	Echo, SYN, Again int          // of them echo requests, SYNs, and retransmitted segments
	Query, Control   int          // likewise, requests of services such as DNS, control messages of L2TP
	Decrypted        int          // of them those that the capture has again as Dst decrypted them
	Fresh            bool         // they are in an SA, that of Flow, that had no packet before
	Since            int          // frame of the last packet of Dst; 0: none came
	Until            int          // frame of its next packet; 0: none came
	Over             time.Duration
	Gone             time.Duration  // from Since to Until
	Hosts            int            // behind Dst that answered before, and do not now; 0: not known
	ByLength         bool           // the packets are not decrypted, but are as long as those that were answered
	Alive            int            // frame in which Dst still answers IKE; 0: it does not
	NAT              bool           // Dst is behind NAT, and sent no keepalives in the capture
	FromNAT          bool           // Src is behind NAT
	Others           bool           // Dst still sends to others than Src
	Plain            int            // frame from which on the ESP of Src comes without UDP, in which it came before; 0: it does not
	Instead          *SentElsewhere // who Dst sends to instead; nil: nobody is known
}

// NotArriving is an SA whose packets do not arrive though the other side goes on.
type NotArriving struct {
	Flow     traffic.Flow
	Src, Dst netip.Addr
	SYNACK   int // SYN/ACKs that were sent and not acknowledged
	Data     int // segments likewise
	Ignored  int // packets of the other side that were sent again though they were answered
	Unheard  int // packets that ask for an answer, where nothing was ever answered, or not since a frame
	Since    int // that frame; 0: nothing was ever answered
}

// LostEchoes are echo requests without a reply between others that got one.
type LostEchoes struct {
	Flow     traffic.Flow
	Src, Dst netip.Addr // the gateways
	Lost, Of int        // Of counts what asks for an answer, TCP as well
	Size     int        // bytes of each, where nothing of that size got a reply; else 0
	TCP      int        // segments of TCP between the gateways, none of which was retransmitted; 0: too few, or some were
}

// ResentInside are segments of TCP that were sent more than once before they were acknowledged.
type ResentInside struct {
	Flow       traffic.Flow
	Src, Dst   netip.Addr // the gateways
	Resent, Of int
}

// FewerBack are packets of one length, as echo requests are, and fewer of the same length that came back.
type FewerBack struct {
	Src, Dst   netip.Addr
	Sent, Back int
	Over       time.Duration
}

// NoTraffic is a tunnel that came up and carries nothing.
type NoTraffic struct {
	Hosts      negotiation.Hosts
	For        time.Duration // that the capture goes on
	Keepalives int           // of NAT-T
	UDP        bool          // its ESP goes in UDP
	Narrowed   *Narrowing    // nil: the Child SA is for all that was asked for
	Counted    bool          // logs say that it carried packets both ways: the capture lacks them
}

// CountedOneWay is Child SAs between two hosts that carried packets one way alone, as logs say; the capture has none of them.
type CountedOneWay struct {
	From Side // who sent them
	Why  WayWhy
}

// A WayWhy tells what is known of packets that nothing came back for.
type WayWhy uint8

// What may be known of them.
const (
	WayUnknown  WayWhy = iota // whether they arrive
	NotReceived               // they do not arrive
	Received                  // they arrive; nobody knows whether something is sent back
	SentBack                  // they arrive, and something is sent back
)

// UndecryptedPair is what two hosts sent and no key was given for.
type UndecryptedPair struct {
	Hosts    negotiation.Hosts
	Messages int
	Packets  int // of ESP and AH
	Flows    int
	Gap      *ikesa.Gap                 // of the first IKE SA; nil: none
	IMS      *ikedecode.IMSRegistration // the first that set up some of them; nil: none
}

// A CounterKind is what is wrong with the sequence numbers of a sender.
type CounterKind uint8

// What may be wrong with them.
const (
	CountsAnew   CounterKind = iota // it lost its counter and goes on with the same SA
	RunsOut                         // it has sent 0xffffffff
	WrapsAround                     // it goes on at 0 after that
	BytesSwapped                    // it writes them in the wrong byte order
)

// CounterFault is a sender whose sequence numbers are wrong.
type CounterFault struct {
	Flow     traffic.Flow
	Fault    CounterKind
	First    int    // frame of the first packet that shows it
	Packets  int    // with numbers that were there before
	From, To uint32 // the highest number before, and the one that is sent then
	Nonces   bool   // the cipher's nonces come from a counter that most likely starts anew with them
	Likely   bool   // the packets are not decrypted: with numbers of 64 bits nothing is wrong
}

// PastTunnel is traffic that goes in the clear though a Child SA is for it.
type PastTunnel struct {
	Gateways      [2]netip.Addr
	Near          netip.Addr    // the gateway that lets it out
	Local, Remote ike.Selectors // of the Child SA, seen from it
	Src, Dst      netip.Addr    // of the first packets
	OwnAddress    bool          // Src is the gateway's own, which the Child SA is not for
	Packets       int
	Narrowed      *Narrowing // the packets are of what was asked for alone; nil: they are of the Child SA
	Deleted       int        // frame in which the side DeletedBy deleted the Child SA before, or the IKE SA; 0: it was up
	DeletedBy     Side
	DeletedIKE    bool
}

// A Narrowing is an answer with less traffic than was asked for.
type Narrowing struct {
	By            netip.Addr // who answered
	Asked, Agreed ikesa.Traffic
}
