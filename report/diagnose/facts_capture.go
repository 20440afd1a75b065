package diagnose

import (
	"net/netip"
	"time"

	"github.com/ikedecode/ikedecode/capture"
	"github.com/ikedecode/ikedecode/decode"
	"github.com/ikedecode/ikedecode/keys/ikesa"
	"github.com/ikedecode/ikedecode/report/negotiation"
)

// Facts about how the capture was made.

// CutFile is a capture file that ends inside a record, or cannot be read at all.
type CutFile struct {
	Path   string
	Offset int64 // bytes
	Err    string
	Unread bool // at all
}

// CutMessages are IKE messages that the snap length cut.
type CutMessages struct{ Cut, All int }

// CutPackets are packets of ESP and AH that the snap length cut.
type CutPackets struct{ Decrypted, Closed int }

// CutFragments are IP packets in fragments that the snap length cut.
type CutFragments struct{ Packets int }

// NotIKE counts packets on IKE's ports that hold no IKE message.
type NotIKE struct{ Packets int }

// Evicted counts SAs that were left out for want of memory.
type Evicted struct{ IKESAs, IPsecSAs int }

// OneSided is an IKE SA of which the capture has the messages of one peer alone.
type OneSided struct{}

// Repeated counts packets that were captured twice.
type Repeated struct {
	Twice, Packets int
	Within         time.Duration // 0 at two places
	Places         bool          // nearly all of those of IKE and IPsec are in two of the capture files
}

// Encapsulated are the ways in which IKE, ESP and AH came in other packets, or in frames with tags.
type Encapsulated struct {
	Carriers []capture.Carrier
	More     int // datagrams of more ways
}

// SeenClear counts inner packets that were seen again unencrypted.
type SeenClear struct{ Packets int }

// Decrypted is an IKE SA whose messages are unencrypted though they go out encrypted. From is the number of the first one, of IKEv1;
// 0: of IKEv2.
type Decrypted struct {
	IKESA Subject
	From  int
}

// StartedLate is an IKE SA whose first message is not in the capture.
type StartedLate struct{ IKESA Subject }

// NoTimes is a capture all of whose packets have the same time.
type NoTimes struct{ Packets int }

// ClockBack counts packets that are older than the one before; By is the most.
type ClockBack struct {
	Times int
	By    time.Duration
}

// ClockAhead counts packets that are a day or more younger than the one before; By is the most.
type ClockAhead struct {
	Times int
	By    time.Duration
}

// EarlyAnswer is a response that is older than its request.
type EarlyAnswer struct {
	Exchange         decode.ExchangeType
	Answer, Question int // frames
	By               time.Duration
}

// NoIPsecSeen is a capture without any IPsec.
type NoIPsecSeen struct {
	Packets int
	Carried map[capture.Encapsulation]int // packets inside others
	// From sent IKE messages to To and received none, as its log says; not valid: no log says so.
	From, To netip.Addr
}

// Overlooked counts packets of a link type or in an encapsulation that are not read, of All. DecoderPanics of those of wireless networks
// made the decoder panic.
type Overlooked struct {
	capture.Unread
	All           int
	DecoderPanics int
}

// Wireless reports whether they are frames of a wireless network, whose type is read.
func (o Overlooked) Wireless() bool { return o.In == capture.NoEncapsulation && o.Link.Wireless() }

// Health is what came up, and what was decrypted, where nothing is wrong.
type Health struct {
	Tunnels                      []negotiation.Hosts
	Multicast                    int    // of Tunnels: from a host to a group, which sends nothing back
	Sent                         [2]int // packets of ESP and AH of each host, where there is one tunnel
	Lost                         uint64 // sequence numbers
	IKEClosed                    int    // IKE SAs that were not decrypted
	IKESAs, QuickModes, ChildSAs int
	Given                        int // ESP and AH SAs whose keys were given
	Keyless                      int // ESP and AH SAs that were decoded without a key
	IKEv2                        bool
	Packets, Decrypted           int // of ESP and AH
	Unverified                   int // without an ICV to check
	Weak                         bool
}

// Undecrypted is something of an IKE SA that was not decrypted, and what would help.
type Undecrypted struct{ Gap ikesa.Gap }

// IKEv1Used is the use of IKEv1.
type IKEv1Used struct{}
