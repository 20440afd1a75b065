package diagnose

import (
	"net/netip"
	"time"

	"github.com/ikedecode/ikedecode/capture"
	"github.com/ikedecode/ikedecode/decode"
	"github.com/ikedecode/ikedecode/esp"
	"github.com/ikedecode/ikedecode/report/negotiation"
	"github.com/ikedecode/ikedecode/report/traffic"
)

// Facts about the path between the peers.

// An ICMPError is what a host says of a packet of somebody else's.
type ICMPError struct {
	traffic.ICMPError
	Room int // bytes that an inner packet may have for the MTU; 0: not known
	// SentBefore is the frame of the last IKE message that the host which reports a port unreachable sent from that port itself, OtherPort
	// likewise from another one; 0: none.
	SentBefore, OtherPort int
	NoMapping             bool // the host is behind NAT: it is the NAT that reports its own port unreachable
	Answered              int  // frame of the first response to the IKE message that it is about; 0: none came later
	// MovedTo is the address that the host moved to, where the tunnel goes on; not valid: it is not known to have moved.
	MovedTo netip.Addr
}

// LargeIKE is a large IKE message without a response where smaller ones were answered.
type LargeIKE struct {
	Exchange    decode.ExchangeType
	From        Side
	Size, Small int        // bytes; the largest one that was answered
	Fragments   int        // of IP; 0: none
	InFragments bool       // it is one of the IKE fragments of a message
	Moved       bool       // nothing came from UDP 4500 before, where it was sent to
	Missing     netip.Addr // the receiver, whose log has the message before, but not this one; not valid: no log says anything of it
}

// LargeInside is a packet inside an SA that arrives only where it is small.
type LargeInside struct {
	Protocol esp.Protocol
	SPI      uint32
	TCP      bool // else a ping
	Src, Dst netip.AddrPort
	Sent     int
	Size     int // bytes of the inner packet
	Answered int // bytes of the largest inner packet that was answered
	Outer    int // bytes of the outer packet
	Pieces   int // IP fragments of the outer packet
	NoFrag   bool
	Since    int // frame from which on no packet as large got a reply, though some did before; 0: none ever did
}

// Remapped is a host whose NAT gave it another port.
type Remapped struct {
	Host, Peer    netip.Addr
	Before, After uint16
	Idle          time.Duration // since the last packet before; 0: not long
	NoKeepalives  bool
	Rejected      int // packets to the old port that the NAT rejected with an ICMP error since
	Update        int // frame in which the host asked for its new address with UPDATE_SA_ADDRESSES; 0: none
	OrUpdate      int // of a request that is not decrypted and may do so
	// Old and New tell where the peer goes on sending to.
	Old, New bool
}

// Facts about fragments that are missing.

// OpenMessage is an IKE message of a side, From, whose IKE fragments did not all come.
type OpenMessage struct {
	Exchange Exchange
	Numbers  []int // that came
	Total    int   // 0: the last one did not come
	Answered bool  // its receiver has it
}

// OpenPacket is an IP packet, or a TCP stream, that is not whole.
type OpenPacket struct {
	Kind         capture.Kind
	Protocol     uint8 // of the IP packet
	Src, Dst     netip.Addr
	First        bool // the first fragment came
	Have, Want   int  // bytes; Want 0: the last one did not come
	Traffic      bool // it is of ESP or AH
	PerhapsInUDP bool // it is of UDP, and ESP in UDP goes between the hosts
	Begins       bool // it is the first message of an IKE SA
	Again        int  // with IKE: so many more of the same size are incomplete
	Filtered     bool // the capture has no fragment of any datagram but the first
	Answered     bool // its peer responded, which it does to a whole message
}

// MoreOpen stands for the sets of fragments that are left out.
type MoreOpen struct{ Sets int }

// Facts about NAT.

// NAT says who of the peers of an IKE SA is behind NAT.
type NAT struct{ Sides [2]negotiation.NATSide } // the initiator, the responder

// ForcedUDP is ESP in UDP between peers whose hashes show no NAT. Unread is a side whose hashes are not readable.
type ForcedUDP struct{ Unread Side }

// AHThroughNAT is AH between peers with NAT between them.
type AHThroughNAT struct {
	Behind   [2]bool       // the initiator, the responder, by the hashes of NAT detection
	OrForced [2]bool       // which may just as well be forced UDP encapsulation
	Src, Dst netip.Addr    // of packets of AH whose addresses are not those of IKE; not valid: there are none
	IKE      [2]netip.Addr // the addresses of IKE in the same order
}
