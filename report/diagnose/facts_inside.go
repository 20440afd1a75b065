package diagnose

import (
	"net/netip"

	"github.com/ikedecode/ikedecode/decode/ike"
	"github.com/ikedecode/ikedecode/report/traffic"
)

// Facts about what goes wrong inside tunnels that work.

// SilentHosts are hosts behind a tunnel that works which answer nothing.
type SilentHosts struct {
	Flow  traffic.Flow // that carries what they are asked
	Hosts []SilentHost
}

// A SilentHost is one of them.
type SilentHost struct {
	Host    netip.AddrPort // port 0: it was sent echo requests
	Ask     traffic.Ask    // what it was sent
	Service string         // of requests: "DNS"
	Packets int
	frames  []int
}

// UnreachableHost is what an ICMP error inside the tunnel says of packets that the tunnel had carried.
type UnreachableHost struct {
	Flow           traffic.Flow // that carried the errors
	From, Src, Dst netip.Addr   // who sent them; of the packets that they are about
	Reason         *traffic.ICMPReason
	Count          int
	Port           uint16 // of UDP that nobody listens on; 0: not that
	Protocol       uint8  // of IP that Dst does not take; 0: not that
	Filtered       bool   // a packet filter rejected them
	Answered       bool   // other packets of the same direction got an answer
}

// RefusedPort is a port of TCP behind the tunnel that refuses connections.
type RefusedPort struct {
	Flow  traffic.Flow // that carried the RSTs
	Port  netip.AddrPort
	Src   netip.Addr // who asked first
	Count int
}

// PPPRejected is a user whom PPP inside the tunnel rejected.
type PPPRejected struct {
	Flow     traffic.Flow
	From, To netip.Addr
	Protocol string // "CHAP"
	Count    int
	Accepted bool // one was accepted, too
}

// WrongChecksums is TCP inside the tunnel that its receivers drop.
type WrongChecksums struct {
	Flow     traffic.Flow
	From, To netip.Addr // the gateways
	Src, Dst netip.Addr // of the first of it
	Wrong    int        // segments with a wrong checksum
	Of       int        // segments that were looked at
}

// Stray is packets inside a Child SA that it is not for, and that got nothing back.
type Stray struct {
	Flow          traffic.Flow
	Src, Dst      netip.Addr // of the first of them
	Packets       int
	Pairs         int // of hosts that they are between
	Local, Remote ike.Selectors
	first, last   int // frames
}

// RoutingLoop is packets that a tunnel carried again and again, each time with fewer hops left.
type RoutingLoop struct {
	Flow     traffic.Flow // that carried one
	From, To netip.Addr   // its ends
	Src, Dst netip.Addr   // of the first of them
	Packets  int          // how many went round
	Times    int          // how often the tunnel carried one, at the most
	Back     bool         // To sent them back to From, through the tunnel
}
