package source

import (
	"net/netip"

	"github.com/ikedecode/ikedecode/esp"
	"github.com/ikedecode/ikedecode/keys/secret"
)

// An event is one message of charon that matters.
type event struct {
	num    int // line
	thread int // -1: not known
	id     int // unique ID of the IKE SA, -1: not known
	// connection is the name of its connection, "" until that is known.
	connection string
	group      string // "IKE", "CHD", ...; "" where not known
	text       string // the message, or a dump's label
	dump       []byte // nil: no dump
}

// A charonLog follows the events of one charon. What they say is kept by IKE SA, where lines name it, else by thread: a
// thread works at one message at a time.
type charonLog struct {
	*out
	byID     map[int]*charonSA
	byThread map[int]*charonSA
	addrs    map[uint32]spiAddrs // of ESP and AH SPIs
	kernel   []kernelSA          // what it gave the kernel
}

// A charonSA is one IKE SA in the log.
type charonSA struct {
	stream  bool // no IKE SA, but all messages of a log without threads and tags: binding would be a guess
	where   secret.Where
	emitted []int // secrets whose binding is not known yet
	group   int   // the derivation that is being printed
	version int   // 1, 2; 0: not known
	// the message that is being worked at
	mid       uint32
	initiator bool // of the exchange; known tells
	known     bool
	// a DH secret whose use is not known yet: of the IKE SA, or of a child
	pending   *event
	esn       bool
	udp       bool
	authKey   secret.Kind // what the next "secret" is: the pre-shared key, or the MSK of EAP; 0: neither
	secret    *event      // the last "secret"
	tried     []event     // those since the peer's AUTH came
	child     *charonChild
	sharedLen int   // bytes of g^xy of phase 1
	rekeys    []int // the IKE SAs that were set up in this one's place
	derived   bool  // the last of its keys, SK_pr, was printed
}

// A charonChild is one CHILD_SA or Quick Mode: algorithms, keys and SPIs, in the order in which charon prints them.
type charonChild struct {
	line          int
	cipher, mac   string
	protocol      esp.Protocol
	dh            []byte
	seedI, seedR  []byte    // IKEv1: [g^xy|]protocol|SPI|Ni|Nr for the initiator's and the responder's key
	enc, integ    [2][]byte // of the direction from the initiator of the exchange, and back
	keys          bool
	in, out       uint32
	inbound       bool // the SA that is being installed
	sad           uint32
	initiator     bool
	knownRole     bool
	group         int
	version       int
	esn, udp      bool
	queuedSecrets []event // DH secrets, until the version is known
	mid           uint32
}

type spiAddrs struct{ src, dst netip.Addr }
