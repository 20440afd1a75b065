package capture

import (
	"net/netip"
	"time"

	"github.com/ikedecode/ikedecode/internal/ip"
)

// Kind is what a datagram holds.
type Kind uint8

const (
	Other     Kind = iota // nothing of IPsec; IP is set where there is an IP packet
	IKE                   // Payload is the ISAKMP message (non-ESP marker taken off)
	ESP                   // Payload starts at the SPI
	AH                    // Payload starts at the AH header (next header field)
	IPComp                // Payload starts at the IPComp header
	Keepalive             // NAT-T keepalive
	ICMPError             // an ICMP or ICMPv6 error; Payload is the ICMP message
)

var kindNames = [...]string{"other", "IKE", "ESP", "AH", "IPComp", "NAT-T keepalive", "ICMP error"}

func (k Kind) String() string {
	if int(k) < len(kindNames) {
		return kindNames[k]
	}
	return "unknown"
}

// A Datagram is what one IP packet (reassembled, and out of what carries it), or one message inside a TCP stream, holds.
type Datagram struct {
	Frame  int   // the frame that completed it
	Frames []int // all frames it came in, in order of capture; nil if only Frame
	Time   time.Time
	// Src and Dst are the endpoints of the IP packet, or of the TCP connection; port 0 without UDP or TCP.
	Src, Dst netip.AddrPort
	Kind     Kind
	// IP is the whole IP packet, reassembled; Payload is a slice of it. For a message in a TCP stream it is made
	// up: as if the message had come in UDP, the responder's port being 4500.
	IP        []byte
	Payload   []byte
	Hops      uint8  // the hop limit of a message of IKE in UDP, as captured; 0 for everything else
	HeaderLen int    // IP header with options and extension headers up to the payload's protocol header (UDP, ESP, AH)
	UDP       bool   // in UDP
	TCP       bool   // in TCP (RFC 9329)
	Marker    bool   // the non-ESP marker was there
	OddPort   bool   // IKE found by its header on another port than 500 and 4500
	Cut       bool   // the snap length cut it: bytes are missing at the end
	Repeat    bool   // the same packet was seen just before (mirror port: every packet twice)
	Elsewhere bool   // of a Repeat: another file had it first
	WESP      []byte // the header that is before ESP (RFC 5840); nil: none
	// Wrapping is what carries IP in the frame; nil where it is the frame's own packet.
	Wrapping *Wrapping
}

// Incomplete is a fragment set, or a part of a TCP stream, that stayed incomplete.
type Incomplete struct {
	Frames   []int
	Src, Dst netip.Addr
	Protocol uint8
	Have     int  // bytes had
	Want     int  // bytes of the whole, 0 if the last fragment is missing
	Cut      bool // the snap length cut a fragment: what is missing may have been there
	// Front is the IP packet as far as it goes without a hole, at most some thousand bytes of it; nil if the first
	// fragment is missing, and for TCP.
	Front []byte
	// Kind is what it was going to be, as far as Front tells: Other if there is none.
	Kind Kind
}

// MayBeIPsec says whether something of IPsec may be lost with it: fragments of other protocols, as a gateway shows those of
// inner packets, are of no concern.
func (i *Incomplete) MayBeIPsec() bool {
	switch i.Protocol {
	case ip.ProtoESP, ip.ProtoAH, ip.ProtoIPComp, ip.ProtoTCP:
		return true
	case ip.ProtoUDP:
		return i.Front == nil || i.Kind != Other
	}
	return i.Kind != Other
}
